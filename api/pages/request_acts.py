"""What an adviser does on the page of a request."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages import labels
from api.pages.acting import Doing, Refusal, WrongField, once, version_in
from api.pages.answers_form import answers_in
from api.pages.queue import Working
from api.pages.rendering import redirect, saying
from api.pages.request_page import show
from api.pages.typed import Typed
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.calling_hours import Window
from outreach.domain.words import CallResult
from outreach.errors import BadInput, BusinessError, NotFound
from outreach.runtime import Session
from outreach.services import adviser_calls, forms, request_acts, requests
from outreach.services.request_acts import NOTE_LENGTH

router = APIRouter(prefix="/demandes/{request_id}")
_PAST = "Ce moment est déjà passé, ou la fin vient avant le début."


def _page(request_id: UUID, done: str | None = None) -> str:
    return saying(f"/demandes/{request_id}", done)


def _act(request: Request, adviser: Account, request_id: UUID, do: Doing) -> Response:
    """Does it; when it can't be done, shows the page again with what was typed."""
    try:
        return once(request, adviser, do)
    except NotFound:
        raise
    except BusinessError as error:
        return show(request, adviser, request_id, Refusal(request, error))


@router.post("/prendre")
def take(request: Request, adviser: Working, request_id: UUID) -> Response:
    def do(session: Session, now: datetime) -> str:
        requests.claim(session, request_id, adviser, now)
        return _page(request_id, "prise")

    return once(request, adviser, do)


@router.post("/rendre")
def give_back(request: Request, adviser: Working, request_id: UUID) -> Response:
    def do(session: Session, now: datetime) -> str:
        requests.release(session, request_id, adviser, now)
        return saying("/demandes", "rendue")

    return _act(request, adviser, request_id, do)


@router.post("/passer")
def pass_on(request: Request, adviser: Working, request_id: UUID) -> Response:
    typed = Typed(request.state.fields)

    def do(session: Session, now: datetime) -> str:
        to = typed.needed("a_qui", 64, "Choisissez à qui vous la passez.")
        note = typed.text("note", NOTE_LENGTH)
        try:
            requests.pass_on(session, request_id, adviser, to, note, now)
        except BadInput:
            raise WrongField("a_qui", "Choisissez une ou un collègue de la liste.") from None
        return saying("/demandes", "passee")

    return _act(request, adviser, request_id, do)


@router.post("/note")
def note(request: Request, adviser: Working, request_id: UUID) -> Response:
    typed = Typed(request.state.fields)

    def do(session: Session, now: datetime) -> str:
        text = typed.needed("note", NOTE_LENGTH, "Écrivez quelque chose avant d’enregistrer.")
        request_acts.add_note(session, request_id, adviser, text, now)
        return _page(request_id, "note")

    return _act(request, adviser, request_id, do)


@router.post("/appel")
def log_call(request: Request, adviser: Working, request_id: UUID) -> Response:
    typed = Typed(request.state.fields)

    def do(session: Session, now: datetime) -> str:
        result = typed.choice("issue", CallResult, "Dites comment l’appel s’est passé.")
        request_acts.log_call(session, request_id, adviser, result, typed.text("note", NOTE_LENGTH), now)
        return _page(request_id, "appel")

    return _act(request, adviser, request_id, do)


@router.post("/appeler")
def call(request: Request, adviser: Working, request_id: UUID) -> Response:
    """Relais rings the adviser, then the person."""
    number = Typed(request.state.fields).text("numero", 16)
    runtime = runtime_of(request)
    settings = runtime.settings
    # Of its own: what was not taken is over, whatever becomes of this press.
    with runtime.transaction() as session:
        adviser_calls.forget_untaken(session, request_id, adviser, runtime.clock.now())

    def do(session: Session, now: datetime) -> str:
        adviser_calls.ask(session, request_id, adviser, number, now, settings)
        return _page(request_id, "appel_demande")

    return _act(request, adviser, request_id, do)


@router.post("/tache")
def promise(request: Request, adviser: Working, request_id: UUID) -> Response:
    """Something to do for the person, on a day: it stays on the list of tasks until it is done."""
    typed = Typed(request.state.fields)

    def do(session: Session, now: datetime) -> str:
        what = typed.needed("note", NOTE_LENGTH, "Écrivez ce qu’il y a à faire.")
        day = typed.day("jour")
        team = bool(typed.text("equipe", 3))
        try:
            request_acts.promise(session, request_id, adviser, day, what, now, team=team)
        except BadInput:
            raise WrongField("jour", "Choisissez un jour entre aujourd’hui et dans un an.") from None
        return _page(request_id, "tache")

    return _act(request, adviser, request_id, do)


@router.post("/rappel")
def set_callback(request: Request, adviser: Working, request_id: UUID) -> Response:
    fields = request.state.fields
    typed = Typed(fields)

    def do(session: Session, now: datetime) -> str:
        window = None
        if not typed.text("sans", 3):
            day = typed.day("jour")
            window = Window(typed.moment("de", day), typed.moment("a", day))
        try:
            request_acts.set_callback(session, request_id, adviser, window, now, version_in(fields))
        except BadInput:
            raise WrongField("de", _PAST) from None
        return _page(request_id, "sans_rappel" if window is None else "rappel")

    return _act(request, adviser, request_id, do)


@router.post("/reponses")
def edit_answers(request: Request, adviser: Working, request_id: UUID) -> Response:
    fields = request.state.fields
    typed = Typed(fields)

    def do(session: Session, now: datetime) -> str:
        read = requests.get(session, request_id)
        if read.patient is None:
            raise BadInput("nobody's request has no answers")
        answers, why = answers_in(typed, read, read.patient), typed.text("note", NOTE_LENGTH)
        edited = request_acts.edit_answers(session, request_id, adviser, answers, now, version_in(fields), why)
        return _page(request_id, "corrigee" if edited else "inchangee")

    return _act(request, adviser, request_id, do)


@router.post("/clore")
def close(request: Request, adviser: Working, request_id: UUID) -> Response:
    fields = request.state.fields
    typed = Typed(fields)

    def do(session: Session, now: datetime) -> str:
        result = typed.text("result", 64)
        if result not in labels.RESULTS:
            raise WrongField("result", "Choisissez comment la demande se termine.")
        text = typed.text("note", NOTE_LENGTH)
        requests.close(session, request_id, adviser, result, text or None, now, version_in(fields))
        return saying("/demandes", "close")

    return _act(request, adviser, request_id, do)


@router.post("/annuler")
def undo(request: Request, adviser: Working, request_id: UUID) -> Response:
    step = Typed(request.state.fields).text("geste", 12)

    def do(session: Session, now: datetime) -> str:
        request_acts.undo(session, request_id, adviser, int(step) if step.isdecimal() else 0, now)
        return _page(request_id, "annulee")

    return _act(request, adviser, request_id, do)


@router.post("/jeter")
def drop_draft(request: Request, adviser: Working, request_id: UUID) -> Response:
    form = Typed(request.state.fields).text("formulaire", 100)
    with runtime_of(request).transaction() as session:
        forms.sent(session, adviser, form)
    return redirect(request, _page(request_id, "jete"))
