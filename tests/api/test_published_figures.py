"""What supervisors download about people: recounted from the raw rows, and against who adds and subtracts (rule 15)."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, insert, select, update

from outreach.database.models import Figure, FigureKeeper, Patient
from outreach.domain.policy import ContactPolicy
from outreach.domain.rates import EVERYWHERE, QUESTION_COLUMNS, STEPS, Breakdown, Delay
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import Gate, Outcome
from outreach.runtime import Session
from outreach.services import campaigns, figure_keeping, figure_publications, figures
from tests.api.board_world import a_campaign_at_work
from tests.api.figures_world import ASKED, Fact, a_campaign_that_ran
from tests.api.world import CAMPAIGN, Desk
from tests.outreach.adversary import Reader
from tests.outreach.figures_history import Cell as Sum
from tests.outreach.figures_history import counted

FEW = range(1, SMALLEST_CELL)
Key = tuple[str, ...]
Counts = Mapping[Any, tuple[int, int]]
"""How many rows, and of how many people."""


class World:
    """A campaign that has called in a few departments, and what one counts of it from the raw rows."""

    def __init__(self, desk: Desk, session: Session) -> None:
        self.now = desk.now
        self.session = session
        self.campaign = campaigns.get(session, CAMPAIGN).id
        self.sums: dict[Sum, tuple[int, int]] = counted(session)

    def of(self, breakdown: Breakdown, campaign: UUID | None = None) -> Iterator[tuple[str, str, int, int]]:
        for (of, by, label, measure), (count, people) in self.sums.items():
            if of == (campaign or self.campaign) and by == breakdown.value:
                yield label, measure, count, people


@pytest.fixture
def world(desk: Desk) -> Iterator[World]:
    a_campaign_at_work(desk, people=1200, departments=("94",) * 5 + ("38",) * 3 + ("974",) * 2 + ("972",))
    with desk.runtime.transaction() as session:
        yield World(desk, session)


def _added(found: Iterator[tuple[Any, int, int]]) -> dict[Any, tuple[int, int]]:
    sums: dict[Any, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for cell, count, people in found:
        sums[cell] = sums[cell][0] + count, sums[cell][1] + people
    return dict(sums)


def _agree(shown: Mapping[Any, int | None], expected: Counts) -> None:
    """All that is shown is right, few are masked, and not everybody."""
    nobody = (0, 0)
    assert {cell for cell, (count, _) in expected.items() if count} <= shown.keys()
    for cell, value in shown.items():
        count, people = expected.get(cell, nobody)
        assert value in {None, count}, cell
        assert value is None or people not in FEW, cell
    assert any(shown.values())


def _told(shown: Mapping[Any, int | None], expected: Counts, wholes: Mapping[Any, list[Any]]) -> list[Any]:
    """The masked cells that follow from what is shown, when each of the wholes is known."""
    known = {("whole", whole): sum(expected[part][0] for part in parts) for whole, parts in wholes.items()}
    reader = Reader({**shown, **known})
    for whole, parts in wholes.items():
        reader.adds_up(("whole", whole), parts)
    few = [({cell: 1}, count) for cell, (count, people) in expected.items() if people in FEW]
    return reader.told(few, FEW)


def test_rule_15_the_cohort_is_what_one_counts_oneself(world: World) -> None:
    for by, breakdown in (
        ("department", Breakdown.COHORT_DEPARTMENT),
        ("age", Breakdown.COHORT_AGE),
        ("ehpad", Breakdown.COHORT_EHPAD),
    ):
        table = figures.cohort(world.session, CAMPAIGN, by)
        shown = {
            (label, step): counts[step]
            for label, counts in zip(table.labels, table.counts, strict=True)
            for step in STEPS
        }
        rows = [(("total", step), count, people) for _, step, count, people in world.of(Breakdown.COHORT)]
        rows += [((label, step), count, people) for label, step, count, people in world.of(breakdown)]
        expected = _added(iter(rows))
        _agree(shown, expected)
        assert any(value is None for value in shown.values())
        for label in table.labels:
            assert (shown[label, "no_phone"] is None) == (
                None in {shown[label, "with_telephone"], shown[label, "eligible"]}
            )
    for department in ("94", "38", "974"):
        assert figures.by_department(world.session, CAMPAIGN)[department]["eligible"] is not None


def test_rule_15_where_conversations_end_is_what_one_counts_oneself(world: World) -> None:
    shown = figures.endings(world.session, CAMPAIGN)
    expected = _added(
        ((label.split(" ")[0], label.split(" ")[1]), count, people)
        for label, _, count, people in world.of(Breakdown.ENDING)
    )
    _agree(shown, expected)
    assert None in shown.values()
    outcomes: dict[str, list[Any]] = defaultdict(list)
    for question, outcome in expected:
        if outcome != Outcome.ABANDONED:
            outcomes[outcome].append((question, outcome))
    assert _told(shown, expected, outcomes) == []
    questions = figures.rates(world.session, CAMPAIGN, "question")
    for question, counts in zip(questions.labels, questions.counts, strict=True):
        cell = question, Outcome.ABANDONED.value
        if cell in shown:
            assert (shown[cell] is None) == (counts["left"] is None)


def test_rule_15_who_waits_is_what_one_counts_oneself(world: World) -> None:
    begun = f"{world.now:%Y-%m-%d} {'AM' if world.now.hour < 12 else 'PM'}"

    def cells() -> Iterator[tuple[tuple[str, str], int, int]]:
        for label, _, count, people in world.of(Breakdown.WAITING):
            day, half, number = label.split(" ")
            yield (number, figures.NOW if f"{day} {half}" <= begun else f"{day} {half}"), count, people

    expected = _added(cells())
    shown = figures.waiting(world.session, CAMPAIGN, world.now)
    _agree(shown, expected)
    assert None in shown.values()
    assert {half for _, half in shown} > {figures.NOW}
    assert _told(shown, expected, {"waiting": list(expected)}) == []


def test_rule_15_states_are_what_one_counts_oneself(world: World) -> None:
    expected = _added((state, count, people) for state, _, count, people in world.of(Breakdown.STATE))
    shown = figures.board(world.session, CAMPAIGN).states
    _agree(shown, expected)
    assert shown.keys() == expected.keys()


def test_rule_15_what_holds_people_back_and_where_is_what_one_counts_oneself(world: World) -> None:
    rows = [((gate, ""), count, people) for gate, _, count, people in world.of(Breakdown.HELD)]
    for label, _, count, people in world.of(Breakdown.HELD_DEPARTMENT):
        gate, department = label.split(" ")
        if gate == Gate.ADVISERS_FULL:
            rows.append(((gate, department), count, people))
    expected = _added(iter(rows))
    held = figures.held_and_where(world.session, CAMPAIGN)
    shown: dict[Any, int | None] = {(gate, ""): count for gate, count in held.gates}
    shown |= {(gate, department): count for (department, gate), count in held.departments.items()}
    _agree(shown, expected)
    assert shown.keys() == expected.keys()
    counts = [expected[gate, ""][0] for gate, _ in held.gates]
    assert counts == sorted(counts, reverse=True)


def test_rule_15_how_fast_requests_are_taken_up_is_what_one_counts_oneself(world: World) -> None:
    hour = f"{world.now.astimezone(UTC):%Y-%m-%d %H}"

    def delays() -> Iterator[tuple[str, int, int]]:
        for label, _, count, people in world.of(Breakdown.HANDOVER):
            delay, _, due = label.partition(" ")
            yield (Delay.OVERDUE if delay == Delay.WAITING and due < hour else Delay(delay)).value, count, people

    expected = _added(delays())
    shown = figures.handover(world.session, CAMPAIGN, world.now)
    assert set(shown) == {delay.value for delay in Delay}
    _agree(shown, expected)
    assert _told(shown, expected, {"requests": list(expected)}) == []


def test_rule_15_the_load_is_what_one_counts_oneself(world: World) -> None:
    since = (world.now - timedelta(days=6)).date().isoformat()
    shown, expected = {}, {}
    load = figures.load(world.session, world.now)
    assert set(load) == set(DEPARTMENTS)
    for column, breakdown in (
        ("open", Breakdown.OPEN),
        ("arrived", Breakdown.OPENED),
        ("closed", Breakdown.CLOSED),
    ):
        expected = _added(
            ((column, label.split(" ")[-1]), count, people)
            for label, _, count, people in world.of(breakdown, EVERYWHERE)
            if breakdown is Breakdown.OPEN or label.split(" ")[0] >= since
        )
        shown = {(column, department): getattr(one, column) for department, one in load.items()}
        _agree(shown, expected)
        assert _told(shown, expected, {column: list(expected)}) == []
    # Two advisers serve every department.
    assert {one.advisers for one in load.values()} == {2}
    assert all(one.per_adviser == (None if one.open is None else one.open / 2) for one in load.values())
    assert None in {one.open for one in load.values()}


def test_the_rows_behind_a_cell_are_those_whom_one_finds_oneself(desk: Desk) -> None:
    facts = a_campaign_that_ran(desk, seed=7)
    with desk.runtime.transaction() as session:
        names = {row.id: row.reference for row in session.execute(select(Patient.id, Patient.reference))}

        def behind(by: str, label: str, column: str) -> list[str]:
            return figures.rows_behind(session, CAMPAIGN, by, label, column)

        for by in ("attempt", "hour", "day", "department", "channel"):
            for label in {fact.group(by) for fact in facts}:
                for column, holds in _HOLDS.items():
                    who = {names[fact.person] for fact in facts if fact.group(by) == label and holds(fact)}
                    assert behind(by, label, column) == sorted(who), (by, label, column)
            assert behind(by, "total", "placed") == sorted({names[fact.person] for fact in facts})
        for question in ASKED:
            heard = [fact for fact in facts if question in fact.questions]
            left = [fact for fact in heard if fact.questions[-1] == question and fact.outcome is Outcome.ABANDONED]
            answered = [fact for fact in heard if fact not in left]
            for column, those in zip(QUESTION_COLUMNS, (heard, answered, left), strict=True):
                assert behind("question", question, column) == sorted({names[fact.person] for fact in those})
        assert len(figures.rows_behind(session, CAMPAIGN, "attempt", "total", "placed", limit=3)) == 3


_HOLDS: dict[str, Callable[[Fact], bool]] = {
    "placed": lambda _: True,
    "rang": lambda fact: fact.rang,
    "human_answered": lambda fact: fact.human,
    "right_party": lambda fact: fact.right_party,
    "accepted": lambda fact: fact.outcome is Outcome.ACCEPTED,
    "refused": lambda fact: fact.outcome in {Outcome.REFUSED, Outcome.OPTED_OUT},
}


def _keep(session: Session, rows: Mapping[tuple[UUID, Breakdown, str], tuple[int, int]]) -> None:
    """Kept sums as if they had been counted."""
    session.execute(delete(Figure))
    session.execute(
        insert(Figure),
        [
            {"campaign_id": of, "breakdown": by.value, "label": label, "measure": "requests", "count": n, "people": who}
            for (of, by, label), (n, who) in rows.items()
            if n
        ],
    )
    session.execute(update(FigureKeeper).values(version=uuid4()))
    figure_publications.publish_all(session)


def test_rule_15_nobody_follows_from_the_delays_of_all_campaigns(desk: Desk) -> None:
    with desk.runtime.transaction() as session:
        campaigns.create(session, "other", ContactPolicy(announce_sms=False), None, desk.now, by="tests")
        figure_keeping.recount(session)
        ids = {name: campaigns.get(session, name).id for name in (CAMPAIGN, "other")}
        for seed in range(150):
            chance = random.Random(seed)
            requests: dict[tuple[UUID, Breakdown, str], tuple[int, int]] = {}
            rest: dict[Delay, int] = {}
            for delay in (Delay.IN_TIME, Delay.A_DAY_LATE, Delay.LATER, Delay.UNTOUCHED):
                drawn = [chance.choice((0, 0, chance.randint(1, 10), chance.randint(11, 40))) for _ in range(3)]
                rest[delay] = drawn[2]
                for of, count in zip((*ids.values(), EVERYWHERE), (*drawn[:2], sum(drawn)), strict=True):
                    requests[of, Breakdown.HANDOVER, delay.value] = count, count
            _keep(session, requests)
            tables = {name: figures.handover(session, name, desk.now) for name in ids}
            tables["all"] = figures.handover(session, None, desk.now)
            shown: dict[Any, int | None] = {
                (name, delay): count
                for name, table in tables.items()
                for delay, count in table.items()
                if delay in rest
            }
            shown |= {("none", delay): None for delay in rest}
            truth: dict[Any, int] = {
                (name, delay): requests[ids.get(name, EVERYWHERE), Breakdown.HANDOVER, delay][0]
                for name in tables
                for delay in rest
            }
            truth |= {("none", one): count for one, count in rest.items()}
            # Where few are in a whole table, nothing could keep it from who knows how many there are.
            whole = {name: sum(truth[name, delay] for delay in rest) for name in (*tables, "none")}
            known = [name for name in whole if whole[name] not in FEW]
            if len(known) < len(whole):
                known = [name for name in known if name in ids]
            reader = Reader({**shown, **{("whole", name): whole[name] for name in known}})
            for name in known:
                reader.adds_up(("whole", name), [(name, delay) for delay in rest])
            for delay in rest:
                reader.adds_up(("all", delay), [(name, delay) for name in (*ids, "none")])
            few = [({cell: 1}, count) for cell, count in truth.items() if count in FEW]
            assert all(shown[cell] is None for cells, _ in few for cell in cells), (seed, truth, shown)
            assert reader.told(few, FEW) == [], (seed, truth, shown)
