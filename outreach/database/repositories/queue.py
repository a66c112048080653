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
    SmallInteger,
    String,
    Uuid,
    bindparam,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.orm import Session, joinedload, load_only

from outreach.database.models import Account, Patient, Request
from outreach.database.repositories.requests_of import OPEN
from outreach.domain.service_levels import Band
from outreach.domain.words import Mobility, RequestKind, RequestStatus

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
    "kind": lambda: Request.kind == bindparam("of_kind", type_=String),
    "department": lambda: Request.department == bindparam("of_department", type_=String),
    "claimed_by": lambda: Request.claimed_by == bindparam("of_account", type_=Uuid),
}
# Written out, so that the index of leases and those of rare mobilities are found for the few that they hold.
_WRITTEN_OUT = {
    "status": lambda value: Request.status == literal_column(f"'{RequestStatus(value).value}'"),
    "mobility": lambda value: Request.mobility.contains(literal_column(f"'[\"{Mobility(value).value}\"]'::jsonb")),
}
_OPEN = [literal_column(f"'{status.value}'", String) for status in OPEN]
_ENDED = [literal_column(f"'{status.value}'", String) for status in _OVER]

_Shape = tuple[tuple[str, str | None], ...]


def _values(filters: Filters) -> dict[str, Any]:
    return {"of_kind": filters.kind, "of_department": filters.department, "of_account": filters.claimed_by}


def _shape(filters: Filters) -> _Shape:
    """Which filters there are: a statement is put together once for each combination."""
    plain = [(name, None) for name in _LIMITS if getattr(filters, name)]
    return (*plain, *((name, getattr(filters, name)) for name in _WRITTEN_OUT if getattr(filters, name)))


def _matching(query: Any, shape: _Shape, *, are_over: bool) -> Any:
    # Said in words that the indexes know.
    query = query.where(Request.status.in_(_ENDED if are_over else _OPEN))
    for name, value in shape:
        query = query.where(_LIMITS[name]() if value is None else _WRITTEN_OUT[name](value))
    return query


@cache
def _count(shape: _Shape, *, are_over: bool, some: bool) -> Any:
    if not some:
        return _matching(select(func.count(Request.id)), shape, are_over=are_over)
    found = _matching(select(Request.id), shape, are_over=are_over).limit(bindparam("at_most", type_=Integer))
    return select(func.count()).select_from(found.subquery())


def count(session: Session, filters: Filters, at_most: int | None = None) -> int:
    """How many there are; no more than `at_most` are counted."""
    query = _count(_shape(filters), are_over=filters.are_over, some=at_most is not None)
    return int(session.connection().execute(query, {**_values(filters), "at_most": at_most}).scalar_one())


def _shown_with(*, briefly: bool) -> list[Any]:
    """Of the person and the adviser, what a list says; `briefly`: of the request too."""
    person = joinedload(Request.patient).load_only(
        Patient.reference,
        Patient.civility,
        Patient.first_name,
        Patient.last_name,
        Patient.postal_code,
        Patient.department,
        raiseload=True,
    )
    shown: list[Any] = [person, joinedload(Request.adviser).load_only(Account.login, raiseload=True)]
    return [*shown, load_only(*_BRIEFLY, raiseload=True)] if briefly else shown


_BRIEFLY = (
    Request.kind,
    Request.status,
    Request.department,
    Request.mobility,
    Request.area,
    Request.callback_from,
    Request.claimed_by,
    Request.due_at,
    Request.created_at,
    Request.closed_at,
)


@cache
def _over(shape: _Shape, *, further: bool, briefly: bool) -> Any:
    no_band: Any = literal(0, Integer)
    query = (
        _matching(select(Request, no_band), shape, are_over=True)
        .options(*_shown_with(briefly=briefly))
        .order_by(Request.closed_at.desc(), Request.id.desc())
        .offset(_OFFSET)
        .limit(_LIMIT)
    )
    return query.where(tuple_(Request.closed_at, Request.id) < _AFTER) if further else query


@cache
def _page(shape: _Shape, *, further: bool, briefly: bool) -> Any:
    """Of each band as many keys as may be needed, by one descent of the index for each; then the rows to show."""
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
    inner = _matching(select(Request.id, Request.due_at), shape, are_over=False).where(
        Request.rank == band.c.of_rank, Request.due_at > band.c.after, Request.due_at <= band.c.until
    )
    if further:
        inner = inner.where(
            or_(band.c.place > bindparam("after_band", type_=Integer), tuple_(Request.due_at, Request.id) > _AFTER)
        )
    found = inner.order_by(Request.due_at, Request.id).limit(_OFFSET + _LIMIT).correlate(band).lateral("found")
    first = (
        select(band.c.place, found.c.due_at, found.c.id)
        .select_from(band)
        .join(found, onclause=true())
        .order_by(band.c.place, found.c.due_at, found.c.id)
        .offset(_OFFSET)
        .limit(_LIMIT)
        .subquery("first")
    )
    return (
        select(Request, first.c.place)
        .join(first, first.c.id == Request.id)
        .options(*_shown_with(briefly=briefly))
        .order_by(first.c.place, first.c.due_at, first.c.id)
    )


def page(
    session: Session,
    filters: Filters,
    bands: Sequence[Band],
    limit: int,
    offset: int = 0,
    after: Place | None = None,
    *,
    briefly: bool = False,
) -> Sequence[tuple[Request, int]]:
    """Requests with the band that each is in, the most urgent first; those that are over, the latest first.

    `briefly`: with what a list says of each alone.
    """
    values: dict[str, Any] = {**_values(filters), "most": limit, "passed_over": offset}
    if after is not None:
        values |= {"after_band": after.band, "after_at": after.due_at, "after_id": after.id}
        bands = [band for band in bands if band.order >= after.band]
    if filters.are_over:
        query = _over(_shape(filters), further=after is not None, briefly=briefly)
    elif not bands:
        return []
    else:
        query = _page(_shape(filters), further=after is not None, briefly=briefly)
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
