"""`python -m sandbox`: the telephone network alone."""

import logging
import os
import sys

import uvicorn

from sandbox.app import create_app
from sandbox.config import SandboxConfig


def main() -> None:
    """Serves the network of the environment on loopback."""
    try:
        config = SandboxConfig.from_environment(os.environ)
        app = create_app(config)
    except ValueError as error:
        sys.exit(f"relais sandbox: {error}")
    # A connection cut on purpose isn't an error of the server's.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=config.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
