"""A campaign that fails is paused once, with a reason and an alert; a good one never is."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from outreach.clock import FrozenClock
from outreach.database.models import Alert, Attempt, AuditEntry, Campaign
from outreach.domain.breaker import AGENT, CARRIER, LASTING, EndedCall, Rule, hang_up_rule, tripped, trips
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.rates_publication import WHOLE, Line
from outreach.domain.words import AlertKind, AttemptStatus, CampaignStatus, Channel, Direction, Purpose
from outreach.errors import Refused
from outreach.runtime import Runtime
from outreach.services import alerts, breaker, campaigns
from tests.factories import a_campaign, a_contact, a_patient
from tests.outreach.test_rates_publication import FEW, reader_of, small_cells

BEGIN = datetime(2026, 11, 24, 9, tzinfo=UTC)
_PEOPLE = st.one_of(st.just(0), st.integers(1, 10), st.integers(11, 60))
rules = st.sampled_from([CARRIER, AGENT, hang_up_rule(0, 0), hang_up_rule(40, 400)])


def _every(seconds: float, outcomes: list[bool]) -> list[tuple[datetime, bool]]:
    return [(BEGIN + timedelta(seconds=seconds * position), failed) for position, failed in enumerate(outcomes)]


@given(st.tuples(_PEOPLE, _PEOPLE, _PEOPLE, _PEOPLE, _PEOPLE))
def test_rule_15_no_few_people_follow_from_the_last_calls(groups: tuple[int, int, int, int, int]) -> None:
    failed, nobody, early, away, others = groups
    answered = early + away + others
    counts = {
        "ended": failed + nobody + answered,
        "carrier_failed": failed,
        "answered": answered,
        "hung_up_early": early,
        "agent_away": away,
    }
    shown = breaker.shown_of(counts)
    rows = {WHOLE: Line(counts, counts)}
    hidden = {(WHOLE, name) for name in counts if name not in shown}
    reader = reader_of(breaker.LAST_CALLS, rows, hidden)
    reader.holds((WHOLE, "answered"), [(WHOLE, "hung_up_early"), (WHOLE, "agent_away")])
    few = small_cells(breaker.LAST_CALLS, rows, hidden)
    if others in FEW:
        few.append(({(WHOLE, "answered"): 1, (WHOLE, "hung_up_early"): -1, (WHOLE, "agent_away"): -1}, others))
    assert reader.told(few, FEW) == []


@given(rules, st.integers(0, 500))
def test_what_always_fails_trips_whatever_went_well_before(rule: Rule, good: int) -> None:
    assert trips(rule, _every(5, [False] * good + [True] * 30))


@given(rules, st.lists(st.booleans(), max_size=5))
def test_a_handful_of_calls_proves_nothing(rule: Rule, outcomes: list[bool]) -> None:
    assert not trips(rule, _every(60, outcomes))


@given(rules, st.integers(1, 200), st.integers(60, 200))
def test_what_comes_back_within_a_minute_needs_no_human(rule: Rule, failures: int, good: int) -> None:
    short = (LASTING.total_seconds() - 1) / failures
    burst = _every(short, [True] * failures)
    after = [(burst[-1][0] + timedelta(seconds=5 * n), False) for n in range(1, good)]
    assert not trips(rule, burst + after)


@hypothesis_settings(deadline=None, max_examples=50)
@given(rules, st.integers(0, 10**9))
def test_the_usual_share_of_failures_is_no_alarm_and_the_alarming_one_is(rule: Rule, seed: int) -> None:
    draw = random.Random(seed)
    assert not trips(rule, _every(5, [draw.random() < 0.8 * rule.usual for _ in range(500)]))
    assert trips(rule, _every(5, [draw.random() < min(0.95, 1.2 * rule.alarming) for _ in range(500)]))


def test_a_campaign_whose_people_hang_up_often_is_measured_by_its_own_past() -> None:
    calls = [EndedCall(BEGIN + timedelta(seconds=5 * n), False, True, n % 3 == 0, agent_away=False) for n in range(300)]
    assert tripped(calls, 0, 0) is None
    assert tripped(calls, 300, 1000) is None
    assert tripped(calls, 50, 1000) is AlertKind.HANG_UPS


def _ended(campaign: Campaign, clock: FrozenClock, disposition: Disposition, talked: int = 60) -> Attempt:
    """One call that ended now."""
    flags = FLAGS[disposition]
    return Attempt(
        id=uuid4(),
        patient_id=campaign_person[campaign.name],
        campaign_id=campaign.id,
        channel=Channel.VOICE,
        direction=Direction.OUTBOUND,
        purpose=Purpose.CALL,
        number="+33199000001",
        caller="+33162000001",
        status=AttemptStatus.ENDED,
        disposition=disposition,
        rang=flags.rang,
        human_answered=flags.human_answered,
        claimed_at=clock.now(),
        answered_at=clock.now() - timedelta(seconds=talked) if flags.human_answered else None,
        ended_at=clock.now(),
        claimed_wall=clock.now(),
        heard_wall=clock.now(),
    )


campaign_person: dict[str, object] = {}


@pytest.fixture
def happens(runtime: Runtime, clock: FrozenClock) -> Callable[..., None]:
    with runtime.transaction() as session:
        for name in ("ald-2026", "other"):
            campaign = a_campaign(session, clock.now(), name=name)
            patient = a_patient(session, clock.now())
            a_contact(session, campaign, patient, clock.now())
            campaign_person[name] = patient.id

    def calls(count: int, disposition: Disposition, talked: int = 60, name: str = "ald-2026") -> None:
        with runtime.transaction() as session:
            campaign = campaigns.get(session, name)
            for _ in range(count):
                clock.advance(timedelta(seconds=6))
                session.add(_ended(campaign, clock, disposition, talked))

    return calls


def _check(runtime: Runtime, clock: FrozenClock) -> list[str]:
    with runtime.transaction() as session:
        return breaker.check(session, clock.now())


@pytest.mark.parametrize(
    ("disposition", "talked", "kind"),
    [
        (Disposition.CARRIER_ERROR, 0, AlertKind.CARRIER_FAILS),
        (Disposition.NEVER_PLACED, 0, AlertKind.CARRIER_FAILS),
        (Disposition.UNREACHABLE, 0, AlertKind.CARRIER_FAILS),
        (Disposition.HUNG_UP, 3, AlertKind.HANG_UPS),
        (Disposition.ABANDONED, 4, AlertKind.HANG_UPS),
        (Disposition.APOLOGY, 20, AlertKind.AGENT_AWAY),
    ],
)
def test_a_campaign_that_fails_is_paused_with_an_alert_and_the_others_go_on(
    runtime: Runtime,
    clock: FrozenClock,
    happens: Callable[..., None],
    disposition: Disposition,
    talked: int,
    kind: AlertKind,
) -> None:
    happens(40, Disposition.CONVERSATION)
    happens(40, Disposition.CONVERSATION, name="other")
    assert _check(runtime, clock) == []
    happens(35, disposition, talked)
    assert _check(runtime, clock) == ["ald-2026"]
    with runtime.transaction() as session:
        campaign = campaigns.get(session, "ald-2026")
        assert (campaign.status, campaign.status_reason) == (CampaignStatus.PAUSED, kind)
        assert campaigns.get(session, "other").status == CampaignStatus.RUNNING
        (alert,) = alerts.of_campaign(session, campaign)
        assert alert.kind == kind
        assert "reprenez la campagne" in alert.what_to_do
        (entry,) = session.query(AuditEntry).filter_by(act="campaign_paused").all()
        assert (entry.login, entry.reason) == ("relais", kind)


@pytest.mark.parametrize(
    ("disposition", "talked"),
    [
        (Disposition.NO_ANSWER, 0),
        (Disposition.BUSY, 0),
        (Disposition.MACHINE, 0),
        (Disposition.INVALID_NUMBER, 0),
        (Disposition.HUNG_UP, 9),
        (Disposition.CONVERSATION, 2),
    ],
)
def test_what_is_no_failure_pauses_nothing(
    runtime: Runtime, clock: FrozenClock, happens: Callable[..., None], disposition: Disposition, talked: int
) -> None:
    happens(60, disposition, talked)
    assert _check(runtime, clock) == []


def test_the_window_starts_anew_after_a_resumption_and_a_second_trip_is_a_new_alert(
    runtime: Runtime, clock: FrozenClock, happens: Callable[..., None]
) -> None:
    happens(35, Disposition.CARRIER_ERROR)
    assert _check(runtime, clock) == ["ald-2026"]
    assert _check(runtime, clock) == []
    clock.advance(timedelta(minutes=3))
    with runtime.transaction() as session:
        campaign = campaigns.resume(session, "ald-2026", clock.now(), "dominique")
        assert alerts.of_campaign(session, campaign) == []
        assert session.query(Alert).one().settled_by == "dominique"
    assert _check(runtime, clock) == []
    happens(10, Disposition.CARRIER_ERROR)
    assert _check(runtime, clock) == []
    happens(25, Disposition.CARRIER_ERROR)
    assert _check(runtime, clock) == ["ald-2026"]
    with runtime.transaction() as session:
        assert session.query(Alert).count() == 2


def test_many_dialers_pause_once_and_raise_one_alert(
    runtime: Runtime, clock: FrozenClock, happens: Callable[..., None]
) -> None:
    happens(35, Disposition.APOLOGY)
    paused: list[str] = []
    together = threading.Barrier(6)

    def check() -> None:
        together.wait()
        paused.extend(_check(runtime, clock))

    dialers = [threading.Thread(target=check) for _ in range(6)]
    for dialer in dialers:
        dialer.start()
    for dialer in dialers:
        dialer.join()
    assert paused == ["ald-2026"]
    with runtime.transaction() as session:
        assert session.query(Alert).one().count == 1
        assert session.query(AuditEntry).filter_by(act="campaign_paused").count() == 1


def test_the_carrier_that_refuses_us_again_adds_to_the_alert_that_is_open(
    runtime: Runtime, clock: FrozenClock, happens: Callable[..., None]
) -> None:
    for _ in range(3):
        clock.advance(timedelta(minutes=1))
        with runtime.transaction() as session:
            # As when somebody set it running by hand, without seeing to the alert.
            for campaign in session.query(Campaign):
                campaign.status = CampaignStatus.RUNNING
            session.flush()
            campaigns.pause_all(session, "carrier_refuses_us", "Vérifiez.", clock.now())
    with runtime.transaction() as session:
        (alert,) = alerts.of_campaign(session, campaigns.get(session, "ald-2026"))
        assert (alert.count, alert.last_at) == (3, clock.now())
        assert alerts.open_by_kind(session)[AlertKind.CARRIER_REFUSES_US] == 2


def test_an_alert_is_acknowledged_once_and_never_one_about_a_person(
    runtime: Runtime, clock: FrozenClock, happens: Callable[..., None]
) -> None:
    with runtime.transaction() as session:
        campaign = campaigns.get(session, "ald-2026")
        alerts.about_a_campaign(session, campaign, AlertKind.HANG_UPS, clock.now())
        (alert,) = alerts.of_campaign(session, campaign)
        alerts.acknowledge(session, alert.id, clock.now(), "dominique")
        alerts.acknowledge(session, alert.id, clock.now(), "andrea")
        assert alert.settled_by == "dominique"
        assert alerts.listed(session) == []
        person = Alert(
            kind=AlertKind.EMERGENCY, patient_id=campaign_person["other"], what_to_do="Rappelez.", at=clock.now()
        )
        session.add(person)
        session.flush()
        assert alerts.patients_are_waiting(session)
        with pytest.raises(Refused):
            alerts.acknowledge(session, person.id, clock.now(), "dominique")
