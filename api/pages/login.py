"""/connexion, /deconnexion, and the way home."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from api.access import EVERYBODY, public
from api.pages.rendering import NAVIGATION, render
from api.sessions import Act, Page, PageSession, account_of, check_csrf, keep, relative
from api.state import runtime_of
from outreach.database.models import Account
from outreach.errors import Refused
from outreach.services import accounts

router = APIRouter()


@router.get("/")
def home(account: Annotated[Account, Depends(Page(*EVERYBODY))]) -> Response:
    return RedirectResponse(NAVIGATION[account.role][0][1], 303)


@router.get("/connexion", dependencies=[public()])
def login_page(request: Request, suite: str = "/") -> Response:
    if account_of(request) is not None:
        return RedirectResponse(relative(suite), 303)
    return render(request, "login.html", suite=relative(suite), login="")


@router.post("/connexion", dependencies=[public()])
def log_in(
    request: Request,
    login: Annotated[str, Form(max_length=64)] = "",
    password: Annotated[str, Form(max_length=1024)] = "",
    suite: Annotated[str, Form(max_length=500)] = "/",
    csrf: Annotated[str, Form()] = "",
) -> Response:
    try:
        check_csrf(request, csrf)
    except Refused:
        problem = "La page a trop attendu. Connectez-vous à nouveau."
        return render(request, "login.html", 403, suite=relative(suite), login=login, problem=problem)
    address = request.client.host if request.client is not None else ""
    problem = "Identifiant ou mot de passe inconnu."
    try:
        with runtime_of(request).transaction() as session:
            account = accounts.authenticate(session, login.strip().lower(), password, address)
    except accounts.TooManyFailures:
        account, problem = None, "Trop d’essais. Attendez un quart d’heure."
    if account is None:
        return render(request, "login.html", 422, suite=relative(suite), login=login, problem=problem)
    # A session of its own, so that one begun before the login is worth nothing after it.
    return keep(request, RedirectResponse(relative(suite), 303), PageSession.new(account))


@router.post("/deconnexion")
def log_out(request: Request, account: Annotated[Account, Depends(Act(*EVERYBODY))]) -> Response:
    with runtime_of(request).transaction() as session:
        accounts.end_sessions(session, account.id)
    return keep(request, RedirectResponse("/connexion", 303), PageSession.new())
