"""The contact policy of a campaign (DESIGN §5 `policy.yaml`, DOMAIN §2)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import time, timedelta
from itertools import pairwise
from typing import Any

import yaml

DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class PolicyError(ValueError):
    """A policy that can't be read: says the line and what to write instead."""


@dataclass(frozen=True, slots=True, order=True)
class DayWindow:
    """A part of the day, in the patient's local time; the end is not in it."""

    start: time
    end: time

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class AttemptCaps:
    per_30_days: int = 4
    per_day: int = 1
    spacing_hours: float = 48

    @property
    def spacing(self) -> timedelta:
        return timedelta(hours=self.spacing_hours)


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    days: tuple[str, ...] = DAY_NAMES[:5]
    windows: tuple[DayWindow, ...] = (DayWindow(time(10), time(13)), DayWindow(time(14), time(19)))
    attempts: AttemptCaps = field(default_factory=AttemptCaps)
    announce_sms: bool = True
    unanswered_sms: int = 2
    voicemail_on_misses: tuple[int, ...] = (1, 3)
    ring_seconds: int = 25
    identity_attempts: int = 2
    callback_within_days: int = 14
    calls_per_second: float = 1
    calls_at_once: int = 30
    sms_per_second: float = 1
    pace_by_capacity: bool = True
    best_time: bool = True

    def document(self) -> dict[str, Any]:
        """The policy as JSON, in the words of `policy.yaml`."""
        document: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self)}
        document["days"] = list(self.days)
        document["windows"] = [str(window) for window in self.windows]
        document["attempts"] = {
            "per_30_days": self.attempts.per_30_days,
            "per_day": self.attempts.per_day,
            "spacing_hours": self.attempts.spacing_hours,
        }
        document["voicemail_on_misses"] = list(self.voicemail_on_misses)
        return document


DEFAULT = ContactPolicy()


def looser_than_default(policy: ContactPolicy) -> list[str]:
    """The keys by which a policy asks more of people than the default does, for which a reason must be written."""
    covered = all(
        any(allowed.start <= window.start and window.end <= allowed.end for allowed in DEFAULT.windows)
        for window in policy.windows
    )
    checks = {
        "days": not set(policy.days) <= set(DEFAULT.days),
        "windows": not covered,
        "attempts.per_30_days": policy.attempts.per_30_days > DEFAULT.attempts.per_30_days,
        "attempts.per_day": policy.attempts.per_day > DEFAULT.attempts.per_day,
        "attempts.spacing_hours": policy.attempts.spacing_hours < DEFAULT.attempts.spacing_hours,
        "unanswered_sms": policy.unanswered_sms > DEFAULT.unanswered_sms,
        "voicemail_on_misses": not set(policy.voicemail_on_misses) <= set(DEFAULT.voicemail_on_misses),
        "identity_attempts": policy.identity_attempts > DEFAULT.identity_attempts,
    }
    return [key for key, looser in checks.items() if looser]


def loosened(before: ContactPolicy, after: ContactPolicy) -> list[str]:
    """The keys by which `after` is looser than the default and which it changes: what a reason is to be written for."""
    kept = _by_key(before)
    return [key for key in looser_than_default(after) if _by_key(after)[key] != kept[key]]


def _by_key(policy: ContactPolicy) -> dict[str, Any]:
    document = policy.document()
    caps = document.pop("attempts")
    return {**document, **{f"attempts.{key}": value for key, value in caps.items()}}


def _whole(minimum: int, maximum: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not minimum <= value <= maximum:
            raise ValueError(f"a whole number from {minimum} to {maximum}")
        return value

    return read


def _number(minimum: float, maximum: float) -> Callable[[Any], float]:
    def read(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not minimum <= value <= maximum:
            raise ValueError(f"a number from {minimum:g} to {maximum:g}")
        return value

    return read


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("true or false")  # noqa: TRY004 - every reader refuses with the same error
    return value


def _days(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or any(day not in DAY_NAMES for day in value):
        raise ValueError(f"a list of days among {', '.join(DAY_NAMES)}")
    return tuple(day for day in DAY_NAMES if day in value)


def _window(text: Any) -> DayWindow:
    match = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)", text if isinstance(text, str) else "")
    if match is None:
        raise ValueError('a list of windows such as "10:00-13:00"')
    start_hour, start_minute, end_hour, end_minute = map(int, match.groups())
    window = DayWindow(time(start_hour, start_minute), time(end_hour, end_minute))
    if window.start >= window.end:
        raise ValueError("windows whose start comes before their end")
    return window


def parse_windows(value: Any) -> tuple[DayWindow, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError('a list of windows such as "10:00-13:00"')
    windows = tuple(sorted(_window(item) for item in value))
    if any(before.end > after.start for before, after in pairwise(windows)):
        raise ValueError("windows that do not overlap")
    return windows


def _misses(value: Any) -> tuple[int, ...]:
    if not isinstance(value, list) or any(isinstance(n, bool) or not isinstance(n, int) or n < 1 for n in value):
        raise ValueError("a list of whole numbers from 1, such as [1, 3]")
    return tuple(sorted(set(value)))


_CAPS: dict[str, Callable[[Any], Any]] = {
    "per_30_days": _whole(1, 30),
    "per_day": _whole(1, 10),
    "spacing_hours": _number(0, 720),
}

_KEYS: dict[str, Callable[[Any], Any]] = {
    "days": _days,
    "windows": parse_windows,
    "announce_sms": _yes_or_no,
    "unanswered_sms": _whole(0, 10),
    "voicemail_on_misses": _misses,
    "ring_seconds": _whole(5, 60),
    "identity_attempts": _whole(1, 5),
    "callback_within_days": _whole(1, 60),
    "calls_per_second": _number(0.01, 1000),
    "calls_at_once": _whole(1, 10_000),
    "sms_per_second": _number(0.01, 1000),
    "pace_by_capacity": _yes_or_no,
    "best_time": _yes_or_no,
}


def _read(
    document: Mapping[str, Any], readers: Mapping[str, Callable[[Any], Any]], where: Callable[[str], str], prefix: str
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in document.items():
        if key not in readers:
            known = ", ".join(readers)
            raise PolicyError(f"{where(f'{prefix}{key}')}unknown key {prefix}{key}; the keys are: {known}")
        try:
            values[key] = readers[key](value)
        except ValueError as error:
            raise PolicyError(f"{where(f'{prefix}{key}')}{prefix}{key} must be {error}") from None
    return values


def from_document(document: Mapping[str, Any], where: Callable[[str], str] = lambda _: "") -> ContactPolicy:
    """The policy that a JSON or YAML document means; keys left out keep their defaults. Raises PolicyError."""

    def caps(value: Any) -> AttemptCaps:
        if not isinstance(value, dict):
            raise PolicyError(f"{where('attempts')}attempts must be keys: {', '.join(_CAPS)}")
        return AttemptCaps(**_read(value, _CAPS, where, "attempts."))

    return ContactPolicy(**_read(document, {**_KEYS, "attempts": caps}, where, ""))


def from_yaml(text: str) -> ContactPolicy:
    """The policy of a `policy.yaml`. Raises PolicyError, which names the line."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}: " if mark is not None else ""
        raise PolicyError(f"{line}not YAML: {getattr(error, 'problem', None) or 'unreadable'}") from None
    if document is None:
        return DEFAULT
    if not isinstance(document, dict):
        raise PolicyError("line 1: a policy is made of keys, such as ring_seconds: 25")
    lines = _lines(root, "")

    def where(path: str) -> str:
        return f"line {lines[path]}: " if path in lines else ""

    return from_document({str(key): value for key, value in document.items()}, where)


def _lines(node: yaml.Node | None, prefix: str) -> dict[str, int]:
    found: dict[str, int] = {}
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            found[f"{prefix}{key.value}"] = key.start_mark.line + 1
            found |= _lines(value, f"{prefix}{key.value}.")
    return found
