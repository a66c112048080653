"""relais import …"""

from pathlib import Path
from typing import Annotated

import typer

from outreach.services.files import FileReport
from outreach.services.patients_import import count_rows, import_patients
from outreach.services.physicians_import import import_physicians
from outreach.services.territories_import import import_territories
from outreach.services.volunteers_import import import_volunteers
from relais.console import err, opened, progress, say

app = typer.Typer(help="Import patients, physicians, volunteers and territories.", no_args_is_help=True)
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
def physicians(
    file: File,
    accept_departures: Annotated[
        bool, typer.Option(help="However many physicians are missing from the file, they left.")
    ] = False,
) -> None:
    """Import the RPPS open-data extract; general practitioners are kept, and whoever it holds no more has left."""
    with opened() as runtime, progress("physicians", None) as bar:
        report = import_physicians(
            file, runtime.transaction, runtime.clock, bar.at, accept_departures=accept_departures
        )
    _tell_rejected(report)
    say(
        f"{report.rows} rows: {report.kept} sites of general practitioners kept, {report.skipped} others left out;"
        f" {report.added} added, {report.changed} changed, {report.left} left"
    )


@app.command()
def volunteers(file: File) -> None:
    """Import volunteers.csv: who takes new patients, and how many; rejected rows are reported in a file beside it."""
    with opened() as runtime:
        report = import_volunteers(file, runtime.transaction, runtime.clock)
    _tell_rejected(report)
    say(f"{report.rows} rows: {report.kept} volunteers kept, {len(report.rejected)} rejected")
    if report.unplaced:
        err.print(
            f"{report.unplaced} volunteers are in no extract imported: they are suggested to nobody", markup=False
        )
    if report.report is not None:
        err.print(f"{len(report.rejected)} rows were rejected: see {report.report}", markup=False)


@app.command()
def territories(file: File) -> None:
    """Import territories.csv: the communes of each CPTS; one that the file no longer holds has left, and is out."""
    with opened() as runtime:
        report = import_territories(file, runtime.transaction, runtime.clock)
    _tell_rejected(report)
    say(
        f"{report.rows} rows: {report.kept} territories kept; {report.added} added, {report.changed} changed,"
        f" {report.left} left"
    )
    for name in report.departed:
        err.print(f"left: {name}", markup=False)
    if report.report is not None:
        err.print(f"{len(report.rejected)} codes or rows were rejected: see {report.report}", markup=False)


def _tell_rejected(report: FileReport) -> None:
    for line, column, reason in report.rejected[:20]:
        err.print(f"line {line}{f', {column}' if column else ''}: {reason}", markup=False)
