"""No small cell follows from all that is published, by addition and subtraction over all tables at once (rule 15)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from outreach.domain.rates import COHORT_NESTED, NESTED, QUESTIONS_NESTED
from outreach.domain.rates_masking import Columns
from outreach.domain.rates_publication import WHOLE, Cell, Hidden, Line, Row, hidden_in, moment, weekday_of
from tests.outreach.adversary import Reader

FEW = range(1, 11)
BROKEN_DOWN = ("hour", "weekday", "day", "department")

CALLS = tuple(NESTED.within)
WAYS_OF_CALLS = (CALLS[:1], CALLS[:2], CALLS[:3], CALLS[:4], (*CALLS[:4], "accepted"), (*CALLS[:4], "refused"))
REACHED = ("eligible", "with_telephone", "attempted", "rang", "contacted", "reached")
HELPED = ("verified", "accepted", "consented", "handed_over", "offered", "matched", "declared")
WAYS_OF_PEOPLE = (
    *(REACHED[:n] for n in range(1, 7)),
    *((*REACHED, *HELPED[:n]) for n in range(1, 8)),
    (*REACHED, "refused"),
    (*REACHED, "verified", "refused"),
)
WAYS_OF_QUESTIONS = (("heard",), ("heard", "answered"))


def some_rows(
    chance: Random, most: int, nested: Columns, ways: Sequence[tuple[str, ...]], *, persons: bool = False
) -> dict[Row, Line]:
    """Groups of calls (of persons: each counted once) that went the same way, of as many people or of one."""
    columns = tuple(nested.within)
    counts: dict[Row, dict[str, int]] = defaultdict(lambda: dict.fromkeys(columns, 0))
    people: dict[Row, dict[str, set[int]]] = defaultdict(lambda: {column: set() for column in columns})
    days, hours, departments = (chance.randint(1, n) for n in (8, 4, 4))
    usual = chance.choices(ways, k=chance.randint(1, 4))
    person = 0
    for _ in range(chance.randint(1, 25)):
        day = date(2026, 11, 2) + timedelta(days=chance.choice((0, 1, 7, 8, 2, 14, 15, 3)[:days]))
        weekday, hour = str(day.isoweekday()), f"{chance.randint(9, 8 + hours):02d}:00"
        department = ("department", str(chance.randint(1, departments)))
        whens = [("hour", hour), ("weekday", weekday), moment(weekday, hour), ("day", day.isoformat())]
        rows = [WHOLE, department, *([] if persons else whens)]
        way = chance.choice(ways if chance.random() < 0.3 else usual)
        of_one = not persons and chance.random() < 0.2
        for number in range(chance.choice((1, 2, 3, 5, 9, chance.randint(1, most)))):
            person += not of_one or number == 0
            for row in rows:
                for column in way:
                    counts[row][column] += 1
                    people[row][column].add(person)
    return {row: Line(counts[row], {column: len(who) for column, who in people[row].items()}) for row in counts}


def reader_of(nested: Columns, rows: Mapping[Row, Line], hidden: Hidden) -> Reader:
    """Who knows what adds up to what."""
    columns = tuple(nested.within)
    reader = Reader(
        {
            (row, column): None if (row, column) in hidden else line.counts[column]
            for row, line in rows.items()
            for column in columns
        }
    )
    of: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of[row[0]].append(row)
    for column in columns:
        for breakdown in BROKEN_DOWN:
            if of[breakdown]:
                reader.adds_up((WHOLE, column), [(row, column) for row in of[breakdown]])
        for weekday in of["weekday"]:
            days = [row for row in of["day"] if weekday_of(row[1]) == weekday[1]]
            moments = [row for row in of["moment"] if row[1].startswith(weekday[1] + " ")]
            for parts in (days, moments):
                reader.adds_up((weekday, column), [(row, column) for row in parts])
        for hour in of["hour"]:
            reader.adds_up((hour, column), [(row, column) for row in of["moment"] if row[1].endswith(" " + hour[1])])
    for row in rows:
        for column, whole in nested.within.items():
            if whole is not None and column not in nested.apart:
                reader.holds((row, whole), [(row, column)])
        if nested.apart:
            reader.holds((row, nested.within[nested.apart[0]]), [(row, one) for one in nested.apart])
    return reader


def small_cells(nested: Columns, rows: Mapping[Row, Line], hidden: Hidden) -> list[tuple[dict[Cell, int], int]]:
    """What may not be known: cells of few people, and what few are missing in a column from one that holds it."""
    found: list[tuple[dict[Cell, int], int]] = []
    for row, line in rows.items():
        for column in nested.within:
            if line.people[column] in FEW:
                assert (row, column) in hidden
                found.append(({(row, column): 1}, line.counts[column]))
            whole = nested.within[column]
            while whole is not None:
                found.append(({(row, whole): 1, (row, column): -1}, line.counts[whole] - line.counts[column]))
                whole = nested.within[whole]
        if nested.apart:
            whole = nested.within[nested.apart[0]]
            undecided = line.counts[str(whole)] - sum(line.counts[one] for one in nested.apart)
            found.append(({(row, str(whole)): 1} | {(row, one): -1 for one in nested.apart}, undecided))
    return [(cells, truth) for cells, truth in found if len(cells) == 1 or truth in FEW]


def told(nested: Columns, rows: Mapping[Row, Line]) -> list[Mapping[Cell, int]]:
    hidden = hidden_in(nested, rows)
    return reader_of(nested, rows, hidden).told(small_cells(nested, rows, hidden), FEW)


@settings(max_examples=60)
@given(some.integers(0, 10**9), some.sampled_from((5, 30, 100, 400)))
def test_rule_15_no_small_cell_follows_from_all_tables_of_calls(seed: int, most: int) -> None:
    assert told(NESTED, some_rows(Random(seed), most, NESTED, WAYS_OF_CALLS)) == []


@settings(max_examples=60)
@given(some.integers(0, 10**9), some.sampled_from((5, 30, 100, 400)))
def test_rule_15_no_small_cell_follows_from_all_tables_of_people(seed: int, most: int) -> None:
    assert told(COHORT_NESTED, some_rows(Random(seed), most, COHORT_NESTED, WAYS_OF_PEOPLE, persons=True)) == []


@settings(max_examples=60)
@given(some.integers(0, 10**9), some.sampled_from((5, 30, 100)))
def test_rule_15_no_small_cell_follows_from_the_questions(seed: int, most: int) -> None:
    rows = some_rows(Random(seed), most, QUESTIONS_NESTED, WAYS_OF_QUESTIONS, persons=True)
    assert told(QUESTIONS_NESTED, rows) == []


def _many_calls(calls: int) -> dict[Row, Line]:
    """Three months of a campaign over all departments, each call somebody else."""
    chance = Random(calls)
    counts: dict[Row, dict[str, int]] = defaultdict(lambda: dict.fromkeys(CALLS, 0))
    for _ in range(calls):
        day = date(2026, 9, 1) + timedelta(days=chance.randrange(80))
        half, weekday = chance.randrange(24), str(day.isoweekday())
        hour = f"{8 + half // 2:02d}:{30 * (half % 2):02d}"
        stage = chance.choices((0, 1, 2, 3, 5, 6), (10, 40, 10, 10, 15, 15))[0]
        columns = [*CALLS[: min(stage, 3) + 1], *({5: ["accepted"], 6: ["refused"]}.get(stage, []))]
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
    assert len(hidden) <= share * sum(len(CALLS) for _ in rows)


def _many_people(people: int, departments: int) -> dict[Row, Line]:
    """A campaign under way in which one in twenty-five has no telephone."""
    chance = Random(people)
    columns = tuple(COHORT_NESTED.within)
    counts: dict[Row, dict[str, int]] = defaultdict(lambda: dict.fromkeys(columns, 0))
    for _ in range(people):
        far = 0 if chance.random() < 0.04 else 1
        for share in (0.72, 0.96, 0.42, 0.86, 0.7, 0.6, 1, 0.7, 0.5, 0.9) if far else ():
            if chance.random() >= share:
                break
            far += 1
        way = (*REACHED, "verified", "consented", "handed_over", "offered", "matched", "declared")[: far + 1]
        if far >= 7:
            way = (*way, "accepted")
        elif far >= 5 and chance.random() < 0.3:
            way = (*way, "refused")
        for row in (WHOLE, ("cohort_department", f"{chance.randrange(departments):02d}")):
            for column in way:
                counts[row][column] += 1
    return {row: Line(of, of) for row, of in counts.items()}


def test_what_is_used_most_is_shown_of_nearly_all_departments() -> None:
    """The few without a telephone cost their own columns, and not those that a map is made of."""
    rows = _many_people(9_000, 101)
    hidden = hidden_in(COHORT_NESTED, rows)
    departments = [row for row in rows if row != WHOLE]
    assert not [row for row, column in hidden if column == "eligible" or row == WHOLE]
    assert all((row, "no_phone") in hidden for row in departments if (row, "with_telephone") in hidden)
    without = [
        row for row in departments if 0 < rows[row].counts["eligible"] - rows[row].counts["with_telephone"] <= 10
    ]
    assert len(without) > 80
    assert {(row, "with_telephone") for row in without} <= hidden
    for column in ("reached", "attempted"):
        enough = [row for row in departments if rows[row].people[column] > 10]
        assert len(enough) > 80
        assert len([row for row in enough if (row, column) not in hidden]) >= 0.95 * len(enough)
    assert told(COHORT_NESTED, rows) == []


def test_of_two_columns_that_differ_by_few_the_more_used_one_is_shown() -> None:
    nested = Columns({"all": None, "some": "all", "few": "some"}, use=("all", "few", "some"))
    row = {"all": 100, "some": 60, "few": 52}
    rows = {WHOLE: Line(row, row), ("department", "94"): Line(row, row)}
    assert hidden_in(nested, rows) == {(row, "some") for row in rows}
    as_nested = Columns(nested.within)
    assert hidden_in(as_nested, rows) == {(row, "few") for row in rows}
