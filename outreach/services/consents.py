"""The consent ledger: rows are added, never changed (rule 10)."""

from datetime import datetime

from outreach.database.models import Consent, Conversation, Patient, Turn
from outreach.database.repositories import consents, requests_of, tasks
from outreach.domain.words import Channel, ConsentKind, ConsentState, RequestStatus
from outreach.runtime import Session
from outreach.services import places


def record(
    session: Session,
    conversation: Conversation,
    kind: ConsentKind,
    state: ConsentState,
    turn: Turn,
    wording: str,
    now: datetime,
) -> Consent:
    """Adds what the patient said at a turn to a question in these words. Silence never comes here."""
    row = Consent(
        patient_id=conversation.patient_id,
        conversation_id=conversation.id,
        turn_id=turn.id,
        kind=kind,
        state=state,
        wording=wording,
        channel=conversation.channel,
        at=now,
    )
    session.add(row)
    session.flush()
    if kind is ConsentKind.SHARING and state is not ConsentState.GIVEN and conversation.patient_id is not None:
        # No physician is to hear the name any more, nor one who was only just asked.
        open_requests = requests_of.open_of_person(session, conversation.patient_id)
        places.withdraw_all(session, open_requests, places.PATIENT_WITHDREW, now)
    return row


def current(session: Session, patient: Patient, kind: ConsentKind) -> ConsentState | None:
    row = consents.latest(session, patient.id, kind)
    return ConsentState(row.state) if row is not None else None


def withdraw_all(
    session: Session,
    patient: Patient,
    reason: str,
    now: datetime,
    conversation: Conversation | None = None,
    turn: Turn | None = None,
) -> None:
    """Withdraws every consent that holds, and what was collected for a search with it (DOMAIN §4)."""
    for kind in ConsentKind:
        row = consents.latest(session, patient.id, kind)
        if row is not None and row.state == ConsentState.GIVEN:
            session.add(
                Consent(
                    patient_id=patient.id,
                    conversation_id=conversation.id if conversation is not None else None,
                    turn_id=turn.id if turn is not None else None,
                    kind=kind,
                    state=ConsentState.WITHDRAWN,
                    wording=row.wording,
                    channel=conversation.channel if conversation is not None else Channel.SMS,
                    at=now,
                )
            )
    consents.drop_search_answers(session, patient.id)
    tasks.drop_of_person(session, patient.id, now)
    open_requests = requests_of.open_of_person(session, patient.id)
    places.withdraw_all(session, open_requests, places.PATIENT_WITHDREW, now)
    for request in open_requests:
        request.status = RequestStatus.WITHDRAWN
        request.result = reason
        request.closed_at = now
        request.mobility = []
        request.max_travel_minutes = request.max_travel_km = None
        request.area = request.preference = None
    session.flush()
