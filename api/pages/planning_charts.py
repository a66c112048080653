"""The drawings of a plan, in French as the pages are: Altair builds the specifications, `api.charts` draws them.

Only what plays a plan, or draws one for the command, loads this: it holds Altair.
"""

from typing import Any

import altair as alt

from api.charts import theme

_WIDE, _HIGH = 640, 240
CONTACTED, REACHED = "contactées", "jointes en personne"
CAUSES = {
    "rules": "leur tour (politique)",
    "lines": "une ligne",
    "sms": "un SMS d’annonce",
    "advisers": "un conseiller",
    "volunteers": "un volontaire",
}


def _across(key: str) -> alt.X:
    return alt.X(f"{key}:T", title=None, axis=alt.Axis(format="%-d %b", labelAngle=0, tickCount=8, grid=False))


def contacted(document: dict[str, Any]) -> dict[str, Any]:
    """People contacted and reached, cumulated, each with the band of nine courses in ten."""
    rows = [
        {"jour": point["day"], "qui": label, **point[key]}
        for point in document["curve"]
        for key, label in (("contacted", CONTACTED), ("reached", REACHED))
    ]
    colour = alt.Color(
        "qui:N",
        title=None,
        scale=alt.Scale(domain=[CONTACTED, REACHED], range=[theme.SERIES[0], theme.SERIES[2]]),
    )
    height = alt.Y("low:Q", title="personnes", axis=alt.Axis(format=",.0f", tickCount=5))
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=_across("jour"), color=colour)
    band = base.mark_area(opacity=0.22).encode(y=height, y2="high:Q")
    line = base.mark_line().encode(y=alt.Y("middle:Q"))
    return _done(alt.layer(band, line))


def advisers(document: dict[str, Any]) -> dict[str, Any]:
    """Advisers needed week by week, with the band of nine courses in ten, and the number there are."""
    rows = [{"semaine": week["begins"], **week["advisers"]} for week in document["weeks"]]
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("semaine:O", title="semaine du", axis=alt.Axis(labelExpr=_DAY, labelAngle=0, labelOverlap=True))
    )
    bars = base.mark_bar().encode(y=alt.Y("middle:Q", title="conseillers", axis=alt.Axis(format=",.0f", tickCount=5)))
    spread = base.mark_rule(strokeWidth=1.5).encode(y=alt.Y("low:Q"), y2="high:Q")
    there = (
        alt.Chart(alt.InlineData(values=[{"n": document["inputs"]["advisers"]}]))
        .mark_rule(color=theme.WARN, strokeDash=[6, 4], strokeWidth=2)
        .encode(y="n:Q")
    )
    return _done(alt.layer(bars, spread, there))


_DAY = "timeFormat(toDate(datum.value), '%-d %b')"


def waiting(document: dict[str, Any]) -> dict[str, Any]:
    """For what those who are not contacted yet wait, week by week."""
    order = list(CAUSES.values())
    rows = [
        {"semaine": week["begins"], "attend": CAUSES[cause], "part": part, "ordre": order.index(CAUSES[cause])}
        for week in document["weeks"]
        for cause, part in week["waited"].items()
        if part > 0
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar()
        .encode(
            x=alt.X("semaine:O", title="semaine du", axis=alt.Axis(labelExpr=_DAY, labelAngle=0, labelOverlap=True)),
            y=alt.Y("part:Q", title=None, stack="normalize", axis=alt.Axis(format=".0%", tickCount=5)),
            color=alt.Color(
                "attend:N",
                title=None,
                legend=alt.Legend(columns=3),
                scale=alt.Scale(domain=order, range=list(theme.SERIES[: len(order)])),
            ),
            order=alt.Order("ordre:Q"),
        )
    )
    return _done(chart)


def _done(chart: alt.Chart | alt.LayerChart | alt.FacetChart) -> dict[str, Any]:
    found: dict[str, Any] = chart.properties(width=_WIDE, height=_HIGH).to_dict()
    return found
