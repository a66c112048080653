"""No small cell follows from all that is published, by addition and subtraction over all tables at once (rule 15)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from outreach.domain.rates import NESTED
from outreach.domain.rates_publication import WHOLE, Hidden, Line, Row, hidden_in, moment, weekday_of
from tests.outreach.adversary import Reader

COLUMNS = tuple(NESTED.within)
FEW = range(1, 11)
BROKEN_DOWN = ("hour", "weekday", "day", "department")


def some_calls(chance: Random, most: int) -> dict[Row, Line]:
    """Groups of calls that went the same way, of as many people or of one."""
    counts: dict[Row, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    people: dict[Row, dict[str, set[int]]] = defaultdict(lambda: {column: set() for column in COLUMNS})
    days, hours, departments = (chance.randint(1, n) for n in (8, 4, 4))
    person = 0
    for _ in range(chance.randint(1, 25)):
        day = date(2026, 11, 2) + timedelta(days=chance.choice((0, 1, 7, 8, 2, 14, 15, 3)[:days]))
        weekday, hour = str(day.isoweekday()), f"{chance.randint(9, 8 + hours):02d}:00"
        rows = (
            WHOLE,
            ("hour", hour),
            ("weekday", weekday),
            moment(weekday, hour),
            ("day", day.isoformat()),
            ("department", str(chance.randint(1, departments))),
        )
        stage, of_one = chance.randint(0, 6), chance.random() < 0.2
        columns = [*COLUMNS[: min(stage, 3) + 1], *({5: ["accepted"], 6: ["refused"]}.get(stage, []))]
        for number in range(chance.choice((1, 2, 3, 5, chance.randint(1, most)))):
            person += not of_one or number == 0
            for row in rows:
                for column in columns:
                    counts[row][column] += 1
                    people[row][column].add(person)
    return {row: Line(counts[row], {column: len(who) for column, who in people[row].items()}) for row in counts}


def reader_of(rows: Mapping[Row, Line], hidden: Hidden) -> Reader:
    """Who knows what adds up to what."""
    reader = Reader(
        {
            (row, column): None if (row, column) in hidden else line.counts[column]
            for row, line in rows.items()
            for column in COLUMNS
        }
    )
    of: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of[row[0]].append(row)
    for column in COLUMNS:
        for breakdown in BROKEN_DOWN:
            reader.adds_up((WHOLE, column), [(row, column) for row in of[breakdown]])
        for weekday in of["weekday"]:
            days = [row for row in of["day"] if weekday_of(row[1]) == weekday[1]]
            moments = [row for row in of["moment"] if row[1].startswith(weekday[1] + " ")]
            for parts in (days, moments):
                reader.adds_up((weekday, column), [(row, column) for row in parts])
        for hour in of["hour"]:
            reader.adds_up((hour, column), [(row, column) for row in of["moment"] if row[1].endswith(" " + hour[1])])
    for row in rows:
        for column, whole in NESTED.within.items():
            if whole is not None and column not in NESTED.apart:
                reader.holds((row, whole), [(row, column)])
        reader.holds((row, "right_party"), [(row, one) for one in NESTED.apart])
    return reader


def small_cells(rows: Mapping[Row, Line], hidden: Hidden) -> list[dict[tuple[Row, str], int]]:
    """What may not be known: cells of few people, and what few are missing in a column from one that holds it."""
    found: list[dict[tuple[Row, str], int]] = []
    for row, line in rows.items():
        for column in COLUMNS:
            if line.people[column] in FEW:
                assert (row, column) in hidden
                found.append({(row, column): 1})
            whole = NESTED.within[column]
            while whole is not None:
                if (row, whole) not in hidden and line.counts[whole] - line.counts[column] in FEW:
                    found.append({(row, whole): 1, (row, column): -1})
                whole = NESTED.within[whole]
        undecided = line.counts["right_party"] - sum(line.counts[one] for one in NESTED.apart)
        if undecided in FEW and (row, "right_party") not in hidden:
            found.append({(row, "right_party"): 1} | {(row, one): -1 for one in NESTED.apart})
    return found


@settings(max_examples=30)
@given(some.integers(0, 10**9), some.sampled_from((5, 30, 100, 400)))
def test_rule_15_no_small_cell_follows_from_all_tables_of_calls(seed: int, most: int) -> None:
    rows = some_calls(Random(seed), most)
    hidden = hidden_in(NESTED, rows)
    reader = reader_of(rows, hidden)
    told = [cells for cells in small_cells(rows, hidden) if reader.tells(cells, FEW)]
    assert told == []


def _many_calls(calls: int) -> dict[Row, Line]:
    """Three months of a campaign over all departments, each call somebody else."""
    chance = Random(calls)
    counts: dict[Row, dict[str, int]] = defaultdict(lambda: dict.fromkeys(COLUMNS, 0))
    for _ in range(calls):
        day = date(2026, 9, 1) + timedelta(days=chance.randrange(80))
        half, weekday = chance.randrange(24), str(day.isoweekday())
        hour = f"{8 + half // 2:02d}:{30 * (half % 2):02d}"
        stage = chance.choices((0, 1, 2, 3, 5, 6), (10, 40, 10, 10, 15, 15))[0]
        columns = [*COLUMNS[: min(stage, 3) + 1], *({5: ["accepted"], 6: ["refused"]}.get(stage, []))]
        rows = (
            WHOLE,
            ("hour", hour),
            ("weekday", weekday),
            moment(weekday, hour),
            ("day", day.isoformat()),
            ("department", str(chance.randrange(1, 102))),
        )
        for row in rows:
            for column in columns:
                counts[row][column] += 1
    return {row: Line(of, of) for row, of in counts.items()}


@pytest.mark.parametrize(("calls", "share"), [(20_000, 0.35), (100_000, 0.01)])
def test_what_is_large_enough_is_shown(calls: int, share: float) -> None:
    """Hiding everything would be safe and useless."""
    rows = _many_calls(calls)
    hidden = hidden_in(NESTED, rows)
    assert not [cell for cell in hidden if cell[0] == WHOLE or cell[0][0] in {"hour", "weekday"}]
    assert len(hidden) <= share * sum(len(COLUMNS) for _ in rows)
