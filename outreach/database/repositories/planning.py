"""What a plan asks the database, each in one statement: counts alone, of nobody in particular."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, String, and_, bindparam, case, cast, func, select
from sqlalchemy.orm import Session

from outreach.database.models import Attempt, Contact, Conversation, Patient, PhoneNumber, Request
from outreach.domain.answering import BANDS, AgeBand
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.states import FINAL
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    ContactState,
    Direction,
    Outcome,
    Purpose,
    RequestStatus,
)

_YEARS = func.extract("year", func.age(bindparam("today", type_=Date), Patient.birth_date))
_BAND = case(*((limit > _YEARS, band.value) for limit, band in BANDS), else_=AgeBand.FROM_80.value)
_BRING_WORK = (Outcome.ACCEPTED, Outcome.HUMAN_REQUESTED, Outcome.EMERGENCY, Outcome.IDENTITY_FAILED)
_SETTLE = (Outcome.REFUSED, Outcome.OPTED_OUT, Outcome.WRONG_NUMBER, Outcome.DECEASED, Outcome.ALREADY_HAS_DOCTOR)
_NOBODYS = (ContactState.INELIGIBLE, ContactState.NO_PHONE)


def left(session: Session, campaign_id: UUID, now: datetime) -> Sequence[Row[Any]]:
    """How many contacts are not over, by department, kind of number, age band, rings of the last 30 days, the last one,
    the day of the next try, whether they were announced, and whether the person has been reached."""
    first_number = (
        select(func.min(PhoneNumber.rank))
        .where(PhoneNumber.patient_id == Contact.patient_id, PhoneNumber.unusable_since.is_(None))
        .correlate(Contact)
        .scalar_subquery()
    )
    calls = (
        select(
            Attempt.patient_id,
            func.count().filter(Attempt.rang_at > now - CAP_WINDOW).label("rings"),
            func.max(Attempt.rang_at).label("last"),
            func.bool_or(Attempt.right_party).label("reached"),
        )
        .where(Attempt.campaign_id == campaign_id, Attempt.rang, Attempt.direction == Direction.OUTBOUND)
        .group_by(Attempt.patient_id)
        .subquery()
    )
    due = case((Contact.next_attempt_at > now, func.date_trunc("hour", Contact.next_attempt_at)), else_=None)
    columns = (
        Patient.department,
        PhoneNumber.kind,
        cast(_BAND, String).label("age_band"),
        func.coalesce(calls.c.rings, 0).label("rings"),
        func.date_trunc("hour", calls.c.last).label("last"),
        due.label("due"),
        Contact.announced_at.is_not(None).label("announced"),
        func.coalesce(calls.c.reached, False).label("reached"),
    )
    return session.execute(
        select(*columns, func.count().label("people"))
        .select_from(Contact)
        .join(Patient, Patient.id == Contact.patient_id)
        .join(PhoneNumber, and_(PhoneNumber.patient_id == Patient.id, PhoneNumber.rank == first_number))
        .outerjoin(calls, calls.c.patient_id == Contact.patient_id)
        .where(Contact.campaign_id == campaign_id, Contact.state.not_in(FINAL))
        .group_by(*columns)
        .order_by(*columns),
        {"today": now.date()},
    ).all()


def over(session: Session, campaign_id: UUID) -> int:
    """Contacts that have ended, but for those whom the agent never calls."""
    ended = [state for state in FINAL if state not in _NOBODYS]
    return (
        session.scalar(
            select(func.count())
            .select_from(Contact)
            .where(Contact.campaign_id == campaign_id, Contact.state.in_(ended))
        )
        or 0
    )


def calls(session: Session, since: datetime) -> Row[Any]:
    """Our calls that ended since: `placed`, those that `never_rang`, whose number is `invalid`, that were `answered`;
    of these, by how they ended: `requests`, `settled`, `callbacks`; and the mean of their `seconds`."""
    answered = Attempt.human_answered
    return session.execute(
        select(
            func.count().label("placed"),
            func.count().filter(~Attempt.rang, ~Attempt.final).label("never_rang"),
            func.count().filter(Attempt.final).label("invalid"),
            func.count().filter(answered).label("answered"),
            func.count().filter(answered, Conversation.outcome.in_(_BRING_WORK)).label("requests"),
            func.count().filter(answered, Conversation.outcome.in_(_SETTLE)).label("settled"),
            func.count().filter(answered, Conversation.outcome == Outcome.CALLBACK).label("callbacks"),
            func.avg(func.extract("epoch", Attempt.ended_at - Attempt.answered_at)).filter(answered).label("seconds"),
        )
        .select_from(Attempt)
        .outerjoin(Conversation, Conversation.attempt_id == Attempt.id)
        .where(
            Attempt.status == AttemptStatus.ENDED,
            Attempt.channel == Channel.VOICE,
            Attempt.direction == Direction.OUTBOUND,
            Attempt.purpose == Purpose.CALL,
            Attempt.claimed_at >= since,
        )
    ).one()


def invitations(session: Session, since: datetime) -> tuple[int, int]:
    """Invitations by SMS sent since, and the people of them who have written, or spoken, to us after it."""
    later = (
        select(Conversation.id)
        .where(
            Conversation.patient_id == Attempt.patient_id,
            Conversation.channel == Channel.SMS,
            Conversation.started_at > Attempt.claimed_at,
        )
        .exists()
    )
    row = session.execute(
        select(func.count(), func.count().filter(later)).where(
            Attempt.purpose == Purpose.INVITATION, Attempt.claimed_at >= since
        )
    ).one()
    return row[0], row[1]


def second_numbers(session: Session, campaign_id: UUID) -> float | None:
    """The part of a campaign's people with a telephone who have two numbers or more."""
    numbers = (
        select(func.count().label("numbers"))
        .select_from(Contact)
        .join(PhoneNumber, PhoneNumber.patient_id == Contact.patient_id)
        .where(Contact.campaign_id == campaign_id)
        .group_by(Contact.patient_id)
        .subquery()
    )
    return session.scalar(select(func.avg(case((numbers.c.numbers > 1, 1.0), else_=0.0))))


def closed_requests(session: Session, since: datetime) -> int:
    """Requests that advisers brought to an end since."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Request)
            .where(Request.status == RequestStatus.CLOSED, Request.closed_at >= since)
        )
        or 0
    )
