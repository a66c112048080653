"""The import of `territories.csv`: which communes make up each CPTS, or another grouping (decision 24).

Columns: `name`, `kind`, `insee_codes` (separated by spaces, `|` or commas). A code is that of a commune or of an
arrondissement; that of Paris, Lyon or Marseille stands for all arrondissements, that of a department for its communes.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from outreach.clock import Clock
from outreach.database.models import Territory
from outreach.database.repositories import territories
from outreach.domain.territories import DEPARTMENTS
from outreach.places import places
from outreach.runtime import Session
from outreach.services.files import (
    FileReport,
    ImportRefused,
    Transaction,
    delimiter_of,
    opened,
    publish_rejected,
)
from outreach.services.tasks import day_of
from outreach.services.territories import CITIES, arrondissements

_COLUMNS = ("name", "kind", "insee_codes")
_LONGEST = 120


@dataclass(slots=True)
class _Row:
    line: int
    kind: str
    name: str
    communes: dict[str, None]
    """In the order of the file."""


def import_territories(path: Path, transaction: Transaction, clock: Clock) -> FileReport:
    """Keeps the territories of a file, in one transaction; one that the file no longer holds has left, and is out.

    A code that no commune has, or that two territories of a kind claim, is reported, and is in neither. Raises
    ImportRefused.
    """
    report = FileReport()
    with opened(path) as file:
        rows = list(_rows(path, file.read(), report))
    _settle_disputes(rows, report)
    if not any(row.communes for row in rows):
        raise ImportRefused(f"{path.name}: holds no territory with a commune; nothing was changed")
    report.kept = len(rows)
    with transaction() as session:
        territories.lock(session)
        _keep(session, rows, report, clock)
    report.rejected.sort()
    publish_rejected(path, report)
    return report


def _rows(path: Path, text: str, report: FileReport) -> Iterator[_Row]:
    header, _, _ = text.partition("\n")
    reader = csv.reader(text.splitlines(), delimiter=delimiter_of(header))
    columns = [name.strip() for name in next(reader, [])]
    for column in columns:
        if column not in _COLUMNS:
            raise ImportRefused(f"{path.name}: the column {column!r} is unknown; the columns are {', '.join(_COLUMNS)}")
    for column in _COLUMNS:
        if column not in columns:
            raise ImportRefused(f"{path.name}: the column {column!r} is missing; it is mandatory")
    named: dict[tuple[str, str], int] = {}
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        report.rows += 1
        row = _row(reader.line_num, dict(zip(columns, values, strict=False)), report)
        if row is None:
            continue
        first = named.setdefault((row.kind, row.name), row.line)
        if first != row.line:
            report.rejected.append((row.line, "name", f"stands in line {first} already, with the same kind"))
            continue
        yield row


def _row(line: int, values: dict[str, str], report: FileReport) -> _Row | None:
    name = " ".join(values.get("name", "").replace("\x00", "").split())
    kind = re.sub(r"[\s\-]+", "_", values.get("kind", "").strip().lower())
    if not 0 < len(name) <= _LONGEST:
        report.rejected.append((line, "name", f"is empty or longer than {_LONGEST} characters"))
        return None
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", kind):
        report.rejected.append((line, "kind", "is not a word such as CPTS or department_group"))
        return None
    row = _Row(line, kind, name, {})
    for code in re.split(r"[\s|,]+", values.get("insee_codes", "").strip().upper()):
        found = _communes_of(code)
        if not found:
            reason = f"{code} is the code of no commune, arrondissement or department" if code else "is empty"
            report.rejected.append((line, "insee_codes", reason))
        row.communes.update(dict.fromkeys(found))
    return row


@lru_cache(maxsize=1)
def _by_department() -> dict[str, list[str]]:
    found = defaultdict(list)
    for code, place in sorted(places().by_code.items()):
        if code not in CITIES:
            found[place.department].append(code)
    return dict(found)


def _communes_of(code: str) -> list[str]:
    """The communes for which a code of the file stands; none when nothing has this code."""
    if code in CITIES:
        return list(arrondissements()[code])
    if code in DEPARTMENTS:
        return _by_department().get(code, [])
    return [code] if code in places().by_code else []


def _settle_disputes(rows: list[_Row], report: FileReport) -> None:
    """Nobody knows whose a code is that two territories claim: it is taken from both, and both are told."""
    claims: dict[tuple[str, str], list[_Row]] = defaultdict(list)
    for row in rows:
        for code in row.communes:
            claims[row.kind, code].append(row)
    for (_, code), claimants in claims.items():
        if len(claimants) == 1:
            continue
        for row in claimants:
            others = ", ".join(f"{other.name!r} (line {other.line})" for other in claimants if other is not row)
            report.rejected.append((row.line, "insee_codes", f"{code} is also that of {others}; it is in neither"))
            del row.communes[code]


def _keep(session: Session, rows: list[_Row], report: FileReport, clock: Clock) -> None:
    now = clock.now()
    known = {(one.kind, one.name): one for one in territories.everything(session)}
    before = {(kind, code): where for kind, code, where in territories.communes(session)}
    after: dict[tuple[str, str], UUID] = {}
    new = set()
    for row in rows:
        territory = known.pop((row.kind, row.name), None)
        if territory is None:
            territory = Territory(kind=row.kind, name=row.name, updated_at=now)
            session.add(territory)
            session.flush()
            new.add(territory.id)
        elif territory.left_on is not None:
            territory.left_on, territory.updated_at = None, now
            new.add(territory.id)
        after.update({(row.kind, code): territory.id for code in row.communes})
    for territory in known.values():
        if territory.left_on is None:
            territory.left_on, territory.updated_at = day_of(now), now
            report.departed.append(territory.name)
    moved = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    territories.forget_communes(session, [key for key in moved if key in before])
    territories.keep_communes(session, {key: after[key] for key in moved if key in after})
    touched = {where for key in moved for where in (before.get(key), after.get(key)) if where is not None}
    gone = {territory.id for territory in known.values()}
    for territory in territories.everything(session):
        if territory.id in touched - gone:
            territory.updated_at = now
    report.added, report.left = len(new), len(report.departed)
    report.changed = len(touched - new - gone)
    session.flush()
