"""What is said of calls that advisers make through Relais."""

from collections.abc import Mapping, Sequence
from typing import Any

from outreach.domain.words import AdviserCallState
from outreach.services.request_file import Rung

REFUSALS = {
    "suppressed": "On ne doit plus appeler cette personne, ou ce numéro.",
    "no_number": "Ce numéro n’est plus utilisable.",
    "outside_hours": "Ce n’est pas l’heure d’appeler chez cette personne.",
    "holiday": "C’est un jour férié chez cette personne.",
    "already_attempting": "Un appel est déjà en cours avec cette personne ou ce numéro.",
    "unknown_territory": "Relais ne sait pas quelle heure il est chez cette personne, et ne l’appelle donc pas.",
    "not_evaluated": "Relais ne peut pas vérifier qu’il a le droit d’appeler, et n’appelle donc pas.",
    "not_yours": "Cette demande n’est plus à vous.",
    "no_telephone": "Votre compte n’a pas de téléphone : un administrateur peut l’ajouter.",
    "adviser_busy": "Vous avez déjà un appel en cours par Relais.",
    "invented_person": "Cette personne est inventée : elle n’est pas appelée sur un vrai réseau.",
    "no_caller": "Aucun de nos numéros ne peut appeler.",
}
RESULTS = {
    "spoke": "parlé",
    "no_answer": "sans réponse",
    "busy": "occupé",
    "not_reached": "injoignable",
    "canceled": "raccroché avant la réponse",
    "adviser_unreached": "votre téléphone n’a pas répondu",
    "not_confirmed": "la touche 1 n’a pas été pressée",
    "not_placed": "l’appel n’est pas parti",
    "not_taken": "Relais n’appelait pas à ce moment, l’appel n’est pas parti",
}
_ENDS = {
    "adviser_unreached": "Votre téléphone n’a pas répondu : la personne n’a pas été appelée.",
    "not_confirmed": "La touche 1 n’a pas été pressée : la personne n’a pas été appelée.",
    "not_placed": "L’appel n’est pas parti : l’opérateur l’a refusé. Composez le numéro vous-même, ou réessayez.",
    "not_taken": (
        "Relais n’appelle pas en ce moment : l’appel n’est pas parti, et ne partira pas plus tard. "
        "Composez le numéro vous-même, ou réessayez dans un moment."
    ),
}
_UNDER_WAY = {
    AdviserCallState.ASKED: "Votre téléphone va sonner. Décrochez, puis appuyez sur 1.",
    AdviserCallState.PLACING: "Votre téléphone va sonner. Décrochez, puis appuyez sur 1.",
    AdviserCallState.RINGING: "Votre téléphone sonne. Décrochez, puis appuyez sur 1.",
    AdviserCallState.CALLING: "Appel en cours avec la personne.",
}


def refusal(reasons: Sequence[str]) -> str:
    """The first reason, in one sentence."""
    return REFUSALS.get(reasons[0], REFUSALS["not_evaluated"]) if reasons else REFUSALS["not_evaluated"]


def how_it_stands(call: Rung | None) -> str | None:
    """What the page says of the last call: where it is, why it was refused, how it ended; None without one."""
    if call is None:
        return None
    if call.state == AdviserCallState.ENDED:
        result = call.result or ""
        return _ENDS.get(result, f"L’appel est terminé : {RESULTS.get(result, result)}.")
    if call.state == AdviserCallState.REFUSED:
        return f"L’appel n’est pas parti. {refusal(call.reasons)}"
    return _UNDER_WAY[AdviserCallState(call.state)]


def is_under_way(call: Rung | None) -> bool:
    return call is not None and call.state not in {AdviserCallState.ENDED, AdviserCallState.REFUSED}


def logged(told: Mapping[str, Any]) -> str:
    """One line of the log."""
    if "refused" in told:
        return f"non parti : {refusal(told['refused'])}"
    result = str(told.get("result", ""))
    words = RESULTS.get(result, result)
    return f"{words} {_length(told.get('seconds'))}".strip() if result == "spoke" else words


def _length(seconds: object) -> str:
    if not isinstance(seconds, int):
        return ""
    return "moins d’une minute" if seconds < 60 else f"{-(-seconds // 60)}\u00a0min"
