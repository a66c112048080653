"""What pages show: a chart beside the figures of which it is made, drawn anew as they change."""

import threading
import time
from collections import OrderedDict
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


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart and its table, which say the same. `name`: its own within its page and in its address."""

    name: str
    title: str
    says: str
    maker: str
    rows: list[dict[str, Any]]
    header: tuple[str, ...]
    table: list[tuple[Cell, ...]]
    query: str = ""
    """What its address holds besides its name, from the question mark on."""
    note: str = ""
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


class Shelf:
    """The last chart of each place, so that under many changes a page waits for a drawing the first time alone."""

    def __init__(self, drawings: Drawings, wait_seconds: float = WAIT_SECONDS) -> None:
        self._drawings = drawings
        self._wait_seconds = wait_seconds
        self._lock = threading.Lock()
        self._last: OrderedDict[str, tuple[float, Shown]] = OrderedDict()

    def shown(self, place: str, chart: Chart) -> Shown:
        """The chart with its drawing; for a few seconds the one before it, figures and all, while it is being drawn."""
        if chart.is_empty:
            return Shown(chart, None)
        kept = self._drawings.kept(chart.job)
        now = time.monotonic()
        with self._lock:
            drawn_at, before = self._last.get(place, (0.0, None))
        if kept is not None:
            return self._put(place, Shown(chart, kept))
        if before is not None and now - drawn_at < FRESH_SECONDS:
            self._drawings.ask(chart.job)
            return replace(before, waits=True)
        try:
            return self._put(place, Shown(chart, self._drawings.drawn(chart.job, self._wait_seconds)))
        except Undrawn:
            return Shown(chart, None, waits=True)

    def _put(self, place: str, shown: Shown) -> Shown:
        with self._lock:
            self._last[place] = (time.monotonic(), shown)
            self._last.move_to_end(place)
            while len(self._last) > _PLACES:
                self._last.popitem(last=False)
        return shown
