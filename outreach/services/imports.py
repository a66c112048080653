"""Patients' files that come by page: looked through, confirmed, imported in the background, and never kept.

A file is on the machine that received it, readable by nobody else, until it is imported, refused or dropped. What a
process left that ended is taken up when a human says so: an import run twice changes nothing.
"""

import platform
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import structlog

from outreach.database.models import Import
from outreach.database.repositories import imports
from outreach.domain.words import ImportState
from outreach.errors import BadInput, BusinessError, NotFound
from outreach.runtime import DatabaseError, Runtime, Session
from outreach.services import audit, campaigns
from outreach.services.files import ImportRefused
from outreach.services.patients_import import import_patients
from outreach.services.patients_preview import look_through

log = structlog.get_logger()

MOST_MEGABYTES = 300
SILENT_SECONDS = 20.0
"""Real seconds without a word from whoever works on it after which an import may be taken up by somebody else."""

KEPT = timedelta(days=30)
"""How long a report of rejected rows is kept."""

_TOLD_SECONDS = 0.3


class UnknownImport(NotFound):
    def __init__(self) -> None:
        super().__init__("this import is not known")


class FileElsewhere(BusinessError):
    def __init__(self) -> None:
        super().__init__("the file is not on this machine any more; send it again")


class NotNow(BusinessError):
    def __init__(self) -> None:
        super().__init__("this import is not where that can be done")


def machine() -> str:
    return platform.node() or "localhost"


def folder(var: Path) -> Path:
    """Where files wait, on this machine: open to nobody else."""
    held = var / "imports"
    held.mkdir(mode=0o700, parents=True, exist_ok=True)
    held.chmod(0o700)
    return held


def file_of(var: Path, import_id: UUID) -> Path:
    return folder(var) / f"{import_id}.csv"


def report_of(var: Path, import_id: UUID) -> Path:
    """The rows that were rejected: line, column, reason; no value of theirs."""
    return folder(var) / f"{import_id}.rejected.csv"


def receive(session: Session, name: str, file: Path, var: Path, now: datetime, by: str) -> Import:
    """Takes a file that was received whole, to be looked through. Raises UnknownCampaign or CampaignError."""
    campaign = campaigns.get(session, name)
    campaigns.check_open(campaign)
    received = Import(
        id=uuid4(),
        campaign_id=campaign.id,
        state=ImportState.CHECKING,
        bytes=file.stat().st_size,
        machine=machine(),
        uploaded_by=by,
        uploaded_at=now,
        seen_wall=now,
    )
    session.add(received)
    session.flush()
    imports.seen(session, received.id, 0)
    audit.record(session, by, "import_received", name, None, now)
    file.replace(file_of(var, received.id))
    return received


def refused(session: Session, name: str, reason: str, now: datetime, by: str) -> None:
    """A file was sent that can't be taken, and of which nothing is kept but that."""
    audit.record(session, by, "import_refused", campaigns.get(session, name).name, reason, now)


def get(session: Session, import_id: UUID, name: str) -> Import:
    """One import of a campaign, with `.campaign`. Raises UnknownImport."""
    found = imports.by_id(session, import_id)
    if found is None or found.campaign.name != name:
        raise UnknownImport
    return found


def last_ones(session: Session, name: str, limit: int = 10) -> Sequence[Import]:
    """The newest first. Raises UnknownCampaign."""
    return imports.of_campaign(session, campaigns.get(session, name).id, limit)


def is_silent(session: Session, one: Import) -> bool:
    """Whether it is said to be worked on, and nobody does."""
    at_work = one.state in {ImportState.CHECKING, ImportState.IMPORTING}
    return at_work and imports.silent_for(session, one.id) > SILENT_SECONDS


def confirm(session: Session, import_id: UUID, name: str, var: Path, now: datetime, by: str) -> Import:
    """Has the file imported, by whoever calls `work` next. Raises FileElsewhere, NotNow or CampaignError."""
    one = get(session, import_id, name)
    campaigns.check_open(one.campaign)
    if not file_of(var, import_id).exists():
        raise FileElsewhere
    if not imports.begin(session, import_id, (ImportState.CHECKED,), ImportState.IMPORTING):
        raise NotNow
    session.expire(one)
    one = get(session, import_id, name)
    one.confirmed_by = by
    audit.record(session, by, "import_confirmed", name, f"{one.rows} rows", now)
    session.flush()
    return one


def take_up(session: Session, import_id: UUID, name: str, var: Path, now: datetime, by: str) -> Import:
    """Goes on with what a process left that ended. Raises FileElsewhere or NotNow."""
    one = get(session, import_id, name)
    if not file_of(var, import_id).exists():
        raise FileElsewhere
    if one.state not in {ImportState.CHECKING, ImportState.IMPORTING} or not imports.take_over(
        session, import_id, SILENT_SECONDS
    ):
        raise NotNow
    audit.record(session, by, "import_taken_up", name, None, now)
    return one


def drop(session: Session, import_id: UUID, name: str, var: Path, now: datetime, by: str) -> None:
    """Nothing is imported, and the file goes. Raises NotNow once it is being imported."""
    get(session, import_id, name)
    if not imports.begin(session, import_id, (ImportState.CHECKED, ImportState.CHECKING), ImportState.DROPPED):
        raise NotNow
    audit.record(session, by, "import_dropped", name, None, now)
    file_of(var, import_id).unlink(missing_ok=True)


def work(runtime: Runtime, import_id: UUID) -> None:
    """Looks the file through, or imports it, as its state says; tells how far it is as it goes."""
    var = runtime.settings.relais_var
    path = file_of(var, import_id)
    with runtime.transaction() as session:
        one = imports.by_id(session, import_id)
        if one is None or one.state not in {ImportState.CHECKING, ImportState.IMPORTING}:
            return
        state, campaign_id, name, by = (
            one.state,
            one.campaign_id,
            one.campaign.name,
            one.confirmed_by or one.uploaded_by,
        )
    try:
        if state == ImportState.CHECKING:
            _check(runtime, import_id, path, campaign_id)
        else:
            _import(runtime, import_id, path, name, by)
    except ImportRefused as error:
        # The rows that came before a mistake may be imported; the sentence tells.
        sentence = str(error).removeprefix(f"{path.name}: ")
        with runtime.transaction() as session:
            now = runtime.clock.now()
            imports.finish(session, import_id, now, state=ImportState.REFUSED, problem=sentence)
            audit.record(session, by, "import_refused", name, sentence, now)
        path.unlink(missing_ok=True)
    except (OSError, DatabaseError) as error:
        log.error("import failed", import_id=str(import_id), error=type(error).__name__)  # noqa: TRY400 - the kind alone
        # It stays at work, silent: somebody takes it up once the disk or the database is well again.


class _Telling:
    """Says how far it is some times a second, and so that somebody is at work, however long a step takes."""

    def __init__(self, runtime: Runtime, import_id: UUID) -> None:
        self._runtime = runtime
        self._import_id = import_id
        self._rows = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telling of an import", daemon=True)

    def __call__(self, rows: int) -> None:
        self._rows = rows

    def __enter__(self) -> "_Telling":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(_TOLD_SECONDS):
            try:
                with self._runtime.transaction() as session:
                    imports.seen(session, self._import_id, self._rows)
            except DatabaseError as error:
                log.warning("import not told", import_id=str(self._import_id), error=type(error).__name__)


def _check(runtime: Runtime, import_id: UUID, path: Path, campaign_id: UUID) -> None:
    with _Telling(runtime, import_id) as told:
        preview = look_through(path, campaign_id, runtime.transaction, runtime.clock, told)
    with runtime.transaction() as session:
        if imports.begin(session, import_id, (ImportState.CHECKING,), ImportState.CHECKED):
            one = imports.by_id(session, import_id, lock=True)
            assert one is not None
            one.rows = one.rows_done = preview.rows
            one.preview = preview.document()


def _import(runtime: Runtime, import_id: UUID, path: Path, name: str, by: str) -> None:
    with _Telling(runtime, import_id) as told:
        report = import_patients(path, name, runtime.transaction, runtime.clock, told)
    if report.report is not None:
        report.report.chmod(0o600)
        report.report.replace(report_of(runtime.settings.relais_var, import_id))
    result = {key: getattr(report, key) for key in ("rows", "added", "changed", "unchanged", "rejected")}
    with runtime.transaction() as session:
        now = runtime.clock.now()
        imports.finish(
            session, import_id, now, state=ImportState.DONE, rows=report.rows, rows_done=report.rows, result=result
        )
        told_in_words = ", ".join(f"{count} {key}" for key, count in result.items())
        audit.record(session, by, "patients_imported", name, told_in_words, now)
    path.unlink(missing_ok=True)


def tidy(runtime: Runtime) -> None:
    """Takes away files that no import needs any more, and reports that were kept long enough."""
    held = folder(runtime.settings.relais_var)
    with runtime.transaction() as session:
        needed = {str(one.id) for one in imports.open_on(session, machine())}
    oldest = time.time() - KEPT.total_seconds()
    for path in held.iterdir():
        name = path.name.partition(".")[0]
        age = time.time() - path.stat().st_mtime
        stray = name not in needed and age > SILENT_SECONDS and ".rejected" not in path.name
        if stray or path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def rejected_rows(var: Path, one: Import) -> Path:
    """The report to download. Raises BadInput when there is none, or none any more."""
    path = report_of(var, one.id)
    if not path.exists():
        raise BadInput("there is no report of rejected rows on this machine")
    return path
