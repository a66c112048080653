"""What is learned of when people answer, and the moments chosen by it (`domain/best_time.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine

from outreach.database.models import Campaign, Contact, Patient
from outreach.database.repositories import answering
from outreach.domain import best_time, policy
from outreach.domain.answering import AgeBand, Beliefs, Group, Slot, Tally, age_band, learn
from outreach.domain.best_time import NO_LOAD, Load, Past, in_same_half, room_of, windows_from
from outreach.domain.calling_hours import local
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.words import NumberKind
from outreach.runtime import Session
from outreach.services.attempts import policy_of, usable_number

_PLANNED_AHEAD = timedelta(days=8)
_EVERYTHING = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Learned:
    """What one process knows of the last learning. `planned`: calls in each half-hour, by campaign."""

    at: datetime | None = None
    beliefs: Beliefs = field(default_factory=Beliefs)
    planned: Mapping[UUID, Mapping[datetime, float]] = field(default_factory=dict)


_LAST: "WeakKeyDictionary[Engine, Learned]" = WeakKeyDictionary()


def refresh(session: Session, now: datetime) -> bool:
    """Counts what happened since the last time and what is planned, for every process to read.

    False while another dialer is at it.
    """
    if not answering.try_lock(session):
        return False
    before = answering.learning(session)
    recount_from = answering.first_unsettled(session, now)
    answering.recount(session, min(before.recount_from, recount_from) if before is not None else _EVERYTHING)
    document = {
        "tallies": [list(row) for row in answering.faded_tallies(session, now.date())],
        "planned": [
            [str(campaign_id), half_hour, count]
            for campaign_id, half_hour, count in answering.planned(session, now, now + _PLANNED_AHEAD)
        ],
    }
    answering.keep(session, now, recount_from, document)
    return True


def learned(session: Session) -> Learned:
    """The last learning, read anew only when there is a newer one."""
    bind = session.get_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    at = answering.learned_at(session)
    last = _LAST.get(engine)
    if last is None or last.at != at:
        row = answering.learning(session)
        last = Learned() if row is None else _read(row.learned_at, row.document)
        _LAST[engine] = last
    return last


def _read(at: datetime, document: dict[str, Any]) -> Learned:
    tallies = _tallies(document)
    planned: dict[UUID, dict[datetime, float]] = {}
    for campaign_id, half_hour, count in document["planned"]:
        planned.setdefault(UUID(campaign_id), {})[datetime.fromtimestamp(half_hour * 1800, UTC)] = count
    return Learned(at, learn(tallies), planned)


def _tallies(document: dict[str, Any]) -> list[Tally]:
    return [
        Tally(Slot(weekday, half_hour), Group(NumberKind(kind), AgeBand(age)), tries, rang, answered)
        for weekday, half_hour, kind, age, tries, rang, answered in document["tallies"]
    ]


def tallies(session: Session) -> list[Tally]:
    """What the last learning counted; nothing before the first one."""
    row = answering.learning(session)
    return _tallies(row.document) if row is not None else []


def group_of(patient: Patient, now: datetime) -> Group | None:
    """The group that a person answers with; None when their number or their age is unknown."""
    number = usable_number(patient.numbers)
    if number is None or patient.birth_date is None:
        return None
    return Group(NumberKind(number.kind), age_band(patient.birth_date, local(now, patient.department).date()))


def _load(known: Learned, contact: Contact) -> Load:
    planned = known.planned.get(contact.campaign_id)
    return Load(planned, room_of(policy_of(contact))) if planned is not None else NO_LOAD


def _chance(contact: Contact, now: datetime) -> Random:
    # The same choice if the same moment is chosen again, and nobody's secret.
    return Random(f"{contact.id} {now.isoformat()}")  # noqa: S311


def again(
    session: Session,
    contact: Contact,
    patient: Patient,
    disposition: Disposition,
    earliest: datetime,
    now: datetime,
) -> datetime:
    """When to call again: `earliest`, which the rules gave, or a better time after it for somebody who was missed."""
    flags = FLAGS[disposition]
    rules = policy_of(contact)
    group = group_of(patient, now)
    if not rules.best_time or not flags.rang or flags.human_answered or group is None:
        return earliest
    department = patient.department
    windows = in_same_half(windows_from(rules, department, earliest), department)
    past = [Past(at, answered) for at, answered in answering.rings(session, patient.id, now - CAP_WINDOW)]
    known = learned(session)
    return best_time.retry(
        known.beliefs, group, department, windows, past, _chance(contact, now), _load(known, contact)
    )


def first(session: Session, contact: Contact, patient: Patient, earliest: datetime, now: datetime) -> datetime:
    """When to call somebody for the first time: `earliest`, or a time that is known to be better."""
    rules = policy_of(contact)
    group = group_of(patient, now)
    if not rules.best_time or group is None:
        return earliest
    department = patient.department
    known = learned(session)
    return best_time.first(
        known.beliefs,
        group,
        department,
        windows_from(rules, department, earliest),
        _chance(contact, now),
        _load(known, contact),
    )


def schedule_first_calls(session: Session, campaign: Campaign, department: str, earliest: datetime) -> None:
    """Gives those of a department a time for whom another one than `earliest` is known to be better, by group.

    The others keep none: for them, `earliest` is as good. Calls that an SMS announces get theirs when it is sent.
    """
    rules = policy.from_document(campaign.policy)
    known = learned(session)
    if not rules.best_time or known.at is None:
        return
    half_hours = best_time.candidates(windows_from(rules, department, earliest), department)
    today = local(earliest, department).date()
    taken = dict(known.planned.get(campaign.id, {}))
    load = Load(taken, room_of(rules))
    groups = answering.unscheduled_groups(session, campaign.id, department, today, mobiles=not rules.announce_sms)
    for kind, age, people in groups:
        better = best_time.preferred(known.beliefs, Group(NumberKind(kind), AgeBand(age)), half_hours, load)
        shares = [(half_hour.start, count) for half_hour, count in best_time.share_out(better, people, load)]
        for start, count in shares:
            at = best_time.half_hour_of(start)
            taken[at] = taken.get(at, 0.0) + count
        answering.schedule_group(session, campaign.id, department, today, kind, age, shares, best_time.SPREAD)
