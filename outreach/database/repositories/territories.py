"""Queries on territories, and on what advisers look for in one of them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from outreach.database.models import Patient, Physician, Request, Territory, TerritoryCommune, Volunteer
from outreach.domain.words import RequestKind, RequestStatus


def everything(session: Session) -> Sequence[Territory]:
    """Those that left included."""
    return session.scalars(select(Territory).order_by(Territory.kind, Territory.name)).all()


def get(session: Session, territory_id: UUID) -> Territory | None:
    return session.get(Territory, territory_id)


def lock(session: Session) -> None:
    """One import at a time."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("territories"))))


def communes(session: Session) -> Sequence[Any]:
    """Kind, INSEE code and territory of every commune that is in one."""
    return session.execute(
        select(TerritoryCommune.kind, TerritoryCommune.insee_code, TerritoryCommune.territory_id)
    ).all()


def forget_communes(session: Session, codes: Sequence[tuple[str, str]]) -> None:
    for kind in {kind for kind, _ in codes}:
        session.execute(
            delete(TerritoryCommune).where(
                TerritoryCommune.kind == kind,
                TerritoryCommune.insee_code.in_([code for other, code in codes if other == kind]),
            )
        )


def keep_communes(session: Session, placed: Mapping[tuple[str, str], UUID]) -> None:
    rows = [{"kind": kind, "insee_code": code, "territory_id": where} for (kind, code), where in placed.items()]
    if rows:
        session.execute(insert(TerritoryCommune), rows)


def wanted(session: Session, departments: Sequence[str]) -> Sequence[Any]:
    """Requests that still look for a physician: department, place asked for (INSEE and postal code), home, how many."""
    asked_insee = Request.area["insee_code"].astext
    asked_postal = Request.area["postal_code"].astext
    query = (
        select(Request.department, asked_insee, asked_postal, Patient.insee_code, Patient.postal_code, func.count())
        .join(Patient, Patient.id == Request.patient_id)
        .where(Request.kind == RequestKind.MATCHING, Request.status.in_((RequestStatus.NEW, RequestStatus.CLAIMED)))
        .group_by(Request.department, asked_insee, asked_postal, Patient.insee_code, Patient.postal_code)
    )
    return session.execute(query.where(Request.department.in_(departments)) if departments else query).all()


def volunteers(session: Session, departments: Sequence[str], today: date) -> Sequence[Any]:
    """Volunteers who go on after today, by the place of their site: department, INSEE and postal code, how many, places
    offered, held, taken, and free from today on.
    """
    site = and_(Physician.rpps == Volunteer.rpps, Physician.site == Volunteer.site)
    free = Volunteer.capacity - Volunteer.held - Volunteer.taken
    begun = or_(Volunteer.available_from.is_(None), Volunteer.available_from <= today)
    query = (
        select(
            Volunteer.department,
            Physician.insee_code,
            Physician.postal_code,
            func.count(),
            func.coalesce(func.sum(Volunteer.capacity), 0),
            func.coalesce(func.sum(Volunteer.held), 0),
            func.coalesce(func.sum(Volunteer.taken), 0),
            func.coalesce(func.sum(free).filter(begun), 0),
        )
        .join(Physician, site)
        .where(
            Volunteer.department.is_not(None),
            Volunteer.left_on.is_(None),
            or_(Volunteer.stops_on.is_(None), Volunteer.stops_on > today),
        )
        .group_by(Volunteer.department, Physician.insee_code, Physician.postal_code)
    )
    return session.execute(query.where(Volunteer.department.in_(departments)) if departments else query).all()
