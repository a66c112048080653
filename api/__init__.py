"""People: the adviser desk, the supervisor board, and the JSON API under both."""
