"""The advisers' queue: claimed as a lease, released, passed on, closed; the database decides who holds what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from outreach.database.models import Account, Request, RequestEvent
from outreach.database.repositories import accounts, offers, queue, request_file, requests
from outreach.database.repositories.queue import Filters, Place
from outreach.domain import service_levels
from outreach.domain.words import RequestStatus, Role
from outreach.errors import BadInput
from outreach.runtime import Session
from outreach.services import tasks
from outreach.services.request_log import (
    LEASE,
    ChangedMeanwhile,
    NotYours,
    UnknownRequest,
    is_held_by,
    locked,
    mine,
    renew,
    write,
)

__all__ = [
    "LEASE",
    "ChangedMeanwhile",
    "Filters",
    "NotYours",
    "Place",
    "Queue",
    "RequestPage",
    "UnknownRequest",
    "claim",
    "claim_next",
    "close",
    "colleagues",
    "count",
    "events",
    "expire",
    "get",
    "listed",
    "pass_on",
    "passed_on_to",
    "queued",
    "release",
    "seen",
]

PAGE = 25
SCREEN = 20
"""Requests on a page of the queue, which is looked at; PAGE are in an answer of the JSON API."""
COUNTED = 100
"""A page of the queue says how many wait up to here, then « plus de »."""
_KEPT_FORMS = timedelta(days=1)
_KEPT_DRAFTS = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RequestPage:
    items: Sequence[Request]
    page: int
    pages: int
    total: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A stretch of the queue. `after`: where the next one begins, None at the end. `total` counts COUNTED at most."""

    items: Sequence[Request]
    total: int
    after: Place | None


def listed(session: Session, filters: Filters, page: int, size: int = PAGE, *, now: datetime) -> RequestPage:
    """One page of the queue, the most urgent first, with `.patient` and `.adviser`."""
    total = queue.count(session, filters)
    pages = max(1, ceil(total / size))
    page = min(max(1, page), pages)
    bands = service_levels.bands(now, filters.kind, filters.status)
    found = queue.page(session, filters, bands, size, (page - 1) * size)
    return RequestPage([request for request, _ in found], page, pages, total)


def queued(session: Session, filters: Filters, now: datetime, after: Place | None = None, size: int = SCREEN) -> Queue:
    """The queue from its beginning or from a place in it, however long it is."""
    bands = service_levels.bands(now, filters.kind, filters.status)
    found = queue.page(session, filters, bands, size + 1, after=after, briefly=True)
    shown = found[:size]
    further = None
    if len(found) > size:
        last, band = shown[-1]
        at = last.closed_at if filters.are_over else last.due_at
        assert at is not None
        further = Place(band, at, last.id)
    total = len(shown) if further is None and after is None else queue.count(session, filters, COUNTED + 1)
    return Queue([request for request, _ in shown], total, further)


def count(session: Session, filters: Filters) -> int:
    return queue.count(session, filters)


def get(session: Session, request_id: UUID) -> Request:
    """A request with its person, their numbers and its adviser. Raises UnknownRequest."""
    request = request_file.with_person(session, request_id)
    if request is None:
        raise UnknownRequest
    return request


def events(session: Session, request_id: UUID) -> Sequence[RequestEvent]:
    return request_file.events(session, request_id)


def _take(session: Session, request: Request, account: Account, now: datetime) -> Request:
    request.status = RequestStatus.CLAIMED
    request.claimed_by = account.id
    request.claimed_at = now
    renew(request, now)
    if request.conversation_id is not None:
        requests.settle_alerts(session, request.conversation_id, now)
    write(session, request.id, account, "claimed", now)
    session.flush()
    return request


def claim(session: Session, request_id: UUID, account: Account, now: datetime) -> Request:
    """Takes a request, or renews one's own lease. Raises NotYours while another adviser's lease runs."""
    request = locked(session, request_id)
    if is_held_by(request, account):
        renew(request, now)
        session.flush()
        return request
    leased = request.claim_expires_at is not None and request.claim_expires_at > now
    if request.status == RequestStatus.CLAIMED and leased:
        raise NotYours("another adviser is working on this request")
    if request.status not in {RequestStatus.NEW, RequestStatus.CLAIMED}:
        raise NotYours(f"this request is {request.status}; it can't be claimed")
    return _take(session, request, account, now)


def claim_next(session: Session, account: Account, now: datetime) -> Request | None:
    """Takes the most urgent request of the adviser's departments that nobody holds; None when there is none.

    Whoever asked for an hour that is not near yet is left to it.
    """
    expire_leases(session, now)
    request = queue.lock_next_new(session, service_levels.to_take(now), account.departments)
    return _take(session, request, account, now) if request is not None else None


def _leave(request: Request) -> None:
    request.status = RequestStatus.NEW
    request.claimed_by = request.claimed_at = request.claim_expires_at = request.passed_on_by = None


def release(session: Session, request_id: UUID, account: Account, now: datetime) -> Request:
    """Gives a request back to the team. Raises NotYours."""
    request = mine(session, request_id, account, now)
    if request.status == RequestStatus.OFFERED:
        raise NotYours("an offer is waiting for its answer; the request stays yours until then")
    _leave(request)
    write(session, request.id, account, "released", now)
    session.flush()
    return request


def pass_on(
    session: Session, request_id: UUID, account: Account, login: str, note: str | None, now: datetime
) -> Request:
    """Gives a request of one's own to another adviser, who is told. Raises NotYours or BadInput."""
    request = mine(session, request_id, account, now)
    to = accounts.by_login(session, login)
    if to is None or to.disabled_at is not None or to.role != Role.ADVISER or to.id == account.id:
        raise BadInput("a request is passed on to another adviser whose account is open")
    request.claimed_by, request.claimed_at = to.id, now
    renew(request, now)
    request.passed_on_by = account.id
    write(session, request.id, account, "passed_on", now, note, {"to": to.login})
    session.flush()
    return request


def colleagues(session: Session, account: Account) -> list[str]:
    """Logins of the advisers to whom a request may be passed on."""
    return [other.login for other in requests.advisers(session) if other.id != account.id]


def passed_on_to(session: Session, account: Account) -> Sequence[Request]:
    """What colleagues gave to this adviser, who has not opened it yet, with `.patient`."""
    return requests.passed_on_to(session, account.id)


def seen(session: Session, request: Request, account: Account) -> None:
    """An adviser opened a request: whoever had it passed on knows of it now."""
    if request.passed_on_by is not None and is_held_by(request, account):
        requests.was_seen(session, request.id, account.id)


def close(
    session: Session,
    request_id: UUID,
    account: Account,
    result: str,
    note: str | None,
    now: datetime,
    version: int | None = None,
) -> Request:
    """Ends one's work on a request, with its result. Raises NotYours or ChangedMeanwhile."""
    request = mine(session, request_id, account, now, version)
    if offers.proposed(session, request.id) is not None:
        raise NotYours("an offer is waiting for its answer; note it before closing")
    request.status = RequestStatus.CLOSED
    request.result = result
    request.closed_at = now
    request.claim_expires_at = None
    write(session, request.id, account, "closed", now, note, {"result": result})
    tasks.after_closing(session, request, account, now)
    session.flush()
    return request


def expire_leases(session: Session, now: datetime) -> int:
    """Gives back to the team the requests whose lease ran out. Returns how many."""
    expired = requests.expired_claims(session, now)
    for request in expired:
        _leave(request)
        write(session, request.id, None, "released", now, "lease expired")
    session.flush()
    return len(expired)


def expire(session: Session, now: datetime) -> int:
    """The same, and forgets forms sent long ago and what nobody came back for."""
    requests.forget_forms(session, now - _KEPT_FORMS)
    requests.forget_drafts(session, now - _KEPT_DRAFTS)
    return expire_leases(session, now)
