"""What supervisors steer with: imports by page, policies to be allowed, wordings compared, alerts told elsewhere."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.database.tables.base import Base
from outreach.database.tables.desk import Alert
from outreach.database.tables.people import Campaign


class Import(Base):
    """A patients' file that came by page: looked through, then imported once somebody confirms.

    The file itself is on one machine, under the import's id; nothing of its content is here but positions and reasons.
    """

    __tablename__ = "imports"
    __table_args__ = (Index("ix_imports_campaign", "campaign_id", "uploaded_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    state: Mapped[str]
    bytes: Mapped[int] = mapped_column(BigInteger)
    machine: Mapped[str]
    rows: Mapped[int] = mapped_column(default=0)
    rows_done: Mapped[int] = mapped_column(default=0)
    preview: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None]
    uploaded_by: Mapped[str]
    uploaded_at: Mapped[datetime]
    confirmed_by: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    # The machine's own time: when whoever works on it last said so.
    seen_wall: Mapped[datetime]

    campaign: Mapped[Campaign] = relationship(lazy="raise")


class PolicyProposal(Base):
    """A policy looser than the default that a supervisor asks for; an administrator allows or refuses it in writing."""

    __tablename__ = "policy_proposals"
    __table_args__ = (
        Index("uq_policy_proposals_open", "campaign_id", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    base_version: Mapped[int]
    document: Mapped[dict[str, Any]]
    why: Mapped[str]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    state: Mapped[str]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]

    campaign: Mapped[Campaign] = relationship(lazy="raise")


class Wording(Base):
    """A version of what the agent says, as the agent last told it: key → {"voice", "sms"}."""

    __tablename__ = "wordings"

    version: Mapped[str] = mapped_column(primary_key=True)
    sentences: Mapped[dict[str, Any]]
    told_at: Mapped[datetime]


class Comparison(Base):
    """Two wordings compared on random halves of a campaign. `result`: what the last look found."""

    __tablename__ = "comparisons"
    __table_args__ = (
        Index("uq_comparisons_running", "campaign_id", unique=True, postgresql_where=text("state = 'running'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    first: Mapped[str]
    second: Mapped[str]
    most: Mapped[int]
    state: Mapped[str]
    result: Mapped[dict[str, Any] | None]
    started_by: Mapped[str]
    started_at: Mapped[datetime]
    ended_by: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]

    campaign: Mapped[Campaign] = relationship(lazy="raise")


class AlertMessage(Base):
    """What is to be told of an alert, by which way: written by the transaction that opens or settles it (a trigger).

    `*_wall` is the machine's own time, as network time-outs are.
    """

    __tablename__ = "alert_messages"
    __table_args__ = (
        UniqueConstraint("alert_id", "tells", "way"),
        Index("ix_alert_messages_waiting", "next_wall", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))
    alert_id: Mapped[UUID] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    tells: Mapped[str]
    way: Mapped[str]
    state: Mapped[str] = mapped_column(server_default="waiting")
    tries: Mapped[int] = mapped_column(server_default="0")
    next_wall: Mapped[datetime] = mapped_column(server_default=text("now()"))
    told_wall: Mapped[datetime | None]
    problem: Mapped[str | None]

    alert: Mapped[Alert] = relationship(lazy="raise")
