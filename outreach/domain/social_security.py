"""A social-security number where something else was asked: never wanted, never kept (DOMAIN §3, §4)."""

import re
from collections.abc import Iterable, Iterator

from outreach.domain.dictated_numbers import dictated_numbers

NOT_KEPT = "[numéro non conservé]"
"""Stands in the patient's words for the number that was taken out."""

# No letter comes between two groups, nor the « + » that begins a telephone number.
_GAP = r"(?:[^\w+]|_){0,3}"
_FIGURE = f"{_GAP}[0-9]"
_NUMBER = re.compile(
    # Sex, year, month; the department, 2A and 2B in Corsica; commune, order; the key, written behind or named.
    rf"(?<![0-9+])(?P<begins>[1-478]{_FIGURE * 4})(?P<department>{_FIGURE * 2}|{_GAP}2{_GAP}[AB])"
    rf"(?P<ends>{_FIGURE * 6})"
    rf"(?:(?P<key>{_FIGURE * 2})|\W{{1,3}}cl(?:é|ef?)\W{{1,3}}[0-9]{{2}})?(?![0-9])",
    re.IGNORECASE,
)
_BEFORE = re.compile(rf"[0-9]{_GAP}\Z")
_AFTER = re.compile(_FIGURE)
_MONTH = re.compile(r"0[1-9]|1[0-2]|[235-9][0-9]|4[0-2]")  # above 12: the month is not known
_AS_WRITTEN = re.compile(r"[1-478] ?\d\d ?\d\d ?(?:\d\d|2 ?[AB]) ?\d{3} ?\d{3}(?: ?\d\d)?")
# A birth date with a postal code behind it has 13 figures too.
_DATE_FIRST = re.compile(r"(?:\d{1,2} \d{1,2} (?:19|20)\d\d|\d{4}(?:19|20)\d\d|(?:19|20)\d\d \d{1,2} \d{1,2})(?: |\Z)")


def without_social_security_numbers(text: str) -> str:
    """The same words with each such number taken out: in figures however they are spaced, or dictated in words."""
    in_figures = _without(text, _found(text))
    return _without(in_figures, dictated_numbers(in_figures, whole=True))


def _without(text: str, spans: Iterable[tuple[int, int]]) -> str:
    kept = text
    for start, end in reversed([*spans]):
        kept = kept[:start] + NOT_KEPT + kept[end:]
    return kept


def _found(text: str) -> Iterator[tuple[int, int]]:
    match = _NUMBER.search(text)
    while match is not None:
        following = match.start() + 1
        if _is_one(match):
            yield match.span()
            following = match.end()
        match = _NUMBER.search(text, following)


def _is_one(match: re.Match[str]) -> bool:
    begins, department, ends = (_figures(match[part]) for part in ("begins", "department", "ends"))
    groups = " ".join(re.findall(r"[0-9]+[AB]?", match[0].upper()))
    if _MONTH.fullmatch(begins[3:]) is None or _DATE_FIRST.match(groups):
        return False
    text = match.string
    just_before = max(0, match.start() - 4)  # a figure and the widest gap
    if _BEFORE.search(text, just_before, match.start()) is None and _AFTER.match(text, match.end()) is None:
        return True
    # Among other figures it has to be grouped as on the card, or to agree with its key.
    return _AS_WRITTEN.fullmatch(groups) is not None or _agrees(
        begins + department + ends, _figures(match["key"] or "")
    )


def _figures(part: str) -> str:
    return "".join(letter for letter in part.upper() if letter in "0123456789AB")


def _agrees(number: str, key: str) -> bool:
    in_figures = int(number.replace("2A", "19").replace("2B", "18"))
    return bool(key) and int(key) == 97 - in_figures % 97
