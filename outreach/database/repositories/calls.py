"""Queries of the telephone room: where one call stands, in one round trip and few columns, for every turn asks it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session, selectinload

from outreach.database.models import Attempt, Conversation, Patient

_STANDING = (
    select(
        Attempt.id,
        Attempt.channel,
        Attempt.carrier_id,
        Attempt.caller,
        Attempt.status,
        Attempt.answered_by,
        Attempt.voicemail_left,
        Conversation.id.label("conversation_id"),
        Conversation.outcome,
        Conversation.ended_at.label("conversation_ended_at"),
    )
    .outerjoin(Conversation, Conversation.attempt_id == Attempt.id)
    .where(Attempt.id == bindparam("attempt_id"))
    .limit(1)
)


def standing(
    session: Session, attempt_id: UUID
) -> Row[UUID, str, str | None, str, str, str | None, bool, UUID, str | None, datetime | None] | None:
    """`conversation_id` is None when no conversation has begun."""
    return session.execute(_STANDING, {"attempt_id": attempt_id}).first()


def patient_of(session: Session, attempt_id: UUID) -> Patient | None:
    return session.scalar(
        select(Patient)
        .join(Attempt, Attempt.patient_id == Patient.id)
        .where(Attempt.id == attempt_id)
        .options(selectinload(Patient.numbers))
    )
