"""Queries on when people answer. Counts come from an attempt's flags, never from lists of dispositions."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Double, Integer, Row, String, and_, case, cast, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from outreach.database.models import AnswerTally, Attempt, Campaign, Contact, Learning, Patient, PhoneNumber
from outreach.domain.answering import BANDS, HALF_LIFE, MOST_TRIES, AgeBand
from outreach.domain.territories import OVERSEAS_ZONES
from outreach.domain.words import AttemptStatus, CampaignStatus, Channel, ContactState, Direction, Purpose

_ONE_AT_A_TIME = 7_310_843
_FADED = 6 * HALF_LIFE
"""A day so long ago counts for less than a sixtieth: it is left out."""

_LOCAL = func.timezone(case(OVERSEAS_ZONES, value=Patient.department, else_="Europe/Paris"), Attempt.rang_at)
_YEARS = func.extract("year", func.age(cast(_LOCAL, Date), Patient.birth_date))
_BAND = case(*((limit > _YEARS, band.value) for limit, band in BANDS), else_=AgeBand.FROM_80.value)
_HALF_HOUR = cast(
    func.extract("hour", _LOCAL) * 2 + func.div(cast(func.extract("minute", _LOCAL), Integer), 30), Integer
)


def try_lock(session: Session) -> bool:
    """Whether this transaction alone learns now; False while another dialer does."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))))


def learning(session: Session) -> Learning | None:
    return session.get(Learning, 1, populate_existing=True)


def learned_at(session: Session) -> datetime | None:
    return session.scalar(select(Learning.learned_at))


def keep(session: Session, at: datetime, recount_from: date, document: dict[str, Any]) -> None:
    values = {"learned_at": at, "recount_from": recount_from, "document": document}
    session.execute(
        insert(Learning).values(id=1, **values).on_conflict_do_update(index_elements=[Learning.id], set_=values)
    )


def first_unsettled(session: Session, now: datetime) -> date:
    """The first day of which a call may still ring or be answered, wherever its patient lives."""
    oldest = session.scalar(
        select(func.min(Attempt.claimed_at)).where(
            Attempt.status != AttemptStatus.ENDED,
            Attempt.channel == Channel.VOICE,
            Attempt.direction == Direction.OUTBOUND,
        )
    )
    return (min(oldest or now, now) - timedelta(days=1)).date()


def recount(session: Session, since: date) -> None:
    """Counts the days from `since` on anew, in one pass over their calls.

    Only calls to people who had never spoken to us teach anything: others were called at a time of their choice, or
    know who calls. A number that can't be answered by a human (`final`) teaches nothing either.
    """
    session.execute(delete(AnswerTally).where(AnswerTally.day >= since))
    earlier = aliased(Attempt)
    tries = (
        select(func.least(func.count(), MOST_TRIES))
        .where(
            earlier.patient_id == Attempt.patient_id,
            earlier.rang,
            earlier.direction == Direction.OUTBOUND,
            earlier.rang_at < Attempt.rang_at,
        )
        .scalar_subquery()
    )
    spoken = exists().where(
        earlier.patient_id == Attempt.patient_id, earlier.human_answered, earlier.claimed_at < Attempt.claimed_at
    )
    calls = (
        select(
            cast(_LOCAL, Date).label("day"),
            _HALF_HOUR.label("half_hour"),
            PhoneNumber.kind,
            cast(_BAND, String).label("age_band"),
            cast(tries, Integer).label("tries"),
            Attempt.human_answered,
        )
        .join(Patient, Patient.id == Attempt.patient_id)
        .join(PhoneNumber, and_(PhoneNumber.patient_id == Attempt.patient_id, PhoneNumber.e164 == Attempt.number))
        .where(
            Attempt.rang,
            # A day begins up to half a day earlier or later overseas.
            Attempt.rang_at >= datetime.combine(since, datetime.min.time()) - timedelta(days=1),
            cast(_LOCAL, Date) >= since,
            Attempt.channel == Channel.VOICE,
            Attempt.direction == Direction.OUTBOUND,
            Attempt.purpose == Purpose.CALL,
            Attempt.status == AttemptStatus.ENDED,
            ~Attempt.final,
            Patient.birth_date.is_not(None),
            ~spoken,
        )
        .subquery()
    )
    cell = [calls.c[name] for name in ("day", "half_hour", "kind", "age_band", "tries")]
    counted = select(*cell, func.count(), func.count().filter(calls.c.human_answered)).group_by(*cell)
    columns = ["day", "half_hour", "kind", "age_band", "tries", "rang", "answered"]
    session.execute(insert(AnswerTally).from_select(columns, counted))


def faded_tallies(session: Session, today: date) -> Sequence[Row[Any]]:
    """Weekday, half-hour, kind, age band, tries, rang, answered: a call counts for half after each half-life."""
    weekday = cast(func.extract("isodow", AnswerTally.day) - 1, Integer)
    cell = (weekday, AnswerTally.half_hour, AnswerTally.kind, AnswerTally.age_band, AnswerTally.tries)
    weight = func.power(0.5, func.greatest(today - AnswerTally.day, 0) / float(HALF_LIFE.days))
    return session.execute(
        select(
            *cell,
            cast(func.sum(AnswerTally.rang * weight), Double),
            cast(func.sum(AnswerTally.answered * weight), Double),
        )
        .where(AnswerTally.day > today - _FADED)
        .group_by(*cell)
        .order_by(*cell)
    ).all()


def planned(session: Session, since: datetime, until: datetime) -> Sequence[Row[UUID, int, int]]:
    """How many contacts of each running campaign wait for each half-hour, counted in half-hours since 1970."""
    half_hour = cast(func.floor(func.extract("epoch", Contact.next_attempt_at) / 1800), Integer)
    return session.execute(
        select(Contact.campaign_id, half_hour, func.count())
        .join(Campaign, Campaign.id == Contact.campaign_id)
        .where(
            Campaign.status == CampaignStatus.RUNNING,
            Contact.state.in_((ContactState.WAITING, ContactState.DUE)),
            Contact.next_attempt_at >= since,
            Contact.next_attempt_at < until,
        )
        .group_by(Contact.campaign_id, half_hour)
    ).all()


def rings(session: Session, patient_id: UUID, since: datetime) -> list[tuple[datetime, bool]]:
    """When a person's telephones rang for us, and whether a human answered."""
    rows = session.execute(
        select(Attempt.rang_at, Attempt.human_answered)
        .where(
            Attempt.patient_id == patient_id,
            Attempt.rang,
            Attempt.rang_at > since,
            Attempt.channel == Channel.VOICE,
            Attempt.direction == Direction.OUTBOUND,
        )
        .order_by(Attempt.rang_at)
    )
    return [(at, answered) for at, answered in rows if at is not None]
