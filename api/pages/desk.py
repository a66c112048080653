"""The adviser's pages: the queue, and one request."""

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api.pages import labels
from api.pages.rendering import back_to, render
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account, Patient
from outreach.domain.words import RequestKind, RequestStatus, Role
from outreach.errors import BadInput
from outreach.services import audit, patient_file, requests, unidentified

router = APIRouter()
Adviser = Annotated[Account, Depends(Page(Role.ADVISER))]
Reader = Annotated[Account, Depends(Page(Role.ADVISER, Role.SUPERVISOR))]
Working = Annotated[Account, Depends(Act(Role.ADVISER))]


def _filters(adviser: Account, etat: str, motif: str, departement: str, a_moi: str) -> requests.Filters:
    return requests.Filters(
        status=etat if etat in set(RequestStatus) else None,
        kind=motif if motif in set(RequestKind) else None,
        department=departement.strip().upper() or None,
        claimed_by=adviser.id if a_moi == "oui" else None,
    )


@router.get("/demandes")
def queue(
    request: Request,
    adviser: Adviser,
    etat: str = "",
    motif: str = "",
    departement: Annotated[str, Query(max_length=3)] = "",
    a_moi: str = "",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> Response:
    filters = _filters(adviser, etat, motif, departement, a_moi)
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        shown = requests.listed(session, filters, page, now=runtime.clock.now())
        now = runtime.clock.now()
        for item in shown.items:
            if item.patient is not None:
                audit.record(session, adviser.login, "requests_listed", item.patient.reference, None, now)
    kept = {"etat": etat, "motif": motif, "departement": departement, "a_moi": a_moi}
    return render(
        request,
        "queue.html",
        page=shown,
        now=now,
        filters={
            "status": filters.status,
            "kind": filters.kind,
            "department": filters.department,
            "mine": filters.claimed_by is not None,
        },
        statuses=labels.STATUSES.items(),
        kinds=labels.KINDS.items(),
        query="&" + urlencode({name: value for name, value in kept.items() if value}),
    )


@router.post("/demandes/suivante")
def take_next(request: Request, adviser: Working) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        taken = requests.claim_next(session, adviser, runtime.clock.now())
    if taken is None:
        return back_to(request, "/demandes", "vide")
    return back_to(request, f"/demandes/{taken.id}", "prise")


@router.get("/demandes/{request_id}")
def one_request(request: Request, reader: Reader, request_id: UUID) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        shown = requests.get(session, request_id)
        sharing: Sequence[Patient] = []
        if shown.patient is not None:
            file = patient_file.build(session, shown.patient.reference)
        else:
            file, sharing = patient_file.of_unidentified(session, shown), unidentified.sharing(session, shown)
        events = requests.events(session, request_id)
        # Whoever may be speaking is shown, and so is viewed.
        for patient in [shown.patient] if shown.patient is not None else sharing:
            audit.record(session, reader.login, "request_viewed", patient.reference, None, runtime.clock.now())
    return render(
        request,
        "request.html",
        request=shown,
        file=file,
        events=events,
        now=runtime.clock.now(),
        numbers=shown.patient.numbers if shown.patient is not None else [],
        sharing=sharing,
        may_work=reader.role == Role.ADVISER and shown.status in {RequestStatus.NEW, RequestStatus.CLAIMED},
        is_mine=shown.claimed_by == reader.id and shown.status == RequestStatus.CLAIMED,
        results=labels.RESULTS.items(),
    )


@router.post("/demandes/{request_id}/prendre")
def take(request: Request, adviser: Working, request_id: UUID) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        requests.claim(session, request_id, adviser, runtime.clock.now())
    return back_to(request, f"/demandes/{request_id}", "prise")


@router.post("/demandes/{request_id}/rendre")
def give_back(request: Request, adviser: Working, request_id: UUID) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        requests.release(session, request_id, adviser, runtime.clock.now())
    return back_to(request, "/demandes", "rendue")


@router.post("/demandes/{request_id}/clore")
def close(
    request: Request,
    adviser: Working,
    request_id: UUID,
    result: Annotated[str, Form(max_length=64)],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    if result not in labels.RESULTS:
        raise BadInput("ce résultat n’est pas dans la liste")
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        requests.close(session, request_id, adviser, result, note.strip() or None, runtime.clock.now())
    return back_to(request, "/demandes", "close")
