"""The advisers' queue."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from api.pages import labels
from api.pages.acting import once
from api.pages.rendering import badges, render, saying
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Mobility, RequestKind, RequestStatus, Role
from outreach.runtime import Session
from outreach.services import audit, requests
from outreach.services.requests import Filters, Place

router = APIRouter()
Adviser = Annotated[Account, Depends(Page(Role.ADVISER))]
Working = Annotated[Account, Depends(Act(Role.ADVISER))]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def filters_in(adviser: Account, etat: str, motif: str, departement: str, deplacements: str, a_moi: str) -> Filters:
    """What an adviser wants to see; what isn't understood filters nothing."""
    return Filters(
        status=etat if etat in set(RequestStatus) else None,
        kind=motif if motif in set(RequestKind) else None,
        department=departement.strip().upper() or None,
        claimed_by=adviser.id if a_moi == "oui" else None,
        mobility=deplacements if deplacements in set(Mobility) else None,
    )


def place_in(told: str) -> Place | None:
    """Where a page begins; an address that holds nonsense begins at the beginning."""
    try:
        band, microseconds, request_id = told.split(".")
        return Place(int(band), _EPOCH + timedelta(microseconds=int(microseconds)), UUID(request_id))
    except (ValueError, OverflowError):
        return None


def _told(place: Place) -> str:
    return f"{place.band}.{(place.due_at - _EPOCH) // timedelta(microseconds=1)}.{place.id}"


@router.get("/demandes")
def queue(
    request: Request,
    adviser: Adviser,
    etat: Annotated[str, Query(max_length=16)] = "",
    motif: Annotated[str, Query(max_length=16)] = "",
    departement: Annotated[str, Query(max_length=3)] = "",
    deplacements: Annotated[str, Query(max_length=20)] = "",
    a_moi: Annotated[str, Query(max_length=3)] = "",
    apres: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    filters = filters_in(adviser, etat, motif, departement.replace("\x00", ""), deplacements, a_moi)
    runtime, after = runtime_of(request), place_in(apres)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        shown = requests.queued(session, filters, now, after)
        passed_on = requests.passed_on_to(session, adviser)
        seen = [item.patient.reference for item in (*shown.items, *passed_on) if item.patient is not None]
        audit.record_all(session, adviser.login, "requests_listed", seen, now)
        waiting = badges(session, adviser, now)
    kept = {"etat": etat, "motif": motif, "departement": departement, "deplacements": deplacements, "a_moi": a_moi}
    kept = {name: value for name, value in kept.items() if value}
    return render(
        request,
        "queue.html",
        badges=waiting,
        shown=shown,
        counted=requests.COUNTED,
        passed_on=passed_on,
        now=now,
        filters=replace(filters, claimed_by=None),
        mine=filters.claimed_by is not None,
        statuses=labels.STATUSES.items(),
        kinds=labels.KINDS.items(),
        mobilities=labels.MOBILITY.items(),
        from_the_start=after is None,
        first="/demandes" + (f"?{urlencode(kept)}" if kept else ""),
        following=f"/demandes?{urlencode({**kept, 'apres': _told(shown.after)})}" if shown.after is not None else None,
        live=f"/demandes/en-direct?{urlencode(kept)}",
    )


@router.post("/demandes/suivante")
def take_next(request: Request, adviser: Working) -> Response:
    def do(session: Session, now: datetime) -> str:
        taken = requests.claim_next(session, adviser, now)
        return saying("/demandes", "vide") if taken is None else saying(f"/demandes/{taken.id}", "prise")

    return once(request, adviser, do)
