"""No few people follow from a preview of a whole campaign beside its board (rule 15)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from outreach.domain import preview_masking
from outreach.domain.rates_masking import hidden_cells
from outreach.domain.rates_states import WAITS
from outreach.domain.words import ContactState
from outreach.services import figures_of_people
from outreach.services.figure_publishing import Published
from outreach.services.preview import CALLED_NOW
from tests.outreach.test_masking_of_states import ALL_WHO_WAIT, Group, World, published, some_groups
from tests.outreach.test_rates_publication import FEW, REACHED

LATER, NEVER = ("later",), ("never",)


@dataclass
class Seen:
    """What a preview counts."""

    counts: Counter[str] = field(default_factory=Counter)
    gates: Counter[str] = field(default_factory=Counter)
    days: Counter[str] = field(default_factory=Counter)
    later: int = 0


def some_preview(seed: int, most: int) -> tuple[Published, Seen]:
    """The same people as on the board, and what becomes of them at a moment."""
    chance, seen = Random(seed), Seen()
    groups = some_groups(seed, most)
    for group in groups:
        if group.state not in WAITS:
            reason = chance.choice(("", ": by_letter", ": by_letter", ": by_sms"))
            seen.counts[f"{ContactState(group.state).value}{reason}"] += group.people
            continue
        closed = chance.sample(("not_yet", "spacing", "outside_hours"), chance.randint(0, 3))
        seen.counts[f"held back: {closed[0]}" if closed else CALLED_NOW] += group.people
        seen.gates.update(dict.fromkeys(closed, group.people))
        day = chance.choice(("lundi", "mardi", "mercredi", "later", None))
        if day == "later":
            seen.later += group.people
        elif day is not None:
            seen.days[day] += group.people
    return published(groups), seen


def told(of: Published, seen: Seen) -> list[Mapping[Any, int]]:
    board = figures_of_people.masking_of(of)
    hidden = preview_masking.hidden_parts(seen.counts, board)
    waits = preview_masking.waiting(seen.counts)
    first = {gate: seen.counts[f"held back: {gate}"] for gate in seen.gates}
    hidden_first = [gate for gate in seen.gates if f"held back: {gate}" in hidden]
    gates = preview_masking.hidden_gates(seen.gates, first, hidden_first, waits, board)
    days = preview_masking.hidden_days(seen.days, seen.later, waits, board)
    shown: dict[Any, int | None] = {("part", one): None if one in hidden else n for one, n in seen.counts.items()}
    shown |= {("gate", one): None if one in gates else n for one, n in seen.gates.items()}
    shown |= {("day", one): None if one in days else n for one, n in seen.days.items()}
    world = World(of, {**shown, LATER: None, NEVER: None})
    _knows_the_preview(world, seen)
    return world.reader.told([*world.few, *_few(seen, shown, first, waits)], FEW)


def _knows_the_preview(world: World, seen: Seen) -> None:
    reader = world.reader
    of_state: dict[str, list[Any]] = {}
    for what in seen.counts:
        of_state.setdefault(preview_masking.state_of(what), []).append(("part", what))
    for state, parts in of_state.items():
        reader.adds_up(ALL_WHO_WAIT if state == ContactState.WAITING else ("state", state), parts)
    reader.adds_up(ALL_WHO_WAIT, [*(("day", day) for day in seen.days), LATER, NEVER])
    for gate in seen.gates:
        reader.holds(ALL_WHO_WAIT, [("gate", gate)])
        if f"held back: {gate}" in seen.counts:
            reader.holds(("gate", gate), [("part", f"held back: {gate}")])


def _few(
    seen: Seen, shown: Mapping[Any, int | None], first: Mapping[str, int], waits: int
) -> list[tuple[dict[Any, int], int]]:
    cells = {("part", one): n for one, n in seen.counts.items()} | {("gate", one): n for one, n in seen.gates.items()}
    cells |= {("day", one): n for one, n in seen.days.items()}
    assert not [cell for cell, count in cells.items() if count in FEW and shown[cell] is not None]
    found: list[tuple[dict[Any, int], int]] = [({cell: 1}, count) for cell, count in cells.items()]
    found.append(({NEVER: 1}, waits - seen.later - sum(seen.days.values())))
    for gate, count in seen.gates.items():
        found.append(({ALL_WHO_WAIT: 1, ("gate", gate): -1}, waits - count))
        if f"held back: {gate}" in seen.counts:
            found.append(({("gate", gate): 1, ("part", f"held back: {gate}"): -1}, count - first[gate]))
    return [(terms, truth) for terms, truth in found if truth in FEW]


@settings(max_examples=150)
@given(some.integers(0, 10**9), some.sampled_from((5, 30, 100, 400)))
def test_rule_15_no_few_people_follow_from_a_preview_beside_the_board(seed: int, most: int) -> None:
    assert told(*some_preview(seed, most)) == []


def test_the_reader_finds_what_a_weaker_masking_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    def alone(counts: Mapping[str, int], _: object) -> set[str]:
        whole = {**counts, "": sum(counts.values())}
        return hidden_cells(whole, [("", list(counts))]) - {""}

    monkeypatch.setattr(preview_masking, "hidden_parts", alone)
    assert any(told(*some_preview(seed, 100)) for seed in range(200))


def test_what_is_large_enough_is_shown_of_a_preview() -> None:
    of = published(
        [
            Group(900, REACHED[:3], "waiting", "94", "2026-11-26 PM 02"),
            Group(60, REACHED[:1], "no_phone", "94"),
            Group(200, REACHED[:4], "exhausted", "38"),
        ]
    )
    board = figures_of_people.masking_of(of)
    counts = {"held back: not_yet": 700, CALLED_NOW: 200, "no_phone: no_usable_number": 60, "exhausted": 200}
    assert preview_masking.hidden_parts(counts, board) == set()
    assert preview_masking.hidden_gates({"not_yet": 700}, {"not_yet": 700}, [], 900, board) == set()
    assert preview_masking.hidden_days({"lundi": 500, "mardi": 300}, 100, 900, board) == set()
