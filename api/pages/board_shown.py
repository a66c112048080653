"""The charts of the board by name: each read from the figures, drawn, kept, and given as a file."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Request

from api.charts.rendering import ours
from api.charts.shelf import Cell, Chart, Shelf, Shown
from api.pages import board_charts, board_words, board_work_charts
from api.pages.sheets import as_csv
from outreach.domain.rates import COHORT_RATES, RATES, RateDefinition
from outreach.runtime import Runtime, Session
from outreach.services import figures

By = Annotated[str, Query(max_length=16)]
RateAsked = Annotated[str, Query(max_length=40)]
_PEOPLE = "personnes."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page, or a file, is to show. What isn't known is the first there is."""

    by: str
    rate: str
    now: datetime


def asked_of(par: str, taux: str, now: datetime) -> Asked:
    return Asked(par if par in board_words.BREAKDOWNS else "attempt", taux, now)


def _query(**values: str) -> str:
    return f"?{urlencode(values)}"


def _funnel(session: Session, name: str, _: Asked) -> Chart:
    return board_charts.funnel(figures.board(session, name).funnel)


def _by_day(session: Session, name: str, _: Asked) -> Chart:
    table = figures.rates(session, name, "day")
    return board_charts.days(table, table.definitions[0])


def _waiting(session: Session, name: str, asked: Asked) -> Chart:
    return board_work_charts.waiting(figures.waiting(session, name, asked.now))


def _rates(session: Session, name: str, asked: Asked) -> Chart:
    table = figures.rates(session, None if asked.by == "campaign" else name, asked.by)
    definition = board_charts.definition_in(table.definitions, asked.rate)
    return board_charts.rates(table, definition, _query(par=asked.by, taux=definition.key))


def _moments(session: Session, name: str, asked: Asked) -> Chart:
    table = figures.rates(session, name, "moment")
    definition = board_charts.definition_in(table.definitions, asked.rate)
    return board_charts.moments(table, definition, _query(taux=definition.key))


def map_definition(key: str) -> tuple[str, RateDefinition]:
    """The rate that a map is asked for: of calls by its own key, of people behind a prefix."""
    if key.startswith(_PEOPLE):
        definition = board_charts.definition_in(COHORT_RATES, key.removeprefix(_PEOPLE))
        return f"{_PEOPLE}{definition.key}", definition
    definition = board_charts.definition_in(RATES, key)
    return definition.key, definition


def map_choices() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The rates that a map can show, of people and of calls."""
    return (
        [(f"{_PEOPLE}{one.key}", board_words.rate_name(one)) for one in COHORT_RATES],
        [(one.key, board_words.rate_name(one)) for one in RATES],
    )


def _map(session: Session, name: str, asked: Asked) -> Chart:
    key, definition = map_definition(asked.rate)
    table = (
        figures.cohort(session, name, "department")
        if key.startswith(_PEOPLE)
        else figures.rates(session, name, "department")
    )
    return board_charts.tiles(table, definition, _query(taux=key))


def _endings(session: Session, name: str, _: Asked) -> Chart:
    return board_work_charts.endings(figures.endings(session, name))


def _questions(session: Session, name: str, _: Asked) -> Chart:
    return board_work_charts.questions(figures.rates(session, name, "question"))


def _handover(session: Session, name: str, asked: Asked) -> Chart:
    return board_work_charts.handover(figures.handover(session, name, asked.now))


def _load(session: Session, _: str, asked: Asked) -> Chart:
    return board_work_charts.load(figures.load(session, asked.now))


READ: dict[str, Callable[[Session, str, Asked], Chart]] = {
    "entonnoir": _funnel,
    "contact-par-jour": _by_day,
    "en-attente": _waiting,
    "taux": _rates,
    "moments": _moments,
    "carte": _map,
    "fins": _endings,
    "questions": _questions,
    "delais": _handover,
    "charge": _load,
}
"""Each chart under its name, which is also that of its files."""


def shelf_of(request: Request) -> Shelf:
    """This process's shelf, one for its database."""
    runtime, state = request.app.state.runtime, request.app.state
    held: tuple[Runtime, Shelf] | None = getattr(state, "shelf", None)
    if held is None or held[0] is not runtime:
        held = state.shelf = (runtime, Shelf(ours()))
    return held[1]


def shown(request: Request, name: str, *charts: Chart) -> dict[str, Shown]:
    """A page's charts with their drawings, by name. To be called outside any transaction: it may wait."""
    places = {f"{name}/{chart.name}{chart.query}": chart for chart in charts}
    found = shelf_of(request).all_shown(places)
    return {chart.name: one for chart, one in zip(charts, found, strict=True)}


def csv_of(chart: Chart) -> bytes:
    """The chart's table for a French spreadsheet: semicolons, decimal commas, days as JJ/MM/AAAA."""
    return as_csv(chart.header, ([_plain(cell) for cell in line] for line in chart.table))


def _plain(cell: Cell) -> object:
    if cell is None:
        return board_words.MASKED
    if isinstance(cell, float):
        return f"{cell:.4f}".replace(".", ",")
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    return cell
