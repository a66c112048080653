"""Writes down the carrier's ids of what was placed: those that come while some are being written go together."""

import threading
import time
from uuid import UUID

from dialer.metrics import DialerMetrics
from outreach.runtime import DatabaseError, Runtime
from outreach.services import attempts

GATHERED_SECONDS = 0.02
"""Real seconds that an id may wait for others."""


class Placings:
    """Shared by the hands of a dialer. An id that a crash loses is found again: the reconciler asks the carrier."""

    def __init__(self, runtime: Runtime, metrics: DialerMetrics) -> None:
        self._runtime = runtime
        self._metrics = metrics
        self._lock = threading.Lock()
        self._told: dict[UUID, str] = {}
        self._is_writing = False

    def record(self, attempt_id: UUID, carrier_id: str) -> None:
        """Returns at once when another hand is writing: that one takes this id with its next ones."""
        with self._lock:
            self._told[attempt_id] = carrier_id
            if self._is_writing:
                return
            self._is_writing = True
        time.sleep(GATHERED_SECONDS)
        while (told := self._take()) is not None:
            self._write(told)
            time.sleep(GATHERED_SECONDS)

    def _take(self) -> dict[UUID, str] | None:
        with self._lock:
            told, self._told = self._told, {}
            self._is_writing = bool(told)
            return told or None

    def _write(self, told: dict[UUID, str]) -> None:
        try:
            with self._runtime.transaction() as session:
                attempts.all_placed(session, told, self._runtime.clock.now())
        except Exception as error:  # noqa: BLE001 - counted and said: a writer that fails must not stop the next ones
            if len(told) == 1 or not isinstance(error, DatabaseError):
                self._metrics.failed("dispatch", error)
                return
            # One that another attempt has already must not keep the others from being written.
            for attempt_id, carrier_id in told.items():
                self._write({attempt_id: carrier_id})
