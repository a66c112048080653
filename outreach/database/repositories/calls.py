"""Queries of the telephone room: where one call stands, in one round trip and few columns, for every turn asks it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, selectinload

from outreach.database.hasty import Hasty
from outreach.database.models import Attempt, Conversation, Patient, Relay

# Tables, not classes: a row of plain values costs a third of what the mapper's own way takes.
_ATTEMPTS = Attempt.metadata.tables[Attempt.__tablename__]
_CONVERSATIONS = Conversation.metadata.tables[Conversation.__tablename__]
_RELAYS = Relay.metadata.tables[Relay.__tablename__]

_STANDING = (
    select(
        _ATTEMPTS.c.id,
        _ATTEMPTS.c.channel,
        _ATTEMPTS.c.carrier_id,
        _ATTEMPTS.c.caller,
        _ATTEMPTS.c.status,
        _ATTEMPTS.c.answered_by,
        _ATTEMPTS.c.voicemail_left,
        _CONVERSATIONS.c.id.label("conversation_id"),
        _CONVERSATIONS.c.outcome,
        _CONVERSATIONS.c.ended_at.label("conversation_ended_at"),
    )
    .outerjoin(_CONVERSATIONS, _CONVERSATIONS.c.attempt_id == _ATTEMPTS.c.id)
    .where(_ATTEMPTS.c.id == bindparam("attempt_id"))
    .limit(1)
)
# Nothing is taken for a conversation or a carrier's id that isn't the attempt's own.
_TAKEN = (
    insert(_RELAYS)
    .from_select(
        ["key", "conversation_id", "at"],
        select(
            bindparam("key", type_=_RELAYS.c.key.type),
            _CONVERSATIONS.c.id,
            bindparam("now", type_=_RELAYS.c.at.type),
        )
        .join_from(_CONVERSATIONS, _ATTEMPTS, _CONVERSATIONS.c.attempt_id == _ATTEMPTS.c.id)
        .where(
            _ATTEMPTS.c.id == bindparam("attempt_id"),
            _CONVERSATIONS.c.id == bindparam("conversation_id"),
            or_(_ATTEMPTS.c.carrier_id.is_(None), _ATTEMPTS.c.carrier_id == bindparam("carrier_id")),
        ),
    )
    .on_conflict_do_nothing()
    .returning(_RELAYS.c.key)
    .cte("taken")
)
_STANDING_TAKING = _STANDING.add_columns(exists(select(_TAKEN)).label("taken"))


def standing(
    session: Session, attempt_id: UUID
) -> Row[UUID, str, str | None, str, str, str | None, bool, UUID, str | None, datetime | None] | None:
    """`conversation_id` is None when no conversation has begun."""
    return session.execute(_STANDING, {"attempt_id": attempt_id}).first()


def standing_taking(
    hasty: Hasty, attempt_id: UUID, conversation_id: UUID, carrier_id: str, key: str, now: datetime
) -> Any:
    """The same, and whether the turn `key` of this conversation, which this takes, had been taken by nobody."""
    taking = {"conversation_id": conversation_id, "carrier_id": carrier_id, "key": key, "now": now}
    return hasty.first(_STANDING_TAKING, {"attempt_id": attempt_id, **taking})


def patient_of(session: Session, attempt_id: UUID) -> Patient | None:
    return session.scalar(
        select(Patient)
        .join(Attempt, Attempt.patient_id == Patient.id)
        .where(Attempt.id == attempt_id)
        .options(selectinload(Patient.numbers))
    )
