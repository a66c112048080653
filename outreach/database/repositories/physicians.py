"""Queries on physicians and volunteers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from outreach.database.models import Physician, Volunteer


def keep_sites(session: Session, sites: Sequence[dict[str, Any]]) -> None:
    """Adds sites or brings them up to date."""
    unique = {(site["rpps"], site["site"]): site for site in sites}
    if not unique:
        return
    statement = insert(Physician).values(list(unique.values()))
    updated = {name: statement.excluded[name] for name in sites[0] if name not in {"rpps", "site"}}
    session.execute(statement.on_conflict_do_update(index_elements=["rpps", "site"], set_=updated))


def keep_volunteers(session: Session, volunteers: Sequence[dict[str, Any]]) -> set[str]:
    """Adds volunteers or brings them up to date; returns those whose capacity can't shrink below what is promised."""
    if not volunteers:
        return set()
    rows_held = session.execute(
        select(Volunteer.rpps, Volunteer.held + Volunteer.taken)
        .where(Volunteer.rpps.in_([row["rpps"] for row in volunteers]))
        .with_for_update()
    )
    promised = {rpps: places for rpps, places in rows_held}  # noqa: C416 - a row isn't a pair to mypy
    too_small = {row["rpps"] for row in volunteers if row["capacity"] < promised.get(row["rpps"], 0)}
    rows = [{**row, "held": 0, "taken": 0} for row in volunteers if row["rpps"] not in too_small]
    if rows:
        statement = insert(Volunteer).values(rows)
        updated = {name: statement.excluded[name] for name in rows[0] if name not in {"rpps", "held", "taken"}}
        session.execute(statement.on_conflict_do_update(index_elements=["rpps"], set_=updated))
    return too_small


def place_volunteers(session: Session) -> None:
    """Writes at each volunteer the department of the physician's first site."""
    site = (
        select(Physician.department)
        .where(Physician.rpps == Volunteer.rpps)
        .order_by(Physician.site)
        .limit(1)
        .scalar_subquery()
    )
    session.execute(
        update(Volunteer)
        .where(Volunteer.department.is_distinct_from(site))
        .values(department=site)
        .execution_options(synchronize_session=False)
    )


def count_physicians(session: Session) -> int:
    return session.scalar(select(func.count(func.distinct(Physician.rpps)))) or 0
