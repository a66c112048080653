"""Who is played for a cohort, and the world that a seed draws from what is believed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from outreach.domain.answering import Group, Slot
from outreach.domain.best_time import slot_of
from outreach.domain.calling_hours import Window
from outreach.domain.dispositions import Disposition
from outreach.domain.planning import LEAST_OF_A_DEPARTMENT, Cell, Plan, Rates
from outreach.domain.words import NumberKind

_MOST_ANSWER = 0.97
_MANY = 10_000_019


@dataclass(slots=True)
class Person:
    """One who is played. `weight`: how many people they stand for. `tie`: their place among those due together."""

    department: str
    territory: str
    group: Group
    weight: float
    due: datetime
    tie: float
    chance: Random
    rang_at: tuple[datetime, ...] = ()
    announced_at: datetime | None = None
    callback: Window | None = None
    known: bool = False
    contacted: bool = False
    misses: int = 0
    tried_number: bool = False
    invited: bool = False
    unanswered_sms: int = 0
    ends: dict[Disposition, int] = field(default_factory=dict)

    @property
    def is_mobile(self) -> bool:
        return self.group.kind is NumberKind.MOBILE

    def ended(self, disposition: Disposition) -> int:
        """How many of their calls have ended so, this one included."""
        self.ends[disposition] = self.ends.get(disposition, 0) + 1
        return self.ends[disposition]


def people_of(plan: Plan, territory: dict[str, str], seed: int) -> Iterator[Person]:
    """Everybody, or a sample: of each department evenly over its cells, each standing for as many as there are."""
    chance = Random(f"people {seed}")  # noqa: S311 - nobody's secret
    by_department: dict[str, list[Cell]] = {}
    for cell in plan.cohort.cells:
        by_department.setdefault(cell.department, []).append(cell)
    everybody = plan.cohort.people
    number = 0
    for department, cells in sorted(by_department.items()):
        there = sum(cell.people for cell in cells)
        played = there
        if everybody > plan.sample:
            played = min(there, max(LEAST_OF_A_DEPARTMENT, round(plan.sample * there / everybody)))
        weight = there / played
        at, passed = chance.random() * weight, 0.0
        for cell in cells:
            passed += cell.people
            while at < passed:
                own = Random(seed * _MANY + number)  # noqa: S311 - nobody's secret
                yield _person(plan, cell, territory[department], weight, own)
                number += 1
                at += weight


def _person(plan: Plan, cell: Cell, territory: str, weight: float, chance: Random) -> Person:
    return Person(
        cell.department,
        territory,
        cell.group,
        weight,
        max(cell.due or plan.begins, plan.begins),
        chance.random(),
        chance,
        cell.rang_at,
        min((at for at in cell.rang_at), default=plan.begins) if cell.announced else None,
        contacted=cell.reached,
        misses=len(cell.rang_at),
        tried_number=bool(cell.rang_at),
    )


class World:
    """How people answer in one of the worlds that are believed possible."""

    def __init__(self, rates: Rates, seed: int) -> None:
        self._rates = rates
        chance = Random(f"world {seed}")  # noqa: S311 - nobody's secret
        self._z = chance.gauss(0, 1)
        self.request = rates.request.drawn(chance.gauss(0, 1))
        self.settled = min(rates.settled.drawn(chance.gauss(0, 1)), 1 - self.request)
        self.callback = min(rates.callback.drawn(chance.gauss(0, 1)), 1 - self.request - self.settled)
        self.invitation = rates.invitation.drawn(chance.gauss(0, 1))
        self._base: dict[tuple[Group, int], float] = {}
        self._ratio: dict[tuple[Group, Slot], float] = {}

    def answers(self, person: Person, at: datetime) -> float:
        """The chance that a call which rings is answered."""
        if person.callback is not None and at in person.callback:
            return self._rates.kept
        slot = slot_of(at, person.territory)
        if person.known:
            return min(_MOST_ANSWER, self._rates.known * self._ratio_of(person.group, slot))
        key = (person.group, person.misses)
        if key not in self._base:
            self._base[key] = self._rates.answers.share(*key).drawn(self._z)
        return min(_MOST_ANSWER, self._base[key] * self._ratio_of(person.group, slot))

    def _ratio_of(self, group: Group, slot: Slot) -> float:
        key = (group, slot)
        if key not in self._ratio:
            self._ratio[key] = self._rates.answers.ratio(group, slot)
        return self._ratio[key]
