"""Which cells of tables that add up into each other can be shown (rule 15), over many lines at once.

`rates_masking.hidden_cells` looks along each line by itself. Where cells stand in several lines (a territory in its
department, a department in the country, a step in its partition), the lines together may still tell one of them: here
they are solved, as a patient reader would.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from outreach.domain.rates_masking import SMALLEST_CELL, Line

Cell = TypeVar("Cell", bound=Hashable)

_PRIME = (1 << 61) - 1
"""Sums are solved in this field: what the integers determine, it determines, and no fraction grows."""


def hidden(
    people: Mapping[Cell, int], lines: Iterable[Line[Cell]], worth: Callable[[Cell], int] | None = None
) -> set[Cell]:
    """The cells that can't be shown: those of 1 to 10 people, and what else must go so that no sum tells one of them.

    Each line is a whole and the parts of which it is the sum. A cell that isn't in `people` holds nobody. What else
    must go is the smallest part of a line, its whole when no part is left; with `worth`, whatever is worth least.
    """
    numbers = {cell: number for number, (cell, count) in enumerate(people.items()) if count}
    counts = {number: people[cell] for cell, number in numbers.items()}
    # A cell of nobody is shown, and adds nothing to its sums.
    numbered = [
        ([numbers[whole]], [numbers[part] for part in parts if part in numbers])
        for whole, parts in lines
        if whole in numbers
    ]
    worths = {number: worth(cell) for cell, number in numbers.items()} if worth is not None else None
    table = _Table(counts, numbered, worths)
    table.hide([number for number, count in counts.items() if count < SMALLEST_CELL])
    # Where nothing is left to hide beside one, it stands in sums of empty cells alone.
    while (told := table.determined()) and table.hide_beside(told):
        pass
    return {cell for cell, number in numbers.items() if number in table.hidden}


class _Table:
    """Cells by number, each with somebody in it; lines as pairs of a whole and its parts."""

    def __init__(
        self,
        people: Mapping[int, int],
        lines: Sequence[tuple[Sequence[int], Sequence[int]]],
        worths: Mapping[int, int] | None = None,
    ) -> None:
        self._people = people
        self._worths = worths
        self._lines = [(whole[0], parts) for whole, parts in lines]
        self._of: dict[int, list[int]] = defaultdict(list)
        for number, (whole, parts) in enumerate(self._lines):
            for cell in (whole, *parts):
                self._of[cell].append(number)
        self.hidden: set[int] = set()

    def hide(self, cells: Iterable[int]) -> None:
        """Hides these, and along every line that they touch what would tell them."""
        waiting: list[int] = []
        for cell in cells:
            self.hidden.add(cell)
            waiting += self._of[cell]
        waiting = list(dict.fromkeys(waiting))
        while waiting:
            more = self._one_more(waiting[-1])
            if more is None:
                waiting.pop()
                continue
            self.hidden.add(more)
            waiting += self._of[more]

    def _one_more(self, number: int) -> int | None:
        """A cell of a line that has to go, if what is hidden in it could be worked out or holds too few people."""
        whole, parts = self._lines[number]
        gone = [part for part in parts if part in self.hidden]
        if whole in self.hidden:
            told = not gone and bool(parts)
        else:
            told = bool(gone) and (len(gone) == 1 or sum(self._people[part] for part in gone) < SMALLEST_CELL)
        if not told:
            return None
        left = [part for part in parts if part not in self.hidden]
        if self._worths is not None and whole not in self.hidden:
            left.append(whole)
        return min(left, key=self._loss) if left else whole

    def _loss(self, cell: int) -> tuple[int, int, int]:
        """What a reader loses with a cell."""
        return (self._worths[cell] if self._worths is not None else 0, self._people[cell], cell)

    def hide_beside(self, told: Iterable[int]) -> bool:
        """Hides one more cell in a line of each of these; whether there was one."""
        more: set[int] = set()
        for cell in told:
            lines = [self._lines[number] for number in self._of[cell]]
            beside = {other for whole, parts in lines for other in (whole, *parts)} - self.hidden
            if beside:
                more.add(min(beside, key=self._loss))
        self.hide(more)
        return bool(more)

    def determined(self) -> set[int]:
        """What of the hidden the lines determine, all others being known."""
        equations = []
        for whole, parts in self._lines:
            row = {part: _PRIME - 1 for part in parts if part in self.hidden}
            if whole in self.hidden:
                row[whole] = 1
            if row:
                equations.append(row)
        return _solved(equations)


def determined(unknown: set[Cell], lines: Iterable[Line[Cell]]) -> set[Cell]:
    """The unknown cells that the lines determine, all others being known: what a reader who solves them learns."""
    cells = list(unknown)
    numbers = {cell: number for number, cell in enumerate(cells)}
    table = _Table({}, [([numbers.get(w, -1)], [numbers[p] for p in parts if p in numbers]) for w, parts in lines])
    table.hidden = set(numbers.values())
    return {cells[number] for number in table.determined()}


def _solved(equations: list[dict[int, int]]) -> set[int]:
    """The unknowns to which the equations leave one value alone, by elimination among those that could be any help."""
    rows: dict[int, dict[int, int]] = {}
    for row in _helpful(equations):
        while (cell := next((cell for cell in row if cell in rows), None)) is not None:
            _subtract(row, rows[cell], row[cell])
        if row:
            pivot = next(iter(row))
            inverse = pow(row[pivot], -1, _PRIME)
            rows[pivot] = {cell: value * inverse % _PRIME for cell, value in row.items()}
    # From the last to the first: each is cleared of the ones that are solved for after it.
    for pivot in reversed(list(rows)):
        row = rows[pivot]
        for cell in [cell for cell in row if cell != pivot and cell in rows]:
            _subtract(row, rows[cell], row.get(cell, 0))
    return {pivot for pivot, row in rows.items() if len(row) == 1}


def _helpful(equations: list[dict[int, int]]) -> list[dict[int, int]]:
    """Leaves out the equations that hold two unknowns or more which stand in no other: they only tell their sum."""
    of: dict[int, set[int]] = defaultdict(set)
    for number, row in enumerate(equations):
        for cell in row:
            of[cell].add(number)
    left = dict(enumerate(equations))
    waiting = list(left)
    while waiting:
        number = waiting.pop()
        if number not in left or sum(len(of[cell]) == 1 for cell in left[number]) < 2:
            continue
        for cell in left.pop(number):
            of[cell].discard(number)
            waiting += of[cell]
    return list(left.values())


def _subtract(row: dict[int, int], other: Mapping[int, int], times: int) -> None:
    if not times:
        return
    for cell, value in other.items():
        left = (row.get(cell, 0) - times * value) % _PRIME
        if left:
            row[cell] = left
        else:
            row.pop(cell, None)
