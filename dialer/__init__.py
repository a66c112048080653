"""Everything that touches the telephone network: the schedule, the placing, and the webhooks that answer it."""
