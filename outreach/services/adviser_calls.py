"""An adviser calls a person from the page of their request: the adviser's telephone first, then the person's.

Asked for by the page, claimed by a dialer, confirmed by a key on the adviser's telephone. Every gate is asked each
time, in the transaction that goes on; one that can't be evaluated is closed (decision 18).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func

from outreach.database.models import Account, AdviserCall, Attempt, Request
from outreach.database.repositories import adviser_calls, attempts, people, request_file, requests
from outreach.database.repositories.request_file import Rung
from outreach.domain.dispositions import Disposition
from outreach.domain.words import (
    AdviserCallResult,
    AdviserCallState,
    AttemptStatus,
    CallRefusal,
)
from outreach.errors import BusinessError
from outreach.runtime import Session
from outreach.services import carrier_facts
from outreach.services.adviser_gates import caller_closed, closed_for, rules_of
from outreach.services.carrier_facts import CarrierStatus
from outreach.services.claims import caller_for
from outreach.services.request_log import is_held_by, mine, renew, write
from outreach.settings import Settings

WAITS_SECONDS = 30.0
"""Real seconds after which nobody is rung any more for a press of the button."""

_ENDS = frozenset(
    {
        CarrierStatus.COMPLETED,
        CarrierStatus.BUSY,
        CarrierStatus.NO_ANSWER,
        CarrierStatus.FAILED,
        CarrierStatus.CANCELED,
    }
)
_RESULTS = {
    Disposition.CONVERSATION: AdviserCallResult.SPOKE,
    Disposition.NO_ANSWER: AdviserCallResult.NO_ANSWER,
    Disposition.BUSY: AdviserCallResult.BUSY,
    Disposition.CANCELED: AdviserCallResult.CANCELED,
}


class CannotCall(BusinessError):
    """The call isn't placed. Its text holds no number."""

    def __init__(self, reasons: Sequence[CallRefusal]) -> None:
        super().__init__(f"this call is not placed: {', '.join(reasons)}")
        self.reasons = list(reasons)


@dataclass(frozen=True, slots=True)
class Ring:
    """An adviser's telephone that this process alone must ring. Its `repr` hides the numbers."""

    call_id: UUID
    telephone: str
    caller: str
    invented: bool

    def __repr__(self) -> str:
        return f"Ring({self.call_id})"


@dataclass(frozen=True, slots=True)
class Dialled:
    """Whom to call now. Its `repr` hides the number."""

    attempt_id: UUID
    number: str
    caller: str
    ring_seconds: int

    def __repr__(self) -> str:
        return f"Dialled({self.attempt_id})"


@dataclass(frozen=True, slots=True)
class Silent:
    """An adviser's call of which nothing was heard for too long."""

    call_id: UUID
    telephone: str
    caller: str
    carrier_id: str | None
    claimed_at: datetime
    claimed_wall: datetime
    silent_seconds: float

    def __repr__(self) -> str:
        return f"Silent({self.call_id}, {self.silent_seconds:.0f} s)"


def ask(session: Session, request_id: UUID, account: Account, number: str, now: datetime, settings: Settings) -> UUID:
    """Asks for a call to one of the person's numbers; a dialer places it. Raises NotYours or CannotCall."""
    request = mine(session, request_id, account, now)
    patient = people.lock_free(session, request.patient_id) if request.patient_id is not None else None
    closed = closed_for(session, request, account, patient, number, now, settings)
    if closed or patient is None:
        raise CannotCall(closed)
    for_this = adviser_calls.latest(session, request_id)
    telephone = account.telephone or ""
    asked = adviser_calls.ask(
        session, request_id, account, patient.id, number, telephone, caller_for(patient.id, settings), now
    )
    if asked is None:
        here = for_this is not None and not adviser_calls.is_over(for_this)
        raise CannotCall([CallRefusal.ALREADY_ATTEMPTING if here else CallRefusal.ADVISER_BUSY])
    return asked


def is_forgotten(call: Rung) -> bool:
    """Whether no dialer took it in time: nobody is rung for it any more."""
    return call.state == AdviserCallState.ASKED and call.waited > WAITS_SECONDS


def forget_untaken(session: Session, request_id: UUID, account: Account, now: datetime) -> None:
    """Ends the calls of this request and of this adviser that no dialer took in time, should no dialer be there to
    do so; another one can be asked for then."""
    for call_id, of_request in adviser_calls.untaken(session, request_id, account.id, WAITS_SECONDS):
        request = requests.lock(session, of_request)
        found = adviser_calls.lock_asked(session, call_id)
        if request is not None and found is not None:
            _end(session, found[0], request, AdviserCallResult.NOT_TAKEN, now)


def rung(session: Session, request_id: UUID) -> Rung | None:
    """How the last call from this request stands."""
    return request_file.rung(session, request_id)


def latest(session: Session, request_id: UUID) -> AdviserCall | None:
    """The last call that was asked for from this request."""
    return adviser_calls.latest(session, request_id)


def is_over(call: AdviserCall) -> bool:
    return adviser_calls.is_over(call)


def claim(session: Session, now: datetime, settings: Settings) -> Ring | None:
    """Takes the call that has waited longest and writes it as `placing`; those that can't be placed are ended."""
    for call_id, request_id in adviser_calls.asked(session):
        request = requests.lock(session, request_id)
        found = adviser_calls.lock_asked(session, call_id)
        if request is None or found is None:
            continue
        call, waited = found
        if waited > WAITS_SECONDS:
            _end(session, call, request, AdviserCallResult.NOT_TAKEN, now)
            continue
        patient = people.lock_free(session, call.patient_id)
        account = adviser_calls.account_of(session, call.account_id)
        closed = closed_for(session, request, account, patient, call.number, now, settings)
        closed = closed or caller_closed(call)
        if closed:
            _refuse(session, call, request, closed, now)
            continue
        call.state = AdviserCallState.PLACING
        call.claimed_at = now
        call.claimed_wall = call.heard_wall = func.clock_timestamp()
        session.flush()
        return Ring(call.id, call.telephone, call.caller, patient is None or patient.invented)
    return None


def _locked(session: Session, call_id: UUID) -> tuple[AdviserCall, Request] | None:
    request_id = adviser_calls.request_of(session, call_id)
    request = requests.lock(session, request_id) if request_id is not None else None
    return (adviser_calls.lock(session, call_id), request) if request is not None else None


# What the dialer tells


def placed(session: Session, call_id: UUID, carrier_id: str) -> None:
    """Records the carrier's id of the adviser's own call; a callback may have told it first."""
    found = _locked(session, call_id)
    if found is None:
        return
    call, _ = found
    call.carrier_id = call.carrier_id or carrier_id
    call.heard_wall = func.clock_timestamp()
    if call.state == AdviserCallState.PLACING:
        call.state = AdviserCallState.RINGING
    session.flush()


def not_placed(session: Session, call_id: UUID, now: datetime) -> None:
    """The carrier refused it, or is known not to have it."""
    found = _locked(session, call_id)
    if found is not None and found[0].state == AdviserCallState.PLACING and found[0].carrier_id is None:
        _end(session, *found, AdviserCallResult.NOT_PLACED, now)


def silent(session: Session, seconds: float, patience: float) -> list[Silent]:
    """Those unheard of for so many real seconds; with a carrier's id for as many as `patience`."""
    return [
        Silent(
            call.id,
            call.telephone,
            call.caller,
            call.carrier_id,
            call.claimed_at or call.asked_at,
            call.claimed_wall or call.asked_wall,
            silence,
        )
        for call, silence in adviser_calls.silent(session, seconds, patience)
    ]


def known(session: Session, carrier_ids: Sequence[str]) -> set[str]:
    """Those of the carrier's ids that belong to advisers' calls."""
    return adviser_calls.known_carrier_ids(session, carrier_ids)


def settle_all(session: Session, now: datetime) -> None:
    """Ends those whose person's call is over, should the carrier not have told it to the adviser's."""
    for call_id in adviser_calls.to_settle(session):
        found = _locked(session, call_id)
        if found is not None:
            _settle(session, *found, now)


# What the carrier tells


@dataclass(frozen=True, slots=True)
class Standing:
    """`carrier_id`: of the adviser's own call, when the carrier has told it."""

    carrier_id: str | None
    is_over: bool


def standing(session: Session, call_id: UUID) -> Standing | None:
    found = _locked(session, call_id)
    return Standing(found[0].carrier_id, adviser_calls.is_over(found[0])) if found is not None else None


def picked_up(session: Session, call_id: UUID, carrier_id: str, now: datetime) -> bool:
    """The adviser's telephone was picked up; whether to ask for the key."""
    found = _locked(session, call_id)
    if found is None or adviser_calls.is_over(found[0]):
        return False
    call, _ = found
    call.carrier_id = call.carrier_id or carrier_id
    call.answered_at = call.answered_at or now
    call.heard_wall = func.clock_timestamp()
    if call.state == AdviserCallState.PLACING:
        call.state = AdviserCallState.RINGING
    session.flush()
    return True


def confirm(
    session: Session, call_id: UUID, now: datetime, settings: Settings, lead: timedelta
) -> Dialled | list[CallRefusal]:
    """The adviser pressed the key: the person is called now, if every gate is open at this instant.

    Told twice, the same again; nothing (an empty list) once the call is over.
    """
    found = _locked(session, call_id)
    if found is None:
        return []
    call, request = found
    rules = rules_of(session, request)
    if call.attempt_id is not None:
        attempt = attempts.lock(session, call.attempt_id)
        is_open = attempt is not None and attempt.status != AttemptStatus.ENDED
        return Dialled(call.attempt_id, call.number, call.caller, rules.ring_seconds) if is_open else []
    if call.state not in {AdviserCallState.PLACING, AdviserCallState.RINGING}:
        return []
    patient = people.lock_free(session, call.patient_id)
    account = adviser_calls.account_of(session, call.account_id)
    closed = closed_for(session, request, account, patient, call.number, now, settings, lead) or caller_closed(call)
    attempt_id = adviser_calls.write_attempt(session, call, now) if not closed else None
    if attempt_id is None:
        closed = closed or [CallRefusal.ALREADY_ATTEMPTING]
        _refuse(session, call, request, closed, now)
        return closed
    call.attempt_id = attempt_id
    call.state = AdviserCallState.CALLING
    call.confirmed_at = now
    session.flush()
    return Dialled(attempt_id, call.number, call.caller, rules.ring_seconds)


def person_called(
    session: Session,
    call_id: UUID,
    status: CarrierStatus,
    now: datetime,
    *,
    carrier_id: str | None,
    duration_seconds: int | None,
) -> AdviserCallResult | None:
    """How the person's call ended, told to the adviser's; the result, for who is still on the line."""
    found = _locked(session, call_id)
    if found is None or found[0].attempt_id is None:
        return None
    call, request = found
    carrier_facts.carrier_status(
        session, found[0].attempt_id, status, now, carrier_id=carrier_id, duration_seconds=duration_seconds
    )
    _settle(session, call, request, now)
    return AdviserCallResult(call.result) if call.result is not None else None


def told(session: Session, call_id: UUID, carrier_id: str, status: CarrierStatus, now: datetime) -> None:
    """How the adviser's own call goes. The person's is told by itself."""
    found = _locked(session, call_id)
    if found is None:
        return
    call, request = found
    call.heard_wall = func.clock_timestamp()
    call.carrier_id = call.carrier_id or carrier_id
    if call.state == AdviserCallState.PLACING:
        call.state = AdviserCallState.RINGING
    if status in _ENDS and call.state == AdviserCallState.RINGING:
        picked = call.answered_at is not None or status is CarrierStatus.COMPLETED
        ended = AdviserCallResult.NOT_CONFIRMED if picked else AdviserCallResult.ADVISER_UNREACHED
        _end(session, call, request, ended, now)
    elif status in _ENDS:
        _settle(session, call, request, now)
    session.flush()


def _settle(session: Session, call: AdviserCall, request: Request, now: datetime) -> None:
    attempt = attempts.lock(session, call.attempt_id) if call.attempt_id is not None else None
    if attempt is None or attempt.status != AttemptStatus.ENDED or call.state != AdviserCallState.CALLING:
        return
    _end(session, call, request, _result_of(attempt), now, attempt.duration_seconds)


def _result_of(attempt: Attempt) -> AdviserCallResult:
    if attempt.disposition is None:
        return AdviserCallResult.NOT_REACHED
    return _RESULTS.get(Disposition(attempt.disposition), AdviserCallResult.NOT_REACHED)


def _end(
    session: Session,
    call: AdviserCall,
    request: Request,
    result: AdviserCallResult,
    now: datetime,
    seconds: int | None = None,
) -> None:
    if adviser_calls.is_over(call):
        return
    call.state, call.result, call.ended_at = AdviserCallState.ENDED, result, now
    _log(session, call, request, {"result": result.value, "seconds": seconds}, now)


def _refuse(
    session: Session, call: AdviserCall, request: Request, reasons: Sequence[CallRefusal], now: datetime
) -> None:
    call.state, call.ended_at = AdviserCallState.REFUSED, now
    call.reasons = [reason.value for reason in reasons]
    _log(session, call, request, {"refused": call.reasons}, now)


def _log(session: Session, call: AdviserCall, request: Request, document: dict[str, object], now: datetime) -> None:
    """In the request's log, under the adviser's name; whoever works on it keeps it."""
    account = adviser_calls.account_of(session, call.account_id)
    write(session, request.id, account, "called_through_us", now, None, document)
    if account is not None and is_held_by(request, account):
        renew(request, now)
    session.flush()
