"""The jobs, against a scripted carrier: who is called, when, how often, and what failures come to."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select

from dialer.scheduler import Dialer, run_dialer
from outreach.database.models import Alert, Campaign
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, CampaignStatus, ContactState, Purpose
from outreach.runtime import Runtime
from outreach.services import carrier_facts, listening, retention
from outreach.services.carrier_facts import CarrierStatus
from outreach.services.retention import Purged
from outreach.settings import SettingError
from tests.dialer.conftest import World
from tests.dialer.fakes import FakeCarrier, RunningClock
from tests.factories import a_landline, a_mobile
from tests.serving import until

PARIS = ZoneInfo("Europe/Paris")
CALLS = ContactPolicy(announce_sms=False, calls_per_second=200)


@pytest.fixture
def running(runtime: Runtime, world: World) -> RunningClock:
    """Time that goes by by itself, from a Tuesday morning on."""
    clock = RunningClock(runtime.clock.now())
    runtime.clock = clock
    return clock


@contextmanager
def at_work(runtime: Runtime, dialers: int = 1) -> Iterator[Dialer]:
    with ExitStack() as stack:
        working = [Dialer(runtime) for _ in range(dialers)]
        for one in working:
            one.start()
            stack.callback(one.stop)
        yield working[0]


def _tick(runtime: Runtime, times: int = 1) -> None:
    """Every job, once, and all that it set going: what did not happen then does not happen."""
    dialer = Dialer(runtime)
    for _ in range(times):
        dialer.open()
        dialer.dispatcher.run()
        dialer.reconciler.run()
        dialer.expire()
        assert dialer.dispatcher.wait_idle(10)


def _rang(runtime: Runtime, world: World, status: CarrierStatus = CarrierStatus.NO_ANSWER) -> None:
    with runtime.transaction() as session:
        for attempt in world.attempts():
            if attempt.status != AttemptStatus.ENDED:
                carrier_facts.carrier_status(session, attempt.id, status, runtime.clock.now())


def test_everybody_due_is_called_once_by_however_many_dialers(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(people=30, rules=CALLS)
    with at_work(runtime, dialers=3):
        until(lambda: len(carrier.placed()) >= 30, 40)
        until(lambda: {one.status for one in world.attempts()} == {AttemptStatus.PLACED})
    _tick(runtime, times=2)
    assert set(Counter(call.one("To") for call in carrier.placed()).values()) == {1}
    assert {attempt.carrier_id for attempt in world.attempts()} == set(carrier.held)
    assert {attempt.status for attempt in world.attempts()} == {AttemptStatus.PLACED}


def test_calls_at_once_hold_over_all_dialers(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(people=10, rules=ContactPolicy(announce_sms=False, calls_per_second=200, calls_at_once=4))
    with at_work(runtime, dialers=3):
        until(lambda: len(carrier.placed()) == 4)
    _tick(runtime, times=3)
    assert len(carrier.placed()) == 4


def test_a_campaign_that_is_full_does_not_keep_another_waiting(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(people=4, rules=ContactPolicy(announce_sms=False, calls_per_second=200, calls_at_once=1))
    running.advance(timedelta(seconds=5))
    world.enrol(people=3, rules=CALLS, campaign_name="another")
    with at_work(runtime):
        until(lambda: len(carrier.placed()) == 4)


@pytest.mark.parametrize(
    ("department", "postal_code", "at"),
    [
        ("94", "94800", datetime(2026, 11, 24, 9, 59, 0)),
        ("94", "94800", datetime(2026, 11, 24, 13, 0, 1)),
        ("94", "94800", datetime(2026, 11, 24, 19, 0, 1)),
        ("94", "94800", datetime(2026, 11, 28, 10, 30)),
        ("94", "94800", datetime(2026, 12, 25, 10, 30)),
        ("67", "67000", datetime(2026, 12, 26, 10, 30)),
        ("974", "97400", datetime(2026, 11, 24, 10, 30)),
        ("972", "97200", datetime(2026, 11, 24, 10, 30)),
    ],
)
def test_rule_01_nobody_is_called_outside_their_own_hours(
    runtime: Runtime, world: World, carrier: FakeCarrier, department: str, postal_code: str, at: datetime
) -> None:
    world.enrol(rules=CALLS, department=department, postal_code=postal_code)
    runtime.clock = RunningClock(at.replace(tzinfo=PARIS))
    _tick(runtime, times=3)
    assert carrier.placed() == []


def test_rule_01_nothing_is_placed_that_would_ring_after_hours_on_a_fast_clock(
    runtime: Runtime, world: World, carrier: FakeCarrier
) -> None:
    world.enrol(people=3, rules=CALLS)
    runtime.clock = RunningClock(datetime(2026, 11, 24, 12, 56, tzinfo=PARIS), rate=400)
    _tick(runtime, times=3)
    assert carrier.placed() == []


def test_rule_02_no_second_ring_within_48_hours_and_no_fifth_in_30_days(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(rules=CALLS, phones=(a_landline(), a_mobile()))
    rings: list[datetime] = []
    for _ in range(33 * 4):
        placed = len(carrier.placed())
        _tick(runtime)
        if len(carrier.placed()) > placed:
            rings.append(runtime.clock.now())
            _rang(runtime, world)
        running.advance(timedelta(hours=6))
    assert len(rings) == 4
    assert all(later - earlier >= timedelta(hours=48) for earlier, later in pairwise(rings))
    assert world.contact().state == ContactState.EXHAUSTED


def test_rule_04_a_caller_outside_the_allowed_ranges_stops_the_start(runtime: Runtime, world: World) -> None:
    for caller in ("+33612345678", "+33712345678", "+33891234567", "+33123456789"):
        runtime.settings = runtime.settings.model_copy(update={"caller_numbers": f"+33162000001,{caller}"})
        runtime.settings.__dict__.pop("callers", None)
        with pytest.raises(SettingError, match="CALLER_NUMBERS"):
            run_dialer(runtime, threading.Event())


def test_rule_05_the_announcement_that_leaves_is_the_neutral_one(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(rules=ContactPolicy(), phones=(a_mobile(),))
    with at_work(runtime):
        until(lambda: carrier.placed("Messages"))
    _tick(runtime, times=2)
    (sms,) = carrier.placed("Messages")
    assert sms.one("Body").startswith("Assurance Maladie : notre assistant automatique")
    assert "Exemple" not in sms.one("Body")
    (attempt,) = world.attempts()
    assert attempt.purpose == Purpose.ANNOUNCEMENT
    assert sms.one("StatusCallback").endswith(f"/carrier/sms/status?attempt={attempt.id}")
    assert carrier.placed() == []


@pytest.mark.parametrize(
    ("refusal", "disposition", "state"),
    [
        ((400, 21211), Disposition.INVALID_NUMBER, ContactState.NO_PHONE),
        ((400, 21214), Disposition.INVALID_NUMBER, ContactState.NO_PHONE),
        ((429, 20429), Disposition.NEVER_PLACED, ContactState.WAITING),
        ((400, 99999), Disposition.CARRIER_ERROR, ContactState.WAITING),
    ],
)
def test_a_refusal_ends_the_attempt_without_a_ring(
    runtime: Runtime,
    world: World,
    running: RunningClock,
    carrier: FakeCarrier,
    refusal: Any,
    disposition: Disposition,
    state: ContactState,
) -> None:
    world.enrol(rules=CALLS)
    carrier.script = [refusal]
    with at_work(runtime):
        until(lambda: any(one.disposition for one in world.attempts()))
    _tick(runtime, times=2)
    (attempt,) = world.attempts()
    assert (attempt.disposition, attempt.rang, attempt.error_code) == (disposition, False, refusal[1])
    assert world.contact().state == state
    assert len(carrier.placed()) == 1


def test_wrong_credentials_pause_the_campaign_and_say_what_to_do(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(people=5, rules=CALLS)
    carrier.script = [(401, 20003)] * 50
    with at_work(runtime):
        until(lambda: _campaign(runtime).status == CampaignStatus.PAUSED)
    tried = len(carrier.placed())
    _tick(runtime, times=2)
    assert len(carrier.placed()) == tried
    with runtime.transaction() as session:
        alert = session.scalars(select(Alert)).first()
        assert alert is not None
        assert "TWILIO_AUTH_TOKEN" in alert.what_to_do


def _campaign(runtime: Runtime) -> Campaign:
    with runtime.transaction() as session:
        return session.scalars(select(Campaign)).one()


def test_a_blocked_mobile_gets_no_more_sms(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(rules=ContactPolicy(), phones=(a_mobile(),))
    carrier.script = [(400, 21610)]
    with at_work(runtime):
        until(world.suppressions)
    assert {one.scope for one in world.suppressions()} == {"sms"}
    assert world.attempts()[0].disposition == Disposition.BLOCKED


def test_a_job_that_fails_is_counted_and_the_others_go_on(
    runtime: Runtime,
    world: World,
    running: RunningClock,
    carrier: FakeCarrier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.enrol(rules=CALLS)

    def broken(*_: object) -> int:
        raise RuntimeError("+33199001234 Odette")

    monkeypatch.setattr("dialer.scheduler.telephone.expire", broken)
    with at_work(runtime) as dialer:
        until(carrier.placed)
        until(lambda: 'job="expire"} 1.0' in _figures(dialer))


def _figures(dialer: Dialer) -> str:
    from prometheus_client import generate_latest

    return generate_latest(dialer.metrics.registry).decode()


def test_a_stop_ends_within_five_seconds_though_the_carrier_hangs(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(people=3, rules=CALLS)
    with runtime.transaction() as session:
        listening.agent_answered(session, uuid4())
    hang = threading.Event()
    carrier.before_answering = lambda: hang.wait(20)
    stop = threading.Event()
    thread = threading.Thread(target=run_dialer, args=(runtime, stop), daemon=True)
    thread.start()
    until(carrier.placed)
    began = time.monotonic()
    stop.set()
    thread.join(6)
    assert not thread.is_alive()
    assert time.monotonic() - began < 5
    placing = [attempt for attempt in world.attempts() if attempt.status == AttemptStatus.PLACING]
    assert len(placing) == len(carrier.placed())
    hang.set()
    # Released, the carrier answers, and the threads that still lived record it.
    until(lambda: not any(one.status == AttemptStatus.PLACING for one in world.attempts()))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_dialers_figures_are_served_on_loopback_while_it_runs(runtime: Runtime, world: World) -> None:
    port = _free_port()
    runtime.settings = runtime.settings.model_copy(update={"dialer_metrics_port": port})
    stop = threading.Event()
    thread = threading.Thread(target=run_dialer, args=(runtime, stop), daemon=True)
    thread.start()

    def read() -> str | None:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/metrics", timeout=5).text
        except httpx.ConnectError:
            return None

    page = until(read)
    assert "relais_placed_total" in page
    assert "relais_job_failures_total" in page
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    assert read() is None


def test_what_was_claimed_but_not_sent_is_given_back_at_a_stop(
    runtime: Runtime,
    world: World,
    running: RunningClock,
    carrier: FakeCarrier,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.enrol(rules=CALLS)
    dialer = Dialer(runtime)
    claim = dialer.dispatcher._claimed

    def then_stopped(how: Any, limit: int) -> Any:
        claimed = claim(how, limit)
        if claimed:
            dialer.dispatcher._stopping.set()
        return claimed

    monkeypatch.setattr(dialer.dispatcher, "_claimed", then_stopped)
    dialer.start()
    until(lambda: any(one.disposition for one in world.attempts()))
    dialer.stop()
    assert carrier.placed() == []
    assert world.attempts()[0].disposition == Disposition.NEVER_PLACED
    assert world.contact().state == ContactState.WAITING


def test_a_carrier_that_is_away_costs_few_tries(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(people=20, rules=CALLS)
    runtime.settings = runtime.settings.model_copy(update={"carrier_api_url": "http://127.0.0.1:9"})
    with at_work(runtime):
        until(world.attempts)
    assert len(world.attempts()) < 20
    assert {attempt.disposition for attempt in world.attempts()} <= {None, Disposition.NEVER_PLACED}


def test_two_of_one_household_are_never_called_at_the_same_moment(
    runtime: Runtime, world: World, running: RunningClock, carrier: FakeCarrier
) -> None:
    world.enrol(people=2, rules=CALLS, phones=("0199004321",))
    with at_work(runtime, dialers=2):
        until(carrier.placed)
    _tick(runtime, times=3)
    assert len(carrier.placed()) == 1


def test_rule_14_the_dialer_empties_everything_that_was_kept_long_enough(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [Purged(conversations=200, is_all=False), Purged(people=3)]
    monkeypatch.setattr(retention, "purge", lambda *_: left.pop(0))
    Dialer(runtime).purge()
    assert not left
