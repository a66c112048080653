"""relais import …"""

from pathlib import Path
from typing import Annotated

import typer

from outreach.services.patients_import import count_rows, import_patients
from outreach.services.physicians_import import FileReport, import_physicians, import_volunteers
from relais.console import err, opened, progress, say

app = typer.Typer(help="Import patients, physicians and volunteers.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The file to import.", show_default=False)]


@app.command()
def patients(file: File, campaign: Annotated[str, typer.Option(help="The campaign in which to enrol them.")]) -> None:
    """Import a patients.csv; rejected rows are reported in a file beside it."""
    total = count_rows(file)
    with opened() as runtime, progress("patients", total) as bar:
        report = import_patients(file, campaign, runtime.transaction, runtime.clock, bar.at)
    say(
        f"{report.rows} rows: {report.added} added, {report.changed} changed, {report.unchanged} unchanged,"
        f" {report.rejected} rejected"
    )
    if report.report is not None:
        err.print(f"{report.rejected} rows were rejected: see {report.report}", markup=False)


@app.command()
def physicians(file: File) -> None:
    """Import the RPPS open-data extract; general practitioners are kept."""
    with opened() as runtime, progress("physicians", None) as bar:
        report = import_physicians(file, runtime.transaction, runtime.clock, bar.at)
    say(f"{report.rows} rows: {report.kept} sites of general practitioners kept, {report.skipped} others left out")


@app.command()
def volunteers(file: File) -> None:
    """Import volunteers.csv: who takes new patients, and how many."""
    with opened() as runtime:
        report = import_volunteers(file, runtime.transaction, runtime.clock)
    _tell_rejected(report)
    say(f"{report.rows} rows: {report.kept} volunteers kept, {len(report.rejected or [])} rejected")


def _tell_rejected(report: FileReport) -> None:
    for line, column, reason in report.rejected or []:
        err.print(f"line {line}, {column}: {reason}", markup=False)
