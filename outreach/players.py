"""Processes of their own that play the courses of plans: minutes of arithmetic, kept out of whoever asks for it.

Each child is told its tasks through a pipe and ends when nobody holds the other end of it.
"""

import os
import pickle
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Self

from outreach.domain.planning_study import Task, Told, tell
from outreach.errors import BusinessError

PROCESSES = 2
_KINDER = 5
"""A plan can wait for a call."""


class NotPlayed(BusinessError):
    """A child died, or whoever asked has gone."""

    def __init__(self) -> None:
        super().__init__("a process that plays the plan has ended; ask again")


class Players:
    """So many children, from the first task until `close`."""

    def __init__(self, processes: int = PROCESSES) -> None:
        self.processes = processes
        self._free: queue.SimpleQueue[Connection] = queue.SimpleQueue()
        self._children: list[tuple[subprocess.Popen[bytes], Connection]] = []
        self._starting = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def play(self, parts: Sequence[Sequence[Task]]) -> Iterator[list[Told]]:
        """The courses of each part, in the order of the parts. Raises NotPlayed."""
        self._start()
        with ThreadPoolExecutor(self.processes, "playing a plan") as hands:
            yield from hands.map(self._play, parts)

    def close(self) -> None:
        with self._starting:
            for child, pipe in self._children:
                child.kill()
                child.wait()
                pipe.close()
            self._children = []

    def _play(self, part: Sequence[Task]) -> list[Told]:
        pipe = self._free.get()
        try:
            pipe.send_bytes(pickle.dumps(list(part)))
            told: list[Told] = pickle.loads(pipe.recv_bytes())  # noqa: S301 - our own child wrote it
        except (OSError, EOFError):
            raise NotPlayed from None
        finally:
            self._free.put(pipe)
        return told

    def _start(self) -> None:
        with self._starting:
            for _ in range(self.processes - len(self._children)):
                ours, theirs = socket.socketpair()
                with ours, theirs:
                    # In a session of its own: the keyboard stops us alone, and the end of the pipe stops it.
                    child = subprocess.Popen(
                        [sys.executable, "-m", "outreach.players", str(theirs.fileno())],
                        pass_fds=(theirs.fileno(),),
                        stdin=subprocess.DEVNULL,
                        start_new_session=True,
                    )
                    pipe = Connection(ours.detach())
                self._children.append((child, pipe))
                self._free.put(pipe)


def main(descriptor: int) -> None:
    os.nice(_KINDER)
    with Connection(descriptor) as parent:
        while True:
            try:
                tasks: list[Task] = pickle.loads(parent.recv_bytes())  # noqa: S301 - our own parent wrote it
            except (EOFError, OSError):
                return
            told = pickle.dumps([tell(plan, seed) for plan, seed in tasks])
            try:
                parent.send_bytes(told)
            except OSError:
                return  # whoever asked has gone meanwhile


if __name__ == "__main__":
    main(int(sys.argv[1]))
