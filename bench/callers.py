"""Three ways to have the same calls placed by the same sandbox: our dialer, a bare HTTP client, a job queue."""

import itertools
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import psutil
import requests
from sqlalchemy import text

from bench import cohort
from bench.deployment import CALL_ACCOUNT, SECRET, free_port
from dialer.hands import HANDS
from outreach.runtime import Runtime
from outreach.services import campaigns
from relais.supervisor import ChildSpec, Supervisor
from relais.up import relais_program

CALLERS = "+33162000001,+33162000002"
RING_SECONDS = 5
"""Short: each call that rings costs the sandbox something, and the ways would pay for one another's."""
_READY_WITHIN = 300.0
_WORKER = "import asyncio, sys; from bench.queue_worker import work; asyncio.run(work(sys.argv[1], int(sys.argv[2])))"


class Street:
    """The sandbox in a process of its own, and the telephone webhooks where calls are to end."""

    def __init__(self, supervisor: Supervisor, ports: dict[str, int]) -> None:
        self._supervisor = supervisor
        self.url = f"http://127.0.0.1:{ports['SANDBOX']}"
        self.public_url = f"http://127.0.0.1:{ports['PHONE']}"

    @staticmethod
    def environment(folder: Path) -> dict[str, str]:
        return {
            "RELAIS_VAR": str(folder / "var"),
            "TWILIO_ACCOUNT_SID": CALL_ACCOUNT,
            "TWILIO_AUTH_TOKEN": SECRET,
            "CALLER_NUMBERS": CALLERS,
            "RELAIS_SECRET_KEY": "an invented key for measurements alone",
            "RELAIS_CLOCK": "",
        }

    @classmethod
    @contextmanager
    def opened(cls, folder: Path, clock: str, runtime: Runtime | None = None) -> Iterator["Street"]:
        """With a runtime, `relais phone` takes in what becomes of the calls; without, the sandbox tells nobody."""
        ports = {"SANDBOX": free_port(), "PHONE": free_port()}
        changes = {
            "SANDBOX_PORT": str(ports["SANDBOX"]),
            "PHONE_PORT": str(ports["PHONE"]),
            "PUBLIC_URL": f"http://127.0.0.1:{ports['PHONE']}",
            "RELAIS_CLOCK": clock,
            "CARRIER_API_URL": f"http://127.0.0.1:{ports['SANDBOX']}",
            "SANDBOX_LOG": str(folder / "network"),
            "SANDBOX_CLOCK_URL": "",
            "SANDBOX_FAULTS": "" if runtime is not None else "lose=1",
        }
        specs = [
            ChildSpec(
                "sandbox", [relais_program(), "sandbox"], f"http://127.0.0.1:{ports['SANDBOX']}/health/ready", changes
            )
        ]
        if runtime is not None:
            changes |= {"DATABASE_URL": _address(runtime), "SANDBOX_CLOCK_URL": f"http://127.0.0.1:{ports['PHONE']}"}
            ready = f"http://127.0.0.1:{ports['PHONE']}/health/ready"
            specs.append(ChildSpec("phone", [relais_program(), "phone"], ready, changes))
        supervisor = Supervisor(specs, folder / "logs", lambda _name, _line: None)
        supervisor.start()
        try:
            supervisor.wait_ready(_READY_WITHIN)
            yield cls(supervisor, ports)
        finally:
            supervisor.stop()

    def close(self) -> None:
        self._supervisor.stop()

    def cpu_seconds(self) -> float:
        return _cpu_seconds(self._supervisor.pid_of("sandbox"))


def _family(pid: int | None) -> list[psutil.Process]:
    assert pid is not None, "a process is gone"
    return [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]


def _cpu_seconds(pid: int | None) -> float:
    return float(sum(sum(process.cpu_times()[:2]) for process in _family(pid)))


def database_cpu_seconds(folder: Path) -> float:
    """Processor time of the embedded server whose files lie there."""
    return _cpu_seconds(int((folder / "postgres" / "postmaster.pid").read_text().split()[0]))


def _address(runtime: Runtime) -> str:
    return runtime.engine.url.render_as_string(hide_password=False)


class Dialer:
    """`relais dialer` itself."""

    name = "dialer"

    def __init__(self, runtime: Runtime, supervisor: Supervisor) -> None:
        self._runtime = runtime
        self._supervisor = supervisor

    @classmethod
    @contextmanager
    def started(cls, runtime: Runtime, street: Street, folder: Path) -> Iterator["Dialer"]:
        """Its campaign is paused until it is told to go."""
        environment = {
            "DATABASE_URL": _address(runtime),
            "CARRIER_API_URL": street.url,
            "PUBLIC_URL": street.public_url,
            "RELAIS_CLOCK": str(runtime.settings.relais_clock),
        }
        supervisor = Supervisor(
            [ChildSpec("dialer", [relais_program(), "dialer"], None, environment)], folder, lambda _name, _line: None
        )
        one = cls(runtime, supervisor)
        one.halt()
        supervisor.start()
        try:
            supervisor.wait_ready(_READY_WITHIN)
            yield one
        finally:
            supervisor.stop()

    def go(self) -> None:
        with self._runtime.transaction() as session:
            campaigns.resume(session, cohort.CAMPAIGN, self._runtime.clock.now(), by="bench")

    def halt(self) -> None:
        with self._runtime.transaction() as session:
            campaigns.pause(session, cohort.CAMPAIGN, "a measurement", self._runtime.clock.now(), by="bench")
        time.sleep(1.0)  # what was claimed is placed
        cohort.end_calls(self._runtime.engine, self._runtime.clock.now())

    def placed(self) -> int:
        return cohort.placed(self._runtime.engine)

    def megabytes(self) -> float:
        """The resident memory of the dialer itself: the largest of its family."""
        family = _family(self._supervisor.pid_of("dialer"))
        return float(max(process.memory_info().rss for process in family) / 1e6)

    def cpu_seconds(self) -> float:
        return _cpu_seconds(self._supervisor.pid_of("dialer"))


class Bare:
    """Threads that post the same forms with `requests`, the client within the carrier's own library, and do no more."""

    name = "bare client"

    def __init__(self, street: Street) -> None:
        self._street = street
        self._ranks = itertools.count()
        self._placed = 0
        self._lock = threading.Lock()
        self._halted = threading.Event()
        self._threads: list[threading.Thread] = []

    @classmethod
    @contextmanager
    def started(cls, street: Street) -> Iterator["Bare"]:
        one = cls(street)
        yield one
        one.halt()

    def go(self) -> None:
        self._halted.clear()
        self._threads = [threading.Thread(target=self._post, daemon=True) for _ in range(HANDS)]
        for thread in self._threads:
            thread.start()

    def halt(self) -> None:
        self._halted.set()
        for thread in self._threads:
            thread.join(15)

    def placed(self) -> int:
        return self._placed

    def cpu_seconds(self) -> float:
        return time.process_time()

    def _post(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = (CALL_ACCOUNT, SECRET)
            url = f"{self._street.url}/2010-04-01/Accounts/{CALL_ACCOUNT}/Calls.json"
            while not self._halted.is_set():
                answer = session.post(url, data=self._form(), timeout=10)
                if answer.status_code != httpx.codes.CREATED or not answer.json()["sid"]:
                    raise RuntimeError(f"the sandbox answered {answer.status_code}")
                with self._lock:
                    self._placed += 1

    def _form(self) -> dict[str, str | list[str]]:
        def callback(path: str) -> str:
            return f"{self._street.public_url}/carrier/{path}?attempt={uuid4()}"

        return {
            "To": cohort.number_of(next(self._ranks) % 1_000_000),
            "From": CALLERS.split(",", maxsplit=1)[0],
            "Url": callback("voice/answer"),
            "Method": "POST",
            "StatusCallback": callback("voice/status"),
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
            "StatusCallbackMethod": "POST",
            "Timeout": str(RING_SECONDS),
            "MachineDetection": "Enable",
            "AsyncAmd": "true",
            "AsyncAmdStatusCallback": callback("voice/amd"),
            "AsyncAmdStatusCallbackMethod": "POST",
        }


class Queue:
    """`bench.queue_worker`, suspended but for its rounds."""

    name = "procrastinate"

    def __init__(self, runtime: Runtime, process: "subprocess.Popen[str]") -> None:
        self._runtime = runtime
        self._process = psutil.Process(process.pid)

    @classmethod
    @contextmanager
    def started(cls, runtime: Runtime, street: Street, jobs: int) -> Iterator["Queue"]:
        url = _address(runtime).replace("postgresql+psycopg://", "postgresql://")
        environment = {
            **os.environ,
            "CARRIER_API_URL": street.url,
            "PUBLIC_URL": street.public_url,
            "PYTHONUNBUFFERED": "1",
        }
        process = subprocess.Popen(
            # Imported, for the queue wants its tasks in a module that has a name.
            [sys.executable, "-c", _WORKER, url, str(jobs)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError("the queue's worker did not start")
            one = cls(runtime, process)
            one.halt()
            yield one
        finally:
            process.kill()
            process.wait()

    def go(self) -> None:
        self._process.resume()

    def halt(self) -> None:
        self._process.suspend()

    def placed(self) -> int:
        with self._runtime.engine.connect() as connection:
            return connection.scalar(text("select count(*) from calls where carrier_id is not null")) or 0

    def cpu_seconds(self) -> float:
        return _cpu_seconds(self._process.pid)
