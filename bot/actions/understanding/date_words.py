"""Months and years in words and groups of figures: « fevr », « juilet »; « 19 47 », « 80 17 », « 1900 47 »."""

import re
from collections.abc import Sequence
from functools import lru_cache

MONTHS = {
    "janvier": 1, "fevrier": 2, "mars": 3, "avril": 4, "mai": 5, "juin": 6,
    "juillet": 7, "aout": 8, "septembre": 9, "octobre": 10, "novembre": 11, "decembre": 12,
    "janv": 1, "fev": 2, "fevr": 2, "avr": 4, "juil": 7, "juill": 7, "sept": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
# Written in haste, or heard for a month by speech recognition; believed only beside a figure.
_HEARD_AS = {
    "jan": 1, "jenvier": 1, "feb": 2, "mar": 3, "mrs": 3, "marse": 3, "march": 3, "mart": 3, "apr": 4,
    "avrile": 4, "mais": 5, "mes": 5, "met": 5, "may": 5, "jun": 6, "june": 6, "july": 7, "august": 8,
    "january": 1, "february": 2, "juins": 6, "jouin": 6, "jul": 7, "jui": 7, "juillets": 7, "jll": 7, "ao": 8,
    "aou": 8, "aoute": 8, "out": 8, "oute": 8, "outre": 8, "hout": 8, "sep": 9, "stembre": 9, "setembre": 9,
    "octo": 10, "ottobre": 10, "nove": 11, "dece": 12, "dez": 12,
}  # fmt: skip
_FULL_NAMES = [
    name for name, number in MONTHS.items() if len(name) >= 4 and name not in {"janv", "fevr", "juil", "sept"}
]


def month_of(word: str) -> int | None:
    """The month that a word spells, for certain."""
    return MONTHS.get(word)


@lru_cache(maxsize=512)
def month_beside_a_figure(word: str) -> int | None:
    """The month that a misspelt or misheard word stands for, when a day or a year is said beside it."""
    known = MONTHS.get(word) or _HEARD_AS.get(word)
    if known is not None or len(word) < 4:
        return known
    near = [name for name in _FULL_NAMES if _near(word, name)]
    return MONTHS[near[0]] if len({MONTHS[name] for name in near}) == 1 else None


def _near(word: str, name: str) -> bool:
    allowed = 2 if len(name) >= 7 else 1 if len(name) > 4 else 0
    return abs(len(word) - len(name)) <= allowed and word[0] == name[0] and _distance(word, name) <= allowed


def _distance(one: str, other: str) -> int:
    """Letters to change, add, drop or swap."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]


def year_from(groups: Sequence[str]) -> tuple[str, int] | None:
    """The year that the first groups of figures spell (two or four digits), and how many of them it takes."""
    for count in range(min(5, len(groups)), 0, -1):
        year = _year(list(groups[:count]))
        if year is not None:
            return year, count
    return None


def _year(groups: list[str]) -> str | None:
    together = "".join(groups)
    whole = len(groups) == 1 or (together[:2] in {"19", "20"} and max(map(len, groups)) <= 2)
    if len(together) == 4 and together[0] in "12" and whole:
        return together
    first, rest = groups[0], groups[1:]
    if first in {"1000", "1"} and rest and re.fullmatch(r"9\d\d", rest[0]):
        # « mille 947 »
        first, rest = f"1{rest[0]}", rest[1:]
    elif first == "19" and rest and rest[0] in {"100", "00"}:
        first, rest = "1900", rest[1:]
    elif re.fullmatch(r"9\d\d", first):
        # « neuf cent quarante-sept », the thousand swallowed
        first = f"1{first}"
    if re.fullmatch(r"(?:19|20)\d\d", first):
        if not rest:
            return first if first != groups[0] else None
        return _added(first, rest)
    if first in {"19", "20"} and rest:
        tail = _tail(rest)
        return first + tail if tail is not None and (len(tail) == 2 and int(tail) >= 10) else None
    return _tail(groups)


def _added(first: str, rest: list[str]) -> str | None:
    """« 1900 47 », « 1960 12 »."""
    tail = _tail(rest) if len(rest) > 1 or len(rest[0]) == 2 else f"0{rest[0]}"
    if tail is None or len(tail) != 2:
        return None
    if first.endswith("00"):
        return first[:2] + tail
    return first[:2] + str(int(first[2:]) + int(tail)) if _fits(int(first[2:]), int(tail)) else None


def _fits(tens: int, units: int) -> bool:
    """Whether a speech recogniser may have cut one number in two: « 60 12 », « 80 17 », « 40 7 »."""
    if tens in {60, 80}:
        return 1 <= units <= 19
    return tens % 10 == 0 and tens >= 20 and 1 <= units <= 9


def _tail(groups: list[str]) -> str | None:
    """The last two digits of a year."""
    if groups[:2] == ["4", "20"]:
        groups = ["80", *groups[2:]]
    if len(groups) == 3 and groups[1] == "10" and len(groups[2]) == 1:
        # « soixante-dix-sept » in three pieces
        groups = [groups[0], f"1{groups[2]}"]
    if len(groups) == 1:
        return groups[0] if len(groups[0]) == 2 else None
    if len(groups) != 2 or any(len(group) > 2 for group in groups):
        return None
    tens, units = groups
    if len(tens) == len(units) == 1:
        return tens + units
    return str(int(tens) + int(units)) if len(tens) == 2 and _fits(int(tens), int(units)) else None
