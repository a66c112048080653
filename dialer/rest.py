"""Breathing space after failures of the carrier, longer with each, shared by all the threads of a dialer."""

import random
import threading
import time

FIRST_SECONDS = 0.25
LONGEST_SECONDS = 60.0


class Rest:
    """Real seconds, with jitter, so that several dialers do not come back together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._failures = 0
        self._until = 0.0

    def after_failure(self) -> None:
        with self._lock:
            self._failures += 1
            longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2.0 ** min(self._failures, 20))
            self._until = time.monotonic() + longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret

    def after_success(self) -> None:
        with self._lock:
            self._failures = 0

    @property
    def is_on(self) -> bool:
        return time.monotonic() < self._until
