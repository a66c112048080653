"""A key for how a French name sounds: « l'ail les roses » and « L'Haÿ-les-Roses » have the same.

The phonetic libraries that are kept up are made for English or for surnames; here places are matched over the borders
of words, so the key drops them.
"""

import re
from functools import lru_cache

from bot.actions.understanding.text import plain

_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"\bville?s?(?=\b|[a-z])", "vil"), (r"\bsainte?\b|\bste?\b", "st"), (r"\bcents?\b", "st"), (r"[^a-z]", ""),
        (r"gn", "n"), (r"gu(?=[ei])", "g'"), (r"g(?=[eiy])", "j"), (r"c(?=[eiy])", "s"), (r"'", ""),
        (r"eaux|eau|aux|aud|aut|au|ots|ot|os|o", "o"), (r"ph", "f"), (r"(?<!v)ill|(?<!vi)ll", "i"),
        (r"ail|ay|ai|ei|ey|et|er|ez|es|e", "e"), (r"oi|oy", "wa"), (r"ou", "u"), (r"ain|ein|aim|in|im|yn|un", "1"),
        (r"on|om", "3"), (r"an|am|en|em", "2"), (r"qu|q|ck|k", "k"), (r"ch", "x"), (r"sch", "x"),
        (r"c", "k"), (r"h", ""), (r"y", "i"), (r"z", "s"), (r"e", ""),
        (r"(.)\1+", r"\1"), (r"[xstdp]$", ""), (r"v$", "f"),
    )
)  # fmt: skip


@lru_cache(maxsize=100_000)
def sound_of(name: str) -> str:
    said = plain(name)
    for pattern, sound in _RULES:
        said = pattern.sub(sound, said)
    return said
