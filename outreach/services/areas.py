"""Where somebody wants a physician, as an adviser types it, by the gazetteer."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from outreach.database.models import Patient
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import AreaScope
from outreach.errors import BadInput
from outreach.places import Place, place_of, places

_SHORT = {"st": "saint", "ste": "sainte"}
_NOWHERE: dict[str, Any] = {"commune": None, "insee_code": None, "postal_code": None}
_SHOWN = 6


class UnknownPlace(BadInput):
    def __init__(self) -> None:
        super().__init__("no commune has this name or postal code")


class SeveralPlaces(BadInput):
    """Several communes have this name or postal code: `candidates`, the largest first."""

    def __init__(self, candidates: Sequence[Place]) -> None:
        super().__init__("several communes have this name or postal code")
        self.candidates = [written(place) for place in candidates[:_SHOWN]]


def written(place: Place) -> str:
    return f"{place.name} ({place.postal_code or place.department})"


def area(scope: AreaScope, told: str, patient: Patient) -> dict[str, Any]:
    """The area of a request. Raises UnknownPlace or SeveralPlaces."""
    if scope is AreaScope.COMMUNE:
        return _of(scope, _named(told, patient.department))
    if scope is AreaScope.NEAR_HOME:
        home = place_of(patient.insee_code, patient.postal_code)
        return _of(scope, home) if home is not None else {"scope": scope.value, **_NOWHERE, "department": None}
    department = told.strip().upper() if scope is AreaScope.DEPARTMENT and told.strip() else patient.department
    if department not in DEPARTMENTS:
        raise UnknownPlace
    return {"scope": scope.value, **_NOWHERE, "department": department}


def _of(scope: AreaScope, place: Place) -> dict[str, Any]:
    return {
        "scope": scope.value,
        "commune": place.name,
        "insee_code": place.insee_code,
        "postal_code": place.postal_code,
        "department": place.department,
    }


def _named(told: str, department: str) -> Place:
    """The commune of this name, postal code, or both; the patient's own department decides between several."""
    code = re.search(r"\b(\d{5}|\d[\dAB]\d{3})\b", told.upper())
    name = _plain(re.sub(r"[()]|\b\d[\dAB]\d{3}\b", " ", told, flags=re.IGNORECASE))
    found = list(places().by_postal_code.get(code[1], ())) if code is not None else list(_by_name().get(name, ()))
    if code is not None and name:
        found = [place for place in found if _plain(place.name) == name] or found
    if not found:
        raise UnknownPlace
    near = [place for place in found if place.department == department] or found
    if len(near) > 1:
        raise SeveralPlaces(near)
    return near[0]


@lru_cache(maxsize=1)
def _by_name() -> dict[str, list[Place]]:
    named: dict[str, list[Place]] = defaultdict(list)
    for place in places().by_code.values():
        named[_plain(place.name)].append(place)
    return dict(named)


def _plain(name: str) -> str:
    """Without accents, capitals and signs."""
    letters = unicodedata.normalize("NFKD", name.lower().replace("œ", "oe"))
    words = re.sub(r"[^a-z0-9]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).split()
    return " ".join(_SHORT.get(word, word) for word in words)
