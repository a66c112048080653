"""What may not be seen of a campaign's sums, from JSON to JSON; by a child process where pages are answered.

It takes up to a second of pure computation, during which no other thread of the process would get far.
"""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable
from multiprocessing.connection import Connection

from outreach.domain.rates_publication import Row
from outreach.domain.rates_tables import Sum
from outreach.services.figure_publishing import Published, Sums, hidden_of

START_SECONDS = 60.0
JOB_SECONDS = 60.0
"""The longest that a child may take; then it is ended, and the next job has another."""


class NotMasked(Exception):
    """Nothing can be published of it: the child died, or takes too long."""


def published(sums: str, hidden: str) -> Published:
    """As it was stored."""
    cells: Iterable[tuple[str, str, str]] = json.loads(hidden)
    return Published(_sums(sums), frozenset(((breakdown, label), column) for breakdown, label, column in cells))


def masked(sums: str) -> str:
    """Which cells of some sums nobody may see, worked out here and now."""
    cells: set[tuple[Row, str]] = hidden_of(_sums(sums))
    return json.dumps(sorted([*row, column] for row, column in cells))


def _sums(stored: str) -> Sums:
    return {breakdown: [Sum(*one) for one in cells] for breakdown, cells in json.loads(stored).items()}


class MaskingChild:
    """`masked`, worked out by a child: started with the first, another one when it died. One job at a time."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "outreach.services.figure_masking")) -> None:
        self._command = command
        self._busy = threading.Lock()
        self._child: tuple[subprocess.Popen[bytes], Connection] | None = None

    def __call__(self, sums: str) -> str:
        """Raises NotMasked."""
        with self._busy:
            try:
                _, pipe = self._child or self._start()
                pipe.send_bytes(sums.encode())
                return _told(pipe, JOB_SECONDS).decode()
            except (OSError, EOFError):
                self._end()
                raise NotMasked("the child died") from None
            except NotMasked:
                self._end()
                raise

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._child[0].pid if self._child is not None else None

    def close(self) -> None:
        """Ends the child, once it has done what it is at."""
        with self._busy:
            self._end()

    def _start(self) -> tuple[subprocess.Popen[bytes], Connection]:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            # A session of its own: whoever stops us by the keyboard stops us alone, and the pipe's end stops it.
            child = subprocess.Popen(
                [*self._command, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._child = (child, Connection(ours.detach()))
        _told(self._child[1], START_SECONDS)
        return self._child

    def _end(self) -> None:
        if self._child is None:
            return
        child, pipe = self._child
        self._child = None
        pipe.close()
        child.kill()
        child.wait()


def _told(pipe: Connection, seconds: float) -> bytes:
    if not pipe.poll(seconds):
        raise NotMasked("the child takes too long")
    return pipe.recv_bytes()


def main(descriptor: int) -> None:
    """Until nobody holds the other end."""
    with Connection(descriptor) as parent:
        parent.send_bytes(b"")
        while True:
            try:
                sums = parent.recv_bytes()
            except EOFError:
                return
            parent.send_bytes(masked(sums.decode()).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
