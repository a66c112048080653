"""What an accepting, worried or unidentified patient hands to the advisers (DOMAIN §5)."""

from datetime import datetime

from outreach.database.models import Conversation, Request
from outreach.database.repositories import conversations, requests_of
from outreach.domain.calling_hours import Window
from outreach.domain.words import Outcome, Question, RequestKind
from outreach.runtime import Session

KIND_AFTER: dict[Outcome, RequestKind] = {
    Outcome.ACCEPTED: RequestKind.MATCHING,
    Outcome.HUMAN_REQUESTED: RequestKind.HUMAN,
    Outcome.EMERGENCY: RequestKind.EMERGENCY,
    Outcome.IDENTITY_FAILED: RequestKind.IDENTITY,
}


def hand_over(
    session: Session, conversation: Conversation, outcome: Outcome, at: datetime, callback: Window | None = None
) -> Request | None:
    """Puts the request of a conversation on the desk, or brings the one that waits there up to date."""
    kind = KIND_AFTER.get(outcome)
    if kind is None:
        return None
    request = requests_of.open_of_kind(session, conversation.patient_id, kind)
    if request is None:
        request = Request(
            patient_id=conversation.patient_id,
            kind=kind,
            department=conversation.patient.department,
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
    session.flush()
    return request
