"""What is said of campaigns and their figures, in French."""

from typing import Any

from api.pages.labels import named

CAMPAIGN_STATUSES = {"draft": "brouillon", "running": "en cours", "paused": "suspendue", "stopped": "arrêtée"}
CAMPAIGN_TONES = {"running": "pill--good", "paused": "pill--warn", "stopped": "pill--quiet", "draft": ""}
ALERTS = {
    "emergency": "urgence signalée",
    "distress": "détresse signalée",
    "carrier_refuses_us": "l’opérateur nous refuse",
    "carrier_refuses_some": "l’opérateur refuse certains numéros",
    "carrier_fails": "trop d’échecs chez l’opérateur",
    "hang_ups": "trop de gens raccrochent aussitôt",
    "agent_away": "l’agent ne répond pas",
    "nobody_listens": "personne pour parler",
}
GATES = {
    "campaign_not_running": "campagne non démarrée",
    "suppressed": "opposition",
    "outside_hours": "hors des heures d’appel",
    "holiday": "jour férié",
    "cap_30_days": "quatre appels en trente jours",
    "cap_per_day": "déjà appelé ce jour",
    "spacing": "moins de 48 heures depuis l’appel",
    "not_yet": "moment non venu",
    "announcement_pending": "SMS d’annonce à envoyer la veille",
    "no_number": "aucun numéro",
    "advisers_full": "conseillers au complet",
    "volunteers_full": "médecins volontaires au complet",
    "already_attempting": "ligne occupée par un autre appel",
    "unknown_territory": "territoire inconnu",
    "not_evaluated": "vérification impossible",
}
BREAKDOWNS = {
    "attempt": "par tentative",
    "hour": "par demi-heure",
    "weekday": "par jour de la semaine",
    "moment": "par jour de la semaine et demi-heure",
    "day": "par jour",
    "channel": "par canal",
    "number_kind": "par type de numéro",
    "department": "par département",
    "age": "par âge",
    "ehpad": "par résidence en EHPAD",
    "caller": "par numéro appelant",
    "question": "par question",
    "campaign": "par campagne",
}


def figure(value: Any) -> str:
    """A figure of a table: masked when it would point at people, in French."""
    if value is None:
        return "masqué"
    if isinstance(value, float):
        return f"{100 * value:.0f} %"
    return str(value)


FILTERS: dict[str, Any] = {
    "campaign_status": named(CAMPAIGN_STATUSES),
    "campaign_tone": named(CAMPAIGN_TONES),
    "gate": named(GATES),
    "alert": named(ALERTS),
    "figure": figure,
}
