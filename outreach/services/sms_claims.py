"""Which SMS is to be sent at this instant: receipts, announcements of the first call, invitations to answer."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from outreach.database.models import Contact, Patient
from outreach.database.repositories import attempts, contacts, conversations, people, suppressions
from outreach.domain import calling_hours, gates
from outreach.domain.capacity import Capacity
from outreach.domain.phones import answers_by_sms
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import CampaignStatus, Channel, ContactState, Gate, NumberKind, Purpose
from outreach.runtime import Session
from outreach.services import answering, capacity, life
from outreach.services.attempts import Claimed, needs_announcement, new_attempt, policy_of, usable_number
from outreach.settings import Settings

_LOOK_AT = 25
"""How many contacts one claim looks at before it gives the others a chance."""

_LOOK_AGAIN = timedelta(minutes=15)


def claim_sms(session: Session, now: datetime, settings: Settings, lead: timedelta = timedelta(0)) -> Claimed | None:
    """Takes the next SMS to send and writes its attempt as `placing`."""
    if settings.sms_sender is None or attempts.used_just_now(session, [settings.sms_sender], now):
        return None
    absorbed: Capacity | None = None
    for contact, purpose in _wanted(session, now):
        patient = people.lock_free(session, contact.patient_id)
        if patient is None:
            continue
        if purpose is not Purpose.RECEIPT and policy_of(contact).pace_by_capacity:
            absorbed = absorbed or capacity.capacity(session, now, settings)
            full = absorbed.stopped_by(patient.department)
            if full is not None:
                # Nobody is told of a call, or asked to write, when there is no room for what may come of it.
                _postpone(contact, patient, purpose, policy_of(contact), now + _LOOK_AGAIN)
                if purpose is Purpose.ANNOUNCEMENT:
                    life.hold(contact, full, now)
                continue
        claimed = _claim_sms_of(session, contact, patient, purpose, now, settings.sms_sender, lead)
        if claimed is not None:
            return claimed
    return None


def _wanted(session: Session, now: datetime) -> Iterator[tuple[Contact, Purpose]]:
    """Receipts first, for their people have just accepted; invitations last."""
    passed_over: list[UUID] = []
    wanted = {
        Purpose.RECEIPT: contacts.next_receipt,
        Purpose.ANNOUNCEMENT: contacts.next_to_announce,
        Purpose.INVITATION: contacts.next_invitation,
    }
    looked_at = 0
    for purpose, find in wanted.items():
        passed_over.clear()
        while looked_at < _LOOK_AT and (contact := find(session, now, passed_over)) is not None:
            looked_at += 1
            passed_over.append(contact.id)
            yield contact, purpose


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
    if purpose is Purpose.ANNOUNCEMENT and not needs_announcement(rules, contact, usable_number(patient.numbers)):
        # The policy, or the first number, has changed since it was held back for it.
        life.let_go(contact)
        return None
    mobile = next((n for n in patient.numbers if n.kind == NumberKind.MOBILE and n.unusable_since is None), None)
    if mobile is None or (purpose is Purpose.INVITATION and not _may_be_invited(session, contact, patient, sender)):
        _settle(contact, purpose, now)
        return None
    closed = gates.sms_gates(
        rules,
        now,
        patient.department,
        suppressed=patient.objected or suppressions.forbids(session, patient.reference, mobile.e164, Channel.SMS),
        running=contact.campaign.status == CampaignStatus.RUNNING or purpose is Purpose.RECEIPT,
        unanswered=None if purpose is Purpose.RECEIPT else attempts.unanswered_sms(session, patient.id),
        lead=lead,
    )
    if Gate.SUPPRESSED in closed or Gate.UNANSWERED_SMS in closed:
        _settle(contact, purpose, now)
        return None
    if closed:
        _postpone(contact, patient, purpose, rules, now + lead)
        if purpose is not Purpose.INVITATION:
            life.hold(contact, closed[0], now)
        return None
    if not attempts.take_pace(session, sender, now, rules.sms_per_second):
        return None
    attempt = new_attempt(contact, patient, Channel.SMS, purpose, mobile.e164, sender, now)
    session.add(attempt)
    _settle(contact, purpose, now)
    if purpose is Purpose.ANNOUNCEMENT:
        first_call = calling_hours.next_working_day(rules, patient.department, now)
        if first_call is not None:
            first_call = answering.first(session, contact, patient, first_call, now)
        life.move(session, contact, ContactState.WAITING, "announced", now, first_call or now + timedelta(days=1))
    session.flush()
    return Claimed(
        attempt.id, Channel.SMS, purpose, mobile.e164, sender, rules.ring_seconds, patient.invented, now, now
    )


def _may_be_invited(session: Session, contact: Contact, patient: Patient, sender: str) -> bool:
    """An invitation that nobody could answer, or that comes twice or amid an exchange, is none."""
    return (
        answers_by_sms(sender)
        and conversations.open_by_sms(session, patient.id) is None
        and not contacts.has_open_call(session, patient.id)
        and not attempts.sms_already_made(session, contact.id, Purpose.INVITATION)
    )


def _settle(contact: Contact, purpose: Purpose, now: datetime) -> None:
    """The SMS is sent, or never will be: a call that no SMS may announce counts as announced."""
    if purpose is Purpose.RECEIPT:
        contact.receipt_due_at = None
    elif purpose is Purpose.INVITATION:
        contact.invitation_due_at = None
    else:
        contact.announced_at = now


def _postpone(contact: Contact, patient: Patient, purpose: Purpose, rules: ContactPolicy, now: datetime) -> None:
    try:
        again = calling_hours.next_opening(rules, patient.department, now)
    except UnknownTerritory:
        again = None
    later = again or now + timedelta(days=1)
    if purpose is Purpose.RECEIPT:
        contact.receipt_due_at = later
    elif purpose is Purpose.INVITATION:
        contact.invitation_due_at = later
    else:
        contact.next_attempt_at = later
