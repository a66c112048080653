"""A social-security number as it is dictated, digit by digit or in groups, with hesitations between (DOMAIN §4)."""

import re
import unicodedata
from collections.abc import Iterator

from text_to_num import alpha2digit

_WORD = re.compile(r"[^\W_]+")
_FIGURES = re.compile(r"\d+[ab]?")
_NUMBER_WORDS = frozenset({
    "zero", "un", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze",
    "douze", "treize", "quatorze", "quinze", "seize", "vingt", "vingts", "trente", "quarante", "cinquante",
    "soixante", "septante", "huitante", "octante", "nonante", "cent", "cents", "mille", "mil", "et",
})  # fmt: skip
# Said between the groups of a number that is read aloud.
_BETWEEN_GROUPS = frozenset({
    "euh", "heu", "hum", "ben", "bah", "puis", "ensuite", "alors", "donc", "le", "la", "les", "cle", "clef",
    "c", "est", "apres", "tiret", "espace", "point", "virgule", "oui", "voila", "bon", "attendez", "ok", "d",
    "accord",
})  # fmt: skip
# Corsica's « 2A » and « 2B », written or said in two words.
_CORSICA = re.compile(r"\b2 ?[ab]\b")
_DATE_FIRST = re.compile(r"(?:\d{1,2} \d{1,2} (?:19|20)\d\d|\d{4}(?:19|20)\d\d)(?: |$)")
_SEXES_OF_A_WHOLE_ONE = "123478"


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.lower())
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", " ", letters).strip()


def _in_figures(text: str) -> str:
    spelled = re.sub(r"\bz[eé]ros?\b", "zéro", text.lower().replace("mil neuf", "mille neuf"))
    return _plain(alpha2digit(spelled, "fr", threshold=0))


def dictated_numbers(text: str, *, whole: bool = False) -> Iterator[tuple[int, int]]:
    """Where such a number is dictated or typed, in figures or in words.

    `whole`: only one of 13 or 15 digits, of which some at least were said in words.
    """
    run: list[re.Match[str]] = []
    for match in [*_WORD.finditer(text), None]:
        if match is not None and _goes_on(run, match):
            run.append(match)
            continue
        while run and not _ends_a_number(run):
            run.pop()
        in_words = any(not match.group()[0].isdigit() for match in run if _is_number(match))
        if (
            run
            and (in_words or not whole)
            and _looks_like_one(_in_figures(text[run[0].start() : run[-1].end()]), whole=whole)
        ):
            yield run[0].start(), run[-1].end()
        run = [match] if match is not None and _is_number(match) else []


def _is_number(match: re.Match[str]) -> bool:
    word = _plain(match.group())
    return word in _NUMBER_WORDS or _FIGURES.fullmatch(word) is not None


def _ends_a_number(run: list[re.Match[str]]) -> bool:
    last = _plain(run[-1].group())
    return (_is_number(run[-1]) and last != "et") or (len(run) > 1 and last in {"a", "b"})


def _goes_on(run: list[re.Match[str]], match: re.Match[str]) -> bool:
    if not run:
        return False
    word = _plain(match.group())
    if word in {"a", "b"}:
        return _plain(run[-1].group()) in {"2", "deux"}
    return word in _BETWEEN_GROUPS or _is_number(match)


def _looks_like_one(figures: str, *, whole: bool) -> bool:
    """Sex, year, month, department, commune, order: 13 digits, 15 with the key, fewer when it was broken off."""
    groups = " ".join(word for word in _CORSICA.sub("20", figures).split() if word.isdigit())
    digits = groups.replace(" ", "")
    if len(digits) < 10 or _DATE_FIRST.match(groups):
        return False
    month = int(digits[3:5])
    if len(digits) in {13, 15}:
        # Months above 12 stand for a month that nobody knows.
        return digits[0] in _SEXES_OF_A_WHOLE_ONE and (1 <= month <= 12 or 20 <= month <= 42 or month >= 50)
    if whole:
        return False
    begun_like_one = digits[0] in "12" and (1 <= month <= 12 or month == 20)
    # Longer when a group was said twice; a date with a telephone number behind it starts with two digits.
    return begun_like_one and (len(digits) <= 15 or len(groups.split()[0]) in {1, 3})
