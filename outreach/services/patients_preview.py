"""What an import of `patients.csv` would do, told before anything is written."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from outreach.clock import Clock
from outreach.database.repositories import imports
from outreach.domain.eligibility import ineligible_because
from outreach.domain.patients_file import FileRefused, PatientRow, RowRejected, check_header, read_row
from outreach.services.files import ImportRefused, Transaction

FIRST_ERRORS = 20
_BATCH = 5000
_TOLD_EACH = 2000


@dataclass(slots=True)
class FilePreview:
    """`added`: people whom we don't know yet; `enrolled`: those whom the campaign doesn't hold yet, these included.
    `ineligible`: whom the agent would not call. `errors`: the first rejected rows, by line, column, reason.
    """

    columns: list[str] = field(default_factory=list)
    rows: int = 0
    valid: int = 0
    added: int = 0
    enrolled: int = 0
    ineligible: int = 0
    without_number: int = 0
    rejected: int = 0
    errors: list[tuple[int, str, str]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        return asdict(self)


def header_of(line: str) -> tuple[list[str], str]:
    """The columns that a file's first line names, and what separates them. Raises FileRefused."""
    delimiter = ";" if line.count(";") >= line.count(",") and ";" in line else ","
    return check_header(next(csv.reader([line], delimiter=delimiter), [])), delimiter


def look_through(
    path: Path,
    campaign_id: UUID,
    transaction: Transaction,
    clock: Clock,
    progress: Callable[[int], None] = lambda _: None,
) -> FilePreview:
    """Reads a file as an import would, and writes nothing. `progress` is told the number of rows read.

    Raises ImportRefused when the file can't be taken at all.
    """
    preview = FilePreview()
    today = clock.now().date()
    try:
        with path.open(encoding="utf-8-sig", newline="") as source:
            preview.columns, delimiter = header_of(next(source, ""))
            rows = _rows(csv.reader(source, delimiter=delimiter), preview, today, progress)
            while batch := tuple(islice(rows, _BATCH)):
                with transaction() as session:
                    known, enrolled = imports.known(session, campaign_id, [row.reference for row in batch])
                _count(batch, known, enrolled, preview, today)
    except FileRefused as error:
        raise ImportRefused(str(error)) from None
    except UnicodeDecodeError:
        raise ImportRefused("the file is not UTF-8; save it as UTF-8 and import it again") from None
    except csv.Error:
        raise ImportRefused(f"after line {preview.rows + 1} the file is not CSV any more") from None
    if not preview.rows:
        raise ImportRefused("there is no row below the header")
    progress(preview.rows)
    return preview


def _count(
    rows: tuple[PatientRow, ...], known: set[str], enrolled: set[str], preview: FilePreview, today: date
) -> None:
    for row in rows:
        preview.valid += 1
        preview.added += row.reference not in known
        preview.enrolled += row.reference not in enrolled
        why = ineligible_because(
            ehpad=row.ehpad_finess is not None,
            legal_protection=row.legal_protection,
            objected=row.objected,
            suppressed=False,
            birth_date=row.birth_date,
            today=today,
        )
        preview.ineligible += why is not None
        preview.without_number += why is None and not row.numbers


def _rows(reader: Any, preview: FilePreview, today: date, progress: Callable[[int], None]) -> Iterator[PatientRow]:
    columns, seen = preview.columns, set[str]()
    for values in reader:
        if not any(value.strip() for value in values):
            continue
        preview.rows += 1
        if preview.rows % _TOLD_EACH == 0:
            progress(preview.rows)
        line = reader.line_num + 1
        if len(values) != len(columns):
            column = columns[min(len(values), len(columns) - 1)]
            _reject(preview, line, column, f"the row has {len(values)} values for {len(columns)} columns")
            continue
        try:
            row = read_row(dict(zip(columns, values, strict=True)), today)
        except RowRejected as error:
            _reject(preview, line, error.column, error.reason)
            continue
        if row.reference in seen:
            _reject(preview, line, "reference", "stands twice in the file")
            continue
        seen.add(row.reference)
        yield row


def _reject(preview: FilePreview, line: int, column: str, reason: str) -> None:
    preview.rejected += 1
    if len(preview.errors) < FIRST_ERRORS:
        preview.errors.append((line, column, reason))
