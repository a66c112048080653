"""Who would be contacted at a moment, who not, and why: by the dialer's own gates, in aggregates (rule 15)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api import ahead
from api.pages import labels, steering_words
from api.pages.board_words import GATES
from api.pages.labels import PARIS
from api.pages.rendering import render
from api.pages.steering import Supervisor
from api.state import runtime_of
from outreach.domain.rates_masking import SMALLEST_CELL, hidden_cells
from outreach.runtime import Runtime
from outreach.services import campaigns, outlook, preview
from outreach.services.preview import Preview

router = APIRouter(prefix="/tableau/{name}")

SAMPLE = 3000
"""As many contacts as are looked at while somebody waits for the page: half a second."""
_SECONDS = 30.0
"""The oldest that a look at this moment may be."""


class Part:
    """One line of a table: how many people, or what share of a sample; masked when too few to be told."""

    def __init__(self, label: str, count: int | None, of: int, *, sampled: bool) -> None:
        self.label = label
        self.masked = count is None
        share = count / of if count is not None and of else 0.0
        self.permille = round(1000 * share)
        self.shown = "masqué" if count is None else _percent(share) if sampled else steering_words.grouped(count)


def _percent(share: float) -> str:
    return "moins de 1\u00a0%" if 0 < share < 0.01 else f"{100 * share:.0f} %"


def _parts(counts: Mapping[str, int], of: int, *, sampled: bool) -> list[Part]:
    people: dict[str | None, int] = {None: of}
    people.update(counts.items())
    whole: list[tuple[str | None, list[str | None]]] = [(None, list(counts))] if sum(counts.values()) == of else []
    hidden = hidden_cells(people, whole)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Part(label, None if label in hidden else count, of, sampled=sampled) for label, count in ordered]


@dataclass(frozen=True, slots=True)
class _Look:
    """`total`: people of the campaign, None when too few to be told."""

    at: datetime
    seen: Preview
    total: int | None


def _look(runtime: Runtime, name: str, at: datetime | None = None) -> _Look:
    at = at or runtime.clock.now()
    with runtime.transaction() as session:
        seen = preview.preview(session, name, at, runtime.settings, most=SAMPLE)
    if not seen.is_sample:
        return _Look(at, seen, None if 0 < seen.looked_at < SMALLEST_CELL else seen.looked_at)
    with runtime.transaction() as session:
        return _Look(at, seen, outlook.outlook(session, name).contacts)


@router.get("/apercu")
def show(request: Request, _: Supervisor, name: str, a: Annotated[str, Query(max_length=32)] = "") -> Response:
    runtime = runtime_of(request)
    asked, problem = _moment(a)
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
    if asked is None:
        # What somebody has just changed is seen at once; the rest moves as calls are made.
        key = ("preview", name, campaign.status, campaign.policy_version)
        look = ahead.answer(request, key, partial(_look, runtime, name), _SECONDS)
    else:
        look = _look(runtime, name, asked)
    at, seen, sampled = look.at, look.seen, look.seen.is_sample
    told: dict[str, int] = {}
    for what, count in seen.counts.items():
        said = steering_words.becomes(what)
        told[said] = told.get(said, 0) + count
    days = {labels.long_day(day): count for day, count in sorted(seen.days.items())[:15]}
    in_order = {label: index for index, label in enumerate(days)}
    return render(
        request,
        "steering/preview.html",
        422 if problem else 200,
        campaign=campaign,
        at=at,
        moment=at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M"),
        seen=seen,
        total=look.total,
        sampled=sampled,
        becomes=_parts(told, seen.looked_at, sampled=sampled),
        gates=_parts({GATES.get(gate, gate): n for gate, n in seen.gates.items()}, seen.looked_at, sampled=sampled),
        days=sorted(_parts(days, seen.looked_at, sampled=sampled), key=lambda part: in_order[part.label]),
        wrong=problem,
    )


def _moment(text: str) -> tuple[datetime | None, str | None]:
    if not text:
        return None, None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None, "Choisissez un jour et une heure, comme 2026-11-24T10:30."
    if not 2000 <= at.year <= 2100:
        return None, "Choisissez un jour de ce siècle."
    return (at if at.tzinfo is not None else at.replace(tzinfo=PARIS)), None
