"""Rule 15 over tables that add up into each other: what a patient reader works out of what is shown."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as some

from outreach.domain import masking
from outreach.domain.rates_masking import SMALLEST_CELL, Line
from outreach.domain.reviews import (
    NATION,
    OUTSIDE,
    Unit,
    hidden_columns,
    hidden_situations,
    physician_rate,
    shown,
    sums,
)

Cell = tuple[int, int, str]


def _determined(hidden: list[Cell], lines: list[Line[Cell]]) -> list[Cell]:
    """What the sums tell of the hidden cells, solved in fractions, as one does on paper."""
    rows = [
        [Fraction((cell == whole) - (cell in parts)) for cell in hidden]
        for whole, parts in lines
        if {whole, *parts} & set(hidden)
    ]
    done = 0
    for column in range(len(hidden)):
        pivot = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for i, row in enumerate(rows):
            if i != done and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    return [hidden[row.index(Fraction(1))] for row in rows[:done] if sum(map(bool, row)) == 1]


_people = some.one_of(some.just(0), some.integers(1, SMALLEST_CELL - 1), some.integers(SMALLEST_CELL, 60))
_areas = some.lists(some.lists(some.tuples(_people, _people, _people), min_size=1, max_size=4), min_size=1, max_size=3)


def _tables(areas: list[list[tuple[int, int, int]]]) -> tuple[dict[Cell, int], list[Line[Cell]]]:
    """Three parts of a whole, by territory (the second figure), department (the first), country (0)."""
    people: dict[Cell, int] = {}
    lines: list[Line[Cell]] = []
    parts = ("a", "b", "c")
    for d, territories in enumerate(areas, 1):
        for t, values in enumerate(territories, 1):
            people |= {(d, t, part): value for part, value in zip(parts, values, strict=True)}
            people[d, t, "all"] = sum(values)
        for column in (*parts, "all"):
            people[d, 0, column] = sum(people[d, t, column] for t in range(1, len(territories) + 1))
            lines.append(((d, 0, column), [(d, t, column) for t in range(1, len(territories) + 1)]))
    for column in (*parts, "all"):
        people[0, 0, column] = sum(people[d, 0, column] for d in range(1, len(areas) + 1))
        lines.append(((0, 0, column), [(d, 0, column) for d in range(1, len(areas) + 1)]))
    units = {(d, t) for d, t, _ in people}
    lines += [((d, t, "all"), [(d, t, part) for part in parts]) for d, t in sorted(units)]
    return people, lines


def _worth(cell: Cell) -> int:
    return {"a": 0, "all": 1}.get(cell[2], 2) * 10 + (cell[0] == 0) + (cell[1] == 0)


@settings(max_examples=100)
@given(_areas, some.booleans())
def test_rule_15_no_hidden_figure_follows_from_departments_territories_and_partitions(
    areas: list[list[tuple[int, int, int]]], worth: bool
) -> None:
    people, lines = _tables(areas)
    hidden = masking.hidden(people, lines, _worth if worth else None)
    assert {cell for cell, count in people.items() if 0 < count < SMALLEST_CELL} <= hidden
    told = _determined(sorted(hidden), lines)
    # A cell may only be told where each sum in which it stands holds nobody else who could be hidden.
    for cell in told:
        for whole, parts in lines:
            if cell in {whole, *parts}:
                others = {whole, *parts} - hidden
                assert all(people[other] == 0 for other in others), (cell, people)
    assert masking.determined(hidden, lines) == set(told)


def test_rule_15_what_looking_along_each_line_leaves_open_is_hidden_too() -> None:
    """Two rows of two hidden cells each, joined by one more: that one follows from both together."""
    columns, rows = "pqrs", (1, 2, 3, 4)
    small = {(1, "p"), (1, "q"), (2, "p"), (2, "q"), (3, "r"), (3, "s"), (4, "r"), (4, "s"), (2, "r")}
    people = {(row, column): 6 if (row, column) in small else 40 for row in rows for column in columns}
    lines: list[Line[tuple[int, str]]] = []
    for column in columns:
        people[0, column] = sum(people[row, column] for row in rows)
        lines.append(((0, column), [(row, column) for row in rows]))
    for row in (0, *rows):
        people[row, "all"] = sum(people[row, column] for column in columns)
        lines.append(((row, "all"), [(row, column) for column in columns]))
    assert masking.determined(set(small), lines) == {(2, "r")}
    hidden = masking.hidden(people, lines)
    assert masking.determined(hidden, lines) == set()
    assert small < hidden


def test_rule_15_a_department_is_not_told_by_the_country_nor_a_territory_by_its_department() -> None:
    departments = {Unit("38"): {"enrolled": 40, "reached": 5}, Unit("94"): {"enrolled": 60, "reached": 30}}
    departments |= {Unit("75"): {"enrolled": 80, "reached": 50}}
    parts = {
        Unit("94", "cpts", "x"): {"enrolled": 52, "reached": 27},
        Unit("94", "cpts", OUTSIDE): {"enrolled": 8, "reached": 3},
    }
    rows = sums(parts, departments)
    assert (rows[NATION]["enrolled"], rows[NATION]["reached"]) == (180, 85)
    hidden = hidden_columns(rows)
    published = {unit: shown(counts, hidden[unit]) for unit, counts in rows.items()}
    assert published[Unit("38")]["reached"] is None
    assert None in {published[Unit("94")]["reached"], published[Unit("75")]["reached"], published[NATION]["reached"]}
    assert published[Unit("94", "cpts", OUTSIDE)]["enrolled"] is None
    assert None in {published[Unit("94", "cpts", "x")]["enrolled"], published[Unit("94")]["enrolled"]}
    assert published[Unit("", "cpts", "x")]["enrolled"] == published[Unit("94", "cpts", "x")]["enrolled"]


def test_a_few_deaths_cost_a_department_its_whole_and_not_its_rate() -> None:
    people = {where: {"members": 200, "declared": 60, "has_one": 36, "without": 100, "gone": 4} for where in "abc"}
    people[""] = {column: 3 * count for column, count in people["a"].items()}
    hidden = hidden_situations(people)
    assert hidden["a"] == hidden["b"] == hidden["c"] == {"members", "gone"}
    assert hidden[""] == set()


def test_a_rate_is_made_of_published_figures_alone() -> None:
    rate = physician_rate({"declared": 20, "has_one": 12, "without": 68, "gone": None})
    assert (rate.with_one, rate.without, rate.present) == (0.32, 0.68, 100)
    assert physician_rate({"declared": 20, "has_one": None, "without": 68}).with_one is None
    assert physician_rate({"declared": 20, "has_one": 12, "without": None}).with_one is None
    assert physician_rate({"declared": 0, "has_one": 0, "without": 0}).with_one is None
