"""Whether an utterance was understood, and whether a dialogue ended as it should."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from outreach.domain.calling_hours import local
from outreach.domain.words import Question
from tests.bot.evaluation.cases import Utterance
from tests.bot.evaluation.stage import Kept

# At these questions two labels lead to the very same thing.
_SAME: dict[Question, tuple[set[str], ...]] = {
    Question.IDENTITY: ({"affirm", "confirm_identity"},),
    Question.SITUATION: ({"affirm", "has_doctor"}, {"deny", "no_doctor"}),
    Question.CONSENT_ASSISTANCE: ({"deny", "deny_thanks", "refuse"},),
    Question.CONSENT_SHARING: ({"deny", "deny_thanks"},),
    Question.PREFERENCE: ({"no_preference", "deny", "dont_know"},),
    Question.CONFIRMATION: ({"affirm", "goodbye_and_yes"}, {"deny", "correction"}),
    Question.CALLBACK_TIME: ({"no_preference", "dont_know", "affirm"},),
}
# Answered with one sentence, after which the question comes back: a doubt between these changes nothing either.
_ANY_QUESTION = (
    {"hands_over", "third_party"},
    {"emergency", "distress"},
    {"who_are_you", "purpose"},
    {"repeat", "dont_know", "hearing"},
    {"inform_mobility", "inform_travel_limit"},
    {"purpose", "what_is_doctor"},
)


def same(at: Question, understood: str, wanted: tuple[str, ...]) -> bool:
    if understood in wanted:
        return True
    families = (*_SAME.get(at, ()), *_ANY_QUESTION)
    return any(understood in family and set(wanted) & family for family in families)


def wrong_values(utterance: Utterance, kept: Kept, now: datetime, department: str) -> list[str]:
    """The values that were not read as they should be."""
    travel = kept.answers.get("mobility") or {}
    area = kept.answers.get("area") or {}
    preference = kept.answers.get("preference") or {}
    wrong = []
    for key, wanted in utterance.value.items():
        match key:
            case "birth_date":
                found: Any = "given" if kept.identity == "verified" or kept.wrong_birth_dates else "none"
                good = (kept.identity == "verified") if wanted != "none" else found == "none"
            case "mobility":
                found, good = travel.get("mobility"), sorted(travel.get("mobility") or []) == sorted(wanted)
            case "minutes":
                found, good = travel.get("max_travel_minutes"), travel.get("max_travel_minutes") == wanted
            case "km":
                found, good = travel.get("max_travel_km"), travel.get("max_travel_km") == wanted
            case "scope":
                found, good = area.get("scope"), area.get("scope") == wanted
            case "insee":
                found, good = area.get("insee_code"), area.get("insee_code") == str(wanted)
            case "department":
                found, good = area.get("department"), area.get("department") == str(wanted)
            case "gender":
                found = preference.get("physician_gender")
                good = found == (None if wanted == "none" else wanted) and "preference" in kept.answers
            case "physician" | "excluded":
                name = "physician_name" if key == "physician" else "excluded_physician"
                found, good = preference.get(name), _fold(preference.get(name)) == _fold(wanted)
            case "language":
                found, good = preference.get("language"), preference.get("language") == wanted
            case "callback":
                found, good = kept.callback, _is_the_window(wanted, kept.callback, now, department)
            case _:
                found, good = None, False
        if not good:
            wrong.append(f"{key} {found!r} instead of {wanted!r}")
    return wrong


def _fold(name: Any) -> str:
    return str(name or "").lower().replace("é", "e").replace("è", "e").replace("-", " ").strip()


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def _is_the_window(wanted: Mapping[str, str], found: tuple[str, str] | None, now: datetime, department: str) -> bool:
    if found is None:
        return False
    start, end = (local(datetime.fromisoformat(at), department) for at in found)
    today = local(now, department).date()
    if (day := wanted.get("day")) is not None and start.date() != _day(day, today):
        return False
    return all(wanted.get(key) is None or f"{at:%H:%M}" == wanted[key] for key, at in (("from", start), ("to", end)))


def _day(name: str, today: date) -> date:
    if name in {"today", "tomorrow", "after_tomorrow"}:
        return today + timedelta(days=("today", "tomorrow", "after_tomorrow").index(name))
    if name in _DAYS:
        return today + timedelta(days=(_DAYS.index(name) - today.weekday()) % 7 or 7)
    return date.fromisoformat(name)


def wrong_ends(
    ends: Mapping[str, Any], kept: Kept, asked: list[str | None], spoken: list[str], turns: int
) -> list[str]:
    """What is not as the dialogue says that it must end."""
    wrong = []

    def check(what: str, found: Any, wanted: Any) -> None:
        if found != wanted:
            wrong.append(f"{what}: {found!r} instead of {wanted!r}")

    check("outcome", kept.outcome, ends["outcome"])
    for kind, state in (ends.get("consents") or {}).items():
        check(f"consent {kind}", kept.consents.get(kind, "none"), state)
    _check_answers(ends.get("answers") or {}, kept, check)
    if (request := ends.get("request")) is not None:
        found = sorted(kept.open_requests) or ["none"]
        if request not in found:
            wrong.append(f"request: {found} instead of {request}")
    if "suppressed" in ends:
        check("suppressed", kept.suppressed or "none", ends["suppressed"])
    if "alerts" in ends:
        check("alerts", sorted(set(kept.alerts)), sorted(set(ends["alerts"])))
    everything = " ".join(spoken)
    wrong += [f"said {word!r}" for word in ends.get("never_says") or () if _is_in(word, everything)]
    wrong += [f"never said {word!r}" for word in ends.get("must_say") or () if not _is_in(word, everything)]
    wrong += [f"kept {words!r}" for words in ends.get("never_kept") or () if _is_in(words, kept.turns)]
    wrong += [f"asked {question}" for question in ends.get("never_asks") or () if question in asked]
    wrong += [f"never asked {question}" for question in ends.get("must_ask") or () if question not in asked]
    if turns > ends.get("at_most_turns", 40):
        wrong.append(f"{turns} turns")
    return wrong


def _is_in(piece: str, text: str) -> bool:
    """With a capital exactly so, else whatever the case."""
    return piece in text if piece != piece.lower() else piece in text.lower()


def _check_answers(wanted: Mapping[str, Any], kept: Kept, check: Any) -> None:
    travel = kept.answers.get("mobility") or {}
    for key, value in wanted.items():
        match key:
            case "mobility":
                check(key, sorted(travel.get("mobility") or []), sorted(value or []))
            case "max_travel_minutes" | "max_travel_km":
                check(key, travel.get(key), value)
            case "area" | "preference":
                found = kept.answers.get(key) or {}
                for name, one in (value or {}).items():
                    same_name = _fold(found.get(name)) == _fold(one) if isinstance(one, str) else found.get(name) == one
                    check(f"{key}.{name}", found.get(name) if not same_name else one, one)
            case "callback":
                found = [datetime.fromisoformat(at) for at in kept.callback or ()]
                check(key, found, [datetime.fromisoformat(str(value[end])) for end in ("from", "to")] if value else [])
            case _:
                check(key, kept.answers.get(key), value)
