"""What is done to a request: by whoever holds it, in its log, its lease renewed by the work."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from outreach.database.models import Account, Request, RequestEvent
from outreach.database.repositories import request_file, requests
from outreach.domain.words import RequestStatus
from outreach.errors import BusinessError, NotFound
from outreach.runtime import Session

LEASE = timedelta(hours=2)
HELD = frozenset({RequestStatus.CLAIMED, RequestStatus.OFFERED})


class UnknownRequest(NotFound):
    def __init__(self) -> None:
        super().__init__("this request is not known")


class NotYours(BusinessError):
    """Somebody else holds the request, or nobody does."""


class ChangedMeanwhile(BusinessError):
    """The request isn't any more what the page showed. `by`: a login, None when it was the agent or the desk itself."""

    def __init__(self, by: str | None) -> None:
        super().__init__("this request was changed meanwhile; read it again")
        self.by = by


def write(
    session: Session,
    request_id: UUID,
    account: Account | None,
    act: str,
    now: datetime,
    note: str | None = None,
    document: dict[str, Any] | None = None,
    undoes: int | None = None,
) -> RequestEvent:
    """Adds a line to a request's log; without an account it was the desk by itself."""
    event = RequestEvent(
        request_id=request_id,
        account_id=account.id if account is not None else None,
        act=act,
        note=note or None,
        document=document,
        undoes=undoes,
        at=now,
    )
    session.add(event)
    return event


def locked(session: Session, request_id: UUID) -> Request:
    """A request for this transaction alone. Raises UnknownRequest."""
    request = requests.lock(session, request_id)
    if request is None:
        raise UnknownRequest
    return request


def is_held_by(request: Request, account: Account) -> bool:
    return request.claimed_by == account.id and request.status in HELD


def renew(request: Request, now: datetime) -> None:
    """Whoever works on a request keeps it."""
    request.claim_expires_at = now + LEASE
    request.passed_on_by = None


def mine(session: Session, request_id: UUID, account: Account, now: datetime, version: int | None = None) -> Request:
    """A request of one's own, locked, its lease renewed. `version`: the one that was read, when it matters.

    Raises UnknownRequest, NotYours or ChangedMeanwhile.
    """
    request = locked(session, request_id)
    if not is_held_by(request, account):
        raise NotYours("this request isn't yours; claim it first")
    check_version(session, request, account, version)
    renew(request, now)
    return request


def check_version(session: Session, request: Request, account: Account, version: int | None) -> None:
    """Raises ChangedMeanwhile when the request isn't any more what was read."""
    if version is None or request.version == version:
        return
    others = [event for event in request_file.events(session, request.id) if event.account_id != account.id]
    by = others[-1].account if others else account
    raise ChangedMeanwhile(by.login if by is not None else None)
