"""When people answer: what is believed of it, from the field's figures and from every call that rang.

Whether somebody answers is taken as a base rate, of who they are and how often we tried, times a ratio, of when they
are called. A ratio is estimated from answers observed against answers expected, level by level: a part of the day for
everybody, then for a kind of number, then with an age band, then by the half-hour, then by the weekday. Each level
starts from the one above it, so that a sparse cell borrows from its neighbours until it has seen enough of its own.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from math import sqrt
from random import Random
from typing import NamedTuple

from outreach.domain.words import NumberKind

HALF_LIFE = timedelta(days=42)
"""After so long a call counts for half: seasons and habits change, and a figure that fades is explored again."""

MOST_TRIES = 2
"""Third and later calls are taken together."""

_SHARES = ((0.33, 0.0), (0.32, 0.15), (0.35, 0.58))
"""Unknown numbers are answered never by 33 % and rarely by 32 % of people [S]; how often "rarely" and the others are is
ours [D], such that 25 % of first calls meet somebody, which the field gives as the most [K] (DOMAIN §1)."""

_BASE_STRENGTH = 40.0
"""How many calls the field's figure weighs."""

_STRENGTHS = (40.0, 40.0, 40.0, 60.0, 80.0)
"""How many expected answers the level above weighs, from parts of the day down to weekdays: ratios of one level differ
from that above by 16 %, 13 % and 11 % (a standard deviation) before anything is known [D]."""

_OLDER_IN_THE_MORNING = 1.1
"""Landlines of older people answer more in the morning [K]; how much more is ours [D]."""

_FIRST_AFTERNOON = 26
_ROUNDS = 6


class AgeBand(StrEnum):
    UNDER_50 = "under_50"
    FROM_50 = "50_to_64"
    FROM_65 = "65_to_79"
    FROM_80 = "80_and_over"


BANDS = ((50, AgeBand.UNDER_50), (65, AgeBand.FROM_50), (80, AgeBand.FROM_65))
_OLDER = frozenset({AgeBand.FROM_65, AgeBand.FROM_80})


def age_band(birth_date: date, day: date) -> AgeBand:
    """The band of somebody's age in completed years on a day."""
    years = day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))
    return next((band for limit, band in BANDS if years < limit), AgeBand.FROM_80)


class Group(NamedTuple):
    """Those who are taken to answer at the same times."""

    kind: NumberKind
    age: AgeBand


class Slot(NamedTuple):
    """A half-hour of the week on the patient's clock: Monday is 0, 10:00 is the half-hour 20."""

    weekday: int
    half_hour: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Calls to people who had never spoken to us: how many rang, how many a human answered; old ones count less.

    `tries`: rings before this one, MOST_TRIES at most.
    """

    slot: Slot
    group: Group
    tries: int
    rang: float
    answered: float


@dataclass(slots=True)
class Evidence:
    """Answers that the base rates made one expect, and those observed."""

    expected: float = 0.0
    observed: float = 0.0


_NONE = Evidence()
Key = tuple[object, ...]


def _keys(group: Group, slot: Slot) -> tuple[Key, ...]:
    """The cells of a call, from the part of the day for everybody down to the weekday's half-hour for the group."""
    part = slot.half_hour // 4
    return (
        (part,),
        (part, group.kind),
        (part, group),
        (slot.half_hour, group, None),
        (slot.half_hour, group, slot.weekday),
    )


def _hint(level: int, group: Group, slot: Slot) -> float:
    if level == 2 and group.kind is NumberKind.LANDLINE and group.age in _OLDER and slot.half_hour < _FIRST_AFTERNOON:
        return _OLDER_IN_THE_MORNING
    return 1.0


def field_rate(tries: int) -> float:
    """How many answer after so many calls in vain, by the field's figures alone: those who never do are left over."""
    left = [(share * (1 - rate) ** tries, rate) for share, rate in _SHARES]
    return sum(share * rate for share, rate in left) / sum(share for share, _ in left)


def _mean(group: Group, slot: Slot, seen: Sequence[Evidence]) -> tuple[float, float]:
    """The mean and the standard deviation of a slot's ratio, by the evidence of its cells from the widest down."""
    mean, variance = 1.0, 0.0
    for level, (strength, of_level) in enumerate(zip(_STRENGTHS, seen, strict=True)):
        hint = _hint(level, group, slot)
        weight = strength + of_level.expected
        mean = (strength * mean * hint + of_level.observed) / weight
        variance = (strength * hint / weight) ** 2 * variance + mean / weight
    return mean, sqrt(variance)


@dataclass(frozen=True, slots=True)
class Beliefs:
    """What is believed of every group and slot; without any tally, the field's figures."""

    bases: Mapping[tuple[Group, int], float] = field(default_factory=dict)
    evidence: Mapping[Key, Evidence] = field(default_factory=dict)

    def base(self, group: Group, tries: int) -> float:
        """The rate at which a group answers over all slots, after so many rings in vain."""
        tries = min(tries, MOST_TRIES)
        return self.bases.get((group, tries), field_rate(tries))

    def ratio(self, group: Group, slot: Slot) -> tuple[float, float]:
        """The mean and the standard deviation of what a slot is worth to a group, 1 being the average."""
        return _mean(group, slot, [self.evidence.get(key, _NONE) for key in _keys(group, slot)])

    def draws(self, group: Group, slots: Sequence[Slot], chance: Random) -> list[float]:
        """One world drawn from what is believed: the ratio of each slot in it (Thompson sampling).

        Slots that share a cell share its draw, as they would in any world.
        """
        drawn: dict[Key, float] = {}
        ratios = []
        for slot in slots:
            ratio = 1.0
            for level, (strength, key) in enumerate(zip(_STRENGTHS, _keys(group, slot), strict=True)):
                if key not in drawn:
                    seen = self.evidence.get(key, _NONE)
                    shape = strength * ratio * _hint(level, group, slot) + seen.observed
                    drawn[key] = chance.gammavariate(shape, 1 / (strength + seen.expected))
                # A gamma of a tiny shape may come out as nothing at all, from which nothing can be drawn.
                ratio = max(drawn[key], 1e-6)
            ratios.append(ratio)
        return ratios


def learn(tallies: Iterable[Tally]) -> Beliefs:
    """What the tallies teach, in whatever order they come.

    Bases and ratios are fitted to one another in turn: a half-hour in which only those are called who were missed
    twice must not pass for a bad one, nor one that gets all the first calls for a good one.
    """
    kept = [tally for tally in tallies if tally.rang > 0]
    cells = {(tally.group, tally.slot): _keys(tally.group, tally.slot) for tally in kept}
    observed: defaultdict[Key, float] = defaultdict(float)
    answered: defaultdict[tuple[Group, int], float] = defaultdict(float)
    for tally in kept:
        answered[tally.group, tally.tries] += tally.answered
        for key in cells[tally.group, tally.slot]:
            observed[key] += tally.answered
    # Places in lists instead of keys: what follows goes round several times.
    number_of = {cell: number for number, cell in enumerate(cells)}
    place_of = {key: place for place, key in enumerate(observed)}
    strata = {stratum: number for number, stratum in enumerate(answered)}
    places = [[place_of[key] for key in keys] for keys in cells.values()]
    calls = [(number_of[t.group, t.slot], strata[t.group, t.tries], t.rang) for t in kept]
    ratios = [1.0] * len(cells)
    bases: list[float] = []
    evidence: dict[Key, Evidence] = {}
    for _ in range(_ROUNDS):
        rang = [0.0] * len(strata)
        for cell, stratum, count in calls:
            rang[stratum] += count * ratios[cell]
        bases = [
            (_BASE_STRENGTH * field_rate(tries) + answered[group, tries]) / (_BASE_STRENGTH + rang[number])
            for (group, tries), number in strata.items()
        ]
        expected = [0.0] * len(observed)
        for cell, stratum, count in calls:
            for place in places[cell]:
                expected[place] += count * bases[stratum]
        evidence = {key: Evidence(expected[place], observed[key]) for key, place in place_of.items()}
        seen = list(evidence.values())
        for (group, slot), number in number_of.items():
            ratios[number] = _mean(group, slot, [seen[place] for place in places[number]])[0]
    return Beliefs(dict(zip(strata, bases, strict=True)), evidence)
