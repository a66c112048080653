"""A patients' file by page: sent, looked through, confirmed, imported in the background."""

import csv
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from uuid import UUID, uuid4

import anyio
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.drafts import Fields
from api.pages import steering_words
from api.pages.acting import once
from api.pages.rendering import back_to, redirect, render, saying
from api.pages.steering import Steering, Supervisor
from api.pages.steering_forms import Shown
from api.sessions import check_csrf, keep
from api.state import runtime_of
from api.uploads import FIRST_LINE, NoFile, TooLarge, receive
from outreach.database.models import Import
from outreach.domain.patients_file import COLUMNS, MANDATORY, FileRefused
from outreach.domain.words import ImportState
from outreach.errors import BadInput
from outreach.runtime import Runtime, Session
from outreach.services import campaigns, forms, imports
from outreach.services.patients_preview import header_of

router = APIRouter(prefix="/tableau/{name}/import")

AT_WORK = frozenset({ImportState.CHECKING, ImportState.IMPORTING})
_STREAM_SECONDS = 240.0
_LOOK_SECONDS = 0.5
_A_MOMENT = 0.8
"""For so long a form waits for a small file to be looked through, so that the next page shows it whole."""


def _begin(runtime: Runtime, import_id: UUID) -> None:
    """Works on it in this process, until it is done: its own thread, which no request waits for."""
    worker = threading.Thread(target=imports.work, args=(runtime, import_id), name=f"import {import_id}", daemon=True)
    worker.start()
    worker.join(_A_MOMENT)


@router.get("")
def ask_for_file(request: Request, _: Supervisor, name: str) -> Response:
    return _page(request, name)


def _page(request: Request, name: str, wrong: str | None = None, status: int = 200) -> Response:
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
        before = imports.last_ones(session, name)
    return render(
        request,
        "steering/import.html",
        status,
        campaign=campaign,
        before=before,
        form=Shown({}, {"fichier": wrong} if wrong else None),
        megabytes=imports.MOST_MEGABYTES,
        mandatory=MANDATORY,
        others=[column for column in COLUMNS if column not in MANDATORY],
    )


@router.post("")
async def send_file(request: Request, supervisor: Supervisor, name: str) -> Response:
    """Takes a file. Its first line is read before anything is written: a file that holds what we never hold isn't."""
    runtime = runtime_of(request)
    await run_in_threadpool(_open_campaign, runtime, name)
    part = await run_in_threadpool(_place, runtime)

    def approve(line: bytes, fields: Fields) -> None:
        check_csrf(request, (fields.get("csrf") or [""])[0])
        header_of(_readable(line))

    try:
        fields = await receive(request, part, approve, imports.MOST_MEGABYTES)
    except (FileRefused, BadInput) as error:
        if isinstance(error, NoFile):
            check_csrf(request, (error.fields.get("csrf") or [""])[0])
        await run_in_threadpool(_note_refusal, runtime, name, error, supervisor.login)
        return await run_in_threadpool(_page, request, name, steering_words.whole_file(str(error)), 422)
    return await run_in_threadpool(_received, request, runtime, name, part, fields, supervisor.login)


def _open_campaign(runtime: Runtime, name: str) -> None:
    with runtime.transaction() as session:
        campaigns.check_open(campaigns.get(session, name))


def _place(runtime: Runtime) -> Path:
    imports.tidy(runtime)
    return imports.folder(runtime.settings.relais_var) / f"{uuid4()}.part"


def _readable(line: bytes) -> str:
    try:
        return line[:FIRST_LINE].decode("utf-8-sig").strip("\r\n")
    except UnicodeDecodeError:
        raise BadInput("the file is not UTF-8") from None


def _note_refusal(runtime: Runtime, name: str, error: Exception, login: str) -> None:
    if isinstance(error, NoFile | TooLarge):
        return
    with runtime.transaction() as session:
        imports.refused(session, name, str(error), runtime.clock.now(), login)


def _received(request: Request, runtime: Runtime, name: str, part: Path, fields: Fields, login: str) -> Response:
    var = runtime.settings.relais_var
    token = (fields.get("jeton") or [""])[0]
    key = forms.key_of(token, request.url.path, {}) if token else None
    import_id = None
    with runtime.transaction() as session:
        now = runtime.clock.now()
        if key is not None and not forms.is_first(session, key, now):
            part.unlink(missing_ok=True)
            return redirect(request, forms.where_it_led(session, key) or request.url.path)
        import_id = imports.receive(session, name, part, var, now, login).id
        address = f"/tableau/{name}/import/{import_id}"
        if key is not None:
            forms.led_to(session, key, address)
    _begin(runtime, import_id)
    return redirect(request, address)


@router.get("/{import_id}")
def one_import(request: Request, _: Supervisor, name: str, import_id: UUID) -> Response:
    return _one_page(request, name, import_id)


def _one_page(request: Request, name: str, import_id: UUID, problem: str | None = None, status: int = 200) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        one = imports.get(session, import_id, name)
        silent = imports.is_silent(session, one)
    var = runtime.settings.relais_var
    return render(
        request,
        "steering/import_one.html",
        status,
        campaign=one.campaign,
        one=one,
        silent=silent,
        at_work=one.state in AT_WORK and not silent,
        file_here=imports.file_of(var, import_id).exists(),
        report=imports.report_of(var, import_id).exists(),
        problem=problem,
    )


@router.get("/{import_id}/suivi")
def follow(request: Request, _: Supervisor, name: str, import_id: UUID) -> Response:
    """How far it is, as it goes (server-sent events). Without them the page comes again by itself."""
    with runtime_of(request).transaction() as session:
        imports.get(session, import_id, name)
    stream = _stream(runtime_of(request), name, import_id)
    return StreamingResponse(stream, media_type="text/event-stream")


async def _stream(runtime: Runtime, name: str, import_id: UUID) -> AsyncIterator[str]:
    ends, told = time.monotonic() + _STREAM_SECONDS, ""
    yield "retry: 2000\n\n"
    while time.monotonic() < ends:
        one = await run_in_threadpool(_read, runtime, name, import_id)
        document = json.dumps({"done": one.rows_done, "rows": one.rows, "state": one.state})
        if document != told:
            told = document
            yield f"event: progress\ndata: {document}\n\n"
        if one.state not in AT_WORK:
            return
        await anyio.sleep(_LOOK_SECONDS)


def _read(runtime: Runtime, name: str, import_id: UUID) -> Import:
    with runtime.transaction() as session:
        return imports.get(session, import_id, name)


@router.post("/{import_id}/confirmer")
def confirm(request: Request, supervisor: Steering, name: str, import_id: UUID) -> Response:
    runtime = runtime_of(request)
    confirmed = []

    def do(session: Session, now: datetime) -> str:
        imports.confirm(session, import_id, name, runtime.settings.relais_var, now, supervisor.login)
        confirmed.append(import_id)
        return f"/tableau/{name}/import/{import_id}"

    try:
        answer = once(request, supervisor, do)
    except (imports.FileElsewhere, imports.NotNow) as error:
        return _one_page(request, name, import_id, _WHY_NOT[type(error)], 409)
    for one in confirmed:
        _begin(runtime, one)
    return answer


_WHY_NOT = {
    imports.FileElsewhere: "Le fichier n’est plus sur cette machine. Envoyez-le de nouveau.",
    imports.NotNow: "Ce n’est plus possible : cet import n’en est plus là.",
}


@router.post("/{import_id}/continuer")
def take_up(request: Request, supervisor: Steering, name: str, import_id: UUID) -> Response:
    """Goes on with what a process left that ended."""
    runtime = runtime_of(request)
    try:
        with runtime.transaction() as session:
            var, now = runtime.settings.relais_var, runtime.clock.now()
            imports.take_up(session, import_id, name, var, now, supervisor.login)
    except (imports.FileElsewhere, imports.NotNow) as error:
        return _one_page(request, name, import_id, _WHY_NOT[type(error)], 409)
    _begin(runtime, import_id)
    return redirect(request, f"/tableau/{name}/import/{import_id}")


@router.post("/{import_id}/abandonner")
def drop(request: Request, supervisor: Steering, name: str, import_id: UUID) -> Response:
    runtime = runtime_of(request)

    def do(session: Session, now: datetime) -> str:
        imports.drop(session, import_id, name, runtime.settings.relais_var, now, supervisor.login)
        return saying(f"/tableau/{name}/import", "import_abandonne")

    try:
        return once(request, supervisor, do)
    except imports.NotNow as error:
        return _one_page(request, name, import_id, _WHY_NOT[type(error)], 409)


@router.get("/{import_id}/rejets.csv")
def rejected(request: Request, _: Supervisor, name: str, import_id: UUID) -> Response:
    """The rows that were rejected: line, column, reason in French."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        one = imports.get(session, import_id, name)
    try:
        path = imports.rejected_rows(runtime.settings.relais_var, one)
    except BadInput:
        return back_to(request, f"/tableau/{name}/import/{import_id}", "sans_rejets")
    headers = {"Content-Disposition": f'attachment; filename="{name}-rejets.csv"'}
    return keep(request, StreamingResponse(_in_french(path), media_type="text/csv; charset=utf-8", headers=headers))


def _in_french(path: Path) -> Iterator[bytes]:
    sink = StringIO(newline="")
    writer = csv.writer(sink, delimiter=";")

    def written() -> bytes:
        text = sink.getvalue()
        sink.seek(0)
        sink.truncate()
        return text.encode()

    yield "\ufeff".encode()
    writer.writerow(("ligne", "colonne", "raison"))
    with path.open(encoding="utf-8", newline="") as source:
        rows = csv.reader(source)
        next(rows, None)
        for number, (line, column, reason) in enumerate(rows):
            writer.writerow((line, column, steering_words.row(reason)))
            if number % 500 == 0:
                yield written()
    yield written()
