"""Queries of the telephone room: where one call stands, in one round trip."""

from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, selectinload

from outreach.database.models import Attempt, Conversation, Patient


def standing(session: Session, attempt_id: UUID) -> Row[tuple[Attempt, Conversation | None]] | None:
    return session.execute(
        select(Attempt, Conversation)
        .outerjoin(Conversation, Conversation.attempt_id == Attempt.id)
        .where(Attempt.id == attempt_id)
        .limit(1)
    ).first()


def patient_of(session: Session, attempt_id: UUID) -> Patient | None:
    return session.scalar(
        select(Patient)
        .join(Attempt, Attempt.patient_id == Patient.id)
        .where(Attempt.id == attempt_id)
        .options(selectinload(Patient.numbers))
    )
