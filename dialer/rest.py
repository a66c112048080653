"""Breathing space after failures of the carrier, longer with each.

Ours alone after what may be our own trouble (no connection, a time-out); all the dialers' when the carrier says
that it is asked too much, for it counts what all of them ask together.
"""

import random
import threading
import time

from outreach.runtime import Runtime
from outreach.services import rests

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 60.0
LONGEST_WISH_SECONDS = 900.0
"""However long the carrier wants us to wait, we look again after this."""

_LOOK_SECONDS = 0.25
"""How often a process looks whether another one was told to slow down."""


class Rest:
    """Real seconds, with jitter, so that several dialers and their threads do not come back together."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0
        self._look_at = 0.0

    def after_failure(self) -> None:
        self._rest_for(self._longer())

    def slow_down(self, wished_seconds: float | None = None) -> None:
        """The carrier was asked too much: every dialer rests, as long as it wishes if it says so."""
        seconds = self._longer()
        if wished_seconds is not None:
            seconds = max(seconds, min(wished_seconds, LONGEST_WISH_SECONDS) * random.uniform(1.0, 1.25))  # noqa: S311
        self._rest_for(seconds)
        with self._runtime.transaction() as session:
            rests.lengthen(session, seconds)

    def after_success(self) -> None:
        with self._lock:
            self._failures = 0

    @property
    def seconds_left(self) -> float:
        return max(0.0, self._until - time.monotonic())

    @property
    def is_on(self) -> bool:
        now = time.monotonic()
        with self._lock:
            if now < self._until:
                return True
            if now < self._look_at:
                return False
            self._look_at = now + _LOOK_SECONDS
        with self._runtime.transaction() as session:
            left = rests.left(session)
        if left > 0:
            # Not all at the same moment.
            self._rest_for(left * random.uniform(1.0, 1.25))  # noqa: S311 - no secret
        return left > 0

    def _longer(self) -> float:
        with self._lock:
            self._failures += 1
            longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self._failures, 20))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

    def _rest_for(self, seconds: float) -> None:
        with self._lock:
            self._until = max(self._until, time.monotonic() + seconds)
