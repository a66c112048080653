"""Queries on the advisers' queue, read in the order of its index: nothing is sorted, however long it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import DateTime, Integer, Select, column, func, or_, select, true, tuple_, values
from sqlalchemy.orm import Session, aliased, joinedload

from outreach.database.models import Request
from outreach.database.repositories.requests_of import OPEN
from outreach.domain.service_levels import Band
from outreach.domain.words import RequestKind, RequestStatus

T = TypeVar("T")
_OVER = (RequestStatus.CLOSED, RequestStatus.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Filters:
    """`status` None means everything still to be worked on."""

    status: str | None = None
    kind: str | None = None
    department: str | None = None
    claimed_by: UUID | None = None
    mobility: str | None = None

    @property
    def are_over(self) -> bool:
        return self.status in _OVER


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of the queue ends: the next one begins after it."""

    band: int
    due_at: datetime
    id: UUID


def _matching(query: Select[T], filters: Filters) -> Select[T]:
    if filters.are_over:
        query = query.where(Request.status.in_(_OVER), Request.status == filters.status)
    else:
        query = query.where(Request.status.in_(OPEN))
        if filters.status:
            query = query.where(Request.status == filters.status)
    if filters.kind:
        query = query.where(Request.kind == filters.kind)
    if filters.department:
        query = query.where(Request.department == filters.department)
    if filters.claimed_by:
        query = query.where(Request.claimed_by == filters.claimed_by)
    if filters.mobility:
        query = query.where(Request.mobility.contains([filters.mobility]))
    return query


def count(session: Session, filters: Filters, at_most: int | None = None) -> int:
    """How many there are; no more than `at_most` are counted."""
    if at_most is None:
        return session.scalar(_matching(select(func.count(Request.id)), filters)) or 0
    some = _matching(select(Request.id), filters).limit(at_most).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def page(
    session: Session, filters: Filters, bands: Sequence[Band], limit: int, offset: int = 0, after: Place | None = None
) -> Sequence[tuple[Request, int]]:
    """Requests with the band that each is in, the most urgent first; those that are over, the latest first."""
    if filters.are_over:
        over = (
            _matching(select(Request), filters)
            .options(joinedload(Request.patient), joinedload(Request.adviser))
            .order_by(Request.closed_at.desc(), Request.id.desc())
            .offset(offset)
            .limit(limit)
        )
        if after is not None:
            over = over.where(tuple_(Request.closed_at, Request.id) < tuple_(after.due_at, after.id))
        return [(request, 0) for request in session.scalars(over)]
    shown = [band for band in bands if after is None or band.order >= after.band]
    if not shown:
        return []
    # Of each band as many rows as may be needed, by one descent of the index.
    band = (
        values(
            column("place", Integer),
            column("of_rank", Integer),
            column("after", DateTime(timezone=True)),
            column("until", DateTime(timezone=True)),
            name="bands",
        )
        .data([(b.order, int(b.rank), b.after, b.until) for b in shown])
        .alias("bands")
    )
    inner = _matching(select(Request), filters).where(
        Request.rank == band.c.of_rank, Request.due_at > band.c.after, Request.due_at <= band.c.until
    )
    if after is not None:
        further = tuple_(Request.due_at, Request.id) > tuple_(after.due_at, after.id)
        inner = inner.where(or_(band.c.place > after.band, further))
    inner = inner.order_by(Request.due_at, Request.id).limit(offset + limit)
    found = inner.correlate(band).lateral("found")
    shown_request = aliased(Request, found)
    query = (
        select(shown_request, band.c.place)
        .select_from(band)
        .join(found, onclause=true())
        .options(joinedload(shown_request.patient), joinedload(shown_request.adviser))
        .order_by(band.c.place, shown_request.due_at, shown_request.id)
        .offset(offset)
        .limit(limit)
    )
    return [(row[0], row[1]) for row in session.execute(query)]


def lock_next_new(session: Session, bands: Sequence[Band], departments: Sequence[str]) -> Request | None:
    """The most urgent request that nobody holds, locked; those that another adviser is taking are passed over.

    Of these departments, or of any when none is named; an emergency is everybody's.
    """
    for band in bands:
        query = (
            select(Request)
            .where(
                Request.status.in_(OPEN),
                Request.status == RequestStatus.NEW,
                Request.rank == int(band.rank),
                Request.due_at > band.after,
                Request.due_at <= band.until,
            )
            .options(joinedload(Request.patient))
            .order_by(Request.due_at, Request.id)
            .limit(1)
            .with_for_update(skip_locked=True, of=Request)
        )
        if departments:
            query = query.where(or_(Request.department.in_(departments), Request.kind == RequestKind.EMERGENCY))
        found = session.scalar(query)
        if found is not None:
            return found
    return None
