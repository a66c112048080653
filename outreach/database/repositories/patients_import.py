"""The import of patients: a batch arrives beside the tables, and is taken over by some statements (decision 20)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, bindparam, select, text
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Contact, Patient
from outreach.domain.words import ContactState, SuppressionScope

FIELDS = (
    "civility",
    "last_name",
    "first_name",
    "birth_date",
    "postal_code",
    "insee_code",
    "department",
    "fund",
    "ehpad_finess",
    "legal_protection",
    "objected",
    "regular_physician_rpps",
    "language",
)
"""What a file tells of somebody and may change, but for their numbers."""

COLUMNS = (
    "reference",
    *FIELDS,
    "invented",
    "number_1",
    "kind_1",
    "number_2",
    "kind_2",
    "barred",
    "barred_if_stopped",
)
"""An arrival. `barred`: why the agent never calls them; `barred_if_stopped`: the same if they were suppressed."""

_ONE_AT_A_TIME = 7_310_844
_OF_PATIENTS = COLUMNS[: len(FIELDS) + 2]
_LIST = ", ".join(_OF_PATIENTS)
_TAKEN_AS_WRITTEN = tuple(name for name in FIELDS if name != "objected")

# `id`: theirs, or the one that they get. `left_alone`: erased at their wish, nothing of the row is kept.
_BEGIN = text(
    f"""
    create temporary table arrivals (
        {", ".join(f"{name} {Patient.__table__.c[name].type}" for name in _OF_PATIENTS)},
        {", ".join(f"{name} varchar" for name in COLUMNS[len(_OF_PATIENTS) :])},
        id uuid default gen_random_uuid(), known boolean default false, left_alone boolean default false,
        renumbered boolean default false, stopped boolean default false
    ) on commit drop
    """
)
_RECOGNISE = text(
    """
    update arrivals a
    set id = p.id, known = true, left_alone = p.erased_because is not distinct from :at_their_wish,
        renumbered = p.erased_because is distinct from :at_their_wish
            and array(select n.e164 from phone_numbers n where n.patient_id = p.id order by n.rank)
                <> array_remove(array[a.number_1, a.number_2], null)
    from patients p where p.reference = a.reference
    """
)
_ADD = text(
    f"""
    insert into patients (id, {_LIST}, created_at, updated_at)
    select id, {_LIST}, :now, :now from arrivals where not known
    """  # noqa: S608
)
_RANKED = "lateral (values (1, a.number_1, a.kind_1), (2, a.number_2, a.kind_2)) n (rank, e164, kind)"
_ADD_NUMBERS = text(
    f"""
    insert into phone_numbers (id, patient_id, rank, e164, kind)
    select gen_random_uuid(), a.id, n.rank, n.e164, n.kind
    from arrivals a cross join {_RANKED} where not a.known and n.e164 is not null
    """  # noqa: S608
)
# An objection isn't taken back by a file, and whoever was erased for their age is known again.
_CHANGE = text(
    f"""
    update patients p
    set {", ".join(f"{name} = a.{name}" for name in _TAKEN_AS_WRITTEN)}, objected = p.objected or a.objected,
        invented = case when a.renumbered then a.invented else p.invented end,
        erased_at = null, erased_because = null, updated_at = :now
    from arrivals a
    where p.id = a.id and a.known and not a.left_alone
        and (a.renumbered or p.erased_at is not null or a.objected and not p.objected
            or ({", ".join(f"p.{name}" for name in _TAKEN_AS_WRITTEN)})
                is distinct from ({", ".join(f"a.{name}" for name in _TAKEN_AS_WRITTEN)}))
    """  # noqa: S608
)
# Rank by rank; a number that proved unusable stays so at any rank.
_RENUMBER = text(
    f"""
    insert into phone_numbers (id, patient_id, rank, e164, kind, unusable_since, unusable_because)
    select gen_random_uuid(), a.id, n.rank, n.e164, n.kind, held.unusable_since, held.unusable_because
    from arrivals a cross join {_RANKED}
    left join lateral (
        select h.unusable_since, h.unusable_because from phone_numbers h
        where h.patient_id = a.id and h.e164 = n.e164 order by h.rank desc limit 1
    ) held on true
    where a.renumbered and n.e164 is not null
    on conflict (patient_id, rank) do update
    set e164 = excluded.e164, kind = excluded.kind,
        unusable_since = excluded.unusable_since, unusable_because = excluded.unusable_because
    """  # noqa: S608
)
_TAKE_NUMBERS_AWAY = text(
    """
    delete from phone_numbers n using arrivals a
    where a.renumbered and n.patient_id = a.id and n.rank > num_nonnulls(a.number_1, a.number_2)
    """
)
_FOR_THE_PERSON = f"s.scope = '{SuppressionScope.PERSON}' and s.lifted_at is null"
_STOP = text(
    f"""
    update arrivals a set stopped = true
    from suppressions s where s.reference = a.reference and {_FOR_THE_PERSON} and not a.stopped
    """  # noqa: S608
)
# From those who are stopped, who are few, to their twins.
_TWINS_OF_STOPPED = text(
    f"""
    select distinct a.reference
    from suppressions s
    join patients p on p.reference = s.reference
    join arrivals a on a.birth_date = p.birth_date and lower(a.last_name) = lower(p.last_name)
    where {_FOR_THE_PERSON} and not a.stopped and not a.left_alone and a.id <> p.id
        and exists (
            select from phone_numbers n where n.patient_id = p.id and n.e164 in (a.number_1, a.number_2)
        )
    order by a.reference
    """  # noqa: S608
)
_KEPT_OTHERWISE = text(
    """
    select p.id, p.ehpad_finess is not null as ehpad, p.legal_protection, p.objected, p.birth_date
    from arrivals a join patients p on p.id = a.id
    where a.known and (a.left_alone or p.objected and not a.objected)
    """
)
_BAR = text("update arrivals set barred = :barred, barred_if_stopped = :barred_if_stopped where id = :id")
# `silent`: no number of theirs can be called.
_ARRIVING = """
    (
        select a.id, a.known, case when a.stopped then a.barred_if_stopped else a.barred end as barred,
            case when a.known
                then not exists (
                    select from phone_numbers n where n.patient_id = a.id and n.unusable_since is null
                )
                else a.number_1 is null
            end as silent
        from arrivals a
    ) arriving
"""
_ENROL = text(
    f"""
    insert into contacts (id, campaign_id, patient_id, state, reason, attempts, created_at, updated_at)
    select gen_random_uuid(), :campaign, id,
        case when barred is not null then '{ContactState.INELIGIBLE}' when silent then '{ContactState.NO_PHONE}'
            else '{ContactState.WAITING}' end,
        coalesce(barred, case when silent then :silent end), 0, :now, :now
    from {_ARRIVING}
    where not (known and exists (
        select from contacts c where c.campaign_id = :campaign and c.patient_id = arriving.id
    ))
    """  # noqa: S608
)
_SETTLED_ANEW = text(
    f"""
    select c.id, arriving.barred, arriving.silent
    from {_ARRIVING} join contacts c on c.campaign_id = :campaign and c.patient_id = arriving.id
    where arriving.known and case
        when barred is not null then c.state in ('waiting', 'due', 'no_phone')
        when silent then c.state in ('waiting', 'due')
        else c.state = 'no_phone' end
    order by c.id
    for update of c
    """  # noqa: S608
)


class Arrivals(NamedTuple):
    added: int
    changed: int


class Settled(NamedTuple):
    """A contact, locked, that what arrived moves: to ineligible when `barred`, to no phone when `silent`, or back."""

    contact: Contact
    barred: str | None
    silent: bool


def gather(session: Session, rows: Iterable[tuple[Any, ...]]) -> None:
    """Lets rows of COLUMNS arrive, until the end of the transaction; another import waits for it."""
    session.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    session.execute(_BEGIN)
    connection = session.connection().connection.driver_connection
    assert connection is not None
    with connection.cursor() as cursor, cursor.copy(f"copy arrivals ({', '.join(COLUMNS)}) from stdin") as copy:
        for row in rows:
            copy.write_row(row)


def take_over(session: Session, at_their_wish: str, now: datetime) -> Arrivals:
    """Adds the people who are new, with their numbers, and brings the others to what arrived."""
    connection = session.connection()
    connection.execute(_RECOGNISE, {"at_their_wish": at_their_wish})
    connection.execute(text("analyze arrivals (known, renumbered)"))
    added = connection.execute(_ADD, {"now": now}).rowcount
    connection.execute(_ADD_NUMBERS)
    changed = connection.execute(_CHANGE, {"now": now}).rowcount
    connection.execute(_RENUMBER)
    connection.execute(_TAKE_NUMBERS_AWAY)
    return Arrivals(added, changed)


def mark_stopped(session: Session) -> None:
    """Knows those who arrived and are suppressed altogether."""
    session.execute(_STOP)


def twins_of_stopped(session: Session) -> Sequence[str]:
    """References of those, not stopped, who are most likely the same person as somebody who is (rule 9)."""
    return session.scalars(_TWINS_OF_STOPPED).all()


def kept_otherwise(session: Session) -> Sequence[Row[Any]]:
    """Those of whom another thing is kept than what arrived: `id` and what makes somebody ineligible."""
    return session.execute(_KEPT_OTHERWISE).all()


def bar(session: Session, patient_id: UUID, barred: str | None, barred_if_stopped: str | None) -> None:
    session.execute(_BAR, {"id": patient_id, "barred": barred, "barred_if_stopped": barred_if_stopped})


def enrol(session: Session, campaign_id: UUID, silent: str, now: datetime) -> None:
    """A contact for everybody who arrived and has none; `silent`: the reason of those without a telephone."""
    session.execute(_ENROL, {"campaign": campaign_id, "silent": silent, "now": now})


def settled_anew(session: Session, campaign_id: UUID) -> list[Settled]:
    """The contacts that were there and stand elsewhere after what arrived, locked, with their patients."""
    rows = {row.id: row for row in session.execute(_SETTLED_ANEW, {"campaign": campaign_id})}
    if not rows:
        return []
    contacts = session.scalars(
        select(Contact)
        .where(Contact.id.in_(bindparam("ids", expanding=True)))
        .options(joinedload(Contact.patient))
        .order_by(Contact.id)
        .execution_options(populate_existing=True),
        {"ids": list(rows)},
    )
    return [Settled(contact, rows[contact.id].barred, rows[contact.id].silent) for contact in contacts]
