"""The charts of a plan, each made of the rows that its page gives."""

from typing import Any

import altair as alt

from api.charts import theme

Rows = list[dict[str, Any]]
_WIDE, _HIGH = 620, 240
_PEOPLE = ",.0f"


def contacted(rows: Rows) -> alt.TopLevelMixin:
    """People, cumulated: `day`, `who` and `middle`, between `low` and `high`."""
    who = list(dict.fromkeys(row["who"] for row in rows))
    colour = alt.Color(
        "who:N", title=None, scale=alt.Scale(domain=who, range=[theme.SERIES[0], theme.SERIES[2]][: len(who)])
    )
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("day:T", title=None, axis=alt.Axis(format="%-d %b", labelAngle=0, tickCount=8, grid=False)),
        color=colour,
    )
    height = alt.Y("low:Q", title="personnes", axis=alt.Axis(format=_PEOPLE, tickCount=5, tickMinStep=1))
    band = base.mark_area(opacity=0.22).encode(y=height, y2="high:Q")
    line = base.mark_line().encode(y=alt.Y("middle:Q"))
    return alt.layer(band, line).properties(width=_WIDE, height=_HIGH)


def _weeks(rows: Rows) -> alt.X:
    every = list(dict.fromkeys(row["week"] for row in rows))
    return alt.X("week:N", sort=every, title="semaine du", axis=alt.Axis(labelAngle=0, labelOverlap=True, grid=False))


def advisers(rows: Rows) -> alt.TopLevelMixin:
    """Advisers needed by `week`: `middle`, between `low` and `high`; `there`: those there are."""
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=_weeks(rows))
    bars = base.mark_bar(cornerRadiusEnd=3, color=theme.STEPS[2]).encode(
        y=alt.Y("middle:Q", title="conseillers", axis=alt.Axis(format=_PEOPLE, tickCount=5, tickMinStep=1))
    )
    spread = base.mark_rule(strokeWidth=2, color=theme.INK).encode(y=alt.Y("low:Q"), y2="high:Q")
    there = (
        alt.Chart(alt.InlineData(values=rows[:1]))
        .mark_rule(color=theme.ALERT, strokeDash=[6, 4], strokeWidth=2)
        .encode(y="there:Q")
    )
    return alt.layer(bars, spread, there).properties(width=_WIDE, height=_HIGH)


def waiting(rows: Rows) -> alt.TopLevelMixin:
    """For what people wait by `week`: `part` of the whole for each `cause`, in the order of the rows."""
    causes = list(dict.fromkeys(row["cause"] for row in rows))
    ordered = [{**row, "order": causes.index(row["cause"])} for row in rows]
    chart: alt.Chart = (
        alt.Chart(alt.InlineData(values=ordered))
        .mark_bar()
        .encode(
            x=_weeks(rows),
            y=alt.Y("part:Q", title=None, stack="normalize", axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color(
                "cause:N",
                title=None,
                legend=alt.Legend(columns=3, columnPadding=30),
                scale=alt.Scale(domain=causes, range=list(theme.SERIES[: len(causes)])),
            ),
            order=alt.Order("order:Q"),
        )
        .properties(width=_WIDE, height=_HIGH)
    )
    return chart
