"""What is said of offers, tasks and lists, in French."""

from datetime import datetime
from typing import Any

from api.pages.labels import ONE_MINUTE, day, named, paris_day

TASKS = {
    "callback": "Rappeler",
    "appointment": "Suivre le rendez-vous",
    "follow_up_30": "Prendre des nouvelles, à 30 jours",
    "follow_up_90": "Prendre des nouvelles, à 90 jours",
    "other": "À faire",
}
TASK_OUTCOMES = {
    "done": "Fait",
    "still_declared": "Son médecin traitant est déclaré",
    "found_otherwise": "A trouvé un médecin autrement",
    "without_physician": "Reste sans médecin traitant",
    "unreachable": "Reste injoignable",
    "withdrawn": "La personne n’en veut plus",
}
OFFER_STATUSES = {
    "proposed": "Attend sa réponse",
    "accepted": "Acceptée",
    "declined": "Déclinée",
    "expired": "Sans réponse à temps",
    "withdrawn": "Retirée",
}
OFFER_TONES = {
    "proposed": "pill--warn",
    "accepted": "pill--good",
    "declined": "pill--quiet",
    "expired": "pill--quiet",
    "withdrawn": "pill--quiet",
}
DECLINE_REASONS = {
    "no_room": "Ne prend plus de nouveaux patients",
    "too_far": "Trop loin de la personne",
    "premises": "Cabinet qui ne convient pas",
    "no_home_visits": "Ne fait pas de visites à domicile",
    "language": "Ne parle pas sa langue",
    "leaving": "Arrête ou s’absente bientôt",
    "knows_person": "Connaît la personne et préfère un confrère",
    "no_reason": "Ne dit pas pourquoi",
    "other": "Autre raison",
}
WITHDRAWAL_REASONS = {
    "person_prefers_other": "La personne préfère un autre médecin",
    "physician_backed_out": "Le médecin s’est ravisé",
    "appointment_missed": "Le rendez-vous n’a pas eu lieu",
    "mistake": "Proposée par erreur",
    "other_reason": "Autre raison",
}
OFFER_REASONS = {
    **DECLINE_REASONS,
    **WITHDRAWAL_REASONS,
    "patient_withdrew": "La personne n’en veut plus, ou que son nom ne soit plus donné",
}
VOLUNTEER_ANSWERS = {
    "volunteers": "Se porte volontaire",
    "thinks": "Réfléchit",
    "declines": "Ne le souhaite pas",
    "unreachable": "Injoignable",
    "stops_soon": "Arrête bientôt son activité",
}
UNREACHED_REASONS = {
    "exhausted": "Appels épuisés",
    "no_phone": "Sans téléphone",
    "wrong_number": "Mauvais numéro",
    "letter": "Préfère un courrier",
}


def unreached(one: Any) -> str:
    """Why somebody gets a letter: the reason where it says more than the state."""
    return UNREACHED_REASONS.get(one.reason or "") or UNREACHED_REASONS.get(one.state, one.state)


def working_days(count: int) -> str:
    """How long there is left for an answer."""
    if count == 0:
        return "Aujourd’hui au plus tard"
    return "Encore 1 jour ouvré" if count == 1 else f"Encore {count} jours ouvrés"


def last_day(ends: datetime) -> str:
    """The day at whose end an offer ends."""
    return day(paris_day(ends - ONE_MINUTE))


FILTERS: dict[str, Any] = {
    "offer_status": named(OFFER_STATUSES),
    "offer_tone": named(OFFER_TONES),
    "offer_reason": named(OFFER_REASONS),
    "volunteer_answer": named(VOLUNTEER_ANSWERS),
    "unreached": unreached,
    "last_day": last_day,
    "working_days": working_days,
    "task": named(TASKS),
    "task_outcome": named(TASK_OUTCOMES),
}
