"""Which SMS is to be sent at this instant: receipts, and announcements of the first call."""

from datetime import datetime, timedelta
from uuid import UUID

from outreach.database.models import Contact, Patient
from outreach.database.repositories import attempts, contacts, people, suppressions
from outreach.domain import calling_hours, gates
from outreach.domain.capacity import Capacity
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import CampaignStatus, Channel, ContactState, NumberKind, Purpose
from outreach.runtime import Session
from outreach.services import answering, capacity, life
from outreach.services.attempts import Claimed, new_attempt, policy_of
from outreach.settings import Settings

_LOOK_AT = 25
"""How many contacts one claim looks at before it gives the others a chance."""

_LOOK_AGAIN = timedelta(minutes=15)


def claim_sms(session: Session, now: datetime, settings: Settings, lead: timedelta = timedelta(0)) -> Claimed | None:
    """Takes the next SMS to send, a receipt or an announcement, and writes its attempt as `placing`."""
    if settings.sms_sender is None or attempts.used_just_now(session, [settings.sms_sender], now):
        return None
    passed_over: list[UUID] = []
    absorbed: Capacity | None = None
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
        if purpose is Purpose.ANNOUNCEMENT and policy_of(contact).pace_by_capacity:
            absorbed = absorbed or capacity.capacity(session, now, settings)
            full = absorbed.stopped_by(patient.department)
            if full is not None:
                # Nobody is told of a call for which there is no room.
                _postpone_sms(contact, patient, purpose, policy_of(contact), now + _LOOK_AGAIN)
                life.hold(contact, full, now)
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
    attempt = new_attempt(contact, patient, Channel.SMS, purpose, mobile.e164, sender, now)
    session.add(attempt)
    if purpose is Purpose.RECEIPT:
        contact.receipt_due_at = None
    else:
        contact.announced_at = now
        first_call = calling_hours.next_working_day(rules, patient.department, now)
        if first_call is not None:
            first_call = answering.first(session, contact, patient, first_call, now)
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
