"""Rasa's own environment, on Python 3.10, and how its server is run there."""

import os
import signal
import subprocess
from pathlib import Path

from outreach.runtime import Runtime
from outreach.settings import PROJECT, SettingError, Settings
from relais.guard import guarded
from relais.ports import check_port
from relais.training import ensure_model

RASA = PROJECT / ".venv-rasa" / "bin" / "rasa"
BOT_FOLDER = PROJECT / "bot"


def rasa_program() -> Path:
    """Where Rasa is. Raises SettingError with what to type when it isn't there."""
    if not RASA.exists():
        raise SettingError("Rasa's environment is missing; make setup makes it")
    return RASA


def rasa_environment() -> dict[str, str]:
    """The environment of every Rasa command: quiet, calling nobody, and without our settings.

    Rasa's libraries get no security fixes any more: it must not hold the carrier's token, the secret key or the address
    of the patients' database.
    """
    return {
        **{name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields},
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "PYTHONWARNINGS": "ignore",
        "LOG_LEVEL_LIBRARIES": "ERROR",
    }


def run_rasa_server(runtime: Runtime, port: int) -> int:
    """Runs the server until it ends or we are told to; returns its status.

    This process stays its parent, so that the child's command line is `relais bot` for whoever looks for it.
    """
    check_port("BOT_URL", port)
    model = ensure_model(runtime.settings.relais_var)
    environment = rasa_environment() | {
        "RASA_ACTION_URL": f"{runtime.settings.actions_url}/webhook",
    }
    command = [
        str(rasa_program()), "run",
        "--model", str(model),
        "--interface", "127.0.0.1",
        "--port", str(port),
        "--endpoints", "endpoints.yml",
        "--credentials", "credentials.yml",
        "--log-file", os.devnull,
    ]  # fmt: skip
    server = subprocess.Popen(guarded(command), cwd=BOT_FOLDER, env=environment)

    def pass_on(signum: int, _: object) -> None:
        server.send_signal(signum)

    signal.signal(signal.SIGTERM, pass_on)
    signal.signal(signal.SIGINT, pass_on)
    status = server.wait()
    return 0 if status in {0, -signal.SIGTERM, -signal.SIGINT} else 1
