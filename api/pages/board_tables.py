"""The rows of the board's tables. Beside the templates, which take three times as long over thousands of cells."""

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from jinja2.utils import url_quote
from markupsafe import Markup, escape

from api.charts.shelf import Cell, Chart
from api.pages import board_words as words
from outreach.domain.rates import RateDefinition

_MASKED = f'<td class="number masked">{escape(words.MASKED)}</td>'


def rate_rows(
    chart: Chart, campaign: str, by: str, columns: Sequence[str], definitions: Sequence[RateDefinition]
) -> Markup:
    """A rate leads to its definition, a count to the people of whom it speaks; what is masked or nothing, nowhere."""
    ways = [f"lignes?par={by}&groupe=%s&colonne={column}" for column in columns]
    ways += [f"case?par={by}&groupe=%s&taux={one.key}" for one in definitions]
    addresses = [str(escape(f"/tableau/{campaign}/taux/{way}")) for way in ways]
    rows = []
    for key, line in zip(chart.keys, chart.table, strict=True):
        group = escape(url_quote(key))
        cells = [_cell(value, way, group) for value, way in zip(line[1:], addresses, strict=True)]
        whole = ' class="whole"' if key == "total" else ""
        rows.append(f'<tr{whole}><th scope="row">{escape(line[0])}</th>{"".join(cells)}</tr>')
    # What is written by people is escaped above; figures are digits.
    return Markup("".join(rows))  # noqa: S704


_written: WeakKeyDictionary[Chart, Markup] = WeakKeyDictionary()
"""A chart that is kept, as those of a projection are, is written once."""


def chart_rows(chart: Chart) -> Markup:
    """The figures of a chart, as they are."""
    rows = _written.get(chart)
    if rows is None:
        rows = _written[chart] = _chart_rows(chart)
    return rows


def _chart_rows(chart: Chart) -> Markup:
    rows = []
    for name, *values in chart.table:
        rows.append(f'<tr><th scope="row">{escape(words.figure(name))}</th>{"".join(map(figure_cell, values))}</tr>')
    return Markup("".join(rows))  # noqa: S704


def figure_cell(value: Cell) -> str:
    """A figure alone; what is masked says so."""
    if value is None:
        return _MASKED
    # What we write of a figure needs no escaping; what is text may.
    return f'<td class="number">{escape(value) if isinstance(value, str) else words.figure(value)}</td>'


def _cell(value: Cell, way: str, group: str) -> str:
    if value is None or isinstance(value, str) or value == 0:
        return figure_cell(value)
    shown = words.figure(value)
    plain = "" if isinstance(value, float) else ' class="plain"'
    return f'<td class="number"><a{plain} href="{way.replace("%s", group)}">{shown}</a></td>'
