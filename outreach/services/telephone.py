"""The call's own facts, kept by the webhooks: picked up, called in, relayed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func

from outreach.database.models import Attempt, Contact, Conversation, Patient
from outreach.database.repositories import attempts, contacts, conversations, people
from outreach.domain.dispositions import Disposition
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    Direction,
    Outcome,
    Purpose,
    Speaker,
)
from outreach.errors import NotFound
from outreach.runtime import Hasty, Session
from outreach.services import carrier_facts, joining

SMS_SILENCE = timedelta(days=7)
"""An exchange by SMS in which nothing is said for so long is over; the next SMS opens another."""

SHARED_SILENCE = timedelta(hours=1)
"""An SMS of a shared number that comes later may be another person's than the one who gave their birth date before."""


class UnknownAttempt(NotFound):
    def __init__(self) -> None:
        super().__init__("this attempt is not known")


class Recognised(StrEnum):
    KNOWN = "known"
    UNKNOWN = "unknown"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Inbound:
    """`calls_to_end`: the carrier's ids of calls of ours that somebody who is calling us should not get as well."""

    recognised: Recognised
    conversation_id: UUID | None = None
    is_new: bool = False
    calls_to_end: tuple[str, ...] = ()


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


def already_talking(session: Session, attempt_id: UUID) -> bool:
    """Whether the person whom this call of ours reached has called us meanwhile: one conversation at a time."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.patient_id is None or conversations.of_attempt(session, attempt.id) is not None:
        return False
    people.lock(session, attempt.patient_id)
    return any(
        call.direction == Direction.INBOUND for call in attempts.calls_with(session, attempt.patient_id, attempt.number)
    )


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
    if attempt.contact_id is not None:
        joining.begins(session, contacts.lock(session, attempt.contact_id), Channel(attempt.channel), now)
    return conversation


def inbound(
    session: Session, channel: Channel, number: str, our_number: str, carrier_id: str, now: datetime
) -> Inbound:
    """Somebody calls or texts us. Known by their number alone, they go on where they were.

    A number that several patients gave tells nobody apart: that conversation is nobody's, and nothing personal may be
    said in it, until a birth date tells whose it is.
    """
    attempts.lock_number(session, number)
    patients = people.at_number(session, number)
    recognised = (Recognised.UNKNOWN, Recognised.KNOWN, Recognised.SHARED)[min(len(patients), 2)]
    already = attempts.by_carrier_id(session, carrier_id)
    if already is not None:
        conversation = conversations.of_attempt(session, already.id)
        return Inbound(recognised, conversation.id if conversation else None)
    relayed_in = conversations.relayed_in(session, sms_key(carrier_id)) if channel is Channel.SMS else None
    if relayed_in is not None:
        return Inbound(recognised, relayed_in)  # it may have ended the exchange: told again, it opens no other
    if not patients:
        return Inbound(Recognised.UNKNOWN)
    patient = patients[0] if len(patients) == 1 else None
    if patient is not None:
        people.lock(session, patient.id)
    if channel is Channel.SMS:
        exchange = _open_exchange(session, patient, number, now)
        if exchange is not None:
            if exchange.contact_id is not None:
                # In the order of everybody: a turn of this exchange may be under way.
                conversations.lock(session, exchange.id)
                joining.not_while_texting(session, contacts.lock(session, exchange.contact_id), now)
            return Inbound(recognised, exchange.id)
    calls_to_end = _pointless_calls(session, patient, number) if channel is Channel.VOICE else ()
    contact = contacts.current_of_person(session, patient.id) if patient is not None else None
    attempt = _inbound_attempt(session, channel, number, our_number, carrier_id, patient, contact, now)
    conversation = _begin(session, attempt, now)
    return Inbound(recognised, conversation.id, is_new=True, calls_to_end=calls_to_end)


def _open_exchange(session: Session, patient: Patient | None, number: str, now: datetime) -> Conversation | None:
    """The exchange by SMS that goes on with this message; one that can't is ended."""
    if patient is not None:
        return conversations.open_by_sms(session, patient.id)
    exchange = conversations.open_by_sms_from(session, number)
    if exchange is None or exchange.patient_id is None:
        return exchange
    heard = conversations.last_heard(session, exchange.id) or exchange.started_at
    if now - heard <= SHARED_SILENCE:
        return exchange
    conversations.lock(session, exchange.id)
    exchange.outcome = exchange.outcome or Outcome.ABANDONED
    exchange.ended_at = now
    session.flush()
    return None


def _pointless_calls(session: Session, patient: Patient | None, number: str) -> tuple[str, ...]:
    """Calls of ours to whoever is calling us, in which nobody has said a word: they ring, or a machine took them.

    Of a shared number only those that ring: somebody else may have just picked up.
    """
    calls = attempts.calls_with(session, patient.id if patient is not None else None, number)
    return tuple(
        call.carrier_id
        for call in calls
        if call.direction == Direction.OUTBOUND
        and call.carrier_id is not None
        # Whoever picked up an adviser's call is talking to them.
        and (call.purpose != Purpose.ADVISER_CALL or call.answered_at is None)
        and (call.answered_at is None or (patient is not None and not _somebody_spoke(session, call)))
    )


def _somebody_spoke(session: Session, call: Attempt) -> bool:
    conversation = conversations.of_attempt(session, call.id)
    return conversation is not None and conversations.has_turn_of(session, conversation.id, Speaker.PATIENT)


def _inbound_attempt(
    session: Session,
    channel: Channel,
    number: str,
    our_number: str,
    carrier_id: str,
    patient: Patient | None,
    contact: Contact | None,
    now: datetime,
) -> Attempt:
    attempt = Attempt(
        contact_id=contact.id if contact is not None else None,
        campaign_id=contact.campaign_id if contact is not None else None,
        patient_id=patient.id if patient is not None else None,
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


def attempt_of_call(session: Session, carrier_id: str) -> UUID | None:
    """Our attempt for the carrier's id, None when there is none."""
    attempt = attempts.by_carrier_id(session, carrier_id)
    return attempt.id if attempt is not None else None


def sms_key(carrier_id: str) -> str:
    """Under which an SMS to us is relayed once."""
    return f"sms:{carrier_id}"


def relay_once(session: Session, key: str, conversation_id: UUID, now: datetime) -> bool:
    """Whether this turn is ours to relay: False when it was delivered before."""
    return conversations.take_relay(session, key, conversation_id, now)


def relayed_answer(session: Session, key: str) -> str | None:
    """What was answered to a turn delivered before; None while its answer is being made."""
    return conversations.relayed(session, key)


def still_unanswered(session: Session, conversation_id: UUID, but: str) -> Sequence[str]:
    """The turns of a conversation, other than this one, whose answer is being made."""
    return [key for key in conversations.unanswered_relays(session, conversation_id) if key != but]


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
