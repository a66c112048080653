"""Queries for suggestions: what a request asks for, volunteers around a point, physicians by number or name."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    Executable,
    Float,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    type_coerce,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Session

from outreach.database.models import Offer, Patient, Physician, Request, Retirement, Volunteer
from outreach.database.tables.physicians import POINT
from outreach.domain.distances import Flat
from outreach.domain.suggestions import Candidate, Limit
from outreach.domain.words import OfferStatus

# The tables themselves: nothing here is an object that a session would have to keep.
_PHYSICIAN, _VOLUNTEER, _RETIREMENT = Physician.__table__, Volunteer.__table__, Retirement.__table__
_OFFER, _PATIENT, _REQUEST = Offer.__table__, Patient.__table__, Request.__table__

_SITE = [
    _PHYSICIAN.c[name]
    for name in (
        "rpps", "site", "civility", "last_name", "first_name", "name_key", "structure", "address", "postal_code",
        "commune", "department", "telephone", "east", "north",
    )
]  # fmt: skip
"""What a candidate tells first, in the order of its fields."""
_OFFERED = [
    _VOLUNTEER.c[name]
    for name in (
        "left_on", "gender", "stops_on", "capacity", "held", "taken", "available_from", "home_visits",
        "wheelchair_accessible", "languages", "note",
    )
]  # fmt: skip
"""What a volunteer tells next."""


class Asked(NamedTuple):
    """What a request and its patient tell a search. `declined`: the physicians who declined this patient."""

    mobility: Collection[str] | None
    max_travel_minutes: int | None
    max_travel_km: int | None
    area: Mapping[str, Any] | None
    preference: Mapping[str, Any] | None
    department: str
    reference: str
    postal_code: str | None
    insee_code: str | None
    home_department: str
    regular_physician_rpps: str | None
    language: str | None
    declined: Collection[str] | None


def asked(session: Session, request_id: UUID) -> Asked | None:
    row = session.connection().execute(_asked(), {"id": request_id}).one_or_none()
    return Asked(*row) if row is not None else None


@cache
def _asked() -> Select[Any]:
    others = (
        select(func.array_agg(_OFFER.c.rpps.distinct()))
        .join(_REQUEST, _REQUEST.c.id == _OFFER.c.request_id)
        .where(_REQUEST.c.patient_id == _PATIENT.c.id, _OFFER.c.status == OfferStatus.DECLINED)
        .scalar_subquery()
    )
    return (
        select(
            _REQUEST.c.mobility,
            _REQUEST.c.max_travel_minutes,
            _REQUEST.c.max_travel_km,
            _REQUEST.c.area,
            _REQUEST.c.preference,
            _REQUEST.c.department,
            _PATIENT.c.reference,
            _PATIENT.c.postal_code,
            _PATIENT.c.insee_code,
            _PATIENT.c.department.label("home_department"),
            _PATIENT.c.regular_physician_rpps,
            _PATIENT.c.language,
            others.label("declined"),
        )
        .join(_PATIENT, _PATIENT.c.id == _REQUEST.c.patient_id)
        .where(_REQUEST.c.id == bindparam("id"))
    )


class Kept(NamedTuple):
    """What volunteers around a point must keep. `nearby`: within the radius, which is worth its while for who is rare:
    without it they are looked for through the whole country."""

    limits: frozenset[Limit]
    nearby: bool = False
    gender: bool = False
    language: bool = False


def around(
    session: Session,
    points: Sequence[Flat],
    kept: Sequence[Kept],
    limit: int,
    today: date,
    *,
    radius_km: float | None = None,
    department: str | None = None,
    gender: str | None = None,
    language: str | None = None,
) -> list[Candidate]:
    """The volunteers nearest to each point who keep this, then those who keep that; by one statement, each once."""
    places = {f"{name}_{n}": value for n, point in enumerate(points) for name, value in zip(_AXES, point, strict=True)}
    rows = session.connection().execute(
        _around(tuple(kept), len(points)),
        {
            **places,
            "radius": radius_km,
            "limit": limit,
            "today": today,
            "department": department,
            "gender": gender,
            "language": language,
        },
    )
    return [Candidate(*row) for row in rows]


_AXES = ("east", "north")


def _near(kept: Kept, point: int) -> Select[Any]:
    """The index of neighbours gives them in order, and stops at the limit."""
    here = func.point(*(bindparam(f"{axis}_{point}", type_=Float) for axis in _AXES))
    today = bindparam("today", type_=Date)
    held_to = kept.limits
    where: list[ColumnElement[bool]] = [
        _VOLUNTEER.c.left_on.is_(None),
        or_(_VOLUNTEER.c.stops_on.is_(None), _VOLUNTEER.c.stops_on > today),
    ]
    if kept.nearby:
        where.append(POINT.op("<@", is_comparison=True)(func.circle(here, bindparam("radius", type_=Float))))
    if Limit.PLACE in held_to:
        where.append(_VOLUNTEER.c.held + _VOLUNTEER.c.taken < _VOLUNTEER.c.capacity)
    if Limit.AVAILABLE_FROM in held_to:
        where.append(or_(_VOLUNTEER.c.available_from.is_(None), _VOLUNTEER.c.available_from <= today))
    if Limit.DEPARTMENT in held_to:
        where.append(_VOLUNTEER.c.department == bindparam("department", type_=String))
    if Limit.STEPS in held_to:
        where.append(_VOLUNTEER.c.wheelchair_accessible.is_(True))
    if Limit.HOME_VISIT in held_to:
        where.append(_VOLUNTEER.c.home_visits.is_(True))
    if kept.gender:
        where.append(_VOLUNTEER.c.gender == bindparam("gender", type_=String))
    if kept.language:
        where.append(type_coerce(_VOLUNTEER.c.languages, JSONB).has_key(bindparam("language", type_=String)))
    return (
        select(_VOLUNTEER.c.rpps, _VOLUNTEER.c.site, *_OFFERED)
        .where(*where)
        .order_by(POINT.op("<->")(here))
        # Written into the statement: its plan depends on it.
        .limit(bindparam("limit", type_=Integer, literal_execute=True))
    )


@cache
def _around(kept: tuple[Kept, ...], points: int) -> Executable:
    """Each made once."""
    searches = [_near(one, point) for point in range(points) for one in kept]
    if len(searches) == 1:
        near = searches[0].subquery("near")
    else:
        near = union(*(select(one.subquery()) for one in searches)).subquery("near")
    past = _offers_of(near.c.rpps)
    return (
        select(
            *_SITE,
            *(near.c[column.name] for column in _OFFERED),
            *past.c,
        )
        .select_from(near)
        .join(_PHYSICIAN, and_(_PHYSICIAN.c.rpps == near.c.rpps, _PHYSICIAN.c.site == near.c.site))
        .join(past, onclause=true())
    )


def _offers_of(rpps: Any) -> Any:
    return (
        select(
            func.max(_OFFER.c.created_at).label("last_at"),
            func.count().filter(_OFFER.c.status == OfferStatus.ACCEPTED).label("accepted"),
            func.count().filter(_OFFER.c.status == OfferStatus.DECLINED).label("declined"),
            func.count().filter(_OFFER.c.status == OfferStatus.EXPIRED).label("unanswered"),
        )
        .where(_OFFER.c.rpps == rpps)
        .lateral("past")
    )


def by_number_or_name(
    session: Session,
    rpps: str | None,
    names: Iterable[Collection[str]],
    departments: Collection[str],
    point: Flat,
) -> list[Candidate]:
    """A physician at all sites, then those of these last names in these departments, nearest first; any of them."""
    patterns = [pattern for words in names for word in words for pattern in (f"{word},%", f"{word} %", f"% {word},%")]
    rows = session.connection().execute(
        _by_number_or_name(),
        {"rpps": rpps, "patterns": patterns, "departments": [*departments], "east": point[0], "north": point[1]},
    )
    return [Candidate(*row) for row in rows]


@cache
def _by_number_or_name() -> Executable:
    named = and_(
        _PHYSICIAN.c.name_key.like(func.any(bindparam("patterns", type_=ARRAY(String)))),
        _PHYSICIAN.c.department.in_(select(func.unnest(bindparam("departments", type_=ARRAY(String))))),
        _PHYSICIAN.c.left_on.is_(None),
    )
    past = _offers_of(_PHYSICIAN.c.rpps)
    is_asked = _PHYSICIAN.c.rpps == bindparam("rpps", type_=String)
    east = _PHYSICIAN.c.east - bindparam("east", type_=Float)
    north = _PHYSICIAN.c.north - bindparam("north", type_=Float)
    # Places are those of one site; at another one of the same physician there are none.
    here = and_(_VOLUNTEER.c.rpps == _PHYSICIAN.c.rpps, _VOLUNTEER.c.site == _PHYSICIAN.c.site)
    return (
        select(
            *_SITE,
            _PHYSICIAN.c.left_on,
            _PHYSICIAN.c.gender,
            _RETIREMENT.c.stops_on,
            _VOLUNTEER.c.capacity,
            func.coalesce(_VOLUNTEER.c.held, 0),
            func.coalesce(_VOLUNTEER.c.taken, 0),
            _VOLUNTEER.c.available_from,
            func.coalesce(_VOLUNTEER.c.home_visits, type_coerce(False, Boolean)),
            func.coalesce(_VOLUNTEER.c.wheelchair_accessible, type_coerce(False, Boolean)),
            func.coalesce(_VOLUNTEER.c.languages, type_coerce([], JSONB)),
            _VOLUNTEER.c.note,
            *past.c,
        )
        .select_from(_PHYSICIAN)
        .outerjoin(_VOLUNTEER, here)
        .outerjoin(_RETIREMENT, _RETIREMENT.c.rpps == _PHYSICIAN.c.rpps)
        .join(past, onclause=true())
        .where(or_(is_asked, named))
        .order_by(is_asked.is_not(True), east * east + north * north, _PHYSICIAN.c.rpps, _PHYSICIAN.c.site)
        .limit(40)
    )
