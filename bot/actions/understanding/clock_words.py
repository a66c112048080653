"""Hours and parts of the day in words that `spoken_times.written_out` has brought to one spelling (DOMAIN §4)."""

import re
from datetime import time, timedelta

from bot.actions.understanding.spoken_times import mentions

Part = tuple[time, time]

MORNING = (time(8), time(12))
AFTERNOON = (time(14), time(18))
EVENING = (time(18), time(20))
ANY_TIME = (time(0), time(23, 59))

_HOUR = r"(\d{1,2})h(\d{2})?"
_LOOSE_HOUR = r"(\d{1,2})(?:h(\d{2})?)?"
_BETWEEN = re.compile(
    rf"\b(?:entre|de) {_LOOSE_HOUR} (?:et|a|ou|jusqu a) {_HOUR}|\bentre {_LOOSE_HOUR} (?:et|a) {_LOOSE_HOUR}\b"
)
_TWO_HOURS = re.compile(
    rf"(?<!le )(?<!lundi )(?<!mardi )(?<!mercredi )(?<!jeudi )(?<!vendredi )\b{_LOOSE_HOUR} (?:a |et )?{_HOUR}"
)
_AFTER = re.compile(
    rf"(?<!pas )(?<!jamais )(?<!plus )(?<!rien )\bapres (?:les )?{_HOUR}"
    r"|\b(?:a partir de|a compter de|des|(?:pas|jamais|plus|rien) avant|(?:travaille|occupee?|absente?|pas la) jusqu a|"
    rf"(?:rentre|reviens|retour|finis|termine)(?: \w+){{0,2}} (?:a|vers)) (?:les )?{_HOUR}"
)
_BEFORE = re.compile(rf"\b(?:avant|jusqu a|(?:pas|jamais|plus|rien) apres|au plus tard) (?:les )?(?:a )?{_HOUR}")
_AT = re.compile(rf"\b{_HOUR}")
_BARE_AT = re.compile(r"\b(?:vers|a|apres|avant|demain)(?: les)? (\d{1,2})$")
# « J'ai attendu une heure » tells no time of day.
_DURATION = re.compile(
    r"\b(?:il y a|pendant|depuis|attendu|attends|en|toutes les|par|pour|reste|duree?|dure|fait|voila|moins d|plus d)"
    r" (?:plus de |presque )?(?:1h|une h)(?= |$)(?! ?\d)"
)
_DELAY = re.compile(
    r"\b(?:dans|d ici|apres) (?:environ |a peu pres |peut etre )?(?:"
    r"(?P<three>(?:les )?3 quarts? d heure)|(?P<half>(?:1|la|une) (?:petite |bonne )?(?:demi ?e? ?h\w*|1 2 h\w*))|"
    r"(?P<quarter>(?:1|le|un) (?:petit |bon )?(?:quart d ?h\w*|1 4 d ?h\w*))|"
    r"(?:1 (?:petite |bonne ))(?P<one>h\w*)|(?P<hours>\d{1,2})(?: \d{1,2})?h(?P<rest>\d{2})?|"
    r"(?P<minutes>\d{1,3})(?: (?:ou )?(?P<more>\d{1,3}))? ?(?:min|mn|minutes?|mns)\b)"
)
_ANY = re.compile(
    r"quand vous (?:voulez|pouvez|souhaitez)|quand (?:tu|vs) v\w+|n importe|peu importe|m est egal|toute la journee|"
    r"a toute heure|tout le temps|comme (?:vous|vs) voulez|votre convenance|vous arrange|tous les jours|"
    r"toute la semaine|"
    r"toujours (?:la|chez moi|libre|dispo)|"
    r"je (?:ne )?bouge pas|quand ca vous|osef|"
    r"plus (?:tot|vite) possible|des que possible|au plus (?:tot|vite)|dans l h|l heure que vous voulez|jour et nuit"
)
_PARTS = re.compile(
    r"\b(?:(?P<when>debut|fin|milieu) (?:de |d |de la |de l |du )?)?"
    r"(?P<part>matins?|matinees?|apres midis?|soirs?|soirees?)\b"
    r"|\b(?P<late>en journee|dans la journee|la journee)\b"
)
_FULL_PARTS = {"matin": MORNING, "apres": AFTERNOON, "soir": EVENING}
_BITS = {
    ("debut", "matin"): (time(8), time(11)),
    ("milieu", "matin"): (time(9), time(11)),
    ("fin", "matin"): (time(11), time(13)),
    ("debut", "apres"): (time(14), time(16)),
    ("milieu", "apres"): (time(15), time(17)),
    ("fin", "apres"): (time(16), time(19)),
}
# What « pas le matin » takes away: more than what « le matin » asks for.
_AWAY = {"matin": (time(0), time(13)), "apres": (time(13), time(18)), "soir": (time(18), time(23, 59))}


def delay(said: str) -> timedelta | None:
    """« Dans une petite heure », « dans dix minutes »."""
    match = _DELAY.search(said)
    if match is None:
        return None
    if match["minutes"]:
        return timedelta(minutes=int(match["more"] or match["minutes"]))
    if match["hours"]:
        # « Après 18 heures » is a time of day, « après une heure » is too.
        if match.group().startswith("apres") or (match.group().startswith("d ici") and int(match["hours"]) > 6):
            return None
        rest = 30 if "et demi" in said else int(match["rest"] or 0)
        return timedelta(hours=int(match["hours"]), minutes=rest)
    return timedelta(minutes=60 if match["one"] else 45 if match["three"] else 30 if match["half"] else 15)


def at_any_time(said: str) -> bool:
    return _ANY.search(said) is not None


def read_parts(said: str) -> tuple[Part | None, tuple[Part, ...]]:
    """The part of the day that suits, and those that do not."""
    said = _DURATION.sub(" ", said)
    wanted: list[tuple[str, Part]] = []
    without: list[Part] = []
    for match, denied in mentions(_PARTS, said):
        if match["part"] is None:
            continue
        name = "apres" if match["part"].startswith("apres") else "matin" if match["part"][0] == "m" else "soir"
        if denied:
            without.append(_AWAY[name])
        elif _too_much(said, match):
            wanted.append((name, _FULL_PARTS[name]))
        else:
            wanted.append((name, _BITS.get((match["when"] or "", name), _FULL_PARTS[name])))
    hours, denied_hours = _hours(said)
    without += denied_hours
    if hours is not None:
        return hours, tuple(without)
    if len({name for name, _ in wanted}) == 1:
        return wanted[-1][1], tuple(without)
    if wanted:
        # « Le matin ou l'après-midi »: from the first to the last.
        spans = [span for _, span in wanted]
        return (min(start for start, _ in spans), max(end for _, end in spans)), tuple(without)
    return None, tuple(without)


def _too_much(said: str, match: re.Match[str]) -> bool:
    """« Pas trop tôt le matin » is still the morning."""
    return re.search(r"trop (?:tot|tard) (?:le |en |dans la )?$", said[: match.start()]) is not None


def _hours(said: str) -> tuple[Part | None, list[Part]]:
    for match, denied in mentions(_BETWEEN, said):
        a, b, c, d, e, f, g, h = match.groups()
        span = _span(a or e, b or f, c or g, d or h)
        if span is not None:
            return (None, [span]) if denied else (span, [])
    after = _first_clock(_AFTER, said)
    before = _first_clock(_BEFORE, _AFTER.sub(" ", said))
    if after or before:
        start, end = after or ANY_TIME[0], before or ANY_TIME[1]
        if start < end:
            return (start, end), []
    for match in _TWO_HOURS.finditer(said):
        span = _span(*match.groups())
        if span is not None:
            return span, []
    denied_hours: list[Part] = []
    for match, denied in mentions(_AT, said):
        at = _clock(match[1], match[2])
        if at is not None and not denied:
            return (at, _an_hour_later(at)), denied_hours
        if at is not None:
            # « Pas à midi » is not during the meal.
            denied_hours.append((at, time(14) if at.hour == 12 else _an_hour_later(at)))
    if denied_hours:
        return None, denied_hours
    bare = _BARE_AT.search(said)
    if bare is not None and (at := _clock(bare.group(1), None)) is not None and at.hour >= 8:
        return (at, ANY_TIME[1] if "apres" in bare.group() else _an_hour_later(at)), []
    return None, []


def _span(hour: str, minutes: str | None, to_hour: str, to_minutes: str | None) -> Part | None:
    start, end = _clock(hour, minutes), _clock(to_hour, to_minutes)
    return (start, end) if start and end and start < end else None


def _first_clock(pattern: re.Pattern[str], said: str) -> time | None:
    for match in pattern.finditer(said):
        hour, minutes = (*(group for group in match.groups() if group is not None), None)[:2]
        if hour is not None and (at := _clock(hour, minutes)) is not None:
            return at
    return None


def _an_hour_later(at: time) -> time:
    return at.replace(hour=at.hour + 1) if at.hour < 23 else ANY_TIME[1]


def _clock(hour: str, minutes: str | None) -> time | None:
    value = int(hour)
    # A bare « vers deux heures » is 14:00: nobody is called at night.
    if 1 <= value < 8:
        value += 12
    minute = int(minutes or 0)
    return time(value, minute) if value <= 23 and minute < 60 else None
