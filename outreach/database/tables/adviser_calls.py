"""Calls that advisers ask for: theirs is rung first, then the person is called by an attempt of their own."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from outreach.database.tables.base import Base
from outreach.domain.words import AdviserCallState

_OPEN = "state not in ('ended', 'refused')"


class AdviserCall(Base):
    """One press of the button. `carrier_id` is the adviser's own call; the person's is the attempt's.

    `*_wall` is the machine's own time: for network time-outs only.
    """

    __tablename__ = "adviser_calls"
    __table_args__ = (
        # One telephone an adviser, one call a request: the second press finds the first.
        Index("uq_adviser_calls_request", "request_id", unique=True, postgresql_where=text(_OPEN)),
        Index("uq_adviser_calls_account", "account_id", unique=True, postgresql_where=text(_OPEN)),
        Index("ix_adviser_calls_open", "state", postgresql_where=text(_OPEN)),
        Index("ix_adviser_calls_request", "request_id", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    request_id: Mapped[UUID] = mapped_column(ForeignKey("requests.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    patient_id: Mapped[UUID] = mapped_column(ForeignKey("patients.id"), index=True)
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"), unique=True)
    number: Mapped[str]
    telephone: Mapped[str]
    caller: Mapped[str]
    state: Mapped[str] = mapped_column(default=AdviserCallState.ASKED)
    reasons: Mapped[list[str]] = mapped_column(default=list)
    result: Mapped[str | None]
    carrier_id: Mapped[str | None] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    claimed_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    asked_wall: Mapped[datetime]
    claimed_wall: Mapped[datetime | None]
    heard_wall: Mapped[datetime]

    def __repr__(self) -> str:
        return f"<AdviserCall {self.id} {self.state}>"
