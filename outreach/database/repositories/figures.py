"""The figures' queries: sums that are kept (decision 19), and the few that are read as they are."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select, true, union
from sqlalchemy.orm import Session

from outreach.database.models import (
    Account,
    Attempt,
    CallFact,
    Campaign,
    ConversationFact,
    Figure,
    FigureKeeper,
    Patient,
)
from outreach.database.repositories.claiming import is_
from outreach.domain.rates import EVERYWHERE, WEEKDAYS, Breakdown
from outreach.domain.words import AttemptStatus, Direction, Outcome, Purpose, Role


class Sum(NamedTuple):
    """How many rows, and of how many people."""

    label: str
    measure: str
    rows: int
    people: int


def sums(session: Session, campaign_id: UUID, breakdown: Breakdown, since: str | None = None) -> list[Sum]:
    """The kept sums of a breakdown, in the order of their labels; `since`: from this label on."""
    rows = session.execute(
        select(Figure.label, Figure.measure, Figure.count, Figure.people)
        .where(
            Figure.campaign_id == campaign_id,
            Figure.breakdown == breakdown.value,
            Figure.count != 0,
            *([Figure.label >= since] if since is not None else []),
        )
        .order_by(Figure.label)
    )
    return [Sum(*row) for row in rows]


_READ_ALONE = [
    one.value
    for one in (
        Breakdown.HELD,
        Breakdown.HELD_DEPARTMENT,
        Breakdown.WAITING,
        Breakdown.OPENED,
        Breakdown.CLOSED,
        Breakdown.OPEN,
    )
]


class Read(NamedTuple):
    """Sums at one instant: by campaign and breakdown. `version`: None before anything was counted."""

    version: UUID | None
    sums: dict[UUID, dict[str, list[Sum]]]


def version(session: Session) -> UUID | None:
    """Another one each time that a sum moved."""
    return session.scalar(select(FigureKeeper.version))


def everything(session: Session, campaign_id: UUID) -> Read:
    """The sums of a campaign that are published together, ordered by label; of each campaign for all of them."""
    current = select(FigureKeeper.version).scalar_subquery()
    statement = (
        select(current, Figure.campaign_id, Figure.breakdown, Figure.label, Figure.measure, Figure.count, Figure.people)
        .where(Figure.count != 0, Figure.breakdown.not_in(_READ_ALONE))
        .order_by(Figure.campaign_id, Figure.breakdown, Figure.label)
    )
    if campaign_id != EVERYWHERE:
        statement = statement.where(Figure.campaign_id == campaign_id)
    at: UUID | None = None
    found: dict[UUID, dict[str, list[Sum]]] = {}
    for at, of, breakdown, label, measure, count, people in session.execute(statement):  # noqa: B007 - on each row
        found.setdefault(of, {}).setdefault(breakdown, []).append(Sum(label, measure, count, people))
    return Read(at, found)


def campaign_names(session: Session) -> dict[UUID, str]:
    return {row[0]: row[1] for row in session.execute(select(Campaign.id, Campaign.name))}


def advisers_by_department(session: Session) -> Sequence[Row[list[str]]]:
    """The departments of each active adviser; an empty list is all of them."""
    return session.execute(
        select(Account.departments).where(Account.role == Role.ADVISER, Account.disabled_at.is_(None))
    ).all()


def _label_is(breakdown: Breakdown, label: str) -> ColumnElement[bool]:
    local = CallFact.local_half_hour
    half_hour, weekday = func.to_char(local, "HH24:MI"), func.to_char(local, "ID")
    match breakdown:
        case Breakdown.TOTAL | Breakdown.EXCHANGES:
            return true()
        case Breakdown.ATTEMPT:
            return CallFact.number_of_call == int(label)
        case Breakdown.HOUR:
            return half_hour == label
        case Breakdown.WEEKDAY:
            return weekday == str(WEEKDAYS.index(label) + 1)
        case Breakdown.MOMENT:
            day, time = label.split(" ")
            return (weekday == str(WEEKDAYS.index(day) + 1)) & (half_hour == time)
        case Breakdown.DAY:
            return func.to_char(local, "YYYY-MM-DD") == label
        case Breakdown.EHPAD:
            return CallFact.ehpad.is_(label == "yes")
        case _:
            column: ColumnElement[str] = CallFact.__table__.c[breakdown.value]
            return column == label


def references_of_calls(
    session: Session, campaign_id: UUID, breakdown: Breakdown, label: str, measure: str, limit: int
) -> list[str]:
    """Of whom a cell of calls speaks, each person once, in the order of the references."""
    conditions = [_label_is(breakdown, label)]
    if campaign_id != EVERYWHERE:
        conditions.append(CallFact.campaign_id == campaign_id)
    if breakdown not in {Breakdown.CHANNEL, Breakdown.EXCHANGES}:
        conditions.append(CallFact.is_call.is_(True))
    if measure != "placed":
        conditions.append(CallFact.__table__.c[measure].is_(True))
    return _references(session, select(CallFact.person_id).where(*conditions), limit)


def references_of_questions(
    session: Session, campaign_id: UUID, question: str | None, measure: str, limit: int
) -> list[str]:
    """The same for a cell of questions; `question`: None for all of them."""
    left = ConversationFact.outcome.is_not_distinct_from(Outcome.ABANDONED.value)
    asked, last = ConversationFact.asked, ConversationFact.last_asked
    heard = asked.contains([question]) if question is not None else func.cardinality(asked) > 0
    conditions = [ConversationFact.campaign_id == campaign_id, heard]
    if question is not None and measure != "heard":
        gone = left & (last == question)
        conditions.append(gone if measure == "left" else ~gone)
    elif measure == "left":
        conditions.append(left)
    elif measure == "answered":
        conditions.append(~left | (func.cardinality(asked) > 1))
    return _references(session, select(ConversationFact.person_id).where(*conditions), limit)


def _references(session: Session, people: object, limit: int) -> list[str]:
    return list(
        session.scalars(
            select(Patient.reference).where(Patient.id.in_(people)).order_by(Patient.reference).limit(limit)  # type: ignore[arg-type]
        )
    )


def recent_attempts(session: Session, campaign_id: UUID, limit: int) -> Sequence[Row[Attempt, str]]:
    """The last attempts, the latest first: those placed, and the calls that ended without having been.

    Each limited along an index, whose conditions stand in the statement itself.
    """
    of_campaign = Attempt.campaign_id == campaign_id
    placed = (
        select(Attempt.id)
        .where(of_campaign, Attempt.placed_at.is_not(None))
        .order_by(Attempt.placed_at.desc())
        .limit(limit)
    )
    ended = (
        select(Attempt.id)
        .where(
            of_campaign,
            is_(Attempt.status, AttemptStatus.ENDED),
            is_(Attempt.purpose, Purpose.CALL),
            is_(Attempt.direction, Direction.OUTBOUND),
            Attempt.ended_at.is_not(None),
        )
        .order_by(Attempt.ended_at.desc())
        .limit(limit)
    )
    last = union(placed, ended).subquery()
    return session.execute(
        select(Attempt, Patient.department)
        .join(last, last.c.id == Attempt.id)
        .join(Patient, Patient.id == Attempt.patient_id)
        .order_by(Attempt.claimed_at.desc())
        .limit(limit)
    ).all()
