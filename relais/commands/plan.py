"""relais plan NAME"""

import csv
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from outreach.domain.planning_document import document, precision, roundly, rows
from outreach.domain.planning_study import EVERYBODY
from outreach.errors import BadInput, BusinessError
from outreach.players import Players
from outreach.services import planning
from outreach.services.planning import SEEDS, Typed
from relais.commands.campaign import policy_in
from relais.commands.rates import Format
from relais.console import opened, out, progress, say

NEVER_DAYS = 700
"""Sooner by so many days is from never."""
_CHART_KINDS = (".svg", ".png")
_RESOURCES = {
    "lines": "lines/caller numbers",
    "hours": "open hours a week",
    "spacing": "hours between two calls",
    "sms": "SMS a second",
    "advisers": "advisers",
    "volunteers": "volunteers' places",
}


def plan(
    name: Annotated[
        str | None, typer.Argument(help="A campaign, with its people, policy, rates and desk as they are.")
    ] = None,
    cohort: Annotated[int | None, typer.Option(help="So many people instead of a campaign's.")] = None,
    departments: Annotated[
        str | None, typer.Option(help="How they are spread, such as 75:3,93:2; by population unless given.")
    ] = None,
    begin: Annotated[str | None, typer.Option(help="The first day, such as 2027-01-04; now unless given.")] = None,
    policy_file: Annotated[
        Path | None, typer.Option("--policy", help="A policy.yaml instead of the campaign's.")
    ] = None,
    hours: Annotated[str | None, typer.Option(help="Calling hours, such as 10:00-13:00,14:00-19:00.")] = None,
    lines: Annotated[int | None, typer.Option(help="Calls at once.")] = None,
    calls_per_second: Annotated[float | None, typer.Option(help="For each caller number.")] = None,
    callers: Annotated[int | None, typer.Option(help="Caller numbers.")] = None,
    sms_per_second: Annotated[float | None, typer.Option(help="SMS a second.")] = None,
    answer_rate: Annotated[float | None, typer.Option(help="First calls that are answered, such as 0.25.")] = None,
    request_rate: Annotated[
        float | None, typer.Option(help="Answered calls that bring a request, such as 0.25.")
    ] = None,
    advisers: Annotated[float | None, typer.Option(help="Advisers who serve every department.")] = None,
    handled: Annotated[float | None, typer.Option(help="Requests that one adviser handles in a day.")] = None,
    at_once: Annotated[int | None, typer.Option(help="Open requests for each adviser before calls slow down.")] = None,
    places: Annotated[int | None, typer.Option(help="Places that volunteers offer, over all departments.")] = None,
    places_a_month: Annotated[float | None, typer.Option(help="Places that come free in a month.")] = None,
    seeds: Annotated[int, typer.Option(min=2, max=200, help="Courses that are played.")] = SEEDS,
    form: Annotated[Format, typer.Option("--format", help="How to print it.")] = Format.TABLE,
    chart: Annotated[Path | None, typer.Option(help="A picture to write: FILE.svg or FILE.png.")] = None,
) -> None:
    """Tell when everybody will have been contacted, how many advisers it takes, and what holds it up.

    People are played through the dialer's own rules, over several courses. Nothing is placed, nothing is changed.
    """
    if chart is not None and chart.suffix not in _CHART_KINDS:
        raise BadInput(f"--chart writes FILE.svg or FILE.png, not {chart.name}")
    typed = Typed(
        people=cohort,
        departments=_departments(departments),
        begins=planning.moment(begin) if begin is not None else None,
        policy=policy_in(policy_file) if policy_file is not None else None,
        windows=hours,
        lines=lines,
        calls_per_second=calls_per_second,
        callers=callers,
        sms_per_second=sms_per_second,
        answer_rate=answer_rate,
        request_rate=request_rate,
        advisers=advisers,
        handled_a_day=handled,
        at_once=at_once,
        places=places,
        places_a_month=places_a_month,
    )
    with opened() as runtime:
        with runtime.transaction() as session:
            prepared = planning.prepare(session, runtime.settings, runtime.clock.now(), name, typed)
        with Players() as players, progress("courses played", None) as bar:
            study = planning.played(prepared.plan, players, seeds, told=bar.at)
    found = document(study, prepared.sources, prepared.behind)
    if chart is not None:
        _draw(found, chart)
    if form is Format.JSON:
        sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=2) + "\n")
    elif form is Format.CSV:
        csv.writer(sys.stdout).writerows(rows(found))
    else:
        _print(found)


def _departments(text: str | None) -> dict[str, float] | None:
    if text is None:
        return None
    found: dict[str, float] = {}
    for part in text.split(","):
        department, _, weight = part.strip().partition(":")
        try:
            found[department.upper()] = float(weight) if weight else 1.0
        except ValueError:
            raise BadInput(f"--departments is written 75:3,93:2; {part.strip()!r} is not") from None
    return found


def _draw(found: dict[str, Any], path: Path) -> None:
    # What draws takes a while to load, and few ask for it.
    from api import charts
    from api.charts.rendering import ours
    from api.pages.planning import contacted_chart

    title = "Personnes contactées et jointes, cumul et intervalle à 90 %"
    note = f"Relais, projection de {found['seeds']} simulations"
    try:
        drawing = ours().drawn(contacted_chart(found).job, 60)
        path.write_bytes(
            drawing.png(title, note) if path.suffix == ".png" else drawing.alone(title, note).encode("utf-8")
        )
    except charts.Undrawn as error:
        raise BusinessError(f"{path.name} could not be drawn: {error}") from None
    except OSError as error:
        raise BadInput(f"{path.name} could not be written: {error.strerror}") from None
    finally:
        charts.close()


def _print(found: dict[str, Any]) -> None:
    inputs, people = found["inputs"], found["people"]
    say(
        f"{inputs['people']:,} people to contact from {inputs['begins']}"
        + (f", {inputs['over']:,} done before" if inputs["over"] else "")
        + f"; {inputs['lines']} lines, {inputs['callers']} caller number(s), {inputs['advisers']:g} advisers who handle"
        f" {inputs['handled_a_day']:g} requests a day"
    )
    for what, label in (("answers", "answer rates"), ("requests", "requests"), ("handled", "requests handled a day")):
        source = inputs["sources"].get(what)
        if source is not None:
            say(f"  {label}: {_source(source, inputs['behind'].get(what, 0))}")
    table = Table("contacted", "on", "nine courses in ten", box=None, header_style="bold")
    for row in found["contacted"]:
        part = "everybody" if row["part"] == EVERYBODY else f"{row['part']:.0%}"
        table.add_row(part, _said(row), f"{_date(row['low'])} to {_date(row['high'])}")
    table.add_row("last request handled", _said(found["desk_clear"]), _between(found["desk_clear"]))
    out.print(table)
    for what, label in (
        ("reached", "people reached"),
        ("requests", "requests for advisers"),
        ("calls", "calls"),
        ("sms", "SMS"),
    ):
        of = people[what]
        say(f"{roundly(of['middle']):>9,}  {label} ({roundly(of['low']):,} to {roundly(of['high']):,})")
    weeks = Table("week of", "advisers needed", "nine in ten", "requests", box=None, header_style="bold")
    for week in found["weeks"]:
        needed = week["advisers"]
        weeks.add_row(
            week["begins"], _up(needed["middle"]), f"{_up(needed['low'])} to {_up(needed['high'])}",
            f"{roundly(week['requests']['middle']):,}",
        )  # fmt: skip
    out.print(weeks)
    say(_bottleneck(found))
    for relief in found["reliefs"]:
        say(f"  {_relief(relief)}")


def _source(source: str, cases: int) -> str:
    return {"typed": "typed", "learned": f"learned from {cases:,} cases"}.get(
        source, f"the field's figures ({cases:,} cases of our own weigh little)"
    )


def _date(day: str | None) -> str:
    return day or "never"


def _said(days: dict[str, str | None]) -> str:
    """No more exactly than the courses agree."""
    middle = days["middle"]
    if middle is None:
        return "not within two years"
    how = precision(days["low"], days["high"])
    return {"day": middle, "week": f"about {middle}", "month": f"in {middle[:7]} or so"}[how]


def _between(days: dict[str, str | None]) -> str:
    return f"{_date(days['low'])} to {_date(days['high'])}"


def _up(needed: float) -> str:
    return f"{roundly(-(-needed // 1)):,}"


def _bottleneck(found: dict[str, Any]) -> str:
    what = found["bottleneck"]
    if what == "rules":
        return "no single thing holds it up: the policy's own pace does"
    waited = ", ".join(f"{cause} {part:.0%}" for cause, part in found["waited"].items() if part >= 0.005)
    return f"the bottleneck: {_RESOURCES[what]} (waiting is for {waited})"


def _relief(relief: dict[str, Any]) -> str:
    text = f"with {relief['after']} {_RESOURCES[relief['resource']]} instead of {relief['before']}: "
    if not relief["waited_for"]:
        return text + "nothing gained, nobody waits for it"
    gained = relief["days_gained"]["middle"]
    if not relief["helps"]:
        text += "no difference that can be told from chance"
    elif not gained:
        text += f"{roundly(relief['more_people']['middle']):,} more people contacted"
    elif gained >= NEVER_DAYS:
        text += f"everybody contacted {_said(relief['ends'])} instead of never"
    else:
        text += f"everybody contacted {_said(relief['ends'])}, {roundly(gained)} day(s) sooner"
    if relief["loosens"]:
        text += f" (looser for people: {', '.join(relief['loosens'])}; a written reason is needed)"
    return text
