"""What the carrier tells of an attempt: in any order, once or several times, late or never (DESIGN §6)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from sqlalchemy import func

from outreach.database.models import Attempt, Contact, Conversation, PhoneNumber
from outreach.database.repositories import attempts, contacts, conversations
from outreach.domain import machines, schedule
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.machines import by_a_machine
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    ContactState,
    Direction,
    NumberKind,
    Outcome,
    Purpose,
    Speaker,
)
from outreach.runtime import Session
from outreach.services import answering, life
from outreach.services.attempts import (
    callback_of,
    next_moment,
    set_aside,
    still_wished_for,
    usable_number,
)


class CarrierStatus(StrEnum):
    """The carrier's words for a call or an SMS, brought to ours by the dialer's table."""

    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    CANCELED = "canceled"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


@dataclass(frozen=True, slots=True)
class Stale:
    """An attempt of which nothing was heard for too long."""

    attempt_id: UUID
    number: str
    caller: str
    carrier_id: str | None
    status: AttemptStatus
    channel: Channel
    claimed_at: datetime
    claimed_wall: datetime
    silent_seconds: float
    is_second_leg: bool = False
    """Whether the carrier made it out of another call of ours."""

    def __repr__(self) -> str:
        return f"Stale({self.attempt_id}, {self.status}, {self.silent_seconds:.0f} s)"


_FINAL_STATUS: dict[CarrierStatus, Disposition] = {
    CarrierStatus.BUSY: Disposition.BUSY,
    CarrierStatus.NO_ANSWER: Disposition.NO_ANSWER,
    CarrierStatus.FAILED: Disposition.UNREACHABLE,
    CarrierStatus.CANCELED: Disposition.CANCELED,
}
_NOT_SURE = frozenset({Disposition.NEVER_PLACED, Disposition.CARRIER_ERROR})
_NO_PATIENCE: Mapping[Channel, float] = MappingProxyType(dict.fromkeys(Channel, 0.0))
_RECEIPTS = {Disposition.SMS_SENT: 0, Disposition.SMS_DELIVERED: 2}
"""Which receipt says more; every failure comes between the two, so that their order of arrival changes nothing."""

_SMS_FAILURES = frozenset({Disposition.SMS_NOT_A_MOBILE, Disposition.BLOCKED})
_ANNOUNCED_AT_MOST = 2
GIVEN_UP = "given_up"
_UNDER_WAY = frozenset({ContactState.ATTEMPTING, ContactState.IN_CONVERSATION})


def carrier_status(
    session: Session,
    attempt_id: UUID,
    status: CarrierStatus,
    now: datetime,
    *,
    carrier_id: str | None = None,
    failed_as: Disposition | None = None,
    error_code: int | None = None,
    duration_seconds: int | None = None,
) -> None:
    """Takes in one status of the carrier. A status told before changes nothing; a late one only adds what it proves."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None:
        return
    if not attempts.first_time(session, f"{attempt_id}:{status}", attempt_id, attempt.channel, status, now):
        return
    attempt.heard_wall = func.clock_timestamp()
    given_up = attempt.status == AttemptStatus.ENDED and attempt.disposition in _NOT_SURE
    # What ended in the same words by the carrier's own account had been placed, and does not begin again.
    was_placed = attempt.carrier_id is not None
    attempt.carrier_id = attempt.carrier_id or carrier_id
    attempt.placed_at = attempt.placed_at or now
    if error_code is not None:
        attempt.error_code = error_code
    if given_up and not was_placed:
        _revive(session, attempt, now)
    ended_without_ring = attempt.status == AttemptStatus.ENDED and not attempt.rang
    if attempt.channel == Channel.SMS:
        _sms_status(session, attempt, status, failed_as, now)
    elif status is CarrierStatus.RINGING:
        _it_rang(attempt, now)
        if attempt.status in {AttemptStatus.PLACING, AttemptStatus.PLACED}:
            attempt.status = AttemptStatus.RINGING
    elif status is CarrierStatus.IN_PROGRESS:
        pick_up(attempt, now)
    elif status is CarrierStatus.COMPLETED:
        _completed(session, attempt, duration_seconds, now)
    elif status in _FINAL_STATUS:
        disposition = failed_as if status is CarrierStatus.FAILED and failed_as else _FINAL_STATUS[status]
        end(session, attempt, disposition, now)
    elif attempt.status == AttemptStatus.PLACING:
        attempt.status = AttemptStatus.PLACED
    session.flush()
    if ended_without_ring and attempt.rang and attempt.contact_id is not None:
        _put_off(session, contacts.lock(session, attempt.contact_id), attempt, now)


def _it_rang(attempt: Attempt, now: datetime) -> None:
    # Our own telephones don't count when the patient calls us.
    if attempt.direction == Direction.OUTBOUND and not attempt.rang:
        attempt.rang = True
        # However late it is told, it rang before it ended.
        attempt.rang_at = min(now, attempt.ended_at or now)


def pick_up(attempt: Attempt, now: datetime) -> None:
    """The call was answered, by a person or a machine."""
    _it_rang(attempt, now)
    attempt.answered_at = attempt.answered_at or now
    if attempt.status != AttemptStatus.ENDED:
        attempt.status = AttemptStatus.IN_PROGRESS


def _sms_status(
    session: Session, attempt: Attempt, status: CarrierStatus, failed_as: Disposition | None, now: datetime
) -> None:
    # It was placed: whatever kept it from arriving, nothing of it is still to come.
    failed = failed_as if failed_as in _SMS_FAILURES else Disposition.SMS_UNDELIVERED
    dispositions = {
        CarrierStatus.SENT: Disposition.SMS_SENT,
        CarrierStatus.DELIVERED: Disposition.SMS_DELIVERED,
        CarrierStatus.UNDELIVERED: failed,
        CarrierStatus.FAILED: failed,
    }
    disposition = dispositions.get(status)
    if disposition is None:
        if attempt.status == AttemptStatus.PLACING:
            attempt.status = AttemptStatus.PLACED
        return
    held = _RECEIPTS.get(Disposition(attempt.disposition), 1) if attempt.disposition is not None else -1
    if held >= _RECEIPTS.get(disposition, 1):
        return  # a better receipt overtook it
    _close(attempt, disposition, now)
    if disposition is failed:
        _sms_again(session, attempt, failed, now)


def _revive(session: Session, attempt: Attempt, now: datetime) -> None:
    """A call held for never placed gives a sign: it lives, and the contact is under way again."""
    attempt.status = AttemptStatus.PLACED
    attempt.disposition = None
    attempt.ended_at = None
    if attempt.contact_id is None or attempt.purpose != Purpose.CALL:
        return
    contact = contacts.lock(session, attempt.contact_id)
    if contact.state in {ContactState.WAITING, ContactState.DUE}:
        if contact.state == ContactState.WAITING:
            life.move(session, contact, ContactState.DUE, contact.reason, now)
        life.move(session, contact, ContactState.ATTEMPTING, contact.reason, now)


def _completed(session: Session, attempt: Attempt, duration_seconds: int | None, now: datetime) -> None:
    if attempt.status == AttemptStatus.ENDED:
        return
    pick_up(attempt, now)
    attempt.duration_seconds = duration_seconds
    conversation = conversations.of_attempt(session, attempt.id)
    if attempt.purpose == Purpose.ADVISER_CALL:
        disposition = Disposition.CONVERSATION  # the adviser says how it went, and with whom
    elif attempt.answered_by in machines.NOT_A_PERSON:
        disposition = machines.NOT_A_PERSON[attempt.answered_by]
    elif by_a_machine(attempt.answered_by):
        disposition = Disposition.VOICEMAIL_LEFT if attempt.voicemail_left else Disposition.MACHINE
    elif attempt.disposition == Disposition.APOLOGY:
        disposition = Disposition.APOLOGY
    elif conversation is None or not conversations.has_turn_of(session, conversation.id, Speaker.PATIENT):
        disposition = Disposition.HUNG_UP
    elif conversation.outcome is None or conversation.outcome == Outcome.ABANDONED:
        disposition = Disposition.ABANDONED
    else:
        disposition = Disposition.CONVERSATION
    end(session, attempt, disposition, now, conversation)


def _close(attempt: Attempt, disposition: Disposition, now: datetime) -> None:
    flags = FLAGS[disposition]
    attempt.status = AttemptStatus.ENDED
    attempt.disposition = disposition
    attempt.ended_at = attempt.ended_at or now
    attempt.human_answered = flags.human_answered
    attempt.final = flags.final
    if flags.rang:
        _it_rang(attempt, now)


def end(
    session: Session,
    attempt: Attempt,
    disposition: Disposition,
    now: datetime,
    conversation: Conversation | None = None,
) -> None:
    """Ends a call: its disposition, an abandoned conversation if it was cut short, the contact's next time."""
    if attempt.status == AttemptStatus.ENDED:
        return
    _close(attempt, disposition, now)
    conversation = conversation or conversations.of_attempt(session, attempt.id)
    if conversation is not None:
        conversation.outcome = conversation.outcome or Outcome.ABANDONED
        conversation.ended_at = conversation.ended_at or now
    session.flush()
    if attempt.contact_id is not None and attempt.channel == Channel.VOICE:
        contact = contacts.lock(session, attempt.contact_id)
        # Who blocked our SMS may be called all the same.
        if FLAGS[disposition].final and disposition in schedule.RETRIES:
            set_aside(contact.patient.numbers, contact, attempt.number, disposition, now)
        if contact.state in _UNDER_WAY and not attempts.on_another_call(session, contact.id):
            _put_back(session, contact, attempt, disposition, now)


def _put_back(session: Session, contact: Contact, attempt: Attempt, disposition: Disposition, now: datetime) -> None:
    if usable_number(contact.patient.numbers) is None:
        life.move(session, contact, ContactState.NO_PHONE, disposition, now)
        return
    wished = still_wished_for(contact, attempt, now)
    if wished is not None:
        life.move(session, contact, ContactState.WAITING, contact.reason, now, max(now, wished.start))
        return
    if attempt.direction == Direction.INBOUND and contact.next_attempt_at is not None and contact.next_attempt_at > now:
        # Somebody who called us and hung up keeps the time that they had, one that they asked for above all.
        life.move(session, contact, ContactState.WAITING, contact.reason, now, contact.next_attempt_at)
        return
    again = _next_try(session, contact, attempt, disposition, now)
    callback = callback_of(contact)
    if callback is not None and (again.at is None or again.at not in callback):
        contact.callback_from = contact.callback_to = None
    if again.at is None:
        life.move(session, contact, ContactState.EXHAUSTED, again.reason, now)
    else:
        at = answering.again(session, contact, contact.patient, disposition, again.at, now)
        life.move(session, contact, ContactState.WAITING, again.reason, now, at)
    _invite(session, contact, disposition, now, over=again.at is None)


def _put_off(session: Session, contact: Contact, attempt: Attempt, now: datetime) -> None:
    """A call's end was told before its ring, which spends an attempt: the next one comes when it would have come."""
    if contact.state not in {ContactState.WAITING, ContactState.DUE}:
        return
    if attempt.ended_at is None or attempt.disposition is None:
        return
    # Asked for, it comes at its time whatever rang.
    if callback_of(contact) is not None:
        return
    again = _next_try(session, contact, attempt, Disposition(attempt.disposition), attempt.ended_at)
    if again.at is None:
        life.move(session, contact, ContactState.EXHAUSTED, again.reason, now)
    elif contact.next_attempt_at is None or contact.next_attempt_at < again.at:
        life.move(session, contact, ContactState.WAITING, contact.reason, now, again.at)


def _next_try(
    session: Session, contact: Contact, attempt: Attempt, disposition: Disposition, now: datetime
) -> schedule.NextTry:
    again = next_moment(session, contact, disposition, now, attempt)
    if again.next_number and _go_on_with_another(contact, attempt, disposition, now):
        return replace(next_moment(session, contact, Disposition.NEVER_PLACED, now), reason=disposition.value)
    return again


def _go_on_with_another(contact: Contact, attempt: Attempt, disposition: Disposition, now: datetime) -> bool:
    """Whether another number is left to try; this one is then set aside, if it isn't yet."""
    others = [number for number in _usable(contact) if number.e164 != attempt.number]
    if others:
        set_aside(contact.patient.numbers, contact, attempt.number, disposition, now)
    return bool(others)


def _usable(contact: Contact) -> list[PhoneNumber]:
    return [number for number in contact.patient.numbers if number.unusable_since is None]


def _invite(session: Session, contact: Contact, disposition: Disposition, now: datetime, *, over: bool) -> None:
    """Calls keep missing: an SMS offers to answer in writing, once (DOMAIN §2)."""
    if not any(number.kind == NumberKind.MOBILE for number in _usable(contact)):
        return
    if not schedule.invites(disposition, attempts.misses(session, contact.id), over=over):
        return
    if not attempts.sms_already_made(session, contact.id, Purpose.INVITATION):
        contact.invitation_due_at = now


def not_placed(
    session: Session, attempt_id: UUID, disposition: Disposition, now: datetime, error_code: int | None = None
) -> None:
    """The carrier refused an attempt, or is known not to have it."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.status != AttemptStatus.PLACING:
        return
    attempt.error_code = error_code
    if attempt.channel == Channel.SMS:
        _close(attempt, disposition, now)
        _sms_again(session, attempt, disposition, now)
    else:
        end(session, attempt, disposition, now)
    session.flush()


def _sms_again(session: Session, attempt: Attempt, disposition: Disposition, now: datetime) -> None:
    """What nobody refused but that didn't leave is wanted again; an announcement that got lost is sent once more before
    the first call. A number that takes no SMS is called all the same, at its time; a receipt isn't sent twice.
    """
    lost = disposition is Disposition.SMS_UNDELIVERED
    if attempt.contact_id is None or (disposition not in _NOT_SURE and not lost):
        return
    contact = contacts.lock(session, attempt.contact_id)
    if attempt.purpose == Purpose.INVITATION and not lost:
        contact.invitation_due_at = now + timedelta(minutes=30)
    elif attempt.purpose == Purpose.ANNOUNCEMENT and contact.state == ContactState.WAITING:
        if lost and (contact.attempts > 0 or attempts.announcements(session, contact.id) >= _ANNOUNCED_AT_MOST):
            return
        contact.announced_at = None
        contact.next_attempt_at = now + timedelta(minutes=30)


def give_up(session: Session, attempt_id: UUID, now: datetime) -> None:
    """The carrier doesn't have it and cannot get it any more; it is looked for once more later all the same."""
    not_placed(session, attempt_id, Disposition.NEVER_PLACED, now)
    attempts.first_time(session, f"{attempt_id}:given_up", attempt_id, GIVEN_UP, None, now)


def given_up(session: Session, older_than_seconds: float) -> list[Stale]:
    """What was given up so long ago (real seconds) and is still not known to the carrier: each once."""
    return [_stale(*row) for row in attempts.take_given_up(session, GIVEN_UP, older_than_seconds)]


def stale(
    session: Session, older_than_seconds: float, limit: int = 200, patience: Mapping[Channel, float] = _NO_PATIENCE
) -> list[Stale]:
    """Open attempts unheard of for that many real seconds; those with a carrier's id for as many as `patience` says."""
    return [_stale(*row) for row in attempts.unheard_of(session, older_than_seconds, limit, patience)]


def _stale(attempt: Attempt, silence: float) -> Stale:
    return Stale(
        attempt.id,
        attempt.number,
        attempt.caller,
        attempt.carrier_id,
        AttemptStatus(attempt.status),
        Channel(attempt.channel),
        attempt.claimed_at,
        attempt.claimed_wall,
        silence,
        attempt.purpose == Purpose.ADVISER_CALL,
    )


def heard(session: Session, attempt_id: UUID) -> None:
    """The carrier was asked and knows the attempt: it is not silent any more."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is not None:
        attempt.heard_wall = func.clock_timestamp()
