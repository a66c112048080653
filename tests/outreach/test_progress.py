"""How far a campaign is, and when it will have called everybody once."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as some

from outreach.domain.progress import progress
from outreach.domain.working_days import is_working_day

TODAY = date(2026, 11, 24)
CALLS = [(date(2026, 11, day), 100) for day in (16, 17, 18, 19, 20, 23)]


def test_the_pace_of_the_last_days_tells_the_end() -> None:
    far = progress(400, 1000, CALLS, TODAY, date(2026, 12, 1))
    # 600 calls reached 400 people: a hundred calls a day are 67 people, and 600 more take nine working days.
    assert round(far.people_a_day or 0) == 67
    assert (far.share, far.to_call, far.ends_on) == (0.4, 600, date(2026, 12, 7))
    assert far.working_days_late == 4


def test_today_counts_only_when_it_stands_alone() -> None:
    slow = [*CALLS, (TODAY, 1)]
    assert round(progress(400, 1000, slow, TODAY, None).people_a_day or 0) == 67
    assert progress(50, 1000, [(TODAY, 50)], TODAY, None).people_a_day == 50


def test_an_early_end_is_days_in_hand() -> None:
    assert progress(900, 1000, CALLS, TODAY, date(2026, 12, 1)).working_days_late == -4
    assert progress(1000, 1000, CALLS, TODAY, TODAY).working_days_late == 0


def test_without_a_call_nothing_is_foretold() -> None:
    far = progress(0, 1000, [], TODAY, date(2026, 12, 1))
    assert (far.share, far.people_a_day, far.ends_on, far.working_days_late) == (0.0, None, None, None)
    assert progress(0, 0, [], TODAY, None).share == 0.0


def test_what_would_take_years_is_not_foretold() -> None:
    assert progress(1, 1_000_000, [(date(2026, 11, 23), 1)], TODAY, None).ends_on is None


@given(some.integers(1, 5000), some.integers(0, 5000), some.integers(1, 400))
def test_the_end_is_a_working_day_on_which_enough_were_called(called: int, left: int, calls: int) -> None:
    far = progress(called, called + left, [(date(2026, 11, 23), calls)], TODAY, None)
    if far.ends_on is None or far.people_a_day is None or left == 0:
        return
    days = (far.ends_on - TODAY).days
    worked = sum(is_working_day("75", TODAY + timedelta(days=number)) for number in range(1, days + 1))
    assert is_working_day("75", far.ends_on)
    assert worked * far.people_a_day >= left * (1 - 1e-9)
    assert (worked - 1) * far.people_a_day < left
