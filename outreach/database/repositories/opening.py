"""What opening reads: contacts whose time has come, and those whose hours ended (decision 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Row, func, literal, select, text
from sqlalchemy.orm import Session

from outreach.database.models import Campaign, Contact, Patient, PhoneNumber
from outreach.database.repositories.claiming import ABANDONED_AFTER, is_
from outreach.domain.words import CampaignStatus, ContactState

_OPENING = 7_310_844
_AWAITS_NO_SMS = text("(contacts.held_by is distinct from 'announcement_pending' or contacts.announced_at is not null)")
_AWAITS_SMS = text("contacts.held_by = 'announcement_pending' and contacts.announced_at is null")


def lock_opening(session: Session) -> bool:
    """Whether this transaction may open contacts; False while another dialer does."""
    row = session.execute(
        select(
            func.set_config("idle_in_transaction_session_timeout", ABANDONED_AFTER, True),
            func.pg_try_advisory_xact_lock(_OPENING),
        )
    ).one()
    return bool(row[1])


def running(session: Session) -> dict[UUID, tuple[dict[str, Any], dict[str, Any]]]:
    """The policy of each running campaign, and the lanes of its departments."""
    rows = session.execute(
        select(Campaign.id, Campaign.policy, Campaign.priorities).where(is_(Campaign.status, CampaignStatus.RUNNING))
    )
    return {row[0]: (row[1], row[2]) for row in rows}


# Each one's person is looked up: joined, with a thousand due, all patients might be read.
_DEPARTMENT = select(Patient.department).where(Patient.id == Contact.patient_id).correlate(Contact).scalar_subquery()


def due_groups(session: Session) -> Sequence[Row[UUID, str]]:
    """The campaigns and departments of which somebody is due."""
    return session.execute(
        select(Contact.campaign_id, _DEPARTMENT.label("department"))
        .where(is_(Contact.state, ContactState.DUE))
        .distinct()
    ).all()


def lock_due_of(session: Session, campaign_id: UUID, department: str) -> Sequence[UUID]:
    return session.scalars(
        select(Contact.id)
        .where(
            Contact.campaign_id == campaign_id, is_(Contact.state, ContactState.DUE), literal(department) == _DEPARTMENT
        )
        .with_for_update(skip_locked=True, of=Contact)
    ).all()


def how_many_due(session: Session, campaign_id: UUID) -> int:
    return (
        session.scalar(
            select(func.count())
            .select_from(Contact)
            .where(Contact.campaign_id == campaign_id, is_(Contact.state, ContactState.DUE))
        )
        or 0
    )


@dataclass(frozen=True, slots=True)
class FirstNumber:
    """Of the number that would be called, what it is."""

    kind: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact whose time has come, and the number that would be called."""

    contact_id: UUID
    department: str
    callback_from: datetime | None
    announced_at: datetime | None
    number: FirstNumber | None


def lock_waiting(
    session: Session,
    campaign_id: UUID,
    now: datetime,
    limit: int,
    *,
    lane: int | None = None,
    callbacks: bool = False,
    awaiting_sms: bool = False,
) -> Sequence[Waiting]:
    """Contacts whose time has come, the longest first, locked; those whose announcement is awaited are left out.

    `lane`: only those who stand in it. `callbacks`: only who asked to be called. `awaiting_sms`: only those left out
    else.
    """
    first_number = (
        select(PhoneNumber.kind)
        .where(PhoneNumber.patient_id == Contact.patient_id, PhoneNumber.unusable_since.is_(None))
        .order_by(PhoneNumber.rank)
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )
    rows = session.execute(
        select(
            Contact.id,
            _DEPARTMENT,
            Contact.callback_from,
            Contact.announced_at,
            first_number,
        )
        .where(
            Contact.campaign_id == campaign_id,
            is_(Contact.state, ContactState.WAITING),
            Contact.next_attempt_at <= now,
            _AWAITS_SMS if awaiting_sms else _AWAITS_NO_SMS,
            *([Contact.callback_from.is_not(None)] if callbacks else []),
            # Written in the statement: the index bears the lane before the time.
            *([Contact.lane == literal(lane, Integer(), literal_execute=True)] if lane is not None else []),
        )
        .order_by(Contact.next_attempt_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Contact)
    )
    return [
        Waiting(row[0], row[1], row[2], row[3], FirstNumber(row[4]) if row[4] is not None else None) for row in rows
    ]
