"""Days and weeks in words that `spoken_times.written_out` has brought to one spelling."""

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from bot.actions.understanding.date_words import MONTHS
from bot.actions.understanding.spoken_times import NEGATION, mentions

_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_WEEKDAY = re.compile(rf"\b({'|'.join(_WEEKDAYS)}|weekend|en semaine|jours? de semaine)\b(?: (?:en|dans) (8|15)\b)?")
_NEAR_DAY = re.compile(
    r"\b(apres demain|demain|aujourd hui|ce soir|ce matin|cet apres midi|ce 12h|"
    r"tout a l heure|dans la journee|tantot)\b(?: en (8)\b)?"
)
_IN_DAYS = re.compile(
    r"\b(?:dans|d ici|sous) (?:1 |une |les )?(\d{1,2}|quinzaine|huitaine|dizaine)"
    r"(?: (?:ou )?(\d{1,2}))?(?: de)? ?(?:jours?|j\b)|"
    r"\bdans (?:1 |une )(quinzaine|huitaine)"
)
_IN_WEEKS = re.compile(r"\b(?:dans|d ici|sous) (?:1 petite |environ )?(\d{1,2})(?: (\d))? semaines?")
_IN_MONTHS = re.compile(r"\bdans (?:1 )?(\d{1,2}) mois")
_WEEK = re.compile(r"\b(?:(debut|fin|milieu) (?:de |d |de la )?)?(?:la |cette |l )?semaine( prochaine| en cours)?\b")
_ON_DATE = re.compile(
    rf"\b(?:le )?(\d{{1,2}}) ({_MONTH})\b|"
    rf"\ble (?:(?:{'|'.join(_WEEKDAYS)}) )?(\d{{1,2}})\b(?! ?(?:h\b|h\d|min|rue|km|bis|allee|avenue))"
)
_PART_OF_MONTH = re.compile(
    rf"\b(debut|mi|fin|courant|en|au mois de|au mois d|milieu) "
    rf"(?:de |du |d )?(?:mois (?:de |d )?)?({_MONTH}|mois(?: prochain)?)\b"
)
_NEXT_MONTH = re.compile(r"\b(?:le )?mois prochain\b")
_FEASTS = re.compile(
    r"\b(apres|avant) (?:les |la |le |l )?(fetes?|noel|jour de l an|nouvel an|1er de l an|reveillon)\b"
)
_ANY_TIME = re.compile(r"\b(?:quand|n importe|tous les jours|toute la semaine|m est egal)\b")
_NAMED = (
    rf"(?P<day>demain|(?:{'|'.join(_WEEKDAYS)})(?: prochain)?|"
    rf"\d{{1,2}} (?:{_MONTH})|semaine prochaine|mois prochain)\b"
)
_FROM = re.compile(
    rf"\b(?:(?P<late>apres(?! demain))|(?:pas|jamais|plus|rien)(?: \w+){{0,3}} avant|a partir d[eu]|"
    rf"a compter d[eu]|des) (?:le |la |de )?{_NAMED}"
)
_UNTIL = re.compile(
    rf"\b(?:(?P<before>avant)|d ici|jusqu a) (?:a )?(?:le |la )?{_NAMED}"
    r"(?P<hour> (?:matin|soir|\d{1,2}h))?"
)


_A_DAY = rf"(?:apres demain|(?<!apres )demain|aujourd hui|{'|'.join(_WEEKDAYS)})"
_AT_SOMETHING = (
    r"\b(?:je|j|on|moi) (?:suis|serai|ai|aurai|sors|pars|vais|dois|travaille|rentre|passe|bosse|garde|"
    r"accompagne|emmene|conduis|demenage|recois|enterre)\b"
    r"(?! (?:libre|dispo\w*|la\b|chez moi|a la maison|le temps|tout mon temps|fini|tranquil\w*|joignable|bien|"
    r"plus|pas|ok))"
)
_CARE = r"(?:dialyse|kine|chimio|hopital|infirmi\w+|menage)"
# « Demain j'ai ma radio », « je sors de l'hôpital jeudi »
_BUSY_DAY = (
    re.compile(
        rf"\b{_A_DAY}(?: matin| soir| apres midi)? (?:"
        rf"{_AT_SOMETHING}(?: (?:en |la |ma |mon |chez le |de la )?{_CARE})?|"
        rf"(?:il y a |c est )?(?:l |le |la |les |une? |mon |ma )?(?:{_CARE}|enterrement|obseques|mariage|operation)\b)"
    ),
    re.compile(rf"{_AT_SOMETHING}(?: (?!alors|donc|plutot|sinon|disons|(?:r?appel)\w+|{_A_DAY})\w+){{0,6}} {_A_DAY}\b"),
)


@dataclass(frozen=True, slots=True)
class Days:
    first: date | None = None
    last: date | None = None
    or_later: bool = False
    weekdays: frozenset[int] = frozenset(range(7))
    without: frozenset[date] = frozenset()


def without_busy_days(said: str) -> str:
    """Without the days on which they say to have something on, when another day is named that they may mean."""
    rest = said
    busy = [match for pattern in _BUSY_DAY for match in pattern.finditer(said)]
    for match in busy:
        rest = rest.replace(match.group(), " ")
    for match in busy:
        rest = re.sub(rf"\b{re.findall(_A_DAY, match.group())[-1]}\b", " ", rest)
    return re.sub(r"\s+", " ", rest).strip() if busy and re.search(_A_DAY, rest) else said


def read_days(said: str, today: date) -> Days | None:
    if (bounded := _bounded(said, today)) is not None:
        return bounded
    stretch = _stretch(said, today)
    wanted, unwanted = _weekdays(said)
    near = _near_days(said, today)
    if near is not None:
        return near
    if wanted is not None:
        names, later = wanted
        begun = stretch or Days(today + timedelta(days=1), or_later=True)
        if stretch is not None and stretch.last is None and not stretch.or_later:
            return stretch
        first = begun.first or today + timedelta(days=1)
        if len(names) == 1:
            first += timedelta(days=(next(iter(names)) - first.weekday()) % 7)
            if begun.last is None or first <= begun.last:
                return Days(first + timedelta(days=later))
        return replace(begun, first=first + timedelta(days=later), or_later=True, weekdays=names)
    if unwanted:
        allowed = frozenset(range(7)) - unwanted
        return replace(stretch or _from_tomorrow(said, today), weekdays=allowed)
    return stretch


def _from_tomorrow(said: str, today: date) -> Days:
    """« Pas le vendredi »: they are on the telephone now, so it is not for today either, unless any time will do."""
    return Days(None if _ANY_TIME.search(said) else today + timedelta(days=1), or_later=True)


def _bounded(said: str, today: date) -> Days | None:
    """« Pas avant jeudi », « à partir de lundi », « avant vendredi »."""
    for pattern in (_FROM, _UNTIL):
        match = pattern.search(said)
        named = read_days(match["day"], today) if match is not None else None
        if match is None or named is None or named.first is None:
            continue
        if pattern is _FROM:
            return Days(named.first + timedelta(days=1 if match["late"] else 0), or_later=True)
        return Days(
            today, named.first - timedelta(days=1 if match["before"] and not match["hour"] else 0), or_later=True
        )
    return None


def _near_days(said: str, today: date) -> Days | None:
    """« Demain », « pas aujourd'hui », « demain ou après-demain »."""
    wanted: list[date] = []
    unwanted: list[date] = []
    for match, denied in mentions(_NEAR_DAY, said):
        ahead = 2 if match[1].startswith("apres d") else 1 if match[1] == "demain" else 0
        day = today + timedelta(days=ahead + (7 if match[2] else 0))
        (unwanted if denied else wanted).append(day)
    if wanted:
        if len(set(wanted)) == 1 or unwanted:
            return Days(wanted[-1])
        return Days(min(wanted), max(wanted))
    if unwanted and _weekdays(said)[0] is None and _stretch(said, today) is None:
        return replace(_from_tomorrow(said, today), without=frozenset(unwanted))
    return None


def _weekdays(said: str) -> tuple[tuple[frozenset[int], int] | None, frozenset[int]]:
    """The days of the week that suit, with how many days later they are meant, and those that do not suit."""
    wanted: set[int] = set()
    unwanted: set[int] = set()
    later = 0
    for match, denied in mentions(_WEEKDAY, said):
        if match[1] == "weekend":
            named = {5, 6}
        elif "semaine" in match[1]:
            named = set(range(5))
        else:
            named = {_WEEKDAYS.index(match[1])}
        later = max(later, {"8": 7, "15": 14}.get(match[2] or "", 0))
        (unwanted if denied else wanted).update(named)
    wanted -= unwanted
    return ((frozenset(wanted), later) if wanted else None), frozenset(unwanted)


def _stretch(said: str, today: date) -> Days | None:
    """A day or a stretch of days that is not told by the names of days."""
    if match := _IN_DAYS.search(said):
        amount = match[1] or match[3]
        count = {"15": 14, "8": 7, "quinzaine": 14, "huitaine": 7, "dizaine": 10}.get(amount) or int(amount)
        return Days(today + timedelta(days=count), or_later=bool(match[2]))
    if match := _IN_WEEKS.search(said):
        return Days(today + timedelta(weeks=int(match[1])), or_later=bool(match[2]))
    if match := _IN_MONTHS.search(said):
        return Days(today + timedelta(days=30 * int(match[1])), or_later=True)
    if match := _FEASTS.search(said):
        return _round_feasts(match[1], match[2], today)
    if (found := _date(said, today)) is not None:
        return Days(found)
    if match := _PART_OF_MONTH.search(said):
        return _of_month(match[1], match[2], today)
    if _NEXT_MONTH.search(said):
        return Days(_first_of(today.year, today.month + 1), or_later=True)
    for match in _WEEK.finditer(said):
        found_week = _of_week(match, said, today)
        if found_week is not None:
            return found_week
    return None


def _of_week(match: re.Match[str], said: str, today: date) -> Days | None:
    monday = today - timedelta(days=today.weekday())
    denied = NEGATION.search(said[: match.start()] + " ") or NEGATION.search(said[: match.start()])
    if match[2] == " prochaine":
        monday += timedelta(days=7)
    elif denied:
        return Days(monday + timedelta(days=7), or_later=True)
    elif match[1] is None and not re.search(
        r"cette semaine|dans la semaine|semaine en cours|cours de (?:la )?semaine", said
    ):
        return None
    if re.search(r"d ici (?:a )?(?:la )?$|avant (?:la )?$", said[: match.start()]):
        return Days(today, monday + timedelta(days=6))
    start, end = {"debut": (0, 1), "milieu": (1, 3), "fin": (3, 4)}.get(match[1] or "", (0, 6))
    first = max(monday + timedelta(days=start), today)
    return Days(first, monday + timedelta(days=end), or_later=True)


def _date(said: str, today: date) -> date | None:
    for match, denied in mentions(_ON_DATE, said):
        found = None if denied else _coming(match, today)
        if found is not None:
            return found
    return None


def _coming(match: re.Match[str], today: date) -> date | None:
    day, month, bare = match.groups()
    if month:
        turns = [(today.year, MONTHS[month]), (today.year + 1, MONTHS[month])]
    else:
        turns = [
            (today.year + (today.month + ahead - 1) // 12, (today.month + ahead - 1) % 12 + 1) for ahead in (0, 1, 2)
        ]
    for year, at in turns:
        try:
            candidate = date(year, at, int(day or bare))
        except ValueError:
            continue
        if candidate >= today:
            return candidate
    return None


def _first_of(year: int, month: int) -> date:
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


def _of_month(part: str, name: str, today: date) -> Days | None:
    if name.startswith("mois"):
        month = today.month + (1 if "prochain" in name else 0)
        if part == "debut" and name == "mois" and today.day > 10:
            month += 1
        first = _first_of(today.year, month)
    else:
        number = MONTHS[name]
        first = date(today.year + (number < today.month), number, 1)
    end = _first_of(first.year, first.month + 1) - timedelta(days=1)
    if part == "debut":
        end = first + timedelta(days=9)
    elif part in {"mi", "milieu"}:
        first, end = first + timedelta(days=10), first + timedelta(days=19)
    elif part == "fin":
        first += timedelta(days=20)
    return Days(max(first, today), end, or_later=True) if end >= today else None


def _round_feasts(side: str, feast: str, today: date) -> Days:
    year = today.year
    if side == "avant":
        return Days(today, date(year, 12, 31 if "an" in feast else 24), or_later=True)
    if feast == "noel" and (today.month, today.day) < (12, 26):
        return Days(date(year, 12, 26), or_later=True)
    first = date(year + 1, 1, 2) if (today.month, today.day) > (1, 2) else date(year, 1, 2)
    return Days(first, or_later=True)
