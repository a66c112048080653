"""Which cells of tables that share a total can be shown, so that no other can be worked out from all of them (rule 15).

A cell of 1 to 10 people is hidden, and of two nested columns that differ by 1 to 10 the less used one: the difference
is a cell too. What few people are in, and isn't shown, could still follow from sums. So each such cell gets a witness,
another world in which it is nobody, or 11, and in which everything that is shown is the same: there people stand in
other rows, of which more is hidden until they can. A reader can't tell the worlds apart, whatever they add or subtract.

Where no rows of a breakdown can make up for it, all of it is hidden: its people may then stand in any of its rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from outreach.domain.rates_masking import Columns
from outreach.domain.rates_nesting import Nesting
from outreach.domain.rates_witnesses import MOMENTS, Cell, Grid, Ledger, Margin, Row, Rows, moment, weekday_and_hour

__all__ = ["Cell", "Hidden", "Line", "Row", "hidden_in", "moment", "weekday_of"]

Hidden = set[Cell]

WHOLE: Row = ("total", "")

HOURS, WEEKDAYS, DAYS = "hour", "weekday", "day"
_OF_TIME = frozenset({HOURS, WEEKDAYS, MOMENTS, DAYS})


@dataclass(frozen=True, slots=True)
class Line:
    """One row: how many calls or people, and of how many people each cell speaks."""

    counts: Mapping[str, int]
    people: Mapping[str, int]


def hidden_in(columns: Columns, rows: Mapping[Row, Line]) -> Hidden:
    """The cells to hide in breakdowns of one whole, which is the row `WHOLE`: each adds up to it.

    Half-hours, weekdays, their moments and the days add up to one another as well.
    """
    sheet = _Sheet(columns, rows)
    sheet.hide_small()
    sheet.protect()
    sheet.hide_rests()
    return sheet.ledger.hidden


def weekday_of(day: str) -> str:
    return str(date.fromisoformat(day).isoweekday())


class _Sheet:
    def __init__(self, columns: Columns, rows: Mapping[Row, Line]) -> None:
        self.columns = columns
        self.nesting = Nesting(columns)
        self.rows = rows
        self.ledger = Ledger(self.nesting, {row: line.counts for row, line in rows.items()})
        self._labels: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            if row != WHOLE:
                self._labels[row[0]].append(row)

    def hide_small(self) -> None:
        whole = self.rows[WHOLE]
        self.ledger.nowhere = set(self.nesting.columns) - self.nesting.fit(whole.counts, whole.people, ())
        for row, line in self.rows.items():
            shown = self.nesting.fit(line.counts, line.people, self.ledger.nowhere)
            for column in self.nesting.columns:
                if column not in shown and (line.counts[column] or self._holds_some(line, column)):
                    self.ledger.hidden.add((row, column))

    def _holds_some(self, line: Line, column: str) -> bool:
        whole = self.columns.within[column]
        return whole is None or line.counts[whole] > 0

    def protect(self) -> None:
        """Finds a witness for all that few people are in."""
        for breakdown, labels in self._labels.items():
            if breakdown not in _OF_TIME and not self._protect(Rows(self.ledger, labels)):
                self._hide_all(labels)
        hours, weekdays, grid = (self._labels[one] for one in (HOURS, WEEKDAYS, MOMENTS))
        days = self._days_of_weekdays()
        places = {one: weekday_and_hour(one) for one in grid}
        by_hour = {row: {w: one for one, (w, h) in places.items() if h == row[1]} for row in hours}
        by_weekday = {row: {h: one for one, (w, h) in places.items() if w == row[1]} for row in weekdays}
        if not (self._protect(Margin(self.ledger, by_hour)) and self._protect(Margin(self.ledger, by_weekday, days))):
            self._hide_all([*hours, *weekdays, *grid, *self._labels[DAYS]])
            return
        self._hide_what_moves(days)
        for of_one in days.values():
            if not self._protect(Rows(self.ledger, of_one)):
                self._hide_all(of_one)
        if not self._protect(Grid(self.ledger, grid)):
            self._hide_grid()

    def _days_of_weekdays(self) -> dict[Row, list[Row]]:
        found: dict[Row, list[Row]] = {weekday: [] for weekday in self._labels[WEEKDAYS]}
        for day in self._labels[DAYS]:
            found.setdefault((WEEKDAYS, weekday_of(day[1])), []).append(day)
        return found

    def _hide_what_moves(self, days: Mapping[Row, Sequence[Row]]) -> None:
        """Where an hour or a weekday is otherwise, so are moments and days."""
        for row, column in list(self.ledger.hidden):
            if column in self.ledger.nowhere or row[0] not in {HOURS, WEEKDAYS}:
                continue
            for one in self._labels[MOMENTS]:
                self.ledger.hidden.add((one, column))
            for day in days.get(row, ()):
                self.ledger.hidden.add((day, column))

    def _hide_grid(self) -> None:
        """Hours and weekdays tell a moment where others don't exist: then these can't be shown either."""
        hours, weekdays, grid = (self._labels[one] for one in (HOURS, WEEKDAYS, MOMENTS))
        self._hide_all(grid)
        if len(grid) == len(hours) * len(weekdays):
            return
        self._hide_all(hours)
        if any(row[0] == WEEKDAYS and column not in self.ledger.nowhere for row, column in self.ledger.hidden):
            self._hide_all([*weekdays, *self._labels[DAYS]])

    def _hide_all(self, rows: Iterable[Row]) -> None:
        self.ledger.hidden.update((row, column) for row in rows for column in self.nesting.columns)

    def _protect(self, together: Rows) -> bool:
        nesting, ledger = self.nesting, self.ledger
        for row in together.rows:
            line = self.rows[row]
            hidden = [column for column in nesting.columns if (row, column) in ledger.hidden]
            for ways in nesting.dangers(line.counts, line.people, hidden) if hidden else ():
                if not together.witness(row, ways):
                    return False
        return True

    def hide_rests(self) -> None:
        for row in self.rows:
            for rest, (whole, part) in self.columns.rests.items():
                if (row, whole) in self.ledger.hidden or (row, part) in self.ledger.hidden:
                    self.ledger.hidden.add((row, rest))
