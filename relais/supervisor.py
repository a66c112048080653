"""Runs the processes of DESIGN §2 on one machine: starts them, restarts one that dies, stops them all."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from outreach.errors import BusinessError
from relais.guard import guarded

FIRST_DELAY = 0.5
LONGEST_DELAY = 30.0
HEALTHY_AFTER = 60.0
TERM_GRACE = 7.0
"""Seconds that a child has to end by itself: all are gone within ten."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One process: its name, its command, and the address that answers once it is ready (None: as soon as it runs)."""

    name: str
    command: Sequence[str]
    ready_url: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Child:
    spec: ChildSpec
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    delay: float = FIRST_DELAY
    restart_at: float | None = None
    restarts: int = 0


Tell = Callable[[str, str], None]
"""Told of each line: which child, what it said."""


class Supervisor:
    """Starts children and keeps them running until `stop`. Not thread-safe but for `stop`, which a signal may call."""

    def __init__(self, children: Sequence[ChildSpec], logs: Path, tell: Tell) -> None:
        self._children = [_Child(spec) for spec in children]
        self._logs = logs
        self._tell = tell
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    @property
    def restarts(self) -> dict[str, int]:
        return {child.spec.name: child.restarts for child in self._children}

    def pid_of(self, name: str) -> int | None:
        """The process id of a running child."""
        for child in self._children:
            if child.spec.name == name and child.process is not None and child.process.poll() is None:
                return child.process.pid
        return None

    def start(self) -> None:
        self._logs.mkdir(parents=True, exist_ok=True)
        for child in self._children:
            self._launch(child)

    def _launch(self, child: _Child) -> None:
        environment = {**os.environ, **child.spec.environment, "RELAIS_SUPERVISED": "1", "PYTHONUNBUFFERED": "1"}
        child.process = subprocess.Popen(
            guarded(child.spec.command),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # Its own group: Ctrl-C at the terminal reaches us alone, and we stop the children in order.
            start_new_session=True,
        )
        child.started = time.monotonic()
        child.restart_at = None
        reader = threading.Thread(target=self._read, args=(child.spec.name, child.process), daemon=True)
        reader.start()
        self._threads.append(reader)

    def _read(self, name: str, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        with (self._logs / f"{name}.log").open("ab") as file, process.stdout as lines:
            for line in lines:
                file.write(line)
                file.flush()
                self._tell(name, line.decode(errors="replace").rstrip())

    def tend(self) -> None:
        """Looks at every child once: one that died is started again after a delay that doubles."""
        now = time.monotonic()
        for child in self._children:
            if child.process is None or self._stopping.is_set():
                continue
            if child.restart_at is not None:
                if now >= child.restart_at:
                    child.restarts += 1
                    self._launch(child)
            elif (status := child.process.poll()) is not None:
                if now - child.started > HEALTHY_AFTER:
                    child.delay = FIRST_DELAY
                self._tell(child.spec.name, f"ended with status {status}; starting it again in {child.delay:g} s")
                child.restart_at = now + child.delay
                child.delay = min(child.delay * 2, LONGEST_DELAY)

    def is_ready(self) -> bool:
        """Whether every child runs and answers."""
        return all(self._answers(child) for child in self._children)

    def ready(self) -> set[str]:
        """The names of the children that run and answer."""
        return {child.spec.name for child in self._children if self._answers(child)}

    def _answers(self, child: _Child) -> bool:
        if child.process is None or child.process.poll() is not None:
            return False
        if child.spec.ready_url is None:
            return True
        try:
            return httpx.get(child.spec.ready_url, timeout=2).status_code < 500
        except httpx.HTTPError:
            return False

    def wait_ready(self, timeout: float) -> None:
        """Waits until every child is ready. Raises BusinessError naming those that aren't after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not self.is_ready():
            self.tend()
            if self._stopping.wait(0.2):
                return
            if time.monotonic() > deadline:
                late = [child.spec.name for child in self._children if not self._answers(child)]
                raise BusinessError(
                    f"{', '.join(late)} did not get ready in {timeout:g} s; see the logs in {self._logs}"
                )

    def run(self, each: Callable[[], bool] = lambda: False) -> None:
        """Tends the children until `stop`, or until `each`, called twice a second, answers True."""
        while not self._stopping.wait(0.5):
            self.tend()
            if each():
                return

    def request_stop(self) -> None:
        """Ends `run` and `wait_ready` soon; fit for a signal handler."""
        self._stopping.set()

    @property
    def is_stopping(self) -> bool:
        return self._stopping.is_set()

    def stop(self) -> None:
        """Ends every child: asks, waits, then insists. All are gone within ten seconds."""
        self._stopping.set()
        running = [child.process for child in self._children if child.process is not None]
        for process in running:
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + TERM_GRACE
        for process in running:
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                _signal_group(process)
        for process in running:
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                continue  # the kernel holds it; the others must be waited for all the same
        for reader in self._threads:
            reader.join(0.5)


def _signal(process: subprocess.Popen[bytes], signum: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(signum)


def _signal_group(process: subprocess.Popen[bytes]) -> None:
    """The child leads its own session: whatever it started ends with it."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass  # it ended in between
