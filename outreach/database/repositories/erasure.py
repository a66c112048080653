"""Statements that empty a person's rows."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from outreach.database.models import (
    AdviserCall,
    Answer,
    Attempt,
    Conversation,
    Draft,
    Offer,
    PhoneNumber,
    Relay,
    Request,
    RequestEvent,
    Task,
    Turn,
)


def conversation_ids(session: Session, patient_id: UUID, numbers: Sequence[str]) -> Sequence[UUID]:
    """Their conversations, and those over their numbers that are nobody's: the words may be theirs."""
    nobodys = and_(Conversation.patient_id.is_(None), Attempt.number.in_(numbers))
    return session.scalars(
        select(Conversation.id)
        .join(Attempt, Attempt.id == Conversation.attempt_id)
        .where(or_(Conversation.patient_id == patient_id, nobodys))
    ).all()


def empty(session: Session, patient_id: UUID, conversations: Sequence[UUID]) -> None:
    """Takes out words, answers, notes and numbers; times, dispositions and the ledger stay, without anybody in them."""
    empty_words(session, conversations)
    session.execute(update(Attempt).where(Attempt.patient_id == patient_id).values(number=""))
    session.execute(update(AdviserCall).where(AdviserCall.patient_id == patient_id).values(number=""))
    session.execute(delete(PhoneNumber).where(PhoneNumber.patient_id == patient_id))
    theirs = select(Request.id).where(Request.patient_id == patient_id)
    session.execute(delete(Draft).where(Draft.request_id.in_(theirs)))
    # What was done and when stays; what was written of them doesn't.
    session.execute(update(RequestEvent).where(RequestEvent.request_id.in_(theirs)).values(note=None, document=None))
    session.execute(update(Offer).where(Offer.request_id.in_(theirs)).values(note=None, appointment_place=None))
    session.execute(update(Task).where(Task.request_id.in_(theirs)).values(note=None))
    session.execute(
        update(Request)
        .where(Request.patient_id == patient_id)
        .values(area=None, preference=None, mobility=[], max_travel_minutes=None, max_travel_km=None)
    )


def empty_words(session: Session, conversations: Sequence[UUID]) -> None:
    """What was said and answered; that it was asked, and when, stays for the figures."""
    session.execute(delete(Answer).where(Answer.conversation_id.in_(conversations)))
    session.execute(delete(Relay).where(Relay.conversation_id.in_(conversations)))
    session.execute(update(Turn).where(Turn.conversation_id.in_(conversations)).values(text=""))
    session.execute(update(Conversation).where(Conversation.id.in_(conversations)).values(dialogue={}))
