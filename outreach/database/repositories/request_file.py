"""Queries for the page of one request, put together once: it is opened all day long."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Answer, Attempt, Consent, Conversation, Patient, Request, RequestEvent, Turn

_PATIENT = bindparam("patient_id", type_=Uuid)
_REQUEST = bindparam("request_id", type_=Uuid)
_THEIR_CONVERSATIONS = select(Conversation.id).where(Conversation.patient_id == _PATIENT)

_WITH_PERSON = (
    select(Request)
    .where(Request.id == _REQUEST)
    .options(joinedload(Request.patient).selectinload(Patient.numbers), joinedload(Request.adviser))
)
_EVENTS = (
    select(RequestEvent)
    .where(RequestEvent.request_id == _REQUEST)
    .options(joinedload(RequestEvent.account))
    .order_by(RequestEvent.id)
)
_ATTEMPTS = (
    select(Attempt)
    .where(Attempt.patient_id == _PATIENT)
    .order_by(func.coalesce(Attempt.placed_at, Attempt.claimed_at), Attempt.id)
)
_CONVERSATIONS = (
    select(Conversation).where(Conversation.patient_id == _PATIENT).order_by(Conversation.started_at, Conversation.id)
)
_TURNS = select(Turn).where(Turn.conversation_id.in_(_THEIR_CONVERSATIONS)).order_by(Turn.position)
_ANSWERS = (
    select(Answer)
    .where(Answer.conversation_id.in_(_THEIR_CONVERSATIONS), Answer.replaced_at.is_(None))
    .order_by(Answer.at, Answer.id)
)
_CONSENTS = select(Consent).where(Consent.patient_id == _PATIENT).order_by(Consent.position)
_REQUESTS = (
    select(Request)
    .where(Request.patient_id == _PATIENT, Request.id != _REQUEST)
    .order_by(Request.created_at.desc(), Request.id)
)


def with_person(session: Session, request_id: UUID) -> Request | None:
    """With `.patient`, their numbers, and `.adviser`."""
    return session.scalar(_WITH_PERSON, {"request_id": request_id})


def events(session: Session, request_id: UUID) -> Sequence[RequestEvent]:
    """In their order, with `.account`."""
    return session.scalars(_EVENTS, {"request_id": request_id}).all()


def attempts(session: Session, patient_id: UUID) -> Sequence[Attempt]:
    return session.scalars(_ATTEMPTS, {"patient_id": patient_id}).all()


def conversations(session: Session, patient_id: UUID) -> Sequence[Conversation]:
    return session.scalars(_CONVERSATIONS, {"patient_id": patient_id}).all()


def turns(session: Session, patient_id: UUID) -> Sequence[Turn]:
    """Of all their conversations, each in its order."""
    return session.scalars(_TURNS, {"patient_id": patient_id}).all()


def answers(session: Session, patient_id: UUID) -> Sequence[Answer]:
    """Those that hold, the latest last."""
    return session.scalars(_ANSWERS, {"patient_id": patient_id}).all()


def consents(session: Session, patient_id: UUID) -> Sequence[Consent]:
    return session.scalars(_CONSENTS, {"patient_id": patient_id}).all()


def others(session: Session, patient_id: UUID, request_id: UUID) -> Sequence[Request]:
    """The person's other requests, the newest first."""
    return session.scalars(_REQUESTS, {"patient_id": patient_id, "request_id": request_id}).all()
