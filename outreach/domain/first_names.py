"""Which of several first names was said: by twins, who have everything else in common."""

import re
import unicodedata
from collections.abc import Sequence
from difflib import SequenceMatcher

_CLOSE = 0.75
"""How much alike a name heard wrongly must be to the one meant: « audette » and Odette are."""


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.lower().replace("œ", "oe")).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z]+", plain)


def plain_name(name: str) -> str:
    """« Anne-Élise » as « anne elise »: what two spellings of one name have in common."""
    return " ".join(_words(name))


def who_is_called(said: str, names: Sequence[str]) -> int | None:
    """The place of the one name that was said, or spelled letter by letter; None when it tells nobody apart."""
    words = _words(said)
    wanted = [_words(name) for name in names]
    told = [place for place, name in enumerate(wanted) if name and (_holds(words, name) or _spells(words, name))]
    # « Marie-Claude » holds Marie too.
    longest = max((len(wanted[place]) for place in told), default=0)
    told = [place for place in told if len(wanted[place]) == longest]
    told = told or [place for place, name in enumerate(wanted) if name and _sounds_like(words, name)]
    return told[0] if len(told) == 1 else None


def _holds(words: list[str], name: list[str]) -> bool:
    return any(words[start : start + len(name)] == name for start in range(len(words)))


def _spells(words: list[str], name: list[str]) -> bool:
    letters = "".join(word if len(word) == 1 else " " for word in words)
    return "".join(name) in letters.split()


def _sounds_like(words: list[str], name: list[str]) -> bool:
    pieces = (" ".join(words[start : start + len(name)]) for start in range(len(words)))
    return any(SequenceMatcher(None, piece, " ".join(name)).ratio() >= _CLOSE for piece in pieces)
