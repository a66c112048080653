"""Rule 1: the recipient's local window, their week-ends, their holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.calling_hours import (
    closed_because,
    local,
    next_opening,
    next_working_day,
    windows_on,
)
from outreach.domain.policy import DEFAULT
from outreach.domain.territories import DEPARTMENTS, OVERSEAS_ZONES, UnknownTerritory, department_of, zone_of
from outreach.domain.words import Gate
from tests.outreach.calendar_fr import customary_days_off, days_off, easter, is_open, on_their_clock

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31, 23, 59), timezones=st.just(UTC))
departments = st.sampled_from(sorted(DEPARTMENTS))


@pytest.mark.parametrize("year", [2026, 2027])
def test_the_independent_calendar_knows_its_easters(year: int) -> None:
    assert easter(year) == {2026: date(2026, 4, 5), 2027: date(2027, 3, 28)}[year]


@pytest.mark.parametrize("department", sorted(DEPARTMENTS))
def test_rule_01_every_day_of_two_years_against_an_independent_calendar(department: str) -> None:
    for year in (2026, 2027):
        off = days_off(department, year) | customary_days_off(department, year)
        for number in range(365):
            day = date(year, 1, 1) + timedelta(days=number)
            works = day.weekday() < 5 and day not in off
            assert bool(windows_on(DEFAULT, department, day)) is works, (department, day)


_EDGES = [(9, 59), (10, 0), (12, 59), (13, 0), (13, 59), (14, 0), (18, 59), (19, 0)]


@pytest.mark.parametrize("department", ["75", "2A", "57", "67", "68", *sorted(OVERSEAS_ZONES)])
def test_rule_01_every_hour_of_two_years_against_an_independent_clock(department: str) -> None:
    """The edges of the hours on every day, the days on which clocks change included, by rules written a second time."""
    for number in range(730):
        midnight = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        shift = on_their_clock(midnight + timedelta(hours=12), department) - midnight.replace(tzinfo=None)
        for hour, minute in _EDGES:
            at = midnight - (shift - timedelta(hours=12)) + timedelta(hours=hour, minutes=minute)
            assert (closed_because(DEFAULT, department, at) is None) is is_open(at, department), (department, at)


@given(moments, departments)
def test_rule_01_open_means_within_the_local_windows_of_a_working_day(at: datetime, department: str) -> None:
    if closed_because(DEFAULT, department, at) is None:
        here = local(at, department)
        assert here.weekday() < 5
        assert here.date() not in days_off(department, here.year)
        assert 10 <= here.hour < 13 or 14 <= here.hour < 19


@given(moments, departments)
def test_rule_01_the_next_opening_is_open_and_nothing_before_it_is(at: datetime, department: str) -> None:
    opening = next_opening(DEFAULT, department, at)
    assert opening is not None
    assert closed_because(DEFAULT, department, opening) is None
    if opening > at:
        assert closed_because(DEFAULT, department, at) is not None
        middle = at + (opening - at) / 2
        assert closed_because(DEFAULT, department, middle) is not None


@given(moments, departments)
def test_rule_01_the_working_day_after_an_announcement_is_another_day(at: datetime, department: str) -> None:
    first_call = next_working_day(DEFAULT, department, at)
    assert first_call is not None
    assert local(first_call, department).date() > local(at, department).date()
    assert closed_because(DEFAULT, department, first_call) is None


def test_rule_01_the_same_instant_is_day_here_and_night_there() -> None:
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # 10:30 in Paris, 05:30 in Guadeloupe, 13:30 in Réunion
    assert closed_because(DEFAULT, "94", at) is None
    assert closed_because(DEFAULT, "971", at) is Gate.OUTSIDE_HOURS
    assert closed_because(DEFAULT, "974", at) is Gate.OUTSIDE_HOURS  # their lunch


def test_rule_01_abolition_days_are_local() -> None:
    noon_there = datetime(2027, 5, 27, 15, 0, tzinfo=UTC)
    assert closed_because(DEFAULT, "971", noon_there) is Gate.HOLIDAY
    assert closed_because(DEFAULT, "978", noon_there) is Gate.HOLIDAY
    assert closed_because(DEFAULT, "94", noon_there) is None


def test_rule_01_daylight_saving_keeps_the_local_hours() -> None:
    before = next_opening(DEFAULT, "75", datetime(2026, 3, 27, 5, tzinfo=UTC))
    after = next_opening(DEFAULT, "75", datetime(2026, 3, 30, 5, tzinfo=UTC))
    assert before is not None
    assert after is not None
    assert (before.hour, after.hour) == (9, 8)
    assert local(before, "75").hour == local(after, "75").hour == 10


@pytest.mark.parametrize(
    ("postal_code", "insee_code", "department"),
    [
        ("94800", None, "94"),
        ("20000", None, "2A"),
        ("20200", None, "2B"),
        ("97400", None, "974"),
        ("97133", None, "977"),
        ("97150", None, "978"),
        ("01200", "74010", "74"),
        ("97600", "97608", "976"),
    ],
)
def test_the_department_of_a_place(postal_code: str, insee_code: str | None, department: str) -> None:
    assert department_of(postal_code, insee_code) == department


@pytest.mark.parametrize("code", ["00100", "99123", "1", "98800", "ABCDE"])
def test_rule_01_where_no_territory_is_known_no_hour_is(code: str) -> None:
    with pytest.raises(UnknownTerritory):
        department_of(code)
    with pytest.raises(UnknownTerritory):
        zone_of(code)
