"""The charts that pages show, each made of the rows that its page gives: Altair builds the specification.

Rows are what JSON holds. A masked or missing figure is None, and leaves a gap that says so rather than a zero.
"""

from collections.abc import Callable, Hashable
from typing import Any

import altair as alt

from api.charts import plans, theme

Rows = list[dict[str, Any]]
_WIDE = 640
_ROW = 30
_SHARE = ".0%"
_NUMBER = ",.0f"
_EACH_DAY = "hours(datum.value) == 0 ? timeFormat(datum.value, '%-d %b') : ''"


def _data(rows: Rows) -> alt.InlineData:
    return alt.InlineData(values=rows)


def days(rows: Rows) -> alt.TopLevelMixin:
    """A rate by day, `low` and `high` its interval. A day whose figure is masked breaks the line."""
    # Of few days Vega marks the hours too: each day is named once.
    axis = alt.Axis(labelExpr=_EACH_DAY, labelAngle=0, tickCount=8, grid=False)
    base = alt.Chart(_data(rows)).encode(x=alt.X("day:T", title=None, axis=axis))
    height = alt.Y("low:Q", title=None, axis=alt.Axis(format=_SHARE, tickCount=5), scale=alt.Scale(zero=True))
    known = base.transform_filter("datum.rate !== null")
    band = base.mark_area(color=theme.BAND).encode(y=height, y2="high:Q")
    line = base.mark_line().encode(y=alt.Y("rate:Q"))
    points = known.mark_point(size=38, opacity=1).encode(y=alt.Y("rate:Q"))
    return alt.layer(band, line, points).properties(width=_WIDE, height=220)


def _labels(rows: Rows) -> tuple[str, ...]:
    return tuple(row["label"] for row in rows)


def _in_order(labels: tuple[str, ...], **scale: Any) -> alt.Y:
    """Groups down the chart as they are given: left to itself, Vega puts those that are masked last."""
    return alt.Y(
        "label:N",
        sort=list(labels),
        title=None,
        axis=alt.Axis(domain=False, ticks=False, labelColor=theme.INK),
        scale=alt.Scale(domain=list(labels), **scale),
    )


def intervals(rows: Rows) -> alt.TopLevelMixin:
    """A rate by group, each with its interval, in the order of the rows."""
    base = alt.Chart(_data(rows)).encode(y=_in_order(_labels(rows)))
    across = alt.X("low:Q", title=None, axis=alt.Axis(format=_SHARE, tickCount=6), scale=alt.Scale(zero=True))
    known = base.transform_filter("datum.rate !== null")
    bars = known.mark_rule(strokeWidth=7, color=theme.BAND, strokeCap="round", opacity=1).encode(x=across, x2="high:Q")
    points = known.mark_point(size=75, opacity=1).encode(x=alt.X("rate:Q"))
    text = known.mark_text(align="left", dx=9).encode(x=alt.X("high:Q"), text="text:N")
    hidden = (
        base.transform_filter("datum.rate === null")
        .mark_text(align="left", color=theme.SOFT, fontStyle="italic", dx=4)
        .encode(x=alt.datum(0), text="text:N")
    )
    return alt.layer(bars, points, text, hidden).properties(width=500, height=alt.Step(_ROW))


def _most(rows: Rows) -> float:
    return max((row["value"] or 0 for row in rows), default=0) or 1


def bars(rows: Rows) -> alt.TopLevelMixin:
    """One bar a row, in the order of the rows, with what `text` says at its end."""
    base = alt.Chart(_data(rows)).encode(y=_in_order(_labels(rows), paddingInner=0.28))
    across = alt.X("value:Q", axis=None, scale=alt.Scale(domain=[0, _most(rows) * 1.34], nice=False))
    filled = base.mark_bar(cornerRadiusEnd=3).encode(x=across)
    text = (
        base.transform_calculate(end="datum.value === null ? 0 : datum.value")
        .mark_text(align="left", dx=7)
        .encode(x=alt.X("end:Q"), text="text:N")
    )
    return alt.layer(filled, text).properties(width=500, height=alt.Step(_ROW))


def _bars_and_parts(rows: Rows) -> tuple[tuple[str, ...], tuple[str, ...]]:
    parts = (row["part"] for row in sorted(rows, key=lambda row: row["order"]))
    return tuple(dict.fromkeys(row["label"] for row in rows)), tuple(dict.fromkeys(parts))


def stacked(rows: Rows) -> alt.TopLevelMixin:
    """Bars made of parts: `label` the bar, `part` the part, `value` how many. `order` keeps the parts' order."""
    labels, parts = _bars_and_parts(rows)
    chart: alt.Chart = (
        alt.Chart(_data(rows))
        .transform_filter("datum.value")
        .mark_bar()
        .encode(
            y=_in_order(labels, paddingInner=0.28),
            x=alt.X("value:Q", title=None, axis=alt.Axis(format=_NUMBER, tickCount=5)),
            color=alt.Color(
                "part:N",
                title=None,
                legend=alt.Legend(columns=3, columnPadding=30),
                scale=alt.Scale(domain=list(parts), range=list(theme.SERIES[: len(parts)])),
            ),
            order=alt.Order("order:Q"),
        )
        .properties(width=480, height=alt.Step(_ROW))
    )
    return chart


def _steps() -> alt.Color:
    """The tile's own step, from 0; None is masked, -1 nothing counted."""
    return alt.Color(
        "step:O",
        legend=None,
        scale=alt.Scale(domain=[-1, *range(len(theme.STEPS))], range=[theme.MASKED, *theme.STEPS]),
    )


_ON_TILE = alt.condition(f"datum.step >= {len(theme.STEPS) // 2}", alt.value(theme.ON_STRONG), alt.value(theme.INK))


def moments(rows: Rows) -> alt.TopLevelMixin:
    """A week as in a diary: days across, half-hours down; each tile with its own figure."""
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "weekday:N",
            sort=None,
            title=None,
            axis=alt.Axis(orient="top", domain=False, ticks=False, labelAngle=0, labelColor=theme.INK),
            scale=alt.Scale(paddingInner=0.04),
        ),
        y=alt.Y(
            "time:N",
            sort="ascending",
            title=None,
            axis=alt.Axis(domain=False, ticks=False),
            scale=alt.Scale(paddingInner=0.08),
        ),
    )
    tiles = base.mark_rect(cornerRadius=3).encode(color=_steps())
    text = base.mark_text().encode(text="text:N", color=_ON_TILE)
    return alt.layer(tiles, text).properties(width=alt.Step(92), height=alt.Step(26))


def tiles(rows: Rows) -> alt.TopLevelMixin:
    """The departments where they lie, about: `column`, `row`, `code`, and the figure as `text` and `step`."""
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("column:O", axis=None, scale=alt.Scale(domain=list(range(12)), paddingInner=0.06)),
        y=alt.Y("row:O", axis=None, scale=alt.Scale(domain=list(range(13)), paddingInner=0.06)),
    )
    grounds = base.mark_rect(cornerRadius=4).encode(color=_steps())
    codes = base.mark_text(dy=-8, fontWeight="bold", fontSize=13).encode(text="code:N", color=_ON_TILE)
    figures = base.mark_text(dy=9, fontSize=12.5).encode(text="text:N", color=_ON_TILE)
    return alt.layer(grounds, codes, figures).properties(width=alt.Step(54), height=alt.Step(46))


MAKERS: dict[str, Callable[[Rows], alt.TopLevelMixin]] = {
    "bars": bars,
    "days": days,
    "intervals": intervals,
    "moments": moments,
    "plan_advisers": plans.advisers,
    "plan_contacted": plans.contacted,
    "plan_waiting": plans.waiting,
    "stacked": stacked,
    "tiles": tiles,
}

SHAPES: dict[str, Callable[[Rows], Hashable]] = {
    "bars": lambda rows: (_labels(rows), _most(rows)),
    "days": lambda _: None,
    "intervals": _labels,
    "moments": lambda _: None,
    "stacked": _bars_and_parts,
    "tiles": lambda _: None,
}
"""All that these look at in their rows: while it is the same, so is what they make but for the rows themselves."""
_KEPT = 100
_made: dict[tuple[str, Hashable], dict[str, Any]] = {}


def specification(maker: str, rows: Rows) -> dict[str, Any]:
    """What Vega-Lite draws. To build and check it takes Altair longer than to draw it; the tests check each maker's."""
    if maker not in SHAPES:
        return MAKERS[maker](rows).to_dict(validate=False)
    key = (maker, SHAPES[maker](rows))
    known = _made.get(key)
    if known is None:
        known = MAKERS[maker](rows).to_dict(validate=False)
        if len(known.get("datasets", {})) == 1:
            if len(_made) >= _KEPT:
                _made.clear()
            _made[key] = known
        return known
    return {**known, "datasets": dict.fromkeys(known["datasets"], rows)}
