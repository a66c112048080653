"""Which of the contacts' states, and of what holds them back, can be shown beside the other tables of people (rule 15).

The funnel tells how many are in some states, and who waits how many wait: such a state can't stand in for another, and
none may tell a step that the funnel hides.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from outreach.domain.rates_masking import SMALLEST_CELL, Line, hidden_cells
from outreach.domain.rates_nesting import is_small
from outreach.domain.words import ContactState, Gate

WAITS = (ContactState.WAITING, ContactState.DUE)
FULL = (Gate.ADVISERS_FULL, Gate.VOLUNTEERS_FULL)
"""The gates of which it is told where they hold people."""

STEPS_OF_STATES: Mapping[str, tuple[ContactState, ...]] = {
    "no_phone": (ContactState.NO_PHONE,),
    "accepted": (ContactState.ACCEPTED,),
    "refused": (ContactState.REFUSED, ContactState.OPTED_OUT),
}
"""By step of the funnel, the states that people who came there are nearly always in."""

Cell = TypeVar("Cell", bound=Hashable)

HeldCell = tuple[str, str]
"""A gate, and a department or "" for all of them."""


@dataclass(frozen=True, slots=True)
class Told:
    """How many people a figure of another table speaks of; whether it is shown there."""

    people: int
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Masking:
    """The states to hide. `waits_are_told`: whether the table of who waits may tell how many these are."""

    states: frozenset[str]
    waits_are_told: bool


def waiting(states: Mapping[str, int]) -> int:
    """How many wait for a call, as the table of who waits tells by its sum."""
    return sum(states.get(state, 0) for state in WAITS)


def masking(states: Mapping[str, int], steps: Mapping[str, Told]) -> Masking:
    """How to mask the states: all eligible people are in one or another. `steps`: the funnel's."""
    people = dict(states)
    others = [state for state in states if state != ContactState.INELIGIBLE]
    lines: list[Line[str]] = []
    besides: set[str] = set()
    apart: list[list[str]] = []
    """What other tables tell together, so that by subtraction they tell the others too."""

    def take_out(of: Collection[str]) -> list[str]:
        group = [state for state in others if state in of]
        others[:] = [state for state in others if state not in of]
        return group

    if waiting(states) >= SMALLEST_CELL:
        apart.append(take_out(WAITS))
    for step, of_step in STEPS_OF_STATES.items():
        group, told = take_out(of_step), steps.get(step, Told(0, is_shown=True))
        together, count = f"all of {step}", sum(states[state] for state in group)
        if group and (not told.is_shown or is_small(count) or is_small(abs(told.people - count))):
            people[together] = count
            lines.append((together, group))
            besides |= {together, *group}
            others.append(together)
        elif group and told.people == count:
            apart.append(group)
        else:
            others += group
    apart.sort(key=lambda group: (group[0] not in WAITS, sum(people[state] for state in group)))
    while True:
        wholes: list[Line[str]] = [(f"whole {n}", parts) for n, parts in enumerate([others, *apart])]
        people |= {whole: sum(people[part] for part in parts) for whole, parts in wholes}
        hidden = hidden_cells(people, [*lines, *wholes], besides)
        if not apart or "whole 0" not in hidden:
            return Masking(frozenset(hidden & states.keys()), not any(state in WAITS for state in others))
        # The others can't be told together: who waits is left untold first, which no rate is made of.
        others += apart.pop(0)


def hidden_waits(people: Mapping[Cell, int], *, is_told: bool) -> set[Cell]:
    """What to hide of the table of who waits. `is_told`: whether it may tell how many these are together."""
    hidden = hidden_cells(dict(people), [])
    left = sorted(people.keys() - hidden, key=lambda cell: people[cell])
    while left and (hidden or not is_told):
        gone = sum(people[cell] for cell in hidden)
        if gone >= SMALLEST_CELL and (len(hidden) > 1 or not is_told):
            break
        hidden.add(left.pop(0))
    return hidden


def hidden_holds(holds: Mapping[HeldCell, int], waits: int, departments: Mapping[str, Told]) -> set[HeldCell]:
    """What to hide of how many each gate holds, and where. `waits`: how many wait, held or not.

    `departments`: the eligible people of each.
    """
    people: dict[HeldCell, int] = dict(holds)
    gates = [cell for cell in holds if not cell[1]]
    lines: list[Line[HeldCell]] = []
    if waits >= SMALLEST_CELL:
        free, whole = ("", "free"), ("", "waits")
        people |= {whole: waits, free: max(0, waits - sum(holds[gate] for gate in gates))}
        lines.append((whole, [*gates, free]))
    besides: set[HeldCell] = set()
    for gate in FULL:
        parts = [cell for cell in holds if cell[0] == gate and cell[1]]
        if parts:
            lines.append(((gate.value, ""), parts))
    for department, eligible in departments.items():
        cells = [cell for cell in holds if cell[1] == department]
        left = [eligible.people - holds[cell] for cell in cells]
        left.append(eligible.people - sum(holds[cell] for cell in cells))
        if not eligible.is_shown or any(is_small(count) for count in left):
            besides.update(cells)
    return hidden_cells(people, lines, besides) & holds.keys()
