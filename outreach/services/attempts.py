"""The life of an attempt: wanted, claimed, placed, told of by the carrier (DESIGN §6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError

from outreach.database.models import Attempt, Contact, Patient, PhoneNumber
from outreach.database.repositories import attempts, contacts, people, requests_of, suppressions
from outreach.domain import calling_hours, gates, policy, schedule
from outreach.domain.calling_hours import Window
from outreach.domain.dispositions import Disposition
from outreach.domain.gates import CAP_WINDOW, CallFacts
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import (
    AttemptStatus,
    CampaignStatus,
    Channel,
    ContactState,
    Direction,
    Gate,
    NumberKind,
    Purpose,
)
from outreach.runtime import Session
from outreach.services import life
from outreach.settings import Settings

_LOOK_AT = 25
"""How many contacts one claim looks at before it gives the others a chance."""

_OPEN_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt that this process alone must place now. Its `repr` hides the number."""

    attempt_id: UUID
    channel: Channel
    purpose: Purpose
    number: str
    caller: str
    ring_seconds: int
    invented: bool

    def __repr__(self) -> str:
        return f"Claimed({self.attempt_id}, {self.channel}, {self.purpose})"


def policy_of(contact: Contact) -> ContactPolicy:
    return policy.from_document(contact.campaign.policy)


def usable_number(numbers: list[PhoneNumber]) -> PhoneNumber | None:
    """The first number, by rank, that hasn't proved invalid or wrong."""
    return next((number for number in numbers if number.unusable_since is None), None)


def needs_announcement(rules: ContactPolicy, contact: Contact, number: PhoneNumber | None) -> bool:
    """Whether an SMS must announce the first call: to mobiles, the working day before (DOMAIN §2)."""
    return rules.announce_sms and contact.attempts == 0 and number is not None and number.kind == NumberKind.MOBILE


def _callback_of(contact: Contact) -> Window | None:
    if contact.callback_from is None or contact.callback_to is None:
        return None
    return Window(contact.callback_from, contact.callback_to)


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
    settings: Settings,
    lead: timedelta = timedelta(0),
) -> CallFacts:
    """Everything that the gates ask about a contact, read in this transaction."""
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
        callback=_callback_of(contact),
        announced_at=contact.announced_at,
        needs_announcement=needs_announcement(policy_of(contact), contact, number),
        desk_is_full=requests_of.desk_is_full(session, settings.adviser_requests_at_once),
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
    full: list[UUID] = []
    for _ in range(_LOOK_AT):
        contact = contacts.next_due(session, passed_over, full)
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
            full.append(contact.campaign_id)
            continue
        closed = gates.closed_gates(rules, call_facts(session, contact, patient, now, settings, lead))
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
    attempt = _new_attempt(contact, patient, Channel.VOICE, Purpose.CALL, number.e164, caller, now)
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


def _new_attempt(
    contact: Contact,
    patient: Patient,
    channel: Channel,
    purpose: Purpose,
    number: str,
    caller: str,
    now: datetime,
) -> Attempt:
    return Attempt(
        contact_id=contact.id,
        patient_id=patient.id,
        campaign_id=contact.campaign_id,
        channel=channel,
        direction=Direction.OUTBOUND,
        purpose=purpose,
        number=number,
        caller=caller,
        status=AttemptStatus.PLACING,
        claimed_at=now,
        claimed_wall=func.clock_timestamp(),
        heard_wall=func.clock_timestamp(),
    )


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
    else:
        again = calling_hours.next_opening(rules, patient.department, now + timedelta(minutes=15))
    life.move(session, contact, ContactState.WAITING, contact.reason, now, again or now + timedelta(days=1))
    life.hold(contact, first, now)


def claim_sms(session: Session, now: datetime, settings: Settings, lead: timedelta = timedelta(0)) -> Claimed | None:
    """Takes the next SMS to send, a receipt or an announcement, and writes its attempt as `placing`."""
    if settings.sms_sender is None or attempts.used_just_now(session, [settings.sms_sender], now):
        return None
    passed_over: list[UUID] = []
    for _ in range(_LOOK_AT):
        contact = contacts.next_receipt(session, now, passed_over)
        purpose = Purpose.RECEIPT
        if contact is None:
            contact = contacts.next_to_announce(session, now, passed_over)
            purpose = Purpose.ANNOUNCEMENT
        if contact is None:
            return None
        passed_over.append(contact.id)
        patient = people.lock_free(session, contact.patient_id)
        if patient is None:
            continue
        claimed = _claim_sms_of(session, contact, patient, purpose, now, settings.sms_sender, lead)
        if claimed is not None:
            return claimed
    return None


def _claim_sms_of(
    session: Session,
    contact: Contact,
    patient: Patient,
    purpose: Purpose,
    now: datetime,
    sender: str,
    lead: timedelta,
) -> Claimed | None:
    rules = policy_of(contact)
    mobile = next((n for n in patient.numbers if n.kind == NumberKind.MOBILE and n.unusable_since is None), None)
    forbidden = mobile is None or (
        patient.objected or suppressions.forbids(session, patient.reference, mobile.e164, Channel.SMS)
    )
    if purpose is Purpose.RECEIPT and forbidden:
        contact.receipt_due_at = None
        return None
    if forbidden or mobile is None:
        # No SMS may announce the call, and the person isn't suppressed for calls: it counts as announced.
        contact.announced_at = now
        return None
    running = contact.campaign.status == CampaignStatus.RUNNING or purpose is Purpose.RECEIPT
    closed = gates.sms_gates(rules, now, patient.department, suppressed=False, running=running, lead=lead)
    if closed:
        _postpone_sms(contact, patient, purpose, rules, now + lead)
        life.hold(contact, closed[0], now)
        return None
    if not attempts.take_pace(session, sender, now, rules.sms_per_second):
        return None
    attempt = _new_attempt(contact, patient, Channel.SMS, purpose, mobile.e164, sender, now)
    session.add(attempt)
    if purpose is Purpose.RECEIPT:
        contact.receipt_due_at = None
    else:
        contact.announced_at = now
        first_call = calling_hours.next_working_day(rules, patient.department, now)
        life.move(session, contact, ContactState.WAITING, "announced", now, first_call or now + timedelta(days=1))
    session.flush()
    return Claimed(attempt.id, Channel.SMS, purpose, mobile.e164, sender, rules.ring_seconds, patient.invented)


def _postpone_sms(contact: Contact, patient: Patient, purpose: Purpose, rules: ContactPolicy, now: datetime) -> None:
    try:
        again = calling_hours.next_opening(rules, patient.department, now)
    except UnknownTerritory:
        again = None
    later = again or now + timedelta(days=1)
    if purpose is Purpose.RECEIPT:
        contact.receipt_due_at = later
    else:
        contact.next_attempt_at = later


def placed(session: Session, attempt_id: UUID, carrier_id: str, now: datetime) -> None:
    """Records the carrier's id; a callback may have told it first."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None:
        return
    attempt.carrier_id = attempt.carrier_id or carrier_id
    attempt.placed_at = attempt.placed_at or now
    attempt.heard_wall = func.clock_timestamp()
    if attempt.status == AttemptStatus.PLACING:
        attempt.status = AttemptStatus.PLACED


def next_moment(
    session: Session, contact: Contact, patient: Patient, disposition: Disposition, now: datetime
) -> schedule.NextTry:
    """When a contact is tried again after a disposition, over the person's whole history."""
    rules = policy_of(contact)
    return schedule.next_try(
        rules,
        patient.department,
        now,
        disposition,
        attempts.rings_since(session, patient.id, now - CAP_WINDOW),
        attempts.tries_without_ring(session, contact.id),
    )
