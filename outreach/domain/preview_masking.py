"""What a preview can show of a whole campaign beside its board, which masks the contacts' states (rule 15)."""

from collections.abc import Iterable, Mapping

from outreach.domain.rates_masking import SMALLEST_CELL, Line, hidden_cells
from outreach.domain.rates_nesting import is_small
from outreach.domain.rates_states import WAITS, Masking
from outreach.domain.words import ContactState

_WHOLE, _LATER, _NEVER = " all", " later", " never"


def state_of(what: str) -> str:
    """The state of which a preview's line is a part; all who wait for a call are one."""
    state = what.partition(": ")[0]
    return ContactState.WAITING if state not in {*ContactState} or state in WAITS else state


def hidden_parts(counts: Mapping[str, int], board: Masking) -> set[str]:
    """The lines to hide of what becomes of each contact: the board tells the states that it shows."""
    of_state: dict[str, list[str]] = {}
    for what in counts:
        of_state.setdefault(state_of(what), []).append(what)
    besides: set[str] = set()
    lines: list[Line[str]] = []
    people = dict(counts)
    for state, parts in of_state.items():
        untold = not board.waits_are_told if state == ContactState.WAITING else state in board.states
        if untold:
            besides.update(parts)
        else:
            people[_WHOLE + state] = sum(counts[part] for part in parts)
            lines.append((_WHOLE + state, parts))
    return hidden_cells(people, lines, besides) & counts.keys()


def waiting(counts: Mapping[str, int]) -> int:
    return sum(count for what, count in counts.items() if state_of(what) == ContactState.WAITING)


def hidden_gates(
    gates: Mapping[str, int], first: Mapping[str, int], hidden_first: Iterable[str], waits: int, board: Masking
) -> set[str]:
    """The gates to hide of those closed for somebody who waits. `first`: for how many each is the first one closed,
    `hidden_first`: where that isn't shown."""
    if not board.waits_are_told:
        return set(gates)
    unseen = set(hidden_first)
    return {
        gate
        for gate, count in gates.items()
        if is_small(count) or is_small(waits - count) or (gate not in unseen and is_small(count - first.get(gate, 0)))
    }


def hidden_days(days: Mapping[str, int], later: int, waits: int, board: Masking) -> set[str]:
    """The days to hide of the next possible calls. `later`: those of days that aren't listed."""
    if not board.waits_are_told or waits < SMALLEST_CELL:
        return set(days)
    people = {**days, _LATER: later, _NEVER: waits - later - sum(days.values()), _WHOLE: waits}
    return hidden_cells(people, [(_WHOLE, [*days, _LATER, _NEVER])]) & days.keys()
