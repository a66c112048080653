"""Queries on physicians and volunteers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from outreach.database.models import Volunteer

# The site that was chosen while it is there, else the first one whose place is known. All left: the physician left.
_PLACE = """
    update volunteers v
    set site = found.site, department = found.department, east = found.east, north = found.north,
        gender = found.gender, left_on = found.left_on, stops_on = found.stops_on
    from (
        select known.rpps, first.site, first.department, first.east, first.north, first.gender, first.left_on,
            r.stops_on
        from volunteers known
        left join lateral (
            select * from physicians p where p.rpps = known.rpps
            order by p.left_on is not null, p.site is distinct from known.site, p.east is null, p.site
            limit 1
        ) first on true
        left join retirements r on r.rpps = known.rpps
        where {which}
    ) found
    where v.rpps = found.rpps
        and (v.site, v.department, v.east, v.north, v.gender, v.left_on, v.stops_on) is distinct from
            (found.site, found.department, found.east, found.north, found.gender, found.left_on, found.stops_on)
"""
_PLACE_ALL = text(_PLACE.format(which="true"))
_PLACE_ONE = text(_PLACE.format(which="known.rpps = :rpps"))


def keep_volunteers(session: Session, volunteers: Sequence[dict[str, Any]]) -> set[str]:
    """Adds volunteers or brings them up to date; returns those whose capacity can't shrink below what is promised."""
    if not volunteers:
        return set()
    rows_held = session.execute(
        select(Volunteer.rpps, Volunteer.held + Volunteer.taken)
        .where(Volunteer.rpps.in_([row["rpps"] for row in volunteers]))
        .order_by(Volunteer.rpps)
        .with_for_update()
    )
    promised = {rpps: places for rpps, places in rows_held}  # noqa: C416 - a row isn't a pair to mypy
    too_small = {row["rpps"] for row in volunteers if row["capacity"] < promised.get(row["rpps"], 0)}
    rows = [{**row, "held": 0, "taken": 0} for row in volunteers if row["rpps"] not in too_small]
    if rows:
        statement = insert(Volunteer).values(rows)
        updated = {name: statement.excluded[name] for name in rows[0] if name not in {"rpps", "held", "taken"}}
        changed = [
            getattr(Volunteer, name).is_distinct_from(value) for name, value in updated.items() if name != "updated_at"
        ]
        session.execute(statement.on_conflict_do_update(index_elements=["rpps"], set_=updated, where=or_(*changed)))
    return too_small


def place_volunteers(session: Session, rpps: str | None = None) -> None:
    """Writes at each volunteer, or at one, what a search needs of the site where the places are."""
    session.execute(_PLACE_ALL if rpps is None else _PLACE_ONE, {} if rpps is None else {"rpps": rpps})
    session.expire_all()


def count_unplaced(session: Session) -> int:
    """Volunteers whom the register doesn't know: nobody can be sent to them."""
    return session.scalar(select(func.count()).select_from(Volunteer).where(Volunteer.site.is_(None))) or 0
