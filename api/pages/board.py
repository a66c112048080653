"""The supervisor's pages: campaigns, and how far one of them is. Aggregates alone, small cells masked (rule 15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api import ahead, charts
from api.pages import board_charts, board_shown, board_words, board_work_charts
from api.pages.labels import PARIS
from api.pages.rendering import render
from api.sessions import Page
from api.state import runtime_of
from outreach.database.models import Account, Campaign
from outreach.domain.progress import Progress, progress
from outreach.domain.rates_tables import RatesTable
from outreach.domain.words import CampaignStatus, Role
from outreach.runtime import Runtime
from outreach.services import alerts, breaker, campaigns, capacity, figures
from outreach.services.capacity import Brake

router = APIRouter()
Supervisor = Annotated[Account, Depends(Page(Role.SUPERVISOR))]

_KEY_FIGURES = (
    ("reached", "Personnes jointes", "des personnes éligibles"),
    ("consented", "Acceptent l’aide", "des personnes éligibles"),
    ("matched", "Ont trouvé un médecin", "des personnes éligibles"),
    ("declared", "Médecin déclaré", "des personnes éligibles"),
)
_PACE_SECONDS = 5.0
_LISTED = (CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.DRAFT, CampaignStatus.STOPPED)
Steps = Sequence[tuple[str, str, int | None]]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    label: str
    value: str
    told: str


def _key_figures(steps: Steps) -> list[KeyFigure]:
    counts = {step: count for step, _, count in steps}
    whole = counts["eligible"]
    found = []
    for step, label, of in _KEY_FIGURES:
        count = counts[step]
        told = f"{board_words.share(count / whole)} {of}" if count is not None and whole else ""
        found.append(KeyFigure(label, board_words.figure(count), told))
    return found


def _progress(steps: Steps, by_day: RatesTable, campaign: Campaign, today: date) -> Progress | None:
    """None while a part of it is masked."""
    counts = {step: count for step, _, count in steps}
    called, callable_people = counts["attempted"], counts["with_telephone"]
    if called is None or not callable_people:
        return None
    calls = [
        (date.fromisoformat(label), placed)
        for label, line in zip(by_day.labels[:-1], by_day.counts, strict=False)
        if (placed := line["placed"]) is not None
    ]
    target: date | None = getattr(campaign, "target_on", None)
    return progress(called, callable_people, calls, today, target)


def _largest_first(states: dict[str, int | None]) -> list[tuple[str, int | None]]:
    return sorted(states.items(), key=lambda item: (-(item[1] or 0), item[0]))


@dataclass(frozen=True, slots=True)
class _Pace:
    """What held a campaign back at that moment, and how its last calls went."""

    at: datetime
    brakes: list[Brake]
    last: breaker.LastCalls


def _pace(runtime: Runtime, name: str) -> _Pace:
    now = runtime.clock.now()
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
        brakes = capacity.brakes_of(session, campaign, now, runtime.settings)
        return _Pace(now, brakes, breaker.last_calls(session, campaign, now))


@router.get("/tableau")
def all_campaigns(request: Request, _: Supervisor) -> Response:
    with runtime_of(request).transaction() as session:
        rows = campaigns.everything(session)
        told = alerts.of_no_campaign(session)
    newest_first = sorted(rows, key=lambda campaign: campaign.created_at, reverse=True)
    rows = sorted(newest_first, key=lambda campaign: _LISTED.index(CampaignStatus(campaign.status)))
    # Whoever looks here looks at charts next.
    charts.start()
    return render(request, "campaigns.html", campaigns=rows, alerts=told)


@router.get("/tableau/{name}")
def one_campaign(request: Request, _: Supervisor, name: str) -> Response:
    runtime = runtime_of(request)
    now = runtime.clock.now()
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
        board = figures.board(session, name)
        by_day = figures.rates(session, name, "day")
        waiting = board_work_charts.waiting(figures.waiting(session, name, now))
        held = figures.held_and_where(session, name)
        told = alerts.of_campaign(session, campaign)
        urgent = alerts.patients_are_waiting(session)
    # All open requests and volunteers are counted for it: while somebody watches, ahead of the page.
    pace = ahead.answer(request, ("pace", name), partial(_pace, runtime, name), _PACE_SECONDS)
    read = (board_charts.funnel(board.funnel), board_charts.days(by_day, by_day.definitions[0]), waiting)
    far = _progress(board.funnel, by_day, campaign, now.astimezone(PARIS).date())
    return render(
        request,
        "campaign.html",
        campaign=campaign,
        now=now,
        shown=board_shown.shown(request, name, *read),
        key_figures=_key_figures(board.funnel),
        progress=far,
        progress_told=board_words.progress(far) if far is not None else "",
        states=[(state, board_words.figure(count)) for state, count in _largest_first(board.states)],
        held=[(gate, board_words.figure(count)) for gate, count in held.gates],
        brakes=[(brake, board_words.figure(held.people(brake.department, brake.gate))) for brake in pace.brakes],
        braked_at=pace.at,
        failures=board_words.failures(pace.last),
        alerts=told,
        urgent=urgent,
        why=board_words.WHY_MASKED,
    )
