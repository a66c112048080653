"""Queries on the advisers' queue, read in the order of its index: nothing is sorted, however long it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    Select,
    SmallInteger,
    String,
    Uuid,
    bindparam,
    column,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased, joinedload

from outreach.database.models import Account, Patient, Request
from outreach.database.repositories.requests_of import OPEN
from outreach.domain.service_levels import Band
from outreach.domain.words import RequestKind, RequestStatus

_OVER = (RequestStatus.CLOSED, RequestStatus.WITHDRAWN)
_LIMIT = bindparam("most", type_=Integer)
_OFFSET = bindparam("passed_over", type_=Integer)
_AFTER = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid))


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


_LIMITS = {
    # Written out, so that the index of leases is found for the few that are held.
    "status": lambda: Request.status == bindparam("of_status", type_=String, literal_execute=True),
    "kind": lambda: Request.kind == bindparam("of_kind", type_=String),
    "department": lambda: Request.department == bindparam("of_department", type_=String),
    "claimed_by": lambda: Request.claimed_by == bindparam("of_account", type_=Uuid),
    "mobility": lambda: Request.mobility.contains(bindparam("of_mobility", type_=JSONB)),
}


def _values(filters: Filters) -> dict[str, Any]:
    return {
        "of_status": filters.status,
        "of_kind": filters.kind,
        "of_department": filters.department,
        "of_account": filters.claimed_by,
        "of_mobility": [filters.mobility],
    }


def _shape(filters: Filters) -> tuple[str, ...]:
    """Which filters there are: a statement is put together once for each combination."""
    return tuple(name for name in _LIMITS if getattr(filters, name))


def _matching(query: Select[Any], shape: tuple[str, ...], *, are_over: bool) -> Select[Any]:
    # Said in words that the indexes know.
    query = query.where(Request.status.in_(_OVER if are_over else OPEN))
    for name in shape:
        query = query.where(_LIMITS[name]())
    return query


@cache
def _count(shape: tuple[str, ...], *, are_over: bool, some: bool) -> Select[Any]:
    if not some:
        return _matching(select(func.count(Request.id)), shape, are_over=are_over)
    found = _matching(select(Request.id), shape, are_over=are_over).limit(bindparam("at_most", type_=Integer))
    return select(func.count()).select_from(found.subquery())


def count(session: Session, filters: Filters, at_most: int | None = None) -> int:
    """How many there are; no more than `at_most` are counted."""
    query = _count(_shape(filters), are_over=filters.are_over, some=at_most is not None)
    return session.scalar(query, {**_values(filters), "at_most": at_most}) or 0


def _shown_with(request: Any) -> list[Any]:
    """Of the person and the adviser, what a list says."""
    person = joinedload(request.patient).load_only(
        Patient.reference,
        Patient.civility,
        Patient.first_name,
        Patient.last_name,
        Patient.postal_code,
        Patient.department,
        raiseload=True,
    )
    return [person, joinedload(request.adviser).load_only(Account.login, raiseload=True)]


@cache
def _over(shape: tuple[str, ...], *, further: bool) -> Select[Any]:
    no_band: Any = literal(0, Integer)
    query = (
        _matching(select(Request, no_band), shape, are_over=True)
        .options(*_shown_with(Request))
        .order_by(Request.closed_at.desc(), Request.id.desc())
        .offset(_OFFSET)
        .limit(_LIMIT)
    )
    return query.where(tuple_(Request.closed_at, Request.id) < _AFTER) if further else query


@cache
def _page(shape: tuple[str, ...], *, further: bool) -> Select[Any]:
    """Of each band as many rows as may be needed, by one descent of the index for each."""
    band = (
        func.unnest(
            bindparam("places", type_=ARRAY(Integer)),
            bindparam("ranks", type_=ARRAY(SmallInteger)),
            bindparam("afters", type_=ARRAY(DateTime(timezone=True))),
            bindparam("untils", type_=ARRAY(DateTime(timezone=True))),
        )
        .table_valued(
            column("place", Integer),
            column("of_rank", SmallInteger),
            column("after", DateTime(timezone=True)),
            column("until", DateTime(timezone=True)),
        )
        .render_derived(name="bands")
    )
    inner = _matching(select(Request), shape, are_over=False).where(
        Request.rank == band.c.of_rank, Request.due_at > band.c.after, Request.due_at <= band.c.until
    )
    if further:
        inner = inner.where(
            or_(band.c.place > bindparam("after_band", type_=Integer), tuple_(Request.due_at, Request.id) > _AFTER)
        )
    found = inner.order_by(Request.due_at, Request.id).limit(_OFFSET + _LIMIT).correlate(band).lateral("found")
    shown = aliased(Request, found)
    return (
        select(shown, band.c.place)
        .select_from(band)
        .join(found, onclause=true())
        .options(*_shown_with(shown))
        .order_by(band.c.place, shown.due_at, shown.id)
        .offset(_OFFSET)
        .limit(_LIMIT)
    )


def page(
    session: Session, filters: Filters, bands: Sequence[Band], limit: int, offset: int = 0, after: Place | None = None
) -> Sequence[tuple[Request, int]]:
    """Requests with the band that each is in, the most urgent first; those that are over, the latest first."""
    values: dict[str, Any] = {**_values(filters), "most": limit, "passed_over": offset}
    if after is not None:
        values |= {"after_band": after.band, "after_at": after.due_at, "after_id": after.id}
        bands = [band for band in bands if band.order >= after.band]
    if filters.are_over:
        query = _over(_shape(filters), further=after is not None)
    elif not bands:
        return []
    else:
        query = _page(_shape(filters), further=after is not None)
        values |= {
            "places": [band.order for band in bands],
            "ranks": [int(band.rank) for band in bands],
            "afters": [band.after for band in bands],
            "untils": [band.until for band in bands],
        }
    return [(row[0], row[1]) for row in session.execute(query, values)]


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
