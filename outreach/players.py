"""Processes of their own that play the courses of plans: minutes of arithmetic, kept out of whoever asks for it.

Each child is told its tasks through a pipe and ends when nobody holds the other end of it.
"""

import os
import pickle
import queue
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Self

from outreach.child import Child, answers
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
        self._free: queue.SimpleQueue[Child] = queue.SimpleQueue()
        self._children: list[Child] = []
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
            for child in self._children:
                child.end()
            self._children = []

    def _play(self, part: Sequence[Task]) -> list[Told]:
        child = self._free.get()
        try:
            child.tell(pickle.dumps(list(part)))
            told: list[Told] = pickle.loads(child.told())  # noqa: S301 - our own child wrote it
        except (OSError, EOFError):
            raise NotPlayed from None
        finally:
            self._free.put(child)
        return told

    def _start(self) -> None:
        with self._starting:
            for _ in range(self.processes - len(self._children)):
                child = Child([sys.executable, "-m", "outreach.players"])
                self._children.append(child)
                self._free.put(child)


def main(descriptor: int) -> None:
    os.nice(_KINDER)
    answers(descriptor, _played)


def _played(part: bytes) -> bytes:
    tasks: list[Task] = pickle.loads(part)  # noqa: S301 - our own parent wrote it
    return pickle.dumps([tell(plan, seed) for plan, seed in tasks])


if __name__ == "__main__":
    main(int(sys.argv[1]))
