"""What the database says once a change is committed (LISTEN): one connection of its own for whoever listens."""

import threading
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine

_WAIT_SECONDS = 1.0
_AGAIN_SECONDS = 2.0


class Notices:
    """Listens in a thread of its own from `start` to `stop`; after a lost connection it begins again by itself."""

    def __init__(self, engine: Engine, channel: str, hear: Callable[[str | None], None]) -> None:
        """`hear` gets each notice, and None when some may have been missed."""
        self._engine = engine
        self._channel = channel
        self._hear = hear
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"listening to {channel}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Returns at once; the thread ends within a second."""
        self._stopping.set()

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _run(self) -> None:
        first = True
        while not self._stopping.is_set():
            try:
                self._listen(first=first)
            except psycopg.Error:
                self._stopping.wait(_AGAIN_SECONDS)
            first = False

    def _listen(self, *, first: bool) -> None:
        _, parameters = self._engine.dialect.create_connect_args(self._engine.url)
        with psycopg.connect(**parameters, autocommit=True) as connection:
            # A channel's name is ours, never anybody's words.
            connection.execute(f"listen {self._channel}".encode())
            if not first:
                self._hear(None)
            while not self._stopping.is_set():
                for notice in connection.notifies(timeout=_WAIT_SECONDS):
                    self._hear(notice.payload)
