"""The import of the register: rows are gathered beside the table, and taken over in two statements."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from outreach.database.models import Extract

_COLUMNS = (
    "rpps",
    "site",
    "civility",
    "gender",
    "last_name",
    "first_name",
    "name_key",
    "structure",
    "address",
    "postal_code",
    "insee_code",
    "commune",
    "commune_key",
    "department",
    "telephone",
    "east",
    "north",
)
_LIST = ", ".join(_COLUMNS)
_CHANGING = _COLUMNS[2:]

_GATHER = text(
    f"create temporary table extract on commit drop as select {_LIST} from physicians with no data"  # noqa: S608
)
_INDEX = text("create index on extract (rpps, site)")
# A site stands in several rows when somebody practises there in several ways: any of them tells the same.
_TAKE_OVER = text(
    f"""
    with taken as (
        insert into physicians (id, {_LIST}, updated_at)
        select gen_random_uuid(), {_LIST}, :now from (select distinct on (rpps, site) * from extract) one
        on conflict (rpps, site) do update
        set {", ".join(f"{name} = excluded.{name}" for name in _CHANGING)}, left_on = null, updated_at = :now
        where ({", ".join(f"physicians.{name}" for name in _CHANGING)}, physicians.left_on)
            is distinct from ({", ".join(f"excluded.{name}" for name in _CHANGING)}, null::date)
        returning xmax = 0 as added
    )
    select count(*) filter (where added), count(*) filter (where not added) from taken
    """  # noqa: S608
)
_GONE = "left_on is null and not exists (select from extract e where e.rpps = p.rpps and e.site = p.site)"
_COUNT = text(
    f"select count(*) filter (where left_on is null), count(*) filter (where {_GONE}) from physicians p"  # noqa: S608
)
_LEAVE = text(f"update physicians p set left_on = :today, updated_at = :now where {_GONE}")  # noqa: S608


class Gathered(NamedTuple):
    """`known`: sites of those who have not left; `missing`: how many of these the extract doesn't hold."""

    known: int
    missing: int


def begin(session: Session) -> None:
    session.execute(_GATHER)


def gather(session: Session, rows: Iterable[tuple[Any, ...]]) -> None:
    connection = session.connection().connection.driver_connection
    assert connection is not None
    with connection.cursor() as cursor, cursor.copy(f"copy extract ({_LIST}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def gathered(session: Session) -> Gathered:
    session.execute(_INDEX)
    session.execute(text("analyze extract"))
    row = session.execute(_COUNT).one()
    return Gathered(row[0], row[1])


def take_over(session: Session, now: datetime) -> tuple[int, int]:
    """Adds the sites that are new and writes those that changed; returns how many of each."""
    row = session.execute(_TAKE_OVER, {"now": now}).one()
    return row[0], row[1]


def leave(session: Session, today: date, now: datetime) -> int:
    """Whoever is no longer in the extract left; returns how many sites."""
    result = session.connection().execute(_LEAVE, {"today": today, "now": now})
    return result.rowcount


def last_extract(session: Session) -> Extract | None:
    return session.scalar(select(Extract).order_by(Extract.id.desc()).limit(1))


def newest_publication(session: Session) -> datetime | None:
    return session.scalar(
        select(Extract.published_at)
        .where(Extract.published_at.is_not(None))
        .order_by(Extract.published_at.desc())
        .limit(1)
    )
