"""The import of `patients.csv`: what is valid is kept, each rejected row is reported, twice changes nothing."""

import csv
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from outreach.clock import Clock
from outreach.database.models import Campaign
from outreach.database.repositories import patients_import
from outreach.domain.eligibility import ineligible_because
from outreach.domain.patients_file import FileRefused, PatientRow, RowRejected, check_header, read_row
from outreach.domain.words import CampaignStatus, ContactState, SuppressionScope
from outreach.runtime import Session
from outreach.services import campaigns, life
from outreach.services.erasure import AT_THEIR_WISH
from outreach.services.files import ImportRefused, Transaction
from outreach.services.suppressions import suppress

BATCH = 10_000

_NO_NUMBER = "no_number"


@dataclass(slots=True)
class ImportReport:
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    report: Path | None = None


def count_rows(path: Path) -> int:
    """The lines below the header, to show progress; refuses what isn't UTF-8 before anything is written."""
    lines = 0
    try:
        with path.open("rb") as file:
            for line in file:
                line.decode("utf-8")
                lines += 1
    except UnicodeDecodeError:
        raise ImportRefused(
            f"{path.name}: line {lines + 1} is not UTF-8; save the file as UTF-8 and import it again"
        ) from None
    except OSError as error:
        raise ImportRefused(f"{path.name}: cannot be read ({error.strerror})") from None
    if lines <= 1:
        raise ImportRefused(f"{path.name}: there is no row below the header" if lines else f"{path.name}: is empty")
    return lines - 1


def import_patients(
    path: Path,
    campaign_name: str,
    transaction: Transaction,
    clock: Clock,
    progress: Callable[[int], None] = lambda _: None,
) -> ImportReport:
    """Imports a file by batches, each its own transaction: interrupted anywhere and run again, it ends the same.

    `progress` is told the number of rows done. Raises ImportRefused when the file can't be taken at all.
    """
    count_rows(path)
    with transaction() as session:
        campaigns.ensure(session, campaign_name, clock.now())
    report = ImportReport(report=path.with_name(f"{path.stem}.rejected.csv"))
    rejected = path.with_name(f"{path.stem}.rejected.csv.part")
    try:
        with (
            path.open(encoding="utf-8-sig", newline="") as source,
            rejected.open("w", encoding="utf-8", newline="") as sink,
        ):
            refusals = csv.writer(sink)
            refusals.writerow(("line", "column", "reason"))

            def refuse(line: int, column: str, reason: str) -> None:
                report.rejected += 1
                refusals.writerow((line, column, reason))

            today = clock.now().date()
            _write(_lines(source, today, report, refuse), campaign_name, transaction, clock, report, progress)
        progress(report.rows)
    except FileRefused as error:
        rejected.unlink(missing_ok=True)
        raise ImportRefused(f"{path.name}: {error}") from None
    _publish(rejected, report)
    return report


def _write(
    rows: Iterator[PatientRow],
    campaign_name: str,
    transaction: Transaction,
    clock: Clock,
    report: ImportReport,
    progress: Callable[[int], None],
) -> None:
    """Takes the rows over by batches, while those of the next one are read."""

    def take(batch: list[PatientRow], done: int) -> int:
        with transaction() as session:
            arrived = _take(session, batch, campaign_name, clock.now())
        report.added += arrived.added
        report.changed += arrived.changed
        report.unchanged += len(batch) - arrived.added - arrived.changed
        return done

    # Two batches are held at most. Whoever interrupts waits for the one that is being written.
    with ThreadPoolExecutor(1, "import") as writer:
        writing: Future[int] | None = None
        try:
            for batch in _batches(rows):
                if writing is not None:
                    progress(writing.result())
                writing = writer.submit(take, batch, report.rows)
        finally:
            if writing is not None:
                progress(writing.result())


def _batches(rows: Iterator[PatientRow]) -> Iterator[list[PatientRow]]:
    batch: list[PatientRow] = []
    try:
        for row in rows:
            batch.append(row)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except FileRefused:
        if batch:
            yield batch  # what stands before the place that can't be read
        raise
    if batch:
        yield batch


def _publish(rejected: Path, report: ImportReport) -> None:
    assert report.report is not None
    if report.rejected:
        rejected.replace(report.report)
    else:
        rejected.unlink()
        report.report.unlink(missing_ok=True)
        report.report = None


def _lines(
    source: Iterator[str], today: date, report: ImportReport, refuse: Callable[[int, str, str], None]
) -> Iterator[PatientRow]:
    """The valid rows, in order; the others are refused with their line, column and reason."""
    header_line = next(source)
    delimiter = ";" if header_line.count(";") >= header_line.count(",") and ";" in header_line else ","
    columns = check_header(next(csv.reader([header_line], delimiter=delimiter)))
    reader = csv.reader(source, delimiter=delimiter)
    seen: dict[str, int] = {}
    try:
        for values in reader:
            line = reader.line_num + 1
            if not any(value.strip() for value in values):
                continue
            report.rows += 1
            if len(values) != len(columns):
                refuse(
                    line,
                    columns[min(len(values), len(columns) - 1)],
                    f"the row has {len(values)} values for {len(columns)} columns",
                )
                continue
            try:
                row = read_row(dict(zip(columns, values, strict=True)), today)
            except RowRejected as error:
                refuse(line, error.column, error.reason)
                continue
            if row.reference in seen:
                refuse(line, "reference", f"stands already on line {seen[row.reference]}")
                continue
            seen[row.reference] = line
            yield row
    except csv.Error as error:
        raise FileRefused(f"line {reader.line_num + 1} is not CSV ({error}); the rows before it are imported") from None


def _take(session: Session, batch: list[PatientRow], campaign_name: str, now: datetime) -> patients_import.Arrivals:
    campaign = campaigns.get(session, campaign_name)
    patients_import.gather(session, (_arrival(row, now.date()) for row in batch))
    arrived = patients_import.take_over(session, AT_THEIR_WISH, now)
    _stop(session, now)
    for patient in patients_import.kept_otherwise(session):
        patients_import.bar(session, patient.id, *_barred(patient.ehpad, patient, now.date()))
    patients_import.enrol(session, campaign.id, _NO_NUMBER, now)
    for settled in patients_import.settled_anew(session, campaign.id):
        _settle(session, campaign, settled, now)
    session.flush()
    if campaign.status == CampaignStatus.RUNNING:
        campaigns.schedule(session, campaign, now)
    return arrived


def _arrival(row: PatientRow, today: date) -> tuple[object, ...]:
    """A row's values in the order of `patients_import.COLUMNS`."""
    numbers = [(number.e164, number.kind) for number in row.numbers] + [(None, None)] * (2 - len(row.numbers))
    return (
        *_values(row),
        *numbers[0],
        *numbers[1],
        *_barred(row.ehpad_finess is not None, row, today),
    )


_values = attrgetter(*patients_import.COLUMNS[: patients_import.COLUMNS.index("number_1")])


class _Person(Protocol):
    """What makes somebody ineligible."""

    @property
    def legal_protection(self) -> bool: ...
    @property
    def objected(self) -> bool: ...
    @property
    def birth_date(self) -> date | None: ...


def _barred(ehpad: bool, person: _Person, today: date) -> tuple[str | None, str | None]:
    """Why the agent never calls somebody, and why if they were suppressed."""
    why, if_stopped = (
        ineligible_because(
            ehpad=ehpad,
            legal_protection=person.legal_protection,
            objected=person.objected,
            suppressed=suppressed,
            birth_date=person.birth_date,
            today=today,
        )
        for suppressed in (False, True)
    )
    return why, if_stopped


def _stop(session: Session, now: datetime) -> None:
    """A stop holds for whoever comes again, and for the same person under another reference (rule 9)."""
    patients_import.mark_stopped(session)
    while twins := patients_import.twins_of_stopped(session):
        for reference in twins:
            suppress(session, reference, None, SuppressionScope.PERSON, "same_person_stopped", now)
        patients_import.mark_stopped(session)


def _settle(session: Session, campaign: Campaign, settled: patients_import.Settled, now: datetime) -> None:
    contact = settled.contact
    if settled.barred is not None:
        life.move(session, contact, ContactState.INELIGIBLE, settled.barred, now)
    elif settled.silent:
        life.move(session, contact, ContactState.NO_PHONE, _NO_NUMBER, now)
    else:
        at = campaigns.first_moment(campaign, contact.patient.department, now)
        if at is not None:
            life.move(session, contact, ContactState.WAITING, "number_given", now, at)
