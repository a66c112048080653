"""Queries on contacts: who is due, who is the person's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, and_, exists, func, select, text, true, update
from sqlalchemy.orm import Session, contains_eager, joinedload

from outreach.database.models import Attempt, Campaign, Contact, Patient
from outreach.domain.words import (
    AttemptStatus,
    CampaignStatus,
    Channel,
    ContactState,
)


def lock(session: Session, contact_id: UUID) -> Contact:
    return session.scalars(
        select(Contact)
        .where(Contact.id == contact_id)
        .options(joinedload(Contact.campaign), joinedload(Contact.patient).selectinload(Patient.numbers))
        .with_for_update(of=Contact)
        .execution_options(populate_existing=True)
    ).one()


def with_patients(session: Session, ids: Sequence[UUID]) -> Sequence[Contact]:
    """Contacts that are locked already, with patient and campaign."""
    return session.scalars(
        select(Contact)
        .where(Contact.id.in_(ids))
        .options(joinedload(Contact.campaign), joinedload(Contact.patient))
        .execution_options(populate_existing=True)
    ).all()


def next_to_announce(session: Session, now: datetime, passed_over: Sequence[UUID]) -> Contact | None:
    """The next contact whose first call must be announced, locked: of those that the opening holds back for it."""
    first_of_each = (
        select(Contact.id, Contact.next_attempt_at)
        .where(
            Contact.campaign_id == Campaign.id,
            text("contacts.state = 'waiting' and contacts.held_by = 'announcement_pending'"),
            Contact.announced_at.is_(None),
            Contact.next_attempt_at <= now,
            Contact.id.not_in(passed_over),
        )
        .order_by(Contact.next_attempt_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Contact)
        .lateral()
    )
    first = session.scalar(
        select(first_of_each.c.id)
        .select_from(Campaign)
        .join(first_of_each, true())
        .where(Campaign.status == CampaignStatus.RUNNING)
        .order_by(first_of_each.c.next_attempt_at)
        .limit(1)
    )
    if first is None:
        return None
    return session.scalars(select(Contact).where(Contact.id == first).options(joinedload(Contact.campaign))).one()


def next_receipt(session: Session, now: datetime, passed_over: Sequence[UUID]) -> Contact | None:
    """The next contact to whom a receipt by SMS is owed, locked."""
    return session.scalar(
        select(Contact)
        .where(Contact.receipt_due_at <= now, Contact.id.not_in(passed_over))
        .options(joinedload(Contact.campaign))
        .order_by(Contact.receipt_due_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Contact)
    )


def next_invitation(session: Session, now: datetime, passed_over: Sequence[UUID]) -> Contact | None:
    """The next contact to be invited by SMS, for calls keep missing, locked."""
    return session.scalar(
        select(Contact)
        .join(Contact.campaign)
        .where(
            Contact.invitation_due_at <= now,
            Contact.state.in_((ContactState.WAITING, ContactState.DUE, ContactState.EXHAUSTED)),
            Campaign.status == CampaignStatus.RUNNING,
            Contact.id.not_in(passed_over),
        )
        .options(contains_eager(Contact.campaign))
        .order_by(Contact.invitation_due_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=Contact)
    )


def of_person(session: Session, patient_id: UUID) -> Sequence[Contact]:
    """Every contact of a person, over all campaigns, locked in one order."""
    return session.scalars(
        select(Contact)
        .where(Contact.patient_id == patient_id)
        .options(joinedload(Contact.campaign))
        .order_by(Contact.id)
        .with_for_update(of=Contact)
        .execution_options(populate_existing=True)
    ).all()


def current_of_person(session: Session, patient_id: UUID) -> Contact | None:
    """The contact to which an inbound call or SMS belongs: of a campaign that is not stopped first, the newest."""
    return session.scalar(
        select(Contact)
        .join(Contact.campaign)
        .where(Contact.patient_id == patient_id)
        .options(contains_eager(Contact.campaign))
        .order_by(
            (Campaign.status == CampaignStatus.STOPPED).asc(),
            (Campaign.status == CampaignStatus.DRAFT).asc(),
            Contact.created_at.desc(),
        )
        .limit(1)
        .with_for_update(of=Contact)
    )


def has_open_call(session: Session, patient_id: UUID) -> bool:
    return bool(
        session.scalar(
            select(
                exists().where(
                    Attempt.patient_id == patient_id,
                    Attempt.channel == Channel.VOICE,
                    Attempt.status != AttemptStatus.ENDED,
                )
            )
        )
    )


def schedule_department(session: Session, campaign_id: UUID, department: str, at: datetime) -> None:
    """Gives one time to all the waiting contacts of a department that have none."""
    session.execute(
        update(Contact)
        .where(
            and_(
                Contact.campaign_id == campaign_id,
                Contact.state == ContactState.WAITING,
                Contact.next_attempt_at.is_(None),
                Contact.patient_id.in_(select(Patient.id).where(Patient.department == department)),
            )
        )
        .values(next_attempt_at=at)
        .execution_options(synchronize_session=False)
    )


def set_lane(session: Session, campaign_id: UUID, departments: Sequence[str], lane: int, states: Sequence[str]) -> int:
    """Moves those contacts of these departments that are in one of these states to a lane. Returns how many moved."""
    moved: CursorResult[Any] = session.execute(  # type: ignore[assignment]  # an update's result has a rowcount
        update(Contact)
        .where(
            Contact.campaign_id == campaign_id,
            Contact.state.in_(states),
            Contact.lane != lane,
            Contact.patient_id.in_(select(Patient.id).where(Patient.department.in_(departments))),
        )
        .values(lane=lane)
        .execution_options(synchronize_session=False)
    )
    return moved.rowcount


def unscheduled_departments(session: Session, campaign_id: UUID) -> Sequence[str]:
    return session.scalars(
        select(Patient.department)
        .join(Contact, Contact.patient_id == Patient.id)
        .where(
            Contact.campaign_id == campaign_id,
            Contact.state == ContactState.WAITING,
            Contact.next_attempt_at.is_(None),
        )
        .distinct()
    ).all()


def states(session: Session, campaign_id: UUID) -> dict[str, int]:
    rows = session.execute(
        select(Contact.state, func.count()).where(Contact.campaign_id == campaign_id).group_by(Contact.state)
    )
    return {state: count for state, count in rows}  # noqa: C416 - a row isn't a pair to mypy
