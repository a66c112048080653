"""Which physician: gender, name, one refused, a language."""

import re
from dataclasses import dataclass

from bot.actions.understanding.text import plain

LANGUAGES = {
    "arabe": "ar", "anglais": "en", "espagnol": "es", "portugais": "pt", "turc": "tr", "italien": "it",
    "allemand": "de", "chinois": "zh", "mandarin": "zh", "russe": "ru", "polonais": "pl", "roumain": "ro",
    "tamoul": "ta", "vietnamien": "vi", "berbere": "ber", "kabyle": "kab", "wolof": "wo", "bambara": "bm",
    "serbe": "sr", "ukrainien": "uk", "persan": "fa", "farsi": "fa", "hindi": "hi", "ourdou": "ur",
    "breton": "br", "basque": "eu", "corse": "co", "comorien": "swb", "soninke": "snk", "malgache": "mg",
    "neerlandais": "nl", "grec": "el", "armenien": "hy", "albanais": "sq", "japonais": "ja", "khmer": "km",
}  # fmt: skip
_LANGUAGE = re.compile(rf"\b(?:parle\w*|langue|en|comprenn\w+) (?:le |l |bien )?({'|'.join(LANGUAGES)})\b")
_NOT_A_NAME = {
    "qui", "femme", "homme", "qu", "pas", "si", "de", "du", "et", "pour", "s", "la", "le", "dans", "pres", "en",
    "ou", "generaliste", "traitant", "nouveau", "au", "a", "chez", "il", "elle", "merci", "est", "vienne",
}  # fmt: skip
_PHYSICIAN = re.compile(r"\b(?:docteur|dr|docteure|doc) ((?:(?:de|le|la|el|ben|van|da|di) )?[a-z]+)")
_EXCLUSION = re.compile(r"\b(?:pas|sauf|jamais|surtout pas|refuse|excepte|plus)\b(?: \w+){0,4}$")
_FEMALE = re.compile(r"\b(?:une )?(?:femme|fem|doctoresse|dame|feminin)s?\b")
_MALE = re.compile(r"\b(?:un )?(?:homme|monsieur|masculin|mec)s?\b")
_RELATIVE = re.compile(
    r"\b(?:ma|sa|ta) (?:femme|dame)\b|\b(?:monsieur|oui madame|non madame)$|^(?:oui|non) (?:madame|monsieur)\b"
)
_EITHER = re.compile(r"(?:homme|femme)s? ou (?:un |une )?(?:homme|femme)s?")
_NOT_MALE = re.compile(r"\b(?:pas|sauf|surtout pas) (?:d |un |avec un )?homme")
_NOT_FEMALE = re.compile(r"\b(?:pas|sauf|surtout pas) (?:de |une |avec une )?femme")
_NONE = re.compile(
    r"pas de (?:pref\w*|choix)|aucune pref|sans pref|peu importe|m est (?:\w+ )?egal|c est egal|"
    r"n importe (?:qui|le\w*)|pareil|m en fiche|m en fous|"
    r"le premier|du moment|tout me va|rien de (?:special|particulier)|osef"
)
_OTHER = re.compile(
    r"maison de sante|secteur \w+|depassement|carte vitale|tiers payant|jeune|patient et|ecoute|gentil|diabet\w+"
)


@dataclass(frozen=True, slots=True)
class Preference:
    physician_gender: str | None = None
    physician_name: str | None = None
    excluded_physician: str | None = None
    language: str | None = None
    other: str | None = None
    none: bool = False

    @property
    def says_something(self) -> bool:
        return self.none or any(
            (self.physician_gender, self.physician_name, self.excluded_physician, self.language, self.other)
        )

    def as_json(self) -> dict[str, str | None]:
        return {
            "physician_gender": self.physician_gender,
            "physician_name": self.physician_name,
            "excluded_physician": self.excluded_physician,
            "language": self.language,
            "other": self.other,
        }


def read_preference(text: str) -> Preference:
    said = _RELATIVE.sub(" ", plain(text)).strip()
    name, excluded = _physicians(said)
    language = _LANGUAGE.search(said)
    other = _OTHER.search(said)
    gender = _gender(said)
    found = Preference(
        gender,
        name,
        excluded,
        LANGUAGES[language.group(1)] if language else None,
        text.strip()[:200] if other else None,
    )
    if not found.says_something and (_NONE.search(said) or _EITHER.search(said)):
        return Preference(none=True)
    return found


def _gender(said: str) -> str | None:
    if _EITHER.search(said):
        return None
    if _NOT_MALE.search(said):
        return "female"
    if _NOT_FEMALE.search(said):
        return "male"
    female = [match.start() for match in _FEMALE.finditer(said)]
    male = [match.start() for match in _MALE.finditer(said)]
    if not female and not male:
        return None
    # The last one said is the one meant: « un homme, non, une femme ».
    return "female" if max(female, default=-1) > max(male, default=-1) else "male"


def _physicians(said: str) -> tuple[str | None, str | None]:
    name = excluded = None
    for match in _PHYSICIAN.finditer(said):
        who = match.group(1)
        if who in _NOT_A_NAME:
            continue
        shown = who.title()
        if _EXCLUSION.search(said[: match.start()].rstrip()):
            excluded = shown
        else:
            name = shown
    return name, excluded
