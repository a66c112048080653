"""Text as the readers of values want it: plain letters, figures for numbers."""

import re
import unicodedata
from collections.abc import Iterator

from text_to_num import alpha2digit

from outreach.domain.social_security import NOT_KEPT

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "`": "'"})
_NOT_WORD = re.compile(r"[^a-z0-9+?]+")
_FIRST = re.compile(r"\b(premi[eè]re?|1 ?er|1ier|1 ?[eè]re)\b")
_ZERO = re.compile(r"\bz[eé]ro?s?\b")
# « six mille neuf cent » is six thousand nine hundred, but after a month it is a six, then a year.
_CENTURY = re.compile(r"\s+(mille neuf cents?|mil neuf cents?|dix[- ]neuf cents?|deux mille)\b")

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


_NINTH = re.compile(
    r"\ble neuf (?=janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)"
)


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def plain(text: str) -> str:
    """Lower case, no accents, no punctuation but `?`, one space between words."""
    return _NOT_WORD.sub(" ", without_accents(text.lower())).strip()


def with_figures(text: str) -> str:
    """The same, spelled numbers turned into figures; separators of typed dates are kept as spaces."""
    lowered = text.lower().translate(_LIGATURES).replace("mil neuf", "mille neuf")
    lowered = _FIRST.sub("1", _ZERO.sub("zéro", lowered))
    lowered = _CENTURY.sub(r", \1", lowered)
    # « Soixante et un, le neuf janvier »: the library takes this « neuf » for « new ».
    return _NINTH.sub("le 9 ", plain(alpha2digit(lowered, "fr", threshold=0)))


def holds_social_security_number(text: str) -> bool:
    # The webhooks have taken it out already, where it was typed.
    return NOT_KEPT in text or any(True for _ in _social_security_numbers(text))


def for_the_record(text: str) -> str:
    """What of the patient's words is kept: everything but a social-security number (DOMAIN §4)."""
    kept = text
    for start, end in reversed([*_social_security_numbers(text)]):
        kept = kept[:start] + NOT_KEPT + kept[end:]
    return kept


def _social_security_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where such a number is dictated or typed, in figures or in words, whole or broken off."""
    run: list[re.Match[str]] = []
    for match in [*_WORD.finditer(text), None]:
        if match is not None and _goes_on(run, match):
            run.append(match)
            continue
        while run and not _ends_a_number(run):
            run.pop()
        if run and _looks_like_one(with_figures(text[run[0].start() : run[-1].end()])):
            yield run[0].start(), run[-1].end()
        run = [match] if match is not None and _is_number(match) else []


def _is_number(match: re.Match[str]) -> bool:
    word = plain(match.group())
    return word in _NUMBER_WORDS or _FIGURES.fullmatch(word) is not None


def _ends_a_number(run: list[re.Match[str]]) -> bool:
    last = plain(run[-1].group())
    return (_is_number(run[-1]) and last != "et") or (len(run) > 1 and last in {"a", "b"})


def _goes_on(run: list[re.Match[str]], match: re.Match[str]) -> bool:
    if not run:
        return False
    word = plain(match.group())
    if word in {"a", "b"}:
        return plain(run[-1].group()) in {"2", "deux"}
    return word in _BETWEEN_GROUPS or _is_number(match)


def _looks_like_one(figures: str) -> bool:
    """Sex, year, month, department, commune, order: 13 digits, 15 with the key, fewer when it was broken off."""
    groups = " ".join(word for word in _CORSICA.sub("20", figures).split() if word.isdigit())
    digits = groups.replace(" ", "")
    if len(digits) < 10 or _DATE_FIRST.match(groups):
        return False
    month = int(digits[3:5])
    if len(digits) in {13, 15}:
        # Months above 12 stand for a month that nobody knows.
        return digits[0] in _SEXES_OF_A_WHOLE_ONE and (1 <= month <= 12 or 20 <= month <= 42 or month >= 50)
    begun_like_one = digits[0] in "12" and (1 <= month <= 12 or month == 20)
    # Longer when a group was said twice; a date with a telephone number behind it starts with two digits.
    return begun_like_one and (len(digits) <= 15 or len(groups.split()[0]) in {1, 3})
