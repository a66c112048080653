"""What the plan's reviews count: of people, of volunteers' places, of a followed cohort; and what may be shown of it.

The definitions in words, with their formulas, are those of `api/pages/reviews_words.py`.
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from outreach.domain import masking
from outreach.domain.answering import AgeBand
from outreach.domain.rates_masking import SMALLEST_CELL, Line

PARIS = ZoneInfo("Europe/Paris")
CPTS = "cpts"
"""The kind of territory that the plan speaks of; a file may hold others."""


class Situation(StrEnum):
    """Whether somebody has a médecin traitant, by the last thing known of it."""

    DECLARED = "declared"
    """One was declared through Relais."""
    HAS_ONE = "has_one"
    """One was found or had been declared otherwise."""
    WITHOUT = "without"
    GONE = "gone"
    """Died, or erased before anything else was known: counted in no rate."""


STEPS = ("eligible", "attempted", "reached", "consented", "matched")
"""As the board's funnel has them (`figures`), of people who may be called, whatever the campaign."""
PEOPLE = ("enrolled", "ineligible", "ehpad", *STEPS, *Situation)
NEEDS = ("autonomous", "accompanied", "transport_needed", "wheelchair", "home_visit")
BANDS = (*AgeBand, "unknown")
BY_AGE = ("enrolled", "reached", "consented", "matched", "declared")
PATIENTS_OF_PHYSICIANS = ("held", "taken", "wanted")
"""Places held by an offer, places taken, requests that still look for a physician: each is a person."""
OF_PHYSICIANS = ("volunteers", "capacity", "stopping")
"""Volunteers, the places they offer, physicians of the register who stop within a year without a successor."""


def age_column(band: str, column: str) -> str:
    return f"age:{band}:{column}"


def need_column(need: str) -> str:
    return f"need:{need}"


AGE_COLUMNS = tuple(age_column(band, column) for band in BANDS for column in BY_AGE)
NEED_COLUMNS = tuple(need_column(need) for need in NEEDS)
MASKED_COLUMNS = (*PEOPLE, *AGE_COLUMNS, *NEED_COLUMNS, *PATIENTS_OF_PHYSICIANS)
COLUMNS = (*MASKED_COLUMNS, *OF_PHYSICIANS)
_PARTITIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("enrolled", ("eligible", "ineligible")),
    ("enrolled", tuple(Situation)),
    *((column, tuple(age_column(band, column) for band in BANDS)) for column in BY_AGE),
)

Counts = dict[str, int]


@dataclass(frozen=True, slots=True, order=True)
class Unit:
    """Of whom a row speaks: the country, a department, a territory, or the part of one that lies in a department.

    `kind` and `territory` are empty where the row isn't of a territory; "-" is outside all territories of the kind.
    """

    department: str = ""
    kind: str = ""
    territory: str = ""


NATION = Unit()
OUTSIDE = "-"


def sums(parts: Mapping[Unit, Counts], departments: Mapping[Unit, Counts]) -> dict[Unit, Counts]:
    """Every row of a count: the departments, the country, the parts, and the territories as a whole."""
    rows = {NATION: dict.fromkeys(COLUMNS, 0), **{unit: dict(counts) for unit, counts in departments.items()}}
    for counts in departments.values():
        _add(rows[NATION], counts)
    for unit, counts in parts.items():
        rows[unit] = dict(counts)
        if unit.territory != OUTSIDE:
            _add(rows.setdefault(Unit("", unit.kind, unit.territory), dict.fromkeys(COLUMNS, 0)), counts)
    return rows


def _add(total: Counts, counts: Counts) -> None:
    for column, count in counts.items():
        total[column] = total.get(column, 0) + count


def hidden_columns(rows: Mapping[Unit, Counts]) -> dict[Unit, set[str]]:
    """The columns of each row that can't be shown: small cells, and what would tell them by any sum of these tables."""
    alone = _in_one_department(rows)
    people = {
        (unit, column): count
        for unit, counts in rows.items()
        for column, count in counts.items()
        if count and column in _MASKED and unit not in alone
    }
    found: dict[Unit, set[str]] = {unit: set() for unit in rows}
    for unit, column in masking.hidden(people, _lines(rows, alone), _worth):
        found[unit].add(column)
    return {**found, **{territory: found[part] for territory, part in alone.items()}}


def _worth(cell: tuple[Unit, str]) -> int:
    """A rate is worth more than the whole beside it, a department more than its territories, the country most."""
    unit, column = cell
    level = 0 if unit.kind else 1 if unit.department else 2
    return 10 * _WORTH.get(column, 0 if column.startswith("age:") else 3) + level


def _in_one_department(rows: Mapping[Unit, Counts]) -> dict[Unit, Unit]:
    """The territories that lie in one department, each with its part there, which is the same."""
    parts: dict[Unit, list[Unit]] = {}
    for unit in rows:
        if unit.kind and unit.department and unit.territory != OUTSIDE:
            parts.setdefault(Unit("", unit.kind, unit.territory), []).append(unit)
    return {territory: of[0] for territory, of in parts.items() if len(of) == 1}


_MASKED = frozenset(MASKED_COLUMNS)
_WORTH = {"ineligible": 0, Situation.GONE: 0, "enrolled": 1, "members": 1, Situation.HAS_ONE: 2}
"""Of the columns of a partition: what a rate is made of is hidden last."""


def _lines(rows: Mapping[Unit, Counts], alone: Container[Unit]) -> Iterator[Line[tuple[Unit, str]]]:
    departments: list[Unit] = []
    in_department: dict[tuple[str, str], list[Unit]] = {}
    of_territory: dict[Unit, list[Unit]] = {}
    for unit in rows:
        if unit.kind and unit.department:
            in_department.setdefault((unit.department, unit.kind), []).append(unit)
            if unit.territory != OUTSIDE:
                of_territory.setdefault(Unit("", unit.kind, unit.territory), []).append(unit)
        elif unit.department:
            departments.append(unit)
    wholes = [(NATION, departments), *((Unit(where), parts) for (where, _), parts in in_department.items())]
    for whole, parts in [*wholes, *of_territory.items()]:
        for column in MASKED_COLUMNS if whole not in alone else ():
            yield (whole, column), [(part, column) for part in parts]
    for unit in rows:
        for whole_column, columns in _PARTITIONS if unit not in alone else ():
            yield (unit, whole_column), [(unit, column) for column in columns]


def shown(counts: Mapping[str, int], hidden: Iterable[str]) -> dict[str, int | None]:
    """A row as it is published: None where it is masked."""
    gone = set(hidden)
    return {column: None if column in gone else counts.get(column, 0) for column in COLUMNS}


def thinned(over_time: Sequence[Mapping[str, int | None]]) -> list[dict[str, int | None]]:
    """Published rows of successive days, the oldest first, less the figures from which the next one shown differs by 1
    to 10 people.
    """
    found: list[dict[str, int | None]] = []
    later: dict[str, int] = {}
    for counts in reversed(over_time):
        row = dict(counts)
        for column in _MASKED & row.keys():
            count = row[column]
            if count is not None and 0 < abs(later.get(column, count) - count) < SMALLEST_CELL:
                row[column] = None
            elif count is not None:
                later[column] = count
        found.append(row)
    return found[::-1]


@dataclass(frozen=True, slots=True)
class PhysicianRate:
    """The share of people with a médecin traitant, of those who are not gone; None where a figure of it is masked."""

    having: int | None
    present: int | None

    @property
    def with_one(self) -> float | None:
        return self.having / self.present if self.having is not None and self.present else None

    @property
    def without(self) -> float | None:
        return (self.present - self.having) / self.present if self.having is not None and self.present else None


def physician_rate(counts: Mapping[str, int | None]) -> PhysicianRate:
    """(declared + has one) ÷ (those and without): of published figures, so that no rate tells a masked one."""
    declared, has_one, without = (counts.get(s, 0) for s in (Situation.DECLARED, Situation.HAS_ONE, Situation.WITHOUT))
    having = declared + has_one if declared is not None and has_one is not None else None
    return PhysicianRate(having, having + without if having is not None and without is not None else None)


def hidden_situations(people: Mapping[str, Counts]) -> dict[str, set[str]]:
    """The same for a cohort, by department ("" is the country): `members` and its situations."""
    columns = ("members", *Situation)
    cells = {
        (where, column): counts[column]
        for where, counts in people.items()
        for column in columns
        if counts.get(column, 0)
    }
    departments = [where for where in people if where]
    lines: list[Line[tuple[str, str]]] = [
        (("", column), [(where, column) for where in departments]) for column in columns
    ]
    lines += [((where, "members"), [(where, situation) for situation in Situation]) for where in people]
    found: dict[str, set[str]] = {where: set() for where in people}
    for where, column in masking.hidden(cells, lines, lambda cell: 10 * _WORTH.get(cell[1], 3) + (not cell[0])):
        found[where].add(column)
    return found


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Quarter":
        """Reads `2026-T4` or `2026-Q4`. Raises ValueError."""
        found = re.fullmatch(r"(20\d\d)-?[TQ]([1-4])", text.strip().upper())
        if found is None:
            raise ValueError("a quarter is written as in 2026-T4 or 2026-Q4")
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def before(self) -> "Quarter":
        return Quarter.of(self.first - timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year}-T{self.number}"


def end_of(day: date) -> datetime:
    """The midnight that ends a day in Paris."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), PARIS).astimezone(UTC)


def day_of(at: datetime) -> date:
    return at.astimezone(PARIS).date()


def ends_a_month(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months that are over by `last`, from that of `first` on."""
    found = []
    start = first.replace(day=1)
    while (after := (start + timedelta(days=32)).replace(day=1)) - timedelta(days=1) <= last:
        found.append(after - timedelta(days=1))
        start = after
    return found
