"""What advisers have promised: each promise stays on somebody's list until it is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from outreach.database.models import Account, Request, Task
from outreach.database.repositories import request_file, tasks
from outreach.domain.words import TaskKind, TaskOutcome
from outreach.errors import BadInput, NotFound
from outreach.runtime import Session
from outreach.services.request_log import write

ADVISERS_ZONE = ZoneInfo("Europe/Paris")
"""The day of the desk's pages, whose hours are all in Paris."""
FOLLOW_UPS = {TaskKind.FOLLOW_UP_30: timedelta(days=30), TaskKind.FOLLOW_UP_90: timedelta(days=90)}
FOLLOW_UP_OUTCOMES = (
    TaskOutcome.STILL_DECLARED,
    TaskOutcome.FOUND_OTHERWISE,
    TaskOutcome.WITHOUT_PHYSICIAN,
    TaskOutcome.UNREACHABLE,
)
NEWS_ARE_TAKEN_AFTER = frozenset({"matched", "declared", "no_physician_found"})
"""The results of a request after which one asks again, in 30 and 90 days."""
AHEAD = timedelta(days=7)
MOST = 200


class UnknownTask(NotFound):
    def __init__(self) -> None:
        super().__init__("this task is not known")


@dataclass(frozen=True, slots=True)
class Counts:
    """Of one adviser: what is due by the end of today, and what of it should have been done on an earlier day."""

    due: int
    overdue: int


def add(
    session: Session,
    request: Request,
    kind: TaskKind,
    due_at: datetime,
    account: Account | None,
    now: datetime,
    *,
    note: str | None = None,
    assigned_to: Account | None = None,
) -> Task:
    """Promises something at a moment; nobody's is the team's. Said twice, it is one promise.

    `account` is who promises, None when the desk does so by itself.
    """
    found = tasks.follow_up(session, request.id, kind) if kind in FOLLOW_UPS else None
    found = found or tasks.same(session, request.id, kind, due_at, note)
    if found is not None:
        return found
    task = Task(
        request_id=request.id,
        kind=kind,
        due_at=due_at,
        assigned_to=assigned_to.id if assigned_to is not None else None,
        note=note,
        created_at=now,
        created_by=account.id if account is not None else None,
    )
    session.add(task)
    write(session, request.id, account, "task_added", now, note)
    session.flush()
    return task


def _locked(session: Session, task_id: UUID) -> Task:
    task = tasks.lock(session, task_id)
    if task is None:
        raise UnknownTask
    return task


def done(
    session: Session,
    task_id: UUID,
    account: Account,
    now: datetime,
    outcome: TaskOutcome | None = None,
    note: str | None = None,
) -> Task:
    """Keeps a promise. Done twice, it was done the first time. Raises BadInput for a follow-up that tells nothing."""
    task = _locked(session, task_id)
    if task.done_at is not None:
        return task
    if (task.kind in FOLLOW_UPS) != (outcome in FOLLOW_UP_OUTCOMES):
        raise BadInput("a follow-up ends with what it found, and only a follow-up does")
    task.done_at, task.done_by = now, account.id
    task.outcome = outcome or TaskOutcome.DONE
    write(session, task.request_id, account, "task_done", now, note)
    session.flush()
    return task


def reopen(session: Session, task_id: UUID, account: Account, now: datetime) -> Task:
    """Takes back that a promise was kept. One dropped because the person withdrew stays so. Raises BadInput."""
    task = _locked(session, task_id)
    if task.done_at is None:
        return task
    if task.outcome == TaskOutcome.WITHDRAWN:
        raise BadInput("the person has withdrawn; nothing is done for them any more")
    task.done_at = task.done_by = task.outcome = None
    write(session, task.request_id, account, "task_reopened", now)
    session.flush()
    return task


def follow_up(session: Session, request: Request, account: Account | None, now: datetime) -> list[Task]:
    """Promises to ask, in 30 and in 90 days, whether the person has a physician: whoever is on the team then."""
    return [add(session, request, kind, now + delay, account, now) for kind, delay in FOLLOW_UPS.items()]


def after_closing(session: Session, request: Request, account: Account, now: datetime) -> None:
    """News are taken of whom a physician was looked for; nobody asks any more whether an appointment took place."""
    tasks.finish(session, request.id, TaskKind.APPOINTMENT, now)
    if request.patient is not None and request.result in NEWS_ARE_TAKEN_AFTER:
        follow_up(session, request, account, now)


def get(session: Session, task_id: UUID) -> Task:
    """Raises UnknownTask."""
    return _locked(session, task_id)


def of_request(session: Session, request_id: UUID) -> Sequence[Task]:
    """All of a request's, the open ones first."""
    return tasks.of_request(session, request_id)


def request_of(session: Session, task: Task) -> Request:
    request = request_file.with_person(session, task.request_id)
    assert request is not None
    return request


def day_of(at: datetime) -> date:
    return at.astimezone(ADVISERS_ZONE).date()


def start_of_day(now: datetime) -> datetime:
    """Midnight, by the advisers' clock."""
    return datetime.combine(day_of(now), time(0), ADVISERS_ZONE)


def due(session: Session, account: Account | None, now: datetime, ahead: timedelta = AHEAD) -> Sequence[Task]:
    """Open tasks of an adviser (theirs, and nobody's in their departments) or of everybody, the oldest first.

    From long overdue to `ahead` of the end of today; an account that was closed holds nothing any more.
    """
    return tasks.due(session, account, start_of_day(now) + timedelta(days=1) + ahead, MOST)


def counts(session: Session, account: Account | None, now: datetime) -> Counts:
    today = start_of_day(now)
    return Counts(*tasks.counts(session, account, today + timedelta(days=1), today))
