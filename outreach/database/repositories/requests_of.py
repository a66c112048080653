"""Queries on one person's requests; those of the queue are in `requests`."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from outreach.database.models import Account, Attempt, Conversation, Request
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


def open_of_conversation(session: Session, conversation_id: UUID, kind: RequestKind) -> Request | None:
    """The request that a conversation which is nobody's has made already."""
    return session.scalar(
        select(Request)
        .where(
            Request.conversation_id == conversation_id,
            Request.patient_id.is_(None),
            Request.kind == kind,
            Request.status.in_(OPEN),
        )
        .with_for_update()
    )


def attempt_behind(session: Session, request_id: UUID) -> Attempt | None:
    """The call or SMS from which a request comes."""
    return session.scalar(
        select(Attempt)
        .join(Conversation, Conversation.attempt_id == Attempt.id)
        .join(Request, Request.conversation_id == Conversation.id)
        .where(Request.id == request_id)
    )


def advisers(session: Session) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(Account).where(Account.role == Role.ADVISER, Account.disabled_at.is_(None))
        )
        or 0
    )
