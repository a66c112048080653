"""What takes long to work out and is asked for again and again: worked out by a thread, ahead of who asks next."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import inf
from typing import Any, TypeVar

from fastapi import Request

from outreach.errors import BusinessError
from outreach.runtime import DatabaseError

T = TypeVar("T")

WANTED_SECONDS = 60.0
"""So long after it was last asked for, an answer is kept young."""
_LOOK_SECONDS = 0.5
_KEPT = 40


@dataclass(slots=True)
class _Kept:
    """`at`, `asked`: when the answer was begun, and when it was last asked for."""

    work: Callable[[], Any]
    at_most: float
    asked: float
    at: float = -inf
    answer: Any = None


class Ahead:
    """Of one process. Whoever finds no answer young enough works it out, waiting for nobody."""

    def __init__(self, failed: Callable[[Exception], None], monotonic: Callable[[], float] = time.monotonic) -> None:
        """`failed` hears of what the thread could not work out; the next reader tries, and is told."""
        self._failed = failed
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ahead", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        self._stopping.set()
        self._thread.join(seconds)

    def answer(self, key: Hashable, work: Callable[[], T], at_most: float) -> T:
        """What `work` tells, or told `at_most` seconds ago. It is called by the thread too, in its own transaction."""
        now = self._monotonic()
        with self._lock:
            kept = self._kept.setdefault(key, _Kept(work, at_most, now))
            kept.asked = now
            self._kept.move_to_end(key)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            if now - kept.at <= at_most:
                found: T = kept.answer
                return found
        found = work()
        self._put(kept, now, found)
        return found

    def renew(self) -> None:
        """Works out anew what is still wanted and half as old as it may be; forgets what isn't."""
        now = self._monotonic()
        with self._lock:
            for key in [key for key, kept in self._kept.items() if now - kept.asked > WANTED_SECONDS]:
                del self._kept[key]
            old = [(key, kept) for key, kept in self._kept.items() if now - kept.at >= kept.at_most / 2]
        for key, kept in old:
            began = self._monotonic()
            try:
                self._put(kept, began, kept.work())
            except (DatabaseError, BusinessError) as error:
                with self._lock:
                    self._kept.pop(key, None)
                self._failed(error)

    def _put(self, kept: _Kept, at: float, answer: object) -> None:
        with self._lock:
            if at > kept.at:
                kept.at, kept.answer = at, answer

    def _run(self) -> None:
        while not self._stopping.wait(_LOOK_SECONDS):
            self.renew()


def answer(request: Request, key: Hashable, work: Callable[[], T], at_most: float) -> T:
    """What `work` tells, or told `at_most` seconds ago where this process works it out ahead."""
    ahead: Ahead | None = request.app.state.ahead
    return work() if ahead is None else ahead.answer(key, work, at_most)
