"""All that an adviser needs of one request: who asks, what they said and in which words, what was done."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from outreach.database.models import Account, Patient, Request
from outreach.database.repositories import request_file
from outreach.database.repositories.request_file import (
    Agreed,
    Event,
    Made,
    Other,
    Promise,
    Rung,
    Said,
    Stop,
    Talk,
    Typed,
)
from outreach.domain.words import ConsentKind, ConsentState, Question, Speaker
from outreach.runtime import Session
from outreach.services import unidentified

__all__ = ["Agreement", "Event", "RequestFile", "Rung", "Source", "Talk", "read"]

_ASKED_BY = {ConsentKind.ASSISTANCE: Question.CONSENT_ASSISTANCE, ConsentKind.SHARING: Question.CONSENT_SHARING}
_ANSWERED_WITH = {
    Question.MOBILITY: ("mobility", "max_travel_minutes", "max_travel_km"),
    Question.AREA: ("area",),
    Question.PREFERENCE: ("preference",),
    Question.CALLBACK_TIME: ("callback_from",),
}


@dataclass(frozen=True, slots=True, repr=False)
class Agreement:
    """A row of the ledger, with the words that asked and the words that answered, where they are still kept."""

    consent: Agreed
    asked: str | None
    answered: Said | None


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """Where an answer of a request comes from: what the person said, or the adviser who corrected it afterwards."""

    turn: Said | None
    edited: Event | None


@dataclass(frozen=True, slots=True, repr=False)
class RequestFile:
    """`typed`: what the reader typed and has not sent. `declined`: the physicians who declined the person. `offers`:
    how many there are. `sharing`: who may have been speaking, when nobody has told who."""

    attempts: Sequence[Made]
    conversations: Sequence[Talk]
    turns: dict[UUID, list[Said]]
    sources: dict[str, Source]
    agreements: Sequence[Agreement]
    earlier: Sequence[Other]
    stops: Sequence[Stop]
    events: Sequence[Event]
    promises: Sequence[Promise]
    typed: Sequence[Typed]
    colleagues: Sequence[str]
    called: Rung | None
    declined: frozenset[str]
    offers: int
    sharing: Sequence[Patient] = ()

    @property
    def undone(self) -> set[int]:
        return {event.undoes for event in self.events if event.undoes is not None}

    @property
    def may_be_named(self) -> bool:
        """Whether consent B holds: the last word is the one that counts (rule 11)."""
        told = [one.consent.state for one in self.agreements if one.consent.kind == ConsentKind.SHARING]
        return bool(told) and told[-1] == ConsentState.GIVEN


def read(session: Session, request: Request, reader: Account) -> RequestFile:
    """The file of a request that was read with its person."""
    rows = request_file.rows(session, request, reader.id)
    turns: dict[UUID, list[Said]] = defaultdict(list)
    for turn in rows.said:
        turns[turn.conversation_id].append(turn)
    every = {turn.id: turn for turn in rows.said}
    # An answer tells something of the person alone.
    answered = rows.answered if request.patient is not None else []
    said = {one.question: every[one.turn_id] for one in answered if one.turn_id in every}
    return RequestFile(
        attempts=rows.made,
        conversations=rows.talks,
        turns=turns,
        sources=_sources(said, rows.events),
        agreements=[_agreement(consent, turns, every) for consent in rows.agreed],
        earlier=rows.others,
        stops=rows.stops,
        events=rows.events,
        promises=rows.promises,
        typed=rows.typed,
        colleagues=rows.colleagues,
        called=rows.rung[0] if rows.rung else None,
        declined=frozenset(rows.declined),
        offers=rows.offers,
        sharing=unidentified.sharing(session, request) if request.patient is None else (),
    )


def _sources(said: dict[str, Said], events: Sequence[Event]) -> dict[str, Source]:
    undone = {event.undoes for event in events if event.undoes is not None}
    edits: dict[str, Event] = {}
    for event in events:
        if event.act in {"answers_edited", "callback_set"} and event.id not in undone and event.document:
            edits.update(dict.fromkeys(event.document["after"], event))
        elif event.act == "answers_changed" and event.document:
            # The person said so afterwards: it is theirs again.
            for name in event.document["after"]:
                edits.pop(name, None)
    return {
        question.value: Source(
            said.get(question), next((edits[name] for name in reversed(names) if name in edits), None)
        )
        for question, names in _ANSWERED_WITH.items()
    }


def _agreement(consent: Agreed, turns: dict[UUID, list[Said]], every: dict[UUID, Said]) -> Agreement:
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
