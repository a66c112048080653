"""Tables of rates as they are published: small cells masked, the total last (rule 15)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, NamedTuple

from outreach.domain.rates import COLUMNS, RATES, RateDefinition
from outreach.domain.rates_masking import SMALLEST_CELL, Line, hidden_cells


def wilson(successes: int, trials: int, z: float = 1.959963985) -> tuple[float, float]:
    """Wilson's interval of a proportion, at 95 % unless told otherwise. ValueError without a trial."""
    if trials <= 0:
        raise ValueError("no interval without a trial")
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)


class Sum(NamedTuple):
    """One kept sum of a breakdown: how many rows, and of how many people."""

    label: str
    measure: str
    rows: int
    people: int


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
    labels: Sequence[str]
    counts: Sequence[Mapping[str, int | None]]
    intervals: tuple[str, ...] = field(default=())

    def rate(self, counts: Mapping[str, int | None], rate: RateDefinition) -> float | None:
        numerator, denominator = counts[rate.numerator], counts[rate.denominator]
        if numerator is None or not denominator:
            return None
        return round(numerator / denominator, 4)

    def interval(self, counts: Mapping[str, int | None], rate: RateDefinition) -> tuple[float, float] | None:
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

    def _published(self, counts: Mapping[str, int | None], rate: RateDefinition) -> dict[str, Any]:
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
