"""One patient's whole file: the JSON of DESIGN §5."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from outreach.database.models import Answer, Attempt, Contact, Conversation, Request, Turn
from outreach.database.repositories import patient_file, people, suppressions
from outreach.domain.words import Question
from outreach.errors import NotFound
from outreach.runtime import Session

Row = TypeVar("Row", Turn, Answer)


def _iso(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at is not None else None


def build(session: Session, reference: str) -> dict[str, Any]:
    """The file of the patient of this reference. Raises NotFound."""
    patient = people.by_reference(session, reference)
    if patient is None:
        raise NotFound(f"there is no patient with the reference {reference!r}")
    conversations = patient_file.conversations(session, patient.id)
    ids = [conversation.id for conversation in conversations]
    turns = _by_conversation(patient_file.turns(session, ids))
    answers = _by_conversation(patient_file.answers(session, ids))
    request = patient_file.latest_request(session, patient.id)
    stops = suppressions.active(session, reference)
    return {
        "reference": patient.reference,
        "contacts": [_contact(contact, name) for contact, name in patient_file.contacts(session, patient.id)],
        "attempts": [_attempt(attempt, name) for attempt, name in patient_file.attempts(session, patient.id)],
        "conversations": [_conversation(c, turns[c.id], answers[c.id]) for c in conversations],
        "consents": [
            {
                "kind": consent.kind,
                "state": consent.state,
                "wording": consent.wording,
                "channel": consent.channel,
                "at": _iso(consent.at),
            }
            for consent in patient_file.consents(session, patient.id)
        ],
        "request": request_document(request) if request is not None else None,
        "suppressed": (
            {"since": _iso(stops[0].since), "reason": stops[0].reason, "scope": stops[0].scope} if stops else None
        ),
    }


def _by_conversation(rows: Iterable[Row]) -> dict[UUID, list[Row]]:
    grouped: dict[UUID, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row.conversation_id].append(row)
    return grouped


def _contact(contact: Contact, campaign: str) -> dict[str, Any]:
    return {
        "campaign": campaign,
        "state": contact.state,
        # Why a contact is where it is, when the state alone doesn't say it.
        "reason": contact.reason if contact.reason != contact.state else None,
        "attempts": contact.attempts,
        "next_attempt_at": _iso(contact.next_attempt_at),
    }


def _attempt(attempt: Attempt, campaign: str | None) -> dict[str, Any]:
    return {
        "id": str(attempt.id),
        "campaign": campaign,
        "channel": attempt.channel,
        "direction": attempt.direction,
        "number": attempt.number,
        "carrier_id": attempt.carrier_id,
        "placed_at": _iso(attempt.placed_at),
        "answered_at": _iso(attempt.answered_at),
        "ended_at": _iso(attempt.ended_at),
        "disposition": attempt.disposition,
    }


def _conversation(conversation: Conversation, turns: list[Turn], answers: list[Answer]) -> dict[str, Any]:
    current = {answer.question: answer.value for answer in answers}
    travel = current.get(Question.MOBILITY) or {}
    return {
        "id": str(conversation.id),
        "attempt_id": str(conversation.attempt_id),
        "channel": conversation.channel,
        "started_at": _iso(conversation.started_at),
        "ended_at": _iso(conversation.ended_at),
        "outcome": conversation.outcome,
        "identity": conversation.identity,
        "answers": {
            "mobility": travel.get("mobility") or [],
            "max_travel_minutes": travel.get("max_travel_minutes"),
            "area": current.get(Question.AREA),
            "preference": current.get(Question.PREFERENCE),
            "callback": current.get(Question.CALLBACK_TIME),
        },
        "turns": [
            {
                "speaker": turn.speaker,
                "text": turn.text,
                **({"asks": turn.asks} if turn.speaker == "agent" else {}),
                "at": _iso(turn.at),
            }
            for turn in turns
        ],
    }


def request_document(request: Request) -> dict[str, Any]:
    """One request as the API shows it; a withdrawn one has no answers left."""
    window = None
    if request.callback_from is not None:
        window = {"from": _iso(request.callback_from), "to": _iso(request.callback_to)}
    return {
        "id": str(request.id),
        "kind": request.kind,
        "status": request.status,
        "mobility": request.mobility,
        "max_travel_minutes": request.max_travel_minutes,
        "max_travel_km": request.max_travel_km,
        "area": request.area,
        "preference": request.preference,
        "callback": window,
        "created_at": _iso(request.created_at),
    }
