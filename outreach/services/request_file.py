"""All that an adviser needs of one request: who asks, what they said and in which words, what was done."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from outreach.database.models import (
    Attempt,
    Consent,
    Conversation,
    Patient,
    Request,
    RequestEvent,
    Suppression,
    Turn,
)
from outreach.database.repositories import patient_file, request_file, requests_of, suppressions
from outreach.domain.words import ConsentKind, Question, Speaker
from outreach.runtime import Session
from outreach.services import unidentified

_ASKED_BY = {ConsentKind.ASSISTANCE: Question.CONSENT_ASSISTANCE, ConsentKind.SHARING: Question.CONSENT_SHARING}
_ANSWERED_WITH = {
    Question.MOBILITY: ("mobility", "max_travel_minutes", "max_travel_km"),
    Question.AREA: ("area",),
    Question.PREFERENCE: ("preference",),
    Question.CALLBACK_TIME: ("callback_from",),
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """A row of the ledger, with the words that asked and the words that answered, where they are still kept."""

    consent: Consent
    asked: str | None
    answered: Turn | None


@dataclass(frozen=True, slots=True)
class Source:
    """Where an answer of a request comes from: what the person said, or the adviser who corrected it afterwards."""

    turn: Turn | None
    edited: RequestEvent | None


@dataclass(frozen=True, slots=True)
class RequestFile:
    request: Request
    attempts: Sequence[Attempt] = ()
    conversations: Sequence[Conversation] = ()
    turns: dict[UUID, list[Turn]] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    agreements: Sequence[Agreement] = ()
    earlier: Sequence[Request] = ()
    stops: Sequence[Suppression] = ()
    events: Sequence[RequestEvent] = ()
    sharing: Sequence[Patient] = ()
    """Who may have been speaking, when nobody has told who."""

    @property
    def undone(self) -> set[int]:
        return {event.undoes for event in self.events if event.undoes is not None}


def read(session: Session, request: Request) -> RequestFile:
    """The file of a request that was read with its person."""
    events = request_file.events(session, request.id)
    if request.patient is None:
        return _nobodys(session, request, events)
    patient = request.patient
    conversations = request_file.conversations(session, patient.id)
    turns = _by_conversation(request_file.turns(session, patient.id)) if conversations else {}
    every = {turn.id: turn for talk in turns.values() for turn in talk}
    said: dict[str, Turn] = {}
    for answer in request_file.answers(session, patient.id) if conversations else ():
        if answer.turn_id in every:
            said[answer.question] = every[answer.turn_id]
    return RequestFile(
        request,
        attempts=request_file.attempts(session, patient.id),
        conversations=conversations,
        turns=turns,
        sources=_sources(said, events),
        agreements=[_agreement(consent, turns, every) for consent in request_file.consents(session, patient.id)],
        earlier=request_file.others(session, patient.id, request.id),
        stops=suppressions.active(session, patient.reference),
        events=events,
    )


def _nobodys(session: Session, request: Request, events: Sequence[RequestEvent]) -> RequestFile:
    spoken = patient_file.conversation(session, request.conversation_id) if request.conversation_id else None
    attempt = requests_of.attempt_behind(session, request.id)
    return RequestFile(
        request,
        attempts=[attempt] if attempt is not None else [],
        conversations=[spoken] if spoken is not None else [],
        turns=_by_conversation(patient_file.turns(session, [spoken.id])) if spoken is not None else {},
        sources=_sources({}, events),
        events=events,
        sharing=unidentified.sharing(session, request),
    )


def _by_conversation(turns: Sequence[Turn]) -> dict[UUID, list[Turn]]:
    grouped: dict[UUID, list[Turn]] = defaultdict(list)
    for turn in turns:
        grouped[turn.conversation_id].append(turn)
    return grouped


def _sources(said: dict[str, Turn], events: Sequence[RequestEvent]) -> dict[str, Source]:
    undone = {event.undoes for event in events if event.undoes is not None}
    edits: dict[str, RequestEvent] = {}
    for event in events:
        if event.act in {"answers_edited", "callback_set"} and event.id not in undone and event.document:
            edits.update(dict.fromkeys(event.document["after"], event))
    return {
        question.value: Source(
            said.get(question), next((edits[name] for name in reversed(names) if name in edits), None)
        )
        for question, names in _ANSWERED_WITH.items()
    }


def _agreement(consent: Consent, turns: dict[UUID, list[Turn]], every: dict[UUID, Turn]) -> Agreement:
    answered = every.get(consent.turn_id) if consent.turn_id is not None else None
    asked = None
    if answered is not None:
        question = _ASKED_BY[ConsentKind(consent.kind)]
        before = [
            turn.text
            for turn in turns[answered.conversation_id]
            if turn.speaker == Speaker.AGENT and turn.asks == question and turn.position < answered.position
        ]
        asked = before[-1] if before else None
    return Agreement(consent, asked, answered)
