"""Charts: what is drawn, in a process that may die, and how the figures in them are written."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import altair
import pytest

from api import charts
from api.charts import drawer as drawing_child
from api.charts import theme
from api.charts.child import drawn
from api.charts.drawer import Drawer, Undrawn
from api.charts.drawing import Drawing
from api.charts.makers import MAKERS, SHAPES, specification
from api.charts.rendering import Drawings
from api.charts.shelf import Chart, Shelf
from api.charts.tiles import TILES
from outreach.domain.department_names import NAMES
from outreach.domain.territories import DEPARTMENTS, METROPOLITAN

ROWS: dict[str, list[dict[str, Any]]] = {
    "bars": [
        {"label": "jointes", "value": 1200, "text": "1 200"},
        {"label": "déclarées", "value": None, "text": "masqué"},
    ],
    "days": [
        {"day": "2026-11-24", "rate": 0.31, "low": 0.28, "high": 0.34},
        {"day": "2026-11-25", "rate": None, "low": None, "high": None},
        {"day": "2026-11-26", "rate": 0.33, "low": 0.3, "high": 0.36},
    ],
    "intervals": [
        {"label": "1ʳᵉ tentative", "rate": 0.4, "low": 0.35, "high": 0.45, "text": "40 %"},
        {"label": "2ᵉ tentative", "rate": None, "low": None, "high": None, "text": "masqué"},
    ],
    "moments": [{"weekday": "lundi", "time": "10:00", "step": 3, "text": "34 %"}],
    "plan_advisers": [
        {"week": "1 déc.", "middle": 12, "low": 9, "high": 15, "there": 10},
        {"week": "8 déc.", "middle": 14, "low": 11, "high": 18, "there": 10},
    ],
    "plan_contacted": [
        {"day": "2026-12-01", "who": "contactées", "middle": 900, "low": 800, "high": 1000},
        {"day": "2026-12-08", "who": "contactées", "middle": 1900, "low": 1700, "high": 2100},
    ],
    "plan_waiting": [
        {"week": "1 déc.", "cause": "lignes", "part": 0.7},
        {"week": "1 déc.", "cause": "conseillers", "part": 0.3},
    ],
    "stacked": [{"label": "identité", "part": "refuse", "order": 1, "value": 20}],
    "tiles": [
        {"code": code, "column": column, "row": row, "step": number % 7 - 1, "text": "34 %"}
        for number, (code, (column, row)) in enumerate(TILES.items())
    ],
}


@pytest.fixture(scope="module")
def drawer() -> Iterator[Drawer]:
    drawer = Drawer()
    yield drawer
    drawer.close()


@pytest.fixture(scope="module")
def drawings(drawer: Drawer) -> Drawings:
    return Drawings(drawer)


def test_every_department_has_one_tile_and_no_tile_two() -> None:
    assert set(TILES) == METROPOLITAN | {"971", "972", "973", "974", "976"}
    assert len(TILES) == 101
    assert len(set(TILES.values())) == 101


def test_neighbours_stay_neighbours() -> None:
    for one, other in (
        ("75", "92"),
        ("75", "94"),
        ("29", "22"),
        ("2A", "2B"),
        ("59", "62"),
        ("69", "01"),
        ("13", "84"),
    ):
        (x, y), (u, v) = TILES[one], TILES[other]
        assert max(abs(x - u), abs(y - v)) == 1, (one, other)


def test_every_department_has_a_name() -> None:
    assert NAMES.keys() >= DEPARTMENTS


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_each_chart_fits_a_page_that_lets_nothing_in(drawings: Drawings, maker: str) -> None:
    drawn = drawings.drawn({"maker": maker, "figures": ROWS[maker]}, 400)
    told = drawn.within("essai", "Des <chiffres>")
    assert told.startswith('<svg class="drawing"')
    assert 'role="img"' in told
    assert '<title id="essai-titre">Des &lt;chiffres&gt;</title>' in told
    assert not re.search(r"\sstyle=|<style|<script|aria-roledescription|font-family|http", told)
    # Every colour is a token: nothing stays light in the dark.
    assert not re.search(r'(fill|stroke)="(#|white|black|rgb)', told)
    # Text is at least twelve pixels high at the drawing's own size.
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)px"', told)]
    assert sizes
    assert min(sizes) >= 12
    assert drawn.size[0] <= 720


@pytest.mark.parametrize("maker", ["bars", "intervals"])
def test_what_is_masked_keeps_its_place(drawings: Drawings, maker: str) -> None:
    masked, known = ROWS[maker][1], ROWS[maker][0]
    rows = [known, {**masked, "label": "entre"}, {**known, "label": "après"}]
    drawn = drawings.drawn({"maker": maker, "figures": rows}, 400).vector
    assert re.findall(rf">({known['label']}|entre|après)<", drawn) == [known["label"], "entre", "après"]


def test_a_day_is_named_once(drawings: Drawings) -> None:
    drawn = drawings.drawn({"maker": "days", "figures": ROWS["days"]}, 400).vector
    assert re.findall(r">(\d+ nov)", drawn) == ["24 nov", "25 nov", "26 nov"]


def test_where_no_figure_can_be_shown_nothing_is_drawn() -> None:
    hidden = replace(_chart(100), rows=[], note="Tout est masqué.")
    shown = Shelf(Drawings(Drawer(("/nowhere/at/all",)))).shown("ici", hidden)
    assert (shown.drawing, shown.waits) == (None, False)


@pytest.mark.parametrize("maker", sorted(MAKERS))
def test_each_specification_is_what_altair_lets_through(maker: str) -> None:
    checked = MAKERS[maker](ROWS[maker]).to_dict()
    assert specification(maker, ROWS[maker]) == checked
    assert specification(maker, ROWS[maker]) == checked


_OTHER_FIGURES = {"rate": 0.11, "low": 0.1, "high": 0.12, "step": 1, "text": "autre"}


@pytest.mark.parametrize("maker", sorted(SHAPES))
def test_a_specification_that_is_kept_draws_the_rows_that_it_is_given(maker: str) -> None:
    rows = ROWS[maker]
    others = [{**row, **{key: other for key, other in _OTHER_FIGURES.items() if key in row}} for row in rows]
    specification(maker, rows)
    found = specification(maker, others)
    assert list(found["datasets"].values()) == [others]
    assert _without_clips(drawn(found)) == _without_clips(drawn(MAKERS[maker](others).to_dict()))


@pytest.mark.parametrize(
    ("maker", "changed"),
    [
        ("bars", {"value": 90_000}),
        ("stacked", {"part": "raccroche"}),
        ("stacked", {"label": "mobilité"}),
    ],
)
def test_rows_of_another_shape_have_another_specification(maker: str, changed: dict[str, Any]) -> None:
    others = [{**row, **changed} for row in ROWS[maker]]
    specification(maker, ROWS[maker])
    assert specification(maker, others) == MAKERS[maker](others).to_dict()
    assert drawn(specification(maker, others))


def _without_clips(vector: str) -> str:
    """Vega numbers what it clips by, drawing after drawing."""
    return re.sub(r"clip\d+|gradient_\d+", "clip", vector)


def test_figures_and_dates_are_french(drawings: Drawings) -> None:
    days = drawings.drawn({"maker": "days", "figures": ROWS["days"]}).vector
    assert re.search(r">\d+\s%<", days)
    assert "nov." in days
    rows = [{"label": "a", "part": "b", "order": 0, "value": 12000}]
    assert re.search(r">10\s000<", drawings.drawn({"maker": "stacked", "figures": rows}).vector)


def test_a_masked_figure_is_no_zero(drawings: Drawings) -> None:
    told = drawings.drawn({"maker": "intervals", "figures": ROWS["intervals"]}).vector
    assert "masqué" in told
    points = drawings.drawn({"maker": "days", "figures": ROWS["days"]}).vector
    assert len(re.findall(r'<path transform="translate', points)) == 2


def test_a_drawing_with_a_style_in_line_is_refused() -> None:
    drawn = Drawing('<svg viewBox="0 0 1 1"><rect style="fill:red"/></svg>', lambda _: b"")
    with pytest.raises(ValueError, match="no style"):
        drawn.within("essai", "")


def test_a_file_stands_alone(drawings: Drawings) -> None:
    drawn = drawings.drawn({"maker": "bars", "figures": ROWS["bars"]})
    alone = drawn.alone("Le titre", "Campagne ald-2026")
    assert "var(--" not in alone
    assert "Le titre" in alone
    assert "Campagne ald-2026" in alone
    assert drawn.png("Le titre", "Campagne ald-2026").startswith(b"\x89PNG")


def test_a_specification_of_altair_is_drawn_in_the_theme() -> None:
    chart = altair.Chart(altair.InlineData(values=[{"x": 1, "y": 2}])).mark_bar().encode(x="x:O", y="y:Q")
    first = charts.render(chart, 400)
    assert theme.BRAND in first.vector
    assert charts.render(chart.to_dict()) is charts.render(chart)
    with pytest.raises(Undrawn):
        charts.render({"mark": "nonsense"})


def test_nothing_is_fetched_from_elsewhere() -> None:
    spec = {"data": {"url": "http://127.0.0.1:9/data.json"}, "mark": "bar", "encoding": {"x": {"field": "a"}}}
    with pytest.raises(Undrawn, match="ValueError"):
        charts.render(spec, 400)


def test_a_child_that_died_is_replaced(drawer: Drawer) -> None:
    drawer.draw({"maker": "bars", "figures": ROWS["bars"]}).result(400)
    first = drawer.child
    assert first is not None
    os.kill(first, signal.SIGKILL)
    assert "svg" in drawer.draw({"maker": "bars", "figures": ROWS["bars"]}).result(400)
    assert drawer.child not in {None, first}


def test_a_job_that_cannot_be_done_leaves_the_child_alone(drawer: Drawer) -> None:
    drawer.draw({"maker": "bars", "figures": ROWS["bars"]}).result(400)
    child = drawer.child
    with pytest.raises(Undrawn):
        drawer.draw({"maker": "none", "figures": []}).result(400)
    assert "svg" in drawer.draw({"maker": "bars", "figures": ROWS["bars"]}).result(400)
    assert drawer.child == child


def test_a_child_that_never_answers_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_child, "JOB_SECONDS", 0.3)
    starts = "import sys, time; from multiprocessing.connection import Connection as C; pipe = C(int(sys.argv[1])); pipe.send_bytes(b'')"
    deaf = Drawer((sys.executable, "-c", f"{starts}; time.sleep(600)"))
    with pytest.raises(Undrawn, match="the drawing takes too long"):
        deaf.draw({"spec": {}}).result(60)
    assert deaf.child is None
    deaf.close()


def test_a_child_that_never_starts_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_child, "START_SECONDS", 0.3)
    stuck = Drawer((sys.executable, "-c", "import time; time.sleep(600)"))
    with pytest.raises(Undrawn, match="too long to start"):
        stuck.draw({"spec": {}}).result(60)
    assert stuck.child is None
    stuck.close()


def test_a_child_that_cannot_start_is_said_so() -> None:
    broken = Drawer((sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(Undrawn):
        broken.draw({"spec": {}}).result(60)
    broken.close()
    missing = Drawer(("/nowhere/at/all",))
    with pytest.raises(Undrawn):
        missing.draw({"spec": {}}).result(10)
    missing.close()


def test_the_child_ends_with_its_drawer() -> None:
    drawer = Drawer()
    drawer.draw({"maker": "bars", "figures": ROWS["bars"]}).result(400)
    child = drawer.child
    assert child is not None
    drawer.close()
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
    with pytest.raises(Undrawn, match="closed"):
        drawer.draw({"spec": {}}).result(1)


def _chart(value: int) -> Chart:
    rows = [{"label": "jointes", "value": value, "text": str(value)}]
    return Chart("essai", "Essai", "", "bars", rows, ("étape", "personnes"), [("jointes", value)])


def test_a_page_waits_the_first_time_alone(drawings: Drawings, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = Shelf(drawings)
    first = shelf.shown("ici", _chart(100))
    assert first.drawing is not None
    assert not first.waits
    # Newer figures: for now the chart and the table before them, which agree.
    second = shelf.shown("ici", _chart(200))
    assert second.waits
    assert second.chart.table == [("jointes", 100)]
    assert second.drawing is first.drawing
    ends = time.monotonic() + 20
    while (later := shelf.shown("ici", _chart(200))).waits and time.monotonic() < ends:
        drawings.ask(_chart(200).job).result(20)
    assert later.chart.table == [("jointes", 200)]
    # What is too old is not shown any more, even if one has to wait.
    monkeypatch.setattr("api.charts.shelf.FRESH_SECONDS", 0.0)
    assert shelf.shown("ici", _chart(300)).chart.table == [("jointes", 300)]


def test_figures_that_change_faster_than_they_are_drawn_keep_no_page_waiting(
    drawings: Drawings, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = 0.0
    monkeypatch.setattr("api.charts.shelf.time", SimpleNamespace(monotonic=lambda: at))
    # Nobody waits for a drawing: whoever has to is left without.
    shelf = Shelf(drawings, wait_seconds=0.0)

    def told_at(second: float, value: int) -> int | None:
        nonlocal at
        at = second
        shown = shelf.shown("ici", _chart(value))
        told: int = shown.chart.rows[0]["value"]
        return told if shown.drawing is not None else None

    drawings.ask(_chart(1000).job).result(20)
    assert told_at(0.0, 1000) == 1000
    assert told_at(2.0, 1002) == 1000
    drawings.ask(_chart(1002).job).result(20)
    # What was asked for then stands in for what is newer still…
    assert told_at(4.0, 1004) == 1002
    drawings.ask(_chart(1004).job).result(20)
    # … as long as its figures are young enough.
    assert told_at(7.5, 1007) is None


def test_without_a_drawing_the_table_stays() -> None:
    broken = Drawer(("/nowhere/at/all",))
    shown = Shelf(Drawings(broken)).shown("ici", _chart(100))
    assert shown.drawing is None
    assert shown.chart.table == [("jointes", 100)]
    broken.close()


def test_what_counts_nothing_is_not_drawn() -> None:
    shown = Shelf(Drawings(Drawer(("/nowhere/at/all",)))).shown(
        "ici", Chart("vide", "Vide", "", "bars", [], ("jour",), [(date(2026, 11, 26),)], is_empty=True)
    )
    assert (shown.drawing, shown.waits) == (None, False)
