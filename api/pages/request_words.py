"""What an act on a request changed, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from api.pages import calling_words, labels, offers_words
from api.pages.act_words import ACTS
from outreach.services.request_file import Event


class _Answered:
    """Old or new values, as the page's filters read them from a request."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.area = values.get("area")
        self.max_travel_minutes = values.get("max_travel_minutes")
        self.max_travel_km = values.get("max_travel_km")
        self.department = (self.area or {}).get("department") or labels.NOTHING


def changes(event: Event) -> list[str]:
    """One line for each thing that an act changed; none for an act that says all by itself."""
    told = event.document or {}
    if event.act == "called":
        return [labels.CALL_RESULTS.get(told.get("result", ""), "")]
    if event.act == "called_through_us":
        return [calling_words.logged(told)]
    if event.act == "closed":
        return [labels.RESULTS.get(told.get("result", ""), str(told.get("result", "")))]
    if event.act == "passed_on":
        return [f"à {told.get('to')}"]
    if event.act == "undone":
        return [ACTS.get(told.get("act", ""), "")]
    if event.act == "callback_set":
        return [f"{_callback(told.get('before'))} → {_callback(told.get('after'))}"]
    if event.act == "answers_edited":
        return _answers(told["before"], told["after"])
    if event.act == "answers_changed":
        lines = _answers(told["before"], told["after"])
        if "callback_from" in told["after"]:
            lines.append(f"Rappel : {_callback(told['before'])} → {_callback(told['after'])}")
        return lines
    return []


def note(event: Event) -> str | None:
    """What somebody wrote; the desk's own words in French."""
    if event.note == "lease expired":
        return "la réservation a expiré"
    if event.note is not None and event.act in {"offered", "offer_expired"}:
        return f"RPPS {event.note}"
    if event.note is not None and event.act in {"offer_declined", "offer_withdrawn"}:
        return offers_words.OFFER_REASONS.get(event.note, event.note)
    return event.note


def step(event: Event) -> str:
    """The act that a button would take back."""
    return ACTS.get(event.act, event.act)


def _callback(told: Mapping[str, Any] | None) -> str:
    begins = (told or {}).get("callback_from")
    return labels.moment(datetime.fromisoformat(begins)) if begins else "sans heure"


def _answers(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    lines = []
    if "mobility" in after:
        lines.append(f"Déplacements : {_both(labels.mobility, before['mobility'], after['mobility'])}")
    if {"max_travel_minutes", "max_travel_km"} & set(after):
        lines.append(f"Distance : {_both(labels.travel, _Answered(before), _Answered(after))}")
    if "area" in after:
        lines.append(f"Lieu : {_both(_area, before, after)}")
    if "preference" in after:
        lines.append(f"Médecin souhaité : {_both(labels.preference, before['preference'], after['preference'])}")
    return lines


def _area(values: Mapping[str, Any]) -> str:
    wanted = values["area"] or {}
    return "près de chez la personne" if wanted.get("scope") == "near_home" else labels.area(_Answered(values))


def _both(words: Any, before: Any, after: Any) -> str:
    return f"{words(before)} → {words(after)}"
