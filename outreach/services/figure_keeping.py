"""The figures kept up to date, by whoever comes first: a thread of `relais api`, a job of the dialers, a reader."""

from datetime import datetime, timedelta

from outreach.database.repositories import figure_folds
from outreach.runtime import Runtime, Session

FOLD_SECONDS = 1.0
"""Real seconds between two folds, over all processes together."""

AT_ONCE = 1000
"""Changes in one fold: a transaction of a fraction of a second."""

PUBLICATION = "publication"
"""Under this name a session holds what is published, until it counts something itself."""

_MUCH = 20_000
_KEPT_SECONDS = 5.0


def fold(session: Session, limit: int = AT_ONCE) -> int:
    """Counts some of what changed; returns how many changes were taken, 0 while another process is at it."""
    if not figure_folds.try_lock(session):
        return 0
    return _fold(session, limit)


def _fold(session: Session, limit: int) -> int:
    session.info.pop(PUBLICATION, None)
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
    session.info.pop(PUBLICATION, None)
    return figure_folds.recount(session)


def bring_up_to_date(session: Session) -> None:
    """Before figures are read as they are kept: counts what changed when nobody else would."""
    if figure_folds.behind(session, 1).changes and not figure_folds.somebody_keeps_them(session, _KEPT_SECONDS):
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
