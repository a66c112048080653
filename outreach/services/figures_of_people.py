"""The figures of where people stand just now: their states, what holds them back, who waits. Small cells masked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from outreach.domain import rates_states
from outreach.domain.rates import STEPS, Breakdown
from outreach.domain.rates_nesting import is_small
from outreach.domain.rates_states import FULL, HeldCell, Masking, Told
from outreach.services.figure_publishing import Published

NOW = "now"


@dataclass(frozen=True, slots=True)
class Held:
    """How many people each gate holds, and by department those of capacity; None is a cell too small to be shown."""

    gates: Sequence[tuple[str, int | None]]
    departments: Mapping[tuple[str, str], int | None]

    def people(self, department: str, gate: str) -> int | None:
        return self.departments.get((department, gate), 0)


def _people(published: Published, breakdown: Breakdown) -> dict[str, int]:
    return {one.label: one.people for one in published.sums.get(breakdown.value, ()) if one.people}


def masking_of(published: Published) -> Masking:
    """Which states are hidden, and whether it is told how many wait."""
    return published.made(_masking)


def _masking(published: Published) -> Masking:
    steps = published.whole(Breakdown.COHORT, STEPS).people
    told = {step: Told(steps[step], not published.hides(Breakdown.COHORT, "", step)) for step in STEPS}
    return rates_states.masking(_people(published, Breakdown.STATE), told)


def states(published: Published) -> dict[str, int | None]:
    """How many people are in each state; None is masked."""
    hidden = masking_of(published).states
    return {state: None if state in hidden else count for state, count in _people(published, Breakdown.STATE).items()}


def all_who_wait(published: Published) -> int | None:
    """How many wait for a call; None is masked."""
    count = rates_states.waiting(_people(published, Breakdown.STATE))
    return None if is_small(count) or not masking_of(published).waits_are_told else count


def held(published: Published) -> Held:
    """What holds people back, the most frequent gate first, and where those are whom a full department holds."""
    return published.made(_held)


def _held(published: Published) -> Held:
    holds: dict[HeldCell, int] = {(gate, ""): count for gate, count in _people(published, Breakdown.HELD).items()}
    gates = sorted(holds, key=lambda cell: -holds[cell])
    for label, count in _people(published, Breakdown.HELD_DEPARTMENT).items():
        gate, department = label.split(" ")
        if gate in FULL:
            holds[gate, department] = count
    eligible = {
        one.label: Told(one.people["eligible"], not published.hides(Breakdown.COHORT_DEPARTMENT, one.label, "eligible"))
        for one in published.groups(Breakdown.COHORT_DEPARTMENT, STEPS)
    }
    waits = rates_states.waiting(_people(published, Breakdown.STATE))
    hidden = rates_states.hidden_holds(holds, waits, eligible)
    shown = {cell: None if cell in hidden else count for cell, count in holds.items()}
    return Held(
        [(gate, shown[gate, ""]) for gate, _ in gates],
        {(department, gate): count for (gate, department), count in shown.items() if department},
    )


def waiting(published: Published, now: datetime) -> Mapping[tuple[str, str], int | None]:
    """By the number of their next attempt and the half-day from which it may be made, how many people wait.

    Half-days are the patients' own, as `2026-11-26 AM`; those that have begun, where it is earliest, are `now`.
    """
    begun = f"{now:%Y-%m-%d} {'AM' if now.hour < 12 else 'PM'}"
    people: dict[tuple[str, str], int] = {}
    for label, count in _people(published, Breakdown.WAITING).items():
        half_day, number = label[:13], label[14:]
        cell = (number, half_day if half_day > begun else NOW)
        people[cell] = people.get(cell, 0) + count
    hidden = rates_states.hidden_waits(people, is_told=masking_of(published).waits_are_told)
    return {cell: None if cell in hidden else count for cell, count in people.items()}
