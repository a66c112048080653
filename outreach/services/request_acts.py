"""What an adviser does on a request: a note, a call, an answer corrected, an hour promised; the last step undone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID

from outreach.database.models import Account, Request, RequestEvent, Task
from outreach.database.repositories import request_file, requests_of
from outreach.database.repositories.request_file import Event
from outreach.domain.calling_hours import Window
from outreach.domain.words import CallResult, RequestKind, RequestStatus, TaskKind
from outreach.errors import BadInput, BusinessError
from outreach.runtime import Session
from outreach.services import tasks
from outreach.services.request_log import is_held_by, locked, mine, renew, write

NOTE_LENGTH = 2000
_FURTHEST_PROMISE = timedelta(days=366)
_MORNING = time(9)


class NothingToUndo(BusinessError):
    """The last step isn't the adviser's own, or can't be taken back."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person needs, as an adviser corrects it."""

    mobility: Sequence[str]
    max_travel_minutes: int | None
    max_travel_km: int | None
    area: dict[str, Any] | None
    preference: dict[str, Any] | None


_ANSWERED = ("mobility", "max_travel_minutes", "max_travel_km", "area", "preference")


def _at_hand(session: Session, request_id: UUID, account: Account, now: datetime) -> Request:
    """To add to a request one need not hold it; whoever holds it works on it."""
    request = locked(session, request_id)
    if is_held_by(request, account):
        renew(request, now)
    return request


def add_note(session: Session, request_id: UUID, account: Account, text: str, now: datetime) -> RequestEvent:
    """Raises BadInput for an empty one."""
    if not text.strip():
        raise BadInput("a note says something")
    event = write(session, _at_hand(session, request_id, account, now).id, account, "noted", now, text.strip())
    session.flush()
    return event


def log_call(
    session: Session, request_id: UUID, account: Account, result: CallResult, note: str | None, now: datetime
) -> RequestEvent:
    """A call that the adviser made to the person, and how it went."""
    request = _at_hand(session, request_id, account, now)
    event = write(session, request.id, account, "called", now, note, {"result": result.value})
    session.flush()
    return event


def set_callback(
    session: Session,
    request_id: UUID,
    account: Account,
    window: Window | None,
    now: datetime,
    version: int | None = None,
) -> Request:
    """Promises to call the person at an hour, or takes the promise away. Raises BadInput for an hour that is over."""
    request = mine(session, request_id, account, now, version)
    if window is not None and (window.end <= now or window.end <= window.start):
        raise BadInput("a callback lies ahead, and ends after it begins")
    before = _callback_of(request)
    request.callback_from, request.callback_to = (window.start, window.end) if window is not None else (None, None)
    write(session, request.id, account, "callback_set", now, None, {"before": before, "after": _callback_of(request)})
    session.flush()
    return request


def edit_answers(
    session: Session,
    request_id: UUID,
    account: Account,
    answers: Answers,
    now: datetime,
    version: int | None = None,
    note: str | None = None,
) -> bool:
    """Corrects what the person needs; the old values stay in the log. Whether anything was new."""
    request = mine(session, request_id, account, now, version)
    if request.kind != RequestKind.MATCHING:
        raise BadInput("only a request for a physician has these answers")
    wanted = {
        "mobility": list(answers.mobility),
        "max_travel_minutes": answers.max_travel_minutes,
        "max_travel_km": answers.max_travel_km,
        "area": answers.area,
        "preference": answers.preference,
    }
    before = _answers_of(request)
    changed = [name for name in _ANSWERED if before[name] != wanted[name]]
    if not changed:
        session.flush()
        return False
    for name in changed:
        setattr(request, name, wanted[name])
    document = {"before": {n: before[n] for n in changed}, "after": {n: wanted[n] for n in changed}}
    write(session, request.id, account, "answers_edited", now, note, document)
    session.flush()
    return True


def _answers_of(request: Request) -> dict[str, Any]:
    return {name: getattr(request, name) for name in _ANSWERED}


def _callback_of(request: Request) -> dict[str, Any]:
    return {
        name: at.isoformat() if at is not None else None
        for name, at in (("callback_from", request.callback_from), ("callback_to", request.callback_to))
    }


_Step = TypeVar("_Step", RequestEvent, Event)


def promise(
    session: Session, request_id: UUID, account: Account, day: date, note: str, now: datetime, *, team: bool = False
) -> Task:
    """Promises something for a day: the adviser, or whoever is on the team then. Raises BadInput for another year."""
    today = tasks.day_of(now)
    if not today <= day <= today + _FURTHEST_PROMISE:
        raise BadInput("a task is for a day from today on, within a year")
    request = _at_hand(session, request_id, account, now)
    due_at = datetime.combine(day, _MORNING, tasks.ADVISERS_ZONE)
    assigned_to = None if team else account
    return tasks.add(session, request, TaskKind.OTHER, due_at, account, now, note=note, assigned_to=assigned_to)


def undoable(events: Sequence[_Step], request: Request, account: Account) -> _Step | None:
    """The step that this adviser may take back now: the last one, if it is theirs and can be undone."""
    undone = {event.undoes for event in events if event.undoes is not None}
    steps = [event for event in events if event.undoes is None and event.id not in undone]
    if not steps:
        return None
    last = steps[-1]
    if last.account_id != account.id or last.act not in _UNDO:
        return None
    needs_hold = last.act in {"answers_edited", "callback_set"}
    return None if needs_hold and not is_held_by(request, account) else last


def undo(session: Session, request_id: UUID, account: Account, event_id: int, now: datetime) -> RequestEvent:
    """Takes back the adviser's last step, which stays in the log with its undoing. Raises NothingToUndo."""
    request = locked(session, request_id)
    last = undoable(request_file.events(session, request_id), request, account)
    if last is None or last.id != event_id:
        raise NothingToUndo("this step isn't the last one any more, or can't be taken back")
    _UNDO[last.act](session, request, last, account, now)
    if is_held_by(request, account):
        renew(request, now)
    write(session, request.id, account, "undone", now, None, {"act": last.act}, undoes=last.id)
    session.flush()
    return last


def _stays(_: Session, __: Request, ___: RequestEvent, ____: Account, _____: datetime) -> None:
    """What was only written down is struck out, and changes nothing else."""


def _answers_back(_: Session, request: Request, event: RequestEvent, __: Account, ___: datetime) -> None:
    document = event.document or {}
    if any(getattr(request, name) != value for name, value in document["after"].items()):
        raise NothingToUndo("the person has answered anew meanwhile")
    for name, value in document["before"].items():
        setattr(request, name, value)


def _callback_back(_: Session, request: Request, event: RequestEvent, __: Account, ___: datetime) -> None:
    document = event.document or {}
    if {name: _time(value) for name, value in document["after"].items()} != {
        "callback_from": request.callback_from,
        "callback_to": request.callback_to,
    }:
        raise NothingToUndo("another hour was asked for meanwhile")
    for name, value in document["before"].items():
        setattr(request, name, _time(value))


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value is not None else None


def _opened_again(session: Session, request: Request, _: RequestEvent, account: Account, now: datetime) -> None:
    if request.status != RequestStatus.CLOSED:
        raise NothingToUndo("this request isn't closed any more")
    if request.patient_id is not None and requests_of.open_of_kind(
        session, request.patient_id, RequestKind(request.kind)
    ):
        raise NothingToUndo("the person has made a new request meanwhile")
    request.status = RequestStatus.CLAIMED
    request.result = request.closed_at = None
    request.claimed_by = account.id
    renew(request, now)


def _taken_back(_: Session, request: Request, __: RequestEvent, account: Account, now: datetime) -> None:
    if request.status != RequestStatus.NEW:
        raise NothingToUndo("a colleague has taken it meanwhile")
    request.status = RequestStatus.CLAIMED
    request.claimed_by, request.claimed_at = account.id, now
    renew(request, now)


_UNDO: dict[str, Callable[[Session, Request, RequestEvent, Account, datetime], None]] = {
    "noted": _stays,
    "called": _stays,
    "answers_edited": _answers_back,
    "callback_set": _callback_back,
    "closed": _opened_again,
    "released": _taken_back,
}
