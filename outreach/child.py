"""A child process that answers through a pipe: what takes the processor for long, out of the process that serves."""

import socket
import subprocess
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection


class TooLong(Exception):
    """The child hasn't answered in time; it may still be at it."""


class Child:
    """From its making until `end`. The last argument of its command is the descriptor of the pipe, for `answers`.

    `tell` and `told` raise OSError or EOFError once it has died.
    """

    def __init__(self, command: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        with ours, theirs:
            # A session of its own: whoever stops us by the keyboard stops us alone, and the pipe's end stops it.
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._pipe = Connection(ours.detach())

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, what: bytes) -> None:
        self._pipe.send_bytes(what)

    def told(self, seconds: float | None = None) -> bytes:
        """What it says next. Raises TooLong."""
        if not self._pipe.poll(seconds):
            raise TooLong
        return self._pipe.recv_bytes()

    def kill(self) -> None:
        """Whoever waits for its answer hears of its end."""
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._pipe.close()


def answers(descriptor: int, answer: Callable[[bytes], bytes], *, tells_when_ready: bool = False) -> None:
    """The child's part: one answer to each message, until nobody holds the other end."""
    with Connection(descriptor) as parent:
        if tells_when_ready:
            parent.send_bytes(b"")
        while True:
            try:
                asked = parent.recv_bytes()
            except (EOFError, OSError):
                return
            answered = answer(asked)
            try:
                parent.send_bytes(answered)
            except OSError:
                return  # whoever asked has gone meanwhile
