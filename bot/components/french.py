"""French as it is spoken, transcribed and typed, brought to one spelling for the classifier.

Runs in Rasa's environment (Python 3.10) and knows nothing of the rest of the project.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

_QUOTES = str.maketrans({"’": "'", "ʼ": "'", "`": "'", "œ": "oe", "æ": "ae"})
_EMOJI = (
    (re.compile("[👍👌✅🆗]"), " oui "),
    (re.compile("[👎🚫❌🙅]"), " non "),
    (re.compile("[🙏]"), " merci "),
    (re.compile("[🤷❓🤔]"), " ? "),
    (re.compile("[😂🤣😅😆😄😁]"), " rire "),
    (re.compile("[😡🤬😠]"), " colere "),
)
_SHORT_FORMS = dict(
    line.split(" = ", 1)
    for line in (Path(__file__).parent / "short_forms.txt").read_text(encoding="utf-8").splitlines()
    if " = " in line
)
_HESITATIONS = frozenset(("euh", "heu", "hum", "hmm", "hm", "mmh", "mm", "ben", "bah", "beh", "bin", "eh", "oh"))
_NUMBERS = frozenset(
    """zero deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt vingts trente
    quarante cinquante soixante septante huitante octante nonante cent cents mille mil""".split()  # noqa: SIM905
)
# Without « mai », « sept » and « mer », which are other words too.
_MONTHS = frozenset(
    """janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre janv fevr juil""".split()  # noqa: SIM905
)
_DAYS = frozenset("lundi mardi mercredi jeudi vendredi samedi dimanche lun jeu ven sam dim".split())  # noqa: SIM905
_DATE = re.compile(r"\b\d{1,2}\s?[/.\- ]\s?\d{1,2}\s?[/.\- ]\s?\d{2,4}\b|\b\d{8}\b|\b\d{6}\b")
_HOUR = re.compile(r"\b\d{1,2}\s?h(?:\s?\d{2})?\b|\b\d{1,2}:\d{2}\b")
_LONG_NUMBER = re.compile(r"\b\d(?:[\s.]?\d){8,}\b")
_POSTAL = re.compile(r"\b\d{5}\b|\b\d{2} \d{3}\b")
_STRETCHED = re.compile(r"(.)\1{2,}")
# « Jveu + de sms », « + près »; not « a+ », which takes leave.
_PLUS = re.compile(r"(?<!\S)\+(?!\S)")
# « dem1 », « qq1 », « 2m1 » are words.
_WORD = re.compile(r"2m1|_[a-z]+|[a-z]+1?\b|[a-z]+|\d+[a-z]*|\?")


def normal(text: str) -> str:
    """Lower case, no accents, short forms written out, figures replaced by what they look like."""
    lowered = text.lower().translate(_QUOTES)
    for emoji, word in _EMOJI:
        lowered = emoji.sub(word, lowered)
    decomposed = unicodedata.normalize("NFKD", lowered)
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    for pattern, word in ((_LONG_NUMBER, " _long "), (_DATE, " _date "), (_HOUR, " _heure "), (_POSTAL, " _postal ")):
        plain = pattern.sub(word, plain)
    plain = _PLUS.sub(" plus ", _STRETCHED.sub(r"\1", plain))
    words = [written for word in _WORD.findall(plain) for written in _written_out(word)]
    kept = [word for word in words if word not in _HESITATIONS]
    return " ".join(_merged(kept or words))


def _written_out(word: str) -> list[str]:
    if word in _SHORT_FORMS:
        return _SHORT_FORMS[word].split()
    if word[0].isdigit():
        unit = word.lstrip("0123456789")
        return ["_nb", *(_written_out(unit) if unit else [])]
    if word in _NUMBERS:
        return ["_nb"]
    if word in _MONTHS:
        return ["_mois"]
    return ["_jour"] if word in _DAYS else [word]


def _merged(words: list[str]) -> list[str]:
    """A number said in several words is one number; a word stammered is said once."""
    merged: list[str] = []
    for word in words:
        if merged and merged[-1] == word and (word == "_nb" or len(word) > 1):
            continue
        merged.append(word)
    return merged


_SOUNDS = (
    (r"eaux?|aux?(?=\b)|au", "o"), (r"ph", "f"), (r"qu|q|ck|k", "k"), (r"c(?=[eiy])", "s"), (r"ch", "S"), (r"c", "k"),
    (r"gu(?=[eiy])", "g"), (r"g(?=[eiy])", "j"), (r"ge(?=[aou])", "j"), (r"h", ""),
    (r"ain|ein|aim|in|im|yn|un(?=\b)", "1"), (r"en|em|an|am", "2"), (r"on|om", "3"),
    (r"ai|ei|et\b|er\b|ez\b|es\b|e(?=[a-z]{2})", "e"), (r"oi", "wa"), (r"ou", "u"),
    (r"y", "i"), (r"z", "s"), (r"x\b|s\b|t\b|d\b|p\b|e\b", ""), (r"(.)\1", r"\1"),
)  # fmt: skip
_SOUND_RULES = tuple((re.compile(pattern), sound) for pattern, sound in _SOUNDS)


def sounded(normalised: str) -> str:
    """Roughly how each word sounds: « je sé pa », « jai pas », « j'ai pas » come near each other."""
    return " ".join(_sound(word) for word in normalised.split())


@lru_cache(maxsize=20_000)
def _sound(word: str) -> str:
    if word.startswith("_"):
        return word
    for pattern, sound in _SOUND_RULES:
        word = pattern.sub(sound, word)
    return word or "0"


_CLAUSE = re.compile(
    r"[.,;:!?\n]+|\b(?:mais|et puis|par contre|en revanche|sinon|alors que|parce que|et|ou alors|puis|d'ailleurs|"
    r"au fait)\b",
    re.IGNORECASE,
)
MOST_CLAUSES = 10


def clauses(text: str) -> list[str]:
    """The parts of an utterance that may each mean something; empty when it is of one piece."""
    marked = re.sub(r"\?", " ?\n", text)
    parts = [part.strip() for part in _CLAUSE.split(marked.replace(" ?\n", " qmark\n"))]
    parts = [part.replace(" qmark", " ?").replace("qmark", "?") for part in parts if part]
    parts = [part for part in parts if re.search(r"\w", part)]
    return parts[:MOST_CLAUSES] if len(parts) > 1 else []
