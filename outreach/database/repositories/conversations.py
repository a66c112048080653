"""Queries on conversations, turns, answers and relayed turns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.database.models import Answer, Attempt, Contact, Conversation, Patient, Relay, Turn
from outreach.domain.words import Channel, Outcome, Question, Speaker


def lock(session: Session, conversation_id: UUID) -> Conversation | None:
    """The conversation, its attempt locked before it: everybody locks them in this order."""
    attempt_id = session.scalar(select(Conversation.attempt_id).where(Conversation.id == conversation_id))
    if attempt_id is None:
        return None
    session.execute(select(Attempt.id).where(Attempt.id == attempt_id).with_for_update())
    return session.scalar(
        select(Conversation)
        .where(Conversation.id == conversation_id)
        .options(
            joinedload(Conversation.patient).selectinload(Patient.numbers),
            joinedload(Conversation.contact).joinedload(Contact.campaign),
        )
        .with_for_update(of=Conversation)
        .execution_options(populate_existing=True)
    )


def of_attempt(session: Session, attempt_id: UUID) -> Conversation | None:
    return session.scalar(
        select(Conversation).where(Conversation.attempt_id == attempt_id).with_for_update(of=Conversation)
    )


def open_by_sms(session: Session, patient_id: UUID) -> Conversation | None:
    """The exchange by SMS that is still going on with a person."""
    return session.scalar(
        select(Conversation)
        .where(
            Conversation.patient_id == patient_id,
            Conversation.channel == Channel.SMS,
            Conversation.ended_at.is_(None),
        )
        .order_by(Conversation.started_at.desc())
        .limit(1)
    )


def silent_by_sms(session: Session, before: datetime) -> Sequence[Conversation]:
    """Open exchanges by SMS in which nothing was said since `before`, locked."""
    spoken_since = exists().where(Turn.conversation_id == Conversation.id, Turn.at > before)
    return session.scalars(
        select(Conversation)
        .where(
            Conversation.channel == Channel.SMS,
            Conversation.ended_at.is_(None),
            Conversation.started_at <= before,
            ~spoken_since,
        )
        .options(selectinload(Conversation.patient))
        .with_for_update(of=Conversation, skip_locked=True)
    ).all()


def has_turn_of(session: Session, conversation_id: UUID, speaker: Speaker) -> bool:
    return bool(
        session.scalar(
            select(exists().where(Turn.conversation_id == conversation_id, Turn.speaker == speaker, Turn.text != ""))
        )
    )


def last_position(session: Session, conversation_id: UUID) -> int:
    return session.scalar(select(func.max(Turn.position)).where(Turn.conversation_id == conversation_id)) or 0


def replace_answer(session: Session, conversation_id: UUID, question: Question, now: datetime) -> None:
    session.execute(
        update(Answer)
        .where(Answer.conversation_id == conversation_id, Answer.question == question, Answer.replaced_at.is_(None))
        .values(replaced_at=now)
    )


def known_answers(session: Session, contact_id: UUID | None, conversation_id: UUID) -> dict[str, Any]:
    """The current answers of a contact, from all its conversations, a later one over an earlier one."""
    mine = Answer.conversation_id == conversation_id if contact_id is None else Answer.contact_id == contact_id
    rows = session.execute(
        select(Answer.question, Answer.value).where(mine, Answer.replaced_at.is_(None)).order_by(Answer.at, Answer.id)
    )
    return {question: value for question, value in rows}  # noqa: C416 - a row isn't a pair to mypy


def relayed(session: Session, key: str) -> Relay | None:
    return session.get(Relay, key)


def take_relay(session: Session, key: str, conversation_id: UUID | None, now: datetime) -> bool:
    """Whether this turn is ours to relay; False when it was taken before."""
    added = session.execute(
        insert(Relay)
        .values(key=key, conversation_id=conversation_id, at=now)
        .on_conflict_do_nothing()
        .returning(Relay.key)
    )
    return added.first() is not None


def remember_relay(session: Session, key: str, answer: str) -> None:
    session.execute(update(Relay).where(Relay.key == key).values(answer=answer))


def earlier_outcome(session: Session, patient_id: UUID) -> Outcome | None:
    value = session.scalar(
        select(Conversation.outcome)
        .where(Conversation.patient_id == patient_id, Conversation.outcome.is_not(None))
        .order_by(Conversation.started_at.desc())
        .limit(1)
    )
    return Outcome(value) if value is not None else None
