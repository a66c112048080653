"""One request: who asks, what they need, what was said and done."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from api.drafts import Fields, form_of
from api.pages import calling_words, labels, offers, request_words, suggestions
from api.pages.acting import Refusal
from api.pages.answers_form import place_shown
from api.pages.rendering import badges, render
from api.sessions import Page, keep
from api.state import runtime_of
from outreach.database.models import Account
from outreach.database.models import Request as PatientRequest
from outreach.domain.words import RequestKind, RequestStatus, Role
from outreach.services import adviser_calls, audit, request_acts, request_file, requests
from outreach.services.request_file import RequestFile
from outreach.services.request_log import is_held_by

router = APIRouter()
Adviser = Annotated[Account, Depends(Page(Role.ADVISER))]
Reader = Annotated[Account, Depends(Page(Role.ADVISER, Role.SUPERVISOR))]

_FOR_THE_HOLDER = frozenset({"reponses", "rappel", "clore", "passer"})
_OPEN = frozenset({RequestStatus.NEW, RequestStatus.CLAIMED, RequestStatus.OFFERED})


@router.get("/demandes/{request_id}/appel-en-cours")
def how_the_call_stands(request: Request, adviser: Adviser, request_id: UUID) -> Response:
    """For the page that follows a call. It tells of nobody, and so isn't in the audit trail."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        call = adviser_calls.rung(session, request_id)
        if call is not None and adviser_calls.is_forgotten(call):
            adviser_calls.forget_untaken(session, request_id, adviser, runtime.clock.now())
            call = adviser_calls.rung(session, request_id)
    said = calling_words.how_it_stands(call) or ""
    return keep(request, JSONResponse({"said": said, "is_over": not calling_words.is_under_way(call)}))


@router.get("/demandes/{request_id}")
def one_request(request: Request, reader: Reader, request_id: UUID, encore: str = "", probleme: str = "") -> Response:
    return show(request, reader, request_id, again=encore == "oui", problem=probleme)


def show(
    request: Request,
    reader: Account,
    request_id: UUID,
    refusal: Refusal | None = None,
    *,
    again: bool = False,
    problem: str = "",
) -> Response:
    """The page; after a refused act, with what was typed and why it was refused. `again`: physicians who declined
    this person are suggested too. `problem`: why an offer was refused."""
    runtime = runtime_of(request)
    works = reader.role == Role.ADVISER
    with runtime.transaction() as session:
        now = runtime.clock.now()
        shown = requests.get(session, request_id)
        file = request_file.read(session, shown, reader)
        if works and file.called is not None and adviser_calls.is_forgotten(file.called):
            adviser_calls.forget_untaken(session, request_id, reader, now)
            session.expire_all()
            shown = requests.get(session, request_id)
            file = request_file.read(session, shown, reader)
        is_mine = works and is_held_by(shown, reader)
        if works:
            requests.seen(session, shown, reader)
        possible = suggestions.suggested(session, shown, file.declined, now, again=again)
        proposed = offers.proposals(session, shown, file, reader, now, problem)
        waiting = badges(session, reader, now)
        # Whoever may be speaking is shown, and so is viewed.
        viewed = [shown.patient] if shown.patient is not None else file.sharing
        audit.record_all(session, reader.login, "request_viewed", [p.reference for p in viewed], now)
    called = file.called if works else None
    # By the address to which each was sent.
    drafts = {form_of(draft.form): draft for draft in file.typed} if works else {}
    typed: dict[str, Fields] = {form: draft.fields for form, draft in drafts.items()}
    if refusal is not None:
        typed[refusal.form] = refusal.typed
    return render(
        request,
        "request.html",
        refusal.status if refusal is not None else 200,
        request=shown,
        file=file,
        now=now,
        works=works,
        may_take=works and shown.status == RequestStatus.NEW,
        is_mine=is_mine,
        may_leave=is_mine and shown.status == RequestStatus.CLAIMED,
        is_matching=shown.kind == RequestKind.MATCHING and shown.patient is not None,
        is_late=shown.status == RequestStatus.NEW and shown.due_at < now,
        is_open=shown.status in _OPEN,
        may_call=is_mine and bool(reader.telephone) and not calling_words.is_under_way(called),
        calling=calling_words.how_it_stands(called) if _is_news(file) else None,
        is_calling=calling_words.is_under_way(called),
        undo=request_acts.undoable(file.events, shown, reader) if works else None,
        colleagues=file.colleagues if is_mine else (),
        badges=waiting,
        suggested=possible,
        proposals=proposed,
        drafts=list(drafts.values()) if refusal is None else [],
        typed=_filled(shown, typed),
        kept=_without_a_form(typed, is_mine=is_mine),
        opened={*drafts, *([refusal.form] if refusal is not None else [])},
        refused=refusal,
        problem=refusal.sentence if refusal is not None else None,
        words=request_words,
        results=labels.RESULTS.items(),
        call_results=labels.CALL_RESULTS.items(),
        mobilities=labels.MOBILITY.items(),
        scopes=labels.SCOPES.items(),
    )


def _is_news(file: RequestFile) -> bool:
    """A call that is over is told of until something else is done; the log keeps it."""
    return calling_words.is_under_way(file.called) or (bool(file.events) and file.events[-1].act == "called_through_us")


def _filled(shown: PatientRequest, typed: dict[str, Fields]) -> dict[str, Fields]:
    """What each form holds when it is shown: what was typed, else what is."""
    wishes: dict[str, Any] = shown.preference or {}
    callback: Fields = {}
    if shown.callback_from is not None and shown.callback_to is not None:
        begins, ends = (at.astimezone(labels.PARIS) for at in (shown.callback_from, shown.callback_to))
        callback = {"jour": [f"{begins:%Y-%m-%d}"], "de": [f"{begins:%H:%M}"], "a": [f"{ends:%H:%M}"]}
    answers: Fields = {
        "deplacements": list(shown.mobility),
        "minutes": [str(shown.max_travel_minutes or "")],
        "km": [str(shown.max_travel_km or "")],
        "lieu": [str((shown.area or {}).get("scope") or "")],
        "commune": [place_shown(shown.area)],
        "genre": [str(wishes.get("physician_gender") or "")],
        "langue": [str(wishes.get("language") or "")],
        **{name: [str(wishes.get(name) or "")] for name in ("physician_name", "excluded_physician", "other")},
    }
    return {"rappel": callback, "reponses": answers, **typed}


def _without_a_form(typed: dict[str, Fields], *, is_mine: bool) -> list[str]:
    """What was typed into forms that whoever doesn't hold the request isn't shown: it can still be read and copied."""
    if is_mine:
        return []
    lost = [fields for form, fields in typed.items() if form in _FOR_THE_HOLDER]
    return [value for fields in lost for values in fields.values() for value in values if value.strip()]
