"""Rules 1 and 2 over any patient, territory, history and moment."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.calling_hours import Window, closed_because, local, next_opening
from outreach.domain.dispositions import FLAGS, MISSES, Disposition
from outreach.domain.gates import CallFacts, closed_gates, opens_at, sms_gates
from outreach.domain.policy import DEFAULT, from_yaml
from outreach.domain.schedule import RETRIES, NextTry, callback_window, invites, next_try, put_off
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import Gate

moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
departments = st.sampled_from(sorted(DEPARTMENTS))
gaps = st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=40)), max_size=8)


def _facts(now: datetime, department: str, rang_at: list[datetime], **changes: object) -> CallFacts:
    values = {
        "now": now,
        "department": department,
        "campaign_running": True,
        "suppressed": False,
        "number": "+33199000001",
        "rang_at": rang_at,
        "open_attempt": False,
        "not_before": None,
        "callback": None,
        "announced_at": None,
        "needs_announcement": False,
    }
    return CallFacts(**(values | changes))  # type: ignore[arg-type]


@given(moments, departments, gaps, st.booleans())
def test_rules_01_and_02_no_open_gate_breaks_hours_caps_or_spacing(
    now: datetime, department: str, before: list[timedelta], wished: bool
) -> None:
    rang_at = [now - gap for gap in before]
    callback = Window(now - timedelta(minutes=5), now + timedelta(hours=1)) if wished else None
    if closed_gates(DEFAULT, _facts(now, department, rang_at, callback=callback)):
        return
    assert closed_because(DEFAULT, department, now) is None
    recent = [at for at in rang_at if now - at < timedelta(days=30)]
    assert len(recent) < 4
    if not wished:
        assert all(now - at >= timedelta(hours=48) for at in recent)
        assert all(local(at, department).date() != local(now, department).date() for at in recent)


@given(moments, departments, gaps, st.sampled_from(sorted(RETRIES)), st.integers(1, 3))
def test_rule_02_no_window_of_the_next_try_is_earlier_than_the_gates_allow(
    now: datetime, department: str, before: list[timedelta], disposition: Disposition, such_ends: int
) -> None:
    rang_at = [now - gap for gap in before] + ([now] if FLAGS[disposition].rang else [])
    again = next_try(DEFAULT, department, now, disposition, rang_at, such_ends)
    for window in again.windows:
        assert now + (timedelta(hours=48) if FLAGS[disposition].rang else timedelta(minutes=30)) <= window.start
        for at in (window.start, window.end - timedelta(seconds=1)):
            assert closed_gates(DEFAULT, _facts(at, department, rang_at)) == []
    if again.at is None:
        used = len([at for at in rang_at if now - at < timedelta(days=30)]) >= 4
        most = RETRIES[disposition].most
        assert used or (most is not None and such_ends >= most)


@given(moments, departments, gaps, st.booleans(), st.timedeltas(timedelta(0), timedelta(days=3)), st.booleans())
def test_when_the_gates_open_is_when_they_open_and_not_later(
    now: datetime, department: str, before: list[timedelta], wished: bool, ahead: timedelta, mobile: bool
) -> None:
    callback = callback_window(DEFAULT, department, now, Window(now + ahead, now + ahead + timedelta(hours=2)))
    changes = {
        "callback": callback if wished else None,
        "not_before": now + ahead,
        "needs_announcement": mobile and not wished,
        "lead": timedelta(seconds=30),
    }
    facts = _facts(now, department, [now - gap for gap in before], **changes)
    opens = opens_at(DEFAULT, facts)
    assert opens is not None
    # One who is to be announced first: as if that was done at the first opening.
    announced = next_opening(DEFAULT, department, now + ahead) if facts.needs_announcement else None
    then = replace(facts, now=opens, announced_at=announced)
    assert closed_gates(DEFAULT, then) == []
    for part in (0.25, 0.5, 0.9, 0.999):
        earlier = now + (opens - now) * part
        assert earlier == opens or closed_gates(DEFAULT, replace(facts, now=earlier))


def test_rule_02_a_policy_of_one_long_window_alternates_halves_too() -> None:
    rules = from_yaml('windows: ["10:00-19:00"]')
    morning = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    again = next_try(rules, "94", morning, Disposition.NO_ANSWER, [morning], 1)
    assert again.at == datetime(2026, 11, 26, 12, 0, tzinfo=UTC)  # 13:00 in Paris
    afternoon = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
    again = next_try(rules, "94", afternoon, Disposition.NO_ANSWER, [afternoon], 1)
    assert again.at == datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
    assert [window.end.hour for window in again.windows] == [12] * len(again.windows)


def test_the_next_try_leaves_a_choice_of_windows_within_a_week() -> None:
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    windows = next_try(DEFAULT, "94", at, Disposition.NO_ANSWER, [at], 1).windows
    assert [window.start.day for window in windows] == [26, 27, 30, 1, 2]
    assert all(window.start.hour == 13 for window in windows)


@pytest.mark.parametrize(
    ("disposition", "minutes"),
    [
        (Disposition.BUSY, [30, 60, 120, 1440]),
        (Disposition.UNREACHABLE, [120, 1440]),
        (Disposition.CARRIER_ERROR, [30, 120, 1440]),
        (Disposition.NEVER_PLACED, [30, 30]),
    ],
)
def test_what_never_rang_waits_longer_each_time_and_has_its_own_maximum(
    disposition: Disposition, minutes: list[int]
) -> None:
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    waits = [next_try(DEFAULT, "94", at, disposition, [], n + 1).at for n in range(len(minutes))]
    allowed = [next_opening(DEFAULT, "94", at + timedelta(minutes=each)) for each in minutes]
    assert waits == allowed
    most = RETRIES[disposition].most
    if most is None:
        assert next_try(DEFAULT, "94", at, disposition, [], 1000).at is not None
    else:
        assert next_try(DEFAULT, "94", at, disposition, [], most) == NextTry("never_rang", next_number=True)


def test_every_way_in_which_a_call_can_end_says_what_follows() -> None:
    of_sms = {Disposition.BLOCKED} | {each for each in Disposition if each.startswith("sms_")}
    assert set(RETRIES) == set(Disposition) - of_sms
    for disposition, retry in RETRIES.items():
        assert bool(retry.delays) is not FLAGS[disposition].rang
        assert all(delay >= timedelta(minutes=30) for delay in retry.delays)


def test_a_busy_line_at_the_time_asked_for_is_tried_again_within_that_time() -> None:
    asked = Window(datetime(2026, 11, 24, 14, tzinfo=UTC), datetime(2026, 11, 24, 16, tzinfo=UTC))
    yesterday = datetime(2026, 11, 23, 14, tzinfo=UTC)
    busy = next_try(DEFAULT, "94", asked.start, Disposition.BUSY, [yesterday], 1, asked)
    assert busy.at == asked.start + timedelta(minutes=30)
    late = next_try(DEFAULT, "94", asked.end - timedelta(minutes=5), Disposition.BUSY, [yesterday], 1, asked)
    assert late.at == datetime(2026, 11, 26, 9, tzinfo=UTC)


@given(st.sampled_from(sorted(Disposition)), st.integers(0, 6), st.booleans())
def test_only_misses_are_followed_by_an_invitation(disposition: Disposition, misses: int, over: bool) -> None:
    invited = invites(disposition, misses, over=over)
    assert invited is (disposition in MISSES and (over or misses >= 2))


@pytest.mark.parametrize(("unanswered", "closed"), [(None, False), (0, False), (1, False), (2, True), (5, True)])
def test_no_third_sms_goes_unanswered(unanswered: int | None, closed: bool) -> None:
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)
    shut = sms_gates(DEFAULT, at, "94", suppressed=False, running=True, unanswered=unanswered)
    assert (Gate.UNANSWERED_SMS in shut) is closed


@given(
    moments,
    departments,
    st.timedeltas(timedelta(0), timedelta(days=10)),
    st.timedeltas(timedelta(minutes=15), timedelta(hours=10)),
)
def test_rule_01_a_callback_is_cut_to_the_calling_hours(
    now: datetime, department: str, ahead: timedelta, length: timedelta
) -> None:
    wanted = Window(now + ahead, now + ahead + length)
    window = callback_window(DEFAULT, department, now, wanted)
    if window is None:
        return
    assert window.start < window.end
    assert window.start >= max(now, wanted.start)
    assert closed_because(DEFAULT, department, window.start) is None
    assert closed_because(DEFAULT, department, window.end - timedelta(seconds=1)) is None


def test_a_gate_that_cannot_be_evaluated_is_closed() -> None:
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert Gate.UNKNOWN_TERRITORY in closed_gates(DEFAULT, _facts(at, "99", []))


def test_rule_01_a_call_that_would_ring_after_the_hours_is_not_placed() -> None:
    at = datetime(2026, 11, 24, 11, 59, 30, tzinfo=UTC)  # 12:59:30 in Paris
    assert closed_gates(DEFAULT, _facts(at, "94", [])) == []
    assert closed_gates(DEFAULT, _facts(at, "94", [], lead=timedelta(minutes=1))) == [Gate.OUTSIDE_HOURS]


def test_rule_09_suppression_comes_first() -> None:
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)
    assert closed_gates(DEFAULT, _facts(at, "94", [], suppressed=True, number=None))[0] is Gate.SUPPRESSED


@given(moments, st.timedeltas(timedelta(0), timedelta(days=10)), st.timedeltas(timedelta(0), timedelta(days=5)))
def test_rule_02_a_third_partys_time_is_put_off_to_the_spacing_at_the_same_hour(
    now: datetime, ahead: timedelta, spacing: timedelta
) -> None:
    wanted = Window(now + ahead, now + ahead + timedelta(hours=2))
    later = put_off(wanted, now + spacing)
    assert later.start >= max(wanted.start, now + spacing)
    assert (later.start - wanted.start) % timedelta(days=1) == timedelta(0)
    assert later.start - max(wanted.start, now + spacing) < timedelta(days=1)
