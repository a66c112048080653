"""Times to call back: what was said and the calling hours that it comes to (DOMAIN §2 and §4)."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.understanding.callbacks import CallbackWish, read_callback, window_for
from outreach.domain.calling_hours import Window, local, windows_on
from outreach.domain.policy import DEFAULT, ContactPolicy, DayWindow
from outreach.domain.territories import DEPARTMENTS, is_holiday

# A Tuesday, half past ten in metropolitan France.
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TABLE = yaml.safe_load((Path(__file__).parent / "values" / "callbacks.yml").read_text(encoding="utf-8"))


def _window(said: str, now: datetime = NOW, department: str = "94") -> str:
    wish = read_callback(said, now, department)
    if wish is None:
        return "nothing"
    found = window_for(wish, now, DEFAULT, department)
    if found is None:
        return "outside"
    return f"{local(found.start, department):%d/%m %H:%M}-{local(found.end, department):%H:%M}"


@pytest.mark.parametrize(("said", "expected"), [(said, key) for key, ways in TABLE.items() for said in ways])
def test_times_to_call_back(said: str, expected: str) -> None:
    assert _window(said) == expected


def test_a_callback_is_of_the_patients_own_clock() -> None:
    wish = read_callback("demain matin", NOW, "974")
    assert wish is not None
    found = window_for(wish, NOW, DEFAULT, "974")
    assert found is not None
    assert found.start == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "now", "department", "expected"),
    [
        ("ce matin", datetime(2026, 11, 24, 14, 0, tzinfo=UTC), "94", "outside"),
        ("ce soir", datetime(2026, 11, 24, 17, 55, tzinfo=UTC), "94", "outside"),
        ("dans une heure", datetime(2026, 11, 24, 17, 30, tzinfo=UTC), "94", "25/11 10:00-19:00"),
        ("demain", datetime(2026, 11, 27, 10, 0, tzinfo=UTC), "94", "outside"),
        ("lundi", datetime(2026, 4, 2, 10, 0, tzinfo=UTC), "94", "outside"),
        ("après les fêtes", datetime(2026, 12, 22, 10, 0, tzinfo=UTC), "94", "04/01 10:00-19:00"),
        ("après Noël", datetime(2026, 12, 22, 10, 0, tzinfo=UTC), "67", "28/12 10:00-19:00"),
        ("dans une heure", datetime(2026, 11, 24, 22, 0, tzinfo=UTC), "971", "25/11 10:00-19:00"),
        ("ce soir", datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "972", "24/11 18:00-19:00"),
        ("le 31", datetime(2026, 11, 24, 15, 0, tzinfo=UTC), "94", "outside"),
    ],
)
def test_times_to_call_back_at_other_moments(said: str, now: datetime, department: str, expected: str) -> None:
    assert _window(said, now, department) == expected


PARTS = (
    st.tuples(st.times(), st.times()).map(lambda pair: (min(pair), max(pair))).filter(lambda pair: pair[0] < pair[1])
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
DAYS = st.dates(date(2025, 12, 1), date(2029, 2, 1))
WISHES = st.builds(
    CallbackWish,
    day=st.none() | DAYS,
    part=st.none() | PARTS,
    not_before=st.none() | MOMENTS,
    any_time=st.booleans(),
    or_later=st.booleans(),
    last=st.none() | DAYS,
    weekdays=st.frozensets(st.integers(0, 6)),
    without_days=st.frozensets(DAYS, max_size=2),
    without=st.lists(PARTS, max_size=2).map(tuple),
)
POLICIES = st.sampled_from(
    [
        DEFAULT,
        ContactPolicy(days=("mon", "wed"), callback_within_days=5),
        ContactPolicy(windows=(DayWindow(time(9), time(12)), DayWindow(time(13), time(15))), callback_within_days=30),
    ]
)


def _is_callable(found: Window, now: datetime, policy: ContactPolicy, department: str) -> None:
    start, end = local(found.start, department), local(found.end, department)
    spans = windows_on(policy, department, start.date())
    assert now < found.start < found.end
    assert start.date() == end.date()
    assert not is_holiday(department, start.date())
    assert any(found.start in span for span in spans)
    assert any(span.start < found.end <= span.end for span in spans)
    assert (start.date() - local(now, department).date()).days <= policy.callback_within_days


@given(WISHES, MOMENTS, POLICIES, st.sampled_from(sorted(DEPARTMENTS)))
def test_rule_1_whatever_the_wish_the_callback_is_within_calling_hours(
    wish: CallbackWish, now: datetime, policy: ContactPolicy, department: str
) -> None:
    found = window_for(wish, now, policy, department)
    if found is not None:
        _is_callable(found, now, policy, department)


@given(
    st.sampled_from([said for ways in TABLE.values() for said in ways]), MOMENTS, POLICIES, st.sampled_from(sorted(DEPARTMENTS))
)  # fmt: skip
def test_rule_1_whatever_is_said_the_callback_is_within_calling_hours(
    said: str, now: datetime, policy: ContactPolicy, department: str
) -> None:
    wish = read_callback(said, now, department)
    found = window_for(wish, now, policy, department) if wish else None
    if found is not None:
        _is_callable(found, now, policy, department)


@given(MOMENTS, st.sampled_from(sorted(DEPARTMENTS)))
def test_any_time_always_comes_to_some_hours(now: datetime, department: str) -> None:
    assert window_for(CallbackWish(any_time=True), now, DEFAULT, department) is not None


@given(st.text(max_size=60), MOMENTS)
def test_no_text_breaks_the_reader(said: str, now: datetime) -> None:
    read_callback(said, now, "94")


WORDS = "demain lundi mardi pas avant après le 3 12 décembre 10h 14h et ou sauf semaine prochaine dans jours heures midi matin soir".split()  # noqa: SIM905


@given(st.lists(st.sampled_from(WORDS), max_size=7), MOMENTS)
def test_no_order_of_words_breaks_the_reader(words: list[str], now: datetime) -> None:
    wish = read_callback(" ".join(words), now, "94")
    found = window_for(wish, now, DEFAULT, "94") if wish else None
    if found is not None:
        _is_callable(found, now, DEFAULT, "94")
        assert found.end - found.start >= timedelta(minutes=10)
