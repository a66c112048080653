"""A conversation set at a question, with a patient of its own, in the evaluation's database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from bot.actions.dialogue.asking import ORDER
from bot.actions.dialogue.state import DialogueState
from outreach.database.models import (
    Alert,
    Answer,
    Consent,
    Contact,
    Conversation,
    Patient,
    PhoneNumber,
    Request,
    Suppression,
    Turn,
)
from outreach.domain.words import Channel, ContactState, NumberKind, Question, RequestStatus
from outreach.runtime import Runtime
from outreach.services import campaigns, rehearsal

CAMPAIGN = "evaluation"
_LINES = count()
"""Everybody has a line of their own: what one says of a number must concern nobody else."""
_CLOSED = {RequestStatus.CLOSED, RequestStatus.WITHDRAWN}

_NOTED: dict[Question, Any] = {
    Question.IDENTITY: True,
    Question.BIRTH_DATE: True,
    Question.SITUATION: {"has_doctor": False},
    Question.CONSENT_ASSISTANCE: True,
    Question.CONSENT_SHARING: True,
    Question.MOBILITY: {"mobility": ["autonomous"], "max_travel_minutes": 30, "max_travel_km": None},
    Question.AREA: {
        "scope": "commune",
        "commune": "Villejuif",
        "insee_code": "94076",
        "postal_code": "94800",
        "department": "94",
    },
    Question.PREFERENCE: {
        "physician_gender": "female",
        "physician_name": None,
        "excluded_physician": None,
        "language": None,
        "other": None,
    },
}


def state_at(question: Question) -> DialogueState:
    """As when this question has just been put for the first time."""
    before = ORDER[: ORDER.index(question)] if question in ORDER else ORDER[:2]
    return DialogueState(
        opened=True,
        human_heard=True,
        verified=question not in {Question.IDENTITY, Question.BIRTH_DATE},
        pending=question,
        put={question.value: 1},
        answers={earlier.value: _NOTED[earlier] for earlier in before},
        limit_asked=question in {Question.AREA, Question.PREFERENCE, Question.CONFIRMATION},
    )


def make_campaign(runtime: Runtime) -> None:
    with runtime.transaction() as session:
        campaigns.ensure(session, CAMPAIGN, runtime.clock.now())


def begin(
    runtime: Runtime,
    channel: Channel,
    state: DialogueState | None = None,
    who: Mapping[str, Any] | None = None,
    in_campaign: bool = False,
) -> UUID:
    """By default Odette Exemple, born on 12 March 1947, who lives in Villejuif."""
    who = who or {}
    now = runtime.clock.now()
    with runtime.transaction() as session:
        patient = Patient(
            reference=f"EVAL-{uuid4().hex[:12]}",
            civility=who.get("civility", "MME"),
            last_name=who.get("last_name", "Exemple"),
            first_name=who.get("first_name", "Odette"),
            birth_date=date.fromisoformat(str(who.get("born", "1947-03-12"))),
            postal_code=str(who.get("postal_code", "94800")),
            insee_code=str(who.get("insee", "94076")),
            department=str(who.get("department", "94")),
            legal_protection=False,
            objected=False,
            invented=True,
            created_at=now,
            updated_at=now,
        )
        patient.numbers = [PhoneNumber(rank=1, e164=f"+3363998{next(_LINES):04d}", kind=NumberKind.MOBILE)]
        session.add(patient)
        session.flush()
        if in_campaign:
            session.add(
                Contact(
                    campaign_id=campaigns.ensure(session, CAMPAIGN, now).id,
                    patient_id=patient.id,
                    state=ContactState.WAITING,
                    next_attempt_at=now,
                    created_at=now,
                    updated_at=now,
                )
            )
            session.flush()
        conversation_id = rehearsal.begin(session, patient, now)
        conversation = session.get_one(Conversation, conversation_id)
        conversation.channel = channel
        if state is not None:
            conversation.dialogue = state.as_json()
            if state.verified:
                conversation.identity = "verified"
    return conversation_id


def again(runtime: Runtime, before: UUID, channel: Channel) -> UUID:
    """The line went dead: the next conversation with the same person."""
    now = runtime.clock.now()
    with runtime.transaction() as session:
        rehearsal.finish(session, before, now)
        patient_id = session.get_one(Conversation, before).patient_id
        patient = session.scalars(
            select(Patient).where(Patient.id == patient_id).options(selectinload(Patient.numbers))
        ).one()
        conversation_id = rehearsal.begin(session, patient, now)
        session.get_one(Conversation, conversation_id).channel = channel
    return conversation_id


@dataclass(frozen=True)
class Kept:
    """What the database holds of a conversation when it is over, or after one utterance."""

    outcome: str | None
    identity: str
    wrong_birth_dates: int
    answers: dict[str, Any] = field(repr=False)
    consents: dict[str, str] = field(default_factory=dict)
    open_requests: frozenset[str] = frozenset()
    callback: tuple[str, str] | None = None
    suppressed: str | None = None
    alerts: tuple[str, ...] = ()
    turns: str = field(default="", repr=False)


def kept(runtime: Runtime, conversation_id: UUID) -> Kept:
    with runtime.transaction() as session:
        conversation = session.get_one(Conversation, conversation_id)
        # What an earlier call was told counts too.
        told = select(Answer).where(
            Answer.contact_id == conversation.contact_id
            if conversation.contact_id is not None
            else Answer.conversation_id == conversation_id
        )
        answers = session.scalars(told.where(Answer.replaced_at.is_(None)).order_by(Answer.at, Answer.id))
        ledger = session.scalars(
            select(Consent).where(Consent.patient_id == conversation.patient_id).order_by(Consent.at, Consent.id)
        )
        requests = session.scalars(select(Request).where(Request.patient_id == conversation.patient_id)).all()
        patient = session.get_one(Patient, conversation.patient_id)
        scopes = session.scalars(select(Suppression.scope).where(Suppression.reference == patient.reference)).all()
        by_answer = {answer.question: answer.value for answer in answers}
        if limit := conversation.dialogue.get("told_limit"):
            by_answer = {Question.MOBILITY: limit, **by_answer}
        wanted = by_answer.get(Question.CALLBACK_TIME)
        return Kept(
            outcome=conversation.outcome,
            identity=conversation.identity,
            wrong_birth_dates=conversation.wrong_birth_dates,
            answers=by_answer,
            consents={row.kind: row.state for row in ledger},
            open_requests=frozenset(request.kind for request in requests if request.status not in _CLOSED),
            callback=(wanted["from"], wanted["to"]) if wanted else None,
            suppressed=scopes[0] if scopes else None,
            turns="\n".join(
                session.scalars(
                    select(Turn.text).where(Turn.conversation_id == conversation_id).order_by(Turn.position)
                )
            ),
            alerts=tuple(
                session.scalars(select(Alert.kind).where(Alert.conversation_id == conversation_id).order_by(Alert.at))
            ),
        )
