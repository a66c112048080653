"""The imports of physicians (RPPS open data, as published) and of volunteers (DESIGN §5 Files)."""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from outreach.clock import Clock
from outreach.database.repositories import physicians
from outreach.domain.patients_file import read_date
from outreach.domain.territories import UnknownTerritory, department_of
from outreach.errors import BadInput
from outreach.runtime import Session

BATCH = 1000
Transaction = Callable[[], AbstractContextManager[Session]]

_RPPS = "Identifiant PP"
_PROFESSION = "Code profession"
_SPECIALTY = "Code savoir-faire"
_NEEDED = (_RPPS, _PROFESSION, _SPECIALTY, "Nom d'exercice", "Prénom d'exercice", "Code postal (coord. structure)")
_PHYSICIAN = "10"
# The specialties of general practice in the RPPS nomenclature: qualified, specialist, and of general medicine.
_GENERAL_PRACTICE = frozenset({"SM26", "SM53", "SM54"})

_VOLUNTEER_COLUMNS = (
    "rpps",
    "capacity",
    "available_from",
    "home_visits",
    "wheelchair_accessible",
    "languages",
    "sector",
    "note",
)


class ImportRefused(BadInput):
    """The file can't be taken at all: one sentence."""


@dataclass(slots=True)
class FileReport:
    rows: int = 0
    kept: int = 0
    skipped: int = 0
    rejected: list[tuple[int, str, str]] | None = None


def _open_rows(path: Path, delimiter: str) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        # The RPPS extract has no quoting: a quotation mark there is a quotation mark.
        plain = csv.reader(file, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        reader = plain if delimiter == "|" else csv.reader(file, delimiter=delimiter)
        header = next(reader, None)
        if header is None:
            raise ImportRefused(f"{path.name}: is empty")
        columns = [name.strip() for name in header]
        yield 1, dict.fromkeys(columns, "")
        for values in reader:
            yield reader.line_num, dict(zip(columns, (value.strip() for value in values), strict=False))


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.readline()
    except UnicodeDecodeError:
        raise ImportRefused(f"{path.name}: is not UTF-8; save the file as UTF-8 and import it again") from None
    except OSError as error:
        raise ImportRefused(f"{path.name}: cannot be read ({error.strerror})") from None


def import_physicians(
    path: Path, transaction: Transaction, clock: Clock, progress: Callable[[int], None] = lambda _: None
) -> FileReport:
    """Keeps the general practitioners of an RPPS extract, one row a site. Raises ImportRefused."""
    if "|" not in _first_line(path):
        raise ImportRefused(f"{path.name}: is not a pipe-separated RPPS extract (PS_LibreAcces_Personne_activite)")
    rows = _open_rows(path, "|")
    _, header = next(rows)
    missing = [column for column in _NEEDED if column not in header]
    if missing:
        raise ImportRefused(f"{path.name}: the column {missing[0]!r} is missing; import the extract as published")
    report = FileReport()
    try:
        while batch := list(islice(rows, BATCH)):
            kept = [site for _, row in batch if (site := _site(row, clock.now())) is not None]
            with transaction() as session:
                physicians.keep_sites(session, kept)
            report.rows += len(batch)
            report.kept += len(kept)
            report.skipped += len(batch) - len(kept)
            progress(report.rows)
    except UnicodeDecodeError:
        raise ImportRefused(f"{path.name}: is not UTF-8; the rows before line {report.rows} are imported") from None
    finally:
        with transaction() as session:
            physicians.place_volunteers(session)
    return report


def _site(row: dict[str, str], now: datetime) -> dict[str, Any] | None:
    rpps = row.get(_RPPS, "")
    if (
        row.get(_PROFESSION) != _PHYSICIAN
        or row.get(_SPECIALTY) not in _GENERAL_PRACTICE
        or not re.fullmatch(r"\d{11}", rpps)
    ):
        return None
    postal_code = row.get("Code postal (coord. structure)") or None
    insee_code = row.get("Code commune (coord. structure)") or None
    department = None
    if postal_code is not None:
        try:
            department = department_of(postal_code, insee_code)
        except UnknownTerritory:
            postal_code = None
    street = (
        "Numéro Voie (coord. structure)",
        "Indice répétition voie (coord. structure)",
        "Libellé type de voie (coord. structure)",
        "Libellé Voie (coord. structure)",
    )
    return {
        "rpps": rpps,
        "site": row.get("Identifiant technique de la structure") or "",
        "civility": row.get("Libellé civilité") or None,
        "last_name": row.get("Nom d'exercice", ""),
        "first_name": row.get("Prénom d'exercice", ""),
        "address": " ".join(row[part] for part in street if row.get(part)) or None,
        "postal_code": postal_code,
        "insee_code": insee_code,
        "commune": row.get("Libellé commune (coord. structure)") or None,
        "department": department,
        "telephone": row.get("Téléphone (coord. structure)") or None,
        "updated_at": now,
    }


def import_volunteers(path: Path, transaction: Transaction, clock: Clock) -> FileReport:
    """Keeps the volunteers and the places they offer; places held or taken stay so. Raises ImportRefused."""
    line = _first_line(path)
    rows = _open_rows(path, ";" if ";" in line else ",")
    _, header = next(rows, (0, {}))
    unknown = [column for column in header if column not in _VOLUNTEER_COLUMNS]
    if unknown:
        raise ImportRefused(
            f"{path.name}: the column {unknown[0]!r} is unknown; the columns are {', '.join(_VOLUNTEER_COLUMNS)}"
        )
    missing = [column for column in ("rpps", "capacity") if column not in header]
    if missing:
        raise ImportRefused(f"{path.name}: the column {missing[0]!r} is missing; it is mandatory")
    report = FileReport(rejected=[])
    while batch := list(islice(rows, BATCH)):
        kept = _volunteers(batch, report, clock.now())
        with transaction() as session:
            too_small = physicians.keep_volunteers(session, kept)
        for number, row in batch:
            if row.get("rpps") in too_small:
                _reject(report, number, "capacity", "is less than the places already held or taken")
        report.rows += len(batch)
        report.kept += len(kept) - len(too_small)
    with transaction() as session:
        physicians.place_volunteers(session)
    return report


def _reject(report: FileReport, line: int, column: str, reason: str) -> None:
    assert report.rejected is not None
    report.rejected.append((line, column, reason))


def _volunteers(batch: Sequence[tuple[int, dict[str, str]]], report: FileReport, now: datetime) -> list[dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    for number, row in batch:
        if not re.fullmatch(r"\d{11}", row.get("rpps", "")):
            _reject(report, number, "rpps", "is not 11 digits")
            continue
        if not re.fullmatch(r"\d{1,4}", row.get("capacity", "")):
            _reject(report, number, "capacity", "is not a whole number of places")
            continue
        available_from = read_date(row["available_from"]) if row.get("available_from") else None
        if row.get("available_from") and available_from is None:
            _reject(report, number, "available_from", "is not a date such as 2026-12-01 or 01/12/2026")
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
    return text.strip().lower() in {"1", "oui", "yes", "true", "o", "x"}
