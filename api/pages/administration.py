"""The administrator's pages: accounts and the audit trail."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api.pages import labels
from api.pages.rendering import back_to, render
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.errors import BadInput, BusinessError
from outreach.services import accounts, audit

router = APIRouter()
Administrator = Annotated[Account, Depends(Page(Role.ADMINISTRATOR))]
Managing = Annotated[Account, Depends(Act(Role.ADMINISTRATOR))]


def _accounts_page(request: Request, status: int = 200, problem: str | None = None) -> Response:
    with runtime_of(request).transaction() as session:
        rows = accounts.everybody(session)
    return render(request, "accounts.html", status, accounts=rows, roles=labels.ROLES.items(), problem=problem)


@router.get("/comptes")
def list_accounts(request: Request, _: Administrator) -> Response:
    return _accounts_page(request)


@router.post("/comptes")
def create_account(
    request: Request,
    administrator: Managing,
    login: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=1024)],
    role: Annotated[Role, Form()],
    departments: Annotated[str, Form(max_length=500)] = "",
    telephone: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    runtime = runtime_of(request)
    try:
        with runtime.transaction() as session:
            served = accounts.departments_in(departments)
            rung = accounts.telephone_in(telephone)
            now = runtime.clock.now()
            accounts.create(session, login.strip(), password, role, now, administrator.login, served, rung)
    except BusinessError:
        problem = (
            "Le compte n’est pas créé : identifiant déjà pris ou mal formé, mot de passe de moins de 8 caractères, "
            "département inconnu, ou téléphone qui n’est pas français. Seul un conseiller a des départements et un "
            "téléphone."
        )
        return _accounts_page(request, 422, problem)
    return back_to(request, "/comptes", "compte")


@router.post("/comptes/{login}/telephone")
def change_telephone(
    request: Request,
    administrator: Managing,
    login: str,
    telephone: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    runtime = runtime_of(request)
    try:
        with runtime.transaction() as session:
            rung = accounts.telephone_in(telephone)
            accounts.rings_at(session, login, rung, runtime.clock.now(), administrator.login)
    except BadInput:
        problem = "Le téléphone n’est pas changé : il faut un numéro français, ou un numéro court, d’un conseiller."
        return _accounts_page(request, 422, problem)
    return back_to(request, "/comptes", "telephone")


@router.post("/comptes/{login}/fermer")
def close_account(request: Request, administrator: Managing, login: str) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        accounts.disable(session, login, runtime.clock.now(), administrator.login)
    return back_to(request, "/comptes", "ferme")


@router.get("/journal")
def trail(
    request: Request,
    _: Administrator,
    qui: Annotated[str, Query(max_length=64)] = "",
    quoi: Annotated[str, Query(max_length=64)] = "",
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
) -> Response:
    with runtime_of(request).transaction() as session:
        entries = audit.entries(session, login=qui or None, subject=quoi or None, page=page)
    kept = {name: value for name, value in {"qui": qui, "quoi": quoi}.items() if value}
    return render(
        request,
        "audit.html",
        entries=entries,
        login=qui,
        subject=quoi,
        page=page,
        more=len(entries) == audit.PAGE,
        query="".join(f"&{name}={quote(value)}" for name, value in kept.items()),
    )
