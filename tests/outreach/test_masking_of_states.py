"""No few people follow from what is shown of states, of what holds back and of who waits, beside the funnel (rule 15)."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from outreach.domain import rates_states
from outreach.domain.rates import COHORT_NESTED, STEPS
from outreach.domain.rates_masking import hidden_cells, shown_of_whole
from outreach.domain.rates_publication import WHOLE, Line, Row
from outreach.domain.rates_states import FULL, STEPS_OF_STATES, WAITS
from outreach.domain.rates_tables import Sum
from outreach.domain.words import ContactState
from outreach.services import figures_of_people
from outreach.services.figure_publishing import Published, hidden_of
from tests.outreach.adversary import Reader
from tests.outreach.test_rates_publication import FEW, HELPED, REACHED, reader_of, small_cells

NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
FREE, ALL_WHO_WAIT = ("free",), ("all who wait",)


@dataclass(frozen=True)
class Group:
    """So many people of whom all tables say the same."""

    people: int
    way: tuple[str, ...]
    state: str
    department: str
    waits_for: str | None = None
    held_by: str | None = None

    def cells(self) -> Iterator[tuple[str, str, str]]:
        eligible = self.state != ContactState.INELIGIBLE
        for step in self.steps() if eligible else ():
            yield "cohort", "", step
            yield "cohort_department", self.department, step
        yield "state", self.state, "people"
        if self.waits_for is not None:
            yield "waiting", self.waits_for, "people"
        if self.held_by is not None:
            yield "held", self.held_by, "people"
            yield "held_department", f"{self.held_by} {self.department}", "people"

    def steps(self) -> tuple[str, ...]:
        return self.way if "with_telephone" in self.way else (*self.way, "no_phone")


def _way_to(chance: Random, state: str) -> tuple[str, ...]:
    if chance.random() < 0.1:
        return (*REACHED, *HELPED[: chance.randint(0, 7)])
    if state == "accepted":
        return (*REACHED, *HELPED[: chance.randint(2, 7)])
    if state in {"refused", "opted_out"}:
        return (*REACHED, "refused")
    if state == "no_phone":
        return REACHED[:1]
    return REACHED[: chance.randint(2, len(REACHED))]


def some_groups(seed: int, most: int) -> list[Group]:
    chance = Random(seed)
    states = chance.sample(list(ContactState), chance.randint(1, 6)) + ["waiting"] * chance.randint(0, 3)
    departments = ("94", "38", "974")[: chance.randint(1, 3)]
    found = []
    for _ in range(chance.randint(1, 18)):
        state = str(chance.choice(states))
        waits = held = None
        if state in WAITS:
            half_day = chance.choice(("2026-11-25 AM", "2026-11-26 PM", "2026-11-27 AM"))
            waits = f"{half_day} {chance.randint(1, 2):02d}"
            held = chance.choice((None, None, "spacing", "outside_hours", *FULL))
        people = chance.choice((1, 2, 3, 5, 9, chance.randint(1, most), chance.randint(1, most)))
        way = _way_to(chance, state)
        found.append(Group(people, way, state, chance.choice(departments), waits, str(held) if held else None))
    return found


def published(groups: Sequence[Group]) -> Published:
    people: dict[tuple[str, str, str], int] = defaultdict(int)
    for group in groups:
        for cell in group.cells():
            people[cell] += group.people
    sums: dict[str, list[Sum]] = defaultdict(list)
    for (breakdown, label, measure), count in people.items():
        sums[breakdown].append(Sum(label, measure, count, count))
    return Published(sums, frozenset(hidden_of(sums)))


def _cohort(of: Published) -> dict[Row, Line]:
    rows = {}
    for breakdown in ("cohort", "cohort_department"):
        for label in {one.label for one in of.sums.get(breakdown, ())}:
            counts = dict.fromkeys(STEPS, 0) | {s.measure: s.people for s in of.sums[breakdown] if s.label == label}
            rows[WHOLE if breakdown == "cohort" else (breakdown, label)] = Line(counts, counts)
    return rows


class World:
    """All tables of people, as shown, and what one may not learn of them."""

    def __init__(self, of: Published, more: Mapping[Any, int | None] | None = None) -> None:
        """`more`: what else is shown, of which the reader is told afterwards."""
        self.rows = _cohort(of)
        hidden = {(WHOLE if row[0] == "cohort" else row, column) for row, column in of.hidden}
        cohort = reader_of(COHORT_NESTED, self.rows, hidden)
        held = figures_of_people.held(of)
        self.shown: dict[Any, int | None] = {
            **{("state", state): count for state, count in figures_of_people.states(of).items()},
            **{("waits", *cell): count for cell, count in figures_of_people.waiting(of, NOW).items()},
            **{("held", gate): count for gate, count in held.gates},
            **{("held", gate, department): count for (department, gate), count in held.departments.items()},
        }
        self.truth = self._truth(of)
        assert self.truth.keys() == self.shown.keys()
        self.reader = Reader({**cohort.shown, **self.shown, FREE: None, ALL_WHO_WAIT: None, **(more or {})})
        self._knows_the_funnel(cohort, of)
        self._knows_what_adds_up()
        self.few = [*small_cells(COHORT_NESTED, self.rows, hidden), *self._few()]

    def _truth(self, of: Published) -> dict[Any, int]:
        truth: dict[Any, int] = defaultdict(int)
        for one in of.sums.get("state", ()):
            truth["state", one.label] += one.people
        for one in of.sums.get("waiting", ()):
            half_day = one.label[:13]
            truth["waits", one.label[14:], half_day if half_day > "2026-11-26 PM" else "now"] += one.people
        for one in of.sums.get("held", ()):
            truth["held", one.label] += one.people
        for one in of.sums.get("held_department", ()):
            gate, department = one.label.split(" ")
            if gate in FULL:
                truth["held", gate, department] += one.people
        return dict(truth)

    def _cells(self, table: str, size: int = 2) -> list[Any]:
        return [cell for cell in self.shown if cell[0] == table and len(cell) == size]

    def _states(self, of: Sequence[str]) -> list[Any]:
        return [("state", state) for state in of if ("state", state) in self.shown]

    def _sum(self, cells: Sequence[Any]) -> int:
        return sum(self.truth[cell] for cell in cells)

    def _step(self, row: Row, step: str) -> dict[Any, int]:
        if step == "no_phone":
            return {(row, "eligible"): 1, (row, "with_telephone"): -1}
        return {(row, step): 1}

    def _knows_the_funnel(self, cohort: Reader, of: Published) -> None:
        self.reader.equal += cohort.equal
        self.reader.at_most += cohort.at_most
        if WHOLE not in self.rows:
            return
        whole = self.rows[WHOLE].counts
        groups = {step: self._states(states) for step, states in STEPS_OF_STATES.items()}
        equal = [step for step, cells in groups.items() if self._sum(cells) == whole[step]]
        told = [step for step in equal if (("cohort", ""), step) not in of.hidden]
        others = whole["eligible"] - sum(whole[step] for step in told)
        for step, cells in groups.items():
            terms = self._step(WHOLE, step) | dict.fromkeys(cells, -1)
            # That all who came there are still in these states can't be known where hardly anybody is in another.
            if step in equal and others not in FEW:
                self.reader.equal.append(self.reader._about(terms))
            elif self._sum(cells) <= whole[step]:
                self.reader.at_most.append(self.reader._about({cell: -sign for cell, sign in terms.items()}))

    def _knows_what_adds_up(self) -> None:
        if WHOLE in self.rows:
            eligible = [cell for cell in self._cells("state") if cell[1] != ContactState.INELIGIBLE]
            self.reader.adds_up((WHOLE, "eligible"), eligible)
        self.reader.adds_up(ALL_WHO_WAIT, self._states(WAITS))
        self.reader.adds_up(ALL_WHO_WAIT, self._cells("waits", 3))
        self.reader.adds_up(ALL_WHO_WAIT, [*self._cells("held"), FREE])
        departments = self._cells("held", 3)
        for gate in FULL:
            parts = [cell for cell in departments if cell[1] == gate]
            if parts:
                self.reader.adds_up(("held", gate), parts)
        for cell in departments:
            row = ("cohort_department", cell[2])
            self.reader.holds((row, "eligible"), [one for one in departments if one[2] == cell[2]])

    def _few(self) -> Iterator[tuple[dict[Any, int], int]]:
        for cell, count in self.truth.items():
            if count in FEW:
                assert self.shown[cell] is None, cell
                yield {cell: 1}, count
        free = self._sum(self._states(WAITS)) - self._sum(self._cells("held"))
        if free in FEW:
            yield {FREE: 1}, free
        for step, of in STEPS_OF_STATES.items():
            cells = self._states(of)
            rest = self.rows[WHOLE].counts[step] - self._sum(cells) if WHOLE in self.rows else 0
            if rest in FEW:
                yield self._step(WHOLE, step) | dict.fromkeys(cells, -1), rest
        for cell in self._cells("held", 3):
            row = ("cohort_department", cell[2])
            rest = self.rows[row].counts["eligible"] - self.truth[cell]
            if rest in FEW:
                yield {(row, "eligible"): 1, cell: -1}, rest

    def told(self) -> list[Mapping[Any, int]]:
        return self.reader.told(self.few, FEW)


@settings(max_examples=150)
@given(some.integers(0, 10**9), some.sampled_from((5, 30, 100, 400)))
def test_rule_15_no_few_people_follow_from_states_holds_and_who_waits(seed: int, most: int) -> None:
    world = World(published(some_groups(seed, most)))
    assert world.told() == []


def _campaign(*more: Group) -> Published:
    """Some that a reader can count with."""
    usual = (
        Group(900, REACHED[:3], "waiting", "94", "2026-11-26 PM 02", "spacing"),
        Group(800, REACHED[:2], "waiting", "38", "2026-11-27 AM 01"),
        Group(60, REACHED[:1], "no_phone", "94"),
        Group(300, (*REACHED, *HELPED[:4]), "accepted", "94"),
        Group(90, (*REACHED, "refused"), "refused", "38"),
        Group(200, REACHED[:4], "exhausted", "38"),
    )
    return published([*usual, *more])


def test_rule_15_due_is_not_told_by_who_waits() -> None:
    of = _campaign(Group(5, REACHED[:2], "due", "94", "2026-11-26 PM 01"))
    assert figures_of_people.states(of)["due"] is None
    assert figures_of_people.states(of)["waiting"] is None
    assert World(of).told() == []


def test_rule_15_no_state_that_the_funnel_tells_stands_in_for_another() -> None:
    of = _campaign(Group(4, (*REACHED,), "deceased", "94"))
    states = figures_of_people.states(of)
    assert states == {
        "waiting": 1700, "no_phone": 60, "accepted": 300, "refused": 90, "exhausted": None, "deceased": None,
    }  # fmt: skip
    assert World(of).told() == []


def test_rule_15_where_nothing_else_could_stand_in_who_waits_is_not_told() -> None:
    of = published(
        [
            Group(900, REACHED[:3], "waiting", "94", "2026-11-26 PM 02"),
            Group(300, (*REACHED, *HELPED[:4]), "accepted", "94"),
            Group(3, REACHED[:3], "attempting", "94"),
        ]
    )
    assert figures_of_people.states(of) == {"waiting": None, "accepted": 300, "attempting": None}
    assert figures_of_people.waiting(of, NOW) == {("02", "now"): None}
    assert World(of).told() == []


def test_rule_15_few_who_are_held_by_nothing_are_not_told() -> None:
    of = published(
        [
            Group(900, REACHED[:3], "waiting", "94", "2026-11-26 PM 02", "outside_hours"),
            Group(90, REACHED[:3], "waiting", "94", "2026-11-26 PM 02", "spacing"),
            Group(7, REACHED[:3], "waiting", "94", "2026-11-26 PM 02"),
        ]
    )
    assert figures_of_people.held(of).gates == [("outside_hours", 900), ("spacing", None)]
    assert World(of).told() == []


def test_rule_15_of_a_department_in_which_nearly_all_are_held_it_is_not_told_how_many() -> None:
    held = Group(60, REACHED[:3], "waiting", "974", "2026-11-26 PM 02", "advisers_full")
    of = _campaign(held, Group(80, REACHED[:3], "waiting", "94", "2026-11-26 PM 02", "advisers_full"))
    assert figures_of_people.held(of).people("974", "advisers_full") == 60
    of = _campaign(
        held,
        Group(80, REACHED[:3], "waiting", "94", "2026-11-26 PM 02", "advisers_full"),
        Group(6, REACHED[:3], "exhausted", "974"),
    )
    assert figures_of_people.held(of).people("974", "advisers_full") is None
    assert World(of).told() == []


def test_a_campaign_of_many_shows_nearly_all_of_it() -> None:
    """Hiding everything would be safe and useless."""
    of = _campaign(
        Group(120, REACHED[:3], "due", "94", "2026-11-25 AM 02", "advisers_full"),
        Group(110, REACHED[:3], "due", "38", "2026-11-25 AM 02", "advisers_full"),
        Group(40, (*REACHED, "refused"), "opted_out", "94"),
    )
    assert None not in figures_of_people.states(of).values()
    assert None not in figures_of_people.waiting(of, NOW).values()
    held = figures_of_people.held(of)
    assert None not in {*dict(held.gates).values(), *held.departments.values()}


def _as_it_was(states: Mapping[str, int], _: object) -> rates_states.Masking:
    """Each table masked for itself."""
    parts = [state for state in states if state != ContactState.INELIGIBLE]
    hidden = hidden_cells({**states, "": sum(states[one] for one in parts)}, [("", parts)])
    return rates_states.Masking(frozenset(hidden - {""}), waits_are_told=True)


def _gates_alone(holds: Mapping[Any, int], *_: object) -> set[Any]:
    lines = [
        ((gate, ""), [cell for cell in holds if cell[0] == gate and cell[1]]) for gate, where in holds if not where
    ]
    return hidden_cells(dict(holds), [line for line in lines if line[1]])


def _of_whole(people: Mapping[Any, int], *, is_told: bool) -> set[Any]:
    return {cell for cell, count in shown_of_whole(people).items() if count is None}


@pytest.mark.parametrize(
    ("name", "otherwise"), [("masking", _as_it_was), ("hidden_holds", _gates_alone), ("hidden_waits", _of_whole)]
)
def test_the_reader_finds_what_a_weaker_masking_tells(
    monkeypatch: pytest.MonkeyPatch, name: str, otherwise: Callable[..., Any]
) -> None:
    monkeypatch.setattr(rates_states, name, otherwise)
    assert any(World(published(some_groups(seed, 100))).told() for seed in range(400))
