"""Rules 1 and 2 over any patient, territory, history and moment."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.calling_hours import Window, closed_because, local
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.gates import CallFacts, closed_gates
from outreach.domain.policy import DEFAULT
from outreach.domain.schedule import callback_window, next_try, put_off
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


@given(moments, departments, gaps, st.sampled_from(list(Disposition)))
def test_rule_02_the_next_try_is_never_earlier_than_the_gates_allow(
    now: datetime, department: str, before: list[timedelta], disposition: Disposition
) -> None:
    rang_at = [now - gap for gap in before] + ([now] if FLAGS[disposition].rang else [])
    again = next_try(DEFAULT, department, now, disposition, rang_at, tries_without_ring=1)
    if again.at is None:
        assert len([at for at in rang_at if now - at < timedelta(days=30)]) >= 4
        return
    assert closed_because(DEFAULT, department, again.at) is None
    if FLAGS[disposition].rang:
        assert again.at - now >= timedelta(hours=48)
    else:
        assert again.at - now >= timedelta(minutes=30)


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
