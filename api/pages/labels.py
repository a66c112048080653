"""The field's words, in French, for the pages."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from api.pages.act_words import ACTS

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
_WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")


def in_year(value: date) -> str:
    """« 24 nov. », « 1er déc. ». A no-break space: a date is not cut in two at the end of a line."""
    return f"{'1er' if value.day == 1 else value.day}\u00a0{_MONTHS[value.month - 1]}"


def moment(value: datetime | str | None) -> str:
    """A date and an hour in Paris, as one writes them in French."""
    if value is None:
        return NOTHING
    at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(PARIS)
    return f"{in_year(at)}\u00a0{at.year}, {at:%H}\u00a0h\u00a0{at:%M}"


def long_day(day: date) -> str:
    """« mardi 24 novembre »."""
    return f"{_WEEKDAYS[day.weekday()]} {in_year(day)}"


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
    day = _NEAR_DAYS.get((at.date() - today).days, in_year(at))
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
    return f"avant le {in_year(at)}, {hour}"


def born(value: date | None, now: datetime) -> str:
    """A birth date with the age that it gives."""
    if value is None:
        return NOTHING
    today = now.astimezone(PARIS).date()
    years = today.year - value.year - ((today.month, today.day) < (value.month, value.day))
    return f"{day(value)} ({years} ans)"


def day(value: date | None) -> str:
    return NOTHING if value is None else f"{in_year(value)}\u00a0{value.year}"


def paris_day(at: datetime) -> date:
    return at.astimezone(PARIS).date()


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


def named(table: Mapping[Any, str]) -> Any:
    """The filter that says what a table says, and what it doesn't know as it is."""

    def label(value: Any) -> str:
        return table.get(value, str(value))

    return label


FILTERS: dict[str, Any] = {
    "role": named(ROLES),
    "kind": named(KINDS),
    "kind_tone": named(KIND_TONES),
    "status": named(STATUSES),
    "iso_day": iso_day,
    "iso_hour": iso_hour,
    "status_tone": named(STATUS_TONES),
    "question": named(QUESTIONS),
    "outcome": named(OUTCOMES),
    "identity": named(IDENTITIES),
    "consent": named(CONSENTS),
    "consent_state": named(CONSENT_STATES),
    "contact_state": named(CONTACT_STATES),
    "disposition": named(DISPOSITIONS),
    "act": named(ACTS),
    "moment": moment,
    "age": age,
    "born": born,
    "near": near,
    "due": due,
    "call_result": named(CALL_RESULTS),
    "result": named(RESULTS),
    "day": day,
    "person": person,
    "telephone": telephone,
    "mobility": mobility,
    "area": area,
    "travel": travel,
    "preference": preference,
    "callback": callback,
    "attempt": attempt,
}
