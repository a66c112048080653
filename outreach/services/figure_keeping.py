"""The figures kept up to date, by whoever comes first: a thread of `relais api`, a job of the dialers, a reader."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from outreach.database.repositories import figure_folds
from outreach.runtime import DatabaseError, Runtime, Session

FOLD_SECONDS = 1.0
"""Real seconds between two folds, over all processes together."""

AT_ONCE = 1000
"""Changes in one fold: a transaction of a fraction of a second."""

_LITTLE = 40
"""Changes that a reader counts itself without its page being late."""

_MUCH = 20_000
_KEPT_SECONDS = 5.0


def fold(session: Session, limit: int = AT_ONCE) -> int:
    """Counts some of what changed; returns how many changes were taken, 0 while another process is at it."""
    if not figure_folds.try_lock(session):
        return 0
    return _fold(session, limit)


def _fold(session: Session, limit: int) -> int:
    people, taken = figure_folds.take_changed(session, limit)
    if people:
        figure_folds.fold(session, people)
    return taken


def fold_all(session: Session) -> None:
    """Counts all that changed, however much: for a command, and for tests."""
    figure_folds.lock(session)
    while _fold(session, _MUCH):
        pass


def recount(session: Session) -> int:
    """Counts everything anew from the raw rows, in some minutes; returns how many sums differed.

    After rows were written past the triggers, or to be sure.
    """
    figure_folds.lock(session)
    return figure_folds.recount(session)


def bring_up_to_date(session: Session) -> None:
    """Before figures are read: counts what changed when it is little, and more when nobody else would."""
    changes = figure_folds.behind(session, _LITTLE + 1).changes
    if not changes:
        return
    if changes <= _LITTLE:
        fold(session, _LITTLE)
    elif not figure_folds.somebody_keeps_them(session, _KEPT_SECONDS):
        fold(session, _MUCH)


def as_of(session: Session) -> datetime:
    """Everything committed before this instant of the machine's own time is in the figures."""
    behind = figure_folds.behind(session, 1)
    return behind.since or figure_folds.now_wall(session)


def age(session: Session) -> timedelta:
    """For how long, in real time, the oldest change has waited to be counted; none when all is."""
    return timedelta(seconds=figure_folds.behind(session, 1).seconds)


def look_after(runtime: Runtime) -> int:
    """What is to be done every second: folds until little is left; returns how many changes were counted."""
    counted = 0
    while True:
        with runtime.transaction() as session:
            figure_folds.do_not_wait_for_the_disk(session)
            if not figure_folds.try_lock(session):
                return counted
            figure_folds.keep(session)
            taken = _fold(session, AT_ONCE)
        counted += taken
        if taken < AT_ONCE:
            return counted


class Keeper:
    """A thread that looks after the figures from `start` to `stop`."""

    def __init__(self, runtime: Runtime, failed: Callable[[DatabaseError], None]) -> None:
        """`failed` hears of what the database refused: it is tried again at the next second."""
        self._runtime = runtime
        self._failed = failed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="figures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Lets the fold under way end."""
        self._stopping.set()
        self._thread.join(seconds)

    def _run(self) -> None:
        while not self._stopping.wait(FOLD_SECONDS):
            try:
                look_after(self._runtime)
            except DatabaseError as error:
                self._failed(error)
