"""Bringing the kept figures up to date: by what changed, or all over again. Never two at once (decision 19).

A fold compares what each changed person contributed when last counted with what they contribute now, and moves the sums
by the difference. So it may count somebody in vain, and never twice.
"""

# ruff: noqa: S608 - the statements are made of our own words alone

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import TextClause, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from outreach.database.models import FigureChange, FigureKeeper
from outreach.database.repositories.figure_facts import CELLS, EVERYBODY, FACTS, PASSES, THESE

_FOLDS = 0x666F6C64
_TABLES = {name: FigureChange.metadata.tables[name] for name in FACTS}


def _columns(table: str) -> list[str]:
    return [column.name for column in _TABLES[table].columns]


def _fold(table: str) -> str:
    """One statement: the facts of some people as they are, and the sums moved by what they were.

    Tells whether a row that is theirs by now is still another's among the facts: then it has done nothing.
    """
    raw, key = FACTS[table]
    columns = ", ".join(_columns(table))
    others = [column for column in _columns(table) if column != key]
    return f"""
    with now_facts as materialized (select {columns} from ({raw.format(**THESE)}) raw),
    old_facts as materialized (select {columns} from {table} where person_id = any(:people)),
    strangers as materialized (
        select f.person_id from {table} f join now_facts n on n.{key} = f.{key}
        where f.person_id not in (select unnest(:people)) limit 1
    ),
    changed as materialized (
        select distinct person_id from (
            (select * from now_facts except select * from old_facts) union all
            (select * from old_facts except select * from now_facts)
        ) different
        where not exists (select from strangers)
    ),
    now_changed as materialized (select * from now_facts where person_id in (select person_id from changed)),
    old_changed as materialized (select * from old_facts where person_id in (select person_id from changed)),
    cells as (
        select person_id, campaign, breakdown, label, measure, sum(sign * n) as more, sum(sign) as more_people
        from (
            select 1 as sign, present.* from ({CELLS[table].format(facts="now_changed")}) present
            union all select -1, past.* from ({CELLS[table].format(facts="old_changed")}) past
        ) signed
        group by person_id, campaign, breakdown, label, measure
    ),
    gone as (
        delete from {table} f using old_changed o
        where f.{key} = o.{key} and not exists (select from now_changed n where n.{key} = f.{key})
    ),
    kept as (
        insert into {table} as f ({columns}) select {columns} from now_changed
        on conflict ({key}) do update set {", ".join(f"{column} = excluded.{column}" for column in others)}
        where ({", ".join(f"f.{column}" for column in others)})
            is distinct from ({", ".join(f"excluded.{column}" for column in others)})
    ),
    moves as materialized (
        select campaign, breakdown, label, measure, sum(more) as more, sum(more_people) as more_people
        from cells group by campaign, breakdown, label, measure having sum(more) <> 0 or sum(more_people) <> 0
    ),
    moved as (
        update figures f set count = f.count + m.more, people = f.people + m.more_people from moves m
        where (f.campaign_id, f.breakdown, f.label, f.measure) = (m.campaign, m.breakdown, m.label, m.measure)
        returning f.campaign_id, f.breakdown, f.label, f.measure
    ),
    new as (
        insert into figures (campaign_id, breakdown, label, measure, count, people)
        select campaign, breakdown, label, measure, more, more_people from moves
        where (campaign, breakdown, label, measure) not in (select * from moved)
    )
    select exists (select from strangers)
    """


def _statement(sql: str) -> TextClause:
    """Of a statement's colons only those of `:people` are a parameter's; others are formats of hours and patterns."""
    return text(re.sub(r"(?<!:):(?!people\b|:)", r"\:", sql))


_FOLDING = {table: _statement(_fold(table)).bindparams(bindparam("people", type_=ARRAY(Uuid()))) for table in FACTS}


def try_lock(session: Session) -> bool:
    """Whether this transaction alone brings the figures up to date; False while another one does."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_FOLDS))))


def lock(session: Session) -> None:
    """Waits until no other transaction brings the figures up to date."""
    session.execute(select(func.pg_advisory_xact_lock(_FOLDS)))


_TAKE = text(
    """
    with first as (select id from figure_changes order by id limit :limit),
    taken as (delete from figure_changes where id in (select id from first) returning person_id)
    select person_id, count(*) from taken group by person_id order by person_id
    """
)


def take_changed(session: Session, limit: int) -> tuple[list[UUID], int]:
    """Takes the oldest changes out of the list: of whom they are, and how many. What they tell of is committed."""
    rows = session.execute(_TAKE, {"limit": limit}).all()
    return [row[0] for row in rows], sum(row[1] for row in rows)


# Whose rows became another's are counted with that other: what moves is taken from one and given to the other at once.
_FORMER = text(
    """
    select f.person_id from call_facts f join attempts r on r.id = f.attempt_id
    where r.patient_id = any(:people) and f.person_id <> r.patient_id
    union select f.person_id from contact_facts f join contacts r on r.id = f.contact_id
    where r.patient_id = any(:people) and f.person_id <> r.patient_id
    union select f.person_id from conversation_facts f join conversations r on r.id = f.conversation_id
    where r.patient_id = any(:people) and f.person_id <> r.patient_id
    union select f.person_id from request_facts f join requests r on r.id = f.request_id
    where (r.patient_id = any(:people) or (r.patient_id is null and r.id = any(:people)))
        and f.person_id <> coalesce(r.patient_id, r.id)
    """
).bindparams(bindparam("people", type_=ARRAY(Uuid())))


def with_former(session: Session, people: Sequence[UUID]) -> list[UUID]:
    """These people, and those of whom the facts still hold rows that became theirs, to any depth."""
    whole = set(people)
    while more := set(session.scalars(_FORMER, {"people": list(whole)})) - whole:
        whole |= more
    return sorted(whole)


def fold(session: Session, people: Sequence[UUID]) -> None:
    """Counts these people anew, and everybody from whom they have rows.

    The lock must be held, and the changes have been taken by an earlier statement.
    """
    # For some hundred people the planner may find it cheaper to read all patients: it isn't, and grows with them.
    session.execute(select(func.set_config("enable_seqscan", "off", True)))
    people = with_former(session, people)
    for statement in _FOLDING.values():
        # What became theirs since one asked of whom they have rows is another's to give up: one asks again.
        while session.scalar(statement, {"people": people}):
            people = with_former(session, people)
    session.execute(select(func.set_config("enable_seqscan", "on", True)))
    session.execute(_MOVED)


_MOVED = text(
    """
    insert into figure_keepers as k (id, at_wall) values (1, '-infinity')
    on conflict (id) do update set version = gen_random_uuid()
    """
)


def do_not_wait_for_the_disk(session: Session) -> None:
    """What a power cut would lose of such a transaction, it loses whole: the changes are then still on the list."""
    session.execute(select(func.set_config("synchronous_commit", "off", True)))


@dataclass(frozen=True, slots=True)
class Behind:
    """What isn't counted yet. `seconds`: for how long the oldest change has waited."""

    changes: int
    seconds: float
    since: datetime | None


def behind(session: Session, at_most: int) -> Behind:
    """`changes` is counted up to a limit alone."""
    some = select(FigureChange.id, FigureChange.at_wall).order_by(FigureChange.id).limit(at_most).subquery()
    row = session.execute(
        select(func.count(), func.min(some.c.at_wall), func.clock_timestamp() - func.min(some.c.at_wall)).select_from(
            some
        )
    ).one()
    return Behind(row[0], row[2].total_seconds() if row[2] is not None else 0.0, row[1])


def now_wall(session: Session) -> datetime:
    at: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return at


_KEEP = text(
    """
    insert into figure_keepers as k (id, at_wall) values (1, clock_timestamp())
    on conflict (id) do update set at_wall = excluded.at_wall
    """
)


def somebody_keeps_them(session: Session, seconds: float) -> bool:
    """Whether a process that looks after the figures did so during the last seconds of the machine's own time."""
    recent = FigureKeeper.at_wall > func.clock_timestamp() - func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    return session.scalar(select(FigureKeeper.id).where(recent)) is not None


def keep(session: Session) -> None:
    session.execute(_KEEP)


def recount(session: Session) -> int:
    """Counts everything anew from the raw rows; returns how many sums were wrong. The lock must be held."""
    session.execute(text("set local work_mem = '256MB'"))
    session.execute(text("delete from figure_changes"))
    for table in FACTS:
        _recount_facts(session, table)
    session.execute(text("create temp table counted (like figures including defaults) on commit drop"))
    for table in FACTS:
        _count(session, table)
    wrong = session.execute(text(_WRONG)).scalar_one()
    if wrong:
        session.execute(text("delete from figures"))
        session.execute(text("insert into figures select * from counted"))
    session.execute(text("drop table counted"))
    session.execute(_MOVED)
    return int(wrong)


_WRONG = """
select count(*) from (
    (select * from counted except select * from figures where count <> 0) union all
    (select * from figures where count <> 0 except select * from counted)
) different
"""


def _recount_facts(session: Session, table: str) -> None:
    raw, key = FACTS[table]
    columns = ", ".join(_columns(table))
    others = [column for column in _columns(table) if column != key]
    session.execute(
        _statement(f"create temp table fresh on commit drop as select {columns} from ({raw.format(**EVERYBODY)}) raw")
    )
    session.execute(text("analyze fresh"))
    session.execute(text(f"delete from {table} f where not exists (select from fresh n where n.{key} = f.{key})"))
    session.execute(
        text(
            f"""
            insert into {table} as f ({columns}) select {columns} from fresh
            on conflict ({key}) do update set {", ".join(f"{column} = excluded.{column}" for column in others)}
            where ({", ".join(f"f.{column}" for column in others)})
                is distinct from ({", ".join(f"excluded.{column}" for column in others)})
            """
        )
    )
    session.execute(text("drop table fresh"))


def _count(session: Session, table: str) -> None:
    for cells in PASSES[table]:
        session.execute(
            _statement(
                f"""
                insert into counted (campaign_id, breakdown, label, measure, count, people)
                select campaign, breakdown, label, measure, sum(n), count(*) from ({cells.format(facts=table)}) cells
                group by campaign, breakdown, label, measure
                """
            )
        )
