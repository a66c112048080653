"""`python -m sandbox`: the telephone network alone."""

import logging
import os

import uvicorn

from sandbox.app import create_app
from sandbox.config import SandboxConfig


def main() -> None:
    """Serves the network of the environment on loopback."""
    config = SandboxConfig.from_environment(os.environ)
    # A connection cut on purpose isn't an error of the server's.
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
    uvicorn.run(
        create_app(config),
        host="127.0.0.1",
        port=config.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
