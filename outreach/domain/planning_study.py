"""What a plan's courses over many seeds say together: dates, advisers, the bottleneck (decision 23)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import ceil
from typing import Any, NamedTuple

from outreach.domain.calling_hours import local
from outreach.domain.planning import ADVISERS_DAYS, Cause, Plan
from outreach.domain.planning_absorption import worked_days
from outreach.domain.planning_calendar import Rules
from outreach.domain.planning_relief import Raised, Resource, raised, unbraked
from outreach.domain.planning_run import Course, Run
from outreach.domain.policy import ContactPolicy

SEEDS = 20
RELIEF_SEEDS = 5
"""A relief is compared to the plan seed by seed, with the same people and the same lots: few are enough."""

EVERYBODY = 0.995
"""The last five in a thousand choose their own dates: calls that they asked for, telephones that are always busy."""

PARTS = (0.5, 0.8, 0.95, EVERYBODY)
_LOW, _HIGH = 0.05, 0.95
_MATTERS = 0.002
"""Who waits for a thing for less of all the waiting would gain nothing by more of it."""

_FEW = 10
"""People: fewer are no gain to speak of."""

_POINTS = 90


_WAITED_FOR = {
    Resource.LINES: Cause.LINES,
    Resource.SMS: Cause.SMS,
    Resource.ADVISERS: Cause.ADVISERS,
    Resource.VOLUNTEERS: Cause.VOLUNTEERS,
}


class Interval(NamedTuple):
    """The middle of what the seeds say, and where nine in ten of them lie; None: not within two years."""

    low: Any
    middle: Any
    high: Any


def interval(values: Sequence[Any]) -> Interval:
    """None counts as later than anything."""
    ordered = sorted(values, key=lambda value: (value is None, value if value is not None else 0))
    last = len(ordered) - 1
    return Interval(ordered[round(_LOW * last)], ordered[last // 2], ordered[round(_HIGH * last)])


@dataclass(frozen=True, slots=True)
class Told:
    """What is kept of one course."""

    whens: tuple[datetime | None, ...]
    contacted: Mapping[int, float]
    reached: Mapping[int, float]
    requests: Mapping[int, float]
    calls: float
    sms: float
    waited: Mapping[int, Mapping[str, float]]
    desk_clear_at: datetime | None

    @property
    def ends(self) -> datetime | None:
        return self.whens[-1]

    @property
    def in_all(self) -> float:
        """How many were contacted, whether it ended or not."""
        return sum(self.contacted.values())


@lru_cache(maxsize=8)
def _rules(policy: ContactPolicy) -> Rules:
    return Rules(policy)


def tell(plan: Plan, seed: int) -> Told:
    course: Course = Run(plan, seed, _rules(plan.policy)).play()
    return Told(
        tuple(course.when(part) for part in PARTS),
        dict(course.contacted),
        dict(course.reached),
        dict(course.requests),
        sum(course.calls.values()),
        sum(course.sms.values()),
        {week: {cause.value: seconds for cause, seconds in causes.items()} for week, causes in course.waited.items()},
        course.desk_clear_at,
    )


@dataclass(frozen=True, slots=True)
class Relief:
    """What more of one thing would change, seed by seed. `gained`: days by which everybody is contacted sooner; None
    where it doesn't end either way. `more`: people contacted who else never would be."""

    raised: Raised
    ends: Interval
    gained: Interval
    more: Interval
    never_waited: bool = False

    @property
    def helps(self) -> bool:
        """Sooner by a day at least, or for more people, and so in nearly every seed."""
        sooner = self.gained.middle is not None and self.gained.middle >= 1 and (self.gained.low or 0) > 0
        return not self.never_waited and bool(sooner or self.more.low >= _FEW)


@dataclass(frozen=True, slots=True)
class Week:
    """One week of the plan: advisers who would be needed, requests, and the part of the waiting that each cause has."""

    begins: date
    advisers: Interval
    requests: Interval
    waited: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Point:
    day: date
    contacted: Interval
    reached: Interval


@dataclass(frozen=True, slots=True)
class Study:
    plan: Plan
    seeds: int
    whens: Mapping[float, Interval]
    reached: Interval
    requests: Interval
    calls: Interval
    sms: Interval
    desk_clear_at: Interval
    curve: tuple[Point, ...]
    weeks: tuple[Week, ...]
    waited: Mapping[str, float]
    reliefs: tuple[Relief, ...]

    @property
    def ends(self) -> Interval:
        return self.whens[EVERYBODY]

    @property
    def bottleneck(self) -> Relief | None:
        """What would gain most; None when only the policy's own pace is left."""
        helping = [relief for relief in self.reliefs if relief.helps]
        return max(helping, key=lambda relief: (relief.gained.middle or 0, relief.more.middle), default=None)


Task = tuple[Plan, int]
Tells = Callable[[Sequence[Task]], list[Told]]


def _one_by_one(tasks: Sequence[Task]) -> list[Told]:
    return [tell(plan, seed) for plan, seed in tasks]


def study(plan: Plan, seeds: int = SEEDS, relief_seeds: int = RELIEF_SEEDS, tells: Tells = _one_by_one) -> Study:
    """Plays a plan over seeds, then once more with more of each thing that anybody waited for.

    `tells`: plays many courses, in whatever processes, and gives them back in the order asked for.
    """
    courses = tells([(plan, seed) for seed in range(seeds)])
    waited = _parts(courses)
    compared = min(seeds, relief_seeds)
    asked = [resource for resource in Resource if _may_help(plan, resource)]
    tried = [raised(plan, resource) for resource in asked if _was_waited_for(resource, waited)]
    free = unbraked(plan) if waited[Cause.ADVISERS] + waited[Cause.VOLUNTEERS] > 0 else None
    tasks = [(one.plan, seed) for one in tried for seed in range(compared)]
    tasks += [(free, seed) for seed in range(compared)] if free is not None else []
    told = tells(tasks)
    by_resource = {
        one.resource: _relief(one, courses[:compared], told[number * compared : (number + 1) * compared])
        for number, one in enumerate(tried)
    }
    nothing, ends = Interval(0, 0, 0), interval([course.ends for course in courses])
    unwaited = {
        resource: Relief(raised(plan, resource), ends, nothing, nothing, never_waited=True)
        for resource in asked
        if resource not in by_resource
    }
    reliefs = by_resource | unwaited
    needing = told[len(tried) * compared :] if free is not None else courses
    return Study(
        plan,
        seeds,
        {part: interval([course.whens[number] for course in courses]) for number, part in enumerate(PARTS)},
        interval([sum(course.reached.values()) for course in courses]),
        interval([sum(course.requests.values()) for course in courses]),
        interval([course.calls for course in courses]),
        interval([course.sms for course in courses]),
        interval([course.desk_clear_at for course in courses]),
        _curve(plan, courses),
        _weeks(plan, courses, needing),
        {cause.value: part for cause, part in waited.items()},
        tuple(reliefs[resource] for resource in asked),
    )


def _may_help(plan: Plan, resource: Resource) -> bool:
    if resource is Resource.SMS:
        return plan.policy.announce_sms
    if resource is Resource.VOLUNTEERS:
        return bool(plan.volunteers.places)
    return True


def _was_waited_for(resource: Resource, waited: Mapping[Cause, float]) -> bool:
    cause = _WAITED_FOR.get(resource)
    return cause is None or waited[cause] >= _MATTERS


def _parts(courses: Sequence[Told]) -> dict[Cause, float]:
    seconds = dict.fromkeys(Cause, 0.0)
    for course in courses:
        for causes in course.waited.values():
            for cause in Cause:
                seconds[cause] += causes[cause]
    whole = sum(seconds.values()) or 1.0
    return {cause: part / whole for cause, part in seconds.items()}


def _relief(one: Raised, before: Sequence[Told], after: Sequence[Told]) -> Relief:
    gained = [_days_gained(was.ends, now.ends) for was, now in zip(before, after, strict=True)]
    ordered = sorted((-1e9 if days is None else days) for days in gained)
    last = len(ordered) - 1
    low, middle, high = (
        None if value == -1e9 else value
        for value in (ordered[round(_LOW * last)], ordered[(last + 1) // 2], ordered[round(_HIGH * last)])
    )
    more = interval([now.in_all - was.in_all for was, now in zip(before, after, strict=True)])
    return Relief(one, interval([course.ends for course in after]), Interval(low, middle, high), more)


_NEVER = timedelta(days=730)


def _days_gained(before: datetime | None, after: datetime | None) -> float | None:
    """An end that never comes counts as the last day looked at."""
    if before is None and after is None:
        return None
    far = (before or after or datetime.max.replace(tzinfo=UTC)) + _NEVER
    return ((before or far) - (after or far)) / timedelta(days=1)


def _curve(plan: Plan, courses: Sequence[Told]) -> tuple[Point, ...]:
    last = max((day for course in courses for day in course.contacted), default=0)
    step = max(1, ceil(last / _POINTS))
    days = range(0, last + step, step)
    contacted = [_running(course.contacted, days, plan.cohort.over) for course in courses]
    reached = [_running(course.reached, days, 0) for course in courses]
    first = _local_day(plan.first_day)
    return tuple(
        Point(
            first + timedelta(days=day),
            interval([values[number] for values in contacted]),
            interval([values[number] for values in reached]),
        )
        for number, day in enumerate(days)
    )


def _local_day(at: datetime) -> date:
    return local(at, ADVISERS_DAYS).date()


def _running(daily: Mapping[int, float], days: range, already: float) -> list[float]:
    """The sum up to the end of each of these days."""
    return [already + sum(count for day, count in daily.items() if day <= until) for until in days]


def _weeks(plan: Plan, courses: Sequence[Told], needing: Sequence[Told]) -> tuple[Week, ...]:
    last = max((day for course in (*courses, *needing) for day in (*course.requests, *course.contacted)), default=0)
    found = []
    for week in range(last // 7 + 1):
        begins = plan.first_day + timedelta(weeks=week)
        worked = worked_days(begins, begins + timedelta(weeks=1))
        requests = [sum(course.requests.get(week * 7 + day, 0.0) for day in range(7)) for course in needing]
        advisers = [count / (plan.desk.handled_a_day * worked) if worked else 0.0 for count in requests]
        there = [course.waited.get(week, {}) for course in courses]
        seconds = {cause.value: sum(one.get(cause, 0.0) for one in there) for cause in Cause}
        whole = sum(seconds.values()) or 1.0
        found.append(
            Week(
                _local_day(begins + timedelta(hours=12)),
                interval(advisers),
                interval(requests),
                {cause: part / whole for cause, part in seconds.items()},
            )
        )
    while len(found) > 1 and found[-1].requests.high < 1:
        found.pop()
    return tuple(found)
