"""relais demo: three working days of an invented campaign, many times faster, then a desk to look at."""

import os
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from rich.live import Live

from outreach.clock import SharedClock
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Role
from outreach.logs import configure_logs
from outreach.runtime import Runtime
from outreach.services import accounts, campaigns, figure_publications, figures, watching
from outreach.services.patients_import import import_patients
from outreach.services.physicians_import import import_physicians
from outreach.services.volunteers_import import import_volunteers
from outreach.services.watching import Totals
from outreach.settings import Settings, load_settings
from relais import judge
from relais.console import err, out, progress, say
from relais.supervisor import Supervisor
from relais.training import ensure_model
from relais.up import READY_WITHIN, check_ports, children, supervise
from sandbox.people import invent_people, invent_physicians, write_patients_csv

CAMPAIGN = "demo-2026"
PATIENTS = 200
PHYSICIANS = 60
PARIS = ZoneInfo("Europe/Paris")
OPENING = datetime(2026, 11, 24, 9, 30, tzinfo=PARIS)
"""A Tuesday, early enough for the network to follow the clock before the hours open; then Wednesday and Thursday."""
CLOSING = datetime(2026, 11, 26, 19, 10, tzinfo=PARIS)
RATE = 700.0
FOLLOWING = timedelta(seconds=1.6 * RATE)
"""The network reads the clock each second: after a leap it needs that long to follow, so leaps end that much early."""
LONGEST = 240.0
"""Seconds of real time for the three days."""

LOGINS = {"camille": Role.ADVISER, "dominique": Role.SUPERVISOR, "andrea": Role.ADMINISTRATOR}


@dataclass(frozen=True, slots=True)
class Stage:
    """What one demo stands on."""

    settings: Settings
    runtime: Runtime
    supervisor: Supervisor
    passwords: dict[str, str]


def demo_settings(base: Settings, seed: int, faults: str) -> tuple[Settings, dict[str, str]]:
    """The settings of the demo and the environment that gives them to the children: its own folder, its own secrets."""
    environment = {
        "RELAIS_VAR": str(base.relais_var / "demo"),
        "CARRIER_API_URL": f"http://127.0.0.1:{base.sandbox_port}",
        "PUBLIC_URL": f"http://127.0.0.1:{base.phone_port}",
        "TWILIO_ACCOUNT_SID": "AC" + secrets.token_hex(16),
        "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
        "CALLER_NUMBERS": "+33162000001,+33163000002,+33270000003",
        "SMS_SENDER": "38000",
        "RELAIS_CLOCK": f"{OPENING.isoformat()}@1",
        "RELAIS_SECRET_KEY": secrets.token_hex(32),
        "SANDBOX_SEED": str(seed),
        "SANDBOX_FAULTS": faults,
        "SANDBOX_LOG": str(base.relais_var / "demo" / "sandbox"),
        "SANDBOX_CLOCK_URL": f"http://127.0.0.1:{base.phone_port}",
    }
    os.environ.pop("DATABASE_URL", None)
    os.environ.update(environment)
    return load_settings().model_copy(update={"database_url": None}), environment


def run_demo(*, leave: bool, seed: int, faults: str) -> int:
    """Runs the demo. Returns the exit status: with `leave`, not 0 when a contact is stuck or a rule was broken."""
    configure_logs("demo")
    base = load_settings()
    check_ports(base, with_sandbox=True)
    ensure_model(base.relais_var)
    settings, environment = demo_settings(base, seed, faults)
    _share_models(base.relais_var, settings.relais_var)
    with Runtime.start(settings) as runtime:
        supervisor = supervise(
            children(settings, with_sandbox=True, environment=environment), settings.relais_var / "logs", quiet=True
        )
        supervisor.start()
        try:
            stage = Stage(settings, runtime, supervisor, {login: secrets.token_urlsafe(9) for login in LOGINS})
            return _play(stage, seed=seed, leave=leave)
        finally:
            supervisor.stop()


def _share_models(source: Path, target: Path) -> None:
    """The demo starts from nothing each time, but for the trained model."""
    if target.exists():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    (target / "models").symlink_to(source / "models", target_is_directory=True)


def _play(stage: Stage, *, seed: int, leave: bool) -> int:
    people = _prepare(stage, seed)
    with err.status("starting the telephone network, the agent, the desk…"):
        stage.supervisor.wait_ready(READY_WITHIN)
    if stage.supervisor.is_stopping:
        return 130
    _tell_sandbox(stage, people)
    with stage.runtime.transaction() as session:
        campaigns.start(session, CAMPAIGN, stage.runtime.clock.now(), by="demo")
    began = time.monotonic()
    _run_three_days(stage)
    # What is counted must not move meanwhile.
    with stage.runtime.transaction() as session:
        campaigns.pause(session, CAMPAIGN, "the three days are over", stage.runtime.clock.now(), by="demo")
    _let_calls_end(stage)
    say(f"\nThree working days in {time.monotonic() - began:.0f} s.")
    clock = stage.runtime.clock
    assert isinstance(clock, SharedClock)
    clock.move(rate=1)
    findings = judge.judge(stage.runtime, CAMPAIGN, _log(stage))
    _show_funnel(stage)
    for finding in findings:
        err.print(f"✗ {finding}", markup=False)
    if leave:
        return 1 if findings else 0
    with stage.runtime.transaction() as session:
        campaigns.resume(session, CAMPAIGN, stage.runtime.clock.now(), by="demo")
    _show_addresses(stage)
    stage.supervisor.run()
    return 0


def _prepare(stage: Stage, seed: int) -> list[object]:
    """Invents the people and imports them, through the same doors as real files."""
    runtime, folder = stage.runtime, stage.settings.relais_var
    people = invent_people(PATIENTS, seed)
    patients = folder / "patients.csv"
    write_patients_csv(people, patients)
    extract, volunteers = invent_physicians(PHYSICIANS, seed, folder)
    with progress("patients", len(people)) as bar:
        import_patients(patients, CAMPAIGN, runtime.transaction, runtime.clock, bar.at)
    with progress("physicians", PHYSICIANS) as bar:
        import_physicians(extract, runtime.transaction, runtime.clock, bar.at)
    import_volunteers(volunteers, runtime.transaction, runtime.clock)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        for login, role in LOGINS.items():
            accounts.create(session, login, stage.passwords[login], role, now, by="demo")
        campaigns.create(session, CAMPAIGN, ContactPolicy(calls_at_once=10), None, now, by="demo")
    return list(people)


def _tell_sandbox(stage: Stage, people: list[object]) -> None:
    """Puts the invented people at the other end of their lines."""
    httpx.put(
        f"http://127.0.0.1:{stage.settings.sandbox_port}/sandbox/people",
        json=[person.document() for person in people],  # type: ignore[attr-defined]
        timeout=30,
    ).raise_for_status()


def _log(stage: Stage) -> judge.SandboxLog:
    answer = httpx.get(f"http://127.0.0.1:{stage.settings.sandbox_port}/sandbox/log", timeout=60)
    answer.raise_for_status()
    return judge.SandboxLog.read(answer.json())


def _run_three_days(stage: Stage) -> None:
    """Lets the clock run fast, and over the hours in which nothing can happen; shows what happens by the minute."""
    clock = stage.runtime.clock
    assert isinstance(clock, SharedClock)
    clock.move(rate=RATE)
    deadline = time.monotonic() + LONGEST
    told: datetime | None = None
    with Live(console=out, refresh_per_second=4, transient=False) as live:

        def each() -> bool:
            nonlocal told
            now = clock.now()
            with stage.runtime.transaction() as session:
                totals = watching.totals(session, CAMPAIGN)
                idle_until = watching.idle_until(session, now)
            if out.is_terminal:
                live.update(_line(now, totals))
            elif told is None or now - told >= timedelta(minutes=30):
                told = now
                say(_line(now, totals))
            if idle_until is not None and idle_until - now > 2 * FOLLOWING:
                clock.move(to=min(idle_until - FOLLOWING, CLOSING))
            return now >= CLOSING or time.monotonic() > deadline

        stage.supervisor.run(each)


def _line(now: datetime, totals: Totals) -> str:
    return (
        f"{now.astimezone(PARIS):%a %d/%m %H:%M}  announced {totals.announced:>3}  placed {totals.placed:>3}  "
        f"rang {totals.rang:>3}  reached {totals.reached:>3}  verified {totals.verified:>3}  "
        f"accepted {totals.accepted:>3}  requests {totals.requests:>3}  on the line {totals.open_calls:>2}"
    )


def _let_calls_end(stage: Stage) -> None:
    """Calls placed before the end of the hours go on to theirs."""
    deadline = time.monotonic() + 25
    while time.monotonic() < deadline and not stage.supervisor.is_stopping:
        with stage.runtime.transaction() as session:
            if watching.busy(session) == 0:
                return
        stage.supervisor.tend()
        time.sleep(0.3)


def _show_funnel(stage: Stage) -> None:
    with stage.runtime.transaction() as session:
        figure_publications.publish_all(session)
        steps = figures.funnel(session, CAMPAIGN)
        states = watching.states(session, CAMPAIGN)
    say("\nEntonnoir")
    for _, label, count in steps:
        say(f"  {count:>4}  {label}")
    say("\nContacts")
    for state, count in sorted(states.items(), key=lambda item: -item[1]):
        say(f"  {count:>4}  {state}")
    say(f"  {sum(states.values()):>4}  in all")


def _show_addresses(stage: Stage) -> None:
    settings = stage.settings
    api = f"http://127.0.0.1:{settings.api_port}"
    rows = [
        ("desk (adviser)", f"{api}/demandes", "camille"),
        ("board (supervisor)", f"{api}/tableau", "dominique"),
        ("accounts (administrator)", f"{api}/comptes", "andrea"),
    ]
    say("")
    for what, address, login in rows:
        say(f"{what:<26}{address:<34}{login} / {stage.passwords[login]}")
    say(f"{'telephone (be the patient)':<26}http://127.0.0.1:{settings.sandbox_port}/")
    say("\nCtrl-C stops everything.")
