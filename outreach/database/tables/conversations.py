"""What was said, what was answered, what was consented to."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy import Identity as Counter
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.database.tables.base import Base
from outreach.database.tables.people import Contact, Patient
from outreach.domain.words import Identity


class Conversation(Base):
    """What was said over one call, or over one SMS exchange. Its id is Rasa's sender id.

    It is nobody's as long as nobody has told which of the patients of a shared number is speaking.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        CheckConstraint("patient_id is not null or contact_id is null", name="unidentified_has_no_contact"),
        Index("ix_conversations_to_empty", "ended_at", postgresql_where=text("emptied_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"), index=True)
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patients.id"), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    channel: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    identity: Mapped[str] = mapped_column(default=Identity.UNCHECKED)
    wrong_birth_dates: Mapped[int] = mapped_column(default=0)
    dialogue: Mapped[dict[str, Any]] = mapped_column(default=dict)
    emptied_at: Mapped[datetime | None]

    patient: Mapped[Patient | None] = relationship(lazy="raise")
    contact: Mapped[Contact | None] = relationship(lazy="raise")


class Turn(Base):
    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("conversation_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    position: Mapped[int]
    speaker: Mapped[str]
    text: Mapped[str]
    asks: Mapped[str | None]
    wording: Mapped[str | None]
    at: Mapped[datetime]


class Answer(Base):
    """One answer; a later one to the same question replaces it, and the old one stays."""

    __tablename__ = "answers"
    __table_args__ = (
        Index(
            "uq_answers_current",
            "conversation_id",
            "question",
            unique=True,
            postgresql_where=text("replaced_at is null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    question: Mapped[str]
    value: Mapped[Any] = mapped_column(JSONB())
    turn_id: Mapped[UUID] = mapped_column(ForeignKey("turns.id"))
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class Consent(Base):
    """A row of the ledger: added, never changed, never deleted (rule 10; the database itself refuses)."""

    __tablename__ = "consents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    # Several rows may bear the same instant: the order of writing tells which holds.
    position: Mapped[int] = mapped_column(BigInteger, Counter(), unique=True)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patients.id"), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    turn_id: Mapped[UUID | None] = mapped_column(ForeignKey("turns.id"))
    kind: Mapped[str]
    state: Mapped[str]
    wording: Mapped[str]
    channel: Mapped[str]
    at: Mapped[datetime]


class Relay(Base):
    """One turn relayed to the agent, with what was answered: the same turn delivered twice gets the same answer."""

    __tablename__ = "relays"
    __table_args__ = (Index("ix_relays_at", "at", postgresql_using="brin"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    answer: Mapped[str | None]
    at: Mapped[datetime]
