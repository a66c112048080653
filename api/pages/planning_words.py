"""What is said of a plan, in French: no date more exact than its interval, no number of more than two figures."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from outreach.domain.planning_document import precision, roundly

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_NUMBERS = ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix")
CAUSES = {
    "rules": "leur tour (délais de la politique)",
    "lines": "une ligne libre",
    "sms": "le SMS d’annonce",
    "advisers": "un conseiller disponible",
    "volunteers": "une place chez un volontaire",
}
BOTTLENECKS = {
    "rules": "Rien ne manque : c’est le rythme de la politique d’appel qui fixe la date.",
    "lines": "Ce sont les lignes qui fixent la date.",
    "hours": "Ce sont les heures d’appel qui fixent la date.",
    "spacing": "C’est le délai entre deux appels à la même personne qui fixe la date.",
    "sms": "C’est le débit des SMS d’annonce qui fixe la date.",
    "advisers": "Ce sont les conseillers qui fixent la date.",
    "volunteers": "Ce sont les places chez les médecins volontaires qui manquent.",
}
SOURCES = {"typed": "saisi", "learned": "constaté", "field": "chiffres de référence"}
NEVER = "pas avant deux ans"
_NEVER_DAYS = 700


def number(value: float) -> str:
    return f"{roundly(value):,}".replace(",", "\u202f")


def exactly(value: float) -> str:
    return f"{value:,.1f}".removesuffix(".0").replace(",", "\u202f").replace(".", ",")


def day(text: str | None, *, year: bool = True) -> str:
    if text is None:
        return NEVER
    at = date.fromisoformat(text)
    first = "1ᵉʳ" if at.day == 1 else str(at.day)
    return f"{first} {_MONTHS[at.month - 1]}" + (f" {at.year}" if year else "")


def about(days: Mapping[str, str | None]) -> str:
    """The date as exactly as the simulations agree: to the day, to the week, to the month."""
    middle = days["middle"]
    if middle is None:
        return NEVER
    how, at = precision(days["low"], days["high"]), date.fromisoformat(middle)
    if how == "month":
        return f"en {_MONTHS[at.month - 1]} {at.year} environ"
    return f"le {day(middle)}" if how == "day" else f"vers le {day(middle)}"


def _instead_of(days: Mapping[str, str | None]) -> str:
    told = about(days)
    if told.startswith("le "):
        return f"au lieu du {told.removeprefix('le ')}"
    return f"plutôt qu’{told}" if told.startswith("en ") else f"plutôt que {told}"


def between(days: Mapping[str, str | None]) -> str:
    low, high = days["low"], days["high"]
    if low == high:
        return day(low)
    if high is None:
        return f"au plus tôt le {day(low)}, ou {NEVER}" if low is not None else NEVER
    return f"du {day(low)} au {day(high)}"


def spread(counts: Mapping[str, float]) -> str:
    low, high = number(counts["low"]), number(counts["high"])
    return low if low == high else f"{low} à {high}"


def _more(before: str, after: str, one: str, many: str) -> str:
    extra = float(after) - float(before)
    if extra != int(extra):
        return f"{exactly(extra)} {many}"
    told = _NUMBERS[int(extra)] if extra <= len(_NUMBERS) - 1 else number(extra)
    if one.startswith(("ligne", "place")):
        told = "une" if told == "un" else told
    return f"{told} {one if extra == 1 else many} de plus"


def _with(relief: Mapping[str, Any]) -> str:
    before, after, what = relief["before"], relief["after"], relief["resource"]
    if what == "lines":
        (lines, callers), (more_lines, more_callers) = before.split("/"), after.split("/")
        text = f"Avec {_more(lines, more_lines, 'ligne', 'lignes')}"
        return text if callers == more_callers else f"{text} et {more_callers} numéros appelants au lieu de {callers}"
    if what == "hours":
        return f"Avec {exactly(float(after))} heures d’appel par semaine au lieu de {exactly(float(before))}"
    if what == "spacing":
        return f"Avec {exactly(float(after))} heures entre deux appels au lieu de {exactly(float(before))}"
    if what == "sms":
        return f"Avec {exactly(float(after))} SMS par seconde au lieu de {exactly(float(before))}"
    if what == "advisers":
        return f"Avec {_more(before, after, 'conseiller', 'conseillers')}"
    return f"Avec {_more(before, after, 'place de volontaire', 'places de volontaires')}"


def relief(one: Mapping[str, Any], ends: Mapping[str, str | None]) -> str:
    """« Avec deux conseillers de plus, fin le 12 mars 2027 au lieu du 3 avril 2027. »"""
    gained = one["days_gained"]["middle"]
    if not one["waited_for"]:
        return f"{_with(one)} : rien de gagné, personne n’attend pour cela."
    if not one["helps"]:
        return f"{_with(one)} : pas de différence qui se distingue du hasard."
    if not gained:
        return f"{_with(one)}, {number(one['more_people']['middle'])} personnes de plus seraient contactées."
    if gained >= _NEVER_DAYS:
        return f"{_with(one)}, fin {about(one['ends'])} ; sans cela, {NEVER}."
    sooner = round(gained)
    return (
        f"{_with(one)}, fin {about(one['ends'])} {_instead_of(ends)} "
        f"(environ {number(sooner)} jour{'s' if sooner > 1 else ''} plus tôt)."
    )


def source(inputs: Mapping[str, Any], what: str) -> str:
    told = inputs["sources"].get(what, "learned")
    cases = inputs["behind"].get(what, 0)
    if told == "learned" and cases:
        return f"{SOURCES[told]} sur {number(cases)} cas"
    if told == "field" and cases:
        return f"{SOURCES[told]}, corrigés par {number(cases)} cas constatés"
    return SOURCES[told]
