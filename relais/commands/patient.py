"""relais patient …"""

import json
from typing import Annotated

import typer

from outreach.services import audit, erasure, patient_file
from relais.console import opened, operator, say

app = typer.Typer(help="Show, export or erase what is held of one patient.", no_args_is_help=True)
Reference = Annotated[str, typer.Argument(help="The patient's reference.", show_default=False)]
Reason = Annotated[str | None, typer.Option(help="Why, kept in the audit trail.")]


def _print_file(reference: str, act: str, reason: str | None) -> None:
    with opened() as runtime, runtime.transaction() as session:
        document = patient_file.build(session, reference)
        audit.record(session, operator(), act, reference, reason, runtime.clock.now())
    say(json.dumps(document, ensure_ascii=False, indent=2, default=str))


@app.command()
def show(reference: Reference, reason: Reason = None) -> None:
    """Show a patient's file as the JSON API gives it."""
    _print_file(reference, "patient_shown", reason)


@app.command()
def export(reference: Reference, reason: Reason = None) -> None:
    """Export a patient's file, for the patient."""
    _print_file(reference, "patient_exported", reason)


@app.command()
def erase(
    reference: Reference,
    reason: Reason = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase what is held of a patient; they will not be contacted again."""
    if not yes:
        typer.confirm(f"Erase {reference} for good?", abort=True)
    with opened() as runtime, runtime.transaction() as session:
        erasure.erase(session, reference, runtime.clock.now(), operator(), reason)
    say(f"{reference} is erased")
