"""An attempt from its claim to its placing, and what follows it (DESIGN §6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import func

from outreach.database.models import Attempt, Contact, Patient, PhoneNumber
from outreach.database.repositories import attempts
from outreach.database.repositories.claiming import Candidate
from outreach.domain import policy, schedule
from outreach.domain.calling_hours import Window
from outreach.domain.dispositions import Disposition
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, Channel, Direction, NumberKind, Purpose
from outreach.runtime import Session


@dataclass(frozen=True, slots=True)
class Claimed:
    """An attempt that this process alone must place, at its moment `at` of the pace. Its `repr` hides the number.

    `claimed_at`: when the gates were asked.
    """

    attempt_id: UUID
    channel: Channel
    purpose: Purpose
    number: str
    caller: str
    ring_seconds: int
    invented: bool
    at: datetime
    claimed_at: datetime

    def __repr__(self) -> str:
        return f"Claimed({self.attempt_id}, {self.channel}, {self.purpose})"


def policy_of(contact: Contact) -> ContactPolicy:
    return policy.from_document(contact.campaign.policy)


def usable_number(numbers: list[PhoneNumber]) -> PhoneNumber | None:
    """The first number, by rank, that hasn't proved invalid or wrong."""
    return next((number for number in numbers if number.unusable_since is None), None)


def set_aside(numbers: Iterable[PhoneNumber], contact: Contact | None, e164: str, because: str, now: datetime) -> None:
    """A number of this person isn't used any more: the next one by rank is, and is announced anew if it is a mobile."""
    for number in numbers:
        if number.e164 == e164 and number.unusable_since is None:
            number.unusable_since = now
            number.unusable_because = because
            if contact is not None:
                contact.announced_at = None


def callback_of(contact: Contact | Candidate) -> Window | None:
    """The time at which the person asked to be called."""
    if contact.callback_from is None or contact.callback_to is None:
        return None
    return Window(contact.callback_from, contact.callback_to)


def still_wished_for(contact: Contact, attempt: Attempt | None, now: datetime) -> Window | None:
    """The time that the person had asked for, when they were on the line of their own accord before it came."""
    callback = callback_of(contact)
    if callback is None or attempt is None or attempt.direction != Direction.INBOUND or callback.end <= now:
        return None
    return callback


class _Wishing(Protocol):
    @property
    def callback_from(self) -> datetime | None: ...


class _Numbered(Protocol):
    @property
    def kind(self) -> str: ...


def needs_announcement(rules: ContactPolicy, contact: _Wishing, number: _Numbered | None) -> bool:
    """Whether an SMS must announce the first call to a number: to mobiles, the working day before (DOMAIN §2).

    Not to somebody who asked to be called.
    """
    if not rules.announce_sms or number is None or number.kind != NumberKind.MOBILE:
        return False
    return contact.callback_from is None


def new_attempt(
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
        policy_version=contact.campaign.policy_version,
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


def all_placed(session: Session, carrier_ids: Mapping[UUID, str], now: datetime) -> None:
    """Records the carrier's ids of many attempts in one statement, in a transaction that does nothing else.

    Raises DatabaseError, and records none, when one of the ids is another attempt's.
    """
    attempts.record_placed(session, carrier_ids, now)


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
    session: Session,
    contact: Contact,
    disposition: Disposition,
    now: datetime,
    attempt: Attempt | None = None,
) -> schedule.NextTry:
    """When a contact is tried again after a call that ended so, over the person's whole history."""
    ends = 1
    if attempt is not None:
        ends += attempts.such_ends(session, contact.id, attempt.number, disposition, but_for=attempt.id)
    return schedule.next_try(
        policy_of(contact),
        contact.patient.department,
        now,
        disposition,
        attempts.rings_since(session, contact.patient_id, now - CAP_WINDOW),
        ends,
        callback_of(contact),
    )
