"""relais alerts …"""

from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from outreach.database.models import Alert
from outreach.services import alerts
from relais.console import opened, operator, out, say

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
    line = Table.grid(padding=(0, 2))
    about = "a person" if alert.patient_id is not None else alert.campaign.name if alert.campaign else "–"
    times = f"{alert.count} times, last {alert.last_at:%d/%m %H:%M}" if alert.count > 1 and alert.last_at else ""
    seen = f"seen by {alert.settled_by or 'an adviser'}" if alert.settled_at is not None else ""
    line.add_row(f"{alert.at.astimezone():%d/%m %H:%M}", alert.kind, about, times, seen, str(alert.id))
    out.print(line)
    say(f"    {alert.what_to_do}")


@app.command()
def acknowledge(alert_id: Annotated[UUID, typer.Argument(metavar="ID", help="As relais alerts shows it.")]) -> None:
    """Say that somebody has seen to it. Resuming the campaign does so too."""
    with opened() as runtime, runtime.transaction() as session:
        alerts.acknowledge(session, alert_id, runtime.clock.now(), operator())
    say("the alert is settled")
