"""A real Rasa with the trained model and a real action server, on free ports, for the tests that need them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from relais.training import ensure_model

PROJECT = Path(__file__).resolve().parents[2]
BOT = PROJECT / "bot"
RASA = PROJECT / ".venv-rasa" / "bin" / "rasa"
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "CUDA_VISIBLE_DEVICES": "-1",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "PYTHONWARNINGS": "ignore",
}


def trained_model() -> Path:
    """The model of the present sources, from the cache that `relais bot` uses."""
    return ensure_model(PROJECT / "var")


@dataclass(frozen=True, slots=True)
class RunningBot:
    url: str
    actions_url: str
    actions_log: Path
    rasa_log: Path

    def send(self, conversation: UUID, message: str) -> list[dict[str, Any]]:
        """One message over the REST channel, as the telephone webhooks send it."""
        answer = httpx.post(
            f"{self.url}/webhooks/rest/webhook",
            json={"sender": str(conversation), "message": message},
            timeout=30,
        )
        answer.raise_for_status()
        return list(answer.json())


@contextmanager
def running_bot(database_url: str, var: Path, clock: str | None = None) -> Iterator[RunningBot]:
    """Both servers, stopped at the end."""
    var.mkdir(parents=True, exist_ok=True)
    rasa_port, actions_port = _free_port(), _free_port()
    logs = (var / "actions.log", var / "rasa.log")
    environment = {**os.environ, **QUIET, "DATABASE_URL": database_url, "RELAIS_VAR": str(var)}
    if clock is not None:
        environment["RELAIS_CLOCK"] = clock
    actions = [sys.executable, "-m", "bot.actions", "--port", str(actions_port)]
    rasa_environment = {
        **environment,
        "RASA_ACTION_URL": f"http://127.0.0.1:{actions_port}/webhook",
    }
    rasa = [str(RASA), "run", "-i", "127.0.0.1", "-p", str(rasa_port), "-m", str(trained_model())]
    with (
        _process(actions, PROJECT, environment, logs[0]) as first,
        _process(rasa, BOT, rasa_environment, logs[1]) as second,
    ):
        _wait(f"http://127.0.0.1:{actions_port}/health", first, logs[0])
        _wait(f"http://127.0.0.1:{rasa_port}/", second, logs[1])
        yield RunningBot(f"http://127.0.0.1:{rasa_port}", f"http://127.0.0.1:{actions_port}", *logs)


@contextmanager
def _process(
    command: Sequence[str], folder: Path, environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"a server ended early, see {log}:\n{log.read_text()[-2000:]}")
        try:
            if httpx.get(url, timeout=1).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"no answer from {url}, see {log}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
