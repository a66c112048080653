"""What is said of physicians, in French: names, reasons for and against, what would have to give."""

from collections.abc import Callable
from typing import Any

from api.pages.labels import NOTHING, day
from outreach.domain.suggestions import Give, Limit, Reason, Why

_LANGUAGES = {
    "ar": "arabe", "bg": "bulgare", "bm": "bambara", "de": "allemand", "el": "grec", "en": "anglais", "es": "espagnol",
    "fa": "persan", "ff": "peul", "fr": "français", "he": "hébreu", "hi": "hindi", "ht": "créole haïtien",
    "hy": "arménien", "it": "italien", "ja": "japonais", "km": "khmer", "ku": "kurde", "lo": "lao", "nl": "néerlandais",
    "pl": "polonais", "ps": "pachto", "pt": "portugais", "ro": "roumain", "ru": "russe", "so": "somali",
    "sq": "albanais", "sr": "serbe", "sw": "swahili", "ta": "tamoul", "th": "thaï", "tr": "turc", "uk": "ukrainien",
    "ur": "ourdou", "vi": "vietnamien", "wo": "wolof", "zh": "chinois",
}  # fmt: skip
REGULARS = {
    "left": "Le médecin vu régulièrement a quitté son cabinet : il n’est plus au répertoire.",
    "stopped": "Le médecin vu régulièrement a cessé de prendre des patients.",
    "unknown": "Le médecin vu régulièrement n’est pas un généraliste du répertoire.",
    "declined": "Le médecin vu régulièrement a déjà refusé cette personne.",
    "excluded": "La personne ne veut pas du médecin qu’elle voit régulièrement.",
}


def language(code: str) -> str:
    return _LANGUAGES.get(code, code)


def languages(codes: list[str]) -> str:
    return ", ".join(map(language, codes)) or NOTHING


def physician(one: Any) -> str:
    """« Dr Odile Martin »: the register writes last names in capitals. None: nobody that it knows."""
    if one is None:
        return "Médecin absent du répertoire"
    last = "-".join(part.capitalize() for part in one.last_name.split("-"))
    return f"Dr {one.first_name.title()} {' '.join(part[:1].upper() + part[1:] for part in last.split())}".strip()


def address(one: Any) -> str:
    """An address on one line."""
    where = " ".join(part for part in (one.postal_code, one.commune) if part)
    return ", ".join(part for part in (one.structure, one.address, where) if part) or "Adresse inconnue"


def practice_telephone(number: str | None) -> str:
    """As the register has it, in pairs of figures."""
    figures = "".join(filter(str.isdigit, number or ""))
    if len(figures) != 10:
        return number or NOTHING
    return " ".join(figures[start : start + 2] for start in range(0, 10, 2))


def count(number: int, one: str, several: str | None = None) -> str:
    return f"{number} {one if number < 2 else several or one + 's'}"


def _days_ago(days: Any) -> str:
    if days < 1:
        return "sollicité aujourd’hui"
    return f"sollicité il y a {count(days, 'jour')}"


_REASONS: dict[Why, Callable[[Any], str]] = {
    Why.REGULAR: lambda _: "la personne le voit régulièrement",
    Why.NAMED: lambda _: "demandé par la personne",
    Why.DISTANCE: lambda minutes: f"environ {minutes} min",
    Why.STEP_FREE: lambda _: "accès sans marches",
    Why.HOME_VISITS: lambda _: "va à domicile",
    Why.GENDER: lambda gender: "une femme, comme souhaité" if gender == "female" else "un homme, comme souhaité",
    Why.OTHER_GENDER: lambda gender: "n’est pas une femme" if gender == "female" else "n’est pas un homme",
    Why.LANGUAGE: lambda code: f"parle {language(code)}",
    Why.OTHER_LANGUAGE: lambda code: f"ne parle pas {language(code)}, à notre connaissance",
    Why.PLACES: lambda places: count(places, "place libre", "places libres"),
    Why.LAST_OFFER: _days_ago,
    Why.NEVER_ASKED: lambda _: "jamais sollicité",
    Why.ACCEPTED: lambda times: f"a accepté {times} fois",
    Why.DECLINED: lambda times: f"a refusé {times} fois",
    Why.UNANSWERED: lambda times: f"n’a pas répondu {times} fois",
    Why.DECLINED_THIS_PATIENT: lambda _: "a déjà refusé cette personne",
    Why.STOPS_ON: lambda stops_on: f"s’arrête le {day(stops_on)}",
    Why.LEFT: lambda left_on: f"parti le {day(left_on)}",
    Why.LIKE_EXCLUDED: lambda _: "nom proche de celui que la personne refuse : vérifiez",
}
_GIVES: dict[Limit, Callable[[Any], str]] = {
    Limit.MINUTES: lambda more: f"{count(more, 'minute')} de trajet de plus",
    Limit.KM: lambda more: f"{more} km de plus",
    Limit.DEPARTMENT: lambda department: f"un autre département ({department or 'inconnu'})",
    Limit.STEPS: lambda _: "des marches à monter",
    Limit.HOME_VISIT: lambda _: "aller au cabinet : il ne va pas à domicile",
    Limit.PLACE: lambda _: "une place de plus : il est complet",
    Limit.NOT_VOLUNTEER: lambda _: "son accord : il n’est pas volontaire",
    Limit.AVAILABLE_FROM: lambda begins: f"attendre le {day(begins)}",
}


def reason(one: Reason) -> str:
    said = _REASONS[one.why](one.value)
    return f"{said}, {distance(one.km)}" if one.km is not None else said


def distance(km: float) -> str:
    return f"{km:.1f} km".replace(".", ",") if km < 10 else f"{km:.0f} km"


def give(one: Give) -> str:
    return _GIVES[one.limit](one.value)


def tone(one: Reason) -> str:
    return {True: "pill--good", False: "pill--warn", None: "pill--quiet"}[one.favours]


def limits(search: Any) -> str:
    """How far one looked, as a part of a sentence."""
    around = " ou ".join(name for name, _ in search.points)
    parts = [f"autour de {around}"]
    if search.max_minutes is not None:
        usual = " (limite habituelle, la personne n’en a pas donné)" if search.usual and not search.home_visit else ""
        way = " pour le médecin qui vient" if search.home_visit else ""
        parts.append(f"à {search.max_minutes} minutes au plus{way}{usual}")
    if search.max_km is not None:
        parts.append(f"à {search.max_km} km au plus")
    if search.department is not None:
        parts.append(f"dans le {search.department}")
    return ", ".join(parts)


FILTERS: dict[str, Any] = {
    "physician": physician,
    "practice_address": address,
    "practice_telephone": practice_telephone,
    "languages": languages,
    "reason": reason,
    "reason_tone": tone,
    "give": give,
    "limits": limits,
    "regular": lambda value: REGULARS[str(value)],
}
