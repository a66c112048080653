"""relais alerts …"""

from typing import Annotated
from uuid import UUID

import typer

from outreach.database.models import Alert
from outreach.services import alerts
from relais.console import opened, operator, say

app = typer.Typer(help="What a human must look at now.", invoke_without_command=True)


@app.callback()
def list_alerts(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="The past ones too.")] = False,
) -> None:
    """List the alerts that nobody has seen to, the newest first."""
    if context.invoked_subcommand is not None:
        return
    with opened() as runtime, runtime.transaction() as session:
        found = alerts.listed(session, settled=everything)
        if not found:
            say("no alert")
        for alert in found:
            _print(alert)


def _print(alert: Alert) -> None:
    about = "a person" if alert.patient_id is not None else alert.campaign.name if alert.campaign else "–"
    parts = [f"{alert.at.astimezone():%d/%m %H:%M}", alert.kind, about]
    if alert.count > 1 and alert.last_at is not None:
        parts.append(f"{alert.count} times, last {alert.last_at.astimezone():%d/%m %H:%M}")
    if alert.settled_at is not None:
        parts.append(f"seen by {alert.settled_by or 'an adviser'}")
    # Plain lines: a table would cut the identifier on a narrow terminal.
    say("  ".join([*parts, str(alert.id)]))
    say(f"    {alert.what_to_do}")


@app.command()
def acknowledge(alert_id: Annotated[UUID, typer.Argument(metavar="ID", help="As relais alerts shows it.")]) -> None:
    """Say that somebody has seen to it. Resuming the campaign does so too."""
    with opened() as runtime, runtime.transaction() as session:
        alerts.acknowledge(session, alert_id, runtime.clock.now(), operator())
    say("the alert is settled")
