"""How long no dialer asks the carrier anything, in the machine's own time: it asked for it."""

from outreach.database.repositories import rests
from outreach.runtime import Session


def lengthen(session: Session, seconds: float) -> None:
    """Nobody asks before so many real seconds have passed; an earlier wish for more stands."""
    rests.lengthen(session, seconds)


def left(session: Session) -> float:
    """Real seconds to wait still, 0 when none."""
    return rests.left(session)
