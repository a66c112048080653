"""The import of `patients.csv`: what is valid is kept, each rejected row is reported, twice changes nothing."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path

from outreach.clock import Clock
from outreach.database.models import Campaign, Contact, Patient, PhoneNumber
from outreach.database.repositories import contacts, people, suppressions
from outreach.domain.eligibility import ineligible_because
from outreach.domain.patients_file import FileRefused, PatientRow, RowRejected, check_header, read_row
from outreach.domain.words import CampaignStatus, ContactState, SuppressionScope
from outreach.runtime import Session
from outreach.services import campaigns, life
from outreach.services.erasure import AT_THEIR_WISH
from outreach.services.files import ImportRefused, Transaction
from outreach.services.suppressions import suppress

BATCH = 500

_FIELDS = (
    "civility",
    "last_name",
    "first_name",
    "birth_date",
    "postal_code",
    "insee_code",
    "department",
    "fund",
    "ehpad_finess",
    "legal_protection",
    "objected",
    "regular_physician_rpps",
    "language",
)


@dataclass(slots=True)
class ImportReport:
    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: int = 0
    report: Path | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    row: PatientRow


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
            lines = _lines(source, today, report, refuse)
            while batch := tuple(islice(lines, BATCH)):
                with transaction() as session:
                    _take(session, batch, campaign_name, clock.now(), report)
                progress(report.rows)
        progress(report.rows)
    except FileRefused as error:
        rejected.unlink(missing_ok=True)
        raise ImportRefused(f"{path.name}: {error}") from None
    _publish(rejected, report)
    return report


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
) -> Iterator[_Line]:
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
            yield _Line(line, row)
    except csv.Error as error:
        raise FileRefused(f"line {reader.line_num + 1} is not CSV ({error}); the rows before it are imported") from None


def _take(session: Session, batch: tuple[_Line, ...], campaign_name: str, now: datetime, report: ImportReport) -> None:
    campaign = campaigns.get(session, campaign_name)
    known = people.by_references(session, [line.row.reference for line in batch])
    for line in batch:
        patient = known.get(line.row.reference)
        if patient is None:
            patient = known[line.row.reference] = _add(session, line.row, now)
            report.added += 1
        elif _change(patient, line.row, now):
            report.changed += 1
        else:
            report.unchanged += 1
    session.flush()
    patients = [known[line.row.reference] for line in batch]
    stopped = suppressions.suppressed_references(session, [patient.reference for patient in patients])
    existing = contacts.of_campaign_by_patient(session, campaign.id, [patient.id for patient in patients])
    for patient in patients:
        suppressed = patient.reference in stopped or _inherits_a_stop(session, patient, now)
        _enrol(session, campaign, patient, existing.get(patient.id), suppressed, now)
    session.flush()
    if campaign.status == CampaignStatus.RUNNING:
        campaigns.schedule(session, campaign, now)


def _add(session: Session, row: PatientRow, now: datetime) -> Patient:
    patient = Patient(
        reference=row.reference,
        invented=row.invented,
        created_at=now,
        updated_at=now,
        **{name: getattr(row, name) for name in _FIELDS},
    )
    patient.numbers = [
        PhoneNumber(rank=rank, e164=number.e164, kind=number.kind) for rank, number in enumerate(row.numbers, start=1)
    ]
    session.add(patient)
    return patient


def _change(patient: Patient, row: PatientRow, now: datetime) -> bool:
    if patient.erased_because == AT_THEIR_WISH:
        return False  # a file doesn't bring them back
    changed = patient.erased_at is not None
    patient.erased_at = patient.erased_because = None
    for name in _FIELDS:
        value = getattr(row, name)
        if name == "objected":
            value = value or patient.objected  # an objection isn't taken back by a file
        if getattr(patient, name) != value:
            setattr(patient, name, value)
            changed = True
    if [number.e164 for number in patient.numbers] != [number.e164 for number in row.numbers]:
        _change_numbers(patient, row)
        patient.invented = row.invented
        changed = True
    if changed:
        patient.updated_at = now
    return changed


def _change_numbers(patient: Patient, row: PatientRow) -> None:
    """Brings the numbers to those of the row, rank by rank; a number that proved unusable stays so at any rank."""
    unusable = {n.e164: (n.unusable_since, n.unusable_because) for n in patient.numbers}
    del patient.numbers[len(row.numbers) :]
    for rank, number in enumerate(row.numbers, start=1):
        if rank > len(patient.numbers):
            patient.numbers.append(PhoneNumber(rank=rank))
        held = patient.numbers[rank - 1]
        held.e164, held.kind = number.e164, number.kind
        held.unusable_since, held.unusable_because = unusable.get(number.e164, (None, None))


def _inherits_a_stop(session: Session, patient: Patient, now: datetime) -> bool:
    """The same person under another reference said STOP: it holds for this one too (rule 9)."""
    if patient.birth_date is None or not patient.numbers:
        return False
    twins = people.same_person(
        session, patient.last_name, patient.birth_date, [number.e164 for number in patient.numbers]
    )
    for twin in twins:
        if twin.reference != patient.reference and suppressions.suppressed_references(session, [twin.reference]):
            suppress(session, patient.reference, None, SuppressionScope.PERSON, "same_person_stopped", now)
            return True
    return False


def _enrol(
    session: Session, campaign: Campaign, patient: Patient, contact: Contact | None, suppressed: bool, now: datetime
) -> None:
    why = ineligible_because(
        ehpad=patient.ehpad_finess is not None,
        legal_protection=patient.legal_protection,
        objected=patient.objected,
        suppressed=suppressed,
        birth_date=patient.birth_date,
        today=now.date(),
    )
    state, reason = ContactState.WAITING, None
    if why is not None:
        state, reason = ContactState.INELIGIBLE, why
    elif all(number.unusable_since is not None for number in patient.numbers):
        state, reason = ContactState.NO_PHONE, "no_number"
    if contact is None:
        session.add(
            Contact(
                campaign_id=campaign.id,
                patient_id=patient.id,
                state=state,
                reason=reason,
                created_at=now,
                updated_at=now,
            )
        )
        return
    before = ContactState(contact.state)
    if (
        state is ContactState.INELIGIBLE and before in {ContactState.WAITING, ContactState.DUE, ContactState.NO_PHONE}
    ) or (state is ContactState.NO_PHONE and before in {ContactState.WAITING, ContactState.DUE}):
        life.move(session, contact, state, reason, now)
    elif state is ContactState.WAITING and before is ContactState.NO_PHONE:
        at = campaigns.first_moment(campaign, patient.department, now)
        if at is not None:
            life.move(session, contact, state, "number_given", now, at)
