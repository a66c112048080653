"""What is learned of when people answer, as mathematics: no database."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.domain import best_time
from outreach.domain.answering import AgeBand, Beliefs, Group, Slot, Tally, age_band, field_rate, learn
from outreach.domain.best_time import Load, Past, candidates, in_same_half, windows_from
from outreach.domain.calling_hours import closed_because, is_morning, local, next_opening
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy, parse_windows
from outreach.domain.schedule import next_try
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import NumberKind

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
OLDER = Group(NumberKind.LANDLINE, AgeBand.FROM_80)
YOUNGER = Group(NumberKind.MOBILE, AgeBand.UNDER_50)

unhurried = settings(deadline=None, max_examples=60)
groups = st.builds(Group, st.sampled_from(NumberKind), st.sampled_from(AgeBand))
slots = st.builds(Slot, st.integers(0, 4), st.integers(20, 37))
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
# Lots of Python's own: Hypothesis would draw the dullest ones.
seeds = st.integers(0, 2**32)
departments = st.sampled_from(sorted(DEPARTMENTS))
policies = st.sampled_from(
    [
        ContactPolicy(),
        ContactPolicy(days=("tue",), windows=parse_windows(["10:15-11:05", "17:50-19:00"])),
        ContactPolicy(windows=parse_windows(["14:00-19:00"])),
        ContactPolicy(windows=parse_windows(["10:00-18:00"])),
    ]
)


@st.composite
def tallies(draw: st.DrawFn) -> list[Tally]:
    cells = draw(st.dictionaries(st.tuples(slots, groups, st.integers(0, 2)), st.integers(0, 500), max_size=12))
    return [Tally(*cell, rang, draw(st.integers(0, rang))) for cell, rang in cells.items()]


def _all_week(rates: dict[int, float], group: Group, calls: int = 400, tries: int = 0) -> list[Tally]:
    """Calls at every half-hour from 10:00 to 19:00, answered at the rate of its half-hour, else at 20 %."""
    return [
        Tally(Slot(weekday, half_hour), group, tries, calls, calls * rates.get(half_hour, 0.2))
        for weekday in range(5)
        for half_hour in (*range(20, 26), *range(28, 38))
    ]


def test_before_any_call_the_fields_figures_hold() -> None:
    assert field_rate(0) == pytest.approx(0.25, abs=0.005)
    assert field_rate(0) > field_rate(1) > field_rate(2)
    assert Beliefs().base(OLDER, 0) == field_rate(0)
    assert Beliefs().ratio(YOUNGER, Slot(1, 22))[0] == 1.0
    # The one thing that is common knowledge of the hour.
    assert Beliefs().ratio(OLDER, Slot(1, 22))[0] > Beliefs().ratio(OLDER, Slot(1, 32))[0] == 1.0


@pytest.mark.parametrize(
    ("born", "band"),
    [
        (date(1976, 11, 25), AgeBand.UNDER_50),
        (date(1976, 11, 24), AgeBand.FROM_50),
        (date(1961, 11, 24), AgeBand.FROM_65),
        (date(1946, 11, 24), AgeBand.FROM_80),
        (date(2004, 2, 29), AgeBand.UNDER_50),
    ],
)
def test_an_age_is_counted_in_completed_years(born: date, band: AgeBand) -> None:
    assert age_band(born, date(2026, 11, 24)) is band


@unhurried
@given(tallies(), st.randoms(use_true_random=False))
def test_what_is_learned_depends_on_no_order(seen: list[Tally], chance: Random) -> None:
    shuffled = [*seen]
    chance.shuffle(shuffled)
    one, other = learn(seen), learn(shuffled)
    for tally in seen:
        assert one.ratio(tally.group, tally.slot) == pytest.approx(other.ratio(tally.group, tally.slot))
        assert one.base(tally.group, tally.tries) == pytest.approx(other.base(tally.group, tally.tries))


@unhurried
@given(tallies(), groups, slots, st.integers(0, 2), st.integers(1, 50))
def test_an_answer_raises_a_slot_and_a_miss_lowers_it(
    seen: list[Tally], group: Group, slot: Slot, tries: int, calls: int
) -> None:
    def ratio(answered: int) -> float:
        return learn([*seen, Tally(slot, group, tries, calls, answered)]).ratio(group, slot)[0]

    assert ratio(0) < ratio(calls)


@unhurried
@given(tallies(), groups, slots)
def test_every_rate_and_every_draw_is_a_rate(seen: list[Tally], group: Group, slot: Slot) -> None:
    beliefs = learn(seen)
    mean, deviation = beliefs.ratio(group, slot)
    assert mean > 0 < deviation
    assert 0 < beliefs.base(group, 0) < 1
    assert all(ratio > 0 for ratio in beliefs.draws(group, [slot, Slot(0, 20)], Random(1)))


@unhurried
@given(st.integers(1, 6))
def test_more_calls_of_the_same_kind_leave_less_doubt(times: int) -> None:
    few = learn(_all_week({22: 0.3}, YOUNGER, calls=20 * times))
    many = learn(_all_week({22: 0.3}, YOUNGER, calls=60 * times))
    assert many.ratio(YOUNGER, Slot(1, 22))[1] < few.ratio(YOUNGER, Slot(1, 22))[1]


def test_draws_have_the_mean_and_the_deviation_that_are_believed() -> None:
    beliefs = learn(_all_week({22: 0.35}, OLDER, calls=10))
    slot = Slot(1, 22)
    mean, deviation = beliefs.ratio(OLDER, slot)
    chance = Random(3)
    drawn = [beliefs.draws(OLDER, [slot], chance)[0] for _ in range(20_000)]
    average = sum(drawn) / len(drawn)
    spread = (sum((one - average) ** 2 for one in drawn) / len(drawn)) ** 0.5
    assert average == pytest.approx(mean, rel=0.01)
    assert spread == pytest.approx(deviation, rel=0.03)


def test_much_evidence_outweighs_the_field() -> None:
    beliefs = learn(_all_week({35: 0.4, 36: 0.1}, YOUNGER, calls=4000))
    good, bad, other = (beliefs.ratio(YOUNGER, Slot(2, half_hour))[0] for half_hour in (35, 36, 22))
    assert good / other == pytest.approx(2, rel=0.06)
    assert bad / other == pytest.approx(0.5, rel=0.06)


def test_a_sparse_cell_borrows_from_its_neighbours() -> None:
    never_called = Slot(3, 36)
    seen = [tally for tally in _all_week({36: 0.4, 37: 0.4}, YOUNGER) if tally.slot != never_called]
    assert learn(seen).ratio(YOUNGER, never_called)[0] > 1.3
    # Another age has its own habits, and is believed to share them only in part.
    other = Group(NumberKind.MOBILE, AgeBand.FROM_65)
    assert 1 < learn(seen).ratio(other, never_called)[0] < learn(seen).ratio(YOUNGER, never_called)[0]


def test_those_who_never_answer_do_not_give_their_hour_a_bad_name() -> None:
    """First calls at 10:00, third ones at 14:00: the hours are alike, only those who are called aren't."""
    first = [Tally(Slot(day, 20), YOUNGER, 0, 2000, 600) for day in range(5)]
    second = [Tally(Slot(day, hour), YOUNGER, 1, 1000, 150) for day in range(5) for hour in (20, 28)]
    third = [Tally(Slot(day, 28), YOUNGER, 2, 2000, 120) for day in range(5)]
    beliefs = learn([*first, *second, *third])
    morning, afternoon = beliefs.ratio(YOUNGER, Slot(1, 20))[0], beliefs.ratio(YOUNGER, Slot(1, 28))[0]
    assert morning / afternoon == pytest.approx(1, abs=0.08)


@unhurried
@given(moments, departments, policies, tallies(), seeds, st.booleans())
def test_rules_01_and_02_the_best_time_is_never_earlier_nor_outside_what_the_rules_allow(
    now: datetime, department: str, policy: ContactPolicy, seen: list[Tally], seed: int, older: bool
) -> None:
    rang_at = next_opening(policy, department, now)
    assert rang_at is not None
    earliest = next_try(policy, department, rang_at, Disposition.NO_ANSWER, [rang_at], 0).at
    assert earliest is not None
    windows = list(in_same_half(windows_from(policy, department, earliest), department))
    group, chance = OLDER if older else YOUNGER, Random(seed)
    at = best_time.retry(learn(seen), group, department, windows, [Past(rang_at, answered=False)], chance)
    assert at >= earliest >= rang_at + timedelta(hours=48)
    assert closed_because(policy, department, at) is None
    assert is_morning(at, department) is is_morning(earliest, department)
    # Two working days at most: the day of the earliest moment and the next one on which the half is open.
    days = sorted({local(window.start, department).date() for window in windows})[:2]
    assert local(at, department).date() in days
    call = best_time.first(learn(seen), group, department, windows_from(policy, department, rang_at), chance)
    assert call >= rang_at
    assert closed_because(policy, department, call) is None


def _tuesday_afternoon() -> list[best_time.HalfHour]:
    earliest = next_opening(ContactPolicy(), "94", datetime(2026, 11, 24, 13, tzinfo=UTC))
    assert earliest is not None
    return candidates(in_same_half(windows_from(ContactPolicy(), "94", earliest), "94"), "94")


def _retry(beliefs: Beliefs, chance: Random, past: list[Past] | None = None, load: Load = best_time.NO_LOAD) -> Slot:
    earliest = datetime(2026, 11, 24, 13, tzinfo=UTC)
    windows = in_same_half(windows_from(ContactPolicy(), "94", earliest), "94")
    past = past or [Past(datetime(2026, 11, 20, 9, tzinfo=UTC), answered=False)]
    return best_time.slot_of(best_time.retry(beliefs, YOUNGER, "94", windows, past, chance, load), "94")


def test_every_half_hour_is_tried_before_much_is_known_and_none_is_given_up() -> None:
    everything = {half_hour.slot for half_hour in _tuesday_afternoon()}
    assert len(everything) == 20
    chance = Random(5)
    assert {_retry(Beliefs(), chance) for _ in range(400)} == everything
    convinced = learn(_all_week({35: 0.24}, YOUNGER, calls=200))
    chosen = [_retry(convinced, chance) for _ in range(400)]
    assert sum(slot.half_hour == 35 for slot in chosen) > 400 / 4
    assert len(set(chosen)) > 10


def test_a_half_hour_that_is_surely_better_gets_nearly_everybody() -> None:
    beliefs = learn(_all_week({35: 0.4}, YOUNGER, calls=3000))
    chance = Random(6)
    assert sum(_retry(beliefs, chance).half_hour == 35 for _ in range(200)) > 190


def test_who_was_missed_at_an_hour_is_rather_tried_at_another() -> None:
    beliefs = learn(_all_week({35: 0.23}, YOUNGER, calls=1000))
    missed_then = [Past(datetime(2026, 11, 18, 16, 40, tzinfo=UTC), answered=False)] * 2
    anywhere = sum(_retry(beliefs, Random(seed)).half_hour == 35 for seed in range(300))
    elsewhere = sum(_retry(beliefs, Random(seed), missed_then).half_hour == 35 for seed in range(300))
    assert elsewhere < anywhere / 2


def test_a_crowded_half_hour_is_left_to_those_already_in_it() -> None:
    beliefs = learn(_all_week({35: 0.4}, YOUNGER, calls=3000))
    crowd = {half_hour.start: 5000.0 for half_hour in _tuesday_afternoon() if half_hour.slot.half_hour == 35}
    chance = Random(7)
    assert all(_retry(beliefs, chance, load=Load(crowd, room=1200)).half_hour != 35 for _ in range(100))


def test_planning_by_load_fills_no_half_hour_beyond_its_room() -> None:
    beliefs = learn(_all_week({35: 0.4, 34: 0.38}, YOUNGER, calls=3000))
    planned: dict[datetime, float] = {}
    chance = Random(8)
    windows = list(in_same_half(windows_from(ContactPolicy(), "94", datetime(2026, 11, 24, 13, tzinfo=UTC)), "94"))
    for _ in range(900):
        at = best_time.retry(beliefs, YOUNGER, "94", windows, [], chance, Load(planned, room=100))
        half_hour = best_time.half_hour_of(at)
        planned[half_hour] = planned.get(half_hour, 0) + 1
    # The price of the queue lets the best ones run over a little, and spreads the rest.
    assert max(planned.values()) < 2.2 * 100
    assert len(planned) >= 8


def test_a_first_call_is_put_off_only_for_what_is_known() -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def first(beliefs: Beliefs) -> datetime:
        return best_time.first(beliefs, YOUNGER, "94", windows_from(ContactPolicy(), "94", now), Random(9))

    assert first(Beliefs()) == now
    assert first(learn(_all_week({35: 0.21}, YOUNGER, calls=100))) == now
    assert best_time.slot_of(first(learn(_all_week({35: 0.4}, YOUNGER, calls=1000))), "94") == Slot(1, 35)
