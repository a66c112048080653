"""An attempt from its claim to its placing, and what follows it (DESIGN §6)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func

from outreach.database.models import Attempt, Contact, Patient, PhoneNumber
from outreach.database.repositories import attempts
from outreach.domain import policy, schedule
from outreach.domain.dispositions import Disposition
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, Channel, Direction, NumberKind, Purpose
from outreach.runtime import Session


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
