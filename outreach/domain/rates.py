"""The published rates: their names, formulas, denominators, and the masking of small cells (DOMAIN §6, rule 15)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

Cell = TypeVar("Cell", bound=Hashable)

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
QUESTION_PARTS = (("heard", ("answered", "left")),)


@dataclass(frozen=True, slots=True)
class Group:
    """One row of a table: counts of attempts, and the number of people of whom each count speaks."""

    label: str
    counts: dict[str, int]
    people: dict[str, int]


Line = tuple[Cell, Sequence[Cell]]
"""A cell published beside the parts of which it is the sum."""


def hidden_cells(people: Mapping[Cell, int], lines: Sequence[Line[Cell]]) -> set[Cell]:
    """The cells that can't be shown: those of 1 to 10 people, and those from which a reader could work them out.

    Along each line at least two cells and 11 people are hidden: the sum less the rest tells what they hold together.
    """
    hidden = {cell for cell, count in people.items() if 0 < count < SMALLEST_CELL}
    while any(_hide_one_more(people, whole, parts, hidden) for whole, parts in lines):
        pass
    return hidden


def _hide_one_more(people: Mapping[Cell, int], whole: Cell, parts: Sequence[Cell], hidden: set[Cell]) -> bool:
    gone = [part for part in parts if part in hidden]
    left = [part for part in parts if part not in hidden and people[part] > 0]
    if whole in hidden:
        told = not gone and bool(left)
    else:
        told = bool(gone) and (len(gone) == 1 or sum(people[part] for part in gone) < SMALLEST_CELL)
    if told:
        hidden.add(min(left, key=lambda part: people[part]) if left else whole)
    return told


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
    parts: Sequence[tuple[str, Sequence[str]]] = (),
) -> RatesTable:
    """A table fit to be published, from unmasked groups. `parts` names the columns that are the sum of others."""
    total = Group("total", {c: sum(group.counts[c] for group in groups) for c in columns}, total_people)
    lines = [*groups, total]
    last = len(groups)
    sums: list[Line[tuple[int, str]]] = [((last, c), [(i, c) for i in range(last)]) for c in columns]
    sums += [((i, whole), [(i, part) for part in of]) for i in range(len(lines)) for whole, of in parts]
    hidden = hidden_cells({(i, c): line.people[c] for i, line in enumerate(lines) for c in columns}, sums)
    shown = [{c: None if (i, c) in hidden else line.counts[c] for c in columns} for i, line in enumerate(lines)]
    return RatesTable(by, columns, definitions, [line.label for line in lines], shown)
