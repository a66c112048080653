"""Queries on the advisers' queue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, case, func, or_, select, true, update
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.database.models import Alert, Patient, Request, RequestEvent
from outreach.database.repositories.requests_of import OPEN
from outreach.domain.words import RequestKind, RequestStatus

T = TypeVar("T")

_URGENCY = case(
    (Request.kind == RequestKind.EMERGENCY, 0),
    (Request.kind == RequestKind.HUMAN, 1),
    (Request.kind == RequestKind.IDENTITY, 2),
    else_=3,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """`status` None means everything still to be worked on."""

    status: str | None = None
    kind: str | None = None
    department: str | None = None
    claimed_by: UUID | None = None


def _matching(query: Select[T], filters: Filters) -> Select[T]:
    query = query.where(Request.status == filters.status if filters.status else Request.status.in_(OPEN))
    if filters.kind:
        query = query.where(Request.kind == filters.kind)
    if filters.department:
        query = query.where(Request.department == filters.department)
    if filters.claimed_by:
        query = query.where(Request.claimed_by == filters.claimed_by)
    return query


def count(session: Session, filters: Filters) -> int:
    return session.scalar(_matching(select(func.count(Request.id)), filters)) or 0


def page(session: Session, filters: Filters, offset: int, limit: int) -> Sequence[Request]:
    """The most urgent first: emergencies, people who asked for a human, identities, then the oldest."""
    query = (
        _matching(select(Request), filters)
        .options(joinedload(Request.patient), joinedload(Request.adviser))
        .order_by(_URGENCY, Request.created_at, Request.id)
        .offset(offset)
        .limit(limit)
    )
    return session.scalars(query).all()


def with_person(session: Session, request_id: UUID) -> Request | None:
    return session.scalar(
        select(Request)
        .where(Request.id == request_id)
        .options(joinedload(Request.patient).selectinload(Patient.numbers), joinedload(Request.adviser))
    )


def lock(session: Session, request_id: UUID) -> Request | None:
    return session.scalar(
        select(Request)
        .where(Request.id == request_id)
        .options(joinedload(Request.patient))
        .with_for_update(of=Request)
        .execution_options(populate_existing=True)
    )


def lock_next_new(session: Session, departments: Sequence[str]) -> Request | None:
    """The most urgent request that nobody holds, locked; those that another adviser is taking are passed over.

    Of these departments, or of any when none is named; an emergency is everybody's.
    """
    mine = or_(Request.department.in_(departments), Request.kind == RequestKind.EMERGENCY) if departments else true()
    return session.scalar(
        select(Request)
        .where(Request.status == RequestStatus.NEW, mine)
        .options(joinedload(Request.patient))
        .order_by(_URGENCY, Request.created_at, Request.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=Request)
    )


def expired_claims(session: Session, now: object) -> Sequence[Request]:
    return session.scalars(
        select(Request)
        .where(Request.status == RequestStatus.CLAIMED, Request.claim_expires_at <= now)
        .with_for_update(skip_locked=True)
    ).all()


def settle_alerts(session: Session, conversation_id: UUID, now: datetime) -> None:
    """Somebody is on it: the alerts of a conversation need nobody else."""
    session.execute(
        update(Alert).where(Alert.conversation_id == conversation_id, Alert.settled_at.is_(None)).values(settled_at=now)
    )


def events(session: Session, request_id: UUID) -> Sequence[RequestEvent]:
    return session.scalars(
        select(RequestEvent)
        .where(RequestEvent.request_id == request_id)
        .options(selectinload(RequestEvent.account))
        .order_by(RequestEvent.id)
    ).all()
