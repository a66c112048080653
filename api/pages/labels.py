"""The field's words, in French, for the pages."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

PARIS = ZoneInfo("Europe/Paris")
NOTHING = "–"
ONE_DAY = timedelta(days=1)
ONE_MINUTE = timedelta(minutes=1)

ROLES = {"adviser": "conseiller", "supervisor": "superviseur", "administrator": "administrateur"}
KINDS = {
    "matching": "Cherche un médecin",
    "human": "Veut parler à quelqu’un",
    "emergency": "Urgence signalée",
    "identity": "Identité à vérifier",
}
KIND_TONES = {"emergency": "pill--alert", "human": "pill--warn", "identity": "pill--warn", "matching": "pill--good"}
STATUSES = {
    "new": "Nouvelle",
    "claimed": "Prise en charge",
    "offered": "Proposée à un médecin",
    "closed": "Close",
    "withdrawn": "Retirée",
}
STATUS_TONES = {"new": "pill--good", "claimed": "", "offered": "", "closed": "pill--quiet", "withdrawn": "pill--quiet"}
RESULTS = {
    "matched": "Un médecin a accepté",
    "declared": "Le médecin traitant est déclaré",
    "called_back": "La personne a été rappelée",
    "advised": "La personne a été conseillée",
    "unreachable": "La personne reste injoignable",
    "no_longer_wanted": "La personne n’en veut plus",
    "no_physician_found": "Aucun médecin trouvé",
}
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
LANGUAGES = {
    "ar": "arabe",
    "de": "allemand",
    "en": "anglais",
    "es": "espagnol",
    "fr": "français",
    "it": "italien",
    "pl": "polonais",
    "pt": "portugais",
    "ro": "roumain",
    "ru": "russe",
    "tr": "turc",
    "uk": "ukrainien",
    "vi": "vietnamien",
    "zh": "chinois",
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
MOBILITY = {
    "autonomous": "seule ou seul",
    "accompanied": "accompagnée ou accompagné",
    "transport_needed": "transport prescrit",
    "wheelchair": "accès sans marches",
    "home_visit": "visite à domicile",
}
SCOPES = {
    "commune": "Dans une commune",
    "near_home": "Près de chez la personne",
    "department": "Partout dans un département",
    "anywhere": "N’importe où",
}
CALL_RESULTS = {
    "spoke": "La personne a répondu",
    "no_answer": "Pas de réponse",
    "voicemail": "Message laissé au répondeur",
    "busy": "Occupé",
    "somebody_else": "Une autre personne a répondu",
    "wrong_number": "Mauvais numéro",
}
QUESTIONS = {
    "identity": "identité",
    "birth_date": "date de naissance",
    "situation": "situation",
    "consent_assistance": "accord pour l’aide",
    "consent_sharing": "accord pour transmettre le nom",
    "mobility": "déplacements",
    "area": "lieu",
    "preference": "souhaits",
    "callback_time": "rappel",
    "confirmation": "confirmation",
}
OUTCOMES = {
    "accepted": "accepte l’aide",
    "refused": "refuse",
    "opted_out": "ne veut plus être contactée",
    "callback": "à rappeler",
    "wrong_number": "mauvais numéro",
    "third_party": "une autre personne a répondu",
    "deceased": "personne décédée",
    "already_has_doctor": "a déjà un médecin",
    "emergency": "urgence signalée",
    "human_requested": "veut un conseiller",
    "identity_failed": "identité non vérifiée",
    "abandoned": "interrompue",
    None: "en cours",
}
IDENTITIES = {"unchecked": "non vérifiée", "verified": "vérifiée", "failed": "non reconnue"}
CONSENTS = {"assistance": "Être aidée ou aidé", "sharing": "Donner son nom à un médecin"}
CONSENT_STATES = {"given": "donné", "refused": "refusé", "withdrawn": "retiré"}
CONTACT_STATES = {
    "waiting": "En attente d’un moment",
    "due": "À appeler maintenant",
    "attempting": "Appel en cours",
    "in_conversation": "En conversation",
    "accepted": "Accepte l’aide",
    "refused": "Refuse",
    "opted_out": "Ne veut plus être contacté",
    "wrong_number": "Mauvais numéro",
    "deceased": "Décédé",
    "already_has_doctor": "A déjà un médecin",
    "identity_failed": "Identité non vérifiée",
    "human_requested": "Veut un conseiller",
    "exhausted": "Appels épuisés",
    "no_phone": "Sans téléphone",
    "ineligible": "Hors de la campagne",
}
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
DISPOSITIONS = {
    "conversation": "conversation",
    "abandoned": "interrompu",
    "hung_up": "raccroché aussitôt",
    "apology": "panne de notre côté",
    "no_answer": "pas de réponse",
    "machine": "répondeur",
    "voicemail_left": "message laissé",
    "fax": "télécopieur",
    "busy": "occupé",
    "unreachable": "injoignable",
    "invalid_number": "numéro invalide",
    "canceled": "annulé",
    "carrier_error": "erreur de l’opérateur",
    "never_placed": "non parti",
    "sms_sent": "SMS envoyé",
    "sms_delivered": "SMS reçu",
    "sms_undelivered": "SMS non reçu",
    "sms_not_a_mobile": "pas un mobile",
    "blocked": "bloqué par l’opérateur",
    None: "en cours",
}
ACTS = {
    "claimed": "prise en charge",
    "released": "rendue à l’équipe",
    "closed": "close",
    "created": "créée",
    "passed_on": "passée à un collègue",
    "noted": "note",
    "called": "appel à la personne",
    "callback_set": "rappel",
    "answers_edited": "réponses corrigées",
    "undone": "geste annulé",
    "offered": "proposée à un médecin",
    "offer_accepted": "acceptée par le médecin",
    "offer_declined": "déclinée par le médecin",
    "offer_withdrawn": "proposition retirée",
    "offer_expired": "proposition restée sans réponse",
    "letter_prepared": "lettre au médecin préparée",
    "appointment_noted": "rendez-vous noté",
    "declared": "médecin traitant déclaré",
    "offers_listed": "liste des propositions vue",
    "listed_for_a_letter": "sur une liste pour un courrier",
    "letters_exported": "liste des courriers exportée",
    "establishments_listed": "sur une liste d’établissements",
    "physician_asked_about": "sur une liste pour son médecin habituel",
    "physicians_exported": "liste de médecins exportée",
    "campaign_informed": "information préalable déclarée",
    "patient_shown": "dossier vu (commande)",
    "patient_exported": "dossier exporté",
    "patient_erased": "dossier effacé",
    "patient_viewed": "dossier vu",
    "request_viewed": "demande vue",
    "requests_listed": "liste des demandes vue",
    "task_added": "tâche prévue",
    "task_done": "tâche faite",
    "task_reopened": "tâche rouverte",
    "task_assigned": "tâche confiée",
    "tasks_listed": "liste des tâches vue",
    "campaign_created": "campagne créée",
    "campaign_started": "campagne démarrée",
    "campaign_paused": "campagne suspendue",
    "campaign_resumed": "campagne reprise",
    "campaign_stopped": "campagne arrêtée",
    "account_created": "compte créé",
    "account_disabled": "compte fermé",
    "account_departments": "départements du compte changés",
    "alert_acknowledged": "alerte vue",
    "suggestions_viewed": "médecins possibles vus",
    "places_moved": "places d’un médecin déplacées",
    "retirement_announced": "arrêt d’un médecin noté",
    "retirement_taken_back": "arrêt d’un médecin annulé",
    "token_created": "jeton créé",
}
BREAKDOWNS = {
    "attempt": "par tentative",
    "hour": "par demi-heure",
    "day": "par jour",
    "department": "par département",
    "channel": "par canal",
    "question": "par question",
}
_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def moment(value: datetime | str | None) -> str:
    """A date and an hour in Paris, as one writes them in French."""
    if value is None:
        return NOTHING
    at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(PARIS)
    # No-break spaces: a date is not cut in two at the end of a line.
    return f"{at.day}\u00a0{_MONTHS[at.month - 1]}\u00a0{at.year}, {at:%H}\u00a0h\u00a0{at:%M}"


def age(value: datetime, now: datetime) -> str:
    """For how long something has waited, in the largest whole unit."""
    minutes = int((now - value).total_seconds() // 60)
    if minutes < 1:
        return "à l’instant"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} jours"


_NEAR_DAYS = {-1: "hier", 0: "aujourd’hui", 1: "demain"}


def near(value: datetime | None, now: datetime) -> str:
    """The same as one says it of a day close by: today, yesterday; the year when it is another one."""
    if value is None:
        return NOTHING
    at, today = value.astimezone(PARIS), now.astimezone(PARIS).date()
    day = _NEAR_DAYS.get((at.date() - today).days, f"{at.day}\u00a0{_MONTHS[at.month - 1]}")
    year = f"\u00a0{at.year}" if at.year != today.year else ""
    return f"{day}{year}, {at:%H}\u00a0h\u00a0{at:%M}"


def due(value: datetime, now: datetime) -> str:
    """By when something is to be begun, as one says it: late, today at an hour, or another day."""
    if value < now:
        return f"en retard de {age(value, now)}" if now - value >= timedelta(minutes=1) else "maintenant"
    at, today = value.astimezone(PARIS), now.astimezone(PARIS).date()
    hour = f"{at:%H}\u00a0h\u00a0{at:%M}"
    if at.date() == today:
        return f"avant {hour}"
    if at.date() == today + timedelta(days=1):
        return f"demain avant {hour}"
    return f"avant le {at.day}\u00a0{_MONTHS[at.month - 1]}, {hour}"


def born(value: date | None, now: datetime) -> str:
    """A birth date with the age that it gives."""
    if value is None:
        return NOTHING
    today = now.astimezone(PARIS).date()
    years = today.year - value.year - ((today.month, today.day) < (value.month, value.day))
    return f"{day(value)} ({years} ans)"


def day(value: date | None) -> str:
    return NOTHING if value is None else f"{value.day} {_MONTHS[value.month - 1]} {value.year}"


def paris_day(at: datetime) -> date:
    return at.astimezone(PARIS).date()


def unreached(one: Any) -> str:
    """Why somebody gets a letter: the reason where it says more than the state."""
    return UNREACHED_REASONS.get(one.reason or "") or UNREACHED_REASONS.get(one.state, one.state)


def working_days(count: int) -> str:
    """How long there is left for an answer."""
    if count == 0:
        return "Aujourd’hui au plus tard"
    return "Encore 1 jour ouvré" if count == 1 else f"Encore {count} jours ouvrés"


def iso_day(value: datetime | None) -> str:
    """For a field of a form that holds a day."""
    return value.astimezone(PARIS).date().isoformat() if value is not None else ""


def iso_hour(value: datetime | None) -> str:
    return f"{value.astimezone(PARIS):%H:%M}" if value is not None else ""


def language(code: str) -> str:
    """The French name of an ISO 639-1 code; the code itself when it is a rare one."""
    return LANGUAGES.get(code, code)


def person(patient: Any) -> str:
    """Somebody's name as one addresses them."""
    if patient is None:
        return "Personne non identifiée"
    civility = {"MME": "Mme", "M": "M."}.get(patient.civility, "")
    return " ".join(part for part in (civility, patient.first_name, patient.last_name) if part)


def telephone(e164: str) -> str:
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return NOTHING
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def mobility(values: list[str]) -> str:
    return ", ".join(MOBILITY.get(value, value) for value in values) or NOTHING


def area(request: Any) -> str:
    """Where a patient wants a physician."""
    wanted: Mapping[str, Any] = request.area or {}
    scope = wanted.get("scope")
    if scope == "commune":
        first = f"{wanted.get('commune')} ({wanted.get('postal_code') or wanted.get('department')})"
        return " ou ".join([first, *(str(place["commune"]) for place in wanted.get("also", ()))])
    if scope == "near_home":
        return f"Près de chez elle ou lui ({request.patient.postal_code})"
    if scope == "department":
        return f"Partout dans le {wanted.get('department')}"
    if scope == "anywhere":
        return "N’importe où"
    return f"Département {request.department}"


def travel(request: Any) -> str:
    parts = []
    if request.max_travel_minutes:
        parts.append(f"{request.max_travel_minutes} minutes au plus")
    if request.max_travel_km:
        parts.append(f"{request.max_travel_km} km au plus")
    return ", ".join(parts) or NOTHING


def preference(wanted: Mapping[str, Any] | None) -> str:
    """What a patient wishes of the physician, in words."""
    wanted = wanted or {}
    genders = {"female": "une femme", "male": "un homme"}
    parts = [
        genders.get(str(wanted.get("physician_gender")), ""),
        f"le docteur {wanted['physician_name']}" if wanted.get("physician_name") else "",
        f"pas le docteur {wanted['excluded_physician']}" if wanted.get("excluded_physician") else "",
        f"langue : {wanted['language']}" if wanted.get("language") else "",
        str(wanted.get("other") or ""),
    ]
    return ", ".join(part for part in parts if part) or "Aucun souhait"


def callback(request: Any, now: datetime) -> str:
    """When somebody wishes to be called."""
    if request.callback_from is None:
        return "À tout moment, aux heures d’appel"
    begins, ends = (at.astimezone(PARIS) for at in (request.callback_from, request.callback_to))
    until = f"{ends:%H}\u00a0h\u00a0{ends:%M}" if ends.date() == begins.date() else near(ends, now)
    return f"{near(begins, now)} à {until}"


def attempt(made: Any) -> str:
    """One attempt in a few words."""
    what = "SMS" if made.channel == "sms" else "Appel"
    if made.direction == "inbound":
        what = "SMS reçu" if made.channel == "sms" else "Appel reçu"
    return f"{what} – {DISPOSITIONS.get(made.disposition, made.disposition)}"


def figure(value: Any) -> str:
    """A figure of a table: masked when it would point at people, in French."""
    if value is None:
        return "masqué"
    if isinstance(value, float):
        return f"{100 * value:.0f} %"
    return str(value)


def _named(table: Mapping[Any, str]) -> Any:
    def label(value: Any) -> str:
        return table.get(value, str(value))

    return label


FILTERS: dict[str, Any] = {
    "role": _named(ROLES),
    "kind": _named(KINDS),
    "kind_tone": _named(KIND_TONES),
    "status": _named(STATUSES),
    "offer_status": _named(OFFER_STATUSES),
    "offer_tone": _named(OFFER_TONES),
    "offer_reason": _named(OFFER_REASONS),
    "volunteer_answer": _named(VOLUNTEER_ANSWERS),
    "unreached": unreached,
    "iso_day": iso_day,
    "iso_hour": iso_hour,
    "working_days": working_days,
    "task": _named(TASKS),
    "task_outcome": _named(TASK_OUTCOMES),
    "status_tone": _named(STATUS_TONES),
    "question": _named(QUESTIONS),
    "outcome": _named(OUTCOMES),
    "identity": _named(IDENTITIES),
    "consent": _named(CONSENTS),
    "consent_state": _named(CONSENT_STATES),
    "contact_state": _named(CONTACT_STATES),
    "campaign_status": _named(CAMPAIGN_STATUSES),
    "campaign_tone": _named(CAMPAIGN_TONES),
    "gate": _named(GATES),
    "alert": _named(ALERTS),
    "disposition": _named(DISPOSITIONS),
    "act": _named(ACTS),
    "moment": moment,
    "age": age,
    "born": born,
    "near": near,
    "due": due,
    "call_result": _named(CALL_RESULTS),
    "result": _named(RESULTS),
    "day": day,
    "person": person,
    "telephone": telephone,
    "mobility": mobility,
    "area": area,
    "travel": travel,
    "preference": preference,
    "callback": callback,
    "attempt": attempt,
    "figure": figure,
}
