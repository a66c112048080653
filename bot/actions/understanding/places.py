"""Where to look for a physician: communes and arrondissements by name, abbreviation or postal code.

An exact name counts before a close or like-sounding one, the patient's own department before what lies near their home,
and that before the rest of the country; what stays between several departments is asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from bot.actions.understanding.departments import department_named, without_department
from bot.actions.understanding.gazetteer import Place, around, distance_km, gazetteer, key_of
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.sounds import sound_of
from bot.actions.understanding.text import plain, with_figures

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
_HESITATIONS = re.compile(r"\b(?:euh|heu|hum|hmm)\b", re.IGNORECASE)
# Below this a place of another department is less likely meant than one of one's own that is named beside it.
_SMALL = 10_000
_SPLIT = re.compile(r"\b(?:ou|et|sinon|ou bien)\b")


@dataclass(frozen=True, slots=True)
class _Near:
    """Where a name is looked for first: the department that was named or the patient's own, and around their home."""

    department: str
    home: Place | None


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several places of that name, and nothing said which: ask the department."""

    places: tuple[Place, ...]

    @property
    def departments(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.department for place in self.places))


def resolve(text: str, department: str, home: Place | None = None) -> Place | Ambiguous | None:
    """The place that was named. Of several names (« vers Créteil ou Maisons-Alfort ») the first one counts."""
    text = _HESITATIONS.sub(" ", _without_what_is_denied(text))
    named = department_named(text)
    if named is not None and len(text.split()) > 1:
        text = without_department(text) if not re.search(r"\d{5}", text) else text
    figures = with_figures(text)
    if (by_code := _by_postal_code(figures, department)) is not None:
        return by_code
    said = _spelled_out(plain(text))
    near = _Near(named or department, home if named is None else None)
    if (district := _arrondissement(said, figures, department)) is not None:
        # « Ivry, sinon Paris treizième »: the first one counts.
        first, *others = _SPLIT.split(said)
        before = (
            (_by_name(first.strip(), near) or begins_with(first.strip(), department))
            if others and not any(city in first for city in _CITIES)
            else None
        )
        return before or district
    # « À Fresnes, non, à Rungis »: what comes after the correction is meant.
    corrected = _CORRECTED.split(said)[1:]
    # « Marnhagues-et-Latour » is one place.
    whole = [said] if _LEADING.sub("", said) in gazetteer().by_name else []
    names = [_by_name(part.strip(), near) for part in [*corrected[-1:], *whole, *_SPLIT.split(said)]]
    found = [name for name in names if name is not None]
    if found:
        return _here_rather_than_a_village(found, near)
    return _close_name(said, near) or resolve_mention(text, department, home, beginnings=True)


def _here_rather_than_a_village(found: list[Place | Ambiguous], near: _Near) -> Place | Ambiguous:
    """The first one, but for a village elsewhere that bears a common name: « loin de l'hôpital où j'étais, Thiais »."""
    first = found[0]
    if isinstance(first, Place) and first.department != near.department and first.population < _SMALL:
        return next((p for p in found if isinstance(p, Place) and p.department == near.department), first)
    return first


def others_named(text: str, first: Place, department: str, home: Place | None = None) -> tuple[Place, ...]:
    """The places named beside the first one, beyond doubt: Maisons-Alfort in « vers Créteil ou Maisons-Alfort »."""
    said = _spelled_out(plain(_without_what_is_denied(text)))
    if _CORRECTED.search(said):
        return ()
    near = _Near(department, home)
    parts = [part.strip() for part in _SPLIT.split(said)]
    # A long part that names no place exactly is a remark, not a name that was mistyped.
    found = (_by_name(part, near) or (_close_name(part, near) if len(part.split()) <= 4 else None) for part in parts)
    # Of « Marseille, dans le treizième », Marseille is no second place.
    places = (
        place
        for place in found
        if isinstance(place, Place) and place != first and not first.name.startswith(f"{place.name} ")
    )
    return tuple(dict.fromkeys(places))[:3]


_MENTION = re.compile(
    r"(?=\b(?:a|au|aux|dit|disons|vers|sur|pres de|cote de|autour de|habite|plutot|c est|c|mais|finalement|mett\w+|"
    r"mets|par|ville|seulement|uniquement|juste|"
    r"cherche) ([a-z0-9 ]+))"
)
_DENIED = re.compile(r"\bpas (?!loin|trop|tres|plus|pres|de )(?:a |au |aux )?[a-z]+(?: (?:sur|les|la|le|en) [a-z]+)*")


def _without_what_is_denied(text: str) -> str:
    """« Non, pas Cachan, Villejuif »."""
    return _DENIED.sub(" ", plain(text)) if " pas " in f" {plain(text)} " else text


# Half of a name that is an ordinary word too: nobody means « Saint-… » by « saint ».
_NO_BEGINNING = re.compile(
    r"saint|sainte|notre|grande?|hauts?|hautes?|basse?|petite?|vieux|vieille|vieilles|bonne|belle|beau|port|pont|fort|mont|"
    r"bourg|chateau|roche|bois|champ|champs|cour|coin|neuve?|neuf|villa|ville|trois|deux|quatre|font|dans|avec|pour|"
    r"mais|plus|bien|tout|tous|chez|cote|lieu|maison|eglise|place|point|fond|croix|marche|terre|riviere"
)


def resolve_mention(text: str, department: str, home: Place | None = None, *, beginnings: bool = False) -> Place | None:
    """A place named in passing, while something else was asked: after a preposition, and beyond doubt.

    `beginnings`: a place is spoken of, so « Vitry » is Vitry-sur-Seine.
    """
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
            if lexicon("not_a_place").fullmatch(name) or len(name) < 4:
                continue
            if name not in gazetteer().by_name:
                short = begins_with(name, department) if beginnings and not _NO_BEGINNING.fullmatch(name) else None
                if short is not None:
                    return short
                continue
            found = _choose(gazetteer().by_name[name], said, _Near(department, home))
            if isinstance(found, Place) and (found.department == department or found.population > 10_000):
                return found
    return None


_BEFORE_A_CORRECTED_NAME = re.compile(
    r"^(?:(?:non|oui|mais|erreur|attention|modifi\w+|changer?|changez|corrig\w+|rectif\w+|remplacez|si|sauf|seulement|"
    r"juste|la|le|ville|commune|lieu|endroit|c est|c|est|cest|j ai|j avais|dit|mettez|mets|plutot|a|au|aux|vers|pour|"
    r"par|il faut|faut) )+"
)


def resolve_corrected(text: str, department: str, home: Place | None = None) -> Place | None:
    """What was noted is put right: « non, pas Cachan, Fresnes », « sauf la ville : Vitry »."""
    said = _spelled_out(plain(_without_what_is_denied(text))).strip()
    name = _BEFORE_A_CORRECTED_NAME.sub("", f"{said} ").strip()
    if len(name) >= 4 and not lexicon("not_a_place").fullmatch(name) and not _NO_BEGINNING.fullmatch(name):
        found = (
            _choose(gazetteer().by_name[name], said, _Near(department, home)) if name in gazetteer().by_name else None
        )
        if isinstance(found, Place) and (found.department == department or found.population > _SMALL):
            return found
        if found is None and (short := begins_with(name, department)) is not None:
            return short
    return resolve_mention(text, department, home, beginnings=True)


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


def _by_name(said: str, near: _Near) -> Place | Ambiguous | None:
    """The longest name; one of the own department before it, unless it is a piece of that one."""
    words = said.split()
    known = gazetteer()
    first: tuple[range, tuple[Place, ...]] | None = None
    for length in range(min(known.longest, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            name = " ".join(words[start : start + length])
            found = known.by_name.get(name)
            if found is None or len(name) < 2 or name.isdigit() or lexicon("not_a_place").fullmatch(name):
                continue
            if first is None:
                first = range(start, start + length), found
            elif start not in first[0] and len(name) > 3 and _own(found, near) and not _own(first[1], near):
                # « Derrière le feu de la mairie de Thiais »: what else bears a village's name is no place here.
                return _choose(found, said, near)
    return _choose(first[1], said, near) if first is not None else None


def _own(places: tuple[Place, ...], near: _Near) -> bool:
    return any(place.department == near.department for place in places)


def _choose(found: tuple[Place, ...], said: str, near: _Near) -> Place | Ambiguous:
    named = [place for place in found if re.search(rf"\b{place.department.lower()}\b", said)]
    own = [place for place in found if place.department == near.department]
    if named or own:
        return (named or own)[0]
    short = begins_with(key_of(found[0].name), near.department)
    if short is not None and short.population * 5 > found[0].population:
        # « Saint-Maur » said in the Val-de-Marne is Saint-Maur-des-Fossés.
        return short
    unique = tuple({place.insee_code: place for place in found}.values())
    if len(unique) == 1:
        return unique[0]
    # A city among hamlets is the one that is meant.
    if unique[0].population > 100_000 and unique[0].population > 50 * unique[1].population:
        return unique[0]
    return _nearest(unique, near.home)


# A namesake counts as the one next door when it is this near, and every other one this many times as far.
_NEXT_DOOR_KM = 50
_MUCH_FARTHER = 2.5


def _nearest(places: tuple[Place, ...], home: Place | None) -> Place | Ambiguous:
    """The one next door, when there is one; else all of them, the nearest first."""
    away = {place: distance_km(home, place) for place in places} if home is not None else {}
    known = sorted((km, -place.population, place.insee_code, place) for place, km in away.items() if km is not None)
    if not known:
        return Ambiguous(places[:6])
    nearest = known[0][0]
    if nearest <= _NEXT_DOOR_KM and (len(known) == 1 or known[1][0] >= _MUCH_FARTHER * nearest):
        return known[0][-1]
    elsewhere = tuple(place for place in places if away[place] is None)
    return Ambiguous((*(row[-1] for row in known), *elsewhere)[:6])


_COURTESY = re.compile(
    r"(?: (?:svp|stp|merci|s il (?:vous|te) plait|si possible|par exemple|plutot|voila|tiens|hein))+$"
)
_LEADING = re.compile(
    r"^(?:(?:alors|bien|sinon|eventuellement|meme|"
    r"la ville|c est|c|non|oui|a|au|aux|vers|sur|dans|plutot|euh|je|cherche|j|habite|cote|du|de|pres|chez|"
    r"ma|mon|mes|notre|fille|fils|soeur|frere|mere|pere|enfants) )+"
)


def _close_name(said: str, near: _Near) -> Place | Ambiguous | None:
    """Mistyped or misheard names: in the department, then around home, then one that sounds the same anywhere."""
    rest = _COURTESY.sub("", _LEADING.sub("", said))
    if len(rest) < 4 or lexicon("not_a_place").fullmatch(rest):
        return None
    if (short := begins_with(rest, near.department)) is not None:
        return short
    sound = sound_of(rest)
    if len(sound) >= 3:
        heard = gazetteer().by_sound.get(sound, ())
        if own := next((place for place in heard if place.department == near.department), None):
            return own
    else:
        heard = ()
    if (close := _closest(rest, sound, _keys_of_department(near.department))) is not None:
        return close
    if near.home is not None:
        neighbours = around(near.home)
        if same := next((place for place in heard if place in neighbours), None):
            return same
        if (close := _closest(rest, sound, _keys_around(near.home), strict=True)) is not None:
            return close
    # Elsewhere only what sounds exactly the same, and long enough not to be chance.
    if len(sound) < 5 or not heard:
        return None
    return heard[0] if len(heard) == 1 else _nearest(heard, near.home)


_FIRST_NAME = re.compile(r" (?:sur|sous|les|en) ")


@dataclass(frozen=True, slots=True)
class _Keys:
    by_name: dict[str, Place]
    by_sound: dict[str, Place]


@lru_cache
def _keys_of_department(department: str) -> _Keys:
    return _keys_of(gazetteer().by_department.get(department, ()))


@lru_cache(maxsize=4096)
def _keys_around(home: Place) -> _Keys:
    return _keys_of(around(home))


def _keys_of(places: tuple[Place, ...]) -> _Keys:
    """Of two places of one name or sound, the larger one."""
    rows = [(key_of(place.name), place) for place in reversed(places)]
    by_sound = {sound_of(name): place for name, place in rows}
    for name, place in reversed(rows):
        # « Champigni » for Champigny-sur-Marne.
        by_sound.setdefault(sound_of(_FIRST_NAME.split(name)[0]), place)
    return _Keys(dict(rows), by_sound)


def _closest(said: str, sound: str, keys: _Keys, *, strict: bool = False) -> Place | None:
    """As it is heard (« l'ail les roses » for L'Haÿ-les-Roses), then as it is spelled; `strict`: far from home."""
    if len(sound) > 4:
        close = get_close_matches(sound, _alike(sound, keys.by_sound), n=1, cutoff=0.9 if strict else 0.85)
        if close:
            return keys.by_sound[close[0]]
    close = get_close_matches(said, _alike(said, keys.by_name), n=1, cutoff=0.9 if strict else 0.84)
    return keys.by_name[close[0]] if close else None


def _alike(said: str, names: Iterable[str]) -> list[str]:
    """A name that is mistaken keeps its beginning or its end, and most of its length: what is worth a comparison."""
    ends = (said[:2], said[-3:])
    return [
        name
        for name in names
        if abs(len(name) - len(said)) * 4 <= len(said) and (name.startswith(ends[0]) or name.endswith(ends[1]))
    ]


def begins_with(said: str, department: str) -> Place | None:
    """« Vitry » for Vitry-sur-Seine: the largest of the department whose name begins so."""
    own = _keys_of_department(department).by_name
    beginnings = tuple(f"{article}{said} " for article in ("", "le ", "la ", "les ", "l "))
    found = (place for name, place in own.items() if name.startswith(beginnings))
    return max(found, key=lambda place: place.population, default=None)
