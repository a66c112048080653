"""What advisers work on: requests, offers, alerts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, FetchedValue, ForeignKey, Index, SmallInteger, event, text
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from outreach.database.tables.accounts import Account
from outreach.database.tables.base import Base
from outreach.database.tables.people import Campaign, Patient
from outreach.domain import service_levels
from outreach.domain.words import Mobility, OfferStatus, RequestStatus

_OPEN = "status in ('new', 'claimed', 'offered')"


class Request(Base):
    """What a patient hands to the advisers; a conversation that is nobody's hands it over without a patient."""

    __tablename__ = "requests"
    __table_args__ = (
        CheckConstraint("patient_id is not null or conversation_id is not null", name="comes_from_somewhere"),
        CheckConstraint(
            "status <> 'claimed' or (claimed_by is not null and claim_expires_at is not null)", name="claim_is_a_lease"
        ),
        CheckConstraint("status <> 'new' or claimed_by is null", name="new_is_nobodys"),
        # The queue is read in the order of these, whole or of one department, and never sorted.
        Index("ix_requests_queue", "rank", "due_at", "id", postgresql_where=text(_OPEN)),
        Index("ix_requests_queue_department", "department", "rank", "due_at", "id", postgresql_where=text(_OPEN)),
        # Of the mobilities that few have, one is found without reading the many.
        *(
            Index(
                f"ix_requests_queue_{mobility.value}",
                "rank",
                "due_at",
                "id",
                postgresql_where=text(f"{_OPEN} and mobility @> '[\"{mobility.value}\"]'::jsonb"),
            )
            for mobility in (Mobility.HOME_VISIT, Mobility.TRANSPORT_NEEDED, Mobility.WHEELCHAIR)
        ),
        Index("ix_requests_held", "claimed_by", "rank", "due_at", "id", postgresql_where=text(_OPEN)),
        Index("ix_requests_leases", "claim_expires_at", postgresql_where=text("status = 'claimed'")),
        Index("ix_requests_over", "closed_at", "id", postgresql_where=text("status in ('closed', 'withdrawn')")),
        Index(
            "uq_requests_open_kind",
            "patient_id",
            "kind",
            unique=True,
            postgresql_where=text(_OPEN),
        ),
        Index(
            "ix_requests_load",
            "department",
            "kind",
            "status",
            postgresql_where=text(_OPEN),
        ),
    )

    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy reads it as a class attribute

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patients.id"), index=True)
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("contacts.id"), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"))
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default=RequestStatus.NEW)
    department: Mapped[str]
    mobility: Mapped[list[str]] = mapped_column(default=list)
    max_travel_minutes: Mapped[int | None]
    max_travel_km: Mapped[int | None]
    area: Mapped[dict[str, Any] | None]
    preference: Mapped[dict[str, Any] | None]
    callback_from: Mapped[datetime | None]
    callback_to: Mapped[datetime | None]
    claimed_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    claimed_at: Mapped[datetime | None]
    claim_expires_at: Mapped[datetime | None]
    # Who passed it on to the adviser that holds it now, until that one has seen it.
    passed_on_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    result: Mapped[str | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # Both follow from the others (`_place`); kept, so that the queue is read in the order of an index.
    rank: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[datetime]
    # One more with each change but a renewed lease: the database counts, whoever writes.
    version: Mapped[int] = mapped_column(server_default="1", server_onupdate=FetchedValue())

    patient: Mapped[Patient | None] = relationship(lazy="raise")
    adviser: Mapped[Account | None] = relationship(lazy="raise", foreign_keys=claimed_by)


@event.listens_for(Request, "before_insert")
@event.listens_for(Request, "before_update")
def _place(_: Mapper[Request], __: Any, request: Request) -> None:
    """Its place in the queue, whoever writes it."""
    status = request.status or RequestStatus.NEW
    request.rank = service_levels.rank_of(request.kind, status, request.callback_from)
    request.due_at = service_levels.due_at(request.kind, request.created_at, request.callback_from)


class RequestEvent(Base):
    """One act on a request: who did what, when. `document`: what it changed, as it was `before` and is `after`."""

    __tablename__ = "request_events"

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    act: Mapped[str]
    note: Mapped[str | None]
    document: Mapped[dict[str, Any] | None]
    # The act that this one takes back: once.
    undoes: Mapped[int | None] = mapped_column(ForeignKey("request_events.id"), unique=True)
    at: Mapped[datetime]

    account: Mapped[Account | None] = relationship(lazy="raise")


class FormKey(Base):
    """A form that was sent, so that it does nothing twice. `address`: where whoever sent it was led."""

    __tablename__ = "form_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(index=True)


class Draft(Base):
    """What somebody typed into a form and sent once their session had ended: theirs alone, until it is sent again."""

    __tablename__ = "drafts"
    __table_args__ = (Index("uq_drafts_account_form", "account_id", "form", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), index=True)
    form: Mapped[str]
    fields: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)

    def __repr__(self) -> str:
        return f"<Draft {self.id}>"


class Task(Base):
    """What an adviser has promised to do for somebody, and when. It is open until it is done."""

    __tablename__ = "tasks"
    __table_args__ = (
        Index("ix_tasks_open", "due_at", postgresql_where=text("done_at is null")),
        Index(
            "uq_tasks_follow_up",
            "request_id",
            "kind",
            unique=True,
            postgresql_where=text("kind in ('follow_up_30', 'follow_up_90')"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), index=True)
    kind: Mapped[str]
    due_at: Mapped[datetime]
    # Nobody's is the team's.
    assigned_to: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    note: Mapped[str | None]
    created_at: Mapped[datetime]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    outcome: Mapped[str | None]

    request: Mapped[Request] = relationship(lazy="raise")
    assignee: Mapped[Account | None] = relationship(lazy="raise", foreign_keys=[assigned_to])


class Offer(Base):
    """One request proposed to one physician."""

    __tablename__ = "offers"
    __table_args__ = (
        Index(
            "uq_offers_one_proposed",
            "request_id",
            unique=True,
            postgresql_where=text("status = 'proposed'"),
        ),
        Index("ix_offers_rpps", "rpps"),
        Index("ix_offers_open", "expires_at", postgresql_where=text("status = 'proposed'")),
        CheckConstraint("declared_on is null or status = 'accepted'", name="declared_was_accepted"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"), index=True)
    rpps: Mapped[str] = mapped_column(ForeignKey("volunteers.rpps"))
    status: Mapped[str] = mapped_column(default=OfferStatus.PROPOSED)
    reason: Mapped[str | None]
    note: Mapped[str | None]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    appointment_at: Mapped[datetime | None]
    appointment_place: Mapped[str | None]
    declared_on: Mapped[date | None]

    request: Mapped[Request] = relationship(lazy="raise")


class VolunteerCall(Base):
    """A call to a physician who might volunteer, and what came of it."""

    __tablename__ = "volunteer_calls"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    # The register's number, not a key: a physician may leave the register.
    rpps: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    result: Mapped[str]
    note: Mapped[str | None]

    account: Mapped[Account] = relationship(lazy="raise")


class Alert(Base):
    """Something a human must look at now. What happens again to a campaign while it is open adds to `count`."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(
            "uq_alerts_open_campaign_kind",
            "campaign_id",
            "kind",
            unique=True,
            postgresql_where=text("settled_at is null and campaign_id is not null"),
        ),
        Index("ix_alerts_open", "at", postgresql_where=text("settled_at is null")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    patient_id: Mapped[UUID | None] = mapped_column(ForeignKey("patients.id"))
    campaign_id: Mapped[UUID | None] = mapped_column(ForeignKey("campaigns.id"))
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"))
    what_to_do: Mapped[str]
    at: Mapped[datetime]
    last_at: Mapped[datetime | None]
    count: Mapped[int] = mapped_column(default=1)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]

    campaign: Mapped[Campaign | None] = relationship(lazy="raise")
