"""The reviews' figures in French: their names, their definitions with formulas, how they are written."""

from datetime import date
from typing import Any

from api.pages.labels import MOBILITY, NOTHING
from outreach.database.models import ReviewDay
from outreach.domain.department_names import NAMES
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.reviews import BANDS, BY_AGE, NEEDS, PhysicianRate, Quarter, Situation

MASKED = "masqué"
AGES = BY_AGE
NO_BREAK = "\u00a0"
NARROW = "\u202f"
MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
KINDS = {"cpts": "CPTS", "department_group": "Groupements de départements"}

COLUMNS: dict[str, str] = {
    "enrolled": "Inscrites",
    "eligible": "Éligibles",
    "ineligible": "Hors appels",
    "ehpad": "En EHPAD",
    "attempted": "Appelées",
    "reached": "Jointes",
    "consented": "Acceptent",
    "matched": "Médecin trouvé",
    Situation.DECLARED: "Médecin déclaré",
    Situation.HAS_ONE: "En ont un par ailleurs",
    Situation.WITHOUT: "Toujours sans",
    Situation.GONE: "Sorties",
    "volunteers": "Volontaires",
    "capacity": "Places offertes",
    "held": "Retenues",
    "taken": "Prises",
    "free": "Libres",
    "wanted": "Demandes en attente",
    "missing": "Places qui manquent",
    "stopping": "Arrêts sans successeur",
    "members": "Membres",
}
STEPS = ("eligible", "attempted", "reached", "consented", "matched", "declared")
PLACES = ("volunteers", "capacity", "held", "taken", "free", "wanted", "missing")
SITUATIONS = tuple(Situation)
BAND_NAMES = {
    "under_50": "moins de 50 ans", "50_to_64": "50 à 64 ans", "65_to_79": "65 à 79 ans",
    "80_and_over": "80 ans et plus", "unknown": "âge inconnu",
}  # fmt: skip
BAND_LIST = tuple((band, BAND_NAMES[band]) for band in BANDS)
NEED_LIST = tuple((need, MOBILITY[need]) for need in NEEDS)

DEFINITIONS: tuple[tuple[str, str], ...] = (
    (
        "Inscrites",
        "personnes sans médecin traitant que les caisses ont inscrites dans une campagne, chacune comptée une fois",
    ),
    (
        "Éligibles",
        (
            "inscrites que l’assistant peut appeler ; les autres (EHPAD, protection juridique, opposition, moins de 16 "
            "ans) sont « hors appels »"
        ),
    ),
    (
        "Appelées",
        "éligibles à qui un appel au moins a été passé",
    ),
    (
        "Jointes",
        "éligibles à qui l’on a parlé en personne, dans un sens ou dans l’autre",
    ),
    (
        "Acceptent",
        "éligibles qui ont accepté l’aide à la recherche d’un médecin (accord A)",
    ),
    (
        "Médecin trouvé",
        "éligibles pour qui un médecin a accepté la proposition",
    ),
    (
        "Médecin déclaré",
        "inscrites dont le médecin traitant trouvé par Relais est déclaré, d’après les dernières nouvelles",
    ),
    (
        "En ont un par ailleurs",
        "inscrites qui avaient déjà un médecin traitant, ou en ont trouvé un autrement",
    ),
    (
        "Toujours sans",
        "inscrites dont on ne sait pas qu’elles en ont un",
    ),
    (
        "Sorties",
        "inscrites décédées, ou effacées avant qu’on en sache plus : elles ne comptent dans aucun taux",
    ),
    (
        "Places",
        (
            "offertes par les volontaires en exercice ; retenues par une proposition en cours ; prises par un accord ; "
            "libres = offertes − retenues − prises"
        ),
    ),
    (
        "Demandes en attente",
        "recherches d’un médecin qui ne sont pas encore proposées, au lieu demandé, sinon au domicile",
    ),
    (
        "Places qui manquent",
        "demandes en attente − places libres, quand il en manque",
    ),
    (
        "Arrêts sans successeur",
        "médecins dont l’arrêt dans les douze mois est annoncé, sans successeur connu",
    ),
)
FORMULAS: tuple[tuple[str, str], ...] = (
    (
        "Taux avec médecin traitant",
        "(médecin déclaré + en ont un par ailleurs) ÷ (médecin déclaré + en ont un par ailleurs + toujours sans)",
    ),
    (
        "Taux sans médecin traitant",
        "toujours sans ÷ (médecin déclaré + en ont un par ailleurs + toujours sans)",
    ),
)
MASKING = (
    "Une case de 1 à 10 personnes est masquée, et avec elle ce qui permettrait de la retrouver par soustraction : "
    "entre les départements et le total national, entre les territoires et leur département, entre les parts d’un "
    "même ensemble. Le choix est fait une fois, avec le comptage, pour toutes les pages et tous les documents. Les "
    "nombres de médecins et les places qu’ils offrent ne sont pas masqués : ce ne sont pas des personnes malades."
)
COHORT = (
    "Une cohorte est l’ensemble des personnes d’une campagne qui n’avaient pas de médecin traitant au soir de la date "
    "de référence. Cet ensemble ne change plus : les personnes inscrites plus tard n’entrent pas dans son taux."
)


def department(code: str) -> str:
    return f"{NAMES[code]} ({code})" if code in NAMES else code


def kind(value: str) -> str:
    return KINDS.get(value, value.replace("_", " ").capitalize())


def number(value: int | None) -> str:
    """As one writes a number in French; what is masked says so."""
    return MASKED if value is None else f"{value:,}".replace(",", NARROW)


def percent(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.1f}{NO_BREAK}%".replace(".", ",")


def gain(now: int | None, before: int | None) -> str:
    """By how many more than at the end of the quarter before; nothing when it can't be told or is a small figure."""
    if now is None or before is None or abs(now - before) < SMALLEST_CELL:
        return ""
    way = "plus" if now > before else "moins"
    return f"C’est {number(abs(now - before))} de {way} qu’à la fin du trimestre précédent."


def rate_with(value: PhysicianRate) -> str:
    return MASKED if value.present is None else percent(value.with_one)


def rate_without(value: PhysicianRate) -> str:
    return MASKED if value.present is None else percent(value.without)


def long_day(value: date) -> str:
    first = "1er" if value.day == 1 else str(value.day)
    return f"{first}{NO_BREAK}{MONTHS[value.month - 1]}{NO_BREAK}{value.year}"


def as_of(day: ReviewDay) -> str:
    """When the figures were taken."""
    return f"au soir du {long_day(day.day)}" if day.is_over else f"en cours de journée, le {long_day(day.day)}"


def month(value: date) -> str:
    return f"{MONTHS[value.month - 1]}{NO_BREAK}{value.year}"


def quarter(value: Quarter) -> str:
    return f"{value.number}{'er' if value.number == 1 else 'e'}{NO_BREAK}trimestre{NO_BREAK}{value.year}"


FILTERS: dict[str, Any] = {
    "department_name": department,
    "territory_kind": kind,
    "people": number,
    "percent": percent,
    "rate_with": rate_with,
    "rate_without": rate_without,
    "long_day": long_day,
    "as_of": as_of,
    "month": month,
    "quarter": quarter,
}
