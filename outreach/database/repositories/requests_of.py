"""Queries on one person's requests; those of the queue are in `requests`."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.database.models import Account, Request
from outreach.domain.words import RequestKind, RequestStatus, Role

OPEN = (RequestStatus.NEW, RequestStatus.CLAIMED, RequestStatus.OFFERED)


def open_of_person(session: Session, patient_id: UUID) -> Sequence[Request]:
    return session.scalars(
        select(Request).where(Request.patient_id == patient_id, Request.status.in_(OPEN)).with_for_update()
    ).all()


def open_of_kind(session: Session, patient_id: UUID, kind: RequestKind) -> Request | None:
    return session.scalar(
        select(Request)
        .where(Request.patient_id == patient_id, Request.kind == kind, Request.status.in_(OPEN))
        .with_for_update()
    )


def advisers(session: Session) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(Account).where(Account.role == Role.ADVISER, Account.disabled_at.is_(None))
        )
        or 0
    )
