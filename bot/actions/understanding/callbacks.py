"""When to call back: what was said, and the stretch of calling hours it comes to."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from bot.actions.understanding import clock_words, day_words
from bot.actions.understanding.clock_words import ANY_TIME, Part
from bot.actions.understanding.spoken_times import written_out
from outreach.domain.calling_hours import Window, local, windows_on
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import zone_of

_CORRECTION = re.compile(r"\b(?:(?:euh )?non(?: plutot| pardon| euh)?|pardon|finalement|ou plutot)\b")
_OR = re.compile(r"\b(?:ou bien|ou|sinon)\b")
_SOON = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class CallbackWish:
    day: date | None = None
    part: Part | None = None
    # « Dans une heure »: from this instant on.
    not_before: datetime | None = None
    any_time: bool = False
    # « La semaine prochaine » is a first day, not the only one.
    or_later: bool = False
    last: date | None = None
    # « Lundi ou mardi », « tous les jours sauf le mercredi ».
    weekdays: frozenset[int] = frozenset(range(7))
    without_days: frozenset[date] = frozenset()
    # « Pas le matin ».
    without: tuple[Part, ...] = ()


def read_callback(text: str, now: datetime, department: str) -> CallbackWish | None:
    said = day_words.without_busy_days(written_out(text))
    today = local(now, department).date()
    delay = clock_words.delay(said)
    if delay is not None:
        return CallbackWish(not_before=now + delay, or_later=True)
    corrected = _CORRECTION.split(said, maxsplit=1)
    if len(corrected) == 2 and (after := _read(corrected[1], today)) is not None and not after.without:
        # « Demain matin, non, plutôt jeudi »: what is not corrected stands.
        before = _read(corrected[0], today)
        if before is not None:
            named = before if after.day is None and not after.or_later else after
            return replace(named, part=after.part or before.part)
    sides = [_read(side, today) for side in _OR.split(said)]
    if len({side.part if side else None for side in sides}) > 1 and all(
        side and side.day and side.part for side in sides
    ):
        # « Lundi matin ou mardi après-midi »
        return sides[0]
    return _read(said, today)


def _read(said: str, today: date) -> CallbackWish | None:
    days = day_words.read_days(said, today)
    part, without = clock_words.read_parts(said)
    any_time = clock_words.at_any_time(said)
    if days is None:
        if part is None and not without and not any_time:
            return None
        return CallbackWish(part=part, without=without, any_time=any_time)
    return CallbackWish(
        days.first,
        part,
        any_time=any_time,
        or_later=days.or_later,
        last=days.last,
        weekdays=days.weekdays,
        without_days=days.without,
        without=without,
    )


def window_for(wish: CallbackWish, now: datetime, policy: ContactPolicy, department: str) -> Window | None:
    """The first stretch of calling hours that the wish comes to, or None when there is none to give."""
    earliest = max(now + _SOON, wish.not_before or now)
    today = local(now, department).date()
    first = max(wish.day or today, local(earliest, department).date())
    last = today + timedelta(days=policy.callback_within_days)
    if wish.last is not None:
        last = min(last, wish.last)
    elif wish.day is not None and not wish.or_later:
        last = min(last, wish.day)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if day.weekday() in wish.weekdays and day not in wish.without_days:
            found = _on(day, wish, earliest, policy, department)
            if found is not None:
                return found
    return None


def _on(day: date, wish: CallbackWish, earliest: datetime, policy: ContactPolicy, department: str) -> Window | None:
    start, end = _instants(day, wish.part or ANY_TIME, department)
    spans = [
        Window(max(window.start, start, earliest), min(window.end, end))
        for window in windows_on(policy, department, day)
    ]
    for part in wish.without:
        spans = [left for span in spans for left in _around(span, *_instants(day, part, department))]
    spans = sorted((span for span in spans if span.end - span.start >= _SOON), key=lambda span: span.start)
    if not spans:
        return None
    # A whole day goes from its first hour to its last: the lunch break in between is not called anyway.
    return spans[0] if wish.without else Window(spans[0].start, spans[-1].end)


def _instants(day: date, part: Part, department: str) -> tuple[datetime, datetime]:
    zone = zone_of(department)
    start, end = (datetime.combine(day, at, zone).astimezone(UTC) for at in part)
    return start, end


def _around(span: Window, start: datetime, end: datetime) -> list[Window]:
    """What is left of a span without the part that does not suit."""
    if end <= span.start or span.end <= start:
        return [span]
    return [Window(span.start, start), Window(end, span.end)]
