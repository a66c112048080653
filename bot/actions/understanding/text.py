"""Text as the readers of values want it: plain letters, figures for numbers."""

import re
import unicodedata

from text_to_num import alpha2digit

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "`": "'"})
_NOT_WORD = re.compile(r"[^a-z0-9+?]+")
# « six mille neuf cent » is six thousand nine hundred, but after a month it is a six, then a year.
_CENTURY = re.compile(r"\s+(mille neuf cents?|mil neuf cents?|dix[- ]neuf cents?|deux mille)\b")
# A social-security number has 13 digits, or 15 with its key; nobody needs it here and it must not be kept (DOMAIN §4).
_SOCIAL_SECURITY = re.compile(r"\b[1-478](?:[\s.-]?\d){12}(?:[\s.-]?\d{2})?\b")


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def plain(text: str) -> str:
    """Lower case, no accents, no punctuation but `?`, one space between words."""
    return _NOT_WORD.sub(" ", without_accents(text.lower())).strip()


def with_figures(text: str) -> str:
    """The same, spelled numbers turned into figures; separators of typed dates are kept as spaces."""
    lowered = text.lower().translate(_LIGATURES).replace("mil neuf", "mille neuf")
    lowered = re.sub(r"\b(premier|1er)\b", "1", lowered)
    lowered = _CENTURY.sub(r", \1", lowered)
    return plain(alpha2digit(lowered, "fr", threshold=0))


def holds_social_security_number(text: str) -> bool:
    return _SOCIAL_SECURITY.search(text) is not None or _SOCIAL_SECURITY.search(with_figures(text)) is not None


def for_the_record(text: str) -> str:
    """What of the patient's words is kept: everything but a social-security number."""
    cleaned = _SOCIAL_SECURITY.sub("[numéro non conservé]", text)
    if cleaned == text and holds_social_security_number(text):
        return "[numéro non conservé]"
    return cleaned
