"""What nobody heard of is asked for, and nothing is ever placed twice (DESIGN §6)."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from dialer import reconcile
from dialer.carrier import Carrier
from dialer.metrics import DialerMetrics
from dialer.reconcile import LEASE_SECONDS, LOOK_AFTER_SECONDS, Reconciler
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, ContactState
from outreach.runtime import Runtime
from outreach.services import attempts, claims, sms_claims
from outreach.services.attempts import Claimed
from tests.dialer.conftest import World
from tests.dialer.fakes import FakeCarrier, RunningClock
from tests.dialer.test_jobs import at_work
from tests.factories import a_landline, a_mobile, claim_call
from tests.serving import until

CALLS = ContactPolicy(announce_sms=False, calls_per_second=200)


@pytest.fixture
def running(runtime: Runtime, world: World) -> RunningClock:
    clock = RunningClock(runtime.clock.now())
    runtime.clock = clock
    return clock


@pytest.fixture
def reconciler(runtime: Runtime) -> Reconciler:
    return Reconciler(runtime, Carrier(runtime.settings), DialerMetrics())


def _claim(runtime: Runtime, world: World, *, sms: bool = False) -> Claimed:
    phones = (a_mobile(),) if sms else (a_landline(),)
    world.enrol(rules=ContactPolicy() if sms else CALLS, phones=phones)
    with runtime.transaction() as session:
        claims.open_contacts(session, runtime.clock.now())
    with runtime.transaction() as session:
        claim = sms_claims.claim_sms if sms else claim_call
        claimed = claim(session, runtime.clock.now(), runtime.settings)
    assert claimed is not None
    return claimed


def _age(runtime: Runtime, seconds: float) -> None:
    """Lets real time pass, in the database's eyes."""
    with runtime.transaction() as session:
        ago = text("update attempts set heard_wall = heard_wall - make_interval(secs => :s)")
        session.execute(ago, {"s": seconds})


def _place(runtime: Runtime, claimed: Claimed, number: str | None = None, attempt: UUID | None = None) -> str:
    return Carrier(runtime.settings).place_call(
        attempt or claimed.attempt_id, number or claimed.number, claimed.caller, 25, invented=True
    )


def test_a_dialer_killed_after_the_carrier_accepted_leaves_one_call(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    carrier.created = runtime.clock.now()
    sid = _place(runtime, claimed)
    _age(runtime, LOOK_AFTER_SECONDS + 1)
    reconciler.run()
    attempt = world.attempt(claimed.attempt_id)
    assert (attempt.carrier_id, attempt.status) == (sid, AttemptStatus.PLACED)
    assert world.contact().state == ContactState.ATTEMPTING


def test_a_dialer_killed_before_it_asked_is_waited_for_and_then_given_up(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    _age(runtime, LEASE_SECONDS - 2)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).status == AttemptStatus.PLACING
    _age(runtime, 3)
    reconciler.run()
    attempt = world.attempt(claimed.attempt_id)
    assert (attempt.status, attempt.disposition) == (AttemptStatus.ENDED, Disposition.NEVER_PLACED)
    contact = world.contact()
    assert contact.state == ContactState.WAITING
    assert contact.next_attempt_at is not None
    assert contact.next_attempt_at >= runtime.clock.now() + timedelta(minutes=30)


def test_a_carrier_that_cannot_be_asked_gives_nothing_up(runtime: Runtime, world: World, carrier: FakeCarrier) -> None:
    claimed = _claim(runtime, world)
    _age(runtime, LEASE_SECONDS + 100)
    away = runtime.settings.model_copy(update={"carrier_api_url": "http://127.0.0.1:9"})
    Reconciler(runtime, Carrier(away), DialerMetrics()).run()
    assert world.attempt(claimed.attempt_id).status == AttemptStatus.PLACING


def test_what_the_carrier_has_of_others_is_never_taken_for_ours(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    carrier.created = runtime.clock.now() - timedelta(minutes=5)
    _place(runtime, claimed, attempt=uuid4())  # before the claim
    carrier.created = runtime.clock.now()
    _place(runtime, claimed, number="+33199009999")  # another number
    transferred = _place(runtime, claimed)
    carrier.held[transferred]["direction"] = "outbound-dial"  # a transfer to this number
    from_elsewhere = _place(runtime, claimed)
    carrier.held[from_elsewhere]["from"] = "+33162009999"  # somebody else's campaign in the same account
    _age(runtime, LEASE_SECONDS + 1)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).disposition == Disposition.NEVER_PLACED


def test_an_sms_is_looked_for_in_the_same_way(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world, sms=True)
    carrier.created = runtime.clock.now()
    sid = Carrier(runtime.settings).send_sms(uuid4(), claimed.number, claimed.caller, "…", invented=True)
    carrier.held[sid]["status"] = "delivered"
    _age(runtime, LOOK_AFTER_SECONDS + 1)
    reconciler.run()
    attempt = world.attempt(claimed.attempt_id)
    assert (attempt.carrier_id, attempt.disposition) == (sid, Disposition.SMS_DELIVERED)


@pytest.mark.parametrize(
    ("status", "disposition"),
    [
        ("no-answer", Disposition.NO_ANSWER),
        ("busy", Disposition.BUSY),
        ("failed", Disposition.UNREACHABLE),
        ("completed", Disposition.HUNG_UP),
    ],
)
def test_lost_callbacks_are_asked_for(
    runtime: Runtime,
    world: World,
    carrier: FakeCarrier,
    reconciler: Reconciler,
    status: str,
    disposition: Disposition,
) -> None:
    claimed = _claim(runtime, world)
    sid = _place(runtime, claimed)
    with runtime.transaction() as session:
        attempts.placed(session, claimed.attempt_id, sid, runtime.clock.now())
    carrier.held[sid]["status"] = status
    _age(runtime, reconcile.CALL_SILENCE_SECONDS - 5)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).status == AttemptStatus.PLACED, "its callbacks may still come"
    _age(runtime, 10)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).disposition == disposition
    assert world.contact().state == ContactState.WAITING


def test_a_call_that_goes_on_is_asked_about_but_not_ended(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    sid = _place(runtime, claimed)
    carrier.held[sid]["status"] = "in-progress"
    with runtime.transaction() as session:
        attempts.placed(session, claimed.attempt_id, sid, runtime.clock.now())
    for _ in range(3):
        _age(runtime, reconcile.CALL_SILENCE_SECONDS + 1)
        reconciler.run()
        reconciler.run()
    assert world.attempt(claimed.attempt_id).status == AttemptStatus.IN_PROGRESS
    assert len([one for one in carrier.asked if one.method == "GET"]) == 3, "asked once a silence"


def test_a_machine_that_only_the_carrier_heard_is_no_person_reached(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    sid = _place(runtime, claimed)
    carrier.held[sid] |= {"status": "completed", "answered_by": "machine_start", "duration": "9"}
    with runtime.transaction() as session:
        attempts.placed(session, claimed.attempt_id, sid, runtime.clock.now())
    _age(runtime, reconcile.CALL_SILENCE_SECONDS + 1)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).disposition == Disposition.MACHINE


def test_an_attempt_that_the_carrier_forgot_ends(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    with runtime.transaction() as session:
        attempts.placed(session, claimed.attempt_id, "CA" + "d" * 32, runtime.clock.now())
    _age(runtime, reconcile.CALL_SILENCE_SECONDS + 1)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).status == AttemptStatus.ENDED
    assert world.contact().state == ContactState.WAITING


@pytest.mark.parametrize("fault", ["cut", "half"])
def test_an_answer_lost_on_the_way_never_doubles_a_call(
    runtime: Runtime, world: World, carrier: FakeCarrier, running: RunningClock, fault: str
) -> None:
    world.enrol(people=4, rules=CALLS)
    carrier.script = [fault] * 4
    carrier.created = runtime.clock.now() + timedelta(seconds=1)
    with at_work(runtime):
        until(lambda: [one.status for one in world.attempts()] == [AttemptStatus.PLACED] * 4, 40)
    assert len(carrier.placed()) == len(carrier.held) == len(world.attempts()) == 4
    assert {one.carrier_id for one in world.attempts()} == set(carrier.held)


def test_a_server_error_gives_the_attempt_back_soon_and_the_next_try_places_one_call(
    runtime: Runtime,
    world: World,
    carrier: FakeCarrier,
    running: RunningClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconcile, "OVER_SECONDS", 0.5)
    world.enrol(rules=CALLS)
    carrier.script = [(500, 20500)]
    with at_work(runtime):
        until(lambda: any(one.disposition == Disposition.NEVER_PLACED for one in world.attempts()), 20)
        running.advance(timedelta(minutes=31))
        until(lambda: carrier.held, 20)
    assert len(carrier.held) == 1
    assert len(carrier.placed()) == 2


def test_a_fast_clock_does_not_make_silence_long(runtime: Runtime, world: World, reconciler: Reconciler) -> None:
    claimed: Any = _claim(runtime, world)
    with runtime.transaction() as session:
        attempts.placed(session, claimed.attempt_id, "CA" + "e" * 32, runtime.clock.now())
    runtime.clock = RunningClock(runtime.clock.now(), rate=400)
    _age(runtime, 2.5)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).status == AttemptStatus.ENDED


def test_a_list_that_lags_is_looked_at_once_more_before_the_next_try(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    carrier.created = runtime.clock.now()
    sid = _place(runtime, claimed)
    lagging = carrier.held.pop(sid)
    _age(runtime, LEASE_SECONDS + 1)
    reconciler.run()
    assert world.attempt(claimed.attempt_id).disposition == Disposition.NEVER_PLACED
    carrier.held[sid] = lagging | {"status": "in-progress"}
    _age(runtime, reconcile.SECOND_LOOK_SECONDS + 1)
    reconciler.run()
    attempt = world.attempt(claimed.attempt_id)
    assert (attempt.carrier_id, attempt.status) == (sid, AttemptStatus.IN_PROGRESS)
    assert world.contact().state == ContactState.ATTEMPTING


def test_what_was_really_never_placed_is_looked_for_once_more_only(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    claimed = _claim(runtime, world)
    _age(runtime, LEASE_SECONDS + 1)
    reconciler.run()
    for _ in range(3):
        _age(runtime, reconcile.SECOND_LOOK_SECONDS + 1)
        reconciler.run()
    assert len(carrier.asked) == 2
    assert world.attempt(claimed.attempt_id).disposition == Disposition.NEVER_PLACED
    assert world.contact().state == ContactState.WAITING


def test_two_lost_at_nearly_the_same_moment_for_one_number_each_find_their_own(
    runtime: Runtime, world: World, carrier: FakeCarrier, reconciler: Reconciler
) -> None:
    world.enrol(people=2, rules=ContactPolicy(sms_per_second=1), phones=("0639980077",))
    sids = []
    for _ in range(2):
        with runtime.transaction() as session:
            claims.open_contacts(session, runtime.clock.now())
            claimed = sms_claims.claim_sms(session, runtime.clock.now(), runtime.settings)
        assert claimed is not None
        carrier.created = runtime.clock.now()
        placed = Carrier(runtime.settings).send_sms(
            claimed.attempt_id, claimed.number, claimed.caller, "…", invented=True
        )
        sids.append((claimed.attempt_id, placed))
        runtime.clock.advance(timedelta(seconds=1.5))  # type: ignore[attr-defined]
    # The later one is looked at first.
    with runtime.transaction() as session:
        session.execute(
            text("update attempts set heard_wall = heard_wall - make_interval(secs => 5) where id = :i"),
            {"i": sids[1][0]},
        )
    _age(runtime, LOOK_AFTER_SECONDS + 1)
    reconciler.run()
    assert [(one, world.attempt(one).carrier_id) for one, _ in sids] == sids
