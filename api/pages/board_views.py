"""The pages of a campaign's figures, each with its charts, and the charts as files."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from api.charts import Undrawn
from api.pages import board_charts, board_shown, board_words
from api.pages.board_shown import Asked, By, RateAsked, asked_of
from api.pages.labels import moment
from api.pages.rendering import download, render
from api.sessions import Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.rates import RATES
from outreach.domain.words import Role
from outreach.errors import NotFound
from outreach.services import campaigns

router = APIRouter(prefix="/tableau/{name}")
Supervisor = Annotated[Account, Depends(Page(Role.SUPERVISOR))]


def _page(request: Request, name: str, template: str, charts: list[str], asked: Asked, **values: Any) -> Response:
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
        read = [board_shown.READ[chart](session, name, asked) for chart in charts]
    shown = board_shown.shown(request, name, *read)
    return render(
        request, template, campaign=campaign, now=asked.now, shown=shown, why=board_words.WHY_MASKED, **values
    )


@router.get("/moments")
def moments(request: Request, _: Supervisor, name: str, taux: RateAsked = "") -> Response:
    asked = asked_of("moment", taux, runtime_of(request).clock.now())
    chosen = board_charts.definition_in(RATES, taux)
    choices = [(one.key, board_words.rate_name(one)) for one in RATES]
    return _page(request, name, "board/moments.html", ["moments"], asked, chosen=chosen, choices=choices)


@router.get("/carte")
def tile_map(request: Request, _: Supervisor, name: str, taux: RateAsked = "personnes.reached_rate") -> Response:
    asked = asked_of("department", taux, runtime_of(request).clock.now())
    key, chosen = board_shown.map_definition(taux)
    people, calls = board_shown.map_choices()
    return _page(request, name, "board/map.html", ["carte"], asked, key=key, chosen=chosen, people=people, calls=calls)


@router.get("/conversations")
def conversations(request: Request, _: Supervisor, name: str) -> Response:
    asked = asked_of("question", "", runtime_of(request).clock.now())
    return _page(request, name, "board/conversations.html", ["fins", "questions"], asked)


@router.get("/relais")
def handover(request: Request, _: Supervisor, name: str) -> Response:
    asked = asked_of("", "", runtime_of(request).clock.now())
    return _page(request, name, "board/handover.html", ["delais", "charge"], asked)


@router.get("/graphique/{chart}.{form}")
def file(
    request: Request,
    _: Supervisor,
    name: str,
    chart: Annotated[str, Path(max_length=40)],
    form: Literal["csv", "svg", "png"],
    par: By = "",
    taux: RateAsked = "",
) -> Response:
    if chart not in board_shown.READ:
        raise NotFound("there is no such chart")
    asked = asked_of(par, taux, runtime_of(request).clock.now())
    with runtime_of(request).transaction() as session:
        campaigns.get(session, name)
        read = board_shown.READ[chart](session, name, asked)
    called = f"{name}-{chart}.{form}"
    if form == "csv":
        return download(request, board_shown.csv_of(read), "text/csv; charset=utf-8", called)
    shown = board_shown.shown(request, name, read)[read.name]
    note = f"Relais, campagne {name}, {moment(asked.now)}. {read.note}".strip()
    try:
        if shown.drawing is None:
            raise Undrawn("nothing is counted yet, or it takes too long")
        if form == "png":
            return download(request, shown.drawing.png(read.title, note), "image/png", called)
        return download(request, shown.drawing.alone(read.title, note).encode(), "image/svg+xml", called)
    except Undrawn:
        return render(
            request,
            "message.html",
            503,
            heading="Pas de graphique pour l’instant",
            text="Il n’y a encore rien à dessiner, ou le dessin prend trop de temps. Le tableau a les mêmes chiffres.",
            back=f"/tableau/{name}",
            back_label="Vue d’ensemble",
        )
