"""What forbids an adviser's call at an instant (decision 18)."""

from datetime import datetime, timedelta

from outreach.database.models import Account, AdviserCall, Patient, Request
from outreach.database.repositories import adviser_calls, claiming
from outreach.domain import policy
from outreach.domain.gates import adviser_gates
from outreach.domain.phones import check_caller, is_fictional
from outreach.domain.words import CallRefusal, Channel, Role
from outreach.runtime import Session
from outreach.services import suppressions
from outreach.services.request_log import is_held_by
from outreach.settings import Settings


def closed_for(
    session: Session,
    request: Request,
    account: Account | None,
    patient: Patient | None,
    number: str,
    now: datetime,
    settings: Settings,
    lead: timedelta = timedelta(0),
) -> list[CallRefusal]:
    """Everything that forbids the call at this instant. `patient` is locked; None when somebody else has them."""
    if account is None or account.disabled_at is not None or account.role != Role.ADVISER:
        return [CallRefusal.NOT_YOURS]
    if not is_held_by(request, account):
        return [CallRefusal.NOT_YOURS]
    if not account.telephone:
        return [CallRefusal.NO_TELEPHONE]
    if patient is None or patient.id != request.patient_id:
        return [CallRefusal.ALREADY_ATTEMPTING if request.patient_id is not None else CallRefusal.NO_NUMBER]
    if not settings.callers:
        return [CallRefusal.NO_CALLER]
    on_the_line, engaged = claiming.open_calls(session, [patient.id], [number])
    try:
        document = adviser_calls.policy_of(session, request.contact_id)
        rules = policy.from_document(document) if document is not None else policy.DEFAULT
    except policy.PolicyError:
        return [CallRefusal.NOT_EVALUATED]
    closed = [
        CallRefusal(gate.value)
        for gate in adviser_gates(
            rules,
            now,
            patient.department,
            suppressed=patient.objected or suppressions.forbids(session, patient, number, Channel.VOICE),
            usable=any(one.e164 == number and one.unusable_since is None for one in patient.numbers),
            open_attempt=bool(on_the_line or engaged),
            lead=lead,
        )
    ]
    if not settings.carrier_is_local and (patient.invented or is_fictional(number)):
        closed.append(CallRefusal.INVENTED_PERSON)
    return closed


def caller_closed(call: AdviserCall) -> list[CallRefusal]:
    """Rule 4, once more for the number that is about to be shown."""
    return [CallRefusal.NO_CALLER] if check_caller(call.caller) is not None else []


def rules_of(session: Session, request: Request) -> policy.ContactPolicy:
    try:
        document = adviser_calls.policy_of(session, request.contact_id)
        return policy.from_document(document) if document is not None else policy.DEFAULT
    except policy.PolicyError:
        return policy.DEFAULT  # for how long it rings; the gates are closed
