"""relais campaign …"""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from outreach.domain import policy
from outreach.errors import BadInput
from outreach.services import campaigns
from outreach.services.preview import Preview, preview
from relais.console import opened, operator, out, say

app = typer.Typer(help="Create, steer and preview campaigns.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The campaign's name.", show_default=False)]
Reason = Annotated[str | None, typer.Option(help="Why, kept in the audit trail.")]


def _policy_in(file: Path | None) -> policy.ContactPolicy:
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
    rules = _policy_in(policy_file)
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


@app.command("preview")
def preview_command(
    name: Name,
    at: Annotated[
        datetime | None, typer.Option(help="The moment to look at; now unless given.", formats=["%Y-%m-%dT%H:%M"])
    ] = None,
    limit: Annotated[int, typer.Option(help="How many contacts to list.")] = 50,
) -> None:
    """Tell who would be contacted when, and who not and why. Places nothing."""
    with opened() as runtime, runtime.transaction() as session:
        moment = at.astimezone() if at is not None else runtime.clock.now()
        shown = preview(session, name, moment, runtime.settings, limit)
    _print(shown)


def _print(shown: Preview) -> None:
    table = Table("reference", "state", "when (their time)", "number", "held back by", box=None, header_style="bold")
    for line in shown.lines:
        table.add_row(line.reference, line.state, line.when or "–", line.number or "–", ", ".join(line.gates) or "–")
    out.print(table)
    say("")
    for reason, count in shown.counts.items():
        say(f"{count:>8}  {reason}")
    if shown.more:
        say(f"{shown.more} more contacts; --limit shows them")
