"""Queries for one patient's whole file, one a table."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from outreach.database.models import (
    Answer,
    Attempt,
    Campaign,
    Consent,
    Contact,
    Conversation,
    Request,
    Turn,
)


def contacts(session: Session, patient_id: UUID) -> Sequence[Row[Contact, str]]:
    return session.execute(
        select(Contact, Campaign.name)
        .join(Campaign, Campaign.id == Contact.campaign_id)
        .where(Contact.patient_id == patient_id)
        .order_by(Contact.created_at, Campaign.name)
    ).all()


def attempts(session: Session, patient_id: UUID) -> Sequence[Row[Attempt, str | None]]:
    return session.execute(
        select(Attempt, Campaign.name)
        .outerjoin(Campaign, Campaign.id == Attempt.campaign_id)
        .where(Attempt.patient_id == patient_id)
        .order_by(func.coalesce(Attempt.placed_at, Attempt.claimed_at), Attempt.id)
    ).all()


def conversations(session: Session, patient_id: UUID) -> Sequence[Conversation]:
    return session.scalars(
        select(Conversation)
        .where(Conversation.patient_id == patient_id)
        .order_by(Conversation.started_at, Conversation.id)
    ).all()


def conversation(session: Session, conversation_id: UUID) -> Conversation | None:
    return session.get(Conversation, conversation_id)


def turns(session: Session, conversation_ids: Sequence[UUID]) -> Sequence[Turn]:
    return session.scalars(select(Turn).where(Turn.conversation_id.in_(conversation_ids)).order_by(Turn.position)).all()


def answers(session: Session, conversation_ids: Sequence[UUID]) -> Sequence[Answer]:
    return session.scalars(
        select(Answer).where(Answer.conversation_id.in_(conversation_ids), Answer.replaced_at.is_(None))
    ).all()


def consents(session: Session, patient_id: UUID) -> Sequence[Consent]:
    return session.scalars(select(Consent).where(Consent.patient_id == patient_id).order_by(Consent.position)).all()


def latest_request(session: Session, patient_id: UUID) -> Request | None:
    """The open request if there is one, else the newest."""
    return session.scalar(
        select(Request)
        .where(Request.patient_id == patient_id)
        .order_by(Request.closed_at.is_not(None), Request.created_at.desc())
        .limit(1)
    )
