"""The supervisor's pages: campaigns, and one of them. Aggregates alone, small cells masked (rule 15)."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import Response

from api.pages import board_words, labels
from api.pages.rendering import back_to, render
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.services import alerts, campaigns, capacity, figures

router = APIRouter()
Supervisor = Annotated[Account, Depends(Page(Role.SUPERVISOR))]
Steering = Annotated[Account, Depends(Act(Role.SUPERVISOR))]

_COLUMNS = {
    "placed": "placés",
    "rang": "ont sonné",
    "human_answered": "décrochés",
    "right_party": "bonne personne",
    "accepted": "acceptent",
    "refused": "refusent",
    "contact_rate": "contact (CON1)",
    "cooperation_rate": "coopération (COOP1)",
    "refusal_rate": "refus (REF1)",
    "heard": "entendue",
    "answered": "répondue",
    "left": "interrompue là",
    "contact_rate_low": "contact, borne basse à 95 %",
    "contact_rate_high": "contact, borne haute à 95 %",
    "answer_rate": "taux de réponse",
    "left_rate": "taux d’interruption",
}
_FORMULAS = (
    ("Contact, AAPOR CON1", "appels décrochés par quelqu’un ÷ appels placés"),
    ("Coopération, AAPOR COOP1", "personnes qui acceptent ÷ bonnes personnes jointes"),
    ("Refus, AAPOR REF1", "refus et oppositions ÷ appels placés"),
)
_QUESTION_FORMULAS = (
    ("Taux de réponse", "conversations où la question a reçu une réponse ÷ conversations où elle a été entendue"),
    ("Taux d’interruption", "conversations qui s’arrêtent là ÷ conversations où elle a été entendue"),
)


def _funnel_rows(steps: list[tuple[str, str, int | None]]) -> list[dict[str, Any]]:
    whole = next((count for step, _, count in steps if step == "eligible"), None)
    rows = []
    for _, label, count in steps:
        part = count / whole if count is not None and whole else None
        rows.append(
            {
                "label": label.capitalize(),
                "shown": board_words.figure(count),
                "share": f"{100 * part:.0f} %" if part is not None else "",
                "width": round(1000 * part) if part is not None else 0,
            }
        )
    return rows


def _largest_first(states: dict[str, int | None]) -> list[tuple[str, int | None]]:
    return sorted(states.items(), key=lambda item: (-(item[1] or 0), item[0]))


@router.get("/tableau")
def all_campaigns(request: Request, _: Supervisor) -> Response:
    with runtime_of(request).transaction() as session:
        rows = campaigns.everything(session)
    return render(request, "campaigns.html", campaigns=rows)


@router.get("/tableau/{name}")
def one_campaign(request: Request, _: Supervisor, name: str, par: str = "attempt") -> Response:
    runtime = runtime_of(request)
    by = par if par in figures.BREAKDOWNS else "attempt"
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
        board = figures.board(session, name)
        rates = figures.rates(session, name, by).rows()
        held = figures.held_and_where(session, name)
        attempts = figures.recent_attempts(session, name)
        told = alerts.of_campaign(session, campaign)
        urgent = alerts.patients_are_waiting(session)
        brakes = capacity.brakes_of(session, campaign, runtime.clock.now(), runtime.settings)
    header = [
        board_words.BREAKDOWNS[by].capitalize(),
        *(_COLUMNS.get(str(column), str(column)) for column in rates[0][1:]),
    ]
    return render(
        request,
        "campaign.html",
        campaign=campaign,
        now=runtime.clock.now(),
        funnel=_funnel_rows(board.funnel),
        by=by,
        breakdowns=board_words.BREAKDOWNS.items(),
        rates=[header, *([_group_label(by, row[0]), *row[1:]] for row in rates[1:])],
        definitions=_QUESTION_FORMULAS if by == "question" else _FORMULAS,
        states=[(state, board_words.figure(count)) for state, count in _largest_first(board.states)],
        held=[(gate, board_words.figure(count)) for gate, count in held.gates],
        brakes=[(brake, board_words.figure(held.people(brake.department, brake.gate))) for brake in brakes],
        attempts=attempts,
        alerts=told,
        urgent=urgent,
    )


def _group_label(by: str, label: object) -> str:
    text = str(label)
    if text == "total":
        return "Ensemble"
    if by == "attempt":
        return f"{int(text)}ᵉ tentative" if text != "01" else "1ʳᵉ tentative"
    if by == "question":
        return labels.QUESTIONS.get(text, text)
    if by == "channel":
        return {"voice": "téléphone", "sms": "SMS"}.get(text, text)
    return text


@router.post("/tableau/{name}/demarrer")
def start(request: Request, supervisor: Steering, name: str) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        sms_possible = runtime.settings.sms_sender is not None
        campaigns.start(session, name, runtime.clock.now(), supervisor.login, sms_possible=sms_possible)
    return back_to(request, f"/tableau/{name}", "demarree")


@router.post("/tableau/{name}/suspendre")
def pause(request: Request, supervisor: Steering, name: str) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        campaigns.pause(session, name, None, runtime.clock.now(), supervisor.login)
    return back_to(request, f"/tableau/{name}", "suspendue")


@router.post("/tableau/{name}/reprendre")
def resume(request: Request, supervisor: Steering, name: str) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        campaigns.resume(session, name, runtime.clock.now(), supervisor.login)
    return back_to(request, f"/tableau/{name}", "reprise")


@router.post("/tableau/{name}/alertes/{alert_id}/vue")
def acknowledge(request: Request, supervisor: Steering, name: str, alert_id: UUID) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        alerts.acknowledge(session, alert_id, runtime.clock.now(), supervisor.login)
    return back_to(request, f"/tableau/{name}", "vue")


@router.get("/tableau/{name}/arreter")
def ask_to_stop(request: Request, _: Supervisor, name: str) -> Response:
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
    return render(request, "stop.html", campaign=campaign)


@router.post("/tableau/{name}/arreter")
def stop(request: Request, supervisor: Steering, name: str, reason: Annotated[str, Form(max_length=200)]) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        campaigns.stop(session, name, reason, runtime.clock.now(), supervisor.login)
    return back_to(request, f"/tableau/{name}", "arretee")
