"""What goes between Rasa and the actions, and what the telephone webhooks get back."""

import json
from collections.abc import Mapping
from typing import Any

from bot.actions.dialogue.effects import Decision
from bot.actions.dialogue.state import Clarification
from bot.actions.understanding.meaning import Heard, Kind
from outreach.domain.words import Channel, Question

_COMMANDS = {"/open": Kind.OPEN, "/silence": Kind.SILENCE}
_KEYPAD = "/keypad"
_YES_NO = (
    Question.IDENTITY,
    Question.SITUATION,
    Question.CONSENT_ASSISTANCE,
    Question.CONSENT_SHARING,
    Question.CONFIRMATION,
)
_KEYS: dict[Question, int | None] = {
    **dict.fromkeys(_YES_NO, 1),
    Question.BIRTH_DATE: 8,
    Question.MOBILITY: 1,
    Question.PREFERENCE: 1,
    Question.CALLBACK_TIME: 1,
    # One key or a postal code: the carrier's own pause tells the end.
    Question.AREA: None,
}
_HINTS: dict[Question, str] = {
    **dict.fromkeys(_YES_NO, "oui, non, un conseiller"),
    Question.IDENTITY: "oui c'est moi, non, il n'est pas là, un conseiller",
    Question.BIRTH_DATE: "janvier, février, mars, avril, mai, juin, juillet, août, septembre, octobre, novembre, "
    "décembre, mille neuf cent",
    Question.MOBILITY: "seul, accompagné, en voiture, en bus, en fauteuil roulant, ambulance, à domicile, minutes",
    Question.AREA: "près de chez moi, n'importe où, dans le département",
    Question.PREFERENCE: "une femme, un homme, pas de préférence, le docteur",
    Question.CALLBACK_TIME: "demain, le matin, l'après-midi, lundi, mardi, mercredi, jeudi, vendredi, heures",
}


def read_message(latest: Mapping[str, Any]) -> Heard:
    """Rasa's latest message as something heard."""
    text = str(latest.get("text") or "")
    if text in _COMMANDS:
        return Heard(_COMMANDS[text])
    if text.startswith(_KEYPAD):
        entities = {e.get("entity"): e.get("value") for e in latest.get("entities") or ()}
        return Heard(Kind.KEYPAD, digits=_digits(text, entities.get("digits")))
    name, confidence = _meaning(latest)
    return Heard(Kind.WORDS, text, name, confidence)


# Meanings between which a doubt changes nothing: what the classifier shares out between them belongs together.
_FAMILIES = (
    frozenset({"deny", "deny_thanks", "refuse"}),
    frozenset({"affirm", "confirm_identity"}),
    frozenset({"repeat", "dont_know", "hearing", "slower"}),
    frozenset({"who_are_you", "purpose", "how_number", "scam_doubt"}),
    frozenset({"inform_preference", "no_preference"}),
)


def _meaning(latest: Mapping[str, Any]) -> tuple[str, float]:
    """The likeliest meaning, Rasa's own « fallback » left out: what is sure enough is decided where it is used."""
    ranked = [
        (str(entry.get("name") or ""), float(entry.get("confidence") or 0.0))
        for entry in latest.get("intent_ranking") or [latest.get("intent") or {}]
    ]
    ranked = [(name, confidence) for name, confidence in ranked if name != "nlu_fallback"]
    if not ranked:
        return "nlu_fallback", 0.0
    best, confidence = max(ranked, key=lambda entry: entry[1])
    family = next((names for names in _FAMILIES if best in names), frozenset({best}))
    return best, min(1.0, sum(share for name, share in ranked if name in family)) or confidence


def _digits(text: str, entity: object) -> str:
    if entity is None:
        try:
            entity = json.loads(text.removeprefix(_KEYPAD) or "{}").get("digits", "")
        except (ValueError, AttributeError):
            entity = ""
    return "".join(key for key in str(entity) if key.isdigit())


def answer_of(decision: Decision, channel: Channel) -> dict[str, Any]:
    """The one custom item of a turn (the shape that the telephone webhooks read)."""
    question, clarifying = decision.asks, decision.state.clarifying
    keys = _KEYS.get(question) if question is not None else 1
    if clarifying in {Clarification.TRAVEL_LIMIT, Clarification.WHICH_DEPARTMENT}:
        keys = None
    return {
        "asks": question.value if question is not None else None,
        "hang_up": decision.hang_up,
        "slow": decision.state.slow,
        "expects": "speech" if channel is Channel.SMS else "speech digits",
        "digits": keys,
        "hints": _HINTS.get(question, "oui, non") if question is not None else "oui, allô",
        "outcome": decision.state.ended.value if decision.state.ended is not None else None,
    }
