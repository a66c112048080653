"""An application on a real port, and waiting for what comes."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp


@contextmanager
def served(app: ASGIApp, port: int = 0, graceful_seconds: int = 5) -> Iterator[str]:
    """Gives its address. What is being answered at the end has `graceful_seconds` to end."""
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, timeout_graceful_shutdown=graceful_seconds))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)  # what is being answered ends before the database is closed


def until(condition: Callable[[], Any], seconds: float = 30.0) -> Any:
    """Waits for something to become true, and gives it back; fails when it doesn't."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)
    return found
