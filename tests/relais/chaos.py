"""Three dialers, two webhook processes behind a balancer, actions, Rasa and PostgreSQL: real processes, killed at random."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TypeVar

import httpx
import pytest

from outreach.domain.words import CampaignStatus
from outreach.runtime import DatabaseError, Runtime
from outreach.services import campaigns, watching
from relais import supervisor as supervisors
from relais.supervisor import ChildSpec, Supervisor
from relais.training import ensure_model
from relais.up import relais_program
from tests.relais import postgres_process
from tests.relais.balancer import balanced
from tests.relais.deployment import CAMPAIGN, STARTS, Deployment, free_port
from tests.settings import settings_of

RATE = 60.0
"""Fast enough for a campaign in minutes; slow enough for the seconds of an outage to stay minutes of the patients' day."""

BEFORE_THE_OPENING = timedelta(seconds=4 * RATE)
"""Where a leap over idle hours ends: the network, which asks for the time each second, has four to follow."""

T = TypeVar("T")


class Chaos(Deployment):
    """A deployment whose processes are killed, and which a supervisor brings back as a machine's own does."""

    def __init__(self, *parts: object, database: Supervisor, draw: Random) -> None:
        super().__init__(*parts)  # type: ignore[arg-type]
        self._database = database
        self._draw = draw
        self.kills: Counter[str] = Counter()

    def kill_one(self, name: str) -> None:
        """Ends one process outright, at once: it may be in the middle of anything. Waits for one that is on its way."""
        keeper = self._database if name == "database" else self.supervisor
        self.until(lambda: keeper.pid_of(name) is not None, 60)
        pid = keeper.pid_of(name)
        if pid is None:
            return  # it died by itself in between
        # PostgreSQL's own children end when they see that it is gone; ours are killed with whatever they started.
        try:
            (os.kill if name == "database" else os.killpg)(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        self.kills[name.partition("-")[0]] += 1

    def let_work(self, least: float, most: float) -> None:
        """Lets a random time pass; leaps over the hours in which there is nothing to do.

        Mostly it is a deployment at work that is struck, seldom one that is still coming back.
        """
        if self._draw.random() < 0.8:
            self.until(self._works, 240)
            self._sure(self._resume)
        until = time.monotonic() + self._draw.uniform(least, most)
        while time.monotonic() < until:
            time.sleep(0.05)
            if self._leap():
                return

    def work_until(self, moment: datetime, seconds: float) -> None:
        """Lets it work, nobody being killed, until a moment of the shared clock; for so many real seconds at most."""
        self.until(self.supervisor.is_ready, 240)
        deadline = time.monotonic() + seconds
        while self.clock().now() < moment and time.monotonic() < deadline:
            self.let_work(1, 1)

    def _works(self) -> bool:
        """Whether one of each kind is there; a webhook process that is ready has its database."""
        kinds = {name.partition("-")[0] for name in self.supervisor.ready()}
        return {"dialer", "phone", "actions", "bot"} <= kinds

    def _leap(self) -> bool:
        now = self._sure(self.clock().now)
        idle_until = self._sure(lambda: self._asked(lambda session: watching.idle_until(session, self.clock().now())))
        if now is None or idle_until is None or idle_until - now < 2 * BEFORE_THE_OPENING:
            return False
        # The network must be able to ask for the time: it would place calls at the wrong one.
        self.until(self.supervisor.is_ready, 120)
        self.clock().move(to=idle_until - BEFORE_THE_OPENING)
        self.until(self._network_follows, 60)
        return True

    def _network_follows(self) -> bool:
        said = httpx.get(f"{self.network}/health/ready", timeout=5).json()["now"]
        return abs(self.clock().now().timestamp() - datetime.fromisoformat(said).timestamp()) < 0.7 * RATE

    def _asked(self, question: Callable[..., T]) -> T:
        with self.runtime.transaction() as session:
            return question(session)

    def _sure(self, question: Callable[[], T]) -> T | None:
        """The answer, None while the database is away."""
        try:
            return question()
        except DatabaseError:
            return None

    def come_to_rest(self) -> None:
        """No more faults, no more calls; those under way go on to their end."""
        self.until(lambda: self._sure(lambda: True) is not None and self.supervisor.is_ready(), 300)
        self.faults()
        self.until(lambda: self._sure(self._pause) is not None, 60)
        self.until(lambda: self._sure(lambda: self._asked(watching.busy)) == 0, 300)

    def _resume(self) -> None:
        """As whoever watches does once everything is back: a campaign may have stopped itself meanwhile."""
        with self.runtime.transaction() as session:
            if campaigns.get(session, CAMPAIGN).status == CampaignStatus.PAUSED:
                campaigns.resume(session, CAMPAIGN, self.clock().now(), by="tests")

    def _pause(self) -> bool:
        with self.runtime.transaction() as session:
            if campaigns.get(session, CAMPAIGN).status == CampaignStatus.RUNNING:
                campaigns.pause(session, CAMPAIGN, "the end of the test", self.clock().now(), by="tests")
        return True


@contextmanager
def chaos(folder: Path, database_folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Chaos]:
    """Starts everything and waits until it is ready."""
    # A machine's own supervisor starts again at once what was killed, however often.
    monkeypatch.setattr(supervisors, "HEALTHY_AFTER", 0.0)
    monkeypatch.setattr(supervisors, "FIRST_DELAY", 0.2)
    names = ("BALANCER", "PHONE-1", "PHONE-2", "SANDBOX_PORT", "BOT", "ACTIONS")
    ports = {name: free_port() for name in names}
    local = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    environment = {
        "DATABASE_URL": postgres_process.address(database_folder),
        "RELAIS_VAR": str(folder / "var"),
        "PHONE_PORT": str(ports["PHONE-1"]),
        "SANDBOX_PORT": str(ports["SANDBOX_PORT"]),
        "BOT_URL": local["BOT"],
        "ACTIONS_URL": local["ACTIONS"],
        "PUBLIC_URL": local["BALANCER"],
        "CARRIER_API_URL": local["SANDBOX_PORT"],
        "TWILIO_ACCOUNT_SID": "AC" + "7" * 32,
        "TWILIO_AUTH_TOKEN": "an invented token",
        "CALLER_NUMBERS": "+33162000001,+33163000002",
        "SMS_SENDER": "38000",
        "RELAIS_CLOCK": f"{STARTS}@1",
        "RELAIS_SECRET_KEY": "an invented key for tests alone",
        "SANDBOX_CLOCK_URL": local["BALANCER"],
        "SANDBOX_SEED": str(seed),
    }
    settings = settings_of(**{name.lower(): value for name, value in environment.items()})
    ensure_model(settings.relais_var)
    database = Supervisor([postgres_process.prepared(database_folder)], folder / "logs", lambda _name, _line: None)
    ready = {
        "bot": f"{local['BOT']}/",
        "actions": f"{local['ACTIONS']}/health",
        "phone-1": f"{local['PHONE-1']}/health/ready",
        "phone-2": f"{local['PHONE-2']}/health/ready",
        "sandbox": f"{local['SANDBOX_PORT']}/health/ready",
        **{f"dialer-{number}": None for number in (1, 2, 3)},
    }
    specs = [
        ChildSpec(
            name,
            [relais_program(), name.partition("-")[0]],
            url,
            environment | ({"PHONE_PORT": str(ports[name.upper()])} if name.startswith("phone") else {}),
        )
        for name, url in ready.items()
    ]
    processes = Supervisor(specs, folder / "logs", lambda _name, _line: None)
    database.start()
    tending = [threading.Thread(target=one.run, daemon=True) for one in (database, processes)]
    tending[0].start()
    try:
        postgres_process.make_database(database_folder)
        with Runtime.start(settings) as runtime, balanced(ports["BALANCER"], [ports["PHONE-1"], ports["PHONE-2"]]):
            processes.start()
            try:
                processes.wait_ready(240)
                tending[1].start()
                parts = (settings, runtime, processes, folder / "logs")
                relais = Chaos(*parts, database=database, draw=Random(seed))
                relais.clock().move(rate=RATE)
                yield relais
            finally:
                processes.stop()
    finally:
        database.stop()
