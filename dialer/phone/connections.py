"""Kept connections to one server of ours, for all threads.

The standard library's client, which a turn through is two milliseconds shorter than through the larger ones: it sends a
request in one piece and reads the answer without a parser written in Python.
"""

import select
import socket
import time
from collections import deque
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

_IDLE_SECONDS = 4.0  # Rasa's own server closes idle connections after five: never write into a closing one
_CONNECT_SECONDS = 2.0
_KEPT = 64


class Unanswered(Exception):
    """No answer, or not the wanted one. Holds neither side's words."""


class Connections:
    def __init__(self, url: str, seconds: float) -> None:
        self._url = urlsplit(url)
        self._seconds = seconds
        # The one used last is taken first, so that those too many grow old. Its two ends are safe to use from threads.
        self._idle: deque[tuple[float, HTTPConnection]] = deque(maxlen=_KEPT)

    def post_json(self, path: str, body: bytes) -> bytes:
        """The body of the answer. Raises Unanswered."""
        connection = self._kept()
        try:
            if connection is None:
                connection = self._new()
            connection.request("POST", f"{self._url.path}{path}", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            if connection is not None:
                connection.close()
            raise Unanswered(type(error).__name__) from None
        self._idle.append((time.monotonic(), connection))
        if response.status >= 400:
            raise Unanswered(f"status {response.status}")
        return answer

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    def _kept(self) -> HTTPConnection | None:
        while self._idle:
            try:
                used, connection = self._idle.pop()
            except IndexError:
                return None  # another thread was faster
            if time.monotonic() - used < _IDLE_SECONDS and not _is_ended(connection.sock):
                return connection
            connection.close()
        return None

    def _new(self) -> HTTPConnection:
        kind = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        assert self._url.hostname is not None
        connection = kind(self._url.hostname, self._url.port, timeout=min(self._seconds, _CONNECT_SECONDS))
        connection.connect()
        sock: socket.socket = connection.sock
        sock.settimeout(self._seconds)
        return connection


def _is_ended(sock: socket.socket) -> bool:
    """A server that was restarted has closed its end: nothing else can be read on a line where nothing was asked."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
