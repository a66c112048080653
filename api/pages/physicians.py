"""The register of physicians for advisers: looking somebody up, one physician, their places and when they stop."""

from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import Response

from api.pages.labels import PARIS
from api.pages.rendering import back_to, render
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.errors import BadInput
from outreach.services import physicians, physicians_import
from outreach.services.physicians import GONE, PLACES, RETIRING, VOLUNTEERS, PhysicianFilters

router = APIRouter()
ForAdvisers = Depends(Page(Role.ADVISER))
Working = Annotated[Account, Depends(Act(Role.ADVISER))]
Rpps = Annotated[str, Path(pattern=r"^\d{11}$")]

_WHO = {
    "volontaires": (VOLUNTEERS, "Volontaires"),
    "places": (PLACES, "Avec une place libre"),
    "retraites": (RETIRING, "S’arrêtent sans successeur"),
    "partis": (GONE, "Volontaires partis"),
    "tous": ("", "Tout le répertoire"),
}
_FURTHEST = timedelta(days=3 * 366)
_PROBLEMS = {
    "jour": "Indiquez le jour de l’arrêt, dans les trois ans qui viennent.",
    "successeur": "Le successeur est un autre médecin du répertoire : son numéro RPPS a onze chiffres.",
    "lieu": "Ce médecin n’exerce pas à cette adresse.",
}


@router.get("/medecins", dependencies=[ForAdvisers])
def look_up(
    request: Request,
    nom: Annotated[str, Query(max_length=80)] = "",
    departement: Annotated[str, Query(max_length=3)] = "",
    commune: Annotated[str, Query(max_length=80)] = "",
    qui: str = "volontaires",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    qui = qui if qui in _WHO else "volontaires"
    filters = PhysicianFilters(nom.strip(), departement.strip().upper(), commune.strip(), _WHO[qui][0])
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        shown = physicians.listed(session, filters, page, now)
        imported = physicians_import.last_import(session)
    kept = {"nom": nom, "departement": departement, "commune": commune, "qui": qui}
    return render(
        request,
        "physicians/list.html",
        page=shown,
        filters=filters,
        who=qui,
        choices=[(value, label) for value, (_, label) in _WHO.items()],
        imported=imported,
        today=now.astimezone(PARIS).date(),
        query="&" + urlencode({name: value for name, value in kept.items() if value}),
    )


@router.get("/medecins/{rpps}", dependencies=[ForAdvisers])
def one_physician(request: Request, rpps: Rpps, probleme: str = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        shown = physicians.get(session, rpps)
        now = runtime.clock.now()
    return render(
        request,
        "physicians/one.html",
        shown=shown,
        now=now,
        today=now.astimezone(PARIS).date(),
        wrong=probleme if probleme in _PROBLEMS else "",
        problem=_PROBLEMS.get(probleme),
    )


@router.post("/medecins/{rpps}/retraite")
def announce_retirement(
    request: Request,
    adviser: Working,
    rpps: Rpps,
    jour: Annotated[str, Form(max_length=10)] = "",
    successeur: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    runtime = runtime_of(request)
    now = runtime.clock.now()
    stops_on = _day(jour)
    if stops_on is None or abs(stops_on - now.astimezone(PARIS).date()) > _FURTHEST:
        return _wrong(request, rpps, "jour")
    successor = "".join(successeur.split()) or None
    try:
        with runtime.transaction() as session:
            physicians.announce_retirement(session, rpps, stops_on, successor, adviser, now)
    except BadInput:
        return _wrong(request, rpps, "successeur")
    return back_to(request, f"/medecins/{rpps}", "arret")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _wrong(request: Request, rpps: str, problem: str) -> Response:
    return back_to(request, f"/medecins/{rpps}?probleme={problem}")


@router.post("/medecins/{rpps}/retraite/annuler")
def take_back_retirement(request: Request, adviser: Working, rpps: Rpps) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        physicians.take_back_retirement(session, rpps, adviser, runtime.clock.now())
    return back_to(request, f"/medecins/{rpps}", "continue")


@router.post("/medecins/{rpps}/lieu")
def move_places(
    request: Request, adviser: Working, rpps: Rpps, site: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    runtime = runtime_of(request)
    try:
        with runtime.transaction() as session:
            physicians.move_places(session, rpps, site, adviser, runtime.clock.now())
    except BadInput:
        return _wrong(request, rpps, "lieu")
    return back_to(request, f"/medecins/{rpps}", "lieu")
