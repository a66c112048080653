"""Patients, their numbers, campaigns and contacts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.database.tables.base import Base
from outreach.domain.words import CampaignStatus, ContactState


class Patient(Base):
    """One insured person, known by a pseudonymous reference. Erased people keep the reference alone."""

    __tablename__ = "patients"
    __table_args__ = (
        Index(
            "ix_patients_regular_physician_rpps",
            "regular_physician_rpps",
            postgresql_where=text("regular_physician_rpps is not null"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reference: Mapped[str] = mapped_column(unique=True)
    civility: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str]
    first_name: Mapped[str] = mapped_column(default="")
    birth_date: Mapped[date | None]
    postal_code: Mapped[str]
    insee_code: Mapped[str | None]
    department: Mapped[str] = mapped_column(index=True)
    fund: Mapped[str | None]
    ehpad_finess: Mapped[str | None]
    legal_protection: Mapped[bool] = mapped_column(default=False)
    objected: Mapped[bool] = mapped_column(default=False)
    regular_physician_rpps: Mapped[str | None]
    language: Mapped[str | None]
    invented: Mapped[bool] = mapped_column(default=False)
    erased_at: Mapped[datetime | None]
    erased_because: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    numbers: Mapped[list["PhoneNumber"]] = relationship(
        back_populates="patient", order_by="PhoneNumber.rank", lazy="raise", cascade="all, delete-orphan"
    )


class PhoneNumber(Base):
    __tablename__ = "phone_numbers"
    __table_args__ = (UniqueConstraint("patient_id", "rank"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patients.id", ondelete="CASCADE"))
    rank: Mapped[int]
    e164: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str]
    unusable_since: Mapped[datetime | None]
    unusable_because: Mapped[str | None]

    patient: Mapped[Patient] = relationship(back_populates="numbers", lazy="raise")


class Campaign(Base):
    """A cohort, a contact policy, a period."""

    __tablename__ = "campaigns"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default=CampaignStatus.DRAFT)
    status_reason: Mapped[str | None]
    policy: Mapped[dict[str, Any]]
    policy_version: Mapped[int] = mapped_column(default=1)
    policy_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    # The last start or resumption: what failed before is no news to whoever resumed.
    calling_since: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    # The day by which all who were enrolled then had been told of the right to object, and when that was stated.
    informed_on: Mapped[date | None]
    informed_stated_at: Mapped[datetime | None]
    # The day by which everybody should have been contacted; nothing stops then.
    target_on: Mapped[date | None]
    # The lane of each department that has another one than the others (domain/priorities.py).
    priorities: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    # The version that the agent speaks, and the comparison under way: {"id", "versions": [first, second]}.
    wording: Mapped[str | None]
    comparison: Mapped[dict[str, Any] | None]


class PolicyVersion(Base):
    """A contact policy that a campaign has or had. Every version is kept: an attempt says under which it was made."""

    __tablename__ = "policy_versions"

    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]]
    reason: Mapped[str | None]
    by: Mapped[str]
    at: Mapped[datetime]


class Contact(Base):
    """A patient within a campaign, with a state."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "patient_id"),
        Index(
            "ix_contacts_next",
            "campaign_id",
            "next_attempt_at",
            postgresql_where=text("state in ('waiting', 'due')"),
        ),
        # What the dialer reads at every tick, each in the order in which it takes them (decision 9).
        Index(
            "ix_contacts_due",
            "campaign_id",
            text("(callback_from is null)"),
            "lane",
            "next_attempt_at",
            "id",
            postgresql_where=text("state = 'due'"),
        ),
        Index(
            "ix_contacts_to_open",
            "campaign_id",
            "lane",
            "next_attempt_at",
            postgresql_where=text(
                "state = 'waiting' and (held_by is distinct from 'announcement_pending' or announced_at is not null)"
            ),
        ),
        Index(
            "ix_contacts_callbacks",
            "campaign_id",
            "next_attempt_at",
            postgresql_where=text("state = 'waiting' and callback_from is not null"),
        ),
        Index(
            "ix_contacts_to_announce",
            "campaign_id",
            "next_attempt_at",
            postgresql_where=text("state = 'waiting' and held_by = 'announcement_pending' and announced_at is null"),
        ),
        Index("ix_contacts_campaign_state", "campaign_id", "state"),
        Index("ix_contacts_receipt", "receipt_due_at", postgresql_where=text("receipt_due_at is not null")),
        Index("ix_contacts_invitation", "invitation_due_at", postgresql_where=text("invitation_due_at is not null")),
        CheckConstraint(
            "state not in ('accepted', 'refused', 'opted_out', 'deceased') or next_attempt_at is null",
            name="settled_has_no_next_attempt",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patients.id"), index=True)
    state: Mapped[str] = mapped_column(default=ContactState.WAITING)
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None]
    callback_from: Mapped[datetime | None]
    callback_to: Mapped[datetime | None]
    announced_at: Mapped[datetime | None]
    receipt_due_at: Mapped[datetime | None]
    invitation_due_at: Mapped[datetime | None]
    held_by: Mapped[str | None]
    held_since: Mapped[datetime | None]
    # Which queue of the campaign this one stands in (domain/priorities.py).
    lane: Mapped[int] = mapped_column(SmallInteger, default=1, server_default="1")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    patient: Mapped[Patient] = relationship(lazy="raise")
    campaign: Mapped[Campaign] = relationship(lazy="raise")


class ContactEvent(Base):
    """One change of a contact's state."""

    __tablename__ = "contact_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("contacts.id"), index=True)
    before: Mapped[str]
    after: Mapped[str]
    reason: Mapped[str | None]
    at: Mapped[datetime]


class Suppression(Base):
    """A person or a number that must not be contacted any more.

    Kept by reference and by number rather than by key, so that it survives a re-import, an erasure or a merge (rule 9).
    """

    __tablename__ = "suppressions"
    __table_args__ = (
        CheckConstraint("reference is not null or number is not null", name="suppresses_something"),
        Index("ix_suppressions_reference", "reference"),
        Index("ix_suppressions_number", "number"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    reference: Mapped[str | None]
    number: Mapped[str | None]
    scope: Mapped[str]
    reason: Mapped[str]
    since: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    lifted_because: Mapped[str | None]
