"""What the imports share: refusals, reports, reading text."""

import csv
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from outreach.errors import BadInput
from outreach.runtime import Session

Transaction = Callable[[], AbstractContextManager[Session]]


class ImportRefused(BadInput):
    """The file can't be taken at all: one sentence."""


@dataclass(slots=True)
class FileReport:
    """`skipped`: rows of others than those looked for. `rejected`: line, column, reason. `departed`: names gone."""

    rows: int = 0
    kept: int = 0
    skipped: int = 0
    added: int = 0
    changed: int = 0
    left: int = 0
    unplaced: int = 0
    departed: list[str] = field(default_factory=list)
    rejected: list[tuple[int, str, str]] = field(default_factory=list)
    report: Path | None = None


@contextmanager
def opened(path: Path) -> Iterator[TextIO]:
    """A file of UTF-8 text, with or without a mark of order. Raises ImportRefused."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError:
        raise ImportRefused(
            f"{path.name}: is not UTF-8; save the file as UTF-8 and import it again; nothing was changed"
        ) from None
    except OSError as error:
        raise ImportRefused(f"{path.name}: cannot be read ({error.strerror})") from None


def delimiter_of(header: str) -> str:
    return ";" if ";" in header else ","


def publish_rejected(path: Path, report: FileReport) -> None:
    """Writes the rejected rows in a file beside the imported one, or takes away that of an earlier import."""
    beside = path.with_name(f"{path.stem}.rejected.csv")
    if not report.rejected:
        beside.unlink(missing_ok=True)
        return
    with beside.open("w", encoding="utf-8", newline="") as sink:
        writer = csv.writer(sink)
        writer.writerow(("line", "column", "reason"))
        writer.writerows(report.rejected)
    report.report = beside
