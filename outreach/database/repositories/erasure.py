"""Statements that empty a person's rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from outreach.database.models import Answer, Attempt, Conversation, PhoneNumber, Relay, Request, Turn


def conversation_ids(session: Session, patient_id: UUID) -> Sequence[UUID]:
    return session.scalars(select(Conversation.id).where(Conversation.patient_id == patient_id)).all()


def empty(session: Session, patient_id: UUID, conversations: Sequence[UUID]) -> None:
    """Takes out words, answers and numbers; times, dispositions and the ledger stay, without anybody in them."""
    session.execute(delete(Answer).where(Answer.conversation_id.in_(conversations)))
    session.execute(delete(Relay).where(Relay.conversation_id.in_(conversations)))
    session.execute(update(Turn).where(Turn.conversation_id.in_(conversations)).values(text=""))
    session.execute(update(Conversation).where(Conversation.id.in_(conversations)).values(dialogue={}))
    session.execute(update(Attempt).where(Attempt.patient_id == patient_id).values(number=""))
    session.execute(delete(PhoneNumber).where(PhoneNumber.patient_id == patient_id))
    session.execute(
        update(Request)
        .where(Request.patient_id == patient_id)
        .values(area=None, preference=None, mobility=[], max_travel_minutes=None, max_travel_km=None)
    )
