"""Queries on where volunteers are missing, whom one might ask, and who was asked."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, exists, func, or_, select, true, union
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Patient, Physician, Request, Volunteer, VolunteerCall
from outreach.domain.words import RequestKind, RequestStatus


def needs(session: Session, departments: Sequence[str], today: date) -> Sequence[Any]:
    """Department, requests that still look for a physician, places free from today on, volunteers."""
    wanted = (
        select(Request.department.label("department"), func.count().label("requests"))
        .where(Request.kind == RequestKind.MATCHING, Request.status.in_((RequestStatus.NEW, RequestStatus.CLAIMED)))
        .group_by(Request.department)
        .subquery()
    )
    free = Volunteer.capacity - Volunteer.held - Volunteer.taken
    begun = or_(Volunteer.available_from.is_(None), Volunteer.available_from <= today)
    stays = and_(Volunteer.left_on.is_(None), or_(Volunteer.stops_on.is_(None), Volunteer.stops_on > today))
    offered = (
        select(
            Volunteer.department.label("department"),
            func.coalesce(func.sum(free).filter(begun), 0).label("places"),
            func.count().label("volunteers"),
        )
        .where(Volunteer.department.is_not(None), stays)
        .group_by(Volunteer.department)
        .subquery()
    )
    everywhere = union(select(wanted.c.department), select(offered.c.department)).subquery()
    requests, places = func.coalesce(wanted.c.requests, 0), func.coalesce(offered.c.places, 0)
    query = (
        select(everywhere.c.department, requests, places, func.coalesce(offered.c.volunteers, 0))
        .outerjoin(wanted, wanted.c.department == everywhere.c.department)
        .outerjoin(offered, offered.c.department == everywhere.c.department)
        .order_by((requests - places).desc(), everywhere.c.department)
    )
    return session.execute(query.where(everywhere.c.department.in_(departments)) if departments else query).all()


def candidates(
    session: Session, department: str, limit: int | None, communes: Sequence[str] | None = None
) -> Sequence[Any]:
    """General practitioners of a department, or of communes in it, who are no volunteers: one site of each, how
    many people of a campaign see them regularly, and the time of the last call. Whom nobody called comes first, then
    who knows most of those people.
    """
    seen_by = (
        select(Patient.regular_physician_rpps.label("rpps"), func.count().label("people"))
        .where(Patient.regular_physician_rpps.is_not(None), Patient.erased_at.is_(None), ~Patient.objected)
        .group_by(Patient.regular_physician_rpps)
        .subquery()
    )
    last = select(VolunteerCall.rpps, func.max(VolunteerCall.at).label("at")).group_by(VolunteerCall.rpps).subquery()
    first_site = (
        select(Physician.rpps, func.min(Physician.site).label("site"))
        .where(
            Physician.department == department,
            Physician.left_on.is_(None),
            Physician.insee_code.in_(communes) if communes is not None else true(),
        )
        .group_by(Physician.rpps)
        .subquery()
    )
    people = func.coalesce(seen_by.c.people, 0)
    return session.execute(
        select(Physician, people.label("people"), last.c.at.label("called_at"))
        .join(first_site, and_(first_site.c.rpps == Physician.rpps, first_site.c.site == Physician.site))
        .outerjoin(seen_by, seen_by.c.rpps == Physician.rpps)
        .outerjoin(last, last.c.rpps == Physician.rpps)
        .where(~exists().where(Volunteer.rpps == Physician.rpps))
        .order_by(last.c.at.nulls_first(), people.desc(), Physician.last_name, Physician.first_name, Physician.rpps)
        .limit(limit)
    ).all()


def calls_of(session: Session, numbers: Sequence[str]) -> dict[str, VolunteerCall]:
    """The last call to each, with `.account`."""
    rows = session.scalars(
        select(VolunteerCall)
        .where(VolunteerCall.rpps.in_(numbers))
        .options(joinedload(VolunteerCall.account))
        .order_by(VolunteerCall.at, VolunteerCall.id)
    )
    return {row.rpps: row for row in rows}


def known(session: Session, rpps: str) -> bool:
    return bool(session.scalar(select(exists().where(Physician.rpps == rpps))))
