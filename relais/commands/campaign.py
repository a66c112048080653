"""relais campaign …"""

import csv
import sys
from contextlib import nullcontext
from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from outreach.domain import policy
from outreach.errors import BadInput
from outreach.services import campaigns, letters
from outreach.services.preview import Preview, PreviewLine, preview
from relais.console import opened, operator, out, progress, say

app = typer.Typer(help="Create, steer and preview campaigns.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The campaign's name.", show_default=False)]
Reason = Annotated[str | None, typer.Option(help="Why, kept in the audit trail.")]


def policy_in(file: Path | None) -> policy.ContactPolicy:
    if file is None:
        return policy.DEFAULT
    try:
        return policy.from_yaml(file.read_text(encoding="utf-8"))
    except policy.PolicyError as error:
        raise BadInput(f"{file.name}: {error}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{file.name}: cannot be read as UTF-8 text ({type(error).__name__})") from None


@app.command()
def create(
    name: Name,
    policy_file: Annotated[Path | None, typer.Option("--policy", help="A policy.yaml.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why the policy is looser than the default for people.")] = None,
) -> None:
    """Create a campaign, or give a draft its policy."""
    rules = policy_in(policy_file)
    with opened() as runtime, runtime.transaction() as session:
        campaigns.create(session, name, rules, reason, runtime.clock.now(), operator())
    say(f"campaign {name} is a draft; relais campaign start {name} lets it call")


@app.command()
def start(name: Name) -> None:
    """Let a campaign call. An adviser account must exist."""
    with opened() as runtime, runtime.transaction() as session:
        campaigns.start(
            session,
            name,
            runtime.clock.now(),
            operator(),
            sms_possible=runtime.settings.sms_sender is not None,
        )
    say(f"campaign {name} is running")


@app.command()
def pause(name: Name, reason: Reason = None) -> None:
    """Place nothing more until resumed; calls under way go on."""
    with opened() as runtime, runtime.transaction() as session:
        campaigns.pause(session, name, reason, runtime.clock.now(), operator())
    say(f"campaign {name} is paused")


@app.command()
def resume(name: Name) -> None:
    """Go on with a paused campaign."""
    with opened() as runtime, runtime.transaction() as session:
        campaigns.resume(session, name, runtime.clock.now(), operator())
    say(f"campaign {name} is running")


@app.command()
def stop(name: Name, reason: Reason = None) -> None:
    """End a campaign for good."""
    with opened() as runtime, runtime.transaction() as session:
        campaigns.stop(session, name, reason, runtime.clock.now(), operator())
    say(f"campaign {name} is stopped")


@app.command()
def informed(
    name: Name,
    on: Annotated[str, typer.Option("--on", help="The day by which everybody had the letter or the ameli message.")],
) -> None:
    """State that everybody enrolled by now was told of the right to object. 30 days on, physicians are asked."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise BadInput("--on must be a day such as 2026-10-15") from None
    with opened() as runtime, runtime.transaction() as session:
        campaigns.inform(session, name, day, runtime.clock.now(), operator())
    say(f"campaign {name}: everybody enrolled by now was told by {day:%d/%m/%Y}")


@app.command("preview")
def preview_command(
    name: Name,
    at: Annotated[
        str | None,
        typer.Option(help="The moment to look at, such as 2026-11-24T10:30 (in Paris); now unless given."),
    ] = None,
    limit: Annotated[int, typer.Option(help="How many contacts to show below the counts.")] = 50,
    everybody: Annotated[bool, typer.Option("--list", help="List every contact, as CSV, and no counts.")] = False,
) -> None:
    """Tell who would be contacted when, and who not and why, by the dialer's own gates. Places nothing."""
    moment = _moment(at)
    lines: list[PreviewLine] = []
    with opened() as runtime, progress("looking at contacts", None) as bar, runtime.transaction() as session:
        writer = csv.writer(sys.stdout)
        seen = count(1)

        def each(line: PreviewLine) -> None:
            bar.at(next(seen))
            if everybody:
                writer.writerow(_cells(line))
            elif len(lines) < limit:
                lines.append(line)

        if everybody:
            writer.writerow(_COLUMNS)
        shown = preview(session, name, moment or runtime.clock.now(), runtime.settings, each)
    if not everybody:
        _print(shown, lines)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("--at must be a moment such as 2026-11-24T10:30 or 2026-11-24T10:30+01:00") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo("Europe/Paris"))


_COLUMNS = ("reference", "state", "what", "when (their time)", "number", "closed gates")


def _cells(line: PreviewLine) -> tuple[str, ...]:
    when = f"{line.when:%a %d/%m/%Y %H:%M}" if line.when is not None else "–"
    return (line.reference, line.state, line.what, when, line.number or "–", ", ".join(line.gates) or "–")


def _print(shown: Preview, lines: list[PreviewLine]) -> None:
    table = Table(*_COLUMNS, box=None, header_style="bold")
    for line in lines:
        table.add_row(*_cells(line))
    out.print(table)
    if shown.as_if_started:
        say("\nthe campaign is a draft: shown as if it were running")
    say(f"\n{shown.looked_at} contacts")
    for what, number in shown.counts.most_common():
        say(f"{number:>8}  {what}")
    if shown.gates:
        say("\nclosed gates, each contact under all of its own")
        for gate, number in shown.gates.most_common():
            say(f"{number:>8}  {gate}")
    if shown.days:
        say("\nthe next call could be on")
        for day, number in sorted(shown.days.items()):
            say(f"{number:>8}  {day:%a %d/%m/%Y}")
    if shown.looked_at > len(lines):
        say(f"\n{shown.looked_at - len(lines)} more contacts; --limit shows more of them, --list all")


@app.command("letters")
def letters_command(
    name: Name,
    output: Annotated[Path | None, typer.Option(help="A file to write; standard output unless given.")] = None,
    reason: Reason = None,
) -> None:
    """List, as CSV, whom neither calls nor SMS reached, and why: they get a letter. Kept in the audit trail."""
    with opened() as runtime:
        with runtime.transaction() as session:
            lines = letters.export(session, name, runtime.clock.now(), operator(), reason)
            part = output.with_name(f"{output.name}.part") if output is not None else None
            with part.open("w", encoding="utf-8", newline="") if part is not None else nullcontext(sys.stdout) as sink:
                writer = csv.writer(sink)
                writer.writerow(("reference", "fund", "department", "state", "reason", "since"))
                for line in lines:
                    since = line.since.isoformat(timespec="seconds")
                    writer.writerow((line.reference, line.fund, line.department, line.state, line.reason, since))
        if part is not None and output is not None:
            part.replace(output)  # a list that nobody noted in the audit trail is not to be had
