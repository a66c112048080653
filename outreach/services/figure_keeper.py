"""Who keeps the figures in the process that answers pages."""

import threading
import time
from collections.abc import Callable

from outreach.runtime import DatabaseError, Runtime
from outreach.services import figure_publications
from outreach.services.figure_keeping import FOLD_SECONDS, look_after
from outreach.services.figure_masking import MaskingChild, NotMasked

_LEAST_SECONDS = 0.2


class Keeper:
    """A thread that counts and publishes the figures from `start` to `stop`; what to mask, a child works out."""

    def __init__(self, runtime: Runtime, failed: Callable[[Exception], None]) -> None:
        """`failed` hears of what went wrong: it is tried again at the next second."""
        self._runtime = runtime
        self._failed = failed
        self._mask = MaskingChild()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="figures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Lets what is under way end."""
        self._stopping.set()
        self._thread.join(seconds)
        self._mask.close()

    def _run(self) -> None:
        wait = FOLD_SECONDS
        while not self._stopping.wait(wait):
            began = time.monotonic()
            try:
                look_after(self._runtime)
                figure_publications.see_to(self._runtime, self._mask)
            except (DatabaseError, NotMasked) as error:
                self._failed(error)
            # What takes long makes the figures older by itself: the second is counted from its start.
            wait = max(_LEAST_SECONDS, FOLD_SECONDS - (time.monotonic() - began))
