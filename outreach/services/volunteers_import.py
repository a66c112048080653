"""The import of `volunteers.csv`: who takes new patients, how many, and how (DESIGN §5 Files)."""

import csv
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from outreach.clock import Clock
from outreach.database.repositories import physicians
from outreach.domain.patients_file import read_date
from outreach.services.files import (
    FileReport,
    ImportRefused,
    Transaction,
    delimiter_of,
    opened,
    publish_rejected,
)

_BATCH = 1000
_COLUMNS = (
    "rpps",
    "capacity",
    "available_from",
    "home_visits",
    "wheelchair_accessible",
    "languages",
    "sector",
    "note",
)
Row = dict[str, str]


def import_volunteers(path: Path, transaction: Transaction, clock: Clock) -> FileReport:
    """Keeps the volunteers and the places they offer; places held or taken stay so. Raises ImportRefused.

    By batches, each its own transaction: interrupted anywhere and run again, it ends the same.
    """
    report = FileReport()
    with opened(path) as file:
        first = file.readline()
        columns = _columns(path, first)
        rows = _rows(csv.reader(file, delimiter=delimiter_of(first)), columns)
        while batch := list(islice(rows, _BATCH)):
            kept = _volunteers(batch, report, clock.now())
            with transaction() as session:
                too_small = physicians.keep_volunteers(session, kept)
            for number, row in batch:
                if row.get("rpps") in too_small:
                    report.rejected.append((number, "capacity", "is less than the places already held or taken"))
            report.rows += len(batch)
            report.kept += len(kept) - len(too_small)
    with transaction() as session:
        physicians.place_volunteers(session)
        report.unplaced = physicians.count_unplaced(session)
    publish_rejected(path, report)
    return report


def _columns(path: Path, header: str) -> list[str]:
    columns = [name.strip() for name in next(csv.reader([header], delimiter=delimiter_of(header)), [])]
    if not columns:
        raise ImportRefused(f"{path.name}: is empty")
    unknown = [column for column in columns if column not in _COLUMNS]
    if unknown:
        raise ImportRefused(f"{path.name}: the column {unknown[0]!r} is unknown; the columns are {', '.join(_COLUMNS)}")
    missing = [column for column in ("rpps", "capacity") if column not in columns]
    if missing:
        raise ImportRefused(f"{path.name}: the column {missing[0]!r} is missing; it is mandatory")
    return columns


def _rows(reader: Iterator[list[str]], columns: list[str]) -> Iterator[tuple[int, Row]]:
    for number, values in enumerate(reader, 2):
        if values:
            yield number, dict(zip(columns, (value.replace("\x00", "").strip() for value in values), strict=False))


def _volunteers(batch: list[tuple[int, Row]], report: FileReport, now: datetime) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for number, row in batch:
        if not re.fullmatch(r"\d{11}", row.get("rpps", ""), re.ASCII):
            report.rejected.append((number, "rpps", "is not 11 digits"))
            continue
        if not re.fullmatch(r"\d{1,4}", row.get("capacity", ""), re.ASCII):
            report.rejected.append((number, "capacity", "is not a whole number of places"))
            continue
        available_from = read_date(row["available_from"]) if row.get("available_from") else None
        if row.get("available_from") and available_from is None:
            report.rejected.append((number, "available_from", "is not a date such as 2026-12-01 or 01/12/2026"))
            continue
        kept[row["rpps"]] = {
            "rpps": row["rpps"],
            "capacity": int(row["capacity"]),
            "available_from": available_from,
            "home_visits": _is_yes(row.get("home_visits", "")),
            "wheelchair_accessible": _is_yes(row.get("wheelchair_accessible", "")),
            "languages": [code for code in re.split(r"[\s|/+,]+", row.get("languages", "").lower()) if code],
            "sector": row.get("sector") or None,
            "note": row.get("note") or None,
            "updated_at": now,
        }
    return list(kept.values())


def _is_yes(text: str) -> bool:
    return text.lower() in {"1", "oui", "yes", "true", "o", "x"}
