"""Queries on the ledger and on the answers that depend on it."""

from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from outreach.database.models import Answer, Consent, Conversation
from outreach.domain.words import ConsentKind, Question

_FOR_THE_SEARCH = (Question.MOBILITY, Question.AREA, Question.PREFERENCE)


def latest(session: Session, patient_id: UUID, kind: ConsentKind) -> Consent | None:
    return session.scalar(
        select(Consent)
        .where(Consent.patient_id == patient_id, Consent.kind == kind)
        .order_by(Consent.position.desc())
        .limit(1)
    )


def drop_search_answers(session: Session, patient_id: UUID) -> None:
    session.execute(
        delete(Answer).where(
            Answer.question.in_([question.value for question in _FOR_THE_SEARCH]),
            Answer.conversation_id.in_(select(Conversation.id).where(Conversation.patient_id == patient_id)),
        )
    )
