"""relais cohort …"""

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from outreach.errors import BadInput
from outreach.services import cohorts
from relais.console import opened, operator, out, say

app = typer.Typer(help="Followed cohorts: sets that never change, and where they stand.", no_args_is_help=True)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The cohort's name.", show_default=False)],
    campaign: Annotated[str, typer.Option(help="The campaign whose people are followed.")],
    on: Annotated[str, typer.Option("--on", help="The reference day: who was without a physician on its evening.")],
) -> None:
    """Draw up a cohort: who of a campaign had no médecin traitant on a day. Nobody is added to it later."""
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise BadInput("--on must be a day such as 2026-10-15") from None
    with opened() as runtime, runtime.transaction() as session:
        cohort = cohorts.create(session, name, campaign, day, runtime.clock.now(), operator())
        people = cohort.people
    say(f"cohort {name}: {people} people of {campaign} without a médecin traitant on {day:%d/%m/%Y}")


@app.command("list")
def list_command() -> None:
    """List the cohorts, the newest reference day first."""
    table = Table("cohort", "campaign", "reference day", "people", box=None, header_style="bold")
    with opened() as runtime, runtime.transaction() as session:
        for cohort, campaign in cohorts.everything(session):
            table.add_row(cohort.name, campaign, f"{cohort.reference_on:%d/%m/%Y}", str(cohort.people))
    out.print(table)
