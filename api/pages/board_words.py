"""What is said of campaigns and their figures, in French."""

from datetime import date
from typing import Any

from api.pages.labels import OUTCOMES, QUESTIONS, day, named
from outreach.domain.department_names import NAMES
from outreach.domain.progress import PACE_DAYS, Progress
from outreach.domain.rates import RateDefinition
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.services.breaker import LastCalls

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
    "wording_harms": "une formulation fait raccrocher",
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
GATES_ADVICE = {
    "campaign_not_running": "Reprendre la campagne les remet en route.",
    "suppressed": "Rien à faire : la personne ne veut plus être contactée.",
    "outside_hours": "Rien à faire : l’appel attend l’heure permise.",
    "holiday": "Rien à faire : l’appel attend le prochain jour ouvré.",
    "cap_30_days": "Rien à faire : l’appel attend que trente jours soient passés.",
    "cap_per_day": "Rien à faire : un appel par jour au plus.",
    "spacing": "Rien à faire : deux appels sont espacés.",
    "not_yet": "Rien à faire : le meilleur moment est choisi.",
    "announcement_pending": "Part tout seul la veille ; vérifier l’expéditeur de SMS si cela dure.",
    "no_number": "Un courrier : voir Listes, chez les conseillers.",
    "advisers_full": "Ouvrir des comptes de conseiller, ou clore des demandes.",
    "volunteers_full": "Trouver des volontaires : voir Listes, chez les conseillers.",
    "already_attempting": "Rien à faire : un autre appel est en cours.",
    "unknown_territory": "Corriger le code postal et importer de nouveau.",
    "not_evaluated": "Voir le journal de relais dialer : une vérification échoue.",
}
BREAKDOWNS = {
    "attempt": "par tentative",
    "day": "par jour",
    "hour": "par demi-heure",
    "weekday": "par jour de la semaine",
    "moment": "par jour et demi-heure",
    "channel": "par canal",
    "number_kind": "par sorte de numéro",
    "department": "par département",
    "age": "par âge",
    "ehpad": "en EHPAD ou non",
    "caller": "par numéro appelant",
    "campaign": "par campagne",
    "question": "par question",
}
FIRST_COLUMNS = {
    "attempt": "Tentative",
    "day": "Jour",
    "hour": "Demi-heure",
    "weekday": "Jour de la semaine",
    "moment": "Moment",
    "channel": "Canal",
    "number_kind": "Sorte de numéro",
    "department": "Département",
    "age": "Âge",
    "ehpad": "EHPAD",
    "caller": "Numéro appelant",
    "campaign": "Campagne",
    "question": "Question",
}
COLUMNS = {
    "placed": "placés",
    "rang": "ont sonné",
    "human_answered": "décrochés",
    "right_party": "bonne personne",
    "accepted": "acceptent",
    "refused": "refusent",
    "heard": "entendue",
    "answered": "répondue",
    "left": "interrompue là",
    "eligible": "éligibles",
    "no_phone": "sans téléphone",
    "with_telephone": "avec un téléphone",
    "attempted": "appelées",
    "contacted": "quelqu’un a répondu",
    "reached": "jointes en personne",
    "verified": "identité vérifiée",
    "consented": "acceptent l’aide",
    "handed_over": "transmises",
    "offered": "proposées à un médecin",
    "matched": "médecin trouvé",
    "declared": "médecin déclaré",
}
COLUMN_MEANINGS = {
    "placed": "appels remis à l’opérateur",
    "rang": "appels dont le téléphone a sonné",
    "human_answered": "appels décrochés par quelqu’un, répondeurs exclus",
    "right_party": "appels où la personne cherchée est au bout du fil",
    "accepted": "appels dont la conversation se termine par un accord",
    "refused": "appels dont la conversation se termine par un refus ou une opposition",
    "heard": "conversations où la question a été posée",
    "answered": "conversations qui continuent après la question",
    "left": "conversations interrompues à cette question",
}
WEEKDAYS = {
    "mon": "lundi",
    "tue": "mardi",
    "wed": "mercredi",
    "thu": "jeudi",
    "fri": "vendredi",
    "sat": "samedi",
    "sun": "dimanche",
}
DELAYS = {
    "in_time": "dans le délai",
    "a_day_late": "un jour de retard au plus",
    "later": "plus d’un jour de retard",
    "waiting": "en attente, dans le délai",
    "overdue": "en attente, délai dépassé",
    "untouched": "closes avant tout geste",
}
_LABELS: dict[str, dict[str, str]] = {
    "channel": {"voice": "téléphone", "sms": "SMS"},
    "number_kind": {"mobile": "mobile", "landline": "fixe"},
    "ehpad": {"yes": "en EHPAD", "no": "hors EHPAD"},
    "age": {
        "under_50": "moins de 50 ans",
        "50_to_64": "50 à 64 ans",
        "65_to_79": "65 à 79 ans",
        "80_and_over": "80 ans et plus",
    },
    "weekday": WEEKDAYS,
    "question": QUESTIONS,
}
MASKED = "masqué"
NOTHING = "–"
WHY_MASKED = f"Une case qui parle de moins de {SMALLEST_CELL} personnes est masquée, et celles qui la feraient deviner."


def number(value: int) -> str:
    """A whole number in French, its thousands apart, never cut at the end of a line."""
    return f"{value:,}".replace(",", "\u202f")


def share(value: float, decimals: int = 1) -> str:
    """A share of 1 as a percentage, in French."""
    return f"{100 * value:.{decimals}f}\u202f%".replace(".", ",")


def decimal(value: float) -> str:
    return f"{value:.1f}".replace(".", ",")


def figure(value: Any) -> str:
    """A figure of a table, in French: a count, a share of 1, a day; None is masked, for it would point at people."""
    if value is None:
        return MASKED
    if isinstance(value, float):
        return share(value)
    if isinstance(value, int):
        return number(value)
    if isinstance(value, date):
        return day(value)
    return str(value)


def department(code: str) -> str:
    """A department as one reads it: its code, then its name."""
    return f"{code} {NAMES[code]}" if code in NAMES else code


def group_label(by: str, label: str) -> str:
    """A row of a breakdown, as one reads it."""
    if label == "total":
        return "Ensemble"
    if label == "unknown":
        return "inconnu"
    if by == "attempt":
        return f"{int(label)}ᵉ tentative" if label != "01" else "1ʳᵉ tentative"
    if by == "department":
        return department(label)
    if by == "day":
        return day(date.fromisoformat(label))
    if by == "hour":
        return label.replace(":", "\u00a0h\u00a0")
    if by == "moment":
        weekday, time = label.split(" ")
        return f"{WEEKDAYS[weekday]} {time.replace(':', chr(0xA0) + 'h' + chr(0xA0))}"
    return _LABELS.get(by, {}).get(label, label)


def ending(question: str) -> str:
    """Where a conversation ended: the last question asked."""
    return "ouverture" if question == "opening" else QUESTIONS.get(question, question)


def outcome(value: str) -> str:
    return OUTCOMES.get(value, value) or value


def progress(far: Progress) -> str:
    """How far a campaign is, and when it ends, in sentences."""
    if far.to_call == 0:
        return "Toutes les personnes qui ont un téléphone ont été appelées au moins une fois."
    called = f"{number(far.called)} personnes appelées au moins une fois"
    said = [f"{called}, {share(far.share)} de celles qui ont un téléphone ; il en reste {number(far.to_call)}."]
    if far.ends_on is not None and far.people_a_day is not None:
        said.append(
            f"Au rythme des {PACE_DAYS} derniers jours d’appels, environ {number(round(far.people_a_day))} nouvelles "
            f"personnes par jour, toutes l’auront été vers le {day(far.ends_on)}."
        )
    if far.target_on is not None:
        said.append(f"Date visée : {day(far.target_on)}{_against_the_target(far.working_days_late)}.")
    return " ".join(said)


def _against_the_target(late: int | None) -> str:
    if late is None:
        return ""
    if late > 0:
        return f", soit {late} jour{'s' if late > 1 else ''} ouvré{'s' if late > 1 else ''} de retard"
    if late < 0:
        return f", soit {-late} jour{'s' if late < -1 else ''} ouvré{'s' if late < -1 else ''} d’avance"
    return ", tenue"


def failures(last: LastCalls) -> list[tuple[str, str, str]]:
    """What went wrong with the last calls: what, how many, and among which."""
    ended, answered = figure(last.ended), figure(last.answered)
    return [
        ("Échecs chez l’opérateur", figure(last.carrier_failed), f"parmi {ended} appels finis"),
        ("Raccrochés en cinq secondes", figure(last.hung_up_early), f"parmi {answered} appels décrochés"),
        ("Agent qui ne répond pas", figure(last.agent_away), f"parmi {answered} appels décrochés"),
    ]


def sentence(text: str) -> str:
    """As a sentence begins; what is in capitals stays so."""
    return text[:1].upper() + text[1:]


def rate_name(definition: RateDefinition) -> str:
    """A rate as a page names it, with AAPOR's name where there is one."""
    return definition.name_fr or definition.name


def rate_formula(definition: RateDefinition) -> str:
    return definition.formula_fr or definition.formula


FILTERS: dict[str, Any] = {
    "campaign_status": named(CAMPAIGN_STATUSES),
    "campaign_tone": named(CAMPAIGN_TONES),
    "gate": named(GATES),
    "gate_advice": lambda gate: GATES_ADVICE.get(str(gate), ""),
    "alert": named(ALERTS),
    "figure": figure,
    "sentence": sentence,
    "department": department,
    "rate_name": rate_name,
    "rate_formula": rate_formula,
}
