"""The rates of a campaign, each with its definition; and who is behind a cell, by reference, for those entitled."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.pages import board_charts, board_shown, board_words
from api.pages.board_shown import By, RateAsked, asked_of
from api.pages.rendering import render
from api.sessions import Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.rates import RateDefinition
from outreach.domain.rates_tables import RatesTable
from outreach.domain.words import Role
from outreach.errors import NotFound, Refused
from outreach.runtime import Session
from outreach.services import audit, campaigns, figures

router = APIRouter(prefix="/tableau/{name}/taux")
Supervisor = Annotated[Account, Depends(Page(Role.SUPERVISOR))]
Group = Annotated[str, Query(max_length=64)]
_BEHIND = 500


def _table(session: Session, name: str, by: str) -> RatesTable:
    return figures.rates(session, None if by == "campaign" else name, by)


def _counts(table: RatesTable, group: str) -> Mapping[str, int | None]:
    if group not in table.labels:
        raise NotFound("there is no such row")
    return table.counts[table.labels.index(group)]


@router.get("")
def rates(request: Request, _: Supervisor, name: str, par: By = "attempt", taux: RateAsked = "") -> Response:
    runtime = runtime_of(request)
    asked = asked_of(par, taux, runtime.clock.now())
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
        table = _table(session, name, asked.by)
    chosen = board_charts.definition_in(table.definitions, taux)
    chart = board_charts.rates(table, chosen, f"?{urlencode({'par': asked.by, 'taux': chosen.key})}")
    return render(
        request,
        "board/rates.html",
        campaign=campaign,
        now=asked.now,
        by=asked.by,
        breakdowns=board_words.BREAKDOWNS.items(),
        chosen=chosen,
        columns=table.columns,
        meanings=board_words.COLUMN_MEANINGS,
        definitions=table.definitions,
        shown=board_shown.shown(request, name, chart),
        why=board_words.WHY_MASKED,
    )


@router.get("/case")
def one_cell(
    request: Request, _: Supervisor, name: str, taux: RateAsked = "", par: By = "attempt", groupe: Group = "total"
) -> Response:
    """A rate of one row: what it is, of what it is made, and the way to who is behind it."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
        table = _table(session, name, asked_of(par, taux, runtime.clock.now()).by)
    counts = _counts(table, groupe)
    definition: RateDefinition = board_charts.definition_in(table.definitions, taux)
    return render(
        request,
        "board/cell.html",
        campaign=campaign,
        now=runtime.clock.now(),
        by=table.by,
        group=groupe,
        group_label=board_words.group_label(table.by, groupe),
        definition=definition,
        value=board_charts.rate(counts, definition),
        interval=table.interval(counts, definition),
        parts=[
            (part, board_words.COLUMN_MEANINGS.get(part, part), counts[part])
            for part in (definition.numerator, definition.denominator)
        ],
        why=board_words.WHY_MASKED,
    )


@router.get("/lignes")
def rows_behind(
    request: Request,
    supervisor: Supervisor,
    name: str,
    colonne: Annotated[str, Query(max_length=40)] = "placed",
    par: By = "attempt",
    groupe: Group = "total",
) -> Response:
    """Who is behind a cell: references alone, each look in the audit trail (rule 14). Never behind a masked one."""
    runtime = runtime_of(request)
    now = runtime.clock.now()
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
        table = _table(session, name, asked_of(par, "", now).by)
        counts = _counts(table, groupe)
        if colonne not in counts:
            raise NotFound("there is no such column")
        if counts[colonne] is None:
            raise Refused("this cell is masked")
        of_all = table.by == "campaign"
        found = figures.rows_behind(session, None if of_all else name, table.by, groupe, colonne, _BEHIND)
        audit.record_all(session, supervisor.login, "rows_listed", found, now)
    return render(
        request,
        "board/rows.html",
        campaign=campaign,
        now=now,
        by=table.by,
        group=groupe,
        group_label=board_words.group_label(table.by, groupe),
        meaning=board_words.COLUMN_MEANINGS.get(colonne, colonne),
        count=counts[colonne],
        references=found,
        limit=_BEHIND,
    )
