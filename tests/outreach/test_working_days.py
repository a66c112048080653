"""The days that a physician has for an answer, by the calendar of the territory."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.territories import DEPARTMENTS, is_holiday, zone_of
from outreach.domain.working_days import end_of_working_days, working_days_until

PARIS = ZoneInfo("Europe/Paris")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
departments = st.sampled_from(sorted(DEPARTMENTS))


@pytest.mark.parametrize(
    ("department", "after", "ends"),
    [
        # Tuesday to the end of the next Tuesday: a week-end between.
        ("94", datetime(2026, 11, 24, 10, 30, tzinfo=PARIS), datetime(2026, 12, 2, tzinfo=PARIS)),
        # Christmas and New Year's Day are nobody's days of work.
        ("94", datetime(2026, 12, 24, 9, tzinfo=PARIS), datetime(2027, 1, 5, tzinfo=PARIS)),
        # 26 December is a holiday in Alsace: in 2025 a Friday.
        ("94", datetime(2025, 12, 22, 9, tzinfo=PARIS), datetime(2025, 12, 31, tzinfo=PARIS)),
        ("67", datetime(2025, 12, 22, 9, tzinfo=PARIS), datetime(2026, 1, 1, tzinfo=PARIS)),
        # Late in the evening in Paris it is the afternoon in Martinique.
        (
            "972",
            datetime(2026, 11, 24, 23, 30, tzinfo=PARIS),
            datetime(2026, 12, 2, tzinfo=ZoneInfo("America/Martinique")),
        ),
        # On a Saturday the first day is the Monday.
        ("94", datetime(2026, 11, 28, 10, tzinfo=PARIS), datetime(2026, 12, 5, tzinfo=PARIS)),
    ],
)
def test_five_working_days(department: str, after: datetime, ends: datetime) -> None:
    assert end_of_working_days(department, after, 5) == ends


@given(department=departments, after=moments, days=st.integers(1, 20))
def test_so_many_working_days_lie_between(department: str, after: datetime, days: int) -> None:
    zone = zone_of(department)
    first, end = after.astimezone(zone).date(), end_of_working_days(department, after, days).astimezone(zone)
    assert (end.hour, end.minute) == (0, 0)
    whole = [first + timedelta(days=n) for n in range(1, (end.date() - first).days)]
    assert sum(day.weekday() < 5 and not is_holiday(department, day) for day in whole) == days
    assert whole[-1].weekday() < 5
    assert not is_holiday(department, whole[-1])


@given(department=departments, after=moments, days=st.integers(1, 20))
def test_what_is_left_is_counted_the_same_way(department: str, after: datetime, days: int) -> None:
    end = end_of_working_days(department, after, days)
    assert working_days_until(department, after, end) == days
    assert working_days_until(department, end - timedelta(minutes=1), end) == 0
    assert working_days_until(department, end + timedelta(days=9), end) == 0


def test_no_day_at_all_is_no_time_for_an_answer() -> None:
    with pytest.raises(ValueError, match="one day"):
        end_of_working_days("94", datetime(2026, 11, 24, tzinfo=UTC), 0)
