"""A conversation without a telephone: somebody plays the patient in the terminal."""

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func

from outreach.database.models import Attempt, Contact, Conversation, Patient, PhoneNumber
from outreach.database.repositories import attempts, contacts, conversations, people
from outreach.domain.dispositions import Disposition
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    ContactState,
    Direction,
    NumberKind,
    Outcome,
    Purpose,
)
from outreach.runtime import Session
from outreach.services import campaigns, carrier_facts

CAMPAIGN = "talk"
REFERENCE = "TALK-0001"


def patient_by_reference(session: Session, reference: str) -> Patient | None:
    return people.by_reference(session, reference)


def invented_patient(session: Session, now: datetime) -> Patient:
    """Odette, who exists nowhere, in a draft campaign that calls nobody; fresh at each rehearsal."""
    campaign = campaigns.ensure(session, CAMPAIGN, now)
    patient = people.by_reference(session, REFERENCE)
    if patient is None:
        patient = Patient(
            reference=REFERENCE,
            civility="MME",
            last_name="Exemple",
            first_name="Odette",
            birth_date=date(1947, 3, 12),
            postal_code="94800",
            insee_code="94076",
            department="94",
            legal_protection=False,
            objected=False,
            invented=True,
            created_at=now,
            updated_at=now,
        )
        patient.numbers = [PhoneNumber(rank=1, e164="+33199009901", kind=NumberKind.LANDLINE)]
        session.add(patient)
        session.flush()
    if contacts.current_of_person(session, patient.id) is None:
        session.add(
            Contact(
                campaign_id=campaign.id,
                patient_id=patient.id,
                state=ContactState.WAITING,
                next_attempt_at=now,
                created_at=now,
                updated_at=now,
            )
        )
        session.flush()
    return patient


def begin(session: Session, patient: Patient, now: datetime) -> UUID:
    """A conversation as if the patient had called us."""
    contact = contacts.current_of_person(session, patient.id)
    attempt = Attempt(
        contact_id=contact.id if contact is not None else None,
        campaign_id=contact.campaign_id if contact is not None else None,
        patient_id=patient.id,
        channel=Channel.VOICE,
        direction=Direction.INBOUND,
        purpose=Purpose.CONVERSATION,
        number=patient.numbers[0].e164 if patient.numbers else "",
        caller="",
        carrier_id=f"terminal-{uuid4().hex}",
        status=AttemptStatus.IN_PROGRESS,
        claimed_at=now,
        placed_at=now,
        answered_at=now,
        claimed_wall=func.clock_timestamp(),
        heard_wall=func.clock_timestamp(),
    )
    session.add(attempt)
    session.flush()
    conversation = Conversation(
        attempt_id=attempt.id,
        patient_id=patient.id,
        contact_id=attempt.contact_id,
        channel=Channel.VOICE,
        started_at=now,
        dialogue={},
    )
    session.add(conversation)
    session.flush()
    return conversation.id


def finish(session: Session, conversation_id: UUID, now: datetime) -> Outcome:
    """The end of a rehearsal: abandoned unless the agent concluded it."""
    conversation = conversations.lock(session, conversation_id)
    assert conversation is not None
    attempt = attempts.lock(session, conversation.attempt_id)
    assert attempt is not None
    concluded = conversation.outcome is not None
    carrier_facts.end(
        session, attempt, Disposition.CONVERSATION if concluded else Disposition.ABANDONED, now, conversation
    )
    session.flush()
    return Outcome(conversation.outcome or Outcome.ABANDONED)
