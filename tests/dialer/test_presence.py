"""Nobody is called while nobody would speak to them."""

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from dialer.phone.app import create_phone_app
from dialer.scheduler import Dialer, Unheard
from outreach.clock import FrozenClock
from outreach.database.models import Alert, Listener
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AlertKind
from outreach.runtime import Runtime
from outreach.services import listening
from tests.dialer.conftest import World
from tests.dialer.fakes import FakeAgent, FakeCarrier
from tests.serving import served, until


def _listens(runtime: Runtime) -> bool:
    with runtime.transaction() as session:
        return listening.somebody_listens(session)


def test_a_process_with_an_agent_tells_until_it_stops(runtime: Runtime, agent: FakeAgent) -> None:
    assert not _listens(runtime)
    with served(create_phone_app(runtime, tells_presence=True)):
        until(lambda: _listens(runtime))
        # Nobody's conversation is opened for that.
        assert set(agent.heard) == {("nobody", "/open")}
    assert not _listens(runtime)


def test_a_process_without_an_agent_tells_nothing(runtime: Runtime, agent: FakeAgent) -> None:
    agent.away = True
    with served(create_phone_app(runtime, tells_presence=True)):
        until(lambda: len(agent.heard) > 0)
        assert not _listens(runtime)


def test_a_process_that_was_killed_is_not_believed_for_long(runtime: Runtime) -> None:
    with runtime.transaction() as session:
        listening.agent_answered(session, uuid4())
        assert listening.somebody_listens(session)
        session.execute(update(Listener).values(answered_wall=func.clock_timestamp() - listening.LATELY))
        assert not listening.somebody_listens(session)
        session.execute(update(Listener).values(answered_wall=func.clock_timestamp() - timedelta(days=2)))
        listening.gone(session, uuid4())
        assert session.scalars(select(Listener)).all() == []


def test_whoever_runs_the_campaign_is_told_once(runtime: Runtime, clock: FrozenClock, world: World) -> None:
    world.enrol()
    for _ in range(2):
        with runtime.transaction() as session:
            listening.nobody_listened(session, clock.now())
    with runtime.transaction() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.kind, alert.count) == (AlertKind.NOBODY_LISTENS, 1)
        assert "reprennent seuls" in alert.what_to_do


def test_nobody_is_called_while_nobody_listens(
    runtime: Runtime, clock: FrozenClock, world: World, carrier: FakeCarrier
) -> None:
    world.enrol(rules=ContactPolicy(announce_sms=False))
    dialer = Dialer(runtime, asks_who_listens=True)
    dialer.open()
    assert dialer.dispatcher.stop(time.monotonic() + 5)
    assert carrier.asked == []
    with runtime.transaction() as session:
        listening.agent_answered(session, uuid4())
    dialer = Dialer(runtime, asks_who_listens=True)
    dialer.dispatcher.run()
    until(lambda: len(carrier.asked) == 1)
    assert dialer.dispatcher.stop(time.monotonic() + 5)


def test_a_silence_is_told_once_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr("dialer.scheduler.time.monotonic", lambda: now)
    unheard = Unheard()
    now += 59
    assert not unheard.for_too_long(somebody_listens=False)
    now += 1
    assert unheard.for_too_long(somebody_listens=False)
    assert not unheard.for_too_long(somebody_listens=False)
    assert not unheard.for_too_long(somebody_listens=True)
    now += 61
    assert unheard.for_too_long(somebody_listens=False)
