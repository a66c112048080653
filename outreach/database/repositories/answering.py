"""Queries on when people answer. Counts come from an attempt's flags, never from lists of dispositions."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Date,
    DateTime,
    Double,
    Integer,
    Row,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from outreach.database.models import AnswerTally, Attempt, Campaign, Contact, Learning, Patient, PhoneNumber
from outreach.domain.answering import BANDS, HALF_LIFE, MOST_TRIES, AgeBand
from outreach.domain.territories import OVERSEAS_ZONES
from outreach.domain.words import AttemptStatus, CampaignStatus, Channel, ContactState, Direction, NumberKind, Purpose

_ONE_AT_A_TIME = 7_310_843
_FADED = 6 * HALF_LIFE
"""A day so long ago counts for less than a sixtieth: it is left out."""

_LOCAL = func.timezone(case(OVERSEAS_ZONES, value=Patient.department, else_="Europe/Paris"), Attempt.rang_at)
_YEARS = func.extract("year", func.age(cast(_LOCAL, Date), Patient.birth_date))
_BAND = case(*((limit > _YEARS, band.value) for limit, band in BANDS), else_=AgeBand.FROM_80.value)
_YEARS_TODAY = func.extract("year", func.age(bindparam("today", type_=Date), Patient.birth_date))
_BAND_TODAY = case(*((limit > _YEARS_TODAY, band.value) for limit, band in BANDS), else_=AgeBand.FROM_80.value)
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


def _unscheduled(campaign_id: UUID, department: str, *, mobiles: bool) -> Select[UUID, str, str]:
    """Contacts of a department that have no time yet, with the kind of their number and their age band.

    `mobiles`: those whose first usable number is a mobile too; else an SMS announces their call, and decides its day.
    """
    first_number = (
        select(func.min(PhoneNumber.rank))
        .where(PhoneNumber.patient_id == Contact.patient_id, PhoneNumber.unusable_since.is_(None))
        .correlate(Contact)
        .scalar_subquery()
    )
    query = (
        select(Contact.id, PhoneNumber.kind.label("kind"), cast(_BAND_TODAY, String).label("age_band"))
        .join(Patient, Patient.id == Contact.patient_id)
        .join(PhoneNumber, and_(PhoneNumber.patient_id == Patient.id, PhoneNumber.rank == first_number))
        .where(
            Contact.campaign_id == campaign_id,
            Contact.state == ContactState.WAITING,
            Contact.next_attempt_at.is_(None),
            Patient.department == department,
            Patient.birth_date.is_not(None),
        )
    )
    return query if mobiles else query.where(PhoneNumber.kind == NumberKind.LANDLINE)


def unscheduled_groups(
    session: Session, campaign_id: UUID, department: str, today: date, *, mobiles: bool
) -> Sequence[Row[str, str, int]]:
    found = _unscheduled(campaign_id, department, mobiles=mobiles).subquery()
    query = select(found.c.kind, found.c.age_band, func.count()).group_by(found.c.kind, found.c.age_band)
    return session.execute(query.order_by(found.c.kind, found.c.age_band), {"today": today}).all()


def schedule_group(
    session: Session,
    campaign_id: UUID,
    department: str,
    today: date,
    kind: str,
    age_band: str,
    half_hours: Sequence[tuple[datetime, int]],
    within: timedelta,
) -> None:
    """Gives the contacts of a group a moment in each half-hour, as many as it says, spread over its beginning."""
    found = _unscheduled(campaign_id, department, mobiles=True).subquery()
    for start, count in half_hours:
        chosen = select(found.c.id).where(found.c.kind == kind, found.c.age_band == age_band).limit(count)
        spread = func.make_interval(0, 0, 0, 0, 0, 0, func.random() * within.total_seconds())
        session.execute(
            update(Contact)
            .where(Contact.id.in_(chosen))
            .values(next_attempt_at=func.date_trunc("second", cast(start, DateTime(timezone=True)) + spread))
            .execution_options(synchronize_session=False),
            {"today": today},
        )


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
