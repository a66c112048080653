"""What choosing the time of a call gains, against the fixed order of the rules alone: `python -m bench.best_time`.

A campaign is played through the real policy, gates, schedule and beliefs, without processes, database or telephone:
the same invented people twice, who answer by the same lots, once called at the first moment that the rules allow, once
at the moment that was learned. What they are like, the learner isn't told. The status is 1 when a limit is missed.
"""

import argparse
import heapq
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from math import exp, log, sqrt
from random import Random

from outreach.domain import best_time
from outreach.domain.answering import HALF_LIFE, MOST_TRIES, AgeBand, Beliefs, Group, Slot, Tally, learn
from outreach.domain.best_time import Load, Past, half_hour_of, room_of, slot_of
from outreach.domain.calling_hours import next_opening
from outreach.domain.dispositions import Disposition
from outreach.domain.gates import CallFacts, closed_gates
from outreach.domain.policy import ContactPolicy
from outreach.domain.schedule import next_try
from outreach.domain.words import NumberKind

DEPARTMENT = "94"
BEGIN = datetime(2026, 1, 5, 7, tzinfo=UTC)
PEOPLE = 2_500
DAYS_OF_ARRIVAL = 60
SEEDS = 20
PROCESSES = 2
WITHIN = timedelta(days=30)
LEARNT_EVERY = timedelta(days=2)

AT_MOST = {"varied": 0.97, "busy": 0.97, "flat": 1.02}
"""Attempts per person reached, as a ratio to the fixed order: for the mean over seeds and the end of its interval."""


@dataclass(frozen=True, slots=True)
class World:
    """`effect`: what a slot adds to the log-odds of an answer, for a group. `calls_at_once`: the lines."""

    name: str
    effect: Callable[[Group, Slot], float]
    calls_at_once: int


def nothing(_group: Group, _slot: Slot) -> float:
    return 0.0


def habits(group: Group, slot: Slot) -> float:
    """Invented habits: working people answer at lunch and after work, older ones in the morning and before dinner."""
    hour = slot.half_hour / 2
    if group.age in {AgeBand.UNDER_50, AgeBand.FROM_50}:
        effect = 0.5 if hour >= 17 else 0.2 if 12 <= hour < 13 else -0.3
        effect += 0.25 if slot.weekday == 2 else -0.1 if slot.weekday == 0 else 0.0
    else:
        effect = 0.35 if 10 <= hour < 12 else -0.4 if 12 <= hour < 15.5 else 0.25 if 16 <= hour < 18 else -0.1
        effect -= 0.15 if slot.weekday == 4 and hour >= 14 else 0.0
    return effect * (1.2 if group.kind is NumberKind.LANDLINE else 0.9)


WORLDS = (
    World("varied", habits, 30),
    World("busy", habits, 1),
    World("flat", nothing, 30),
)


@dataclass(slots=True)
class Person:
    group: Group
    arrives: datetime
    odds: float | None
    """The log-odds of an answer, None for those who never answer."""
    habit: list[float]
    """Their own days: what is added in each two hours of the day."""
    lots: list[float]
    past: list[Past] = field(default_factory=list)
    tries: int = 0
    reached_at: datetime | None = None

    def answers(self, world: World, slot: Slot) -> bool:
        if self.odds is None:
            return False
        odds = self.odds + world.effect(self.group, slot) + self.habit[slot.half_hour // 4]
        return self.lots[len(self.past)] < 1 / (1 + exp(-odds))


def people(seed: int, count: int) -> list[Person]:
    """A third never answers an unknown number, a third rarely; ages and telephones of people with a long illness."""
    chance = Random(f"people {seed}")
    ages = chance.choices(list(AgeBand), (15, 25, 35, 25), k=count)
    made = []
    for age in ages:
        mobile = chance.random() < {AgeBand.FROM_65: 0.6, AgeBand.FROM_80: 0.35}.get(age, 0.9)
        kind = chance.random()
        rate = None if kind < 0.33 else chance.betavariate(1.5, 8.5) if kind < 0.65 else chance.betavariate(6, 4)
        rate = None if rate is None else min(0.98, max(0.01, rate))
        made.append(
            Person(
                Group(NumberKind.MOBILE if mobile else NumberKind.LANDLINE, age),
                BEGIN + timedelta(days=chance.randrange(DAYS_OF_ARRIVAL)),
                None if rate is None else log(rate / (1 - rate)),
                [chance.gauss(0, 0.5) for _ in range(12)],
                [chance.random() for _ in range(8)],
            )
        )
    return made


Cell = tuple[Slot, Group, int]


@dataclass(slots=True)
class Memory:
    """What was learned so far, and what is planned: as the deployment keeps them, anew every other day here."""

    beliefs: Beliefs = field(default_factory=Beliefs)
    learned_at: datetime = BEGIN
    rang: defaultdict[Cell, float] = field(default_factory=lambda: defaultdict(float))
    answered: defaultdict[Cell, float] = field(default_factory=lambda: defaultdict(float))
    planned: Counter[datetime] = field(default_factory=Counter)

    def saw(self, person: Person, at: datetime, answered: bool) -> None:
        cell = (slot_of(at, DEPARTMENT), person.group, min(len(person.past), MOST_TRIES))
        self.rang[cell] += 1
        self.answered[cell] += answered

    def learn(self, now: datetime) -> None:
        if now - self.learned_at < LEARNT_EVERY:
            return
        kept = 0.5 ** ((now - self.learned_at) / HALF_LIFE)
        self.learned_at = now
        for counts in (self.rang, self.answered):
            for cell in counts:
                counts[cell] *= kept
        self.beliefs = learn(Tally(*cell, rang, self.answered[cell]) for cell, rang in self.rang.items())


@dataclass(frozen=True, slots=True)
class Result:
    attempts: int
    reached: int
    in_time: float
    days_to_reach: float

    @property
    def attempts_per_person(self) -> float:
        return self.attempts / self.reached


def play(world: World, seed: int, count: int, *, learned: bool) -> Result:
    """One campaign: every contact called until it is reached or exhausted, at most as many at once as there are lines.

    Raises AssertionError when a call would break a gate.
    """
    policy = ContactPolicy(announce_sms=False, calls_at_once=world.calls_at_once, best_time=learned)
    room = room_of(policy)
    chance = Random(f"choices {seed}")
    memory = Memory()
    everybody = people(seed, count)
    waiting: list[tuple[datetime, int]] = []
    used: Counter[datetime] = Counter()

    def plan(number: int, at: datetime) -> None:
        memory.planned[half_hour_of(at)] += 1
        heapq.heappush(waiting, (at, number))

    arrivals = sorted((person.arrives, number) for number, person in enumerate(everybody))
    coming = iter([*arrivals, (datetime.max.replace(tzinfo=UTC), -1)])
    arrives, newcomer = next(coming)
    while waiting or newcomer >= 0:
        if newcomer >= 0 and (not waiting or arrives <= waiting[0][0]):
            plan(newcomer, _first(everybody[newcomer], policy, arrives, memory, room, chance))
            arrives, newcomer = next(coming)
            continue
        at, number = heapq.heappop(waiting)
        person = everybody[number]
        half_hour = half_hour_of(at)
        if used[half_hour] >= room:
            # Every line is taken: the next half-hour, and nobody is planned twice.
            later = next_opening(policy, DEPARTMENT, half_hour + timedelta(minutes=30))
            assert later is not None
            heapq.heappush(waiting, (later, number))
            continue
        used[half_hour] += 1
        memory.learn(at)
        again = _call(world, person, at, policy, memory)
        if again is not None:
            if policy.best_time:
                windows = best_time.in_same_half(best_time.windows_from(policy, DEPARTMENT, again), DEPARTMENT)
                load = Load(memory.planned, room)
                again = best_time.retry(memory.beliefs, person.group, DEPARTMENT, windows, person.past, chance, load)
            plan(number, again)
    reached = [person for person in everybody if person.reached_at is not None]
    waits = [person.reached_at - person.arrives for person in reached if person.reached_at is not None]
    return Result(
        sum(len(person.past) for person in everybody),
        len(reached),
        sum(wait <= WITHIN for wait in waits) / count,
        statistics.fmean(wait / timedelta(days=1) for wait in waits),
    )


def _first(
    person: Person, policy: ContactPolicy, now: datetime, memory: Memory, room: float, chance: Random
) -> datetime:
    windows = list(islice(best_time.windows_from(policy, DEPARTMENT, now), 6))
    if not policy.best_time:
        return windows[0].start
    return best_time.first(memory.beliefs, person.group, DEPARTMENT, windows, chance, Load(memory.planned, room))


def _call(world: World, person: Person, at: datetime, policy: ContactPolicy, memory: Memory) -> datetime | None:
    """Rings; the earliest moment of the next try, None when somebody answered or no try is left."""
    rang_at = [call.at for call in person.past]
    facts = CallFacts(
        now=at, department=DEPARTMENT, campaign_running=True, suppressed=False, number="+33199000001", rang_at=rang_at,
        open_attempt=False, not_before=None, callback=None, announced_at=None, needs_announcement=False,
    )  # fmt: skip
    closed = closed_gates(policy, facts)
    assert not closed, f"a call through the closed gates {closed}"
    answered = person.answers(world, slot_of(at, DEPARTMENT))
    memory.saw(person, at, answered)
    person.past.append(Past(at, answered))
    if answered:
        person.reached_at = at
        return None
    return next_try(policy, DEPARTMENT, at, Disposition.NO_ANSWER, [*rang_at, at], 0).at


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Where the mean lies, to 95 %, by the spread over seeds."""
    half = 1.96 * statistics.stdev(values) / sqrt(len(values)) if len(values) > 1 else 0.0
    mean = statistics.fmean(values)
    return mean - half, mean + half


def both(world: World, count: int, seed: int) -> tuple[Result, Result]:
    return play(world, seed, count, learned=False), play(world, seed, count, learned=True)


def compare(world: World, seeds: int, count: int) -> bool:
    """Plays a world over all seeds and says what came of it; whether it keeps the limit."""
    with ProcessPoolExecutor(PROCESSES) as pool:
        pairs = list(pool.map(partial(both, world, count), range(seeds)))
    ratios = [ours.attempts_per_person / fixed.attempts_per_person for fixed, ours in pairs]
    low, high = interval(ratios)
    limit = AT_MOST[world.name]
    print(
        f"{world.name:7} {statistics.fmean(f.attempts_per_person for f, _ in pairs):5.2f}"
        f" → {statistics.fmean(o.attempts_per_person for _, o in pairs):5.2f} attempts per person reached,"
        f" ratio {statistics.fmean(ratios):.3f} ({low:.3f} to {high:.3f}; seeds {min(ratios):.3f} to {max(ratios):.3f},"
        f" sd {statistics.stdev(ratios) if seeds > 1 else 0:.3f}), limit {limit}"
    )
    print(
        f"        reached within 30 days {statistics.fmean(f.in_time for f, _ in pairs):.1%}"
        f" → {statistics.fmean(o.in_time for _, o in pairs):.1%},"
        f" after {statistics.fmean(f.days_to_reach for f, _ in pairs):.1f}"
        f" → {statistics.fmean(o.days_to_reach for _, o in pairs):.1f} days on average"
    )
    return high <= limit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--world", choices=[world.name for world in WORLDS])
    wanted = parser.parse_args()
    kept = [compare(w, wanted.seeds, wanted.people) for w in WORLDS if wanted.world in {None, w.name}]
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
