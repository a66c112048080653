"""The pages, rendered on the server, in French, working without JavaScript."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from api.pages import administration, board, desk, docs, login
from api.pages.rendering import render
from api.sessions import LoginNeeded

_ERRORS = {
    403: ("Accès refusé", "Votre rôle ne permet pas cette action, ou la page a trop attendu. Rechargez-la."),
    404: ("Page introuvable", "Il n’y a rien à cette adresse."),
    409: ("Ce n’est plus possible", ""),
    500: ("Une erreur est survenue", "Rien n’a été perdu. Réessayez dans un instant."),
}


def add_pages(app: FastAPI) -> None:
    """Adds the pages and the style sheet."""
    for module in (login, desk, board, administration, docs):
        app.include_router(module.router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"), name="static")

    @app.exception_handler(LoginNeeded)
    def to_login(_: Request, needed: LoginNeeded) -> Response:
        return RedirectResponse(needed.address, 303)


def error_page(request: Request, status: int, sentence: str) -> Response:
    """The page of an error: what happened, and the way back. Never holds personal data."""
    heading, text = _ERRORS.get(status, ("Cette action n’a pas abouti", ""))
    return render(
        request, "message.html", status, heading=heading, text=text or sentence, back="/", back_label="Accueil"
    )
