"""Templates, what every page shows, and the way back after a form."""

import secrets
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from api.pages import (
    board_charts,
    board_tables,
    board_words,
    form_fields,
    offers_words,
    physicians_words,
    reviews_tables,
    reviews_words,
    steering_words,
)
from api.pages.labels import FILTERS
from api.sessions import keep, session_of
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.runtime import Session
from outreach.services import tasks

NAVIGATION: dict[str, list[tuple[str, str]]] = {
    Role.ADVISER: [
        ("Demandes", "/demandes"),
        ("Propositions", "/propositions"),
        ("Tâches", "/taches"),
        ("Médecins", "/medecins"),
        ("Listes", "/listes"),
    ],
    Role.SUPERVISOR: [("Tableau de bord", "/tableau"), ("Pilotage", "/pilotage")],
    Role.ADMINISTRATOR: [("Comptes", "/comptes"), ("Politiques", "/politiques"), ("Journal", "/journal")],
}
_NOTICES = {
    "prise": "La demande est à vous.",
    "rendue": "La demande est rendue à l’équipe.",
    "close": "La demande est close.",
    "tache_faite": "C’est noté comme fait.",
    "tache_rouverte": "La tâche est de nouveau à faire.",
    "proposee": "La demande est proposée : une place est gardée.",
    "acceptee": "Le médecin accepte : la place est prise.",
    "declinee": "C’est noté : la place est rendue, la demande peut être proposée à un autre médecin.",
    "retiree": "La proposition est retirée : la place est rendue.",
    "rendez_vous": "Le rendez-vous est noté.",
    "declaree": "Médecin traitant déclaré, demande close. Des nouvelles seront prises à 30 et à 90 jours.",
    "appel_note": "L’appel est noté.",
    "vide": "Aucune demande n’attend.",
    "arret": "L’arrêt est noté.",
    "continue": "L’arrêt n’est plus annoncé.",
    "lieu": "Les places sont à cette adresse.",
    "passee": "La demande est passée à votre collègue, qui en est averti.",
    "note": "La note est enregistrée.",
    "appel": "L’appel est enregistré.",
    "appel_demande": "L’appel est demandé.",
    "tache": "La tâche est prévue : elle sera dans les tâches ce jour-là.",
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
    "creee": "La campagne est créée. Importez maintenant les personnes à contacter.",
    "comparaison": "La comparaison commence avec les prochaines conversations.",
    "comparaison_arretee": "La comparaison est arrêtée : tous entendent la formulation de la campagne.",
    "formulation": "L’agent dit désormais cette formulation.",
    "priorites": "Les priorités sont enregistrées ; elles valent dès les appels suivants.",
    "cible": "La date visée est enregistrée.",
    "import_abandonne": "Le fichier est abandonné et effacé.",
    "sans_rejets": "La liste des lignes rejetées n’est plus sur cette machine.",
    "politique": "La nouvelle politique s’applique dès maintenant.",
    "politique_inchangee": "Rien ne change : c’est déjà la politique de la campagne.",
    "politique_proposee": "La demande attend un administrateur. Rien n’a changé.",
    "politique_retiree": "La demande est retirée.",
    "politique_autorisee": "La politique s’applique dès maintenant, avec votre raison.",
    "politique_refusee": "La demande est refusée ; la campagne garde sa politique.",
    "cohorte": "La cohorte est constituée. Son avancement est compté chaque nuit.",
    "compte": "Le compte est créé.",
    "telephone": "Le téléphone du compte est changé.",
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
    environment.filters.update(physicians_words.FILTERS)
    environment.filters.update(offers_words.FILTERS)
    environment.filters.update(board_words.FILTERS)
    environment.filters.update(steering_words.FILTERS)
    environment.globals["forms"] = form_fields
    environment.filters["legend"] = board_charts.legend
    environment.filters["rate_rows"] = board_tables.rate_rows
    environment.filters["chart_rows"] = board_tables.chart_rows
    environment.filters.update(reviews_words.FILTERS)
    environment.filters["cells"] = reviews_tables.cells
    environment.filters["rate_cells"] = reviews_tables.rate_cells
    return environment


def render(request: Request, template: str, status: int = 200, /, **values: Any) -> Response:
    """A page, with the navigation of whoever looks at it, and the session kept."""
    account = getattr(request.state, "account", None)
    shown = {
        "account": account,
        "navigation": NAVIGATION.get(account.role, []) if isinstance(account, Account) else [],
        "here": "/" + request.url.path.strip("/").split("/")[0],
        "path": request.url.path,
        "csrf": session_of(request).csrf,
        # A form of this page, sent twice, is known again.
        "jeton": secrets.token_urlsafe(12),
        "notice": _NOTICES.get(request.query_params.get("fait", "")),
        "problem": None,
        **values,
    }
    if "badges" not in values:
        shown["badges"] = _badges(request, account)
    page = HTMLResponse(_templates().get_template(template).render(shown), status)
    return keep(request, page)


def badges(session: Session, account: Account, now: datetime) -> dict[str, tasks.Counts]:
    """What waits behind an entry of the navigation: a promise is never forgotten, whatever page one is on."""
    return {"/taches": tasks.counts(session, account, now)} if account.role == Role.ADVISER else {}


def _badges(request: Request, account: object) -> dict[str, tasks.Counts]:
    """The same for a page that has not read them in a transaction of its own."""
    if not isinstance(account, Account) or account.role != Role.ADVISER:
        return {}
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        return badges(session, account, runtime.clock.now())


def back_to(request: Request, address: str, done: str | None = None) -> Response:
    """After a form: the page again, by GET, so that reloading does nothing twice."""
    return redirect(request, saying(address, done))


def download(request: Request, content: bytes, media_type: str, name: str) -> Response:
    """A file for whoever is logged in; its name holds nobody's."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return keep(request, Response(content, media_type=media_type, headers=headers))


def saying(address: str, done: str | None) -> str:
    """An address at which a notice is read."""
    return f"{address}{'&' if '?' in address else '?'}fait={done}" if done else address


def redirect(request: Request, address: str) -> Response:
    return keep(request, RedirectResponse(address, 303))
