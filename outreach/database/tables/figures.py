"""The figures as they are kept: what each row contributes to them, their sums, and what changed since (decision 19)."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, SmallInteger, String, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from outreach.database.tables.base import Base


class FigureChange(Base):
    """Somebody of whom something changed that figures count. Only added to, so that no writer waits for another.

    `person_id`: a patient, or a request that is nobody's.
    """

    __tablename__ = "figure_changes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[UUID]
    at_wall: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class CallFact(Base):
    """One attempt, as the figures last counted it. `local_half_hour`: on the patient's clock."""

    __tablename__ = "call_facts"
    __table_args__ = (
        Index("ix_call_facts_person", "person_id"),
        # Who is behind a cell.
        Index("ix_call_facts_half_hour", "local_half_hour"),
        Index("ix_call_facts_department", "department"),
        Index("ix_call_facts_number", "number_of_call"),
        Index("ix_call_facts_channel", "channel"),
        Index("ix_call_facts_accepted", "person_id", postgresql_where=text("accepted")),
        Index("ix_call_facts_refused", "person_id", postgresql_where=text("refused")),
    )

    attempt_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    is_call: Mapped[bool]
    number_of_call: Mapped[int | None] = mapped_column(SmallInteger)
    local_half_hour: Mapped[datetime] = mapped_column(DateTime(timezone=False))
    channel: Mapped[str]
    number_kind: Mapped[str]
    department: Mapped[str]
    age: Mapped[str]
    ehpad: Mapped[bool]
    caller: Mapped[str]
    rang: Mapped[bool]
    human_answered: Mapped[bool]
    right_party: Mapped[bool]
    accepted: Mapped[bool]
    refused: Mapped[bool]


class ContactFact(Base):
    """One contact, as the figures last counted it. `steps`: those of the funnel at which the person has been."""

    __tablename__ = "contact_facts"
    __table_args__ = (Index("ix_contact_facts_person", "person_id"),)

    contact_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    department: Mapped[str]
    age: Mapped[str]
    ehpad: Mapped[bool]
    state: Mapped[str]
    held_by: Mapped[str | None]
    waits_for: Mapped[str | None]
    steps: Mapped[list[str]] = mapped_column(ARRAY(String()))


class ConversationFact(Base):
    """One conversation, as the figures last counted it: the questions that it asked, and the last of them."""

    __tablename__ = "conversation_facts"
    __table_args__ = (
        Index("ix_conversation_facts_person", "person_id"),
        Index("ix_conversation_facts_abandoned", "person_id", postgresql_where=text("outcome = 'abandoned'")),
    )

    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    outcome: Mapped[str | None]
    asked: Mapped[list[str]] = mapped_column(ARRAY(String()))
    last_asked: Mapped[str | None]


class RequestFact(Base):
    """One request, as the figures last counted it. Days are those of Paris."""

    __tablename__ = "request_facts"
    __table_args__ = (Index("ix_request_facts_person", "person_id"),)

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    department: Mapped[str]
    is_open: Mapped[bool]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    delay: Mapped[str]


class Figure(Base):
    """One sum: how many rows, and how many people they speak of. The campaign of zeros is all campaigns together."""

    __tablename__ = "figures"
    __table_args__ = (
        CheckConstraint("(count > 0) = (people > 0) and count >= people and people >= 0", name="speaks_of_people"),
    )

    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    breakdown: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInteger)
    people: Mapped[int] = mapped_column(BigInteger)


class FigureKeeper(Base):
    """When a process that looks after the figures last did, by the machine's own time; at most one row.

    `version`: another one each time that a sum moved.
    """

    __tablename__ = "figure_keepers"
    __table_args__ = (CheckConstraint(text("id = 1"), name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_wall: Mapped[datetime]
    version: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())


class PublishedFigures(Base):
    """What of a campaign's sums is published, as last worked out; the campaign of zeros is all together (decision 25).

    `sums`: JSON, by breakdown: label, measure, count, people. `hidden`: JSON, which of them nobody may see. It holds no
    more than `figures` did. `version`: another one with each writing.
    """

    __tablename__ = "published_figures"

    campaign_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[UUID] = mapped_column(server_default=func.gen_random_uuid())
    sums: Mapped[str] = mapped_column(Text)
    hidden: Mapped[str] = mapped_column(Text)


class FigurePublisher(Base):
    """When somebody last saw to it that what is published is the newest, by the machine's own time; at most one row.

    `as_of`: all that was committed before is in it. `figures_version`: of which sums it was made.
    """

    __tablename__ = "figure_publishers"
    __table_args__ = (CheckConstraint(text("id = 1"), name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_wall: Mapped[datetime]
    as_of: Mapped[datetime]
    figures_version: Mapped[UUID | None]
