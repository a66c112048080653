"""Queries for whoever watches a campaign go by: the demo and its judge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, exists, func, or_, select
from sqlalchemy.orm import Session

from outreach.database.models import Attempt, Contact, Conversation, Patient, Request, Turn
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    ContactState,
    Direction,
    Identity,
    Outcome,
    Purpose,
    Speaker,
)


@dataclass(frozen=True, slots=True)
class Totals:
    announced: int
    placed: int
    rang: int
    reached: int
    verified: int
    accepted: int
    requests: int
    open_calls: int


def totals(session: Session, campaign_id: UUID) -> Totals:
    """How far a campaign is, in one pass over its attempts and one over its conversations."""
    call = (Attempt.channel == Channel.VOICE) & (Attempt.purpose == Purpose.CALL)
    attempts = session.execute(
        select(
            func.count().filter(Attempt.purpose == Purpose.ANNOUNCEMENT),
            func.count().filter(call & Attempt.carrier_id.is_not(None)),
            func.count().filter(call & Attempt.rang),
            func.count(func.distinct(Attempt.patient_id)).filter(Attempt.right_party),
            func.count().filter((Attempt.status != AttemptStatus.ENDED) & (Attempt.channel == Channel.VOICE)),
        ).where(Attempt.campaign_id == campaign_id)
    ).one()
    spoken = session.execute(
        select(
            func.count(func.distinct(Conversation.patient_id)),
            func.count(func.distinct(Conversation.patient_id)).filter(Conversation.identity == Identity.VERIFIED),
            func.count(func.distinct(Conversation.patient_id)).filter(Conversation.outcome == Outcome.ACCEPTED),
        )
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Contact.campaign_id == campaign_id)
    ).one()
    requests = session.scalar(
        select(func.count())
        .select_from(Request)
        .join(Contact, Contact.id == Request.contact_id)
        .where(Contact.campaign_id == campaign_id)
    )
    return Totals(
        announced=attempts[0],
        placed=attempts[1],
        rang=attempts[2],
        reached=spoken[0],
        verified=spoken[1],
        accepted=spoken[2],
        requests=requests or 0,
        open_calls=attempts[4],
    )


def next_event(session: Session) -> datetime | None:
    """The earliest moment at which something is to be done; None when nothing is planned."""
    at = session.scalar(
        select(func.min(Contact.next_attempt_at)).where(
            Contact.state.in_((ContactState.WAITING, ContactState.DUE, ContactState.ATTEMPTING))
        )
    )
    receipt = session.scalar(select(func.min(Contact.receipt_due_at)))
    invitation = session.scalar(select(func.min(Contact.invitation_due_at)))
    return min((moment for moment in (at, receipt, invitation) if moment is not None), default=None)


def busy(session: Session) -> int:
    """How many attempts or contacts are under way at this moment."""
    open_attempts = session.scalar(select(func.count()).where(Attempt.status != AttemptStatus.ENDED)) or 0
    moving = (
        session.scalar(
            select(func.count()).where(
                Contact.state.in_((ContactState.DUE, ContactState.ATTEMPTING, ContactState.IN_CONVERSATION))
            )
        )
        or 0
    )
    return open_attempts + moving


def stuck(session: Session, campaign_id: UUID) -> Sequence[str]:
    """The references of contacts that are neither settled nor waiting with a time."""
    return session.scalars(
        select(Patient.reference)
        .join(Contact, Contact.patient_id == Patient.id)
        .where(
            Contact.campaign_id == campaign_id,
            or_(
                Contact.state.in_((ContactState.DUE, ContactState.ATTEMPTING, ContactState.IN_CONVERSATION)),
                (Contact.state == ContactState.WAITING) & Contact.next_attempt_at.is_(None),
            ),
        )
    ).all()


def outbound(session: Session) -> Sequence[Row[UUID, str | None, str, str, str, str | None, bool]]:
    """Every outbound attempt: id, carrier's id, channel, department, reference, disposition, whether it rang."""
    return session.execute(
        select(
            Attempt.id,
            Attempt.carrier_id,
            Attempt.channel,
            Patient.department,
            Patient.reference,
            Attempt.disposition,
            Attempt.rang,
        )
        .join(Patient, Patient.id == Attempt.patient_id)
        .where(Attempt.direction == Direction.OUTBOUND)
    ).all()


def asked_to_be_called(session: Session) -> Sequence[str]:
    """The carrier's ids of calls to people who had asked, in an earlier conversation, to be called again."""
    asked = exists().where(
        Conversation.patient_id == Attempt.patient_id,
        Conversation.outcome == Outcome.CALLBACK,
        Conversation.started_at < Attempt.claimed_at,
    )
    rows = session.scalars(select(Attempt.carrier_id).where(Attempt.carrier_id.is_not(None), asked))
    return [carrier_id for carrier_id in rows if carrier_id is not None]


def heard(session: Session) -> Sequence[Row[str | None, str]]:
    """The carrier's id of a call, and what the patient said in one of its turns; in order."""
    return session.execute(
        select(Attempt.carrier_id, Turn.text)
        .join(Conversation, Conversation.attempt_id == Attempt.id)
        .join(Turn, Turn.conversation_id == Conversation.id)
        .where(Attempt.carrier_id.is_not(None), Turn.speaker == Speaker.PATIENT, Turn.text != "")
        .order_by(Attempt.id, Turn.position)
    ).all()


def references(session: Session) -> Sequence[Row[str | None, str]]:
    return session.execute(
        select(Attempt.carrier_id, Patient.reference)
        .join(Patient, Patient.id == Attempt.patient_id)
        .where(Attempt.carrier_id.is_not(None))
    ).all()


def with_request(session: Session) -> Sequence[str]:
    return session.scalars(select(Patient.reference).join(Request, Request.patient_id == Patient.id).distinct()).all()
