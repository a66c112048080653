"""Pieces of sentences made of what was noted."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from outreach.domain.calling_hours import Window, local
from outreach.domain.words import AreaScope

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
_LANGUAGES = {
    "ar": "arabe", "bg": "bulgare", "bm": "bambara", "bn": "bengali", "br": "breton", "ca": "catalan", "co": "corse",
    "cs": "tchèque", "da": "danois", "de": "allemand", "el": "grec", "en": "anglais", "es": "espagnol", "eu": "basque",
    "fa": "persan", "ff": "peul", "fr": "français", "ha": "haoussa", "he": "hébreu", "hi": "hindi", "hr": "croate",
    "ht": "créole haïtien", "hu": "hongrois", "hy": "arménien", "it": "italien", "ja": "japonais", "ka": "géorgien",
    "km": "khmer", "ko": "coréen", "ku": "kurde", "ln": "lingala", "mg": "malgache", "nl": "néerlandais",
    "oc": "occitan", "pl": "polonais", "ps": "pachto", "pt": "portugais", "ro": "roumain", "ru": "russe",
    "so": "somali", "sq": "albanais", "sr": "serbe", "sw": "swahili", "ta": "tamoul", "ti": "tigrigna", "tr": "turc",
    "uk": "ukrainien", "ur": "ourdou", "vi": "vietnamien", "wo": "wolof", "zh": "chinois",
}  # fmt: skip


def area_words(area: Mapping[str, Any]) -> str:
    match area.get("scope"):
        case AreaScope.COMMUNE:
            names = [area["commune"], *(place["commune"] for place in area.get("also", ()))]
            return "à " + " ou à ".join(names)
        case AreaScope.NEAR_HOME:
            return "près de chez vous"
        case AreaScope.DEPARTMENT:
            return f"dans le département {area['department']}"
        case _:
            return "n'importe où"


def preference_words(preference: Mapping[str, Any], with_names: bool) -> str:
    """Empty when there is no preference."""
    words = []
    if gender := preference.get("physician_gender"):
        words.append("une femme" if gender == "female" else "un homme")
    if name := preference.get("physician_name"):
        words.append(f"le docteur {name}" if with_names else "un médecin précis")
    if name := preference.get("excluded_physician"):
        words.append(f"pas le docteur {name}" if with_names else "un médecin écarté")
    if language := preference.get("language"):
        words.append(f"parlant {_LANGUAGES[language]}" if language in _LANGUAGES else "une autre langue")
    return ", ".join(words)


def window_words(window: Window, now: datetime, department: str) -> str:
    """« demain, entre 10 heures et 12 heures »."""
    start, end = local(window.start, department), local(window.end, department)
    today = local(now, department).date()
    if start.date() == today:
        day = "aujourd'hui"
    elif start.date() == today + timedelta(days=1):
        day = "demain"
    else:
        day = f"{_DAYS[start.weekday()]} {start.day} {_MONTHS[start.month - 1]}"
    return f"{day}, entre {_hour(start)} et {_hour(end)}"


def _hour(at: datetime) -> str:
    return f"{at.hour} heures" + (f" {at.minute:02d}" if at.minute else "")
