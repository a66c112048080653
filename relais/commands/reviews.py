"""relais review"""

from pathlib import Path
from typing import Annotated

import typer

from outreach.domain.reviews import Quarter, day_of
from outreach.errors import BadInput
from outreach.services import audit, cohorts, reviews
from relais.console import opened, operator, say


def review(
    quarter: Annotated[str | None, typer.Option(help="The quarter to tell of, such as 2026-T4.")] = None,
    out: Annotated[Path | None, typer.Option(help="The PDF file to write.")] = None,
    cohort: Annotated[str | None, typer.Option(help="The followed cohort; the newest one unless given.")] = None,
    count: Annotated[bool, typer.Option("--count", help="Count the running day first, as of now.")] = False,
) -> None:
    """Write the national quarterly review as a PDF; --count counts what pages and the review tell, as of now."""
    if (quarter is None) != (out is None) or (quarter is None and not count):
        raise BadInput("give --quarter and --out for the document, --count to count the running day, or all three")
    # Every other command starts without the pages.
    from api import charts
    from api.documents import review as document

    with opened() as runtime:
        now = runtime.clock.now()
        if count:
            with runtime.transaction() as session:
                reviews.count(session, day_of(now), now)
            say(f"counted as of {now:%Y-%m-%d %H:%M} UTC")
        if quarter is None or out is None:
            return
        try:
            chosen = Quarter.parse(quarter)
        except ValueError as error:
            raise BadInput(f"--quarter: {error}") from None
        with runtime.transaction() as session:
            shown = reviews.national_review(session, chosen)
            followed = cohorts.followed(session, cohort, shown.overview.day.day)
            audit.record(session, operator(), "review_exported", str(chosen), "pdf", now)
        try:
            out.write_bytes(document.pdf(shown, followed))
        finally:
            charts.close()
    say(f"the review of {chosen} is {out}, as of {shown.overview.day.day:%d/%m/%Y}")
