"""The answers that describe the search: mobility with its limits, area, preference; as the JSON that is kept."""

import re
from typing import Any

from bot.actions.dialogue.state import Clarification, DialogueState, PatientFacts
from bot.actions.understanding.departments import department_named
from bot.actions.understanding.gazetteer import Place, gazetteer, key_of
from bot.actions.understanding.meaning import Act, Understanding
from bot.actions.understanding.text import plain
from outreach.domain.words import AreaScope, Mobility, Question

_ADDED = re.compile(r"\b(?:r?ajout\w*|aussi|en plus|egalement|oublie\w*)\b")

_TONGUE = re.compile(r"\b(?:qui|quil|ki|un|une) (?:parl|caus)\w*|\bparlant\b")
_NOWHERE: dict[str, Any] = {"commune": None, "insee_code": None, "postal_code": None}


def answers_in(
    state: DialogueState, heard: Understanding, facts: PatientFacts, pending: Question
) -> dict[Question, Any]:
    found: dict[Question, Any] = {}
    if (travel := _mobility(state, heard, pending)) is not None:
        found[Question.MOBILITY] = travel
    if (area := _area(state, heard, facts, pending)) is not None:
        found[Question.AREA] = area
    if (preference := _preference(state, heard, pending)) is not None:
        found[Question.PREFERENCE] = preference
    return found


def needs_limit(state: DialogueState) -> bool:
    """How far is asked once, of those who travel and have not told it."""
    travel = state.answer(Question.MOBILITY)
    if not travel or state.limit_asked:
        return False
    if travel["max_travel_minutes"] or travel["max_travel_km"]:
        return False
    return bool(travel["mobility"] != [Mobility.HOME_VISIT.value])


def _mobility(state: DialogueState, heard: Understanding, pending: Question) -> dict[str, Any] | None:
    before = state.answer(Question.MOBILITY)
    ways = sorted(way.value for way in heard.mobility.ways)
    limit = heard.travel_limit
    if pending is Question.AREA and Mobility.HOME_VISIT.value in ways and heard.scope is AreaScope.NEAR_HOME:
        ways.remove(Mobility.HOME_VISIT.value)
    if state.clarifying is Clarification.TRAVEL_LIMIT and before and (limit is not None or not ways):
        # « Une vingtaine de minutes en voiture » measures the way; it is still the neighbour who drives.
        ways = before["mobility"]
    if pending is Question.CONFIRMATION and before and ways and _ADDED.search(plain(heard.text)):
        # « Ajoutez que je suis en fauteuil »: the daughter still drives.
        ways = sorted({*before["mobility"], *ways})
    if not ways and limit is not None and before:
        ways = before["mobility"]
    if not ways:
        return None
    if limit is not None and (limit.minutes or limit.km or limit.none):
        minutes, km = limit.minutes, limit.km
        if limit.bare and before and before["max_travel_km"] and not before["max_travel_minutes"]:
            minutes, km = None, limit.minutes
    elif before is not None:
        minutes, km = before["max_travel_minutes"], before["max_travel_km"]
    else:
        minutes, km = state.told_limit.get("max_travel_minutes"), state.told_limit.get("max_travel_km")
    return {"mobility": ways, "max_travel_minutes": minutes, "max_travel_km": km}


def _area(state: DialogueState, heard: Understanding, facts: PatientFacts, pending: Question) -> dict[str, Any] | None:
    if isinstance(heard.place, Place):
        named = area_of(AreaScope.COMMUNE, heard.place)
        # Only when there are any: what other readers know of an area stays as it is.
        also = [{"commune": place.name, "insee_code": place.insee_code} for place in heard.other_places]
        return {**named, "also": also} if also else named
    if state.clarifying is Clarification.WHICH_DEPARTMENT:
        return _of_the_ambiguous(state, heard)
    if pending is Question.AREA and heard.scope is None and heard.act is Act.NO_PREFERENCE:
        return {"scope": AreaScope.ANYWHERE.value, **_NOWHERE, "department": facts.department}
    if heard.scope is None or (pending is not Question.AREA and heard.scope is AreaScope.ANYWHERE):
        return None
    if heard.scope is AreaScope.NEAR_HOME:
        return {"scope": AreaScope.NEAR_HOME.value, **facts.home}
    if heard.scope is AreaScope.DEPARTMENT:
        return {
            "scope": heard.scope.value,
            **_NOWHERE,
            "department": department_named(heard.text) or facts.department,
        }
    return {"scope": AreaScope.ANYWHERE.value, **_NOWHERE, "department": facts.department}


def area_of(scope: AreaScope, place: Place) -> dict[str, Any]:
    return {
        "scope": scope.value,
        "commune": place.name,
        "insee_code": place.insee_code,
        "postal_code": place.postal_code,
        "department": place.department,
    }


def _of_the_ambiguous(state: DialogueState, heard: Understanding) -> dict[str, Any] | None:
    told = heard.digits or heard.text
    named = department_named(told) or told.strip()
    for code in state.ambiguous:
        place = gazetteer().by_code[code]
        if place.department == named:
            return area_of(AreaScope.COMMUNE, place)
    if state.ambiguous:
        # A name that many bear: only the nearest were kept.
        name = gazetteer().by_code[state.ambiguous[0]].name
        namesakes = (p for p in gazetteer().by_name.get(key_of(name), ()) if p.department == named)
        if (namesake := next(namesakes, None)) is not None:
            return area_of(AreaScope.COMMUNE, namesake)
    return None


def _preference(state: DialogueState, heard: Understanding, pending: Question) -> dict[str, Any] | None:
    nothing = {
        "physician_gender": None,
        "physician_name": None,
        "excluded_physician": None,
        "language": None,
        "other": None,
    }
    if heard.preference.none:
        return nothing
    if heard.preference.says_something:
        if (
            pending not in {Question.PREFERENCE, Question.CONFIRMATION}
            and not heard.speaks_of_a_physician
            and not _TONGUE.search(plain(heard.text))
        ):
            # « Un monsieur très serviable m'emmène » tells nothing of the physician.
            return None
        before = state.answer(Question.PREFERENCE) or nothing
        said = {key: value for key, value in heard.preference.as_json().items() if value is not None}
        return {**before, **said}
    if pending is Question.PREFERENCE and heard.act is Act.PREFERENCE:
        # A wish that no reader knows is kept in their own words, for the adviser.
        return {**(state.answer(Question.PREFERENCE) or nothing), "other": heard.text.strip()[:200]}
    if pending is Question.PREFERENCE and (heard.is_no or heard.act in {Act.NO_PREFERENCE, Act.DONT_KNOW}):
        return nothing
    return None
