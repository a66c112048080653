"""What pages show: a chart beside the figures of which it is made, drawn anew as they change."""

import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api.charts.drawer import Job, Undrawn
from api.charts.drawing import Drawing
from api.charts.rendering import WAIT_SECONDS, Drawings

Cell = str | int | float | date | None
"""A float is a share of 1; None is a figure too small to be shown."""

FRESH_SECONDS = 3.0
"""So long a page shows a chart with the figures it was drawn from, while the newer one is being drawn."""
_PLACES = 500


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Chart:
    """A chart and its table, which say the same. `name`: its own within its page and in its address.

    It is equal to itself alone, so that what is written of one can be kept beside it.
    """

    name: str
    title: str
    says: str
    maker: str
    rows: list[dict[str, Any]]
    """What is drawn; none when no figure can be shown, which `note` then says."""
    header: tuple[str, ...]
    table: Sequence[tuple[Cell, ...]]
    query: str = ""
    """What its address holds besides its name, from the question mark on."""
    note: str = ""
    keys: tuple[str, ...] = ()
    """What each row is in an address, when one can ask for more about it."""
    low: float = 0.0
    width: float = 0.0
    """Of a tiled chart: where its first step begins, and how much each holds."""
    is_empty: bool = False
    """Nothing is counted yet: there is nothing to draw."""

    @property
    def job(self) -> Job:
        return {"maker": self.maker, "figures": self.rows}


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in a page. `drawing` is None when there is none; `waits`: newer figures are being drawn."""

    chart: Chart
    drawing: Drawing | None
    waits: bool = False


@dataclass(slots=True)
class _Place:
    """`last`: what was shown there, of figures read at `read_at`. `coming`: newer ones, asked to be drawn."""

    last: Shown | None = None
    read_at: float = 0.0
    coming: tuple[float, Chart] | None = None

    def show(self, shown: Shown, read_at: float) -> Shown:
        if read_at >= self.read_at:
            self.last, self.read_at, self.coming = shown, read_at, None
        return shown


class Shelf:
    """The last chart of each place, so that under many changes a page waits for a drawing the first time alone."""

    def __init__(self, drawings: Drawings, wait_seconds: float = WAIT_SECONDS) -> None:
        self._drawings = drawings
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._places: OrderedDict[str, _Place] = OrderedDict()

    def shown(self, place: str, chart: Chart) -> Shown:
        """The chart with its drawing; for a few seconds the one before it, figures and all, while it is being drawn."""
        return self.all_shown({place: chart})[0]

    def all_shown(self, charts: Mapping[str, Chart]) -> list[Shown]:
        """Several charts of one page, each under its place: drawn one after the other, waited for once."""
        now = time.monotonic()
        with self._lock:
            found = [self._ready(place, chart, now) for place, chart in charts.items()]
        ends = now + self._wait_seconds
        return [
            self._waited_for(place, chart, now, ends) if shown is None else shown
            for (place, chart), shown in zip(charts.items(), found, strict=True)
        ]

    def _ready(self, name: str, chart: Chart, now: float) -> Shown | None:
        """What can be shown without waiting; else None, and it is being drawn."""
        if chart.is_empty or not chart.rows:
            return Shown(chart, None)
        place = self._places.setdefault(name, _Place())
        self._places.move_to_end(name)
        while len(self._places) > _PLACES:
            self._places.popitem(last=False)
        drawing = self._drawings.kept(chart.job)
        if drawing is not None:
            return place.show(Shown(chart, drawing), now)
        if place.coming is not None:
            asked_at, newer = place.coming
            drawing = self._drawings.kept(newer.job)
            if drawing is not None:
                place.show(Shown(newer, drawing), asked_at)
        if place.last is None or now - place.read_at >= FRESH_SECONDS:
            self._drawings.ask(chart.job)
            return None
        # One at a time for each place: its readers may be quicker than what draws.
        if place.coming is None or now - place.coming[0] >= FRESH_SECONDS:
            place.coming = (now, chart)
            self._drawings.ask(chart.job)
        return replace(place.last, waits=True)

    def _waited_for(self, name: str, chart: Chart, now: float, ends: float) -> Shown:
        try:
            shown = Shown(chart, self._drawings.drawn(chart.job, max(0.0, ends - time.monotonic())))
        except Undrawn:
            return Shown(chart, None, waits=True)
        with self._lock:
            return self._places.setdefault(name, _Place()).show(shown, now)
