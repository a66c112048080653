"""The real processes of a deployment, on free ports of the loopback, with a database and a folder of their own."""

import csv
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psutil

from outreach.domain.policy import ContactPolicy
from outreach.runtime import Runtime
from outreach.services import campaigns, rehearsal
from outreach.services.patients_import import import_patients
from outreach.settings import Settings, load_settings
from relais.supervisor import Supervisor
from relais.training import ensure_model, fingerprint
from relais.up import children

CAMPAIGN = "bench"
STARTS = "2026-11-24T10:30:00+01:00"  # a Tuesday, within calling hours
MEASURED = ("bot", "actions", "phone")
OUR_NUMBER = "+33162000001"
CALL_ACCOUNT = "AC" + "7" * 32
SECRET = "an invented token"


@dataclass(frozen=True, slots=True)
class Person:
    """An invented patient, whose number nobody else has."""

    reference: str
    number: str


@dataclass(frozen=True, slots=True)
class Deployment:
    settings: Settings
    runtime: Runtime
    supervisor: Supervisor

    def begin(self, person: Person) -> UUID:
        """A conversation without a telephone."""
        now = self.runtime.clock.now()
        with self.runtime.transaction() as session:
            patient = rehearsal.patient_by_reference(session, person.reference)
            assert patient is not None
            return rehearsal.begin(session, patient, now)

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Each server with its children: `relais bot` is the parent of Rasa itself."""
        found = {}
        for name in MEASURED:
            pid = self.supervisor.pid_of(name)
            assert pid is not None, f"{name} is gone"
            found[name] = _family(pid)
        postmaster = (self.settings.relais_var / "postgres" / "postmaster.pid").read_text().split()[0]
        found["database"] = _family(int(postmaster))
        return found

    def cpu_seconds(self) -> dict[str, float]:
        return {name: sum(map(_cpu_seconds, family)) for name, family in self.processes().items()}

    def megabytes(self, name: str) -> float:
        """The resident memory of the server itself: the largest of its family."""
        return max(process.memory_info().rss for process in self.processes()[name]) / 1e6


def _family(pid: int) -> list[psutil.Process]:
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _cpu_seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


def invent(runtime: Runtime, folder: Path, how_many: int) -> list[Person]:
    """People of a running campaign, imported as any others."""
    people = [Person(f"BENCH{n:05}", f"063998{n:04}") for n in range(how_many)]
    file = folder / "patients.csv"
    with file.open("w", encoding="utf-8", newline="") as output:
        writer = csv.writer(output)
        writer.writerow(("reference", "civility", "last_name", "first_name", "birth_date", "phone_1", "postal_code"))
        for person in people:
            writer.writerow((person.reference, "MME", "Exemple", "Odette", "1947-03-12", person.number, "94800"))
    now = runtime.clock.now()
    with runtime.transaction() as session:
        campaigns.create(session, CAMPAIGN, ContactPolicy(announce_sms=False), None, now, by="bench")
    import_patients(file, CAMPAIGN, runtime.transaction, runtime.clock)
    return people


@contextmanager
def deployed(folder: Path, model: Path | None) -> Iterator[Deployment]:
    """Rasa, the actions and the telephone webhooks, ready. `model` replaces the one of the present sources."""
    ports = {name: free_port() for name in ("PHONE", "BOT", "ACTIONS")}
    environment = {
        "RELAIS_VAR": str(folder / "var"),
        "PHONE_PORT": str(ports["PHONE"]),
        "BOT_URL": f"http://127.0.0.1:{ports['BOT']}",
        "ACTIONS_URL": f"http://127.0.0.1:{ports['ACTIONS']}",
        "PUBLIC_URL": f"http://127.0.0.1:{ports['PHONE']}",
        # Nobody listens there: nothing is placed here.
        "CARRIER_API_URL": "http://127.0.0.1:9",
        "TWILIO_ACCOUNT_SID": CALL_ACCOUNT,
        "TWILIO_AUTH_TOKEN": SECRET,
        "CALLER_NUMBERS": OUR_NUMBER,
        "RELAIS_CLOCK": STARTS,
        "RELAIS_SECRET_KEY": "an invented key for measurements alone",
    }
    os.environ.update(environment)
    settings = load_settings().model_copy(update={"database_url": None})
    if model is not None:
        models = settings.relais_var / "models"
        models.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(model, models / f"{fingerprint()}.tar.gz")
    ensure_model(settings.relais_var)
    with Runtime.start(settings) as runtime:
        # Named, lest a child take the one of somebody's `.env`.
        os.environ["DATABASE_URL"] = runtime.engine.url.render_as_string(hide_password=False)
        specs = [child for child in children(settings, with_sandbox=False) if child.name in MEASURED]
        supervisor = Supervisor(specs, folder / "logs", lambda _name, _line: None)
        supervisor.start()
        try:
            supervisor.wait_ready(120)
            yield Deployment(settings, runtime, supervisor)
        finally:
            supervisor.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
