"""Attempts, what the carrier told of them, and the state that all dialers share."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.database.tables.base import Base
from outreach.database.tables.people import Contact, Patient
from outreach.domain.words import AttemptStatus

_ENDED_CALL = "status = 'ended' and purpose = 'call' and direction = 'outbound'"


class Attempt(Base):
    """One call or SMS, with a final disposition. `*_wall` is the machine's own time: for network time-outs only."""

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_patient_rang", "patient_id", "rang_at", postgresql_where=text("rang")),
        Index("ix_attempts_rang_at", "rang_at", postgresql_where=text("rang")),
        # Two people who share a telephone are never called at the same moment.
        Index(
            "uq_attempts_open_number",
            "number",
            unique=True,
            postgresql_where=text("status <> 'ended' and channel = 'voice' and direction = 'outbound'"),
        ),
        Index("ix_attempts_open", "status", postgresql_where=text("status <> 'ended'")),
        Index("ix_attempts_campaign", "campaign_id", "placed_at"),
        # The last calls, of a campaign and of all: what the brakes look at.
        Index("ix_attempts_campaign_ended", "campaign_id", "ended_at", postgresql_where=text(_ENDED_CALL)),
        Index("ix_attempts_ended", "ended_at", postgresql_where=text(_ENDED_CALL)),
        # We know whom we call; who calls us from a number that several patients gave is known by the birth date alone.
        CheckConstraint(
            "patient_id is not null or (direction = 'inbound' and contact_id is null)", name="unidentified_is_inbound"
        ),
        Index(
            "ix_attempts_unpriced",
            "ended_at",
            postgresql_where=text(
                "price is null and carrier_id is not null and price_asked < 5"
                " and (answered_at is not null or channel = 'sms')"
            ),
        ),
        Index(
            "ix_attempts_open_calls",
            "campaign_id",
            postgresql_where=text("status <> 'ended' and channel = 'voice' and direction = 'outbound'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patients.id"), index=True)
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id"))
    policy_version: Mapped[int | None]
    channel: Mapped[str]
    direction: Mapped[str]
    purpose: Mapped[str]
    number: Mapped[str] = mapped_column(index=True)
    caller: Mapped[str]
    carrier_id: Mapped[str | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default=AttemptStatus.PLACING)
    disposition: Mapped[str | None]
    rang: Mapped[bool] = mapped_column(default=False)
    human_answered: Mapped[bool] = mapped_column(default=False)
    right_party: Mapped[bool] = mapped_column(default=False)
    final: Mapped[bool] = mapped_column(default=False)
    answered_by: Mapped[str | None]
    voicemail_left: Mapped[bool] = mapped_column(default=False)
    error_code: Mapped[int | None]
    duration_seconds: Mapped[int | None]
    price: Mapped[Decimal | None]
    currency: Mapped[str | None]
    price_asked: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")
    claimed_at: Mapped[datetime]
    placed_at: Mapped[datetime | None]
    rang_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    claimed_wall: Mapped[datetime]
    heard_wall: Mapped[datetime]

    contact: Mapped[Contact | None] = relationship(lazy="raise")
    patient: Mapped[Patient | None] = relationship(lazy="raise")


class CarrierEvent(Base):
    """One callback of the carrier, kept so that a duplicate is known for what it is. Holds no personal data."""

    __tablename__ = "carrier_events"
    __table_args__ = (
        Index("uq_carrier_events_key", "key", unique=True),
        Index("ix_carrier_events_given_up", "id", postgresql_where=text("kind = 'given_up' and status is null")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"), index=True)
    kind: Mapped[str]
    status: Mapped[str | None]
    error_code: Mapped[int | None]
    at: Mapped[datetime]


class Pace(Base):
    """The first moment at which a sender may be used again: limits hold over all dialers together."""

    __tablename__ = "paces"

    sender: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]


class CarrierRest(Base):
    """Until when no dialer asks the carrier anything, for it was asked too much; at most one row."""

    __tablename__ = "carrier_rest"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until_wall: Mapped[datetime]


class Listener(Base):
    """A process that takes calls, and when the agent last answered it, by the machine's own time."""

    __tablename__ = "listeners"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    answered_wall: Mapped[datetime]


class CampaignShare(Base):
    """When a campaign was last given a call: the one that waited longest comes first, over all dialers."""

    __tablename__ = "campaign_shares"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    served_at: Mapped[datetime]


class ClockAnchor(Base):
    """Where the shared clock stood at a moment of the machine's own time; at most one row."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    setting: Mapped[str]
    anchor_wall: Mapped[datetime]
    anchor_shared: Mapped[datetime]
    rate: Mapped[float]
