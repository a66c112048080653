"""What a plan takes from a real PostgreSQL: the people who are left, what was learned, the desk; and what is typed."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Contact, Patient
from outreach.domain.answering import AgeBand
from outreach.domain.dispositions import Disposition
from outreach.domain.planning import Rates
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, Channel, ContactState, Direction, NumberKind, Purpose
from outreach.errors import BadInput
from outreach.runtime import Session
from outreach.services import planning
from outreach.services.campaigns import UnknownCampaign
from outreach.services.planning import Typed
from outreach.settings import Settings
from tests.factories import a_campaign, a_contact, a_held_request, a_mobile, a_patient


def test_the_people_of_a_campaign_are_those_who_are_left(
    session: Session, settings: Settings, clock: FrozenClock
) -> None:
    now = clock.now()
    campaign = a_campaign(session, now, ContactPolicy(calls_at_once=7, announce_sms=False))
    for _ in range(3):
        a_contact(session, campaign, a_patient(session, now), now)
    a_contact(session, campaign, a_patient(session, now, phones=(a_mobile(),), postal_code="97400"), now)
    over = a_contact(session, campaign, a_patient(session, now), now)
    over.state, over.next_attempt_at = ContactState.ACCEPTED, None
    without = a_contact(session, campaign, a_patient(session, now), now)
    without.state, without.next_attempt_at = ContactState.NO_PHONE, None
    session.flush()

    plan = planning.prepare(session, settings, now, campaign.name, Typed()).plan

    assert plan.cohort.departments == {"94": 3, "974": 1}
    assert {(cell.department, cell.group.kind, cell.group.age) for cell in plan.cohort.cells} == {
        ("94", NumberKind.LANDLINE, AgeBand.FROM_65),
        ("974", NumberKind.MOBILE, AgeBand.FROM_65),
    }
    assert plan.cohort.over == 1
    assert plan.policy.calls_at_once == 7
    assert plan.desk.number == 1
    assert plan.begins == now


def _missed(contact: Contact, patient: Patient, at: datetime) -> Attempt:
    return Attempt(
        contact_id=contact.id,
        campaign_id=contact.campaign_id,
        patient_id=patient.id,
        policy_version=1,
        channel=Channel.VOICE,
        direction=Direction.OUTBOUND,
        purpose=Purpose.CALL,
        number=patient.numbers[0].e164,
        caller="+33162000001",
        status=AttemptStatus.ENDED,
        disposition=Disposition.NO_ANSWER,
        rang=True,
        rang_at=at,
        claimed_at=at,
        ended_at=at,
        claimed_wall=at,
        heard_wall=at,
    )


def test_calls_made_already_are_taken_over(session: Session, settings: Settings, clock: FrozenClock) -> None:
    now = clock.now()
    campaign = a_campaign(session, now)
    patient = a_patient(session, now)
    contact = a_contact(session, campaign, patient, now)
    for days in (5, 3):
        session.add(_missed(contact, patient, now - timedelta(days=days)))
    session.flush()
    (cell,) = planning.prepare(session, settings, now, campaign.name, Typed()).plan.cohort.cells
    assert len(cell.rang_at) == 2
    assert timedelta(days=3) <= now - cell.rang_at[-1] < timedelta(days=3, hours=1)


def test_open_requests_and_advisers_of_today_are_the_desk(
    session: Session, settings: Settings, clock: FrozenClock
) -> None:
    now = clock.now()
    a_held_request(session, now, "camille")
    a_held_request(session, now, "sacha")
    campaign = a_campaign(session, now)
    a_contact(session, campaign, a_patient(session, now), now)
    desk = planning.prepare(session, settings, now, campaign.name, Typed()).plan.desk
    assert desk.number == 5  # two of them started each campaign but the last
    assert desk.open_requests == {"94": 2}
    typed = planning.prepare(session, settings, now, campaign.name, Typed(advisers=5, handled_a_day=3)).plan.desk
    assert (typed.number, typed.handled_a_day) == (5, 3)


def test_without_calls_of_our_own_the_fields_figures_hold(
    session: Session, settings: Settings, clock: FrozenClock
) -> None:
    prepared = planning.prepare(session, settings, clock.now(), None, Typed(people=1000, advisers=3))
    assert prepared.plan.rates == Rates()
    assert prepared.sources["answers"] == "field"


def test_what_is_typed_is_meant(session: Session, settings: Settings, clock: FrozenClock) -> None:
    typed = Typed(people=1000, advisers=3, answer_rate=0.4, request_rate=0.5, lines=12, callers=3, places=100)
    prepared = planning.prepare(session, settings, clock.now(), None, typed)
    plan = prepared.plan
    group = plan.cohort.cells[0].group
    assert plan.rates.answers.share(group, 0).value == pytest.approx(0.4)
    assert plan.rates.answers.share(group, 1).value < 0.4
    assert plan.rates.request.value == 0.5
    assert plan.rates.request.value + plan.rates.settled.value + plan.rates.callback.value <= 1
    assert (plan.policy.calls_at_once, plan.callers) == (12, 3)
    assert plan.volunteers.number == 100
    assert prepared.sources["answers"] == prepared.sources["requests"] == "typed"


def test_a_typed_cohort_is_spread_by_population(session: Session, settings: Settings, clock: FrozenClock) -> None:
    plan = planning.prepare(session, settings, clock.now(), None, Typed(people=714_000, advisers=3)).plan
    assert plan.cohort.people == 714_000
    there = plan.cohort.departments
    # Nord 2.6 million people of 68, Lozère 77,000.
    assert there["59"] == pytest.approx(714_000 * 2.6 / 68, rel=0.1)
    assert there["48"] == pytest.approx(714_000 * 0.077 / 68, rel=0.15)
    assert there["75"] == pytest.approx(714_000 * 2.1 / 68, rel=0.1)


def test_parts_of_departments_are_kept(session: Session, settings: Settings, clock: FrozenClock) -> None:
    typed = Typed(people=100, departments={"75": 3, "974": 1}, advisers=1)
    assert planning.prepare(session, settings, clock.now(), None, typed).plan.cohort.departments == {
        "75": 75,
        "974": 25,
    }


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        (Typed(), "name a campaign, or say how many"),
        (Typed(people=0, advisers=1), "one person at least"),
        (Typed(people=10, advisers=0), "at least one adviser"),
        (Typed(people=10), "at least one adviser"),
        (Typed(people=10, advisers=1, departments={"99": 1}), "no department '99'"),
        (Typed(people=10, advisers=1, departments={"75": 0}), "more than 0"),
        (Typed(people=10, advisers=1, answer_rate=1.2), "between 0 and 1"),
        (Typed(people=10, advisers=1, lines=0), "calls_at_once must be"),
        (Typed(people=10, advisers=1, windows="10-12"), "hours must be a list of windows"),
        (Typed(people=10, advisers=1, places=-1), "0 places or more"),
        (Typed(people=6_000_000, advisers=1), "at most"),
    ],
)
def test_bad_input_gets_one_sentence(
    session: Session, settings: Settings, clock: FrozenClock, typed: Typed, sentence: str
) -> None:
    with pytest.raises(BadInput, match=sentence) as refused:
        planning.prepare(session, settings, clock.now(), None, typed)
    assert "\n" not in str(refused.value)


def test_an_unknown_campaign_and_a_wrong_day_are_refused(
    session: Session, settings: Settings, clock: FrozenClock
) -> None:
    with pytest.raises(UnknownCampaign):
        planning.prepare(session, settings, clock.now(), "nowhere", Typed())
    with pytest.raises(BadInput, match="2027-01-04"):
        planning.moment("4 January")
    assert planning.moment("2027-01-04") == datetime(2027, 1, 3, 23, tzinfo=UTC)
