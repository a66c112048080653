"""What has been kept long enough."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, selectinload

from outreach.database.models import (
    Attempt,
    AuditEntry,
    Campaign,
    Contact,
    Conversation,
    Patient,
    Relay,
    Request,
    Task,
)
from outreach.database.repositories.requests_of import OPEN
from outreach.domain.states import FINAL
from outreach.domain.words import CampaignStatus

_ONE_AT_A_TIME = 0x7265746E


def try_lock(session: Session) -> bool:
    """Whether no other process is at it until this transaction ends."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_ONE_AT_A_TIME))))


def conversations(session: Session, ended_before: datetime, limit: int) -> Sequence[UUID]:
    """Those whose words nobody needs any more: an open request still does."""
    worked_on = exists().where(
        Request.status.in_(OPEN),
        or_(Request.conversation_id == Conversation.id, Request.patient_id == Conversation.patient_id),
    )
    return session.scalars(
        select(Conversation.id)
        .where(Conversation.ended_at < ended_before, Conversation.emptied_at.is_(None), ~worked_on)
        .order_by(Conversation.ended_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def mark_emptied(session: Session, ids: Sequence[UUID], now: datetime) -> None:
    session.execute(update(Conversation).where(Conversation.id.in_(ids)).values(emptied_at=now))


def patients(session: Session, idle_since: datetime, limit: int) -> Sequence[Patient]:
    """Those with whom nothing has happened since, and for whom nothing is to be done."""
    happened = exists().where(
        Attempt.patient_id == Patient.id, or_(Attempt.claimed_at >= idle_since, Attempt.ended_at.is_(None))
    )
    to_contact = (
        exists()
        .where(Contact.patient_id == Patient.id, Contact.state.not_in(FINAL), Contact.campaign_id == Campaign.id)
        .where(Campaign.status != CampaignStatus.STOPPED)
    )
    to_work_on = exists().where(
        Request.patient_id == Patient.id, or_(Request.status.in_(OPEN), Request.closed_at >= idle_since)
    )
    promised = exists().where(Request.patient_id == Patient.id, Task.request_id == Request.id, Task.done_at.is_(None))
    return session.scalars(
        select(Patient)
        .where(
            Patient.updated_at < idle_since, Patient.erased_at.is_(None), ~happened, ~to_contact, ~to_work_on, ~promised
        )
        .options(selectinload(Patient.numbers))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def forget_relays(session: Session, before: datetime) -> int:
    return _deleted(session, delete(Relay).where(Relay.at < before))


def forget_audit(session: Session, before: datetime) -> int:
    return _deleted(session, delete(AuditEntry).where(AuditEntry.at < before))


def _deleted(session: Session, statement: object) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[call-overload]
