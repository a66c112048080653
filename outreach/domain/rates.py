"""The published rates: their names, formulas, numerators and denominators, in one place (DOMAIN §6).

Dispositions carry flags, and AAPOR's Standard Definitions (10th edition) name the rates. They are made for cases, each
a person with one final disposition. Tables of calls apply the formulas to calls, of which a person gets several, and
the names say so. Tables of people apply them to persons: those who were not tried yet are in the denominators.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from outreach.domain.rates_masking import Columns
from outreach.domain.words import Outcome

EVERYWHERE = UUID(int=0)
"""Stands for all campaigns together."""

UNKNOWN = "unknown"
"""The label of those of whom it isn't known, the erased above all."""

REFUSALS = frozenset({Outcome.REFUSED, Outcome.OPTED_OUT})


class By(StrEnum):
    """What rates are published by."""

    ATTEMPT = "attempt"
    HOUR = "hour"
    WEEKDAY = "weekday"
    MOMENT = "moment"
    DAY = "day"
    CHANNEL = "channel"
    NUMBER_KIND = "number_kind"
    DEPARTMENT = "department"
    AGE = "age"
    EHPAD = "ehpad"
    CALLER = "caller"
    QUESTION = "question"
    CAMPAIGN = "campaign"


class Breakdown(StrEnum):
    """By what a figure is kept. Of calls, then of people, then of conversations and requests."""

    TOTAL = "total"
    ATTEMPT = "attempt"
    HOUR = "hour"
    WEEKDAY = "weekday"
    MOMENT = "moment"
    DAY = "day"
    NUMBER_KIND = "number_kind"
    DEPARTMENT = "department"
    AGE = "age"
    EHPAD = "ehpad"
    CALLER = "caller"
    CHANNEL = "channel"
    """With what people began themselves, and SMS exchanges."""
    EXCHANGES = "exchanges"
    """The total of the channels."""

    COHORT = "cohort"
    COHORT_DEPARTMENT = "cohort_department"
    COHORT_AGE = "cohort_age"
    COHORT_EHPAD = "cohort_ehpad"
    STATE = "state"
    HELD = "held"
    HELD_DEPARTMENT = "held_department"
    WAITING = "waiting"

    QUESTION = "question"
    QUESTIONS = "questions"
    """The total of the questions."""
    ENDING = "ending"
    HANDOVER = "handover"
    OPENED = "opened"
    CLOSED = "closed"
    OPEN = "open"


COHORT_BREAKDOWNS = (
    Breakdown.COHORT,
    Breakdown.COHORT_DEPARTMENT,
    Breakdown.COHORT_AGE,
    Breakdown.COHORT_EHPAD,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Delay(StrEnum):
    """When somebody first acted on a request, against when it was due (`domain/service_levels.py`)."""

    IN_TIME = "in_time"
    A_DAY_LATE = "a_day_late"
    """At most."""
    LATER = "later"
    WAITING = "waiting"
    OVERDUE = "overdue"
    UNTOUCHED = "untouched"
    """Over before anybody acted: withdrawn, most often."""


@dataclass(frozen=True, slots=True)
class RateDefinition:
    """One rate: the columns of which it is made, and how it is published, in English and in French."""

    key: str
    name: str
    formula: str
    numerator: str
    denominator: str
    name_fr: str = ""
    formula_fr: str = ""
    unit: str = "call"


RATES: tuple[RateDefinition, ...] = (
    RateDefinition(
        "contact_rate",
        "AAPOR contact rate (CON1), by call",
        "human answered / placed",
        "human_answered",
        "placed",
        "Taux de contact (AAPOR CON1), par appel",
        "appels décrochés par quelqu’un ÷ appels placés",
    ),
    RateDefinition(
        "cooperation_rate",
        "AAPOR cooperation rate (COOP1), by call",
        "accepted / right party",
        "accepted",
        "right_party",
        "Taux de coopération (AAPOR COOP1), par appel",
        "appels où la personne accepte ÷ appels où la bonne personne est au bout du fil",
    ),
    RateDefinition(
        "refusal_rate",
        "AAPOR refusal rate (REF1), by call",
        "refused / placed",
        "refused",
        "placed",
        "Taux de refus (AAPOR REF1), par appel",
        "appels où la personne refuse ou s’oppose ÷ appels placés",
    ),
)
COLUMNS = ("placed", "rang", "human_answered", "right_party", "accepted", "refused")
NESTED = Columns(
    {
        "placed": None,
        "rang": "placed",
        "human_answered": "rang",
        "right_party": "human_answered",
        "accepted": "right_party",
        "refused": "right_party",
    },
    apart=("accepted", "refused"),
    use=("placed", "human_answered", "right_party", "accepted", "refused", "rang"),
)

QUESTION_RATES: tuple[RateDefinition, ...] = (
    RateDefinition(
        "answer_rate",
        "answered / heard",
        "answered / heard",
        "answered",
        "heard",
        "Taux de réponse",
        "conversations qui vont au-delà de la question ÷ conversations où elle a été entendue",
        "conversation",
    ),
    RateDefinition(
        "left_rate",
        "left there / heard",
        "left there / heard",
        "left",
        "heard",
        "Taux d’interruption",
        "conversations qui s’arrêtent là ÷ conversations où elle a été entendue",
        "conversation",
    ),
)
QUESTION_COLUMNS = ("heard", "answered", "left")
QUESTION_PARTS = (("heard", ("answered", "left")),)
QUESTIONS_NESTED = Columns({"heard": None, "answered": "heard"}, rests={"left": ("heard", "answered")})

STEPS = (
    "eligible",
    "no_phone",
    "with_telephone",
    "attempted",
    "rang",
    "contacted",
    "reached",
    "verified",
    "consented",
    "accepted",
    "refused",
    "handed_over",
    "offered",
    "matched",
    "declared",
)
"""Where an eligible person has been. `contacted`: somebody answered; `reached`: the person; `accepted` and `refused`: a
conversation ended so, where a later one may have ended otherwise."""

COHORT_NESTED = Columns(
    {
        "eligible": None,
        "with_telephone": "eligible",
        "attempted": "with_telephone",
        "rang": "attempted",
        "contacted": "rang",
        "reached": "contacted",
        "verified": "reached",
        "accepted": "reached",
        "refused": "reached",
        "consented": "verified",
        "handed_over": "consented",
        "offered": "handed_over",
        "matched": "offered",
        "declared": "matched",
    },
    rests={"no_phone": ("eligible", "with_telephone")},
    use=(
        "eligible",
        "reached",
        "consented",
        "attempted",
        "accepted",
        "refused",
        "declared",
        "matched",
        "verified",
        "contacted",
        "handed_over",
        "offered",
        "rang",
        "with_telephone",
    ),
)


def _of_people(key: str, name: str, parts: tuple[str, str], name_fr: str, formula_fr: str) -> RateDefinition:
    formula = " / ".join(part.replace("_", " ") for part in parts)
    return RateDefinition(key, name, formula, *parts, name_fr, formula_fr, "person")


COHORT_RATES: tuple[RateDefinition, ...] = (
    _of_people(
        "response_rate",
        "AAPOR response rate (RR1), by person",
        ("accepted", "eligible"),
        "Taux de réponse (AAPOR RR1), par personne",
        "personnes qui acceptent ÷ personnes éligibles",
    ),
    _of_people(
        "contact_rate",
        "AAPOR contact rate (CON1), by person",
        ("contacted", "eligible"),
        "Taux de contact (AAPOR CON1), par personne",
        "personnes chez qui quelqu’un a répondu ÷ personnes éligibles",
    ),
    _of_people(
        "cooperation_rate",
        "AAPOR cooperation rate (COOP1), by person",
        ("accepted", "reached"),
        "Taux de coopération (AAPOR COOP1), par personne",
        "personnes qui acceptent ÷ personnes jointes",
    ),
    _of_people(
        "refusal_rate",
        "AAPOR refusal rate (REF1), by person",
        ("refused", "eligible"),
        "Taux de refus (AAPOR REF1), par personne",
        "personnes qui refusent ou s’opposent ÷ personnes éligibles",
    ),
    _of_people(
        "telephone_rate",
        "with a telephone",
        ("with_telephone", "eligible"),
        "Ont un téléphone",
        "personnes avec un téléphone ÷ personnes éligibles",
    ),
    _of_people(
        "attempted_rate",
        "attempted",
        ("attempted", "with_telephone"),
        "Appelées",
        "personnes appelées ÷ personnes avec un téléphone",
    ),
    _of_people(
        "rang_rate",
        "rang",
        ("rang", "attempted"),
        "Dont le téléphone a sonné",
        "personnes dont le téléphone a sonné ÷ personnes appelées",
    ),
    _of_people(
        "reached_rate",
        "reached",
        ("reached", "eligible"),
        "Jointes en personne",
        "personnes jointes ÷ personnes éligibles",
    ),
    _of_people(
        "verified_rate",
        "verified",
        ("verified", "reached"),
        "Identité vérifiée",
        "personnes dont l’identité est vérifiée ÷ personnes jointes",
    ),
    _of_people(
        "consented_rate",
        "consented",
        ("consented", "verified"),
        "Ont accepté l’aide",
        "personnes qui acceptent l’aide ÷ personnes dont l’identité est vérifiée",
    ),
    _of_people(
        "handed_over_rate",
        "handed over",
        ("handed_over", "consented"),
        "Transmises aux conseillers",
        "personnes transmises aux conseillers ÷ personnes qui acceptent l’aide",
    ),
    _of_people(
        "offered_rate",
        "offered",
        ("offered", "handed_over"),
        "Proposées à un médecin",
        "personnes proposées à un médecin ÷ personnes transmises aux conseillers",
    ),
    _of_people(
        "matched_rate",
        "matched",
        ("matched", "offered"),
        "Médecin trouvé",
        "personnes qu’un médecin accepte ÷ personnes proposées à un médecin",
    ),
    _of_people(
        "declared_rate",
        "declared",
        ("declared", "matched"),
        "Médecin déclaré",
        "personnes dont le médecin est déclaré ÷ personnes qu’un médecin accepte",
    ),
)
