"""When to call back: what was said, and the stretch of calling hours it comes to."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from bot.actions.understanding.birth_dates import MONTHS
from bot.actions.understanding.text import with_figures
from outreach.domain.calling_hours import Window, local, windows_on
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import zone_of

MORNING = (time(8), time(12))
AFTERNOON = (time(14), time(18))
EVENING = (time(18), time(20))
ANY_TIME = (time(0), time(23, 59))
_SOON = timedelta(minutes=10)
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_NUMBER_HOUR = r"(\d{1,2}) ?(?:h|heures?|:)(?: ?(\d{2}|et demie?|et quart))?"
_BETWEEN = re.compile(rf"(?:entre|de) (\d{{1,2}})(?: ?(?:h|heures?))?(?: ?(\d{{2}}))? (?:et|a) {_NUMBER_HOUR}")
_AFTER = re.compile(rf"(?:apres|a partir de|des|pas avant) {_NUMBER_HOUR}")
_BEFORE = re.compile(rf"(?:avant|jusqu a|pas apres) {_NUMBER_HOUR}")
_AT = re.compile(rf"\b{_NUMBER_HOUR}")
_IN_DAYS = re.compile(r"dans (\d{1,2}) jours?")
_IN_WEEKS = re.compile(r"dans (\d{1,2}) semaines?|(la semaine prochaine|semaine pro\b)|(8 jours)")
_IN_TIME = re.compile(
    r"dans (?:(\d{1,2}) ?(?:h|heures?)|(\d{1,3}) ?(?:min|mn|minutes?)|une? (?:petite )?(demi[ -]?heure|quart d heure))"
)
_ON_DATE = re.compile(rf"\b(\d{{1,2}}) ({'|'.join(MONTHS)})\b|\ble (\d{{1,2}})\b(?! ?h)")
_ANY = re.compile(
    r"quand vous (?:voulez|pouvez)|n importe quand|peu importe|m est egal|toute la journee|a toute heure|tout le temps"
)


@dataclass(frozen=True, slots=True)
class CallbackWish:
    day: date | None = None
    part: tuple[time, time] | None = None
    # « Dans une heure »: from this instant on.
    not_before: datetime | None = None
    any_time: bool = False
    # « La semaine prochaine » is a first day, not the only one.
    or_later: bool = False


def read_callback(text: str, now: datetime, department: str) -> CallbackWish | None:
    said = with_figures(text)
    here = local(now, department)
    if match := _IN_TIME.search(said):
        hours, minutes, half = match.groups()
        delay = (
            timedelta(hours=int(hours))
            if hours
            else timedelta(minutes=int(minutes) if minutes else 30 if "demi" in half else 15)
        )
        return CallbackWish(not_before=now + delay, or_later=True)
    day, or_later = _read_day(said, here.date())
    part = _read_part(said)
    if day is None and part is None:
        return CallbackWish(any_time=True) if _ANY.search(said) else None
    return CallbackWish(day, part, or_later=or_later)


def window_for(wish: CallbackWish, now: datetime, policy: ContactPolicy, department: str) -> Window | None:
    """The first stretch of calling hours that the wish comes to, or None when there is none to give."""
    start_part, end_part = wish.part or ANY_TIME
    earliest = max(now + _SOON, wish.not_before or now)
    today = local(now, department).date()
    first = wish.day or local(earliest, department).date()
    last = first if wish.day and not wish.or_later else first + timedelta(days=policy.callback_within_days)
    day = first
    zone = zone_of(department)
    while day <= last and (day - today).days <= policy.callback_within_days + 1:
        wanted_start = datetime.combine(day, start_part, zone).astimezone(UTC)
        wanted_end = datetime.combine(day, end_part, zone).astimezone(UTC)
        spans = [
            Window(max(window.start, wanted_start, earliest), min(window.end, wanted_end))
            for window in windows_on(policy, department, day)
        ]
        spans = [span for span in spans if span.end - span.start >= _SOON]
        if spans:
            # A whole day goes from its first hour to its last: the lunch break in between is not called anyway.
            return Window(spans[0].start, spans[-1].end)
        day += timedelta(days=1)
    return None


def _read_day(said: str, today: date) -> tuple[date | None, bool]:
    if "apres demain" in said:
        return today + timedelta(days=2), False
    if "demain" in said:
        return today + timedelta(days=1), False
    if match := _IN_DAYS.search(said):
        return today + timedelta(days=int(match.group(1))), False
    next_week = _IN_WEEKS.search(said)
    monday = today + timedelta(days=7 - today.weekday())
    if next_week and next_week.group(1):
        monday += timedelta(weeks=int(next_week.group(1)) - 1)
    for index, name in enumerate(_WEEKDAYS):
        if re.search(rf"\b{name}s?\b", said):
            if next_week:
                return monday + timedelta(days=index), False
            ahead = (index - today.weekday()) % 7
            return today + timedelta(days=ahead or 7), False
    if next_week:
        return monday, True
    if re.search(r"aujourd hui|\bce (?:soir|matin|midi)\b|cet (?:apres midi|aprem)|tout a l heure", said):
        return today, False
    if match := _ON_DATE.search(said):
        return _coming(match, today), False
    return None, False


def _coming(match: re.Match[str], today: date) -> date | None:
    day, month, bare = match.groups()
    wanted_month = MONTHS[month] if month else today.month
    for year, at in (
        (today.year, wanted_month),
        (today.year, wanted_month % 12 + 1),
        (today.year + 1, wanted_month),
    ):
        if month and at != wanted_month:
            continue
        try:
            candidate = date(year, at, int(day or bare))
        except ValueError:
            continue
        if candidate > today:
            return candidate
    return None


def _read_part(said: str) -> tuple[time, time] | None:
    if match := _BETWEEN.search(said):
        start, end = _clock(match.group(1), match.group(2)), _clock(match.group(3), match.group(4))
        return (start, end) if start and end and start < end else None
    if (match := _AFTER.search(said)) and (start := _clock(match.group(1), match.group(2))):
        return start, ANY_TIME[1]
    if (match := _BEFORE.search(said)) and (end := _clock(match.group(1), match.group(2))):
        return ANY_TIME[0], end
    if (match := _AT.search(said)) and (start := _clock(match.group(1), match.group(2))):
        return start, (datetime.combine(date.min, start) + timedelta(hours=1)).time() if start.hour < 23 else ANY_TIME[
            1
        ]
    if re.search(r"\bmidi\b", said) and "apres midi" not in said:
        return time(12), time(14)
    named = [
        part
        for pattern, part in (
            (r"\bmatins?\b|matinee", MORNING),
            (r"apres midi|aprem", AFTERNOON),
            (r"\bsoir\b|soiree|fin de journee|apres le travail", EVENING),
        )
        if re.search(pattern, said)
    ]
    if len(named) != 1:
        return None
    if re.search(r"fin de (?:la )?matinee", said):
        return time(11), time(13)
    if re.search(r"fin d (?:apres midi|aprem)", said):
        return time(16), time(19)
    return named[0]


def _clock(hour: str, minutes: str | None) -> time | None:
    value = int(hour)
    # A bare « vers deux heures » is 14:00: nobody is called at night.
    if 1 <= value < 8:
        value += 12
    if value > 23:
        return None
    past = {"et demi": 30, "et demie": 30, "et quart": 15}.get(minutes or "")
    minute = past if past is not None else int(minutes or 0)
    return time(value, minute) if minute < 60 else None
