"""The published rates: their names, formulas, numerators and denominators, in one place (DOMAIN §6, rule 15).

Dispositions carry flags, and AAPOR's Standard Definitions (10th edition) name the rates. They are made for cases, each
a person with one final disposition. Tables of calls apply the formulas to calls, of which a person gets several, and
the names say so. Tables of people apply them to persons: those who were not tried yet are in the denominators.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from typing import Any
from uuid import UUID

from outreach.domain.rates_masking import SMALLEST_CELL, Cell, Line, hidden_cells
from outreach.domain.rates_publication import Columns
from outreach.domain.words import Outcome

__all__ = ["SMALLEST_CELL", "Cell", "Line", "hidden_cells"]

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

COHORT_PARTS = (("eligible", ("no_phone", "with_telephone")),)
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


def wilson(successes: int, trials: int, z: float = 1.959963985) -> tuple[float, float]:
    """Wilson's interval of a proportion, at 95 % unless told otherwise. ValueError without a trial."""
    if trials <= 0:
        raise ValueError("no interval without a trial")
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a table: counts of rows, and the number of people of whom each count speaks."""

    label: str
    counts: dict[str, int]
    people: dict[str, int]


@dataclass(frozen=True, slots=True)
class RatesTable:
    """A breakdown with its definitions; the last row is the total. `intervals`: the rates given with one, at 95 %."""

    by: str
    columns: tuple[str, ...]
    definitions: tuple[RateDefinition, ...]
    labels: list[str]
    counts: list[dict[str, int | None]]
    intervals: tuple[str, ...] = field(default=())

    def rate(self, counts: dict[str, int | None], rate: RateDefinition) -> float | None:
        numerator, denominator = counts[rate.numerator], counts[rate.denominator]
        if numerator is None or not denominator:
            return None
        return round(numerator / denominator, 4)

    def interval(self, counts: dict[str, int | None], rate: RateDefinition) -> tuple[float, float] | None:
        """Where a rate lies at 95 % (Wilson), None where it is masked or has no denominator."""
        numerator, denominator = counts[rate.numerator], counts[rate.denominator]
        if numerator is None or not denominator:
            return None
        low, high = wilson(numerator, denominator)
        return round(low, 4), round(high, 4)

    def document(self) -> dict[str, Any]:
        """The table as JSON: each rate with its name, formula, numerator and denominator."""
        return {
            "by": self.by,
            "masked_below": SMALLEST_CELL,
            "definitions": [
                {
                    "key": rate.key,
                    "name": rate.name,
                    "formula": rate.formula,
                    "numerator": rate.numerator,
                    "denominator": rate.denominator,
                    "unit": rate.unit,
                }
                for rate in self.definitions
            ],
            "groups": [
                {
                    "group": label,
                    "counts": counts,
                    "rates": {rate.key: self._published(counts, rate) for rate in self.definitions},
                }
                for label, counts in zip(self.labels, self.counts, strict=True)
            ],
        }

    def _published(self, counts: dict[str, int | None], rate: RateDefinition) -> dict[str, Any]:
        published: dict[str, Any] = {
            "value": self.rate(counts, rate),
            "numerator": counts[rate.numerator],
            "denominator": counts[rate.denominator],
        }
        if rate.key in self.intervals:
            published["interval"] = self.interval(counts, rate)
        return published

    def rows(self) -> list[list[str | int | float | None]]:
        """The table as rows, the header first; a masked cell is None."""
        bounded = [rate for rate in self.definitions if rate.key in self.intervals]
        header: list[str | int | float | None] = [
            self.by,
            *self.columns,
            *(rate.key for rate in self.definitions),
            *(f"{rate.key}_{end}" for rate in bounded for end in ("low", "high")),
        ]
        lines: list[list[str | int | float | None]] = [
            [
                label,
                *(counts[c] for c in self.columns),
                *(self.rate(counts, rate) for rate in self.definitions),
                *(end for rate in bounded for end in self.interval(counts, rate) or (None, None)),
            ]
            for label, counts in zip(self.labels, self.counts, strict=True)
        ]
        return [header, *lines]


def table(
    by: str,
    groups: Sequence[Group],
    total: Group,
    columns: tuple[str, ...] = COLUMNS,
    definitions: tuple[RateDefinition, ...] = RATES,
    parts: Sequence[tuple[str, Sequence[str]]] = (),
    intervals: tuple[str, ...] = (),
) -> RatesTable:
    """A table that is published alone, from unmasked groups. `parts` names the columns that are the sum of others."""
    last = len(groups)
    sums: list[Line[tuple[int, str]]] = [((last, c), [(i, c) for i in range(last)]) for c in columns]
    sums += [((i, whole), [(i, part) for part in of]) for i in range(last + 1) for whole, of in parts]
    hidden = hidden_cells({(i, c): line.people[c] for i, line in enumerate([*groups, total]) for c in columns}, sums)
    return masked_table(by, groups, total, hidden, columns, definitions, intervals)


def masked_table(
    by: str,
    groups: Sequence[Group],
    total: Group,
    hidden: Collection[tuple[int, str]],
    columns: tuple[str, ...] = COLUMNS,
    definitions: tuple[RateDefinition, ...] = RATES,
    intervals: tuple[str, ...] = (),
) -> RatesTable:
    """A table without its hidden cells, which are told by the number of their row: the total's is the last."""
    lines = [*groups, total]
    shown = [{c: None if (i, c) in hidden else line.counts[c] for c in columns} for i, line in enumerate(lines)]
    return RatesTable(by, columns, definitions, [line.label for line in lines], shown, intervals)
