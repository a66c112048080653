"""The figures' queries: sums that are kept (decision 19), and the few that are read as they are."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, Row, any_, func, literal, select, true, union
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import InstrumentedAttribute, Session

from outreach.database.models import (
    Account,
    Attempt,
    CallFact,
    Campaign,
    ConversationFact,
    Figure,
    Patient,
)
from outreach.database.repositories.claiming import is_
from outreach.domain.rates import EVERYWHERE, WEEKDAYS, Breakdown
from outreach.domain.words import AttemptStatus, Direction, Outcome, Purpose, Role


def work(session: Session, since: str) -> Sequence[Row[str, str, int, int]]:
    """The kept sums of requests over all campaigns by breakdown and department, a number of requests and one of people:
    those open, and of days those of a day and after.
    """
    of_days = [one.value for one in (Breakdown.OPENED, Breakdown.CLOSED)]
    department = func.split_part(Figure.label, " ", -1)
    return session.execute(
        select(Figure.breakdown, department, func.sum(Figure.count), func.sum(Figure.people))
        .where(
            Figure.campaign_id == EVERYWHERE,
            Figure.count != 0,
            (Figure.breakdown == Breakdown.OPEN.value) | (Figure.breakdown.in_(of_days) & (Figure.label >= since)),
        )
        .group_by(Figure.breakdown, department)
    ).all()


def campaign_names(session: Session) -> dict[UUID, str]:
    return {row[0]: row[1] for row in session.execute(select(Campaign.id, Campaign.name))}


def advisers_by_department(session: Session) -> Sequence[Row[list[str]]]:
    """The departments of each active adviser; an empty list is all of them."""
    return session.execute(
        select(Account.departments).where(Account.role == Role.ADVISER, Account.disabled_at.is_(None))
    ).all()


_OF_A_DAY = [time(minute // 60, minute % 60) for minute in range(0, 24 * 60, 30)]


def _half_hours(session: Session, breakdown: Breakdown, label: str) -> list[datetime]:
    """Those of a label, from the first that was counted to the last: they are found along an index, formats aren't."""
    if breakdown is Breakdown.DAY:
        day = date.fromisoformat(label)
        return [datetime.combine(day, at) for at in _OF_A_DAY]
    first = session.scalar(select(func.min(CallFact.local_half_hour)))
    last = session.scalar(select(func.max(CallFact.local_half_hour)))
    if first is None or last is None:
        return []
    weekday, _, hour = label.rpartition(" ") if breakdown is not Breakdown.WEEKDAY else (label, "", "")
    times = [time.fromisoformat(hour)] if hour else _OF_A_DAY
    on = WEEKDAYS.index(weekday) if weekday else None
    days = (first.date() + timedelta(days=number) for number in range((last.date() - first.date()).days + 1))
    return [datetime.combine(day, at) for day in days if on is None or day.weekday() == on for at in times]


def _label_is(session: Session, breakdown: Breakdown, label: str) -> ColumnElement[bool]:
    match breakdown:
        case Breakdown.TOTAL | Breakdown.EXCHANGES:
            return true()
        case Breakdown.ATTEMPT:
            return CallFact.number_of_call == int(label)
        case Breakdown.HOUR | Breakdown.WEEKDAY | Breakdown.MOMENT | Breakdown.DAY:
            half_hours = _half_hours(session, breakdown, label)
            return CallFact.local_half_hour == any_(literal(half_hours, ARRAY(DateTime())))
        case Breakdown.EHPAD:
            return CallFact.ehpad.is_(label == "yes")
        case _:
            column: ColumnElement[str] = CallFact.__table__.c[breakdown.value]
            return column == label


def references_of_calls(
    session: Session, campaign_id: UUID, breakdown: Breakdown, label: str, measure: str, limit: int
) -> list[str]:
    """Of whom a cell of calls speaks, each person once, in the order of the references; of many, any."""
    conditions = [_label_is(session, breakdown, label)]
    if campaign_id != EVERYWHERE:
        conditions.append(CallFact.campaign_id == campaign_id)
    if breakdown not in {Breakdown.CHANNEL, Breakdown.EXCHANGES}:
        conditions.append(CallFact.is_call.is_(True))
    if measure != "placed":
        conditions.append(CallFact.__table__.c[measure])
    return _references(session, CallFact.person_id, conditions, limit)


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
    return _references(session, ConversationFact.person_id, conditions, limit)


def _references(
    session: Session, person: InstrumentedAttribute[UUID], conditions: Sequence[ColumnElement[bool]], limit: int
) -> list[str]:
    """People in the order of an index of theirs: where many fit, the first of them are soon found."""
    people = select(person).distinct().where(*conditions).order_by(person).limit(limit)
    return list(session.scalars(select(Patient.reference).where(Patient.id.in_(people)).order_by(Patient.reference)))


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
