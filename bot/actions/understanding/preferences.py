"""Which physician: gender, name, one refused, a language, another wish."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache

from bot.actions.understanding.languages import LANGUAGES, SPEAKERS, WITHOUT_CODE
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.text import for_the_record, plain

_NAMES = "|".join(sorted(LANGUAGES, key=len, reverse=True))
_LANGUAGE = re.compile(
    rf"\b(?:parl\w*|langue|en|compren\w+|comprend\w*|origine|medecin|docteur|doctoresse|dialogue\w*)"
    rf" (?:(?:le|l|la|aussi|bien|un peu|couramment|maternelle|creole) )*({_NAMES})e?s?\b"
    rf"|^(?:en |l |le |un |1 )?({_NAMES})e?s?$"
    rf"|\bcreole (haitien)\b|\b({'|'.join(SPEAKERS)})s?\b|\b(?:ou|et) (?:le |l )?({_NAMES})$"
)
_NO_CODE = re.compile(rf"\b(?:{WITHOUT_CODE})\b")

# A name after « docteur », with its particles; words of a sentence are not names unless written with a capital.
_PARTICLE = r"(?:de la|de|du|des|le|la|el|al|ben|bel|ait|van der|van|von|da|dos|di|mc|saint|sainte|st|ste|d['’]|l['’])"
_PHYSICIAN = re.compile(
    rf"\b(?:docteure?s?|doctoresse|dr|doc|professeur|"
    rf"(?:(?<=chez )|(?<=pas )|(?<=avec )|(?<=sauf )|(?<=voir )|(?<=vitez ))(?:madame|monsieur|mme|mr|m\.))\.? +"
    rf"(?P<name>(?:{_PARTICLE}[ -]?)?(?:[^\W\d_]['’])?[^\W\d_][\w-]*)"
    r"(?P<more>(?: +(?:et|ou) +(?:(?:le |au |du |chez le )?(?:docteure?|dr|doc)\.? +)?[^\W\d_][\w'’-]+)*)",
    re.IGNORECASE,
)
_AND = re.compile(r" +(?:et|ou) +(?:(?:le |au |du |chez le )?(?:docteure?|dr|doc)\.? +)?", re.IGNORECASE)
_SECOND_NAME = re.compile(r" +([A-ZÀ-Ý][\w'’-]+)")
_NOT_A_NAME = frozenset({
    "qui", "femme", "femmes", "homme", "hommes", "qu", "pas", "si", "de", "du", "et", "pour", "s", "la", "le",
    "les", "dans", "pres", "en", "ou", "generaliste", "traitant", "traitante", "nouveau", "nouvelle", "au",
    "a", "chez", "il", "elle", "merci", "est", "vienne", "gentil", "gentille", "jeune", "sympa", "serieux",
    "competent", "proche", "patient", "calme", "parlant", "specialise", "madame", "monsieur", "mais",
    "plutot", "avec", "sans", "je", "j", "c", "ce", "ca", "non", "oui", "par", "sur", "que", "un", "une",
    "des", "d", "l", "habituel", "ici", "la-bas", "aussi", "bien", "comme", "peu", "n", "m", "me", "mon",
    "ma", "mes", "tout", "tous", "bon", "bonne", "quelconque", "svp", "s'il", "vieux", "age",
})  # fmt: skip
_EXCLUDED_BEFORE = re.compile(
    r"(?<!pourquoi )\b(?:pas|sauf|jamais|refuse|excepte|hormis|plus|evit\w+|ni|a part|autre que|tout sauf|"
    r"arret\w+ avec|fache\w* avec|brouille\w* avec|dispute\w* avec)"
    r"(?: (?!mais\b|plutot\b|sinon\b|par contre\b|pref)\w+){0,4}$"
)
_EXCLUDED_AFTER = re.compile(
    r"(?: (?!mais\b)\w+){0,3}? (?:surtout pas|pas (?:lui|elle|cel\w+ la)|"
    r"non merci|jamais|mal recue?|m a mal|m a (?:engueule|crie|refuse)\w*|"
    r"(?:en|y|le|la) veux (?:pas|plus)|pas question|(?:aime|supporte) pas)\b"
)
_LINKED = re.compile(r" ?(?:et|ni|ou|le|la|du|au|aussi|chez| )* ?")
_CORRECTS = re.compile(r"\b(?:non|pardon|enfin|plutot)\b")

_RELATIVE = re.compile(
    r"\b(?:ma|sa|ta|votre|sage|chere) (?:(?:petite|brave|bonne|chere) )?(?:femme|dame|demoiselle)\b"
    r"|\bpar une? (?:homme|femme)\b"
    r"|\bc est une? (?:homme|femme) tant pis\b|(?<!un )(?<!plutot )\bmonsieur$|\b(?:oui|non|merci) madame$"
    r"|^(?:oui|non|bonjour|merci) (?:madame|monsieur)\b"
)
_FEMALE = re.compile(
    r"\b(?:femmes?|fems?|fme|fame|feme|doctoresses?|dames?|feminine?|docteure|"
    r"meuf|nana|gonzesse|une (?:medecin|generaliste|madame|toubib))\b|^f\b(?! ou h\b)"
)
_MALE = re.compile(
    r"\b(?:hommes?|homm|hom|messieurs|masculin|mecs?|garcon|gars|bonhommes?|bonshommes)\b|"
    r"\b(?:un|1) (?:monsieur|mr|male|type(?! de))\b|^monsieur$|^h\b(?! ou f\b)"
)
_EITHER = re.compile(
    r"\b(?:hommes?|femmes?|h|f|monsieur|dame|mecs?|gars|meufs?|nanas?)(?: medecin)?(?: ou| comme| et)? (?:bien )?"
    r"(?:un |une |1 )?(?:hommes?|femmes?|h|f|dame|monsieur|mecs?|gars|meufs?|nanas?|filles?)\b"
)
# « Les femmes me font peur », « les hommes j'aime pas »
_DISLIKED = re.compile(
    r"\b(?:les|des|d) (?P<who>hommes|messieurs|femmes|dames|doctoresses) "
    r"(?:(?:moi|ca|me|m|j|je|en|y|ai|les|c|est|trop|font|fait|toujours|tres|une|un|vraiment) )*"
    r"(?:peur|gene\w*|aime pas|supporte pas|pas pour moi|jamais|mal a l aise|degout\w*|intimid\w*|deplai\w*)"
)
_NOT_THIS_ONE = re.compile(
    r"\b(?:pas|sauf|jamais|ni|plutot qu|mieux qu|qu|que) (?:(?:par|de|d|avec|chez|voir|etre|un|une|1|des) )*"
    r"(?P<who>hommes?|monsieur|mecs?|femmes?|dames?|doctoresses?)\b"
)


@dataclass(frozen=True, slots=True)
class Preference:
    physician_gender: str | None = None
    # A name or the person's own words are never shown in a log.
    physician_name: str | None = field(default=None, repr=False)
    excluded_physician: str | None = field(default=None, repr=False)
    language: str | None = None
    other: str | None = field(default=None, repr=False)
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


_FOR_SOMEBODY_ELSE = re.compile(
    r"\b(?:et |ou )?(?:un |une )?(?:homme|femme|dame|monsieur|medecin) pour (?:mon|ma|mes) \w+|"
    r"\bpour (?:mon|ma|mes) \w+ (?:un |une )?(?:homme|femme|dame|monsieur)\b|"
    # « Ma femme » is left out by now.
    r"\b(?:(?:mon|ma) (?:mari|fille|fils|mere|pere) |mais )(?:voudrait|veut|prefer\w+|aimerait|demande) (?:un|une) "
    r"(?:homme|femme|dame|monsieur)\b"
)
_BARE_REFUSAL = re.compile(
    r"^(?:(?:oui|non|ben|euh|alors|mais|ah|tout|surtout) )*(?:pas|sauf|jamais|surtout pas|evitez|excepte|hormis) "
    r"(?:(?:chez|de|avec|le|la|ce|cet|cette|par|plus) )*(?:\w+ de )?"
    r"(?P<name>[a-z]{4,})(?: (?:svp|merci|surtout|hein|s il vous plait))*$"
)


def read_preference(text: str, *, asked: bool = False) -> Preference:
    """`asked`: which physician was the question, so a bare « turc » or « pas Lefebvre » answers it."""
    said = _RELATIVE.sub(" ", plain(text)).strip()
    if _FEMALE.search(said) and _MALE.search(said):
        # « Une femme pour moi et un homme pour mon mari »
        said = _FOR_SOMEBODY_ELSE.sub(" ", said).strip()
    name, excluded = _physicians(text)
    if asked and name is None and excluded is None:
        excluded = _refused_by_name_alone(said)
    other = lexicon("preference_other").search(said) or _NO_CODE.search(said)
    found = Preference(
        _gender(said),
        name,
        excluded,
        _language(said, asked),
        for_the_record(text.strip())[:200] if other else None,
    )
    if not found.says_something and (lexicon("preference_none").search(said) or _EITHER.search(said)):
        return Preference(none=True)
    return found


def _refused_by_name_alone(said: str) -> str | None:
    refused = _BARE_REFUSAL.match(said)
    if refused is None or _is_no_name(refused["name"]) or lexicon("not_a_name").fullmatch(refused["name"]):
        return None
    return _shown(refused["name"])


@lru_cache
def _named_alone() -> re.Pattern[str]:
    return re.compile(rf"\b({_NAMES})e?s?\b")


def _heard_wrongly(said: str) -> str | None:
    """« Portuguais »: a letter too many in a word that is like no other."""
    for word in said.split():
        close = get_close_matches(word, LANGUAGES, 1, 0.88) if len(word) > 6 else []
        if close:
            return LANGUAGES[close[0]]
    return None


def _language(said: str, asked: bool = False) -> str | None:
    for match in _LANGUAGE.finditer(said):
        word = next(group for group in match.groups() if group)
        if not re.search(r"\bpas (?:\w+ ){0,2}$", said[: match.start()]):
            return LANGUAGES.get(word) or SPEAKERS.get(word)
    if not asked:
        return None
    for match in _named_alone().finditer(said):
        if not re.search(r"\b(?:pas|ni|sauf) (?:\w+ ){0,2}$", said[: match.start()]):
            return LANGUAGES[match.group(1)]
    return _heard_wrongly(said)


# « Une femme, mais si y a pas je prendrai un homme »: what one would put up with is not what one wishes.
_AT_WORST = re.compile(
    r"\b(?:sinon|a defaut|faute de mieux|a la rigueur|si (?:y a|il y a|y en a|vous (?:en )?avez|vous trouvez) pas|"
    r"si (?:c est )?pas possible)\b.{0,20}\b(?:hommes?|monsieur|femmes?|dames?)\b(?=.{0,12}$)"
)


def _gender(said: str) -> str | None:
    said = re.sub(r"^(?:plutot |de preference )?(?:une|1) fille$", "une femme", _AT_WORST.sub(" ", said))
    denied = _NOT_THIS_ONE.search(said) or _DISLIKED.search(said)
    rest = _DISLIKED.sub(" ", _NOT_THIS_ONE.sub(" ", said))
    if _EITHER.search(said) and denied is None:
        return None
    female = [match.start() for match in _FEMALE.finditer(rest)]
    male = [match.start() for match in _MALE.finditer(rest)]
    if female or male:
        # The last one said is the one meant: « un homme, non, une femme ».
        return "female" if max(female, default=-1) > max(male, default=-1) else "male"
    if denied is None or len({m["who"][0] in "hm" for m in _NOT_THIS_ONE.finditer(said)}) == 2:
        return None
    return "female" if denied["who"][0] in "hm" else "male"


def _physicians(text: str) -> tuple[str | None, str | None]:
    """The names asked for, and those refused: « tout sauf le docteur Durand »."""
    wanted: list[str] = []
    excluded: list[str] = []
    end, was_excluded = -1, False
    for start, stop, names in _named(text):
        before, after = plain(text[:start]), " " + plain(text[stop:])
        linked = end >= 0 and was_excluded and _LINKED.fullmatch(plain(text[end:start])) is not None
        was_excluded = linked or _EXCLUDED_BEFORE.search(before) is not None or _EXCLUDED_AFTER.match(after) is not None
        if end >= 0 and not was_excluded and _CORRECTS.search(plain(text[end:start])):
            wanted = []
        (excluded if was_excluded else wanted).extend(names)
        end = stop
    return ", ".join(wanted) or None, ", ".join(excluded) or None


def _named(text: str) -> Iterator[tuple[int, int, list[str]]]:
    for match in _PHYSICIAN.finditer(text):
        first, stop = match["name"], match.end()
        if _is_no_name(first):
            continue
        if not match["more"] and (second := _SECOND_NAME.match(text, stop)) and first[:1].isupper():
            first, stop = f"{first} {second.group(1)}", second.end()
        others = [name for name in _AND.split(match["more"])[1:] if not _is_no_name(name)]
        yield match.start(), stop, [_shown(name) for name in (first, *others)]


def _is_no_name(name: str) -> bool:
    words = plain(name).split()
    last = words[-1] if words else ""
    # « Docteur Petit » is a name, « docteur gentil » is none; « docteur de la Roche » is one.
    return not last or last in _NOT_A_NAME or last in LANGUAGES or last in SPEAKERS or len(last) < 2


def _shown(name: str) -> str:
    """As it was written, or with capitals when it was heard."""
    if name != name.lower() and name != name.upper():
        return name
    words = re.split(r"([ '’-])", name.lower())
    particles = {"de", "la", "du", "des", "d", "van", "von", "da", "dos", "di", "der"}
    return "".join(word if word in particles and len(words) > 1 else word.capitalize() for word in words)
