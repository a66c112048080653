"""Queries on conversations, turns, answers and relayed turns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from outreach.database.hasty import Hasty
from outreach.database.models import Answer, Attempt, Contact, Conversation, Relay, Turn
from outreach.domain.words import Channel, Outcome, Question, Speaker

_TURNS = Turn.metadata.tables[Turn.__tablename__]
_ANSWERS = Answer.metadata.tables[Answer.__tablename__]
_RELAYS = Relay.metadata.tables[Relay.__tablename__]

# Of every turn: written once, so that they are not put together and compiled anew each time.
_ATTEMPT_OF = (
    select(Attempt.id)
    .where(
        Attempt.id
        == select(Conversation.attempt_id).where(Conversation.id == bindparam("conversation_id")).scalar_subquery()
    )
    .with_for_update()
)
_CONVERSATION = (
    select(Conversation)
    .where(Conversation.id == bindparam("conversation_id"))
    .options(joinedload(Conversation.patient), joinedload(Conversation.contact).joinedload(Contact.campaign))
    .with_for_update(of=Conversation)
    .execution_options(populate_existing=True)
)
_NEXT_POSITION = (
    select(func.coalesce(func.max(Turn.position), 0) + 1)
    .where(Turn.conversation_id == bindparam("of_conversation"))
    .scalar_subquery()
)
_ADD_TURN = insert(_TURNS).values(position=_NEXT_POSITION).returning(_TURNS.c.position)
_REPLACE_ANSWER = (
    update(_ANSWERS)
    .where(
        Answer.conversation_id == bindparam("of_conversation"),
        Answer.question == bindparam("to_question"),
        Answer.replaced_at.is_(None),
    )
    .values(replaced_at=bindparam("now"))
)
_ADD_ANSWER = insert(_ANSWERS)
_TAKE_RELAY = insert(_RELAYS).on_conflict_do_nothing().returning(_RELAYS.c.key)
_REMEMBER_RELAY = update(_RELAYS).where(_RELAYS.c.key == bindparam("of_key")).values(answer=bindparam("said"))
_CURRENT = select(Answer.question, Answer.value).where(Answer.replaced_at.is_(None)).order_by(Answer.at, Answer.id)
_ANSWERS_OF_CONTACT = _CURRENT.where(Answer.contact_id == bindparam("contact_id"))
_ANSWERS_OF_CONVERSATION = _CURRENT.where(Answer.conversation_id == bindparam("conversation_id"))


def lock(session: Session, conversation_id: UUID) -> Conversation | None:
    """The conversation, its attempt locked before it: everybody locks them in this order."""
    wanted = {"conversation_id": conversation_id}
    if session.scalar(_ATTEMPT_OF, wanted) is None:
        return None
    return session.scalar(_CONVERSATION, wanted)


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


def open_by_sms_from(session: Session, number: str) -> Conversation | None:
    """The exchange by SMS that is still going on with this number, whosever it is."""
    return session.scalar(
        select(Conversation)
        .join(Attempt, Attempt.id == Conversation.attempt_id)
        .where(Attempt.number == number, Conversation.channel == Channel.SMS, Conversation.ended_at.is_(None))
        .order_by(Conversation.started_at.desc())
        .limit(1)
    )


def last_heard(session: Session, conversation_id: UUID) -> datetime | None:
    """When the patient last said something; None when they never did."""
    return session.scalar(
        select(func.max(Turn.at)).where(Turn.conversation_id == conversation_id, Turn.speaker == Speaker.PATIENT)
    )


def end_others_by_sms(session: Session, conversation: Conversation, outcome: Outcome, now: datetime) -> None:
    """One exchange at a time with a person: what they say over this one is answered here."""
    session.execute(
        update(Conversation)
        .where(
            Conversation.patient_id == conversation.patient_id,
            Conversation.id != conversation.id,
            Conversation.channel == Channel.SMS,
            Conversation.ended_at.is_(None),
        )
        .values(outcome=func.coalesce(Conversation.outcome, outcome), ended_at=now)
        .execution_options(synchronize_session=False)
    )


def hand_answers_to(session: Session, conversation_id: UUID, contact_id: UUID) -> None:
    """What was answered before it was known who answers."""
    session.execute(
        update(Answer)
        .where(Answer.conversation_id == conversation_id)
        .values(contact_id=contact_id)
        .execution_options(synchronize_session=False)
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


def add_turn(
    session: Session,
    conversation_id: UUID,
    speaker: Speaker,
    text: str,
    at: datetime,
    asks: Question | None,
    wording: str | None,
) -> Turn:
    """Adds a turn after the last one. The conversation's lock keeps everybody else from doing so meanwhile."""
    row = {
        "id": uuid4(),
        "conversation_id": conversation_id,
        "speaker": speaker,
        "text": text,
        "asks": asks,
        "wording": wording,
        "at": at,
    }
    position = session.execute(_ADD_TURN, {**row, "of_conversation": conversation_id}).scalar_one()
    # Not for the session to watch: nothing changes a turn.
    return Turn(**row, position=position)


def replace_answer(
    session: Session, conversation: Conversation, question: Question, value: Any, turn_id: UUID, now: datetime
) -> None:
    """The one that it replaces stays, marked."""
    session.execute(_REPLACE_ANSWER, {"of_conversation": conversation.id, "to_question": question, "now": now})
    session.execute(
        _ADD_ANSWER,
        {
            "conversation_id": conversation.id,
            "contact_id": conversation.contact_id,
            "question": question,
            "value": value,
            "turn_id": turn_id,
            "at": now,
        },
    )


def known_answers(session: Session, contact_id: UUID | None, conversation_id: UUID) -> dict[str, Any]:
    """The current answers of a contact, from all its conversations, a later one over an earlier one."""
    rows = (
        session.execute(_ANSWERS_OF_CONVERSATION, {"conversation_id": conversation_id})
        if contact_id is None
        else session.execute(_ANSWERS_OF_CONTACT, {"contact_id": contact_id})
    )
    return {question: value for question, value in rows}  # noqa: C416 - a row isn't a pair to mypy


def unanswered_relays(session: Session, conversation_id: UUID) -> Sequence[str]:
    """The turns of a conversation that were taken and have no answer yet."""
    return session.scalars(
        select(Relay.key).where(Relay.conversation_id == conversation_id, Relay.answer.is_(None))
    ).all()


def relayed_in(session: Session, key: str) -> UUID | None:
    """The conversation in which a turn was taken to be relayed."""
    return session.scalar(select(Relay.conversation_id).where(Relay.key == key))


def relayed(session: Session, key: str) -> str | None:
    """What was answered; None while nothing is."""
    return session.scalar(select(Relay.answer).where(Relay.key == key))


def take_relay(session: Session, key: str, conversation_id: UUID | None, now: datetime) -> bool:
    """Whether this turn is ours to relay; False when it was taken before."""
    taken = {"key": key, "conversation_id": conversation_id, "at": now}
    return session.execute(_TAKE_RELAY, taken).first() is not None


def remember_relay(session: Session, key: str, answer: str) -> None:
    session.execute(_REMEMBER_RELAY, {"of_key": key, "said": answer})


def remember_relays(hasty: Hasty, answers: Sequence[tuple[str, str]]) -> None:
    hasty.run(_REMEMBER_RELAY, [{"of_key": key, "said": answer} for key, answer in answers])
