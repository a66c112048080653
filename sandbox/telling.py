"""How people tell their own facts: a birth date, a place, a way of travelling."""

from datetime import date
from random import Random

_UNITS = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
_TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante", 8: "quatre-vingt"}
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
_ORDINALS = {"3e": "troisième", "13e": "treizième", "15e": "quinzième", "20e": "vingtième"}

MOBILITY = {
    "autonomous": ("je conduis encore ma voiture", "tout seul en bus", "je viens à pied seul", "seul en voiture"),
    "accompanied": ("ma fille m'accompagne", "accompagné par mon fils", "avec ma femme elle m'emmène", "accompagné"),
    "transport_needed": ("en ambulance j'ai un bon de transport", "il me faut un vsl", "en taxi conventionné"),
    "wheelchair": ("en fauteuil roulant", "avec un déambulateur je peux pas monter les marches", "en fauteuil"),
    "home_visit": ("je peux plus me déplacer il faut venir à domicile", "à domicile"),
}
MOBILITY_KEYS = {"autonomous": "1", "accompanied": "2", "transport_needed": "3", "wheelchair": "4", "home_visit": "5"}
PREFERENCE = {
    "none": ("non", "peu importe", "non c'est égal", "pas de préférence"),
    "female": ("une femme", "une femme si possible", "plutôt une femme"),
    "male": ("un homme", "plutôt un homme"),
}
CALLBACK = ("demain matin", "demain après-midi", "jeudi matin", "demain vers 15 heures")
LANGUAGES = {"ar": "arabe", "pt": "portugais", "tr": "turc", "es": "espagnol", "it": "italien"}
DEPARTMENTS = {
    "13": "bouches-du-rhône", "29": "finistère", "31": "haute-garonne", "33": "gironde", "35": "ille-et-vilaine",
    "48": "lozère", "58": "nièvre", "59": "nord", "67": "bas-rhin", "75": "paris", "94": "val-de-marne",
    "971": "guadeloupe", "972": "martinique", "974": "la réunion",
}  # fmt: skip


def in_words(number: int) -> str:
    """0 to 2099 as spoken."""
    if number >= 2000:
        return "deux mille" + (f" {in_words(number - 2000)}" if number > 2000 else "")
    if number >= 1000:
        hundreds, rest = divmod(number - 1000, 100)
        middle = "" if not hundreds else " cent" if hundreds == 1 else f" {_UNITS[hundreds]} cent"
        return f"mille{middle}" + (f" {in_words(rest)}" if rest else "")
    if number < 20:
        return _UNITS[number]
    ten, unit = divmod(number, 10)
    if ten in {7, 9}:
        ten, unit = ten - 1, unit + 10
    joint = " et " if unit in {1, 11} and ten != 8 else "-"
    return _TENS[ten] + (f"{joint}{_UNITS[unit]}" if unit else "s" if ten == 8 else "")


def birth_in_words(birth: date, draw: Random) -> str:
    """A birth date as it is said: all in words, or as recognisers write it."""
    day = "premier" if birth.day == 1 else in_words(birth.day)
    month = MONTHS[birth.month - 1]
    figures = "1er" if birth.day == 1 else str(birth.day)
    forms = [
        f"le {day} {month} {in_words(birth.year)}",
        f"le {figures} {month} {birth.year}",
        f"{figures} {month} {birth.year}",
        f"{birth:%d/%m/%Y}",
    ]
    if 1930 <= birth.year < 2000:
        # Older or younger, two digits could mean another century.
        forms += [f"{figures} {month} {birth.year % 100:02d}", f"le {day} {month} {in_words(birth.year % 100)}"]
    return draw.choice(forms)


def mistaken(birth: date, times: int) -> date:
    """Another date, each time another: never the right one."""
    day = birth.day % 28 + 1
    return date(birth.year + 1 + times, birth.month, day)


def place_in_words(name: str) -> str:
    """« Marseille 13e Arrondissement » is said « marseille treizième »."""
    city, _, rest = name.partition(" ")
    number = rest.removesuffix(" Arrondissement")
    if rest.endswith("Arrondissement") and number in _ORDINALS:
        return f"{city.lower()} {_ORDINALS[number]}"
    return name.lower()
