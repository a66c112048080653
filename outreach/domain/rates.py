"""The published rates: their names, formulas, denominators, and the masking of small cells (DOMAIN §6, rule 15)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

SMALLEST_CELL = 11


@dataclass(frozen=True, slots=True)
class RateDefinition:
    """One rate: the columns of which it is made, and how it is published."""

    key: str
    name: str
    formula: str
    numerator: str
    denominator: str


RATES: tuple[RateDefinition, ...] = (
    RateDefinition("contact_rate", "AAPOR contact rate (CON1)", "human answered / placed", "human_answered", "placed"),
    RateDefinition(
        "cooperation_rate", "AAPOR cooperation rate (COOP1)", "accepted / right party", "accepted", "right_party"
    ),
    RateDefinition("refusal_rate", "AAPOR refusal rate (REF1)", "refused / placed", "refused", "placed"),
)
COLUMNS = ("placed", "rang", "human_answered", "right_party", "accepted", "refused")

QUESTION_RATES: tuple[RateDefinition, ...] = (
    RateDefinition("answer_rate", "answered / heard", "answered / heard", "answered", "heard"),
    RateDefinition("left_rate", "left there / heard", "left there / heard", "left", "heard"),
)
QUESTION_COLUMNS = ("heard", "answered", "left")


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a table: counts of attempts, and the number of people of whom each count speaks."""

    label: str
    counts: dict[str, int]
    people: dict[str, int]


def masked_counts(groups: Sequence[Group], columns: Sequence[str]) -> list[dict[str, int | None]]:
    """The counts fit to be shown: those of 1 to 10 people become None.

    Where that hides a single cell of a column, the smallest other one goes too: else the total would tell it.
    """
    shown: list[dict[str, int | None]] = [dict(group.counts) for group in groups]
    for column in columns:
        hidden = [i for i, group in enumerate(groups) if 0 < group.people[column] < SMALLEST_CELL]
        if len(hidden) == 1:
            others = [i for i, group in enumerate(groups) if i not in hidden and group.people[column] > 0]
            hidden += [min(others, key=lambda i: groups[i].people[column])] if others else []
        for i in hidden:
            shown[i][column] = None
    return shown


def total_of(groups: Sequence[Group], columns: Sequence[str], people: dict[str, int]) -> dict[str, int | None]:
    """The line of totals; hidden itself when it speaks of 1 to 10 people."""
    return {
        column: None if 0 < people[column] < SMALLEST_CELL else sum(group.counts[column] for group in groups)
        for column in columns
    }


@dataclass(frozen=True, slots=True)
class RatesTable:
    """A breakdown with its definitions; the last row is the total."""

    by: str
    columns: tuple[str, ...]
    definitions: tuple[RateDefinition, ...]
    labels: list[str]
    counts: list[dict[str, int | None]]

    def _rate(self, counts: dict[str, int | None], rate: RateDefinition) -> float | None:
        numerator, denominator = counts[rate.numerator], counts[rate.denominator]
        if numerator is None or not denominator:
            return None
        return round(numerator / denominator, 4)

    def document(self) -> dict[str, Any]:
        """The table as JSON: each rate with its name, formula, numerator and denominator."""
        return {
            "by": self.by,
            "masked_below": SMALLEST_CELL,
            "definitions": [{"key": rate.key, "name": rate.name, "formula": rate.formula} for rate in self.definitions],
            "groups": [
                {
                    "group": label,
                    "counts": counts,
                    "rates": {
                        rate.key: {
                            "value": self._rate(counts, rate),
                            "numerator": counts[rate.numerator],
                            "denominator": counts[rate.denominator],
                        }
                        for rate in self.definitions
                    },
                }
                for label, counts in zip(self.labels, self.counts, strict=True)
            ],
        }

    def rows(self) -> list[list[str | int | float | None]]:
        """The table as rows, the header first; a masked cell is None."""
        header: list[str | int | float | None] = [self.by, *self.columns, *(rate.key for rate in self.definitions)]
        lines: list[list[str | int | float | None]] = [
            [label, *(counts[c] for c in self.columns), *(self._rate(counts, rate) for rate in self.definitions)]
            for label, counts in zip(self.labels, self.counts, strict=True)
        ]
        return [header, *lines]


def table(
    by: str,
    groups: Sequence[Group],
    total_people: dict[str, int],
    columns: tuple[str, ...] = COLUMNS,
    definitions: tuple[RateDefinition, ...] = RATES,
) -> RatesTable:
    """A table fit to be published, from unmasked groups."""
    return RatesTable(
        by,
        columns,
        definitions,
        [*(group.label for group in groups), "total"],
        [*masked_counts(groups, columns), total_of(groups, columns, total_people)],
    )
