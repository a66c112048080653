"""What goes between Rasa and the actions, and what the telephone webhooks get back."""

import json
from collections.abc import Mapping
from typing import Any

from bot.actions.dialogue.effects import Decision
from bot.actions.dialogue.state import Clarification
from bot.actions.understanding.meaning import Act, Heard, Kind, Part, Ranking
from outreach.domain.words import Channel, Question

_COMMANDS = {
    "/open": Kind.OPEN,
    "/silence": Kind.SILENCE,
    "/transferred": Kind.TRANSFERRED,
    "/not_transferred": Kind.NOT_TRANSFERRED,
}
NOBODY = "nobody"
"""The sender with which the webhooks ask whether the agent is there."""

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
    parts = tuple(
        Part(str(part.get("text") or ""), _ranking(part.get("ranking"))) for part in latest.get("parts") or ()
    )
    return Heard(Kind.WORDS, text, _ranking(latest.get("intent_ranking") or [latest.get("intent") or {}]), parts)


def _ranking(entries: Any) -> Ranking:
    return tuple((str(entry.get("name") or ""), float(entry.get("confidence") or 0.0)) for entry in entries or ())


def _digits(text: str, entity: object) -> str:
    if entity is None:
        try:
            entity = json.loads(text.removeprefix(_KEYPAD) or "{}").get("digits", "")
        except (ValueError, AttributeError):
            entity = ""
    return "".join(key for key in str(entity) if key.isdigit())


def answer_of(decision: Decision, act: Act, channel: Channel) -> dict[str, Any]:
    """The one custom item of a turn (the shape that the telephone webhooks read)."""
    question, clarifying = decision.asks, decision.state.clarifying
    keys = _KEYS.get(question) if question is not None else 1
    if clarifying in {Clarification.TRAVEL_LIMIT, Clarification.WHICH_DEPARTMENT, Clarification.FIRST_NAME}:
        keys = None
    hints = _HINTS.get(question, "oui, non") if question is not None else "oui, allô"
    return {
        "asks": question.value if question is not None else None,
        "understood": act.value,
        "hang_up": decision.hang_up,
        "transfer": decision.transfer,
        "slow": decision.state.slow,
        "expects": "speech" if channel is Channel.SMS else "speech digits",
        "digits": keys,
        # Months would be heard in the place of a first name.
        "hints": hints if clarifying is not Clarification.FIRST_NAME else "je m'appelle, mon prénom est",
        "outcome": decision.state.ended.value if decision.state.ended is not None else None,
    }
