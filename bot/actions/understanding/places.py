"""Where to look for a physician: communes and arrondissements by name, abbreviation or postal code.

A first resolver: exact and close names, ranked by the patient's own department, then by population.
"""

import gzip
import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from bot.actions.understanding.departments import department_named, without_department
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.sounds import sound_of
from bot.actions.understanding.text import plain, with_figures

_FILE = Path(__file__).parent / "data" / "communes.tsv.gz"
_ABBREVIATIONS = (
    (re.compile(r"\bste\b"), "sainte"),
    (re.compile(r"\bst\b"), "saint"),
    (re.compile(r"\bs (?=\w)"), "sur "),
)
_CITIES = {"paris": ("75", "751"), "lyon": ("69", "6938"), "marseille": ("13", "132")}
_ORDINALS = (
    "premier", "deuxieme", "troisieme", "quatrieme", "cinquieme",
    "sixieme", "septieme", "huitieme", "neuvieme", "dixieme",
    "onzieme", "douzieme", "treizieme", "quatorzieme", "quinzieme",
    "seizieme", "dix septieme", "dix huitieme", "dix neuvieme", "vingtieme",
)  # fmt: skip
_ARRONDISSEMENT = re.compile(r"\b(\d{1,2}) ?(?:e|er|eme|ieme|arrondissement)\b")
_CORRECTED = re.compile(r"\b(?:non|pardon|enfin|plutot)\b(?= \w)")
_SPLIT = re.compile(r"\b(?:ou|et|sinon|ou bien)\b")


@dataclass(frozen=True, slots=True)
class Place:
    insee_code: str
    name: str
    postal_codes: tuple[str, ...]
    department: str
    population: int

    @property
    def postal_code(self) -> str | None:
        return self.postal_codes[0] if self.postal_codes else None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several places of that name, and nothing said which: ask the department."""

    places: tuple[Place, ...]

    @property
    def departments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.department for place in self.places))


@dataclass(frozen=True, slots=True)
class Gazetteer:
    by_name: dict[str, tuple[Place, ...]]
    by_postal_code: dict[str, tuple[Place, ...]]
    by_code: dict[str, Place]
    names_by_department: dict[str, tuple[str, ...]]
    longest: int


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Loaded at the first question, then kept: 35,000 places."""
    by_name: dict[str, list[Place]] = defaultdict(list)
    by_postal_code: dict[str, list[Place]] = defaultdict(list)
    by_code: dict[str, Place] = {}
    names: dict[str, list[str]] = defaultdict(list)
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        for line in lines:
            code, name, postal_codes, department, population = line.rstrip("\n").split("\t")
            place = Place(code, name, tuple(postal_codes.split()), department, int(population))
            by_code[code] = place
            key = plain(name)
            by_name[key].append(place)
            names[department].append(key)
            for postal_code in place.postal_codes:
                by_postal_code[postal_code].append(place)
            without_article = re.sub(r"^(?:les|le|la|l) ", "", key)
            if without_article != key and len(without_article) > 4:
                by_name[without_article].append(place)
    ranked = {key: tuple(sorted(found, key=lambda p: -p.population)) for key, found in by_name.items()}
    return Gazetteer(
        ranked,
        {key: tuple(sorted(found, key=lambda p: -p.population)) for key, found in by_postal_code.items()},
        by_code,
        {key: tuple(found) for key, found in names.items()},
        max(key.count(" ") + 1 for key in ranked),
    )


def place_of(insee_code: str | None, postal_code: str | None) -> Place | None:
    """The patient's own commune."""
    known = gazetteer()
    if insee_code and insee_code in known.by_code:
        return known.by_code[insee_code]
    found = known.by_postal_code.get(postal_code or "", ())
    # The arrondissement says more than its city.
    return min(found, key=lambda p: (len(p.postal_codes), -p.population), default=None)


def resolve(text: str, department: str) -> Place | Ambiguous | None:
    """The place that was named. Of several names (« vers Créteil ou Maisons-Alfort ») the first one counts."""
    text = _without_what_is_denied(text)
    named = department_named(text)
    if named is not None and len(text.split()) > 1:
        text = without_department(text) if not re.search(r"\d{5}", text) else text
    figures = with_figures(text)
    if (by_code := _by_postal_code(figures, department)) is not None:
        return by_code
    said = _spelled_out(plain(text))
    if (district := _arrondissement(said, figures, department)) is not None:
        return district
    # « À Fresnes, non, à Rungis »: what comes after the correction is meant.
    corrected = _CORRECTED.split(said)[1:]
    for part in [*corrected[-1:], *_SPLIT.split(said)]:
        if (found := _by_name(part.strip(), named or department)) is not None:
            return found
    return _close_name(said, named or department)


_MENTION = re.compile(
    r"(?=\b(?:a|au|aux|vers|sur|pres de|cote de|autour de|habite|plutot|c est|c|mais|finalement|mett\w+|mets|par|ville|"
    r"cherche) ([a-z0-9 ]+))"
)
_DENIED = re.compile(r"\bpas (?!loin|trop|tres|plus|pres|de )(?:a |au |aux )?[a-z]+(?: (?:sur|les|la|le|en) [a-z]+)*")


def _without_what_is_denied(text: str) -> str:
    """« Non, pas Cachan, Villejuif »."""
    return _DENIED.sub(" ", plain(text)) if " pas " in f" {plain(text)} " else text


def resolve_mention(text: str, department: str) -> Place | None:
    """A place named in passing, while something else was asked: after a preposition, and beyond doubt."""
    text = _without_what_is_denied(text)
    if (by_code := _by_postal_code(with_figures(text), department)) is not None:
        return by_code
    said = _spelled_out(plain(text))
    if (district := _arrondissement(said, with_figures(text), department)) is not None:
        return district
    for rest in _MENTION.findall(said):
        words = rest.split()
        for length in range(min(6, len(words)), 0, -1):
            name = " ".join(words[:length])
            if lexicon("not_a_place").fullmatch(name) or len(name) < 4 or name not in gazetteer().by_name:
                continue
            found = _choose(gazetteer().by_name[name], said, department)
            if isinstance(found, Place) and (found.department == department or found.population > 10_000):
                return found
    return None


def _spelled_out(said: str) -> str:
    for pattern, word in _ABBREVIATIONS:
        said = pattern.sub(word, said)
    return said


def _by_postal_code(figures: str, department: str) -> Place | None:
    codes = re.findall(r"\b\d{5}\b", figures)
    if not codes:
        # Dictated in groups: « 94 800 », « 9 4 800 ».
        for group in re.findall(r"\b\d[\d ]{4,}\d\b", figures):
            joined = group.replace(" ", "")
            codes += [joined] if len(joined) == 5 else [joined[:2] + joined[-3:]] if len(joined) == 4 else []
    for code in codes:
        found = gazetteer().by_postal_code.get(code)
        if found:
            return min(found, key=lambda p: (len(p.postal_codes) > 5, p.department != department, -p.population))
    return None


def _arrondissement(said: str, figures: str, department: str) -> Place | None:
    city = next((name for name in _CITIES if re.search(rf"\b{name}\b", said)), None)
    numbered = _ARRONDISSEMENT.search(said) or _ARRONDISSEMENT.search(figures)
    number = int(numbered.group(1)) if numbered else None
    if number is None:
        # The longest ordinal first: « dix septieme » holds « septieme ».
        for index, word in sorted(enumerate(_ORDINALS, 1), key=lambda item: -len(item[1])):
            if re.search(rf"\b{word}\b", said):
                number = index
                break
    if number is None and city and (bare := re.search(rf"\b{city} (\d{{1,2}})\b", figures)):
        number = int(bare.group(1))
    if number is None:
        return None
    if city is None:
        city = next((name for name, (own, _) in _CITIES.items() if own == department), None)
    if city is None:
        return None
    prefix = _CITIES[city][1]
    return gazetteer().by_code.get(f"{prefix}{number:0{5 - len(prefix)}d}")


def _by_name(said: str, department: str) -> Place | Ambiguous | None:
    words = said.split()
    known = gazetteer()
    for length in range(min(known.longest, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length])
            if lexicon("not_a_place").fullmatch(name) or len(name) < 2 or (length == 1 and name.isdigit()):
                continue
            if found := known.by_name.get(name):
                return _choose(found, said, department)
    return None


def _choose(found: tuple[Place, ...], said: str, department: str) -> Place | Ambiguous:
    named = [place for place in found if re.search(rf"\b{place.department.lower()}\b", said)]
    own = [place for place in found if place.department == department]
    if named or own:
        return (named or own)[0]
    short = _begins_with(plain(found[0].name), department)
    if short is not None and short.population * 5 > found[0].population:
        # « Saint-Maur » said in the Val-de-Marne is Saint-Maur-des-Fossés.
        return short
    unique = tuple({place.insee_code: place for place in found}.values())
    if len(unique) == 1:
        return unique[0]
    # A city among hamlets is the one that is meant.
    if unique[0].population > 100_000 and unique[0].population > 50 * unique[1].population:
        return unique[0]
    return Ambiguous(unique[:6])


_LEADING = re.compile(
    r"^(?:(?:la ville|c est|c|non|oui|a|au|aux|vers|sur|dans|plutot|euh|je|cherche|j|habite|cote|du|de|pres) )+"
)


def _close_name(said: str, department: str) -> Place | None:
    """Mistyped or misheard names, within the patient's own department only."""
    names = gazetteer().names_by_department.get(department, ())
    rest = _LEADING.sub("", said)
    if len(rest) < 4 or lexicon("not_a_place").fullmatch(rest):
        return None
    if (short := _begins_with(rest, department)) is not None:
        return short
    if (heard := _sounds_like(rest, department)) is not None:
        return heard
    close = get_close_matches(rest, names, n=1, cutoff=0.84)
    return next((p for p in gazetteer().by_name[close[0]] if p.department == department), None) if close else None


@lru_cache
def _own(department: str) -> tuple[tuple[str, Place], ...]:
    """The places of a department with their plain names, the largest first."""
    own = (place for place in gazetteer().by_code.values() if place.department == department)
    return tuple((plain(place.name), place) for place in sorted(own, key=lambda p: -p.population))


@lru_cache
def _by_sound(department: str) -> dict[str, Place]:
    return {sound_of(name): place for name, place in reversed(_own(department))}


def _begins_with(said: str, department: str) -> Place | None:
    """« Vitry » for Vitry-sur-Seine: the largest of the department whose name begins so."""
    return next((place for name, place in _own(department) if name.startswith(f"{said} ")), None)


def _sounds_like(said: str, department: str) -> Place | None:
    """As a recogniser writes it: « l'ail les roses » for L'Haÿ-les-Roses."""
    wanted, known = sound_of(said), _by_sound(department)
    if len(wanted) < 3:
        return None
    if wanted in known:
        return known[wanted]
    close = get_close_matches(wanted, known, n=1, cutoff=0.85) if len(wanted) > 4 else []
    return known[close[0]] if close else None
