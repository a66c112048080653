"""Text as the readers of values want it: plain letters, figures for numbers."""

import re
import unicodedata

from text_to_num import alpha2digit

from outreach.domain.dictated_numbers import dictated_numbers
from outreach.domain.social_security import NOT_KEPT

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "`": "'"})
_NOT_WORD = re.compile(r"[^a-z0-9+?]+")
_FIRST = re.compile(r"\b(premi[eè]re?|1 ?er|1ier|1 ?[eè]re)\b")
_ZERO = re.compile(r"\bz[eé]ro?s?\b")
# « six mille neuf cent » is six thousand nine hundred, but after a month it is a six, then a year.
_CENTURY = re.compile(r"\s+(mille neuf cents?|mil neuf cents?|dix[- ]neuf cents?|deux mille)\b")

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
    return NOT_KEPT in text or any(True for _ in dictated_numbers(text))


def for_the_record(text: str) -> str:
    """What of the patient's words is kept: everything but a social-security number (DOMAIN §4)."""
    kept = text
    for start, end in reversed([*dictated_numbers(text)]):
        kept = kept[:start] + NOT_KEPT + kept[end:]
    return kept
