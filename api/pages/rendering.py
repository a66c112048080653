"""Templates, what every page shows, and the way back after a form."""

import secrets
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.pages.labels import FILTERS
from api.sessions import keep, session_of
from outreach.database.models import Account
from outreach.domain.words import Role

NAVIGATION: dict[str, list[tuple[str, str]]] = {
    Role.ADVISER: [("Demandes", "/demandes")],
    Role.SUPERVISOR: [("Tableau de bord", "/tableau")],
    Role.ADMINISTRATOR: [("Comptes", "/comptes"), ("Journal", "/journal")],
}
_NOTICES = {
    "prise": "La demande est à vous.",
    "rendue": "La demande est rendue à l’équipe.",
    "close": "La demande est close.",
    "vide": "Aucune demande n’attend.",
    "passee": "La demande est passée à votre collègue, qui en est averti.",
    "note": "La note est enregistrée.",
    "appel": "L’appel est enregistré.",
    "rappel": "Le rappel est fixé.",
    "sans_rappel": "Le rappel est retiré.",
    "corrigee": "Les réponses sont corrigées ; les anciennes restent au journal.",
    "inchangee": "Rien n’a changé : ces réponses étaient déjà là.",
    "annulee": "Le dernier geste est annulé ; il reste au journal.",
    "jete": "Ce que vous aviez écrit est effacé.",
    "garde": "Votre session était terminée. Ce que vous avez écrit est gardé : connectez-vous, vous le retrouverez.",
    "demarree": "Les appels commencent.",
    "suspendue": "Les appels sont suspendus.",
    "reprise": "Les appels reprennent.",
    "arretee": "La campagne est arrêtée.",
    "vue": "L’alerte est notée comme vue.",
    "compte": "Le compte est créé.",
    "ferme": "Le compte est fermé.",
}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def render(request: Request, template: str, status: int = 200, /, **values: Any) -> Response:
    """A page, with the navigation of whoever looks at it, and the session kept."""
    account = getattr(request.state, "account", None)
    shown = {
        "account": account,
        "navigation": NAVIGATION.get(account.role, []) if isinstance(account, Account) else [],
        "here": "/" + request.url.path.strip("/").split("/")[0],
        "csrf": session_of(request).csrf,
        # A form of this page, sent twice, is known again.
        "jeton": secrets.token_urlsafe(12),
        "notice": _NOTICES.get(request.query_params.get("fait", "")),
        "problem": None,
        **values,
    }
    page = HTMLResponse(_templates().get_template(template).render(shown), status)
    return keep(request, page)


def back_to(request: Request, address: str, done: str | None = None) -> Response:
    """After a form: the page again, by GET, so that reloading does nothing twice."""
    return redirect(request, saying(address, done))


def saying(address: str, done: str | None) -> str:
    """An address at which a notice is read."""
    return f"{address}{'&' if '?' in address else '?'}fait={done}" if done else address


def redirect(request: Request, address: str) -> Response:
    return keep(request, RedirectResponse(address, 303))
