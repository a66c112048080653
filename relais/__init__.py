"""Where the rooms are put together: the command line, the processes, the demo. Nobody imports this package."""
