"""A plan against what can be known without it: the rules' oracle, closed forms, itself at another scale."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from outreach.domain.answering import field_rate
from outreach.domain.calling_hours import local
from outreach.domain.capacity import Expectation
from outreach.domain.planning import Advisers, Cause, Cell, Cohort, Desk, Plan, PlanError, Share, Volunteers, check
from outreach.domain.planning_absorption import Absorption, worked_days
from outreach.domain.planning_calendar import territories
from outreach.domain.planning_relief import Resource
from outreach.domain.planning_run import Placed, Run
from outreach.domain.planning_study import EVERYBODY, PARTS, study, tell
from outreach.domain.policy import AttemptCaps, DayWindow
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import Gate
from tests.outreach import oracle
from tests.outreach.planning_world import LANDLINE, MONDAY, SURE, a_cohort, a_plan, sure_rates

TOLERANCE = timedelta(days=4)
"""More lines or advisers change which half-hour meets whom: a call more or less, over a week-end at most."""

_quick = hypothesis_settings(max_examples=15, deadline=None)


def histories(plan: Plan, seed: int) -> dict[int, tuple[str, list[oracle.Placed]]]:
    """Everybody's calls, as the oracle wants them."""
    found: dict[int, tuple[str, list[oracle.Placed]]] = {}

    def see(call: Placed) -> None:
        _, calls = found.setdefault(id(call.person), (call.person.department, []))
        calls.append(oracle.Placed(call.at, call.at if call.rang else None, call.wished))
        kept.append(call.person)

    kept: list[object] = []
    Run(plan, seed, see=see).play()
    return found


@_quick
@given(
    st.sets(st.sampled_from(sorted(DEPARTMENTS)), min_size=1, max_size=4),
    st.integers(1, 30),
    st.integers(0, 1000),
    st.integers(0, 400),
    st.booleans(),
)
def test_rules_01_and_02_no_played_call_breaks_hours_caps_or_spacing(
    departments: set[str], lines: int, seed: int, days: int, announce: bool
) -> None:
    plan = a_plan(
        a_cohort(60, *sorted(departments)),
        calls_at_once=lines,
        announce_sms=announce,
        begins=MONDAY + timedelta(days=days),
    )
    seen = histories(plan, seed)
    assert seen
    for department, calls in seen.values():
        assert oracle.broken_rules(department, calls) == []


def test_rule_02_rings_of_the_campaign_so_far_count() -> None:
    rang = tuple(MONDAY - timedelta(days=days) for days in (11, 7, 4))
    plan = a_plan(Cohort((Cell("94", LANDLINE, 40, rang, None, announced=True),)))
    for department, calls in histories(plan, 1).values():
        before = [oracle.Placed(at.replace(hour=10), at.replace(hour=10)) for at in rang]
        assert [broken for broken in oracle.broken_rules(department, [*before, *calls]) if "rule 2" in broken] == []


def test_a_change_of_policy_changes_the_calls_that_are_played() -> None:
    window = DayWindow(*(datetime(2027, 1, 1, hour).time() for hour in (15, 16)))
    plan = a_plan(a_cohort(60), windows=(window,), days=("tue",))
    for department, calls in histories(plan, 3).values():
        for call in calls:
            here = local(call.at, department)
            assert (here.weekday(), here.hour) == (1, 15)


def test_a_small_cohort_comes_out_as_a_closed_form_says() -> None:
    """Landlines that always ring, answers that always settle: four tries at known moments, each answered as it should."""
    people = 4_000
    rates = sure_rates(
        request=Share(0.4, SURE),
        settled=Share(0.6 - 1e-9, SURE),
        callback=Share(1e-9, SURE),
        never_rang=0.0,
        invalid=0.0,
    )
    course = Run(a_plan(a_cohort(people, "94", groups=[LANDLINE]), rates=rates, sample=people), 5).play()
    missed, calls = 1.0, 0.0
    for tries in range(4):
        calls += people * missed
        missed *= 1 - field_rate(tries)
    assert sum(course.calls.values()) == pytest.approx(calls, rel=0.02)
    assert sum(course.reached.values()) == pytest.approx(people * (1 - missed), rel=0.04)
    assert sum(course.requests.values()) == pytest.approx(0.4 * people * (1 - missed), rel=0.04)
    # Monday morning; 48 hours later in the other half of the day, and so on over the week-end.
    by_day = {day: round(count) for day, count in course.calls.items()}
    assert sorted(by_day) == [0, 2, 7, 9]
    assert by_day[0] == people
    assert by_day[2] == pytest.approx(people * (1 - field_rate(0)), rel=0.03)
    assert course.when(1.0) == datetime(2027, 1, 13, 13, tzinfo=UTC)


def test_lines_that_are_too_few_take_as_long_as_their_seconds_say() -> None:
    """One try each, nobody answers: people × seconds ÷ lines, in open hours."""
    rates = sure_rates(never_rang=0.0, invalid=0.0)
    rates = replace(rates, answers=replace(rates.answers, factor=1e-9))
    caps = AttemptCaps(per_30_days=1)
    plan = a_plan(a_cohort(3_840, "94", groups=[LANDLINE]), rates=rates, attempts=caps, calls_at_once=2, sample=4_000)
    course = Run(plan, 1).play()
    # 3,840 × 45 s on two lines are 24 open hours: three days of eight.
    end = course.when(1.0)
    assert end is not None
    assert datetime(2027, 1, 6, 17, tzinfo=UTC) <= end < datetime(2027, 1, 7, tzinfo=UTC)


@_quick
@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 1000))
def test_more_lines_never_end_later(lines: int, more: int, seed: int) -> None:
    plan = a_plan(a_cohort(400), calls_at_once=lines, sample=200)
    few, many = tell(plan, seed), tell(plan.with_policy(calls_at_once=lines + more), seed)
    for before, after in zip(few.whens, many.whens, strict=True):
        assert before is None or (after is not None and after <= before + TOLERANCE)


@_quick
@given(st.integers(1, 4), st.integers(1, 6), st.integers(0, 1000))
def test_more_advisers_never_end_later(advisers: int, more: int, seed: int) -> None:
    plan = a_plan(a_cohort(600), desk=Desk((Advisers(advisers),), handled_a_day=3, at_once=5), sample=300)
    few, many = tell(plan, seed), tell(replace(plan, desk=replace(plan.desk, teams=(Advisers(advisers + more),))), seed)
    for before, after in zip(few.whens, many.whens, strict=True):
        assert before is None or (after is not None and after <= before + TOLERANCE)


def test_a_sample_agrees_with_everybody() -> None:
    """The same plan, everybody played and one in eight: dates within a day or two, counts within a few hundredths."""
    whole = a_plan(a_cohort(6_400), calls_at_once=6, sample=6_400)
    seeds = range(4)
    every, some = ([tell(plan, seed) for seed in seeds] for plan in (whole, replace(whole, sample=800)))
    for part in range(len(PARTS)):
        ends = sorted(course.whens[part] or datetime.max.replace(tzinfo=UTC) for course in every)
        for course in some:
            at = course.whens[part]
            assert at is not None
            assert ends[0] - timedelta(days=3) <= at <= ends[-1] + timedelta(days=3)
    for what in ("calls", "sms"):
        assert sum(getattr(c, what) for c in some) == pytest.approx(sum(getattr(c, what) for c in every), rel=0.03)
    wanted, found = (sum(sum(c.requests.values()) for c in courses) for courses in (every, some))
    assert found == pytest.approx(wanted, rel=0.06)


def test_a_seed_plays_the_same_course_again() -> None:
    plan = a_plan(a_cohort(300), calls_at_once=3, sample=150)
    assert tell(plan, 7) == tell(plan, 7)
    assert tell(plan, 7) != tell(plan, 8)


def test_everybody_is_counted_once() -> None:
    plan = a_plan(a_cohort(1_000), sample=250)
    course = Run(plan, 2).play()
    assert sum(course.contacted.values()) == pytest.approx(1_000)
    assert sum(weight for _, weight in course.ends) == pytest.approx(1_000)


def test_who_has_ended_already_counts_as_contacted() -> None:
    course = Run(a_plan(replace(a_cohort(100), over=300)), 2).play()
    assert course.when(0.5) == MONDAY
    assert course.when(0.995) is not None


def test_advisers_who_are_too_few_are_the_bottleneck() -> None:
    plan = a_plan(a_cohort(4_000), desk=Desk((Advisers(4),), handled_a_day=6, at_once=10), sample=400)
    found = study(plan, seeds=4, relief_seeds=4)
    assert found.waited[Cause.ADVISERS] > 0.3
    assert found.bottleneck is not None
    assert found.bottleneck.raised.resource is Resource.ADVISERS
    # 24 requests a day are all that they can do; what comes is some 20 % of people.
    days = sum(interval.middle for interval in [found.requests]) / 24
    end = found.whens[EVERYBODY].middle
    assert end is not None
    assert worked_days(MONDAY, end) == pytest.approx(days, rel=0.15)


def test_places_that_are_all_promised_hold_a_department_for_good() -> None:
    places = Volunteers({"94": 5, "75": 10_000})
    told = tell(a_plan(a_cohort(400, "94", "75"), volunteers=places), 1)
    assert told.whens[-1] is None
    assert told.whens[0] is not None
    with_more = replace(places, places={"94": 10_000, "75": 10_000})
    assert tell(a_plan(a_cohort(400, "94", "75"), volunteers=with_more), 1).whens[-1] is not None


def test_places_that_come_free_let_it_end() -> None:
    places = Volunteers({"94": 5}, a_month=40)
    told = tell(a_plan(a_cohort(200, "94"), volunteers=places), 1)
    assert told.whens[-1] is not None


def test_lines_that_nobody_waits_for_are_no_bottleneck() -> None:
    found = study(a_plan(a_cohort(200)), seeds=3, relief_seeds=3)
    lines = next(relief for relief in found.reliefs if relief.raised.resource is Resource.LINES)
    assert lines.never_waited
    assert found.bottleneck is None or found.bottleneck.raised.resource is Resource.SPACING


def test_the_weeks_requests_are_all_of_them() -> None:
    found = study(a_plan(a_cohort(200)), seeds=1, relief_seeds=1)
    assert [week.begins.weekday() for week in found.weeks] == [0, 0]
    assert sum(week.requests.middle for week in found.weeks) == pytest.approx(found.requests.middle)


def test_a_looser_policy_is_said_to_be_looser() -> None:
    found = study(a_plan(a_cohort(100)), seeds=2, relief_seeds=2)
    loosens = {relief.raised.resource: relief.raised.loosens for relief in found.reliefs}
    assert loosens[Resource.SPACING] == ("attempts.spacing_hours",)
    assert loosens[Resource.HOURS] == ("windows",)
    assert loosens[Resource.LINES] == ()


def test_an_adviser_works_five_days_a_week_but_for_holidays() -> None:
    assert worked_days(MONDAY, MONDAY + timedelta(weeks=1)) == pytest.approx(5)
    easter_monday = datetime(2027, 3, 29, tzinfo=UTC)
    assert worked_days(easter_monday, easter_monday + timedelta(days=7)) == pytest.approx(4)
    assert worked_days(MONDAY, MONDAY + timedelta(hours=1)) == pytest.approx(0)
    assert worked_days(MONDAY, MONDAY + timedelta(hours=5)) == pytest.approx(0.5)


def test_requests_are_handled_at_the_advisers_pace_and_places_taken() -> None:
    desk = Desk((Advisers(2),), handled_a_day=5, at_once=10)
    absorbs = Absorption(desk, Volunteers({"94": 8}, taken=0.5), ["94", "75"], Expectation(0.1, 0.25))
    absorbs.pass_until(MONDAY)
    assert absorbs.gate("94", 0) is None
    absorbs.add("94", 12)
    assert absorbs.gate("94", 0) is Gate.VOLUNTEERS_FULL
    assert absorbs.gate("75", 0) is None
    absorbs.add("75", 8)
    assert absorbs.gate("75", 0) is Gate.ADVISERS_FULL
    absorbs.pass_until(MONDAY + timedelta(days=1))
    assert absorbs.open_requests == pytest.approx(10)
    assert absorbs.gate("75", 0) is None
    # Half of the six that ended there took a place: five are left for six who wait.
    assert absorbs.gate("94", 0) is Gate.VOLUNTEERS_FULL
    assert absorbs.clear_at(MONDAY + timedelta(days=1)) == MONDAY + timedelta(days=2)


def test_departments_of_one_clock_and_calendar_are_one_territory() -> None:
    spoken_for = territories(DEPARTMENTS, MONDAY)
    assert spoken_for["94"] == spoken_for["13"]
    assert len({spoken_for[one] for one in ("94", "67", "971", "972", "973", "974", "975", "976")}) == 8


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"cohort": Cohort(())}, "nobody is left to contact"),
        ({"desk": Desk(())}, "at least one adviser is needed"),
        ({"callers": 0}, "at least one caller number"),
        ({"rates": sure_rates(request=Share(1.5, 1))}, "lies between 0 and 1"),
        ({"rates": sure_rates(request=Share(0.9, 1))}, "together 1 at most"),
        ({"cohort": a_cohort(6_000_000)}, "5,000,000 people at most"),
    ],
)
def test_a_plan_that_cannot_be_played_gets_one_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(PlanError, match=sentence) as refused:
        check(a_plan(**({"cohort": a_cohort(10)} | wrong)))  # type: ignore[arg-type]
    assert "\n" not in str(refused.value)
