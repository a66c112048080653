"""The commands of DESIGN §5, as other people's scripts call them: real processes, one line on standard error when refused."""

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from outreach.clock import FrozenClock
from outreach.domain.words import AlertKind
from outreach.runtime import Runtime
from outreach.services import accounts, alerts, campaigns
from tests.factories import a_campaign

RELAIS = str(Path(sys.executable).with_name("relais"))
PATIENTS = """\
reference,last_name,birth_date,phone_1,postal_code
P1,Exemple,1947-03-12,0199001111,94800
P2,Exemple,31/02/1950,0199001112,94800
P3,Exemple,1950-02-01,,97400
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(database_url: str, tmp_path: Path) -> Run:
    def relais(*arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [RELAIS, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={
                **os.environ,
                "DATABASE_URL": database_url,
                "RELAIS_VAR": str(tmp_path / "var"),
                "RELAIS_CLOCK": "2026-11-24T10:30:00+01:00",
                "SMS_SENDER": "38000",
                "CALLER_NUMBERS": "+33162000001",
                **environment,
            },
        )

    return relais


def _done(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def _refused(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode != 0
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_a_campaign_from_a_file_to_its_rates(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(PATIENTS)
    assert "2 added" in _done(run("import", "patients", str(file), "--campaign", "ald-2026"))
    assert (tmp_path / "patients.rejected.csv").read_text().splitlines()[1].startswith("3,birth_date,")
    assert "2 unchanged" in _done(run("import", "patients", str(file), "--campaign", "ald-2026"))

    _done(run("campaign", "create", "ald-2026"))
    assert "no adviser account" in _refused(run("campaign", "start", "ald-2026"))
    _done(run("account", "create", "camille", "--role", "adviser", stdin="a long password\n"))
    token = _done(run("token", "create", "camille")).splitlines()[-1]
    assert token.startswith("relais_")
    assert " " not in token

    _done(run("campaign", "start", "ald-2026"))
    preview = _done(run("campaign", "preview", "ald-2026"))
    assert "P1" in preview
    assert "no_phone" in preview
    assert "0199001111" not in preview.replace(" ", "")
    sunday = _done(run("campaign", "preview", "ald-2026", "--at", "2026-11-29T10:30"))
    assert "outside_hours" in sunday
    listed = list(csv.reader(io.StringIO(_done(run("campaign", "preview", "ald-2026", "--list")))))
    assert {row[0] for row in listed} >= {"reference", "P1"}
    assert "--at" in _refused(run("campaign", "preview", "ald-2026", "--at", "tomorrow"))
    letters = list(csv.reader(io.StringIO(_done(run("campaign", "letters", "ald-2026", "--reason", "a test")))))
    assert letters[0][0] == "reference"
    assert {row[4] for row in letters[1:]} == {"no_number"}

    rates = json.loads(_done(run("rates", "ald-2026", "--by", "department", "--format", "json")))
    assert rates["groups"][-1]["group"] == "total"
    rows = list(csv.reader(io.StringIO(_done(run("rates", "ald-2026", "--format", "csv")))))
    assert rows[0][:2] == ["attempt", "placed"]

    shown = json.loads(_done(run("patient", "show", "P1", "--reason", "a test")))
    assert shown["contacts"][0]["state"] == "waiting"
    assert shown["contacts"][0]["next_attempt_at"] is not None
    _done(run("patient", "erase", "P1", "--yes"))
    erased = json.loads(_done(run("patient", "show", "P1")))
    assert erased["contacts"][0]["state"] == "opted_out"
    assert erased["suppressed"]["scope"] == "person"

    for steer, status in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert status in _done(run("campaign", steer, "ald-2026"))


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        (("campaign", "start", "nowhere"), {}, "no campaign 'nowhere'"),
        (("patient", "show", "P404"), {}, "no patient"),
        (("import", "patients", "nowhere.csv", "--campaign", "x"), {}, "nowhere.csv: cannot be read"),
        (("token", "create", "nobody"), {}, "no open account 'nobody'"),
        (("account", "create", "camille", "--role", "adviser"), {}, "no password"),
        (("phone",), {"CALLER_NUMBERS": "+33612345678"}, "CALLER_NUMBERS: +33612345678 06 and 07"),
        (("dialer",), {"TWILIO_AUTH_TOKEN": "x", "TWILIO_ACCOUNT_SID": ""}, "TWILIO_ACCOUNT_SID is not set"),
        (("api",), {"RELAIS_SECRET_KEY": ""}, "RELAIS_SECRET_KEY is not set"),
        (("rates", "x"), {"RELAIS_CLOCK": "yesterday"}, "RELAIS_CLOCK: must be like"),
        (("rates", "x"), {"API_PORT": "eighty"}, "API_PORT"),
        (("rates", "x"), {"DATABASE_URL": "mysql://x"}, "DATABASE_URL: must start with postgresql"),
    ],
)
def test_what_is_refused_is_one_line_that_names_it(
    run: Run, arguments: tuple[str, ...], environment: dict[str, str], told: str
) -> None:
    environment = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "x", **environment}
    assert told in _refused(run(*arguments, **environment))


def test_a_policy_looser_for_people_needs_a_reason(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text("calls_per_second: 20\ndays: [mon, sat]\n")
    refusal = _refused(run("campaign", "create", "loose", "--policy", str(file)))
    assert "days" in refusal
    assert "--reason" in refusal
    _done(run("campaign", "create", "loose", "--policy", str(file), "--reason", "the director's letter of today"))
    file.write_text("ring_seconds: 25\nwindow: x\n")
    assert "policy.yaml: line 2: unknown key window" in _refused(
        run("campaign", "create", "other", "--policy", str(file))
    )


def test_advisers_are_given_departments(run: Run) -> None:
    assert "99 is no department" in _refused(
        run("account", "create", "sacha", "--role", "adviser", "--departments", "99")
    )
    _done(run("account", "create", "sacha", "--role", "adviser", "--departments", "94,75", stdin="a long password\n"))
    assert "serves 2A" in _done(run("account", "departments", "sacha", "2a"))
    assert "serves every department" in _done(run("account", "departments", "sacha"))
    assert "no account" in _refused(run("account", "departments", "nobody", "94"))


def test_advisers_are_given_a_telephone_to_call_from(run: Run, runtime: Runtime) -> None:
    def telephone() -> str | None:
        with runtime.transaction() as session:
            return next(one.telephone for one in accounts.everybody(session) if one.login == "sacha")

    made = ("account", "create", "sacha", "--role", "adviser", "--telephone", "01 99 00 12 34")
    _done(run(*made, stdin="a long password\n"))
    assert telephone() == "+33199001234"
    changed = _done(run("account", "telephone", "sacha", "0199005678"))
    assert "another telephone" in changed
    assert "0199" not in changed, "a number is not repeated"
    assert telephone() == "+33199005678"
    assert "telephone" in _refused(run("account", "telephone", "sacha", "+442071234567"))
    assert "no account" in _refused(run("account", "telephone", "nobody", "0199001234"))
    assert "no telephone" in _done(run("account", "telephone", "sacha"))
    assert telephone() is None
    _done(run("account", "create", "dominique", "--role", "supervisor", stdin="a long password\n"))
    assert "only an adviser" in _refused(run("account", "telephone", "dominique", "0199001234"))


def test_a_campaign_says_when_everybody_was_informed(run: Run, runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        a_campaign(session, clock.now())
    assert "15/10/2026" in _done(run("campaign", "informed", "ald-2026", "--on", "2026-10-15"))
    with runtime.transaction() as session:
        assert campaigns.get(session, "ald-2026").informed_on == date(2026, 10, 15)
    assert "--on" in _refused(run("campaign", "informed", "ald-2026", "--on", "15/10/2026"))
    assert "no campaign" in _refused(run("campaign", "informed", "another", "--on", "2026-10-15"))


def test_alerts_are_listed_and_acknowledged(run: Run, runtime: Runtime) -> None:
    with runtime.transaction() as session:
        campaign = a_campaign(session, runtime.clock.now())
        alerts.about_a_campaign(session, campaign, AlertKind.AGENT_AWAY, runtime.clock.now())
    shown = _done(run("alerts"))
    assert "ald-2026" in shown
    assert "relais bot" in shown
    identifier = shown.splitlines()[0].split()[-1]
    _done(run("alerts", "acknowledge", identifier))
    assert _done(run("alerts")) == "no alert\n"
    assert "seen by" in _done(run("alerts", "--all"))
    assert "not known" in _refused(run("alerts", "acknowledge", "00000000-0000-0000-0000-000000000000"))


def test_a_plan_of_typed_people_as_table_json_csv_and_picture(run: Run, tmp_path: Path) -> None:
    typed = ("--cohort", "200", "--departments", "94:3,974", "--advisers", "2", "--begin", "2027-01-04", "--seeds", "2")
    document = json.loads(_done(run("plan", *typed, "--format", "json", "--chart", str(tmp_path / "plan.svg"))))
    assert document["inputs"]["people"] == 200
    assert document["contacted"][0]["middle"].startswith("2027-01")
    assert {relief["resource"] for relief in document["reliefs"]} >= {"lines", "hours", "spacing", "advisers"}
    assert "<svg" in (tmp_path / "plan.svg").read_text()
    table = _done(run("plan", *typed))
    assert "everybody" in table
    assert "advisers needed" in table
    weeks = list(csv.DictReader(io.StringIO(_done(run("plan", *typed, "--format", "csv")))))
    assert weeks[0]["week"] == "2027-01-04"
    assert float(weeks[0]["contacted"]) > 0


def test_a_plan_that_cannot_be_made_says_why(run: Run) -> None:
    assert "name a campaign" in _refused(run("plan"))
    assert "no campaign 'nowhere'" in _refused(run("plan", "nowhere"))
    assert "FILE.svg or FILE.png" in _refused(run("plan", "--cohort", "10", "--chart", "plan.pdf"))
    assert "75:3,93:2" in _refused(run("plan", "--cohort", "10", "--departments", "75:many"))
    assert "between 0 and 1" in _refused(run("plan", "--cohort", "10", "--advisers", "1", "--answer-rate", "3"))
