"""The JSON API of DESIGN §5."""
