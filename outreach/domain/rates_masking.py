"""Which cells of a table can't be shown: those of few people, and those from which one works these out (rule 15)."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

Cell = TypeVar("Cell", bound=Hashable)

SMALLEST_CELL = 11

Line = tuple[Cell, Sequence[Cell]]
"""A cell published beside the parts of which it is the sum."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Nested columns. `within`: of what each is a part, parts after wholes; the first is the whole of all.

    `apart`: parts of one whole in which nothing counts twice. `rests`: what is in a whole and not in a part.
    `use`: the columns by how much they are needed, the most first: where two can't be shown together, that one is.
    """

    within: Mapping[str, str | None]
    apart: tuple[str, ...] = ()
    rests: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    use: tuple[str, ...] = ()


def hidden_cells(people: Mapping[Cell, int], lines: Sequence[Line[Cell]], besides: Collection[Cell] = ()) -> set[Cell]:
    """The cells that can't be shown: those of 1 to 10 people, and those from which a reader could work them out.

    Along each line at least two cells and 11 people are hidden: the sum less the rest tells what they hold together.
    `besides`: cells that can't be shown for another reason.
    """
    hidden = {cell for cell, count in people.items() if 0 < count < SMALLEST_CELL} | set(besides)
    while any(_hide_one_more(people, whole, parts, hidden) for whole, parts in lines):
        pass
    return hidden


def shown_of_whole(people: Mapping[Cell, int]) -> dict[Cell, int | None]:
    """Cells whose sum may be known from elsewhere, as they can be shown; None is masked."""
    cells: dict[Cell | None, int] = dict(people.items())
    cells[None] = sum(people.values())
    hidden = hidden_cells(cells, [(None, list(people))])
    return {cell: None if cell in hidden else count for cell, count in people.items()}


def _hide_one_more(people: Mapping[Cell, int], whole: Cell, parts: Sequence[Cell], hidden: set[Cell]) -> bool:
    gone = [part for part in parts if part in hidden]
    left = [part for part in parts if part not in hidden and people[part] > 0]
    if whole in hidden:
        told = not gone and bool(left)
    else:
        told = bool(gone) and (len(gone) == 1 or sum(people[part] for part in gone) < SMALLEST_CELL)
    if told:
        hidden.add(min(left, key=lambda part: people[part]) if left else whole)
    return told
