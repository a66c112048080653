"""Queries on the register for whoever looks something up in it: by name, by place, one physician."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from outreach.database.models import Offer, Physician, Retirement, Volunteer
from outreach.domain.first_names import plain_name

VOLUNTEERS, PLACES, RETIRING, GONE = "volunteers", "places", "retiring", "gone"


@dataclass(frozen=True, slots=True)
class PhysicianFilters:
    """`who`: VOLUNTEERS, those with PLACES left, those RETIRING without a successor, volunteers GONE; or everybody."""

    name: str = ""
    department: str = ""
    commune: str = ""
    who: str = ""


def _matching(filters: PhysicianFilters, today: date) -> Select[str]:
    query = select(Physician.rpps).group_by(Physician.rpps)
    for word in plain_name(filters.name).split():
        key = Physician.name_key
        query = query.where(or_(key.like(f"{word}%"), key.like(f"% {word}%"), key.like(f"%,{word}%")))
    if filters.department:
        query = query.where(Physician.department == filters.department)
    if filters.commune.isdigit():
        query = query.where(Physician.postal_code.like(f"{filters.commune[:5]}%"))
    elif commune := plain_name(filters.commune):
        query = query.where(Physician.commune_key.like(f"{commune}%"))
    if filters.who in {VOLUNTEERS, PLACES, GONE}:
        query = query.where(exists(_volunteer(filters.who, today)))
    if filters.who == RETIRING:
        query = query.join(Retirement, Retirement.rpps == Physician.rpps).where(Retirement.successor.is_(None))
        return query.order_by(func.min(Retirement.stops_on), func.min(Physician.name_key), Physician.rpps)
    return query.order_by(func.min(Physician.name_key), Physician.rpps)


def _volunteer(who: str, today: date) -> Select[str]:
    query = select(Volunteer.rpps).where(Volunteer.rpps == Physician.rpps)
    if who == PLACES:
        going_on = or_(Volunteer.stops_on.is_(None), Volunteer.stops_on > today)
        left = Volunteer.held + Volunteer.taken < Volunteer.capacity
        query = query.where(and_(left, going_on, Volunteer.left_on.is_(None)))
    if who == GONE:
        query = query.where(Volunteer.left_on.is_not(None))
    return query


def numbers(session: Session, filters: PhysicianFilters, today: date, offset: int, limit: int) -> Sequence[str]:
    return session.scalars(_matching(filters, today).offset(offset).limit(limit)).all()


def sites(session: Session, rpps: Sequence[str]) -> Sequence[Physician]:
    """Every site of these physicians, those where they still are first."""
    return session.scalars(
        select(Physician)
        .where(Physician.rpps.in_(rpps))
        .order_by(Physician.rpps, Physician.left_on.is_not(None), Physician.site)
    ).all()


def volunteers(session: Session, rpps: Sequence[str]) -> Sequence[Volunteer]:
    return session.scalars(select(Volunteer).where(Volunteer.rpps.in_(rpps))).all()


def retirements(session: Session, rpps: Sequence[str]) -> Sequence[Retirement]:
    return session.scalars(select(Retirement).where(Retirement.rpps.in_(rpps))).all()


def lock_volunteer(session: Session, rpps: str) -> Volunteer | None:
    return session.scalar(
        select(Volunteer).where(Volunteer.rpps == rpps).with_for_update().execution_options(populate_existing=True)
    )


def offers_to(session: Session, rpps: str, limit: int) -> Sequence[Offer]:
    """The newest first."""
    return session.scalars(
        select(Offer).where(Offer.rpps == rpps).order_by(Offer.created_at.desc(), Offer.id).limit(limit)
    ).all()
