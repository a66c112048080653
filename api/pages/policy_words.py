"""A contact policy in French: what it says, what a change of it will do, and what is wrong with a value."""

import itertools
from collections.abc import Callable, Sequence
from datetime import time

from outreach.domain.policy import DAY_NAMES, DEFAULT, ContactPolicy, DayWindow

DAYS = dict(zip(DAY_NAMES, ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"), strict=True))
KEYS = {
    "days": "Jours d’appel",
    "windows": "Heures d’appel",
    "attempts.per_30_days": "Appels en 30 jours, au plus",
    "attempts.per_day": "Appels par jour, au plus",
    "attempts.spacing_hours": "Heures entre deux appels, au moins",
    "announce_sms": "SMS d’annonce la veille",
    "unanswered_sms": "SMS sans réponse, au plus",
    "voicemail_on_misses": "Message laissé au répondeur",
    "ring_seconds": "Durée de la sonnerie, en secondes",
    "identity_attempts": "Essais pour la date de naissance",
    "callback_within_days": "Jours avant un rappel demandé, au plus",
    "calls_per_second": "Appels par seconde et par numéro",
    "calls_at_once": "Appels en même temps, au plus",
    "sms_per_second": "SMS par seconde",
    "pace_by_capacity": "Ralentir quand tout est au complet",
    "best_time": "Rappeler à la meilleure demi-heure",
}
PROBLEMS = {
    "days": "Choisissez au moins un jour.",
    "windows": "Écrivez des heures comme 10:00 et 13:00 : le début avant la fin, sans que deux plages se recouvrent.",
    "attempts.per_30_days": "Écrivez un nombre entier de 1 à 30.",
    "attempts.per_day": "Écrivez un nombre entier de 1 à 10.",
    "attempts.spacing_hours": "Écrivez un nombre d’heures de 0 à 720.",
    "announce_sms": "Répondez oui ou non.",
    "unanswered_sms": "Écrivez un nombre entier de 0 à 10.",
    "voicemail_on_misses": "Écrivez des rangs d’appels manqués, comme 1, 3, ou rien.",
    "ring_seconds": "Écrivez un nombre entier de 5 à 60 secondes.",
    "identity_attempts": "Écrivez un nombre entier de 1 à 5.",
    "callback_within_days": "Écrivez un nombre entier de 1 à 60 jours.",
    "calls_per_second": "Écrivez un nombre de 0,01 à 1000.",
    "calls_at_once": "Écrivez un nombre entier de 1 à 10000.",
    "sms_per_second": "Écrivez un nombre de 0,01 à 1000.",
    "pace_by_capacity": "Répondez oui ou non.",
    "best_time": "Répondez oui ou non.",
}


def listed(words: Sequence[str]) -> str:
    """« lundi, mardi et jeudi »."""
    return " et ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def number(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def hour(at: time) -> str:
    return f"{at.hour} h {at.minute:02d}" if at.minute else f"{at.hour} h"


def windows(held: Sequence[DayWindow]) -> str:
    return listed([f"de {hour(window.start)} à {hour(window.end)}" for window in held])


def days(held: Sequence[str]) -> str:
    if tuple(held) == DAY_NAMES[: len(held)] and len(held) > 2:
        return f"du {DAYS[held[0]]} au {DAYS[held[-1]]}"
    return "le " + listed([DAYS[day] for day in held])


def _times(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _misses(held: Sequence[int]) -> str:
    if not held:
        return "jamais"
    which = "l’appel manqué" if len(held) == 1 else "les appels manqués"
    return f"après {which} n° {listed([str(miss) for miss in held])}"


def sentences(rules: ContactPolicy) -> list[str]:
    """What a policy means for people and for whoever runs the campaign."""
    caps = rules.attempts
    return [
        (
            f"Les appels ont lieu {days(rules.days)}, {windows(rules.windows)}, à l’heure de chaque personne, "
            "jamais un jour férié."
        ),
        (
            f"Une personne reçoit au plus {_times(caps.per_30_days, 'appel qui sonne', 'appels qui sonnent')} "
            f"en 30 jours, {caps.per_day} par jour, espacés d’au moins {number(caps.spacing_hours)} heures."
        ),
        "Un mobile reçoit un SMS d’annonce le jour ouvré qui précède le premier appel."
        if rules.announce_sms
        else "Aucun SMS n’annonce le premier appel.",
        f"Au plus {_times(rules.unanswered_sms, 'SMS reste', 'SMS restent')} sans réponse."
        if rules.unanswered_sms
        else "Aucun SMS n’est envoyé sans que la personne ait écrit.",
        f"Un message est laissé au répondeur {_misses(rules.voicemail_on_misses)}."
        if rules.voicemail_on_misses
        else "Aucun message n’est laissé au répondeur.",
        f"Le téléphone sonne {rules.ring_seconds} secondes.",
        f"La date de naissance peut être donnée {rules.identity_attempts} fois.",
        f"Un rappel demandé a lieu dans les {rules.callback_within_days} jours.",
        (
            f"Chaque numéro passe {number(rules.calls_per_second)} appel par seconde au plus, et la campagne "
            f"{rules.calls_at_once} en même temps ; {number(rules.sms_per_second)} SMS par seconde."
        ),
        "Les appels ralentissent quand les conseillers ou les médecins sont au complet."
        if rules.pace_by_capacity
        else "Les appels ne ralentissent pas, même quand les conseillers ou les médecins sont au complet.",
        "Une personne manquée est rappelée à la demi-heure où l’on décroche le plus."
        if rules.best_time
        else "Une personne manquée est rappelée dès que la règle le permet.",
    ]


def changes(before: ContactPolicy, after: ContactPolicy) -> list[str]:
    """What will be different, one sentence for each change."""
    said: list[str] = []
    said += _changed_days(before, after)
    said += _changed_windows(before.windows, after.windows)
    for value, sentence in _NUMBERS:
        old, new = value(before), value(after)
        if old != new:
            said.append(f"{sentence(new)}, au lieu de {number(old)}.")
    if before.voicemail_on_misses != after.voicemail_on_misses:
        old_misses = _misses(before.voicemail_on_misses)
        said.append(
            f"Un message sera laissé au répondeur {_misses(after.voicemail_on_misses)}, au lieu de {old_misses}."
        )
    for told, yes, no in _SWITCHES:
        if told(before) != told(after):
            said.append(yes if told(after) else no)
    return said


def _changed_days(before: ContactPolicy, after: ContactPolicy) -> list[str]:
    more = [DAYS[day] for day in after.days if day not in before.days]
    less = [DAYS[day] for day in before.days if day not in after.days]
    said = [f"Les appels auront lieu aussi le {listed(more)}."] if more else []
    return [*said, f"Il n’y aura plus d’appel le {listed(less)}."] if less else said


def _changed_windows(before: Sequence[DayWindow], after: Sequence[DayWindow]) -> list[str]:
    if before == after:
        return []
    inner_before = [(a.end, b.start) for a, b in itertools.pairwise(before)]
    inner_after = [(a.end, b.start) for a, b in itertools.pairwise(after)]
    if inner_before != inner_after:
        return [f"Les appels auront lieu {windows(after)}, au lieu de {windows(before)}."]
    said = []
    if before[0].start != after[0].start:
        said.append(f"Les appels commenceront à {hour(after[0].start)} au lieu de {hour(before[0].start)}.")
    if before[-1].end != after[-1].end:
        said.append(f"Les appels cesseront à {hour(after[-1].end)} au lieu de {hour(before[-1].end)}.")
    return said


_NUMBERS: tuple[tuple[Callable[[ContactPolicy], float], Callable[[float], str]], ...] = (
    (lambda p: p.attempts.per_30_days, lambda n: f"Une personne recevra au plus {number(n)} appels en 30 jours"),
    (lambda p: p.attempts.per_day, lambda n: f"Une personne recevra au plus {number(n)} appels par jour"),
    (lambda p: p.attempts.spacing_hours, lambda n: f"Deux appels seront espacés de {number(n)} heures au moins"),
    (lambda p: p.unanswered_sms, lambda n: f"Au plus {number(n)} SMS resteront sans réponse"),
    (lambda p: p.ring_seconds, lambda n: f"Le téléphone sonnera {number(n)} secondes"),
    (lambda p: p.identity_attempts, lambda n: f"La date de naissance pourra être donnée {number(n)} fois"),
    (lambda p: p.callback_within_days, lambda n: f"Un rappel demandé aura lieu dans les {number(n)} jours"),
    (lambda p: p.calls_per_second, lambda n: f"Chaque numéro passera {number(n)} appel par seconde au plus"),
    (lambda p: p.calls_at_once, lambda n: f"La campagne tiendra {number(n)} appels en même temps au plus"),
    (lambda p: p.sms_per_second, lambda n: f"La campagne enverra {number(n)} SMS par seconde au plus"),
)
_SWITCHES: tuple[tuple[Callable[[ContactPolicy], bool], str, str], ...] = (
    (
        lambda p: p.announce_sms,
        "Un SMS annoncera le premier appel aux mobiles, le jour ouvré qui précède.",
        "Aucun SMS n’annoncera plus le premier appel.",
    ),
    (
        lambda p: p.pace_by_capacity,
        "Les appels ralentiront quand les conseillers ou les médecins seront au complet.",
        "Les appels ne ralentiront plus quand les conseillers ou les médecins seront au complet.",
    ),
    (
        lambda p: p.best_time,
        "Une personne manquée sera rappelée à la demi-heure où l’on décroche le plus.",
        "Une personne manquée sera rappelée dès que la règle le permet.",
    ),
)


def looser(keys: Sequence[str]) -> list[str]:
    """The names of the keys by which a policy is looser than the default, each with what the default says."""
    document = DEFAULT.document()
    told = {
        "days": days(DEFAULT.days),
        "windows": windows(DEFAULT.windows),
        "voicemail_on_misses": _misses(DEFAULT.voicemail_on_misses),
    }
    return [f"{KEYS[key]} (règle : {told.get(key) or number(_at(document, key))})" for key in keys]


def _at(document: dict[str, object], key: str) -> float:
    value: object = document
    for part in key.split("."):
        assert isinstance(value, dict)
        value = value[part]
    assert isinstance(value, int | float)
    return value
