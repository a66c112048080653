"""The pieces of a birth date in an utterance: day, month and year, whichever order, corrections applied."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bot.actions.understanding.date_spellings import as_written
from bot.actions.understanding.date_words import month_beside_a_figure, month_of, year_from
from bot.actions.understanding.text import with_figures

_LEFT_IN_WORDS = re.compile(r"\b(?:vingt|trente|quarante|cinquante|soixante|douze|onze|treize|quinze|quatorze)\b")

_AGE = re.compile(r"\b\d{1,3} (?:ans?|piges|balais|printemps|annees)\b(?: et demie?)?|\b(?:j ai|age de|g) (?:\d{2})$")
_ANOTHER_CALENDAR = re.compile(
    r"\b(?:hegire|hijri|ramadan|chaabane|chaoual|rajab|moharram|muharram|safar|calendrier|republicain|tichri|nissan)\b"
)
_UNSURE = re.compile(
    r"\b(?:vers|environ|aux alentours|a peu pres|approximativement)\b"
    r"|\b(?:dans les annees|entre \d+ et|(?:[4-9]\d|\d{4}) ou \d{2,4})\b"
    r"|\b(?:sais|connais) (?:pas|plus) (?:exactement|precisement|trop|bien|la date|le jour)"
)
_ASIDE = re.compile(r"\b(?:je crois|je pense|il me semble|si je me souviens bien|voyons(?: voir)?|c est ca|hein)\b")
_CORRECTION = {
    "non", "nan", "nn", "pardon", "plutot", "enfin", "oups", "erreur", "trompe", "trompee", "dis", "dire",
    "excusez", "excuse", "desole", "desolee", "rectification", "correction", "attendez", "mince", "zut",
    "sorry",
}  # fmt: skip
_FILLER = {
    "euh", "heu", "hum", "ben", "bah", "alors", "donc", "le", "la", "l", "de", "d", "du", "des", "en", "an",
    "annee", "mois", "c", "est", "etait", "ce", "et", "voila", "oui", "bon", "puis", "jour", "au", "a",
    "dans", "classe",
}  # fmt: skip
# Words that make a number of two digits a year: « en 47 », « classe 47 ».
_YEAR_MARKS = {"en", "annee", "an", "classe", "de", "annees"}
_RELATIVE = (
    r"(?:mari|femme|epou(?:se|x)|mere|pere|maman|papa|fille|fils|soeur|frere|enfants?|conjointe?|compagn(?:on|e)|voisine?|"
    r"docteur|medecin|petit fils|petite fille)"
)
_SOMEBODY_ELSE = re.compile(
    rf"\b(?:(?:ma|mon|sa|son|notre|celle de|celui de|pour) (?:ma |mon )?{_RELATIVE}|maman|papa)"
    r"(?: (?:elle|lui|il|qui))?(?: (?:est|etait|c est|c etait))?(?=(?: nee?s?)?(?: (?:un|le|du|en|au))? \d| nee?\b)"
    r"|\b(?:elle|il) (?:est|etait) nee?\b|\b(?:sa|son|leur) (?:date de naissance|naissance|anniversaire)\b"
    r"|\b(?:la sienne|le sien)\b"
)
_SOMETHING_ELSE = re.compile(
    r"\b(?:mariee?s?|divorcee?|deced\w+|morte?|operee?|arrivee?|retraite|depuis|hospitalis\w+|aujourd hui|on est|"
    r"nous sommes|rendez vous|rdv|veu(?:f|ve))\b"
)
_ONESELF = re.compile(r"\b(?:moi|la mienne|le mien|(?:je )?suis nee?|ma date|ma naissance|mon anniversaire|jsuis)\b")
_DENIED = re.compile(
    r"(?<!sais )(?<!souviens )(?<!rappelle )(?<!suis )(?<!pourquoi )(?<!ai )\b(?:et )?pas (?:le |en |du )?\d{1,4}\b"
    r"(?! (?!le\b|du\b|en\b)[a-z]+ (?:19|20)?\d\d\b)"
)
_EITHER_DAY = re.compile(r"\b\d{1,2} ou (?:le )?(?:[0-2]?\d|3[01])\b(?! ?h)")


@dataclass(frozen=True, slots=True)
class Pieces:
    day: int | None = None
    month: int | None = None
    year: str | None = None
    age: bool = False
    # Known about only: « vers 1947 », another calendar.
    unsure: bool = False
    impossible: bool = False
    bare: str | None = None


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    number: bool = False
    month: int | None = None
    # The filler said just before it.
    mark: str = ""


@dataclass(frozen=True, slots=True)
class _Run:
    """Figures and months one after the other."""

    tokens: tuple[_Token, ...]
    corrects: bool
    alone: bool


def read_pieces(text: str) -> Pieces | None:
    """What is said of the speaker's own birth date; None when nothing is."""
    spelled = not any(letter.isdigit() for letter in text)
    figures = _ASIDE.sub(" ", _figures(as_written(text)))
    if _ANOTHER_CALENDAR.search(figures):
        return Pieces(unsure=True)
    age = _AGE.search(figures) is not None
    figures = _DENIED.sub(" non ", _AGE.sub(" ans ", figures))
    # « Le douze ou le treize mars »: which day is not known.
    figures, either = _EITHER_DAY.subn(" ", figures)
    unsure = _UNSURE.search(figures) is not None
    found = Pieces()
    for run in _runs(_own_words(figures)):
        found = _with_run(found, run, spelled)
    if either:
        found = replace(found, day=None)
    told = found.day is not None or found.month is not None or found.year is not None or found.bare is not None
    if not told and not found.impossible and not age:
        return None
    return replace(found, age=age, unsure=unsure)


def _figures(text: str) -> str:
    figures = with_figures(text)
    if _LEFT_IN_WORDS.search(figures):
        # « Douze-trois-quarante-sept », written as one word
        return with_figures(text.replace("-", " "))
    return figures


def _own_words(figures: str) -> str:
    """Without what is said of somebody else's birth, or of another event."""
    marks = sorted(
        [(m.start(), False) for m in _SOMEBODY_ELSE.finditer(figures)]
        + [(m.start(), False) for m in _SOMETHING_ELSE.finditer(figures)]
        + [(m.start(), True) for m in _ONESELF.finditer(figures)],
    )
    if all(own for _, own in marks):
        return figures
    # A relative's « est née le » holds words that would also be one's own.
    spans = [(0, True), *marks, (len(figures), True)]
    kept: list[str] = []
    for (start, own), (end, _) in pairwise(spans):
        kept.append(figures[start:end] if own else " x ")
    return " ".join(kept)


def _runs(figures: str) -> list[_Run]:
    words = figures.split()
    runs: list[_Run] = []
    current: list[_Token] = []
    mark = ""
    corrects = False
    others = 0

    def close() -> None:
        nonlocal current, corrects
        if current:
            runs.append(_Run(tuple(current), corrects, alone=False))
            corrects = False
        current = []

    for index, word in enumerate(words):
        if word.isdigit():
            # « Zéro douze » is a twelve.
            current.append(_Token(word[1:] if len(word) == 3 and word[0] == "0" else word, number=True, mark=mark))
            mark = ""
        elif (month := _month_at(words, index)) is not None:
            current.append(_Token(word, month=month, mark=mark))
            mark = ""
        elif word in _CORRECTION:
            close()
            corrects = bool(runs)
            mark = ""
        elif word in _FILLER:
            mark = word
        else:
            others += 1
            close()
            mark = ""
    close()
    alone = len(runs) == 1 and others == 0
    return [replace(run, alone=alone) for run in runs]


def _month_at(words: Sequence[str], index: int) -> int | None:
    before = [word for word in words[max(0, index - 3) : index] if word not in {"de", "d", "du", "mois", "euh"}]
    after = words[index + 1] if index + 1 < len(words) else ""
    after_day = bool(before) and before[-1].isdigit() and len(before[-1]) <= 2 and int(before[-1]) <= 31
    if after_day and words[index] == "ou":
        # « Le quinze ou quarante-sept »: août.
        return 8 if after.isdigit() and int(after) > 31 else None
    known = month_of(words[index])
    if known is not None:
        return known
    if words[index] in _FILLER or words[index] in _CORRECTION or not after_day:
        return None
    if words[index] in {"mais", "mes", "met", "outre", "mar", "ao"} and not after.isdigit():
        return None
    return month_beside_a_figure(words[index])


def _with_run(found: Pieces, run: _Run, spelled: bool) -> Pieces:
    if any(token.month for token in run.tokens):
        for part in _by_month(run.tokens):
            found = _over(found, _around_month(part))
        return found
    numbers = [token.text for token in run.tokens]
    if len(numbers) == 1 and len(numbers[0]) <= 4:
        return _with_one_number(found, run)
    pieces = _numbers_only(numbers, spelled)
    if pieces is None and run.tokens[0].mark in _YEAR_MARKS | {"du"}:
        pieces = _year_only(numbers)
    if pieces is None and found.month is not None and found.year is None:
        pieces = _year_only(numbers)
    if pieces is None and run.corrects and found.year is not None:
        pieces = _year_only(numbers)
    if pieces is None and run.alone:
        pieces = _year_only(numbers)
    if pieces is not None:
        return _over(found, pieces)
    if sum(map(len, numbers)) >= 6 and found == Pieces():
        return Pieces(impossible=True)
    return Pieces(bare=numbers[0]) if run.alone else found


def _over(found: Pieces, newer: Pieces) -> Pieces:
    """What was said last counts."""
    return Pieces(
        newer.day if newer.day is not None else found.day,
        newer.month if newer.month is not None else found.month,
        newer.year if newer.year is not None else found.year,
        impossible=newer.impossible,
    )


def _year_only(numbers: Sequence[str]) -> Pieces | None:
    year = year_from(numbers)
    return Pieces(year=year[0]) if year is not None and year[1] == len(numbers) else None


def _with_one_number(found: Pieces, run: _Run) -> Pieces:
    token = run.tokens[0]
    number = token.text
    if len(number) == 4:
        return replace(found, year=number) if number[:2] in {"18", "19", "20"} or run.alone else found
    if len(number) == 3:
        return replace(found, year=f"1{number}") if number[0] == "9" else found
    value = int(number)
    nothing_yet = found == Pieces()
    if run.corrects and not nothing_yet:
        if value <= 31 and (token.mark == "le" or found.year is None or _is_no_year(value)):
            return replace(found, month=value) if found.day is None and value <= 12 else replace(found, day=value)
        return replace(found, year=number)
    if len(number) == 2 and (token.mark in _YEAR_MARKS or (found.month is not None and found.year is None)):
        return replace(found, year=number)
    if found.month is not None and found.day is None and token.mark == "le" and value <= 31:
        return replace(found, day=value)
    if run.alone and nothing_yet:
        return Pieces(day=value, bare=number) if 1 <= value <= 31 else Pieces(year=number, bare=number)
    return found


def _is_no_year(value: int) -> bool:
    """Ages of 16 to 110 leave no year of two digits here, whichever the century."""
    return 11 <= value <= 15


def _by_month(tokens: Sequence[_Token]) -> list[list[_Token]]:
    """One part for each month said: « douze avril mars dix-neuf cent quarante-sept »."""
    parts: list[list[_Token]] = [[]]
    for index, token in enumerate(tokens):
        seen = any(t.month for t in parts[-1])
        ahead = tokens[index + 1] if index + 1 < len(tokens) else None
        starts_next = (
            ahead is not None and ahead.month is not None and len(token.text) <= 2 and int(token.text or 0) <= 31
        )
        if seen and (token.month is not None or (token.number and starts_next)):
            parts.append([])
        parts[-1].append(token)
    return parts


def _around_month(tokens: Sequence[_Token]) -> Pieces:
    at = next(index for index, token in enumerate(tokens) if token.month is not None)
    month = tokens[at].month
    before = [token.text for token in tokens[:at]]
    after = list(tokens[at + 1 :])
    day: int | None = None
    year: str | None = None
    if before and len(before[-1]) <= 2:
        day = int(before[-1])
        before = before[:-1]
    if len(before) > 1 and before[-1] == "1":
        # « En quarante-sept, un douze mars »
        before = before[:-1]
    if before and (len(before[-1]) == 4 or int(before[-1]) > 31 or len(before) > 1):
        first = year_from(before)
        year = first[0] if first is not None and first[1] == len(before) else None
    following = [token.text for token in after]
    if day is not None and day > 31 and year is None and len(following) == 1 and int(following[0]) <= 31:
        # « En quarante-sept, mars, le douze »
        return Pieces(int(following[0]), month, str(day))
    if after and day is None and len(following[0]) <= 2 and int(following[0]) <= 31:
        rest = year_from(following[1:])
        if after[0].mark == "le" or year is not None or (rest is not None and len(following[1]) == 4):
            return Pieces(int(following[0]), month, year or (rest[0] if rest else None))
    said = year_from(following)
    if said is not None:
        year = said[0]
        rest_after = after[said[1] :]
        if day is None and rest_after and rest_after[0].mark == "le" and int(rest_after[0].text) <= 31:
            day = int(rest_after[0].text)
    elif following and year is None and len(following[0]) > 2:
        return Pieces(day, month, impossible=True)
    return Pieces(day, month, year)


def _numbers_only(numbers: list[str], spelled: bool) -> Pieces | None:
    digits = "".join(numbers)
    if _is_telephone(numbers, digits):
        return Pieces(impossible=True)
    if len(numbers) >= 3 and len(numbers[0]) == 4 and len(numbers[1]) <= 2 and len(numbers[2]) <= 2:
        return Pieces(int(numbers[2]), int(numbers[1]), numbers[0])
    in_three = _three_parts(numbers)
    if in_three is not None and _possible(in_three):
        return in_three
    in_two = _two_parts(numbers, spelled) if len(numbers) == 2 else None
    return in_two or _one_by_one(digits) or in_three


def _is_telephone(numbers: Sequence[str], digits: str) -> bool:
    return len(digits) == 10 and digits[0] == "0" and (len(numbers) == 1 or all(len(n) == 2 for n in numbers))


def _three_parts(numbers: Sequence[str]) -> Pieces | None:
    if len(numbers) < 3 or len(numbers[0]) > 2 or len(numbers[1]) > 2:
        return None
    year = year_from(numbers[2:])
    if year is None or (year[1] < len(numbers) - 2 and len(year[0]) == 2 and len("".join(numbers)) in {6, 8}):
        # « Un deux zéro trois un neuf quatre sept » goes figure by figure.
        return None
    return Pieces(int(numbers[0]), int(numbers[1]), year[0])


def _possible(pieces: Pieces) -> bool:
    return pieces.day is not None and pieces.month is not None and 1 <= pieces.day <= 31 and 1 <= pieces.month <= 12


def _one_by_one(digits: str) -> Pieces | None:
    """Six, seven or eight figures, whatever their grouping: « un deux zéro trois un neuf quatre sept »."""
    ways = []
    if len(digits) == 8:
        ways = [(digits[:2], digits[2:4], digits[4:]), (digits[6:], digits[4:6], digits[:4])]
    elif len(digits) == 6:
        ways = [(digits[:2], digits[2:4], digits[4:])]
    elif len(digits) == 7:
        ways = [(digits[:1], digits[1:3], digits[3:]), (digits[:2], digits[2:3], digits[3:])]
    read = [Pieces(int(day), int(month), year) for day, month, year in ways]
    fits = [p for p in read if _possible(p) and p.year is not None and (len(p.year) == 2 or p.year[:2] in {"19", "20"})]
    if len(fits) == 1 or (fits and len(digits) == 8):
        return fits[0]
    return Pieces(impossible=True) if ways else None


def _two_parts(numbers: Sequence[str], spelled: bool) -> Pieces | None:
    first, second = numbers
    if len(first) <= 2 and len(second) == 4 and second[:2] in {"19", "20"} and 1 <= int(first) <= 12:
        return Pieces(month=int(first), year=second)
    if len(first) <= 2 and len(second) <= 2 and 1 <= int(first) <= 31:
        if 1 <= int(second) <= 12:
            return Pieces(int(first), int(second))
        if spelled and 21 <= int(first) <= 29 and int(second) > 31:
            # « Le vingt cinq quarante-sept »: the day and the month run into one number.
            return Pieces(20, int(first) - 20, second)
    return None
