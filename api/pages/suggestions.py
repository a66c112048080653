"""What `request/_suggestions.html` shows: the physicians for a request. The page gives it as `suggested`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from outreach.database.models import Request
from outreach.domain.words import RequestStatus
from outreach.runtime import Session
from outreach.services import suggestions
from outreach.services.suggestions import Suggestions

_SOUGHT = frozenset({RequestStatus.NEW, RequestStatus.CLAIMED, RequestStatus.OFFERED})


@dataclass(frozen=True, slots=True)
class Suggested:
    """`again`: those who declined this person are shown too."""

    found: Suggestions
    again: bool


def suggested(
    session: Session, shown: Request, declined: Collection[str], now: datetime, *, again: bool = False
) -> Suggested | None:
    """For a request that is open and somebody's; None for any other. `declined`: who declined the person."""
    if shown.patient is None or shown.status not in _SOUGHT:
        return None
    return Suggested(suggestions.for_shown(session, shown, declined, now, again=again), again)
