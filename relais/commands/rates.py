"""relais rates NAME"""

import csv
import json
import sys
from enum import StrEnum
from typing import Annotated

import typer
from rich.table import Table

from outreach.domain.rates import By
from outreach.services import figure_keeping, figure_publications, figures
from relais.console import err, opened, out, say


class Format(StrEnum):
    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def rates(
    name: Annotated[str, typer.Argument(help="The campaign's name.", show_default=False)],
    by: Annotated[By, typer.Option(help="What to break the rates down by.")] = By.ATTEMPT,
    form: Annotated[Format, typer.Option("--format", help="How to print them.")] = Format.TABLE,
) -> None:
    """Print the rates of a campaign, each with its numerator and denominator; small cells are masked."""
    with opened() as runtime, runtime.transaction() as session:
        figure_publications.publish_all(session)
        result = figures.rates(session, name, by.value)
    document = result.document()
    if form is Format.JSON:
        sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        return
    rows = result.rows()
    if form is Format.CSV:
        writer = csv.writer(sys.stdout)
        writer.writerows(rows)
        return
    table = Table(*(str(name) for name in rows[0]), box=None, header_style="bold")
    for row in rows[1:]:
        table.add_row(*("–" if value is None else str(value) for value in row))
    out.print(table)


def recount() -> None:
    """Count all figures anew from the raw rows, in some minutes, and say how many differed."""
    with opened() as runtime, runtime.transaction() as session, err.status("counting…"):
        wrong = figure_keeping.recount(session)
    say(f"the figures are counted anew; {wrong} differed")
