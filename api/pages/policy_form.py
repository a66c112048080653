"""The form of a contact policy: every key a field; what is typed becomes a policy, or sentences beside its fields."""

from typing import Any

from api.drafts import Fields
from api.pages import policy_words
from api.pages.steering_forms import WrongFields
from outreach.domain import policy
from outreach.domain.policy import DAY_NAMES, ContactPolicy, PolicyError

WINDOWS = 4
"""As many parts of the day as the form offers."""

_WHOLE = {
    "attempts.per_30_days",
    "attempts.per_day",
    "unanswered_sms",
    "ring_seconds",
    "identity_attempts",
    "callback_within_days",
    "calls_at_once",
}
_NUMBERS = {"attempts.spacing_hours", "calls_per_second", "sms_per_second"}
_SWITCHES = {"announce_sms", "pace_by_capacity", "best_time"}


def values_of(rules: ContactPolicy) -> dict[str, Any]:
    """What the form's fields hold for a policy."""
    document = rules.document()
    caps = document.pop("attempts")
    values: dict[str, Any] = {**document, **{f"attempts.{key}": value for key, value in caps.items()}}
    for index, window in enumerate(rules.windows):
        values[f"de{index}"], values[f"a{index}"] = f"{window.start:%H:%M}", f"{window.end:%H:%M}"
    values["voicemail_on_misses"] = ", ".join(str(miss) for miss in rules.voicemail_on_misses)
    for key in _NUMBERS:
        values[key] = policy_words.number(values[key])
    for key in _SWITCHES:
        values[key] = "oui" if values[key] else "non"
    return values


def policy_in(fields: Fields, kept: ContactPolicy) -> ContactPolicy:
    """The policy typed; windows beyond those that the form offers are kept. Raises WrongFields."""
    problems: dict[str, str] = {}
    document: dict[str, Any] = {}
    for key, value in _typed(fields, kept).items():
        whole, _, part = key.partition(".")
        candidate = {whole: {part: value}} if part else {whole: value}
        try:
            if value is None:
                raise PolicyError("nothing that can be read")
            policy.from_document(candidate)
        except PolicyError:
            problems[key] = policy_words.PROBLEMS[key]
            continue
        if part:
            document.setdefault(whole, {})[part] = value
        else:
            document[whole] = value
    if problems:
        raise WrongFields(problems)
    return policy.from_document(document)


def _typed(fields: Fields, kept: ContactPolicy) -> dict[str, Any]:
    def one(name: str) -> str:
        return (fields.get(name) or [""])[0].strip()

    typed: dict[str, Any] = {"days": [day for day in DAY_NAMES if day in fields.get("days", [])]}
    pairs = [(one(f"de{index}"), one(f"a{index}")) for index in range(WINDOWS)]
    typed["windows"] = [f"{start[:5]}-{end[:5]}" for start, end in pairs if start or end]
    typed["windows"] += [str(window) for window in kept.windows[WINDOWS:]]
    typed |= {key: int(one(key)) if one(key).isdecimal() else None for key in _WHOLE}
    typed |= {key: _number(one(key)) for key in _NUMBERS}
    typed |= {key: {"oui": True, "non": False}.get(one(key)) for key in _SWITCHES}
    misses = [part.strip() for part in one("voicemail_on_misses").split(",") if part.strip()]
    readable = all(miss.isdecimal() and len(miss) < 4 for miss in misses)
    typed["voicemail_on_misses"] = [int(miss) for miss in misses] if readable else None
    return typed


def _number(text: str) -> float | None:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        return None
    return int(value) if value.is_integer() else value
