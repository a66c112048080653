"""What a plan is made of: the people, how they answer, the lines, the advisers, the volunteers (decision 23). Pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from math import exp, log, sqrt
from typing import TypeVar

from outreach.domain.answering import MOST_TRIES, Beliefs, Group, Slot, field_rate
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import zone_of

Name = TypeVar("Name", bound=Hashable)

SAMPLE = 2_000
"""People who are played, at most; more are stood for, each by one of the same department, kind of number and age."""

LEAST_OF_A_DEPARTMENT = 12
"""So many of each department are played, or all of them: a small one has its own hours, advisers and volunteers."""

HORIZON = timedelta(days=730)
"""What has not ended by then is said not to end."""

MOST_PEOPLE = 5_000_000

ADVISERS_DAYS = "75"
"""Whose calendar and clock advisers, and those who plan, keep."""


class Cause(StrEnum):
    """For what somebody who is not contacted yet waits."""

    RULES = "rules"
    """Their next try: hours, spacing, caps, a call that they asked for."""
    LINES = "lines"
    SMS = "sms"
    ADVISERS = "advisers"
    VOLUNTEERS = "volunteers"


@dataclass(frozen=True, slots=True)
class Cell:
    """People who are alike. `due`: when they may be called again; `announced`: an SMS has told them of the call.

    `rang_at`: when their telephones rang in the last 30 days.
    """

    department: str
    group: Group
    people: int
    rang_at: tuple[datetime, ...] = ()
    due: datetime | None = None
    announced: bool = False
    reached: bool = False


@dataclass(frozen=True, slots=True)
class Cohort:
    """`over`: those whose contact has ended already; they count as contacted."""

    cells: tuple[Cell, ...]
    over: int = 0

    @property
    def people(self) -> int:
        return sum(cell.people for cell in self.cells)

    @property
    def departments(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for cell in self.cells:
            found[cell.department] = found.get(cell.department, 0) + cell.people
        return found


@dataclass(frozen=True, slots=True)
class Share:
    """A chance, and how many cases it was learned from: the field's figure weighs `strength` of them."""

    value: float
    strength: float

    def drawn(self, z: float) -> float:
        """The chance in a world that lies `z` standard deviations from what is believed, on the logit's scale."""
        if not 0 < self.value < 1:
            return self.value
        sure = 1 / sqrt(self.strength * self.value * (1 - self.value))
        return 1 / (1 + exp(-(log(self.value / (1 - self.value)) + z * sure)))


# DOMAIN §1 and domain/capacity.py give these; what they don't tell is ours [D], marked so.
OF_THE_FIELD_STRENGTH = 40.0
"""How many cases a figure of the field weighs against cases of our own, as in domain/answering.py."""


@dataclass(frozen=True, slots=True)
class Answers:
    """How often a call that rings is answered. `rang`: the calls behind each rate; `factor`: a first call's rate as it
    was typed, to the field's."""

    beliefs: Beliefs = field(default_factory=Beliefs)
    rang: Mapping[tuple[Group, int], float] = field(default_factory=dict)
    factor: float = 1.0

    def share(self, group: Group, tries: int) -> Share:
        """Calls after the third one are learned together: the more of them were in vain, the fewer will be answered."""
        counted = min(tries, MOST_TRIES)
        base = self.beliefs.base(group, counted) * self.factor * field_rate(tries) / field_rate(counted)
        return Share(min(0.95, base), OF_THE_FIELD_STRENGTH + self.rang.get((group, counted), 0.0))

    def ratio(self, group: Group, slot: Slot) -> float:
        return self.beliefs.ratio(group, slot)[0] if self.beliefs.evidence else 1.0

    @property
    def learned_from(self) -> int:
        return round(sum(self.rang.values()))


def typed_answers(rate: float) -> Answers:
    """A first call is answered so often; later ones as much less as the field's figures say."""
    return Answers(factor=rate / field_rate(0))


@dataclass(frozen=True, slots=True)
class Rates:
    """What becomes of calls. `request`: an answered call that brings work to an adviser, one in four [K]; `settled`:
    one that ends the matter otherwise; `callback`: one in which a time is asked for; after the others the person is
    tried again.

    `known`: how often somebody answers who has answered before, and `kept`, at the time that they asked for [D].
    `never_rang`: busy or out of reach; `invalid`: a first number that doesn't exist; `second_number`: then there is
    another one [D]. `invitation`: an SMS after two misses that is replied to: 43.7 % of an invitation's [S], less
    than half of it by those who let us ring in vain [D].
    `talk_seconds`: an answered call, on average [D].
    """

    answers: Answers = field(default_factory=Answers)
    request: Share = Share(0.25, 20.0)
    settled: Share = Share(0.35, 20.0)
    callback: Share = Share(0.08, 20.0)
    known: float = 0.5
    kept: float = 0.7
    never_rang: float = 0.05
    invalid: float = 0.04
    second_number: float = 0.2
    invitation: Share = Share(0.2, 20.0)
    talk_seconds: float = 150.0


@dataclass(frozen=True, slots=True)
class Advisers:
    """Advisers who serve the same departments, None being every one."""

    number: float
    departments: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """`handled_a_day`: requests that one adviser brings to an end in a working day; `at_once`: how many may be open for
    each before outreach is slowed (ADVISER_REQUESTS_AT_ONCE). `open_requests`: those of today, by department."""

    teams: tuple[Advisers, ...]
    handled_a_day: float = 8.0
    at_once: int = 200
    open_requests: Mapping[str, int] = field(default_factory=dict)

    @property
    def number(self) -> float:
        return sum(team.number for team in self.teams)


@dataclass(frozen=True, slots=True)
class Volunteers:
    """Places left, by department; where none is recorded, they hold nothing back. `taken`: the part of the requests
    that end at a volunteer's; `a_month`: places that come free in a month, in proportion to those of today."""

    places: Mapping[str, int] = field(default_factory=dict)
    taken: float = 0.6
    a_month: float = 0.0

    @property
    def number(self) -> int:
        return sum(self.places.values())


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a course follows from, but for the seed. `callers`: numbers of ours that call; `answerable`:
    the sender of our SMS can be answered."""

    cohort: Cohort
    policy: ContactPolicy
    rates: Rates
    desk: Desk
    volunteers: Volunteers
    begins: datetime
    callers: int = 1
    answerable: bool = True
    sample: int = SAMPLE

    @property
    def first_day(self) -> datetime:
        """The Monday of the first week, from which days and weeks are counted, as advisers count them."""
        zone = zone_of(ADVISERS_DAYS)
        day = self.begins.astimezone(zone).date()
        return datetime.combine(day - timedelta(days=day.weekday()), time(0), zone).astimezone(UTC)

    def with_policy(self, **changes: object) -> "Plan":
        return replace(self, policy=replace(self.policy, **changes))  # type: ignore[arg-type]


class PlanError(ValueError):
    """A plan that can't be played, in one sentence that says what to write instead."""


def check(plan: Plan) -> None:
    """Raises PlanError."""
    rates = plan.rates
    chances = {
        "the answer rate": rates.answers.share(_anybody(plan), 0).value if plan.cohort.cells else 0.5,
        "the part of answered calls that bring a request": rates.request.value,
        "the part that settle the matter": rates.settled.value,
    }
    wrong = [
        (
            not plan.cohort.cells,
            "nobody is left to contact: everybody has been reached, settled or tried as often as may be",
        ),
        (plan.cohort.people > MOST_PEOPLE, f"a plan is for {MOST_PEOPLE:,} people at most"),
        (plan.callers < 1, "at least one caller number is needed"),
        (plan.desk.number <= 0, "at least one adviser is needed: without any, no campaign starts"),
        (not 0 < plan.desk.handled_a_day <= 200, "an adviser handles more than 0 and at most 200 requests a day"),
        (plan.begins.tzinfo is None, "a plan begins at a moment with its time zone"),
        *((not 0 < value < 1, f"{what} lies between 0 and 1, not at {value:g}") for what, value in chances.items()),
        (
            rates.request.value + rates.settled.value + rates.callback.value > 1,
            "requests, settled calls and callbacks are parts of the answered calls: together 1 at most",
        ),
    ]
    for is_wrong, sentence in wrong:
        if is_wrong:
            raise PlanError(sentence)


def _anybody(plan: Plan) -> Group:
    return plan.cohort.cells[0].group


def in_proportion(total: int, parts: Mapping[Name, float]) -> dict[Name, int]:
    """A whole number dealt out in proportion, the largest remainders first; those who get nothing are left out."""
    whole = sum(parts.values())
    exact = {name: total * part / whole for name, part in parts.items()}
    dealt = {name: int(share) for name, share in exact.items()}
    by_remainder = sorted(exact, key=lambda name: dealt[name] - exact[name])
    for name in by_remainder[: total - sum(dealt.values())]:
        dealt[name] += 1
    return {name: count for name, count in dealt.items() if count}
