"""What may not be seen of a campaign's sums, from JSON to JSON; by a child process where pages are answered.

It takes up to a second of pure computation, during which no other thread of the process would get far.
"""

import json
import sys
import threading
from collections.abc import Iterable

from outreach.child import Child, TooLong, answers
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
        self._child: Child | None = None

    def __call__(self, sums: str) -> str:
        """Raises NotMasked."""
        with self._busy:
            try:
                child = self._child or self._start()
                child.tell(sums.encode())
                return child.told(JOB_SECONDS).decode()
            except TooLong:
                self._end()
                raise NotMasked("the child takes too long") from None
            except (OSError, EOFError):
                self._end()
                raise NotMasked("the child died") from None

    @property
    def pid(self) -> int | None:
        """The child's process id while there is one."""
        return self._child.pid if self._child is not None else None

    def close(self) -> None:
        """Ends the child, once it has done what it is at."""
        with self._busy:
            self._end()

    def _start(self) -> Child:
        self._child = Child(self._command)
        self._child.told(START_SECONDS)
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


def main(descriptor: int) -> None:
    answers(descriptor, lambda sums: masked(sums.decode()).encode(), tells_when_ready=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
