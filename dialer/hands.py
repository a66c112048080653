"""Threads that place what was claimed, side by side, in the order of its moments."""

import heapq
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from outreach.services.attempts import Claimed

HANDS = 12
"""Requests to the carrier at the same time, in one process."""

_LINGER_SECONDS = 1.0
"""Real seconds that a hand waits for work before it goes: a new one costs more than many wait."""


@dataclass(order=True, slots=True)
class _Waiting:
    at: datetime
    rank: int
    claimed: Claimed = field(compare=False)


class Hands:
    """Hired when there is work, and gone some time after it. `work` must not raise."""

    def __init__(self, work: Callable[[Claimed], None]) -> None:
        self._work = work
        lock = threading.Lock()
        self._came = threading.Condition(lock)
        self._went = threading.Condition(lock)
        self._waiting: list[_Waiting] = []
        self._ranks = 0
        self._hired = 0
        self._busy = 0
        self._dismissed = False

    def hand_over(self, claimed: Iterable[Claimed]) -> None:
        with self._came:
            for one in claimed:
                self._ranks += 1
                heapq.heappush(self._waiting, _Waiting(one.at, self._ranks, one))
            idle = self._hired - self._busy
            wanted = min(HANDS - self._hired, max(0, len(self._waiting) - idle))
            self._hired += wanted
            self._came.notify(len(self._waiting))
        for _ in range(wanted):
            # A thread that a hanging carrier holds up must not hold up the end of the process.
            threading.Thread(target=self._place_all, name="placing", daemon=True).start()

    def wait_for_room(self, target: Callable[[], int], has_to_end: Callable[[], bool]) -> int:
        """How many more are wanted, once no more than a third of `target` waits; 0 when it `has_to_end`."""
        with self._went:
            self._went.wait_for(lambda: has_to_end() or len(self._waiting) <= target() // 3)
            return 0 if has_to_end() else target() - len(self._waiting)

    def look_again(self) -> None:
        """Whoever waits for room looks whether it has to end."""
        with self._went:
            self._went.notify_all()

    def dismiss(self) -> list[Claimed]:
        """Nobody begins anything more; returns what was not begun."""
        with self._came:
            self._dismissed = True
            left = [one.claimed for one in sorted(self._waiting)]
            self._waiting.clear()
            self._came.notify_all()
            self._went.notify_all()
            return left

    def wait_idle(self, seconds: float) -> bool:
        """Whether all is placed, in time."""
        with self._went:
            return self._went.wait_for(lambda: not (self._waiting or self._busy), max(0.0, seconds))

    def _place_all(self) -> None:
        while (claimed := self._next()) is not None:
            self._work(claimed)
            with self._went:
                self._busy -= 1
                self._went.notify_all()

    def _next(self) -> Claimed | None:
        with self._came:
            self._came.wait_for(lambda: self._waiting or self._dismissed, _LINGER_SECONDS)
            if not self._waiting:
                self._hired -= 1
                return None
            self._busy += 1
            return heapq.heappop(self._waiting).claimed
