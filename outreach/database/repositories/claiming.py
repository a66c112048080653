"""What a claim and the opening read and write, each for many contacts in one statement (decision 9).

The states stand in the statements themselves, not among their parameters: any plan may then use the partial indexes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Row,
    String,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach.database.models import Attempt, Campaign, CampaignShare, Contact, Pace, Patient, PhoneNumber, Suppression
from outreach.domain.words import AttemptStatus, CampaignStatus, Channel, ContactState, Direction, Gate, Purpose

# Tables, not classes: the mapper would cost as much as all the rest.
_ATTEMPTS = Attempt.metadata.tables[Attempt.__tablename__]
_CAMPAIGNS = Campaign.metadata.tables[Campaign.__tablename__]
_SHARES = CampaignShare.metadata.tables[CampaignShare.__tablename__]
_CONTACTS = Contact.metadata.tables[Contact.__tablename__]
_PACES = Pace.metadata.tables[Pace.__tablename__]
_PATIENTS = Patient.metadata.tables[Patient.__tablename__]
_NUMBERS = PhoneNumber.metadata.tables[PhoneNumber.__tablename__]
_SUPPRESSIONS = Suppression.metadata.tables[Suppression.__tablename__]

_CLAIMS = 7_310_843
ABANDONED_AFTER = "60s"
"""Real time after which PostgreSQL ends the transaction of a claimer whose machine vanished, and its lock with it."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What the gates ask of a contact and of its person. Its `repr` hides who it is."""

    contact_id: UUID
    campaign_id: UUID
    patient_id: UUID
    reference: str
    department: str
    objected: bool
    invented: bool
    next_attempt_at: datetime | None
    callback_from: datetime | None
    callback_to: datetime | None
    announced_at: datetime | None

    def __repr__(self) -> str:
        return f"Candidate({self.contact_id})"


@dataclass(frozen=True, slots=True)
class Usable:
    """The number that would be called."""

    e164: str
    kind: str

    def __repr__(self) -> str:
        return f"Usable({self.kind})"


def is_(column: ColumnElement[Any] | InstrumentedAttribute[Any], value: str) -> ColumnElement[bool]:
    return column == literal(value, String(), literal_execute=True)


def one_of(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """`column = any(array)`: one statement, whatever their number."""
    return column == any_(cast(list(values), ARRAY(column.type)))


_OPEN_CALL = (
    _ATTEMPTS.c.status != literal(AttemptStatus.ENDED.value, String(), literal_execute=True),
    is_(_ATTEMPTS.c.channel, Channel.VOICE),
    is_(_ATTEMPTS.c.direction, Direction.OUTBOUND),
)


def lock_claims(session: Session) -> None:
    """One claim of calls at a time: pace, calls at once and the turns of campaigns hold over all dialers together."""
    session.execute(
        select(
            func.set_config("idle_in_transaction_session_timeout", ABANDONED_AFTER, True),
            func.pg_advisory_xact_lock(_CLAIMS),
        )
    )


def running_campaigns(session: Session) -> Sequence[Row[UUID, dict[str, Any], int, datetime | None, int]]:
    """Running campaigns, the longest unserved first: `id`, `policy`, `policy_version`, `served_at`, and their calls
    `under_way`."""
    under_way = (
        select(func.count())
        .select_from(_ATTEMPTS)
        .where(_ATTEMPTS.c.campaign_id == _CAMPAIGNS.c.id, *_OPEN_CALL)
        .correlate(_CAMPAIGNS)
        .scalar_subquery()
    )
    return session.execute(
        select(
            _CAMPAIGNS.c.id,
            _CAMPAIGNS.c.policy,
            _CAMPAIGNS.c.policy_version,
            _SHARES.c.served_at,
            under_way.label("under_way"),
        )
        .outerjoin(_SHARES, _SHARES.c.campaign_id == _CAMPAIGNS.c.id)
        .where(is_(_CAMPAIGNS.c.status, CampaignStatus.RUNNING))
        .order_by(_SHARES.c.served_at.asc().nulls_first(), _CAMPAIGNS.c.created_at, _CAMPAIGNS.c.id)
    ).all()


def due(session: Session, campaign_id: UUID, limit: int) -> list[tuple[UUID, UUID]]:
    """Contact and patient of those to call, not locked: who asked to be called first, then lane by lane the longest
    due."""
    rows = session.execute(
        select(_CONTACTS.c.id, _CONTACTS.c.patient_id)
        .where(_CONTACTS.c.campaign_id == campaign_id, is_(_CONTACTS.c.state, ContactState.DUE))
        .order_by(
            text("(contacts.callback_from is null)"), _CONTACTS.c.lane, _CONTACTS.c.next_attempt_at, _CONTACTS.c.id
        )
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


CANDIDATE = (
    _CONTACTS.c.id,
    _CONTACTS.c.campaign_id,
    _CONTACTS.c.patient_id,
    _PATIENTS.c.reference,
    _PATIENTS.c.department,
    _PATIENTS.c.objected,
    _PATIENTS.c.invented,
    _CONTACTS.c.next_attempt_at,
    _CONTACTS.c.callback_from,
    _CONTACTS.c.callback_to,
    _CONTACTS.c.announced_at,
)
"""What a Candidate is made of, of a contact joined with its patient."""


def lock_due(session: Session, ids: Sequence[UUID]) -> dict[UUID, Candidate]:
    """Those among these who are still due, locked with their persons; who is busy elsewhere is left out."""
    rows = session.execute(
        select(*CANDIDATE)
        .join(_PATIENTS, _PATIENTS.c.id == _CONTACTS.c.patient_id)
        .where(one_of(_CONTACTS.c.id, ids), is_(_CONTACTS.c.state, ContactState.DUE))
        .with_for_update(skip_locked=True, of=(_CONTACTS, _PATIENTS))
    )
    return {row[0]: Candidate(*tuple(row)) for row in rows}


def usable_numbers(session: Session, patients: Sequence[UUID]) -> dict[UUID, Usable]:
    """Each person's first number, by rank, that hasn't proved invalid or wrong."""
    rows = session.execute(
        select(_NUMBERS.c.patient_id, _NUMBERS.c.e164, _NUMBERS.c.kind)
        .where(one_of(_NUMBERS.c.patient_id, patients), _NUMBERS.c.unusable_since.is_(None))
        .ext(distinct_on(_NUMBERS.c.patient_id))
        .order_by(_NUMBERS.c.patient_id, _NUMBERS.c.rank)
    )
    return {row[0]: Usable(row[1], row[2]) for row in rows}


def suppressed(
    session: Session, references: Sequence[str], numbers: Sequence[str], scopes: Sequence[str]
) -> tuple[set[str], set[str]]:
    """Which of these references and which of these numbers are suppressed within these scopes."""
    rows = session.execute(
        select(_SUPPRESSIONS.c.reference, _SUPPRESSIONS.c.number).where(
            or_(one_of(_SUPPRESSIONS.c.reference, references), one_of(_SUPPRESSIONS.c.number, numbers)),
            _SUPPRESSIONS.c.lifted_at.is_(None),
            one_of(_SUPPRESSIONS.c.scope, scopes),
        )
    ).all()
    return {row[0] for row in rows if row[0] is not None}, {row[1] for row in rows if row[1] is not None}


def rings(session: Session, patients: Sequence[UUID], since: datetime) -> dict[UUID, list[datetime]]:
    """When each person's telephones rang for us, over all numbers, channels and campaigns."""
    found: dict[UUID, list[datetime]] = {}
    rows = session.execute(
        select(_ATTEMPTS.c.patient_id, _ATTEMPTS.c.rang_at).where(
            one_of(_ATTEMPTS.c.patient_id, patients),
            _ATTEMPTS.c.rang,
            is_(_ATTEMPTS.c.direction, Direction.OUTBOUND),
            _ATTEMPTS.c.rang_at > since,
        )
    )
    for patient_id, at in rows:
        if at is not None and patient_id is not None:
            found.setdefault(patient_id, []).append(at)
    return found


def open_calls(session: Session, patients: Sequence[UUID], numbers: Sequence[str]) -> tuple[set[UUID], set[str]]:
    """Which of these persons and which of these numbers are on a call with us, in either direction."""
    busy = session.scalars(
        select(_ATTEMPTS.c.patient_id).where(
            one_of(_ATTEMPTS.c.patient_id, patients), _OPEN_CALL[0], is_(_ATTEMPTS.c.channel, Channel.VOICE)
        )
    )
    engaged = session.scalars(select(_ATTEMPTS.c.number).where(one_of(_ATTEMPTS.c.number, numbers), *_OPEN_CALL[:2]))
    return {one for one in busy if one is not None}, set(engaged)


def next_moments(session: Session, senders: Sequence[str]) -> dict[str, datetime]:
    """When each sender may be used again."""
    rows = session.execute(select(_PACES.c.sender, _PACES.c.next_at).where(one_of(_PACES.c.sender, senders)))
    return {row[0]: row[1] for row in rows}


def keep_moments(session: Session, moments: Mapping[str, datetime]) -> None:
    # In one order, should a number also send SMS.
    senders = sorted(moments)
    given = (
        func.unnest(
            cast(senders, ARRAY(String())), cast([moments[sender] for sender in senders], ARRAY(_PACES.c.next_at.type))
        )
        .table_valued("sender", "next_at")
        .render_derived()
    )
    statement = insert(_PACES).from_select(["sender", "next_at"], select(given.c.sender, given.c.next_at))
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[_PACES.c.sender],
            set_={"next_at": func.greatest(_PACES.c.next_at, statement.excluded.next_at)},
        )
    )


def keep_served(session: Session, served: Mapping[UUID, datetime]) -> None:
    statement = insert(_SHARES).values([{"campaign_id": one, "served_at": at} for one, at in served.items()])
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[_SHARES.c.campaign_id], set_={"served_at": statement.excluded.served_at}
        )
    )


@dataclass(frozen=True, slots=True)
class NewCall:
    """One row of the attempts to write. Its `repr` hides the number."""

    attempt_id: UUID
    candidate: Candidate
    policy_version: int
    number: str
    caller: str

    def __repr__(self) -> str:
        return f"NewCall({self.attempt_id})"


def write_calls(session: Session, calls: Sequence[NewCall], now: datetime) -> set[UUID]:
    """Writes attempts as `placing`; returns those written: a number that has just got another call gets none."""
    arrays = {
        "id": [call.attempt_id for call in calls],
        "contact_id": [call.candidate.contact_id for call in calls],
        "patient_id": [call.candidate.patient_id for call in calls],
        "campaign_id": [call.candidate.campaign_id for call in calls],
        "policy_version": [call.policy_version for call in calls],
        "number": [call.number for call in calls],
        "caller": [call.caller for call in calls],
    }
    table = _ATTEMPTS
    given = (
        func.unnest(*(cast(values, ARRAY(table.c[name].type)) for name, values in arrays.items()))
        .table_valued(*arrays)
        .render_derived()
    )
    same = {
        "channel": Channel.VOICE,
        "direction": Direction.OUTBOUND,
        "purpose": Purpose.CALL,
        "status": AttemptStatus.PLACING,
    }
    walls = ("claimed_wall", "heard_wall")
    statement = insert(_ATTEMPTS).from_select(
        [*arrays, *same, "claimed_at", *walls],
        select(
            *(given.c[name] for name in arrays),
            *(literal(value.value) for value in same.values()),
            literal(now),
            *(func.clock_timestamp() for _ in walls),
        ),
    )
    return set(session.scalars(statement.on_conflict_do_nothing().returning(_ATTEMPTS.c.id)))


_MOVE = text(
    """
    with moved as (
        update contacts set
            state = :after, updated_at = :now, attempts = attempts + :attempts,
            held_by = :held_by, held_since = case when held_by = :held_by then held_since else :held_since end,
            next_attempt_at = coalesce(:next_attempt_at, next_attempt_at)
        where id = any(:ids) and state = :before
        returning id, reason
    ), told as (
        insert into contact_events (contact_id, before, after, reason, at)
        select id, :before, :after, reason, :now from moved where :before <> :after
    )
    select count(*) from moved
    """
).bindparams(
    bindparam("ids", type_=ARRAY(Uuid())),
    *(bindparam(name, type_=String()) for name in ("before", "after", "held_by")),
    *(bindparam(name, type_=DateTime(timezone=True)) for name in ("now", "held_since", "next_attempt_at")),
    bindparam("attempts", type_=Integer()),
)


def move(
    session: Session,
    ids: Sequence[UUID],
    before: ContactState,
    after: ContactState,
    now: datetime,
    *,
    next_attempt_at: datetime | None,
    held_by: Gate | None,
    attempts: int,
) -> int:
    """Changes the state of contacts that are locked, and keeps the changes; their reasons stay."""
    return int(
        session.scalar(
            _MOVE,
            {
                "ids": list(ids),
                "before": before.value,
                "after": after.value,
                "now": now,
                "attempts": attempts,
                "held_by": held_by.value if held_by is not None else None,
                "held_since": now if held_by is not None else None,
                "next_attempt_at": next_attempt_at,
            },
        )
        or 0
    )
