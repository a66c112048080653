"""A plan with more of one thing, to see what that would bring (decision 23)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from enum import StrEnum
from math import ceil

from outreach.domain.pace import between_two
from outreach.domain.planning import Plan
from outreach.domain.planning_run import NOBODY_SECONDS
from outreach.domain.policy import DEFAULT, ContactPolicy, DayWindow, looser_than_default


class Resource(StrEnum):
    LINES = "lines"
    HOURS = "hours"
    SPACING = "spacing"
    SMS = "sms"
    ADVISERS = "advisers"
    VOLUNTEERS = "volunteers"


@dataclass(frozen=True, slots=True)
class Raised:
    """A plan with more of one thing: how much there was, how much there is. `loosens`: the keys by which its policy
    would ask more of people than the default."""

    resource: Resource
    plan: Plan
    before: str
    after: str
    loosens: tuple[str, ...] = ()


def _more_lines(plan: Plan) -> Raised:
    policy = plan.policy
    lines = ceil(policy.calls_at_once * 1.5)
    placed_a_second = lines / (policy.ring_seconds + NOBODY_SECONDS)
    callers = max(plan.callers, ceil(placed_a_second * between_two(policy.calls_per_second).total_seconds()))
    if placed_a_second / 1.5 > plan.callers / between_two(policy.calls_per_second).total_seconds():
        callers = max(callers, ceil(plan.callers * 1.5))
    more = replace(plan.with_policy(calls_at_once=lines), callers=callers)
    return Raised(Resource.LINES, more, _lines(plan), _lines(more))


def _lines(plan: Plan) -> str:
    return f"{plan.policy.calls_at_once}/{plan.callers}"


def _more_hours(plan: Plan) -> Raised:
    """The default's days and hours when the policy has fewer, else an hour more at noon."""
    policy = plan.policy
    days = tuple(day for day in (*DEFAULT.days, "sat", "sun") if day in {*policy.days, *DEFAULT.days})
    windows = policy.windows
    if set(days) == set(policy.days):
        windows = DEFAULT.windows
        if _hours(windows) <= _hours(policy.windows):
            first, last = min(w.start for w in policy.windows), max(w.end for w in policy.windows)
            wider = DayWindow(first, last)
            if _hours((wider,)) <= _hours(policy.windows):
                wider = DayWindow(first, time(min(last.hour + 1, 23), last.minute))
            windows = (wider,)
    more = plan.with_policy(days=days, windows=windows)
    return Raised(Resource.HOURS, more, _span(policy), _span(more.policy), tuple(looser_than_default(more.policy)))


def _hours(windows: Sequence[DayWindow]) -> float:
    return sum((w.end.hour * 60 + w.end.minute - w.start.hour * 60 - w.start.minute) / 60 for w in windows)


def _span(policy: ContactPolicy) -> str:
    return f"{_hours(policy.windows) * len(policy.days):g}"


def _less_spacing(plan: Plan) -> Raised:
    caps = plan.policy.attempts
    more = plan.with_policy(attempts=replace(caps, spacing_hours=caps.spacing_hours / 2))
    return Raised(
        Resource.SPACING, more, f"{caps.spacing_hours:g}", f"{caps.spacing_hours / 2:g}",
        tuple(looser_than_default(more.policy)),
    )  # fmt: skip


def _more_sms(plan: Plan) -> Raised:
    rate = plan.policy.sms_per_second
    return Raised(Resource.SMS, plan.with_policy(sms_per_second=rate * 2), f"{rate:g}", f"{rate * 2:g}")


def _more_advisers(plan: Plan) -> Raised:
    """One in five more, one at least, of those who serve everywhere if there are any; else of every team."""
    desk = plan.desk
    wanted = max(1, round(desk.number / 5))
    everywhere = [team for team in desk.teams if team.departments is None] or list(desk.teams)
    total = sum(team.number for team in everywhere)
    teams = tuple(
        replace(team, number=team.number + wanted * team.number / total) if team in everywhere else team
        for team in desk.teams
    )
    more = replace(plan, desk=replace(desk, teams=teams))
    return Raised(Resource.ADVISERS, more, f"{desk.number:g}", f"{desk.number + wanted:g}")


def _more_places(plan: Plan) -> Raised:
    places = {department: ceil(count * 1.5) or 1 for department, count in plan.volunteers.places.items()}
    more = replace(plan, volunteers=replace(plan.volunteers, places=places))
    return Raised(Resource.VOLUNTEERS, more, str(plan.volunteers.number), str(more.volunteers.number))


def raised(plan: Plan, resource: Resource) -> Raised:
    """The plan with half as many lines or places again, a fifth more advisers, twice the SMS, longer hours, or half
    the spacing."""
    ways: dict[Resource, Callable[[Plan], Raised]] = {
        Resource.LINES: _more_lines,
        Resource.HOURS: _more_hours,
        Resource.SPACING: _less_spacing,
        Resource.SMS: _more_sms,
        Resource.ADVISERS: _more_advisers,
        Resource.VOLUNTEERS: _more_places,
    }
    return ways[resource](plan)


def unbraked(plan: Plan) -> Plan:
    """As if nobody ever waited for an adviser or a volunteer: it tells how many would be needed."""
    return plan.with_policy(pace_by_capacity=False)
