"""The import of physicians: the RPPS open data, as published (DESIGN §5 Files)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from outreach.clock import Clock
from outreach.database.models import Extract
from outreach.database.repositories import physicians, physicians_import
from outreach.domain.distances import on_the_map
from outreach.domain.rpps_extract import MARK, Columns, published_at
from outreach.places import place_of
from outreach.services.files import FileReport, ImportRefused, Transaction, opened

__all__ = ["FileReport", "ImportRefused", "import_physicians"]

_LINES_AT_ONCE = 20_000

MOST_MISSING = 0.1
"""The share of the sites known that one extract may lose: in a year, fewer physicians than that leave or move."""
FEW = 20
"""So many may be missing whatever the share."""


def import_physicians(
    path: Path,
    transaction: Transaction,
    clock: Clock,
    progress: Callable[[int], None] = lambda _: None,
    *,
    accept_departures: bool = False,
) -> FileReport:
    """Keeps the general practitioners of an RPPS extract, one row a site; whoever it holds no more has left.

    One transaction: what is interrupted has changed nothing. `progress` is told the number of rows read. Raises
    ImportRefused for what isn't a whole and newer extract, unless `accept_departures` says that it is one.
    """
    report = FileReport()
    published = published_at(path.name)
    with opened(path) as file, transaction() as session:
        columns = _columns(path, file)
        newest = physicians_import.newest_publication(session)
        if published is not None and newest is not None and published < newest and not accept_departures:
            raise ImportRefused(f"{path.name}: a newer extract is imported already, that of {newest:%d/%m/%Y}")
        physicians_import.begin(session)
        lines = iter(file)
        while batch := list(islice(lines, _LINES_AT_ONCE)):
            physicians_import.gather(session, _sites(path, columns, batch, report))
            progress(report.rows)
        if report.kept == 0:
            raise ImportRefused(f"{path.name}: holds no general practitioner; nothing was changed")
        gathered = physicians_import.gathered(session)
        if gathered.missing > max(FEW, MOST_MISSING * gathered.known) and not accept_departures:
            raise ImportRefused(
                f"{path.name}: {gathered.missing} of the {gathered.known} sites known are missing from it, which looks"
                " cut off or partial; nothing was changed (--accept-departures if they all left)"
            )
        now = clock.now()
        report.added, report.changed = physicians_import.take_over(session, now)
        report.left = physicians_import.leave(session, now.date(), now)
        physicians.place_volunteers(session)
        session.add(Extract(published_at=published, rows=report.rows, sites=report.kept, at=now))
    return report


def last_import(session: Any) -> tuple[datetime, datetime | None] | None:
    """When the register was imported last, and when that extract was published."""
    last = physicians_import.last_extract(session)
    return (last.at, last.published_at) if last is not None else None


def _columns(path: Path, file: TextIO) -> Columns:
    header = file.readline().rstrip("\r\n")
    if "|" not in header:
        raise ImportRefused(f"{path.name}: is not a pipe-separated RPPS extract (PS_LibreAcces_Personne_activite)")
    try:
        return Columns(header.split("|"))
    except ValueError as error:
        raise ImportRefused(f"{path.name}: {error}") from None


def _sites(path: Path, columns: Columns, lines: list[str], report: FileReport) -> Iterator[tuple[Any, ...]]:
    """The rows to keep. The last line of a file that was cut off has no end, and fewer columns."""
    if not lines[-1].endswith("\n") and not columns.is_whole(lines[-1].split("|")):
        raise ImportRefused(f"{path.name}: is cut off at line {report.rows + len(lines) + 1}; nothing was changed")
    for number, line in enumerate(lines, report.rows + 2):
        if MARK not in line:
            continue
        fields = line.rstrip("\r\n").replace("\x00", "").split("|")
        if not columns.is_whole(fields):
            report.rejected.append((number, "", "has fewer columns than the header"))
            continue
        site = columns.site(fields)
        if site is None:
            continue
        report.kept += 1
        yield (*site, *_point(site.insee_code, site.postal_code))
    report.rows += len(lines)
    report.skipped = report.rows - report.kept


@lru_cache(maxsize=50_000)
def _point(insee_code: str | None, postal_code: str | None) -> tuple[float | None, float | None]:
    place = place_of(insee_code, postal_code)
    return on_the_map(place.point) if place is not None and place.point is not None else (None, None)
