"""The reviews' figures, counted a second time in plain Python; what is masked; what stays as it was counted."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from outreach.clock import FrozenClock
from outreach.database.models import Patient, Physician, Volunteer
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.reviews import BANDS, BY_AGE, NEEDS, PEOPLE, Quarter, Situation, age_column, end_of, month_ends
from outreach.errors import BadInput
from outreach.runtime import Runtime
from outreach.services import campaigns, cohorts, erasure, figures, reviews
from outreach.services.cohorts import CohortExists
from tests.factories import a_campaign, a_contact, a_patient, an_adviser
from tests.outreach.reviews_world import HOMES, OCTOBER, SEPTEMBER, Person, people, situation, territories

CAMPAIGN = "ald-2026"
AUGUST = date(2026, 8, 31)
Where = Callable[[Person], bool]


class World:
    def __init__(self, runtime: Runtime, clock: FrozenClock, seed: int) -> None:
        clock.set(datetime(2026, 8, 3, 7, tzinfo=UTC))
        self.runtime = runtime
        with runtime.transaction() as session:
            adviser = an_adviser(session, clock.now())
            campaign = a_campaign(session, clock.now(), start=False)
            self.territories = territories(session, clock.now())
            self.people = people(session, campaign.id, adviser.id, seed)
        clock.set(datetime(2026, 11, 1, 2, tzinfo=UTC))

    def count(self, day: date, clock: FrozenClock) -> None:
        with self.runtime.transaction() as session:
            reviews.count(session, day, clock.now())

    def expected(self, day: date, where: Where) -> dict[str, int]:
        until = end_of(day)
        counts: Counter[str] = Counter()
        for person in self.people:
            if person.enrolled >= until or not where(person):
                continue
            # As the board has it: the state that somebody is in, and a death is one.
            ineligible = person.ineligible and not (person.deceased is not None and person.deceased < until)
            holds = {
                "enrolled": True,
                "ehpad": person.ehpad,
                "ineligible": ineligible,
                "eligible": not ineligible,
                **{
                    step: (at := getattr(person, step)) is not None and at < until
                    for step in ("attempted", "reached", "consented", "matched")
                },
                **{one.value: situation(person, until, day) == one for one in Situation},
            }
            for column, held in holds.items():
                counts[column] += held
                if column in BY_AGE:
                    counts[age_column(person.band, column)] += held
            if holds["consented"]:
                counts.update(f"need:{need}" for need in person.needs)
        return counts


@pytest.fixture
def world(runtime: Runtime, clock: FrozenClock) -> World:
    return World(runtime, clock, seed=5)


COUNTED = (*PEOPLE, *(age_column(b, c) for b in BANDS for c in BY_AGE), *(f"need:{need}" for need in NEEDS))


def _agree(shown: Mapping[str, int | None], expected: dict[str, int]) -> int:
    """Asserts that what is shown is right and no small figure is; returns how many are shown that aren't zero."""
    for column in COUNTED:
        if shown[column] is not None:
            assert shown[column] == expected.get(column, 0), column
            assert not 0 < expected.get(column, 0) < SMALLEST_CELL, column
    return sum(bool(shown[column]) for column in COUNTED)


@pytest.mark.parametrize("day", [SEPTEMBER, OCTOBER])
def test_rule_15_every_figure_is_what_one_counts_oneself(world: World, clock: FrozenClock, day: date) -> None:
    world.count(day, clock)
    with world.runtime.transaction() as session:
        overview = reviews.overview(session)
        assert overview.day.day == day
        assert _agree(overview.nation.counts, world.expected(day, lambda _: True)) > 20
        assert [row.department for row in overview.departments] == ["38", "75", "94", "974"]
        for row in overview.departments:
            assert _agree(row.counts, world.expected(day, lambda p, d=row.department: p.department == d)) > 5  # type: ignore[misc]
        shown = 0
        for code in {home[2] for home in HOMES}:
            found = reviews.department(session, code)
            for part in found.territories.get("cpts", []):
                name = None if part.is_outside else part.name
                expected = world.expected(day, lambda p, d=code, n=name: (p.department, p.cpts) == (d, n))  # type: ignore[misc]
                shown += _agree(part.counts, expected)
        assert shown > 40
        for name, territory_id in world.territories.items():
            _, row = reviews.territory(session, territory_id)
            assert row.name == name
            assert _agree(row.counts, world.expected(day, lambda p, n=name: p.cpts == n)) > 3  # type: ignore[misc]


def test_a_single_campaign_is_counted_as_its_board_does(world: World, clock: FrozenClock) -> None:
    world.count(OCTOBER, clock)
    clock.set(end_of(OCTOBER))
    later = [
        p for p in world.people for at in (p.attempted, p.reached, p.consented, p.matched) if at and at >= clock.now()
    ]
    with world.runtime.transaction() as session:
        steps = {step: count for step, _, count in figures.funnel(session, CAMPAIGN)}
        nation = reviews.overview(session).nation.counts
    assert nation["eligible"] == steps["eligible"]
    for step in ("attempted", "reached", "consented", "matched"):
        after = {p.id for p in later if getattr(p, step) and getattr(p, step) >= clock.now()}
        assert nation[step] == steps[step] - len(after)


def test_volunteers_places_and_need_by_territory(world: World, clock: FrozenClock) -> None:
    site = {"site": "1", "last_name": "X", "first_name": "Y", "updated_at": clock.now()}
    with world.runtime.transaction() as session:
        volunteer = session.get_one(Volunteer, "10000000001")
        volunteer.site, volunteer.department, volunteer.capacity, volunteer.taken = "1", "94", 60, 25
        session.add(Physician(rpps="10000000001", insee_code="94028", postal_code="94000", department="94", **site))
        session.add(
            Volunteer(rpps="10000000002", site="1", department="94", capacity=30, held=12, updated_at=clock.now())
        )
        session.add(Physician(rpps="10000000002", insee_code="94076", postal_code="94800", department="94", **site))
    world.count(OCTOBER, clock)
    with world.runtime.transaction() as session:
        found = reviews.department(session, "94")
        rows = {row.name or "-": row for row in found.territories["cpts"]}
        assert (found.row.counts["volunteers"], found.row.counts["capacity"]) == (2, 90)
        assert (rows["Créteil"].counts["taken"], rows["Créteil"].counts["volunteers"]) == (25, 1)
        assert (rows["Bièvre"].counts["held"], rows["Bièvre"].free) == (12, 18)
        # Requests wait as they are now, whenever the people asked.
        for name, row in rows.items():
            waiting = sum(p.wanted and p.department == "94" and (p.cpts or "-") == name for p in world.people)
            assert row.counts["wanted"] in {waiting, None}
        assert found.row.counts["wanted"] == sum(p.wanted and p.department == "94" for p in world.people)


def test_a_cohort_is_frozen_and_its_progress_is_what_one_counts(world: World, clock: FrozenClock) -> None:
    with world.runtime.transaction() as session:
        cohort = cohorts.create(session, "ref", CAMPAIGN, AUGUST, clock.now(), "tests")
        created = cohort.people
    until = end_of(AUGUST)
    members = [p for p in world.people if p.enrolled < until and situation(p, until, AUGUST) == "without"]
    assert created == len(members)
    world.count(OCTOBER, clock)
    for day in (AUGUST, OCTOBER):
        expected = Counter(situation(p, end_of(day), day) for p in members)
        with world.runtime.transaction() as session:
            found = cohorts.followed(session, "ref", day)
            assert found is not None
            assert found.nation.counts["members"] in {len(members), None}
            for one in Situation:
                assert found.nation.counts[one] in {expected[one], None}
                assert found.nation.counts[one] is None or not 0 < expected[one] < SMALLEST_CELL
            for row in found.departments:
                of = Counter(situation(p, end_of(day), day) for p in members if p.department == row.department)
                assert all(row.counts[one] in {of[one], None} for one in Situation)
    assert found is not None
    having, present = expected["declared"] + expected["has_one"], len(members) - expected["gone"]
    assert found.nation.rate.with_one == pytest.approx(having / present)
    assert found.nation.rate.without == pytest.approx(1 - having / present)
    assert [row.day for row in found.over_time] == [AUGUST, OCTOBER]


def test_people_imported_later_do_not_move_a_cohorts_rate(world: World, clock: FrozenClock) -> None:
    with world.runtime.transaction() as session:
        cohorts.create(session, "ref", CAMPAIGN, OCTOBER, clock.now(), "tests")
    world.count(OCTOBER, clock)
    clock.advance(timedelta(hours=30))
    with world.runtime.transaction() as session:
        before = cohorts.followed(session, "ref", OCTOBER)
        campaign = campaigns.get(session, CAMPAIGN)
        for _ in range(50):
            a_contact(session, campaign, a_patient(session, clock.now()), clock.now())
        clock.advance(timedelta(minutes=1))
        again = cohorts.create(session, "ref", CAMPAIGN, OCTOBER, clock.now(), "tests")
        reviews.count(session, date(2026, 11, 2), clock.now())
        after = cohorts.followed(session, "ref", date(2026, 11, 2))
        assert before is not None
        assert after is not None
        assert again.people == before.cohort.people == after.nation.counts["members"]
        assert reviews.overview(session).nation.counts["enrolled"] == len(world.people) + 50


def test_a_cohort_is_drawn_up_once_and_of_a_day_that_has_come(world: World, clock: FrozenClock) -> None:
    with world.runtime.transaction() as session:
        cohorts.create(session, "ref", CAMPAIGN, SEPTEMBER, clock.now(), "tests")
        with pytest.raises(CohortExists):
            cohorts.create(session, "ref", CAMPAIGN, OCTOBER, clock.now(), "tests")
        for name, day in (("a name", SEPTEMBER), ("next", date(2026, 12, 1)), ("old", date(2026, 7, 1))):
            with pytest.raises(BadInput):
                cohorts.create(session, name, CAMPAIGN, day, clock.now(), "tests")


def test_each_night_counts_the_last_evening_and_the_months_that_are_missing(world: World, clock: FrozenClock) -> None:
    def kept_up() -> list[date]:
        counted: list[date] = []
        while True:
            with world.runtime.transaction() as session:
                day = reviews.keep_up(session, clock.now())
            if day is None:
                return counted
            counted.append(day)

    assert kept_up() == [date(2026, 11, 1), OCTOBER, date(2026, 8, 31), SEPTEMBER]
    assert kept_up() == []
    with world.runtime.transaction() as session:
        assert not reviews.last_day(session).is_over
        cohorts.create(session, "ref", CAMPAIGN, SEPTEMBER, clock.now(), "tests")
    assert kept_up() == [OCTOBER]
    clock.advance(timedelta(days=1))
    assert kept_up() == [date(2026, 11, 1)]
    with world.runtime.transaction() as session:
        assert reviews.last_day(session).is_over
        trend = reviews.trend(session, "", date(2026, 11, 1))
        assert [day.day for day, _ in trend] == [date(2026, 8, 31), SEPTEMBER, OCTOBER, date(2026, 11, 1)]
    clock.advance(timedelta(days=9))
    assert kept_up() == [date(2026, 11, 10)]
    with world.runtime.transaction() as session:
        days = [day.day for day, _ in reviews.trend(session, "94", date(2026, 12, 1))]
        assert days == [date(2026, 8, 31), SEPTEMBER, OCTOBER]
        assert reviews.overview(session, date(2026, 11, 9)).day.day == OCTOBER, "an evening of no month's end goes"


def test_what_was_counted_stays_when_people_are_erased(world: World, clock: FrozenClock) -> None:
    world.count(OCTOBER, clock)
    with world.runtime.transaction() as session:
        before = reviews.department(session, "94")
        for person in world.people[:40]:
            patient = session.get_one(Patient, person.id)
            session.refresh(patient, ["numbers"])
            erasure.empty(session, patient, clock.now())
        reviews.keep_up(session, clock.now())
        session.expire_all()
        after = reviews.department(session, "94")
        assert [row.counts for row in after.territories["cpts"]] == [row.counts for row in before.territories["cpts"]]
        clock.advance(timedelta(days=1))
        reviews.count(session, date(2026, 11, 1), clock.now())
        gone = sum(situation(p, end_of(OCTOBER), OCTOBER) == "without" for p in world.people[:40])
        assert gone > 0
        counts = reviews.overview(session).nation.counts
        assert counts["enrolled"] == len(world.people), "whoever was erased stays counted"
        assert counts["gone"] is not None


def test_quarters_and_month_ends() -> None:
    fourth = Quarter.parse("2026-T4")
    assert Quarter.parse("2026-Q4") == fourth == Quarter.of(date(2026, 12, 31))
    assert (fourth.first, fourth.last, str(fourth.before), str(fourth.next)) == (
        date(2026, 10, 1), date(2026, 12, 31), "2026-T3", "2027-T1",
    )  # fmt: skip
    for wrong in ("2026", "2026-T5", "T4-2026", ""):
        with pytest.raises(ValueError, match="2026-T4"):
            Quarter.parse(wrong)
    assert month_ends(date(2026, 11, 14), date(2027, 1, 30)) == [date(2026, 11, 30), date(2026, 12, 31)]
    assert end_of(date(2026, 10, 24)).isoformat() == "2026-10-24T22:00:00+00:00"
