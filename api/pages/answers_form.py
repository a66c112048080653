"""The form with which an adviser corrects what a person needs."""

from collections.abc import Mapping
from typing import Any

from api.pages.acting import WrongField
from api.pages.typed import Typed
from outreach.database.models import Patient, Request
from outreach.domain.words import AreaScope, Mobility
from outreach.services import areas
from outreach.services.request_acts import Answers

_LANGUAGE_LETTERS = 2
_GENDERS = {"": None, "female": "female", "male": "male"}
_WISHES = ("physician_name", "excluded_physician", "other")
_WISH_LENGTH = 200


def place_shown(area: Mapping[str, Any] | None) -> str:
    """What the field of the place holds before anybody types."""
    area = area or {}
    if area.get("scope") == AreaScope.COMMUNE:
        return f"{area.get('commune')} ({area.get('postal_code') or area.get('department')})"
    return str(area.get("department") or "") if area.get("scope") == AreaScope.DEPARTMENT else ""


def answers_in(typed: Typed, request: Request, patient: Patient) -> Answers:
    """What the form says; what it leaves as it was stays the very same. Raises WrongField."""
    mobility: list[str] = [word.value for word in typed.choices("deplacements", Mobility)]
    return Answers(
        mobility=request.mobility if set(mobility) == set(request.mobility) else mobility,
        max_travel_minutes=typed.whole("minutes", 1, 600),
        max_travel_km=typed.whole("km", 1, 1000),
        area=_area(typed, request, patient),
        preference=_preference(typed, request.preference),
    )


def _area(typed: Typed, request: Request, patient: Patient) -> dict[str, Any] | None:
    scope, told = typed.text("lieu", 16), typed.text("commune", 80)
    now = request.area or {}
    if scope not in set(AreaScope):
        return request.area
    if scope == now.get("scope") and (told == place_shown(now) or scope in {AreaScope.NEAR_HOME, AreaScope.ANYWHERE}):
        return request.area
    try:
        return areas.area(AreaScope(scope), told, patient)
    except areas.SeveralPlaces as several:
        choice = ", ".join(several.candidates)
        raise WrongField("commune", f"Plusieurs communes ont ce nom. Précisez le code postal : {choice}.") from None
    except areas.UnknownPlace:
        raise WrongField("commune", "Aucune commune, aucun département ne s’appelle ainsi. Vérifiez le nom.") from None


def _preference(typed: Typed, now: Mapping[str, Any] | None) -> dict[str, Any] | None:
    language = typed.text("langue", 20).lower()
    if language and not (len(language) == _LANGUAGE_LETTERS and language.isalpha()):
        raise WrongField("langue", "Écrivez la langue en deux lettres, comme en, ar ou pt.")
    wanted: dict[str, Any] = {
        "physician_gender": _GENDERS.get(typed.text("genre", 8)),
        "language": language or None,
        **{wish: typed.text(wish, _WISH_LENGTH) or None for wish in _WISHES},
    }
    kept = dict(now or {})
    if all(kept.get(name) == value for name, value in wanted.items()):
        return kept if now is not None else None
    return {**kept, **wanted}
