"""The call's own facts, kept by the webhooks: picked up, called in, relayed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func

from outreach.database.models import Attempt, Contact, Conversation, Patient
from outreach.database.repositories import attempts, contacts, conversations, people
from outreach.domain import calling_hours
from outreach.domain.dispositions import Disposition
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    ContactState,
    Direction,
    Outcome,
    Purpose,
)
from outreach.errors import NotFound
from outreach.runtime import Hasty, Session
from outreach.services import carrier_facts, life
from outreach.services.attempts import policy_of

SMS_SILENCE = timedelta(days=7)
"""An exchange by SMS in which nothing is said for so long is over; the next SMS opens another."""

SMS_PAUSE = timedelta(hours=24)
"""How long somebody who answers by SMS isn't called."""


class UnknownAttempt(NotFound):
    def __init__(self) -> None:
        super().__init__("this attempt is not known")


class Recognised(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Inbound:
    recognised: Recognised
    conversation_id: UUID | None = None
    is_new: bool = False


def answered(session: Session, attempt_id: UUID, carrier_id: str, now: datetime) -> Conversation:
    """A call of ours was picked up: its conversation, the same one again when told twice. Raises UnknownAttempt."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None:
        raise UnknownAttempt
    attempt.carrier_id = attempt.carrier_id or carrier_id
    attempt.heard_wall = func.clock_timestamp()
    conversation = conversations.of_attempt(session, attempt.id)
    if conversation is not None:
        return conversation
    carrier_facts.pick_up(attempt, now)
    return _begin(session, attempt, now)


def _begin(session: Session, attempt: Attempt, now: datetime) -> Conversation:
    conversation = Conversation(
        attempt_id=attempt.id,
        patient_id=attempt.patient_id,
        contact_id=attempt.contact_id,
        channel=attempt.channel,
        started_at=now,
        dialogue={},
    )
    session.add(conversation)
    session.flush()
    if attempt.contact_id is not None and attempt.channel == Channel.VOICE:
        contact = contacts.lock(session, attempt.contact_id)
        if contact.state in {ContactState.WAITING, ContactState.DUE, ContactState.ATTEMPTING}:
            life.move(session, contact, ContactState.IN_CONVERSATION, contact.reason, now)
    return conversation


def inbound(
    session: Session, channel: Channel, number: str, our_number: str, carrier_id: str, now: datetime
) -> Inbound:
    """Somebody calls or texts us. Known by their number alone, they go on where they were.

    A number that several patients gave tells nobody apart: nothing personal may follow.
    """
    already = attempts.by_carrier_id(session, carrier_id)
    if already is not None:
        conversation = conversations.of_attempt(session, already.id)
        return Inbound(Recognised.KNOWN, conversation.id if conversation else None)
    patients = people.having_number(session, number)
    if len(patients) != 1:
        return Inbound(Recognised.SHARED if patients else Recognised.UNKNOWN)
    patient = patients[0]
    if channel is Channel.SMS:
        open_exchange = conversations.open_by_sms(session, patient.id)
        if open_exchange is not None:
            _not_while_texting(session, open_exchange.contact_id, now)
            return Inbound(Recognised.KNOWN, open_exchange.id)
    contact = contacts.current_of_person(session, patient.id)
    conversation = _begin(
        session, _inbound_attempt(session, channel, number, our_number, carrier_id, patient, contact, now), now
    )
    if channel is Channel.SMS:
        _not_while_texting(session, conversation.contact_id, now)
    return Inbound(Recognised.KNOWN, conversation.id, is_new=True)


def _inbound_attempt(
    session: Session,
    channel: Channel,
    number: str,
    our_number: str,
    carrier_id: str,
    patient: Patient,
    contact: Contact | None,
    now: datetime,
) -> Attempt:
    attempt = Attempt(
        contact_id=contact.id if contact is not None else None,
        campaign_id=contact.campaign_id if contact is not None else None,
        patient_id=patient.id,
        channel=channel,
        direction=Direction.INBOUND,
        purpose=Purpose.CONVERSATION,
        number=number,
        caller=our_number,
        carrier_id=carrier_id,
        status=AttemptStatus.IN_PROGRESS if channel is Channel.VOICE else AttemptStatus.ENDED,
        claimed_at=now,
        placed_at=now,
        answered_at=now,
        ended_at=None if channel is Channel.VOICE else now,
        human_answered=True,
        disposition=None if channel is Channel.VOICE else Disposition.CONVERSATION,
        claimed_wall=func.clock_timestamp(),
        heard_wall=func.clock_timestamp(),
    )
    session.add(attempt)
    session.flush()
    return attempt


def _not_while_texting(session: Session, contact_id: UUID | None, now: datetime) -> None:
    """Somebody who is answering by SMS isn't called meanwhile."""
    if contact_id is None:
        return
    contact = contacts.lock(session, contact_id)
    if contact.state not in {ContactState.WAITING, ContactState.DUE}:
        return
    later = calling_hours.next_opening(policy_of(contact), contact.patient.department, now + SMS_PAUSE)
    if later is not None and (contact.next_attempt_at is None or contact.next_attempt_at < later):
        life.move(session, contact, ContactState.WAITING, "texting", now, later)


def attempt_of_call(session: Session, carrier_id: str) -> UUID | None:
    """Our attempt for the carrier's id, None when there is none."""
    attempt = attempts.by_carrier_id(session, carrier_id)
    return attempt.id if attempt is not None else None


def relay_once(session: Session, key: str, conversation_id: UUID, now: datetime) -> bool:
    """Whether this turn is ours to relay: False when it was delivered before."""
    return conversations.take_relay(session, key, conversation_id, now)


def relayed_answer(session: Session, key: str) -> str | None:
    """What was answered to a turn delivered before; None while its answer is being made."""
    return conversations.relayed(session, key)


def remember_relay(session: Session, key: str, answer: str) -> None:
    conversations.remember_relay(session, key, answer)


def remember_relays(hasty: Hasty, answers: Sequence[tuple[str, str]]) -> None:
    """The same for answers that were sent, each with its key: nothing else is kept with them."""
    conversations.remember_relays(hasty, answers)


def expire(session: Session, now: datetime) -> int:
    """Ends the exchanges by SMS that fell silent; the contact keeps the time that it has. Returns how many."""
    silent = conversations.silent_by_sms(session, now - SMS_SILENCE)
    for conversation in silent:
        conversation.outcome = conversation.outcome or Outcome.ABANDONED
        conversation.ended_at = now
    session.flush()
    return len(silent)
