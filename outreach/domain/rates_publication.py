"""Which cells of tables that share a total can be shown, so that no other can be worked out from all of them (rule 15).

A cell of 1 to 10 people is hidden, and so is one of two nested columns that differ by 1 to 10: the difference is a cell
too. What is hidden so could still follow from sums: each such cell therefore gets a witness, another world in which it
is nobody, or 11, and in which everything that is shown is the same. There people stand in other rows, and whatever the
move touches is hidden too. A reader can't tell the worlds apart, whatever they add or subtract.

Where no single row can make up for it, those columns of the breakdown are hidden, so that many rows may; and where that
isn't enough, all of it: with nothing shown of it, its people may stand in any of its rows.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outreach.domain.rates_masking import SMALLEST_CELL, Columns

Row = tuple[str, str]
"""A breakdown and a label."""

Hidden = set[tuple[Row, str]]

WHOLE: Row = ("total", "")

HOURS, WEEKDAYS, MOMENTS, DAYS = "hour", "weekday", "moment", "day"
_WITH = {HOURS: (MOMENTS,), WEEKDAYS: (MOMENTS, DAYS)}
"""What would tell a breakdown that is hidden."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: how many calls or people, and of how many people each cell speaks."""

    counts: Mapping[str, int]
    people: Mapping[str, int]


Move = list[tuple[Row, Row, Row]]
"""From which row to which other, as much as a third one tells (mostly the first)."""

_Cost = tuple[int, list[tuple[Row, str]]] | None
"""What it costs to hide some cells more, and which."""

_Amounts = Callable[[Row], dict[str, int]]
"""By how much less of each column a row has in the other world."""


def hidden_in(columns: Columns, rows: Mapping[Row, Line]) -> Hidden:
    """The cells to hide in breakdowns of one whole, which is the row `WHOLE`: each adds up to it.

    Half-hours, weekdays, their moments and the days add up to one another as well.
    """
    sheet = _Sheet(columns, rows)
    sheet.hide_small()
    for row in sorted(rows, key=sheet.order):
        if row != WHOLE:
            sheet.protect(row)
    sheet.hide_rests()
    return sheet.hidden


def _is_small(count: int) -> bool:
    return 0 < count < SMALLEST_CELL


def _missing(count: int) -> int:
    """How many more make many of few."""
    return max(1, SMALLEST_CELL - count)


def _change(column: str, amount: int) -> _Amounts:
    return lambda _: {column: amount}


class _Sheet:
    def __init__(self, columns: Columns, rows: Mapping[Row, Line]) -> None:
        self.columns = columns
        self.rows = rows
        self.hidden: Hidden = set()
        self._free: set[str] = set()
        """Columns that are hidden everywhere, the whole included."""
        self._free_gaps: set[str] = set()
        """Columns hidden wherever they are less than that of which they are a part."""
        self._labels: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            self._labels[row[0]].append(row)
        self._days_of: dict[str, list[Row]] = defaultdict(list)
        for day in self._labels[DAYS]:
            self._days_of[weekday_of(day[1])].append(day)
        self._parts: dict[str, list[str]] = defaultdict(list)
        for column, whole in columns.within.items():
            if whole is not None:
                self._parts[whole].append(column)
        self._gone: set[str] = set()
        """Breakdowns of which nothing is shown."""
        self._order = {HOURS: 0, WEEKDAYS: 1, MOMENTS: 3, DAYS: 3}

    def order(self, row: Row) -> tuple[int, Row]:
        return self._order.get(row[0], 2), row

    def hide_small(self) -> None:
        for row in self.rows:
            self._hide_small(row)
        for column in self.columns.within:
            if _is_small(self.rows[WHOLE].people[column]):
                self._hide_everywhere(column)
            elif (WHOLE, column) in self.hidden:
                self._hide_gaps(column)

    def _hide_gaps(self, column: str) -> None:
        self._free_gaps.add(column)
        whole = self._shown_whole(WHOLE, column)
        for row, line in self.rows.items():
            if whole is None or line.counts[column] < line.counts[whole]:
                self.hidden.add((row, column))

    def _shown_whole(self, row: Row, column: str) -> str | None:
        whole = self.columns.within[column]
        while whole is not None and (row, whole) in self.hidden:
            whole = self.columns.within[whole]
        return whole

    def _hide_small(self, row: Row) -> None:
        line = self.rows[row]
        for column in self.columns.within:
            whole = self._shown_whole(row, column)
            if _is_small(line.people[column]) or (
                whole is not None and _is_small(line.counts[whole] - line.counts[column])
            ):
                self.hidden.add((row, column))
        apart = sorted((c for c in self.columns.apart if (row, c) not in self.hidden), key=lambda c: line.counts[c])
        while apart and (whole := self._shown_whole(row, apart[0])) is not None:
            if not _is_small(line.counts[whole] - sum(line.counts[part] for part in apart)):
                break
            self.hidden.add((row, apart.pop(0)))

    def _hide_everywhere(self, column: str) -> None:
        self._free.add(column)
        whole = self.columns.within[column] or column
        for row, line in self.rows.items():
            if line.counts[column] or line.counts[whole]:
                self.hidden.add((row, column))

    def protect(self, row: Row) -> None:
        """Finds a witness for whatever is hidden in a row because it speaks of few."""
        line = self.rows[row]
        for column in self.columns.within:
            if row[0] in self._gone:
                return
            if (row, column) not in self.hidden:
                continue
            if _is_small(line.people[column]):
                self._witness(row, self._all_of(column), _change(column, -_missing(line.counts[column])))
            whole = self._shown_whole(row, column)
            if whole is None:
                continue
            raised = self._up_to(row, column, whole)
            if _is_small(gap := -raised(row)[column]):
                self._witness(row, raised, _change(column, _missing(gap)))

    def _all_of(self, column: str) -> _Amounts:
        """Everybody of a column, and of its parts."""
        nested = [column]
        for one in nested:
            nested += self._parts.get(one, ())
        return lambda row: {one: self.rows[row].counts[one] for one in nested}

    def _up_to(self, row: Row, column: str, whole: str) -> _Amounts:
        """As many more as make a column all that its whole shows."""
        apart = [one for one in self.columns.apart if one != column] if column in self.columns.apart else []
        emptied = [one for one in apart if (row, one) in self.hidden]
        kept = [one for one in apart if one not in emptied]
        path = [column]
        while (above := self.columns.within[path[-1]]) is not None and above != whole:
            path.append(above)

        def amounts(of: Row) -> dict[str, int]:
            counts = self.rows[of].counts
            full = counts[whole] - sum(counts[one] for one in kept)
            gains = {one: counts[one] - (full if one == column else counts[whole]) for one in path}
            return gains | {one: counts[one] for one in emptied}

        return amounts

    def _witness(self, row: Row, nobody: _Amounts, many: _Amounts) -> None:
        touched = [column for column, amount in nobody(row).items() if amount]
        raised = any(nobody(row)[column] < 0 for column in touched)
        if all(column in self._free or (raised and column in self._free_gaps) for column in touched):
            return
        if row[0] == MOMENTS:
            self._witness_of_moment(row, nobody, many)
            return
        best: _Cost = None
        for amounts in (nobody, many):
            for move in self._moves(row, touched[0]):
                if amounts is many and any(told_by != row for _, _, told_by in move):
                    continue
                changes = self._changes(move, amounts)
                if changes is None:
                    continue
                more = self._to_hide(changes)
                cost = self._price(more)
                if (best is None or cost < best[0]) and all(self._possible(one, by) for one, by in changes.items()):
                    best = cost, more
                    if not more:
                        return
        if best is not None:
            self.hidden.update(best[1])
        else:
            self._hide_columns(row, nobody(row), many(row))

    def _hide_columns(self, row: Row, *amounts: dict[str, int]) -> None:
        """Hides columns of a whole breakdown, so that many of its rows make up for one; or all of it."""
        for one in _WITH.get(row[0], ()):
            self._hide_breakdown(one)
        rows = self._days_of[weekday_of(row[1])] if row[0] == DAYS else self._labels[row[0]]
        for amount in amounts:
            touched = {column: number for column, number in amount.items() if number}
            if self._others_can([one for one in rows if one != row], touched) and self._possible(
                row, {column: -number for column, number in touched.items()}
            ):
                self.hidden.update((one, column) for one in rows for column in touched)
                return
        self._hide_breakdown(row[0])

    def _others_can(self, rows: list[Row], touched: dict[str, int]) -> bool:
        """Whether rows that share it out can take so many more, or give one column of so many."""
        column = next(iter(touched))
        parts = self._parts.get(column, ())
        if min(touched.values()) < 0:
            if len(touched) > 1:
                return False
            room = [self.rows[one].counts[column] - self._most(one, parts) for one in rows]
        elif (whole := self.columns.within[column]) is None:
            return bool(rows)
        else:
            beside = self.columns.apart if column in self.columns.apart else (column,)
            room = [self.rows[one].counts[whole] - self._most(one, beside) for one in rows]
        return sum(max(0, one) for one in room) >= abs(touched[column])

    def _most(self, row: Row, parts: Sequence[str]) -> int:
        """How many at least are in one of some parts, or in another."""
        counts = [self.rows[row].counts[part] for part in parts]
        return sum(counts) if set(parts) <= set(self.columns.apart) else max(counts, default=0)

    def _hide_breakdown(self, breakdown: str) -> None:
        for one in (breakdown, *_WITH.get(breakdown, ())):
            self._gone.add(one)
            self.hidden.update((row, column) for row in self._labels[one] for column in self.columns.within)

    def _to_hide(self, changes: Mapping[Row, Mapping[str, int]]) -> list[tuple[Row, str]]:
        return [
            (row, column)
            for row, by in changes.items()
            for column, amount in by.items()
            if amount and (row, column) not in self.hidden
        ]

    def _price(self, cells: list[tuple[Row, str]]) -> int:
        return sum(self.rows[row].counts[column] + 1 for row, column in cells)

    def _witness_of_moment(self, row: Row, nobody: _Amounts, many: _Amounts) -> None:
        found = [one for amounts in (nobody, many) if (one := self._rectangle(row, amounts(row))) is not None]
        if found:
            self.hidden.update(min(found, key=lambda one: one[0])[1])
        else:
            self._hide_breakdown(MOMENTS)

    def _rectangle(self, row: Row, amount: dict[str, int]) -> _Cost:
        """The cheapest move to another half-hour that another weekday makes up for, so that all their sums stay."""
        weekday, hour = row[1].split(" ")
        less = {column: -number for column, number in amount.items()}
        beside = self._able(
            ((one[1], moment(weekday, one[1])) for one in self._labels[HOURS] if one[1] != hour), amount
        )
        below = self._able(
            ((one[1], moment(one[1], hour)) for one in self._labels[WEEKDAYS] if one[1] != weekday), amount
        )
        itself = self._to_hide({row: less})
        best: _Cost = None
        for price_beside, other_hour, one in beside:
            for price_below, other_weekday, another in below:
                if best is not None and price_beside + price_below >= best[0]:
                    break
                across = moment(other_weekday, other_hour)
                if across not in self.rows:
                    continue
                changes = {one: amount, another: amount, across: less}
                more = itself + self._to_hide(changes)
                cost = self._price(more)
                if (best is None or cost < best[0]) and self._possible(across, less):
                    best = cost, more
                    if not cost:
                        return best
        return best

    def _able(self, rows: Iterable[tuple[str, Row]], amount: dict[str, int]) -> list[tuple[int, str, Row]]:
        """Which rows can become larger so, and what hiding them costs, the cheapest first."""
        return sorted(
            (self._price(self._to_hide({row: amount})), label, row)
            for label, row in rows
            if row in self.rows and self._possible(row, amount)
        )

    def _changes(self, move: Move, amounts: _Amounts) -> dict[Row, dict[str, int]] | None:
        changes: dict[Row, dict[str, int]] = {}
        for source, target, told_by in move:
            amount = amounts(told_by)
            if not any(amount.values()):
                continue
            if source not in self.rows or target not in self.rows:
                return None
            for one, sign in ((source, -1), (target, 1)):
                by = changes.setdefault(one, {})
                for column, number in amount.items():
                    by[column] = by.get(column, 0) + sign * number
        return changes

    def _possible(self, row: Row, by: Mapping[str, int]) -> bool:
        """Whether a row can be so. What isn't nested as it should be is no worse for being so elsewhere."""
        old = self.rows[row].counts
        for column in by:
            new = old[column] + by[column]
            if new < 0:
                return False
            whole = self.columns.within[column]
            if whole is not None and not self._holds(old, by, whole, column):
                return False
            if any(not self._holds(old, by, column, part) for part in self._parts.get(column, ())):
                return False
        return True

    def _holds(self, old: Mapping[str, int], by: Mapping[str, int], whole: str, part: str) -> bool:
        parts = self.columns.apart if part in self.columns.apart else (part,)
        was = old[whole] - sum(old[one] for one in parts)
        now = was + by.get(whole, 0) - sum(by.get(one, 0) for one in parts)
        return now >= 0 or now >= was

    def _moves(self, row: Row, column: str) -> Iterator[Move]:
        breakdown, label = row
        match breakdown:
            case "hour":
                yield from self._of_hours(row)
            case "weekday":
                yield from self._of_weekdays(label)
            case "day":
                weekday = weekday_of(label)
                for other in self._hidden_first(self._days_of[weekday], column):
                    if other != row:
                        yield [(row, other, row)]
                # Alone in its weekday, or nearly: a move of the whole weekday takes it along.
                yield from self._of_weekdays(weekday)
            case _:
                for other in self._hidden_first(self._labels[breakdown], column):
                    if other != row:
                        yield [(row, other, row)]

    def _hidden_first(self, rows: Iterable[Row], column: str) -> list[Row]:
        return sorted(rows, key=lambda row: ((row, column) not in self.hidden, self.rows[row].counts[column]))

    def _of_hours(self, row: Row) -> Iterator[Move]:
        for other in self._labels[HOURS]:
            if other != row:
                move = [(row, other, row)]
                for weekday in self._labels[WEEKDAYS]:
                    source = moment(weekday[1], row[1])
                    if source in self.rows and MOMENTS not in self._gone:
                        move.append((source, moment(weekday[1], other[1]), source))
                yield move
                for weekday in self._labels[WEEKDAYS] if MOMENTS not in self._gone else ():
                    yield [(row, other, row), (moment(weekday[1], row[1]), moment(weekday[1], other[1]), row)]

    def _of_weekdays(self, weekday: str) -> Iterator[Move]:
        row = (WEEKDAYS, weekday)
        for other in self._labels[WEEKDAYS]:
            if other == row:
                continue
            move = [(row, other, row)]
            for hour in self._labels[HOURS]:
                source = moment(weekday, hour[1])
                if source in self.rows and MOMENTS not in self._gone:
                    move.append((source, moment(other[1], hour[1]), source))
            for into in self._days_of[other[1]]:
                yield [*move, *((day, into, day) for day in self._days_of[weekday])]

    def hide_rests(self) -> None:
        for row in self.rows:
            for rest, (whole, part) in self.columns.rests.items():
                if (row, whole) in self.hidden or (row, part) in self.hidden:
                    self.hidden.add((row, rest))


def moment(weekday: str, hour: str) -> Row:
    return MOMENTS, f"{weekday} {hour}"


def weekday_of(day: str) -> str:
    return str(date.fromisoformat(day).isoweekday())
