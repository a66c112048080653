"""The advisers' queue: claimed as a lease, released, closed; the database decides who holds what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from outreach.database.models import Account, Request, RequestEvent
from outreach.database.repositories import offers, requests
from outreach.database.repositories.requests import Filters
from outreach.domain.words import RequestStatus
from outreach.errors import BusinessError, NotFound
from outreach.runtime import Session
from outreach.services import tasks

__all__ = ["Filters", "RequestPage", "claim", "claim_next", "close", "events", "expire", "get", "listed", "release"]

LEASE = timedelta(hours=2)
PAGE = 25


class UnknownRequest(NotFound):
    def __init__(self) -> None:
        super().__init__("this request is not known")


class NotYours(BusinessError):
    """Somebody else holds the request, or nobody does."""


@dataclass(frozen=True, slots=True)
class RequestPage:
    items: Sequence[Request]
    page: int
    pages: int
    total: int


def listed(session: Session, filters: Filters, page: int, size: int = PAGE) -> RequestPage:
    """One page of the queue, the most urgent first, with `.patient` and `.adviser`."""
    total = requests.count(session, filters)
    pages = max(1, ceil(total / size))
    page = min(max(1, page), pages)
    return RequestPage(requests.page(session, filters, (page - 1) * size, size), page, pages, total)


def get(session: Session, request_id: UUID) -> Request:
    """A request with its person, their numbers and its adviser. Raises UnknownRequest."""
    request = requests.with_person(session, request_id)
    if request is None:
        raise UnknownRequest
    return request


def events(session: Session, request_id: UUID) -> Sequence[RequestEvent]:
    return requests.events(session, request_id)


def _locked(session: Session, request_id: UUID) -> Request:
    request = requests.lock(session, request_id)
    if request is None:
        raise UnknownRequest
    return request


def _note(
    session: Session, request: Request, account: Account | None, act: str, note: str | None, now: datetime
) -> None:
    session.add(
        RequestEvent(
            request_id=request.id, account_id=account.id if account is not None else None, act=act, note=note, at=now
        )
    )


def _take(session: Session, request: Request, account: Account, now: datetime) -> Request:
    request.status = RequestStatus.CLAIMED
    request.claimed_by = account.id
    request.claimed_at = now
    request.claim_expires_at = now + LEASE
    if request.conversation_id is not None:
        requests.settle_alerts(session, request.conversation_id, now)
    _note(session, request, account, "claimed", None, now)
    session.flush()
    return request


def claim(session: Session, request_id: UUID, account: Account, now: datetime) -> Request:
    """Takes a request, or renews one's own lease. Raises NotYours while another adviser's lease runs."""
    request = _locked(session, request_id)
    if request.claimed_by == account.id and request.status in {RequestStatus.CLAIMED, RequestStatus.OFFERED}:
        request.claim_expires_at = now + LEASE
        return request
    leased = request.claim_expires_at is not None and request.claim_expires_at > now
    if request.status == RequestStatus.CLAIMED and leased:
        raise NotYours("another adviser is working on this request")
    if request.status not in {RequestStatus.NEW, RequestStatus.CLAIMED}:
        raise NotYours(f"this request is {request.status}; it can't be claimed")
    return _take(session, request, account, now)


def claim_next(session: Session, account: Account, now: datetime) -> Request | None:
    """Takes the most urgent request of the adviser's departments that nobody holds; None when there is none."""
    request = requests.lock_next_new(session, account.departments)
    return _take(session, request, account, now) if request is not None else None


def _mine(session: Session, request_id: UUID, account: Account) -> Request:
    request = _locked(session, request_id)
    if request.claimed_by != account.id or request.status not in {RequestStatus.CLAIMED, RequestStatus.OFFERED}:
        raise NotYours("this request isn't yours; claim it first")
    return request


def release(session: Session, request_id: UUID, account: Account, now: datetime) -> Request:
    """Gives a request back to the team. Raises NotYours."""
    request = _mine(session, request_id, account)
    if request.status == RequestStatus.OFFERED:
        raise NotYours("an offer is waiting for its answer; the request stays yours until then")
    request.status = RequestStatus.NEW
    request.claimed_by = request.claimed_at = request.claim_expires_at = None
    _note(session, request, account, "released", None, now)
    session.flush()
    return request


def close(
    session: Session, request_id: UUID, account: Account, result: str, note: str | None, now: datetime
) -> Request:
    """Ends one's work on a request, with its result. Raises NotYours."""
    request = _mine(session, request_id, account)
    if offers.proposed(session, request.id) is not None:
        raise NotYours("an offer is waiting for its answer; note it before closing")
    request.status = RequestStatus.CLOSED
    request.result = result
    request.closed_at = now
    request.claim_expires_at = None
    _note(session, request, account, "closed", note or None, now)
    tasks.after_closing(session, request, account, now)
    session.flush()
    return request


def expire(session: Session, now: datetime) -> int:
    """Gives back to the team the requests whose lease ran out. Returns how many."""
    expired = requests.expired_claims(session, now)
    for request in expired:
        request.status = RequestStatus.NEW
        request.claimed_by = request.claimed_at = request.claim_expires_at = None
        _note(session, request, None, "released", "lease expired", now)
    session.flush()
    return len(expired)
