"""The command line: every command of DESIGN §5, and one line on standard error when something can't be done."""

import sys
from importlib.metadata import version as version_of
from typing import Annotated

import typer
from typer.core import TyperGroup

from outreach.errors import BusinessError
from relais.commands import (
    accounts,
    alerts,
    campaign,
    cohorts,
    imports,
    patient,
    plan,
    processes,
    rates,
    reviews,
    talk,
)

app = typer.Typer(
    name="relais",
    help="Relais calls people who have no regular GP, listens, and hands over to an adviser.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    cls=TyperGroup,
)
figures_app = typer.Typer(help="The figures that are kept.", no_args_is_help=True)
database_app = typer.Typer(help="The database's schema.", no_args_is_help=True)

app.add_typer(imports.app, name="import")
app.add_typer(campaign.app, name="campaign")
app.add_typer(accounts.app, name="account")
app.add_typer(accounts.tokens, name="token")
app.add_typer(patient.app, name="patient")
app.add_typer(alerts.app, name="alerts")
app.add_typer(cohorts.app, name="cohort")
app.add_typer(database_app, name="database")
app.add_typer(figures_app, name="figures")
figures_app.command("recount")(rates.recount)
app.command("rates")(rates.rates)
app.command("plan")(plan.plan)
app.command("review")(reviews.review)
app.command("talk")(talk.talk)
for process in (processes.dialer, processes.phone, processes.api, processes.bot, processes.actions, processes.sandbox):
    app.command(process.__name__)(process)


@app.command()
def up(
    sandbox: Annotated[bool, typer.Option("--sandbox", help="Start the telephone network in a box too.")] = False,
) -> None:
    """Run every process on this machine, wait for health, show one log; Ctrl-C stops them all."""
    from relais.up import run_up

    sys.exit(run_up(with_sandbox=sandbox))


@app.command()
def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="Stop after the three days; the status tells whether all went well.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Another seed gives other people.")] = 2026,
    faults: Annotated[str, typer.Option(help="Faults of the sandbox, such as duplicated=0.2,lost=0.1")] = "",
) -> None:
    """Run three working days of an invented campaign in under five minutes, then keep serving."""
    from relais.demo import run_demo

    sys.exit(run_demo(leave=leave, seed=seed, faults=faults))


@app.command()
def train() -> None:
    """Train the agent's model if its sources changed."""
    from outreach.settings import load_settings
    from relais.console import say
    from relais.training import ensure_model

    say(f"the agent's model is {ensure_model(load_settings().relais_var).name}")


@database_app.command("upgrade")
def upgrade() -> None:
    """Bring the schema up to date."""
    from relais.console import opened, say

    with opened():
        say("the database is up to date")


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(version_of("relais"))


def main() -> None:
    """Runs a command; what it refuses is one line on standard error and a status that isn't 0."""
    try:
        app()
    except BusinessError as refusal:
        print(f"relais: {refusal}", file=sys.stderr)  # noqa: T201 - the one line
        sys.exit(1)
    except KeyboardInterrupt:
        print("relais: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)
