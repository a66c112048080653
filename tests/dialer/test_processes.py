"""The dialer as a process: stopped politely, and killed in the middle."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from outreach.clock import FrozenClock
from outreach.database.models import Listener
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus
from outreach.runtime import Runtime
from tests.dialer.conftest import PUBLIC, World
from tests.dialer.fakes import FakeCarrier
from tests.serving import until

PROJECT = Path(__file__).parents[2]
CALLS = ContactPolicy(announce_sms=False, calls_per_second=200)

Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start(runtime: Runtime, clock: FrozenClock) -> Iterator[Start]:
    """Starts `relais dialer` on the test's database and carrier."""
    settings = runtime.settings
    environment = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": str(settings.database_url),
        "PUBLIC_URL": PUBLIC,
        "CARRIER_API_URL": settings.carrier_api_url,
        "TWILIO_ACCOUNT_SID": str(settings.twilio_account_sid),
        "TWILIO_AUTH_TOKEN": str(settings.twilio_auth_token),
        "CALLER_NUMBERS": settings.caller_numbers,
        "RELAIS_SECRET_KEY": str(settings.relais_secret_key),
        "RELAIS_VAR": str(settings.relais_var),
        "RELAIS_CLOCK": clock.now().isoformat(),
    }
    started: list[subprocess.Popen[bytes]] = []
    with runtime.transaction() as session:
        # As if calls were taken: no webhooks run here.
        session.add(Listener(id=uuid4(), answered_wall=datetime.now(UTC) + timedelta(hours=1)))

    def one() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "relais", "dialer"]
        started.append(subprocess.Popen(command, env=environment, cwd=PROJECT, stderr=subprocess.DEVNULL))
        return started[-1]

    yield one
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def test_sigterm_ends_it_at_once(world: World, carrier: FakeCarrier, start: Start) -> None:
    world.enrol(people=3, rules=CALLS)
    dialer = start()
    until(lambda: len(carrier.held) == 3, 30)
    until(lambda: not any(one.status == AttemptStatus.PLACING for one in world.attempts()))
    began = time.monotonic()
    dialer.send_signal(signal.SIGTERM)
    assert dialer.wait(6) == 0
    assert time.monotonic() - began < 5


def test_a_dialer_killed_while_placing_is_replaced_without_a_double(
    runtime: Runtime, world: World, carrier: FakeCarrier, start: Start
) -> None:
    world.enrol(people=4, rules=CALLS)
    carrier.created = world.clock.now()
    killed, hang = threading.Event(), threading.Event()
    carrier.before_answering = lambda: killed.is_set() or hang.wait(20)
    dialer = start()
    until(lambda: len(carrier.held) >= 2, 30)
    dialer.send_signal(signal.SIGKILL)
    dialer.wait()
    killed.set()
    hang.set()
    with runtime.transaction() as session:  # the lease of what was claimed but not sent has run out
        session.execute(text("update attempts set heard_wall = heard_wall - interval '1 minute'"))
    start()
    until(lambda: all(one.carrier_id or one.disposition == Disposition.NEVER_PLACED for one in world.attempts()), 60)
    until(lambda: len({one.number for one in world.attempts()}) == 4)
    until(lambda: not any(one.status == AttemptStatus.PLACING for one in world.attempts()), 60)
    numbers = [call.one("To") for call in carrier.placed()]
    assert len(numbers) == len(set(numbers)) == len(carrier.held)
    assert {one.carrier_id for one in world.attempts() if one.carrier_id} == set(carrier.held)
