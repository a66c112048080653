"""`python -m bot.actions --port 5055`."""

import argparse

from bot.actions.server import serve
from outreach.logs import configure_logs


def main() -> None:
    parser = argparse.ArgumentParser(description="The action server of the agent")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5055)
    arguments = parser.parse_args()
    configure_logs("actions")
    serve(arguments.host, arguments.port)


if __name__ == "__main__":
    main()
