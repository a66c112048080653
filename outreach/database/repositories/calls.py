"""Queries of the telephone room: where one call stands, in one round trip."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from outreach.database.models import Attempt, Conversation, Patient


def standing(session: Session, attempt_id: UUID) -> tuple[Attempt, Conversation | None] | None:
    row = session.execute(
        select(Attempt, Conversation)
        .outerjoin(Conversation, Conversation.attempt_id == Attempt.id)
        .where(Attempt.id == attempt_id)
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def patient_of(session: Session, attempt_id: UUID) -> Patient | None:
    return session.scalar(
        select(Patient)
        .join(Attempt, Attempt.patient_id == Patient.id)
        .where(Attempt.id == attempt_id)
        .options(selectinload(Patient.numbers))
    )
