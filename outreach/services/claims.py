"""Who may be called at this instant: contacts made due, and claimed under every gate (DESIGN §6)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from outreach.database.models import Contact, Patient
from outreach.database.repositories import attempts, contacts, people, suppressions
from outreach.domain import calling_hours, gates
from outreach.domain.gates import CAP_WINDOW, CallFacts
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import CampaignStatus, Channel, ContactState, Gate, Purpose
from outreach.runtime import Session
from outreach.services import capacity, life
from outreach.services.attempts import Claimed, callback_of, needs_announcement, new_attempt, policy_of, usable_number
from outreach.settings import Settings

_LOOK_AT = 25
"""How many contacts one claim looks at before it gives the others a chance."""

_OPEN_AT_ONCE = 500

_FULL = frozenset({Gate.ADVISERS_FULL, Gate.VOLUNTEERS_FULL})
_LOOK_AGAIN = timedelta(minutes=2)
"""A call that ends makes room for another: soon enough for the room to be used."""


def open_contacts(session: Session, now: datetime) -> int:
    """Makes due the contacts whose time has come and whose hours are open; puts back the due ones whose hours ended.

    Those still to be announced stay waiting: the SMS goes first. Returns how many changed.
    """
    changed = 0
    for contact in contacts.all_due(session, _OPEN_AT_ONCE):
        changed += _put_back_when_closed(session, contact, now)
    for contact in contacts.whose_time_has_come(session, now, _OPEN_AT_ONCE):
        rules = policy_of(contact)
        if needs_announcement(rules, contact, usable_number(contact.patient.numbers)) and contact.announced_at is None:
            life.hold(contact, Gate.ANNOUNCEMENT_PENDING, now)
            if _put_back_when_closed(session, contact, now):
                life.hold(contact, Gate.ANNOUNCEMENT_PENDING, now)
        elif not _put_back_when_closed(session, contact, now):
            life.move(session, contact, ContactState.DUE, contact.reason, now)
            changed += 1
    session.flush()
    return changed


def _put_back_when_closed(session: Session, contact: Contact, now: datetime) -> bool:
    rules = policy_of(contact)
    try:
        closed = calling_hours.closed_because(rules, contact.patient.department, now)
        again = calling_hours.next_opening(rules, contact.patient.department, now)
    except UnknownTerritory:
        closed, again = Gate.UNKNOWN_TERRITORY, None
    if closed is None and contact.campaign.status != CampaignStatus.RUNNING:
        closed = Gate.CAMPAIGN_NOT_RUNNING
    if closed is None:
        return False
    life.move(session, contact, ContactState.WAITING, contact.reason, now, again or now + timedelta(days=1))
    life.hold(contact, closed, now)
    return True


def call_facts(
    session: Session,
    contact: Contact,
    patient: Patient,
    now: datetime,
    full: Mapping[str, Gate],
    lead: timedelta = timedelta(0),
) -> CallFacts:
    """Everything that the gates ask about a contact, read in this transaction. `full`: the departments that are."""
    number = usable_number(patient.numbers)
    e164 = number.e164 if number is not None else None
    return CallFacts(
        now=now,
        department=patient.department,
        campaign_running=contact.campaign.status == CampaignStatus.RUNNING,
        suppressed=patient.objected or suppressions.forbids(session, patient.reference, e164, Channel.VOICE),
        number=e164,
        rang_at=attempts.rings_since(session, patient.id, now - CAP_WINDOW),
        open_attempt=contacts.has_open_call(session, patient.id)
        or (e164 is not None and contacts.number_is_on_a_call(session, e164)),
        not_before=contact.next_attempt_at,
        callback=callback_of(contact),
        announced_at=contact.announced_at,
        needs_announcement=needs_announcement(policy_of(contact), contact, number),
        full=full.get(patient.department),
        lead=lead,
    )


def claim_call(session: Session, now: datetime, settings: Settings, lead: timedelta = timedelta(0)) -> Claimed | None:
    """Takes the next contact that may be called at this instant and writes its attempt as `placing`.

    Every gate is checked again here, under the contact's and the person's locks. None when nobody can be called now.
    `lead` is how long it may take until the telephone rings.
    """
    used_just_now = attempts.used_just_now(session, settings.callers, now)
    if used_just_now.issuperset(settings.callers):
        return None
    passed_over: list[UUID] = []
    busy: list[UUID] = []
    full: Mapping[str, Gate] | None = None
    for _ in range(_LOOK_AT):
        contact = contacts.next_due(session, passed_over, busy)
        if contact is None:
            return None
        passed_over.append(contact.id)
        patient = people.lock_free(session, contact.patient_id)
        if patient is None:
            continue
        caller = caller_for(patient, settings)
        if caller in used_just_now:
            continue
        rules = policy_of(contact)
        attempts.lock_claims(session, contact.campaign_id)
        if attempts.calls_at_once(session, contact.campaign_id) >= rules.calls_at_once:
            busy.append(contact.campaign_id)
            continue
        if full is None:
            full = capacity.closed_departments(session, now, settings)
        closed = gates.closed_gates(rules, call_facts(session, contact, patient, now, full, lead))
        if closed:
            _hold_back(session, contact, patient, rules, closed, now)
            continue
        if not attempts.take_pace(session, caller, now, rules.calls_per_second):
            continue
        claimed = _write_call(session, contact, patient, caller, rules, now)
        if claimed is not None:
            return claimed
    return None


def caller_for(patient: Patient, settings: Settings) -> str:
    """The same number of ours for the same patient, who will know it again."""
    return settings.callers[patient.id.int % len(settings.callers)]


def _write_call(
    session: Session, contact: Contact, patient: Patient, caller: str, rules: ContactPolicy, now: datetime
) -> Claimed | None:
    number = usable_number(patient.numbers)
    if number is None:
        return None
    attempt = new_attempt(contact, patient, Channel.VOICE, Purpose.CALL, number.e164, caller, now)
    try:
        with session.begin_nested():
            session.add(attempt)
    except IntegrityError:
        # Another dialer has just begun to call this number for somebody else of the household.
        life.hold(contact, Gate.ALREADY_ATTEMPTING, now)
        return None
    life.move(session, contact, ContactState.ATTEMPTING, contact.reason, now)
    contact.attempts += 1
    session.flush()
    return Claimed(attempt.id, Channel.VOICE, Purpose.CALL, number.e164, caller, rules.ring_seconds, patient.invented)


def _hold_back(
    session: Session,
    contact: Contact,
    patient: Patient,
    rules: ContactPolicy,
    closed: list[Gate],
    now: datetime,
) -> None:
    """Keeps the reason and gives the contact the time at which the gate may open, or its end when it never will."""
    first = closed[0]
    if first is Gate.SUPPRESSED:
        life.move(session, contact, ContactState.INELIGIBLE, "suppressed", now)
        return
    if first is Gate.NO_NUMBER:
        life.move(session, contact, ContactState.NO_PHONE, "no_usable_number", now)
        return
    again: datetime | None
    if Gate.SPACING in closed or Gate.CAP_PER_DAY in closed or Gate.CAP_30_DAYS in closed:
        rings = attempts.rings_since(session, patient.id, now - CAP_WINDOW)
        wait = min(rings) + CAP_WINDOW if Gate.CAP_30_DAYS in closed else max(rings) + rules.attempts.spacing
        again = calling_hours.next_opening(rules, patient.department, max(wait, now + timedelta(minutes=1)))
    elif Gate.ANNOUNCEMENT_PENDING in closed and contact.announced_at is not None:
        again = calling_hours.next_working_day(rules, patient.department, contact.announced_at)
    elif Gate.UNKNOWN_TERRITORY in closed:
        again = now + timedelta(days=1)
    elif first in _FULL:
        again = calling_hours.next_opening(rules, patient.department, now + _LOOK_AGAIN)
    else:
        again = calling_hours.next_opening(rules, patient.department, now + timedelta(minutes=15))
    life.move(session, contact, ContactState.WAITING, contact.reason, now, again or now + timedelta(days=1))
    life.hold(contact, first, now)
