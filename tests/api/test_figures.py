"""The figures, counted a second time from plain records, and what a reader can work out of a masked table (rule 15)."""

from collections.abc import Callable
from fractions import Fraction

import httpx
from hypothesis import given
from hypothesis import strategies as some

from outreach.domain.rates import QUESTION_COLUMNS, QUESTION_PARTS, QUESTION_RATES
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.rates_tables import Group, table
from outreach.domain.words import Outcome
from outreach.services import figures
from tests.api.figures_world import ASKED, a_campaign_that_ran, counted
from tests.api.world import CAMPAIGN, Desk

RATES = f"/api/v1/campaigns/{CAMPAIGN}/rates"


def test_rule_15_rates_are_what_one_counts_oneself(desk: Desk, client: httpx.Client) -> None:
    facts = a_campaign_that_ran(desk, seed=7)
    for by in ("attempt", "hour", "day", "department", "channel"):
        calls, people = counted(facts, by)
        document = client.get(f"{RATES}?by={by}", headers=desk.bearer("dominique")).json()
        labels = [group["group"] for group in document["groups"]]
        assert labels == [*sorted({fact.group(by) for fact in facts}), "total"]
        cells = {
            (line["group"], column): count for line in document["groups"] for column, count in line["counts"].items()
        }
        shown = {cell: count for cell, count in cells.items() if count is not None}
        assert shown == {cell: calls[cell] for cell in shown}
        assert not [cell for cell in shown if 0 < people[cell] < SMALLEST_CELL]
        assert len(shown) >= 6


def test_rule_15_every_rate_bears_its_name_its_formula_and_its_denominator(desk: Desk, client: httpx.Client) -> None:
    facts = a_campaign_that_ran(desk, seed=7)
    document = client.get(RATES, headers=desk.bearer("dominique")).json()
    names = {rate["key"]: rate["name"] for rate in document["definitions"]}
    assert all("AAPOR" in name for name in names.values())
    assert all(" / " in rate["formula"] for rate in document["definitions"])
    total = document["groups"][-1]
    reached = sum(fact.right_party for fact in facts)
    accepted = sum(fact.outcome is Outcome.ACCEPTED for fact in facts)
    assert total["rates"]["cooperation_rate"] == {
        "value": round(accepted / reached, 4),
        "numerator": accepted,
        "denominator": reached,
    }
    assert total["rates"]["contact_rate"]["denominator"] == len(facts)


def test_questions_are_what_one_counts_oneself(desk: Desk, client: httpx.Client) -> None:
    facts = a_campaign_that_ran(desk, seed=11, departments=("94",))
    document = client.get(f"{RATES}?by=question", headers=desk.bearer("dominique")).json()
    groups = {group["group"]: group["counts"] for group in document["groups"]}
    assert set(groups) == {*ASKED, "total"}
    for question in ASKED:
        heard = [fact for fact in facts if question in fact.questions]
        left = [fact for fact in heard if fact.questions[-1] == question and fact.outcome is Outcome.ABANDONED]
        expected = {"heard": len(heard), "answered": len(heard) - len(left), "left": len(left)}
        for column, count in groups[question].items():
            assert count in {None, expected[column]}
    assert groups["birth_date"]["heard"] is not None


def test_the_funnel_is_what_one_counts_oneself(desk: Desk) -> None:
    facts = a_campaign_that_ran(desk, seed=3)
    with desk.runtime.transaction() as session:
        steps = {step: count for step, _, count in figures.funnel(session, CAMPAIGN)}
    assert steps["eligible"] == 100
    assert steps["no_phone"] + steps["with_telephone"] == 100
    assert steps["attempted"] == len({fact.person for fact in facts})
    assert steps["rang"] == len({fact.person for fact in facts if fact.rang})
    assert steps["reached"] == len({fact.person for fact in facts if fact.right_party})
    assert steps["handed_over"] == steps["offered"] == steps["matched"] == steps["declared"] == 0


def test_the_funnel_goes_down_to_the_handover(desk: Desk) -> None:
    """One person through the services themselves: a call of theirs is no attempt of ours."""
    desk.request()
    with desk.runtime.transaction() as session:
        steps = {step: count for step, _, count in figures.funnel(session, CAMPAIGN)}
    assert [steps[step] for step in ("eligible", "reached", "verified", "consented", "handed_over")] == [1] * 5
    assert [steps[step] for step in ("attempted", "no_phone", "offered")] == [0] * 3


def test_rule_15_the_people_without_a_telephone_cannot_be_subtracted(desk: Desk, client: httpx.Client) -> None:
    a_campaign_that_ran(desk, seed=3)
    with desk.runtime.transaction() as session:
        real = {step: count for step, _, count in figures.funnel(session, CAMPAIGN)}
        board = figures.board(session, CAMPAIGN)
    assert 0 < real["no_phone"] < SMALLEST_CELL
    shown = {step: count for step, _, count in board.funnel}
    assert shown["no_phone"] is None
    assert None in {shown["eligible"], shown["with_telephone"]}
    assert None in {board.states["exhausted"], shown["eligible"]}
    document = client.get(f"/api/v1/campaigns/{CAMPAIGN}", headers=desk.bearer("dominique")).json()
    assert document["contacts"] == board.states


def test_rule_15_the_board_shows_no_small_figure(desk: Desk, logged_in: Callable[[str], httpx.Client]) -> None:
    a_campaign_that_ran(desk, seed=3)
    browser = logged_in("dominique")
    for by in figures.BREAKDOWNS:
        page = browser.get(f"/tableau/{CAMPAIGN}/taux?par={by}").text
        assert "masqué" in page
        for small in range(1, SMALLEST_CELL):
            assert f'<td class="number">{small}</td>' not in page
            assert f"<strong>{small}</strong>" not in page


def test_an_unknown_breakdown_or_campaign_is_one_sentence(desk: Desk, client: httpx.Client) -> None:
    supervisor = desk.bearer("dominique")
    assert client.get(f"{RATES}?by=name", headers=supervisor).status_code == 422
    unknown = client.get("/api/v1/campaigns/none/rates", headers=supervisor)
    assert (unknown.status_code, list(unknown.json())) == (404, ["error"])


_people = some.one_of(some.just(0), some.integers(1, SMALLEST_CELL - 1), some.integers(SMALLEST_CELL, 60))


@given(some.lists(some.tuples(_people, _people), min_size=1, max_size=6))
def test_rule_15_no_hidden_cell_follows_from_the_sums(rows: list[tuple[int, int]]) -> None:
    """What a reader does: write down every sum of the table, and solve."""
    groups = []
    for i, (answered, left) in enumerate(rows):
        counts = {"heard": answered + left, "answered": answered, "left": left}
        groups.append(Group(f"question {i}", counts, counts))
    people = {column: sum(group.people[column] for group in groups) for column in QUESTION_COLUMNS}
    shown = table(
        "question", groups, Group("total", people, people), QUESTION_COLUMNS, QUESTION_RATES, QUESTION_PARTS
    ).counts
    real = [*(group.counts for group in groups), people]
    hidden = [(i, c) for i, line in enumerate(shown) for c in QUESTION_COLUMNS if line[c] is None]
    for i, line in enumerate(real):
        for column, count in line.items():
            assert shown[i][column] in {None, count}
            assert (i, column) in hidden or not 0 < count < SMALLEST_CELL
    last = len(groups)
    sums = [[(i, "heard"), (i, "answered"), (i, "left")] for i in range(last + 1)]
    sums += [[(i, column) for i in range(last + 1)] for column in QUESTION_COLUMNS]
    equations = [[_sign(cell, line, last) for cell in hidden] for line in sums]
    assert not _determined(equations)


def _sign(cell: tuple[int, str], line: list[tuple[int, str]], last: int) -> Fraction:
    """The coefficient of a cell in "whole - parts = 0": the whole is the first of a row, the last of a column."""
    if cell not in line:
        return Fraction(0)
    whole = line[0] if len({i for i, _ in line}) == 1 else line[-1]
    return Fraction(1 if cell == whole else -1)


def _determined(equations: list[list[Fraction]]) -> list[int]:
    """The unknowns that have one solution alone: the rows of the reduced form with a single coefficient."""
    rows = [row[:] for row in equations if any(row)]
    done = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [value / rows[done][column] for value in rows[done]]
        for i, row in enumerate(rows):
            if i != done and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
    return [row.index(Fraction(1)) for row in rows[:done] if sum(map(bool, row)) == 1]
