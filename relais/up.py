"""relais up: everything on one machine."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from rich.text import Text

from outreach.errors import BusinessError
from outreach.logs import configure_logs
from outreach.runtime import Runtime
from outreach.settings import Settings, load_settings
from relais.console import err, out, say
from relais.ports import check_port
from relais.supervisor import ChildSpec, Supervisor
from relais.training import ensure_model

READY_WITHIN = 120.0
_COLOURS = {
    "phone": "cyan",
    "api": "magenta",
    "dialer": "green",
    "actions": "yellow",
    "bot": "blue",
    "sandbox": "bright_black",
}


def relais_program() -> str:
    """The command that holds `relais` in its line, for whoever looks for a child by `relais NAME`."""
    return str(Path(sys.executable).with_name("relais"))


def children(
    settings: Settings, *, with_sandbox: bool, environment: Mapping[str, str] | None = None
) -> list[ChildSpec]:
    """The processes of a deployment on one machine, in the order of their starting."""
    local = "http://127.0.0.1"
    ready = {
        "bot": f"{settings.bot_url}/",
        "actions": f"{settings.actions_url}/health",
        "phone": f"{local}:{settings.phone_port}/health/ready",
        "api": f"{local}:{settings.api_port}/health/ready",
        "sandbox": f"{local}:{settings.sandbox_port}/health/ready",
        "dialer": None,
    }
    names = ["bot", "actions", "phone", "api", *(["sandbox"] if with_sandbox else []), "dialer"]
    return [ChildSpec(name, [relais_program(), name], ready[name], environment or {}) for name in names]


def check_ports(settings: Settings, *, with_sandbox: bool) -> None:
    """Raises BusinessError when something else listens where a child must."""
    ports = {
        "API_PORT": settings.api_port,
        "PHONE_PORT": settings.phone_port,
        "BOT_URL": urlsplit(settings.bot_url).port or 80,
        "ACTIONS_URL": urlsplit(settings.actions_url).port or 80,
    }
    if with_sandbox:
        ports["SANDBOX_PORT"] = settings.sandbox_port
    for name, port in ports.items():
        check_port(name, port)


def log_line(name: str, line: str) -> None:
    """One line of the common log, prefixed by the child's name."""
    out.print(Text.assemble((f"{name:>8} ", _COLOURS.get(name, "white")), line), soft_wrap=True)


def supervise(specs: Sequence[ChildSpec], logs: Path, *, quiet: bool = False) -> Supervisor:
    """A supervisor that Ctrl-C and SIGTERM stop; a second Ctrl-C ends at once."""
    supervisor = Supervisor(specs, logs, (lambda _name, _line: None) if quiet else log_line)

    def stop(_signum: int, _frame: object) -> None:
        if supervisor.is_stopping:
            os._exit(130)
        supervisor.request_stop()

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    return supervisor


def _tend_database(runtime: Runtime) -> bool:
    """The embedded database is a child like the others, but that no process of ours is its parent."""
    try:
        if runtime.tend_database():
            log_line("database", "had ended; started again")
    except (OSError, subprocess.SubprocessError) as error:
        log_line("database", f"does not start, trying again: {type(error).__name__}")
    return False


def run_up(*, with_sandbox: bool) -> int:
    """Runs until Ctrl-C. Returns the exit status."""
    configure_logs("up")
    settings = load_settings()
    settings.check_telephone()
    settings.require(["relais_secret_key"])
    if with_sandbox and not settings.carrier_is_local:
        raise BusinessError(
            f"CARRIER_API_URL is {settings.carrier_api_url}; "
            f"with --sandbox it must be http://127.0.0.1:{settings.sandbox_port}"
        )
    check_ports(settings, with_sandbox=with_sandbox)
    ensure_model(settings.relais_var)
    with Runtime.start(settings) as runtime:
        supervisor = supervise(children(settings, with_sandbox=with_sandbox), settings.relais_var / "logs")
        supervisor.start()
        try:
            with err.status("starting…"):
                supervisor.wait_ready(READY_WITHIN)
            if not supervisor.is_stopping:
                say(f"ready: desk and board http://127.0.0.1:{settings.api_port}, Ctrl-C stops everything")
                supervisor.run(lambda: _tend_database(runtime))
        finally:
            supervisor.stop()
    return 0
