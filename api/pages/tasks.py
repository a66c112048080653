"""The adviser's tasks: what was promised, and when."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.pages import labels, offers_words
from api.pages.rendering import back_to, render
from api.sessions import Act, Page, relative
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role, TaskOutcome
from outreach.errors import BadInput
from outreach.services import audit, tasks

router = APIRouter()
Adviser = Annotated[Account, Depends(Page(Role.ADVISER))]
Working = Annotated[Account, Depends(Act(Role.ADVISER))]
Then = Annotated[str, Form(max_length=200)]


@router.get("/taches")
def all_tasks(request: Request, adviser: Adviser, de: str = "") -> Response:
    runtime = runtime_of(request)
    team = de == "equipe"
    with runtime.transaction() as session:
        now = runtime.clock.now()
        shown = tasks.due(session, None if team else adviser, now)
        for task in shown:
            if task.request.patient is not None:
                audit.record(session, adviser.login, "tasks_listed", task.request.patient.reference, None, now)
    today = tasks.start_of_day(now)
    return render(
        request,
        "tasks.html",
        now=now,
        team=team,
        groups=[
            ("retard", "En retard", [task for task in shown if task.due_at < today]),
            ("jour", "Aujourd’hui", [task for task in shown if today <= task.due_at < today + labels.ONE_DAY]),
            ("semaine", "Dans les sept jours", [task for task in shown if task.due_at >= today + labels.ONE_DAY]),
        ],
        follow_ups=frozenset(tasks.FOLLOW_UPS),
        outcomes=[(outcome.value, offers_words.TASK_OUTCOMES[outcome]) for outcome in tasks.FOLLOW_UP_OUTCOMES],
    )


@router.post("/taches/{task_id}/faite")
def done(
    request: Request,
    adviser: Working,
    task_id: UUID,
    outcome: Annotated[str, Form(max_length=32)] = "",
    note: Annotated[str, Form(max_length=2000)] = "",
    suite: Then = "/taches",
) -> Response:
    if outcome and outcome not in set(TaskOutcome):
        raise BadInput("this outcome is not in the list")
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        found = TaskOutcome(outcome) if outcome else None
        tasks.done(session, task_id, adviser, runtime.clock.now(), found, note.strip() or None)
    return back_to(request, relative(suite), "tache_faite")


@router.post("/taches/{task_id}/rouvrir")
def reopen(request: Request, adviser: Working, task_id: UUID, suite: Then = "/taches") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        tasks.reopen(session, task_id, adviser, runtime.clock.now())
    return back_to(request, relative(suite), "tache_rouverte")
