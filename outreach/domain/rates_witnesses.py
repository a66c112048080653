"""Other worlds in which all that is shown of some tables is the same: what one row holds less, others hold more."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.rates_nesting import Change, Counts, Nesting, Way

Row = tuple[str, str]
"""A breakdown and a label."""

Cell = tuple[Row, str]

MOMENTS = "moment"

Rooms = Mapping[Row, float]

_NOTHING = 1e-9


def moment(weekday: str, hour: str) -> Row:
    return MOMENTS, f"{weekday} {hour}"


def weekday_and_hour(of_moment: Row) -> tuple[str, str]:
    weekday, _, hour = of_moment[1].partition(" ")
    return weekday, hour


@dataclass
class Ledger:
    """What is counted, and what of it isn't shown. `nowhere`: columns that no row shows, the whole included: whatever
    they hold, nothing that is shown is their sum."""

    nesting: Nesting
    counts: Mapping[Row, Counts]
    hidden: set[Cell] = field(default_factory=set)
    nowhere: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        use = self.nesting.use
        self._worth = {column: (len(use) - place) ** 2 for place, column in enumerate(use)}

    def price(self, cells: Iterable[Cell]) -> int:
        """What readers lose with some cells: the more, the more used the columns are, and the more they count."""
        return sum(self._worth[column] * (SMALLEST_CELL + self.counts[row][column]) for row, column in cells)

    def shown_of(self, row: Row, columns: Iterable[str]) -> list[Cell]:
        return [cell for column in columns if (cell := (row, column)) not in self.hidden]


class Rows:
    """Rows that add up to one: what one holds less, the others can hold more, where it isn't shown."""

    def __init__(self, ledger: Ledger, rows: Sequence[Row]) -> None:
        self.ledger = ledger
        self.rows = rows
        nesting = ledger.nesting
        self.rooms: dict[int, dict[Cell, int]] = {
            sign: {(row, column): room(ledger.counts[row], column) for row in rows for column in nesting.columns}
            for sign, room in ((1, nesting.up), (-1, nesting.down))
        }
        self._free: dict[tuple[int, str], int] = defaultdict(int)
        """The room that rows have in a column which they don't show."""
        self._rooms_together: dict[tuple[int, tuple[str, ...]], dict[Row, int]] = {}
        for row in rows:
            for column in nesting.columns:
                if (row, column) in ledger.hidden:
                    self._add((row, column))

    def witness(self, row: Row, ways: Sequence[Way]) -> bool:
        """Hides what has to be for a row to go one of these ways unnoticed; whether there is one."""
        best: list[Cell] | None = None
        hidden, counts = self.ledger.hidden, self.ledger.counts[row]
        for way in ways:
            change = {column: by for column, by in way.of(counts).items() if by}
            if any((row, column) not in hidden for column in change):
                continue
            more = [] if self.ledger.nowhere.issuperset(change) else self.to_hide(row, way, change)
            if more == []:
                return True
            if more is not None and (best is None or self.ledger.price(more) < self.ledger.price(best)):
                best = more
        for cell in best or ():
            self._hide(cell)
        return best is not None

    def _hide(self, cell: Cell) -> None:
        if cell not in self.ledger.hidden:
            self.ledger.hidden.add(cell)
            self._add(cell)

    def _add(self, cell: Cell) -> None:
        for sign in (1, -1):
            self._free[sign, cell[1]] += self.rooms[sign][cell]

    def to_hide(self, row: Row, way: Way, change: Change) -> list[Cell] | None:  # noqa: ARG002 - for others
        """The cells to hide more, so that other rows can make up for a change; None if they can't."""
        if self._is_free(row, change):
            return []
        together = self._all_columns(row, change)
        if together == []:
            return []
        found = [one for one in (self._column_by_column(row, change), together) if one is not None]
        return min(found, key=self.ledger.price) if found else None

    def _is_free(self, row: Row, change: Change) -> bool:
        for column, asked in self.ledger.nesting.shares(change).items():
            sign = -1 if change[column] > 0 else 1
            if asked > self._free[sign, column] - self.rooms[sign][row, column]:
                return False
        return True

    def _column_by_column(self, row: Row, change: Change) -> list[Cell] | None:
        found: list[Cell] = []
        for column, asked in self.ledger.nesting.shares(change).items():
            sign = -1 if change[column] > 0 else 1
            left = asked - self._free[sign, column] + self.rooms[sign][row, column]
            if left <= 0:
                continue
            rooms, hidden = self.rooms[sign], self.ledger.hidden
            choices = [
                (self.ledger.price([cell]), rooms[cell], [cell])
                for other in self.rows
                if (cell := (other, column)) not in hidden and rooms[cell] > 0
            ]
            more = self._cheapest_of(choices, left)
            if more is None:
                return None
            found += more
        return found

    def _cheapest_of(self, choices: Iterable[tuple[int, int, list[Cell]]], asked: int) -> list[Cell] | None:
        """Cells to hide by price, each with the room that it makes: one that is enough, or several."""
        left = sorted(choices, key=lambda one: (one[0] / one[1], one[2]))
        several: list[Cell] = []
        price, still = 0, asked
        for one in left:
            several += one[2]
            price, still = price + one[0], still - one[1]
            if still <= 0:
                break
        if still > 0:
            return None
        enough = min((one for one in left if one[1] >= asked), default=None)
        return enough[2] if enough is not None and enough[0] <= price else several

    def _all_columns(self, row: Row, change: Change) -> list[Cell] | None:
        """The same where a row that makes up for some of it does so in all columns: they stay nested as they are."""
        if mixed(change):
            return None
        asked = max(self.ledger.nesting.shares(change).values())
        left: list[tuple[int, int, list[Cell]]] = []
        for other, room in self._rooms_of(change).items():
            if other == row:
                continue
            more = self.ledger.shown_of(other, change)
            if more:
                left.append((self.ledger.price(more), room, more))
            else:
                asked -= room
                if asked <= 0:
                    return []
        return self._cheapest_of(left, asked) if asked > 0 else []

    def _rooms_of(self, change: Change) -> dict[Row, int]:
        columns, sign = tuple(change), other_way(change)
        if (sign, columns) not in self._rooms_together:
            room = self.ledger.nesting.room_together
            found = {row: room(self.ledger.counts[row], columns, sign) for row in self.rows}
            self._rooms_together[sign, columns] = {row: room for row, room in found.items() if room > 0}
        return self._rooms_together[sign, columns]


def mixed(change: Change) -> bool:
    """Whether some columns hold more and others less."""
    return min(change.values()) < 0 < max(change.values())


def other_way(change: Change) -> int:
    """1 where others are to hold more, -1 where less."""
    return -1 if max(change.values()) > 0 else 1


@dataclass(frozen=True, slots=True)
class _Swap:
    """Columns of a moment that are to be otherwise. `rooms`: of moments beside and below it; `across`: of corners."""

    row: Row
    columns: tuple[str, ...]
    rooms: Rooms
    across: Rooms


class Grid(Rows):
    """Half-hours of weekdays, which add up to both: two of each make up for one another."""

    def __init__(self, ledger: Ledger, rows: Sequence[Row]) -> None:
        super().__init__(ledger, rows)
        self._places = {row: weekday_and_hour(row) for row in rows}
        self._weekdays = list(dict.fromkeys(weekday for weekday, _ in self._places.values()))
        self._known_rooms: dict[tuple[tuple[str, ...], int], Rooms] = {}
        self._known_squares: dict[Row, list[tuple[Row, Row, Row]]] = {}
        self._hours = list(dict.fromkeys(hour for _, hour in self._places.values()))

    def to_hide(self, row: Row, way: Way, change: Change) -> list[Cell] | None:  # noqa: ARG002 - for others
        found = self._column_by_column(row, change)
        return found if found is not None else self._all_columns(row, change)

    def _column_by_column(self, row: Row, change: Change) -> list[Cell] | None:
        shares = self.ledger.nesting.shares(change)
        same = tuple(column for column, asked in shares.items() if asked > abs(change[column]))
        if same and mixed({column: change[column] for column in same}):
            return None
        found: list[Cell] = []
        for columns in [*((column,) for column in shares if column not in same), *([same] if same else [])]:
            sign = -1 if change[columns[0]] > 0 else 1
            swap = _Swap(row, columns, self._least_rooms(columns, sign), self._least_rooms(columns, -sign))
            more = self._squares_to_hide(swap, shares[columns[0]])
            if more is None:
                return None
            found += more
        return found

    def _all_columns(self, row: Row, change: Change) -> list[Cell] | None:
        counts, times = self.ledger.counts, self.ledger.nesting.times
        against = {column: -by for column, by in change.items()}
        rooms, across = ({one: times(counts[one], by) for one in self.rows} for by in (against, change))
        return self._squares_to_hide(_Swap(row, tuple(change), rooms, across), 1.0)

    def _least_rooms(self, columns: tuple[str, ...], sign: int) -> Rooms:
        if (columns, sign) not in self._known_rooms:
            rooms = self.rooms[sign]
            self._known_rooms[columns, sign] = {row: min(rooms[row, c] for c in columns) for row in self.rows}
        return self._known_rooms[columns, sign]

    def _squares_to_hide(self, swap: _Swap, asked: float) -> list[Cell] | None:
        found: list[Cell] = []
        while (left := self._left(swap, asked, found)) > _NOTHING:
            square = self._cheapest(swap, left, found)
            if square is None:
                return None
            found += square
        return found

    def _squares(self, row: Row) -> list[tuple[Row, Row, Row]]:
        """Beside a moment, below it, and across."""
        if row not in self._known_squares:
            weekday, hour = self._places[row]
            squares = (
                (moment(weekday, other_hour), moment(other_weekday, hour), moment(other_weekday, other_hour))
                for other_hour in self._hours
                if other_hour != hour
                for other_weekday in self._weekdays
                if other_weekday != weekday
            )
            self._known_squares[row] = [one for one in squares if all(corner in self._places for corner in one)]
        return self._known_squares[row]

    def _left(self, swap: _Swap, asked: float, besides: Sequence[Cell]) -> float:
        """How much of what is asked for the cells that aren't shown leave over."""
        hidden = self.ledger.hidden
        used: dict[Row, float] = defaultdict(float)
        for square in self._squares(swap.row):
            beside, below, corner = square
            room = min(asked, swap.rooms[beside] - used[beside], swap.rooms[below] - used[below], swap.across[corner])
            if room > 0 and all((one, c) in hidden or (one, c) in besides for one in square for c in swap.columns):
                asked -= room
                used[beside] += room
                used[below] += room
                if asked <= _NOTHING:
                    break
        return asked

    def _cheapest(self, swap: _Swap, asked: float, besides: Sequence[Cell]) -> list[Cell] | None:
        best: tuple[tuple[float, int, int], list[Cell]] | None = None
        for square in self._squares(swap.row):
            beside, below, corner = square
            room = min(asked, swap.rooms[beside], swap.rooms[below], swap.across[corner])
            if room <= 0:
                continue
            more = [cell for one in square for cell in self.ledger.shown_of(one, swap.columns) if cell not in besides]
            price = (-room, self.ledger.price(more), sum(self.ledger.counts[one][column] for one, column in more))
            if more and (best is None or price < best[0]):
                best = price, more
        return best[1] if best is not None else None


class Margin(Rows):
    """Half-hours, or weekdays: where one holds less of a moment, another does more at the same hour or weekday.

    `moments`: of each row, by the other half of their label. `days`: of each weekday. Those of what moves aren't shown.
    """

    def __init__(
        self,
        ledger: Ledger,
        moments: Mapping[Row, Mapping[str, Row]],
        days: Mapping[Row, Sequence[Row]] | None = None,
    ) -> None:
        super().__init__(ledger, list(moments))
        self._moments = moments
        self._days = days

    def to_hide(self, row: Row, way: Way, change: Change) -> list[Cell] | None:
        if not way.alike or not self._adds_up(row, way, change):
            return None
        found: list[Cell] = []
        while (left := self._left(row, way, change, found)) > 0:
            best: tuple[tuple[bool, float], list[Cell]] | None = None
            for other in self.rows:
                more = [cell for cell in self.ledger.shown_of(other, change) if cell not in found]
                if other == row or not more:
                    continue
                still, price = self._left(row, way, change, [*found, *more]), self.ledger.price(more)
                rank = (still > 0, price if not still else price / max(left - still, 0.01))
                if still < left and (best is None or rank < best[0]):
                    best = rank, more
            if best is None:
                return None
            found += best[1]
        return found

    def _parts(self, row: Row) -> list[Sequence[Row]]:
        moments = list(self._moments[row].values())
        return [moments] if self._days is None else [moments, self._days.get(row, ())]

    def _adds_up(self, row: Row, way: Way, change: Change) -> bool:
        for parts in self._parts(row):
            whole: dict[str, int] = defaultdict(int)
            for part in parts:
                for column, by in way.of(self.ledger.counts[part]).items():
                    whole[column] += by
            if {column: by for column, by in whole.items() if by} != change:
                return False
        return True

    def _left(self, row: Row, way: Way, change: Change, besides: Sequence[Cell]) -> int:
        """How much of a change the rows that don't show it leave over, column by column or in all together."""
        left = 0
        for column in change:
            others = [one for one in self.rows if one != row and self._hides(one, [column], besides)]
            left += self._left_over(row, way, {column: change[column]}, others)
        if left and not mixed(change):
            others = [one for one in self.rows if one != row and self._hides(one, change, besides)]
            left = min(left, self._left_over(row, way, change, others))
        return left

    def _hides(self, row: Row, columns: Iterable[str], besides: Sequence[Cell]) -> bool:
        return all(cell in besides for cell in self.ledger.shown_of(row, columns))

    def _left_over(self, row: Row, way: Way, change: Change, others: Sequence[Row]) -> int:
        columns, sign = tuple(change), other_way(change)
        room, counts = self.ledger.nesting.room_together, self.ledger.counts
        days = self._days or {}
        rooms_of_days = {
            other: sum(room(counts[day], columns, sign) for day in days.get(other, ())) for other in others
        }
        left = 0
        for place, part in self._moments[row].items():
            shares = self.ledger.nesting.shares(way.of(counts[part]))
            asked = max((shares.get(column, 0) for column in columns), default=0)
            for other in others:
                if asked and place in self._moments[other]:
                    taken = min(asked, room(counts[self._moments[other][place]], columns, sign))
                    if self._days is not None:
                        taken = min(taken, rooms_of_days[other])
                        rooms_of_days[other] -= taken
                    asked -= taken
            left += asked
        return left
