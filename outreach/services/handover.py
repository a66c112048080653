"""What an accepting, worried or unidentified patient hands to the advisers (DOMAIN §5)."""

from datetime import datetime
from typing import Any

from outreach.database.models import Conversation, Request
from outreach.database.repositories import conversations, requests_of
from outreach.domain.calling_hours import Window
from outreach.domain.words import Outcome, Question, RequestKind
from outreach.runtime import Session
from outreach.services.request_log import write

KIND_AFTER: dict[Outcome, RequestKind] = {
    Outcome.ACCEPTED: RequestKind.MATCHING,
    Outcome.HUMAN_REQUESTED: RequestKind.HUMAN,
    Outcome.EMERGENCY: RequestKind.EMERGENCY,
    Outcome.IDENTITY_FAILED: RequestKind.IDENTITY,
}

_ANSWERS = ("mobility", "max_travel_minutes", "max_travel_km", "area", "preference")
_HOURS = ("callback_from", "callback_to")


def hand_over(
    session: Session, conversation: Conversation, outcome: Outcome, at: datetime, callback: Window | None = None
) -> Request | None:
    """Puts the request of a conversation on the desk, or brings the one that waits there up to date."""
    kind, patient = KIND_AFTER.get(outcome), conversation.patient
    if kind is None or patient is None:
        return None
    request = requests_of.open_of_kind(session, patient.id, kind)
    before = _told_by(request) if request is not None else None
    if request is None:
        request = Request(
            patient_id=patient.id,
            kind=kind,
            department=patient.department,
            created_at=at,
            mobility=[],
        )
        session.add(request)
    request.contact_id = conversation.contact_id
    request.conversation_id = conversation.id
    answers = conversations.known_answers(session, conversation.contact_id, conversation.id)
    if kind is RequestKind.MATCHING:
        travel = answers.get(Question.MOBILITY) or {}
        request.mobility = travel.get("mobility") or []
        request.max_travel_minutes = travel.get("max_travel_minutes")
        request.max_travel_km = travel.get("max_travel_km")
        request.area = answers.get(Question.AREA)
        request.preference = answers.get(Question.PREFERENCE)
    wanted = answers.get(Question.CALLBACK_TIME)
    if callback is not None:
        request.callback_from, request.callback_to = callback.start, callback.end
    elif wanted:
        request.callback_from = datetime.fromisoformat(wanted["from"])
        request.callback_to = datetime.fromisoformat(wanted["to"])
    if before is not None:
        _log_changes(session, request, before, at)
    session.flush()
    return request


def _told_by(request: Request) -> dict[str, Any]:
    """What the person has told, as the log keeps it."""
    answers = {name: getattr(request, name) for name in _ANSWERS}
    hours = {name: getattr(request, name) for name in _HOURS}
    return answers | {name: at.isoformat() if at is not None else None for name, at in hours.items()}


def _log_changes(session: Session, request: Request, before: dict[str, Any], at: datetime) -> None:
    """Whoever works on a request reads in its log what the person has told the agent meanwhile."""
    after = _told_by(request)
    changed = [name for name in after if _same(before[name]) != _same(after[name])]
    if changed:
        document = {
            "before": {name: before[name] for name in changed},
            "after": {name: after[name] for name in changed},
        }
        write(session, request.id, None, "answers_changed", at, None, document)


def _same(value: Any) -> Any:
    """An hour is the same in every zone."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def hand_over_unidentified(
    session: Session,
    conversation: Conversation,
    kind: RequestKind,
    department: str,
    at: datetime,
    callback: Window | None = None,
) -> Request:
    """Puts a conversation that is nobody's on the desk. Each is work of its own: another may be speaking each time."""
    request = requests_of.open_of_conversation(session, conversation.id, kind)
    if request is None:
        request = Request(
            patient_id=None,
            conversation_id=conversation.id,
            kind=kind,
            department=department,
            created_at=at,
            mobility=[],
        )
        session.add(request)
    if callback is not None:
        request.callback_from, request.callback_to = callback.start, callback.end
    session.flush()
    return request
