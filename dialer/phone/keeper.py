"""Keeps the answers that were sent, for whoever delivers their turn again, while nobody waits for it."""

import queue
import threading
import time

import structlog

from outreach.runtime import DatabaseError, Hasty
from outreach.services import telephone

logger = structlog.get_logger(__name__)

GATHER_SECONDS = 0.02
"""For how long answers gather: a carrier delivers a turn again after seconds, and several cost hardly more than one."""

_STOP_SECONDS = 2.0


class Keeper:
    """One thread that writes down what the webhooks answered, in the order of their answers."""

    def __init__(self, hasty: Hasty) -> None:
        self._hasty = hasty
        self._answers: queue.SimpleQueue[tuple[str, str] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="keeper", daemon=True)
        self._thread.start()

    def keep(self, key: str, answer: str) -> None:
        self._answers.put((key, answer))

    def close(self) -> None:
        """Writes down what is still to be kept, and ends."""
        self._answers.put(None)
        self._thread.join(_STOP_SECONDS)

    def _work(self) -> None:
        last = False
        while not last:
            first = self._answers.get()
            if first is not None:
                time.sleep(GATHER_SECONDS)
            gathered = [first]
            while not self._answers.empty():
                gathered.append(self._answers.get())
            last = None in gathered
            self._write([item for item in gathered if item is not None])

    def _write(self, answers: list[tuple[str, str]]) -> None:
        if not answers:
            return
        try:
            telephone.remember_relays(self._hasty, answers)
        except DatabaseError as error:
            # What the agent said was heard; only a second delivery misses it.
            logger.warning("answers not kept", error=type(error).__name__, count=len(answers))
