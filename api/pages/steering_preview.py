"""Who would be contacted at a moment, who not, and why: by the dialer's own gates, in aggregates (rule 15)."""

from collections.abc import Collection, Mapping
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
from outreach.domain.preview_masking import hidden_days, hidden_gates, hidden_parts, state_of, waiting
from outreach.domain.rates_masking import hidden_cells
from outreach.domain.rates_nesting import is_small
from outreach.domain.rates_states import Masking
from outreach.domain.words import ContactState
from outreach.runtime import Runtime
from outreach.services import campaigns, outlook, preview
from outreach.services.preview import Preview

router = APIRouter(prefix="/tableau/{name}")

SAMPLE = 3000
"""As many contacts as are looked at while somebody waits for the page: half a second."""
_DAYS = 15
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


def _parts(counts: Mapping[str, int], of: int, hidden: Collection[str], *, sampled: bool) -> list[Part]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Part(label, None if label in hidden else count, of, sampled=sampled) for label, count in ordered]


class _Shown:
    """What a preview tells, in the page's words: a sample by shares, everybody beside what the board tells."""

    def __init__(self, seen: Preview, board: Masking) -> None:
        self.sampled = seen.is_sample
        self._seen = seen
        # Of a sample no share tells how many few are; of everybody none may tell who isn't eligible.
        self._of = seen.looked_at if self.sampled else seen.looked_at - _ineligible(seen)
        listed = sorted(seen.days)[:_DAYS]
        self._days = {labels.long_day(day): seen.days[day] for day in listed}
        if self.sampled:
            self._what, self._gates, self._no_days = (
                hidden_cells(one, []) for one in (seen.counts, seen.gates, self._days)
            )
            return
        self._what = hidden_parts(seen.counts, board)
        held = {gate: f"held back: {gate}" for gate in seen.gates}
        first = {gate: seen.counts[what] for gate, what in held.items()}
        hidden_first = [gate for gate, what in held.items() if what in self._what]
        waits = waiting(seen.counts)
        self._gates = hidden_gates(seen.gates, first, hidden_first, waits, board)
        later = sum(seen.days.values()) - sum(self._days.values())
        self._no_days = hidden_days(self._days, later, waits, board)

    def becomes(self) -> list[Part]:
        told: dict[str, int] = {}
        hidden = {steering_words.becomes(what) for what in self._what}
        for what, count in self._seen.counts.items():
            said = steering_words.becomes(what)
            told[said] = told.get(said, 0) + count
        return _parts(told, self._of, hidden, sampled=self.sampled)

    def gates(self) -> list[Part]:
        told = {GATES.get(gate, gate): count for gate, count in self._seen.gates.items()}
        return _parts(told, self._of, {GATES.get(gate, gate) for gate in self._gates}, sampled=self.sampled)

    def days(self) -> list[Part]:
        in_order = list(self._days)
        parts = _parts(self._days, self._of, self._no_days, sampled=self.sampled)
        return sorted(parts, key=lambda part: in_order.index(part.label))


@dataclass(frozen=True, slots=True)
class _Look:
    """`eligible`: people of the campaign, None when masked. `masking`: of their states on the board of that moment."""

    at: datetime
    seen: Preview
    eligible: int | None
    masking: Masking


def _look(runtime: Runtime, name: str, at: datetime | None = None) -> _Look:
    at = at or runtime.clock.now()
    with runtime.transaction() as session:
        seen = preview.preview(session, name, at, runtime.settings, most=SAMPLE)
    with runtime.transaction() as session:
        board = outlook.outlook(session, name)
    if seen.is_sample:
        return _Look(at, seen, board.eligible, board.masking)
    eligible = seen.looked_at - _ineligible(seen)
    return _Look(at, seen, None if is_small(eligible) else eligible, board.masking)


def _ineligible(seen: Preview) -> int:
    return sum(count for what, count in seen.counts.items() if state_of(what) == ContactState.INELIGIBLE)


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
    shown = _Shown(look.seen, look.masking)
    return render(
        request,
        "steering/preview.html",
        422 if problem else 200,
        campaign=campaign,
        at=look.at,
        moment=look.at.astimezone(PARIS).strftime("%Y-%m-%dT%H:%M"),
        seen=look.seen,
        eligible=look.eligible,
        sampled=shown.sampled,
        becomes=shown.becomes(),
        gates=shown.gates(),
        days=shown.days(),
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
