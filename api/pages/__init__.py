"""The pages, rendered on the server, in French, working without JavaScript."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from api.pages import (
    administration,
    board,
    board_live,
    board_rates,
    board_views,
    docs,
    lists,
    live,
    login,
    offers,
    physicians,
    planning,
    queue,
    request_acts,
    request_page,
    reviews,
    steering,
    steering_import,
    steering_policy,
    steering_preview,
    steering_priorities,
    steering_wordings,
    tasks,
)
from api.pages.rendering import render
from api.sessions import LoginNeeded
from outreach.errors import BusinessError
from outreach.services import offers as offer_services
from outreach.services.campaigns import CampaignError, UnknownCampaign
from outreach.services.physicians import UnknownPhysician
from outreach.services.request_log import NotYours, UnknownRequest

_ERRORS = {
    403: ("Accès refusé", "Votre rôle ne permet pas cette action, ou la page a trop attendu. Rechargez-la."),
    404: ("Page introuvable", "Il n’y a rien à cette adresse."),
    405: ("Page introuvable", "Il n’y a rien à cette adresse."),
    409: ("Ce n’est plus possible", "Quelque chose a changé entre-temps. Revenez à la page pour voir où elle en est."),
    422: ("Une valeur n’est pas acceptée", "Revenez en arrière et corrigez-la."),
    503: ("Le service ne répond pas", "La base de données est injoignable. Réessayez dans un instant."),
}
_UNEXPECTED = ("Une erreur est survenue", "Rien n’a été perdu. Réessayez dans un instant.")
_PRECISELY: dict[type[BusinessError], str] = {
    NotYours: "Un autre conseiller s’occupe de cette demande, ou elle n’est plus ouverte.",
    UnknownRequest: "Cette demande n’existe pas.",
    UnknownPhysician: "Aucun médecin du répertoire n’a ce numéro.",
    UnknownCampaign: "Cette campagne n’existe pas.",
    offer_services.NotAgreed: "La personne n’accepte pas que son nom soit donné à un médecin.",
    offer_services.UnknownOffer: "Cette proposition n’existe pas.",
    offer_services.AlreadySettled: "Cette proposition est terminée.",
    CampaignError: (
        "La campagne ne le permet pas à présent. Elle ne démarre qu’avec un compte de conseiller, "
        "et avec un expéditeur de SMS quand elle annonce ses appels."
    ),
}


def add_pages(app: FastAPI) -> None:
    """Adds the pages and the style sheet."""
    for module in (
        login,
        queue,
        live,
        request_page,
        request_acts,
        offers,
        physicians,
        tasks,
        lists,
        # Before the board: a campaign is never called `nouvelle`.
        steering,
        steering_import,
        steering_policy,
        steering_preview,
        steering_priorities,
        steering_wordings,
        board,
        board_live,
        board_rates,
        board_views,
        planning,
        reviews,
        administration,
        docs,
    ):
        app.include_router(module.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")

    @app.exception_handler(LoginNeeded)
    def to_login(_: Request, needed: LoginNeeded) -> Response:
        return RedirectResponse(needed.address, 303)


def error_page(request: Request, status: int, error: Exception | None = None) -> Response:
    """The page of an error: what happened, and the way back. Never holds personal data."""
    heading, text = _ERRORS.get(status, _UNEXPECTED)
    if isinstance(error, BusinessError):
        text = _PRECISELY.get(type(error), text)
    return render(
        request, "message.html", status, heading=heading, text=text, back="/", back_label="Accueil", badges={}
    )
