"""One row of nested columns: which of them it can show, and how it could be otherwise without its reader noticing."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from outreach.domain.rates_masking import SMALLEST_CELL, Columns

Counts = Mapping[str, int]

Change = dict[str, int]
"""By how much more, or less, columns of a row hold in another world."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a row changes in another world. `alike`: the rows of which it is the sum can each change so."""

    of: Callable[[Counts], Change]
    alike: bool = True


def is_small(count: int) -> bool:
    return 0 < count < SMALLEST_CELL


class Nesting:
    def __init__(self, columns: Columns) -> None:
        self.columns = tuple(columns.within)
        self.use = columns.use or self.columns
        """The most used first."""
        self.within = columns.within
        self.apart = columns.apart
        self.parts: dict[str, list[str]] = defaultdict(list)
        self.wholes: dict[str, list[str]] = {}
        """Of what each is a part, and that again: the nearest first."""
        for column, whole in columns.within.items():
            self.wholes[column] = [whole, *self.wholes[whole]] if whole is not None else []
            if whole is not None:
                self.parts[whole].append(column)
        self._of_apart = columns.within[columns.apart[0]] if columns.apart else None

    def fit(self, counts: Counts, people: Counts, besides: Collection[str]) -> set[str]:
        """The columns that a row can show together, the most used first: none of few people, nor any two that differ
        by few. `besides`: columns that it doesn't show anyway."""
        shown: set[str] = set()
        for column in self.use:
            if column not in besides and not is_small(people[column]) and not self._tells(counts, column, shown):
                shown.add(column)
        return shown

    def _tells(self, counts: Counts, column: str, shown: set[str]) -> bool:
        for other in shown:
            nested = other in self.wholes[column] or column in self.wholes[other]
            if nested and is_small(abs(counts[other] - counts[column])):
                return True
        if column not in self.apart and column != self._of_apart:
            return False
        together = {*shown, column}
        wholes = [self._of_apart, *self.wholes[self._of_apart]] if self._of_apart is not None else []
        beside = sum(counts[one] for one in self.apart if one in together)
        return any(is_small(counts[whole] - beside) for whole in wholes if whole in together)

    def up(self, counts: Counts, column: str) -> int:
        """How many more a column of a row could hold, the others being as they are."""
        whole = self.within[column]
        if whole is None:
            return 1 << 62
        beside = sum(counts[one] for one in self.apart) if column in self.apart else counts[column]
        return max(0, counts[whole] - beside)

    def down(self, counts: Counts, column: str) -> int:
        """How many fewer."""
        return max(0, counts[column] - self._least(counts, column))

    def room_together(self, counts: Counts, columns: Collection[str], sign: int) -> int:
        """How many more (or fewer: -1) all of some columns could hold, which are parts of one another."""
        rooms = []
        for column in columns:
            if sign > 0:
                if self.within[column] not in columns:
                    rooms.append(self.up(counts, column))
            else:
                rooms.append(max(0, counts[column] - self._least(counts, column, columns)))
        return min(rooms)

    def times(self, counts: Counts, change: Change) -> float:
        """How often a row could change so, and stay nested."""
        most = float("inf")
        for column, by in change.items():
            if by < 0:
                most = min(most, counts[column] / -by)
        for column, whole in self.within.items():
            if whole is None or column in self.apart or not (column in change or whole in change):
                continue
            less = change.get(column, 0) - change.get(whole, 0)
            if less > 0:
                most = min(most, max(0, counts[whole] - counts[column]) / less)
        if self._of_apart is not None:
            less = sum(change.get(one, 0) for one in self.apart) - change.get(self._of_apart, 0)
            if less > 0:
                most = min(most, max(0, self._undecided(counts)) / less)
        return most

    def _least(self, counts: Counts, column: str, besides: Collection[str] = ()) -> int:
        parts = [part for part in self.parts.get(column, ()) if part not in besides]
        apart = sum(counts[one] for one in self.apart if one in parts) if column == self._of_apart else 0
        return max([apart, *(counts[one] for one in parts)])

    def raised(self, counts: Counts, column: str, to: int) -> Change:
        """What changes when a column holds as many as that, and so all that it is a part of."""
        change = {column: to - counts[column]}
        whole = self.within[column]
        if whole is not None:
            most = to + (sum(counts[one] for one in self.apart if one != column) if column in self.apart else 0)
            if counts[whole] < most:
                change |= self.raised(counts, whole, most)
        return change

    def lowered(self, counts: Counts, column: str, to: int, kept: str = "") -> Change:
        """What changes when a column holds as few as that, and so all of its parts. `kept`: a part that is to stay."""
        change = {column: to - counts[column]}
        for part in self.parts.get(column, ()):
            if counts[part] > to:
                change |= self.lowered(counts, part, to, kept)
        if column == self._of_apart:
            left = {one: counts[one] + change.get(one, 0) for one in self.apart}
            for one in sorted(left, key=lambda one: (one == kept, -left[one])):
                less = min(left[one], max(0, sum(left.values()) - to))
                if less:
                    left[one] -= less
                    change[one] = change.get(one, 0) - less
        return change

    def _filled(self, counts: Counts, column: str, whole: str) -> Change:
        """A column becomes all that its whole is, and what is apart from it becomes nobody."""
        path = [column, *self.wholes[column][: self.wholes[column].index(whole)]]
        change = {one: counts[whole] - counts[one] for one in path if counts[one] != counts[whole]}
        if column in self.apart:
            change |= {one: -counts[one] for one in self.apart if one != column and counts[one]}
        return change

    def dangers(self, counts: Counts, people: Counts, hidden: Collection[str]) -> Iterator[list[Way]]:
        """For all that few people are in a row and isn't shown, the ways in which it could be nobody, or many."""
        for column in hidden:
            if is_small(people[column]):
                many = max(SMALLEST_CELL, counts[column] + 1)
                yield [
                    Way(partial(self._lowered_to, column=column, to=0)),
                    Way(partial(self.raised, column=column, to=many), alike=False),
                ]
        for part in self.columns:
            for whole in self.wholes[part]:
                rest = counts[whole] - counts[part]
                if is_small(rest) and (part in hidden or whole in hidden):
                    yield self._ways(counts, whole, part, SMALLEST_CELL - rest)
        if self._of_apart is not None:
            rest = self._undecided(counts)
            if is_small(rest) and (self._of_apart in hidden or any(one in hidden for one in self.apart)):
                yield list(self._ways_of_undecided(counts, self._of_apart, SMALLEST_CELL - rest))

    def _ways(self, counts: Counts, whole: str, part: str, missing: int) -> list[Way]:
        ways = [
            Way(partial(self._filled, column=part, whole=whole)),
            Way(lambda of: self.lowered(of, whole, of[part], part)),
            Way(partial(self._lowered_to, column=whole, to=0)),
            Way(partial(self.raised, column=whole, to=counts[whole] + missing), alike=False),
        ]
        if counts[part] >= missing:
            ways.append(Way(partial(self._lowered_to, column=part, to=counts[part] - missing), alike=False))
        return ways

    def _ways_of_undecided(self, counts: Counts, whole: str, missing: int) -> Iterator[Way]:
        for one in self.apart:
            yield Way(lambda of, one=one: {one: self._undecided(of)})  # type: ignore[misc]
            if counts[one] >= missing:
                yield Way(lambda _, one=one: {one: -missing}, alike=False)  # type: ignore[misc]
        yield Way(lambda of: {whole: -self._undecided(of)})
        yield Way(partial(self._lowered_to, column=whole, to=0))
        yield Way(partial(self.raised, column=whole, to=counts[whole] + missing), alike=False)

    def _undecided(self, counts: Counts) -> int:
        return counts[self._of_apart or ""] - sum(counts[one] for one in self.apart)

    def _lowered_to(self, counts: Counts, column: str, to: int) -> Change:
        return self.lowered(counts, column, to)

    def shares(self, change: Change) -> dict[str, int]:
        """How many each changed column asks of other rows, where some ask the same of them."""
        asked = {column: abs(by) for column, by in change.items() if by}
        same = [
            column
            for column, by in change.items()
            if (column in self.apart and by < 0) or (column == self._of_apart and by > 0)
        ]
        together = sum(asked[column] for column in same if column in asked)
        return asked | {column: together for column in same if column in asked}
