"""A whole deployment of real processes on ports of its own, at the sandbox, on a clock of its own."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import select

from outreach.clock import SharedClock
from outreach.database.models import Contact, Request
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Role
from outreach.runtime import Runtime
from outreach.services import accounts, campaigns
from outreach.services.patients_import import import_patients
from outreach.settings import Settings
from relais import judge
from relais.supervisor import Supervisor
from relais.training import ensure_model
from relais.up import children
from sandbox.people import write_patients_csv
from sandbox.person import Person
from tests.settings import settings_of

CAMPAIGN = "whole-2026"
PASSWORD = "a password of tests"
STARTS = "2026-11-24T10:30:00+01:00"  # a Tuesday


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


class Deployment:
    """Everything that `relais up --sandbox` runs."""

    def __init__(self, settings: Settings, runtime: Runtime, supervisor: Supervisor, logs: Path) -> None:
        self.logs = logs
        self.settings = settings
        self.runtime = runtime
        self.supervisor = supervisor
        self.network = f"http://127.0.0.1:{settings.sandbox_port}"
        self.desk = f"http://127.0.0.1:{settings.api_port}"

    def enrol(self, people: list[Person], folder: Path, rules: ContactPolicy | None = None) -> None:
        """Imports people and starts their campaign; they are at the other end of their lines."""
        file = folder / "patients.csv"
        write_patients_csv(people, file)
        import_patients(file, CAMPAIGN, self.runtime.transaction, self.runtime.clock)
        documents = [person.document() for person in people]
        httpx.put(f"{self.network}/sandbox/people", json=documents, timeout=30).raise_for_status()
        now = self.runtime.clock.now()
        with self.runtime.transaction() as session:
            accounts.create(session, "camille", PASSWORD, Role.ADVISER, now, by="tests")
            rules = rules or ContactPolicy(announce_sms=False, calls_at_once=6)
            campaigns.create(session, CAMPAIGN, rules, None, now, by="tests")
            campaigns.start(session, CAMPAIGN, now, by="tests")

    def pause(self) -> None:
        """What is under way ends, nothing new begins."""
        with self.runtime.transaction() as session:
            campaigns.pause(session, CAMPAIGN, "tests", self.runtime.clock.now(), by="tests")

    def faults(self, **probabilities: float) -> None:
        httpx.put(f"{self.network}/sandbox/faults", json=probabilities, timeout=10).raise_for_status()

    def clock(self) -> SharedClock:
        assert isinstance(self.runtime.clock, SharedClock)
        return self.runtime.clock

    def kill(self, name: str) -> None:
        """Ends a process outright, with whatever it started; the supervisor brings it back."""
        pid = self.supervisor.pid_of(name)
        assert pid is not None
        os.killpg(pid, signal.SIGKILL)
        self.until(lambda: self.supervisor.pid_of(name) not in {None, pid}, 60)

    def until(self, condition: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "waited too long"
            time.sleep(0.1)

    def states(self) -> dict[str, int]:
        with self.runtime.transaction() as session:
            states = list(session.scalars(select(Contact.state)))
        return {state: states.count(state) for state in states}

    def requests(self) -> int:
        with self.runtime.transaction() as session:
            return len(session.scalars(select(Request.id)).all())

    def log(self) -> dict[str, Any]:
        """What the network saw."""
        document = httpx.get(f"{self.network}/sandbox/log", timeout=30).raise_for_status().json()
        assert isinstance(document, dict)
        return document

    def findings(self) -> list[str]:
        return judge.judge(self.runtime, CAMPAIGN, judge.SandboxLog.read(self.log()))


@contextmanager
def deployed(folder: Path, rate: float) -> Iterator[Deployment]:
    """Starts everything and waits until it is ready; the clock then runs `rate` times as fast."""
    ports = {name: free_port() for name in ("API_PORT", "PHONE_PORT", "SANDBOX_PORT", "BOT", "ACTIONS")}
    environment = {
        "DATABASE_URL": "",
        "RELAIS_VAR": str(folder / "var"),
        "API_PORT": str(ports["API_PORT"]),
        "PHONE_PORT": str(ports["PHONE_PORT"]),
        "SANDBOX_PORT": str(ports["SANDBOX_PORT"]),
        "BOT_URL": f"http://127.0.0.1:{ports['BOT']}",
        "ACTIONS_URL": f"http://127.0.0.1:{ports['ACTIONS']}",
        "PUBLIC_URL": f"http://127.0.0.1:{ports['PHONE_PORT']}",
        "CARRIER_API_URL": f"http://127.0.0.1:{ports['SANDBOX_PORT']}",
        "TWILIO_ACCOUNT_SID": "AC" + "7" * 32,
        "TWILIO_AUTH_TOKEN": "an invented token",
        "CALLER_NUMBERS": "+33162000001",
        "SMS_SENDER": "38000",
        "RELAIS_CLOCK": f"{STARTS}@1",
        "RELAIS_SECRET_KEY": "an invented key for tests alone",
        "SANDBOX_CLOCK_URL": f"http://127.0.0.1:{ports['PHONE_PORT']}",
    }
    settings = settings_of(**{name.lower(): value or None for name, value in environment.items()})
    ensure_model(settings.relais_var)
    with Runtime.start(settings) as runtime:
        specs = children(settings, with_sandbox=True, environment=environment)
        supervisor = Supervisor(specs, folder / "logs", lambda _name, _line: None)
        supervisor.start()
        tending = threading.Thread(target=supervisor.run, daemon=True)
        try:
            supervisor.wait_ready(180)
            tending.start()
            deployment = Deployment(settings, runtime, supervisor, folder / "logs")
            deployment.clock().move(rate=rate)
            yield deployment
        finally:
            supervisor.stop()
