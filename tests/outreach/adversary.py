"""A reader who knows everything that is published, adds, subtracts, and works out what the rest can be (rule 15).

To them a masked cell is a number that isn't negative. They know what adds up to what, and which column is a part of
which other; linear programming tells the least and the most that a cell can be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Any

from scipy.optimize import linprog

Cell = Any
Sum = Mapping[Cell, int]
"""Cells with their signs."""


@dataclass
class Reader:
    """`shown`: what is published; None is masked."""

    shown: Mapping[Cell, int | None]
    equal: list[tuple[Sum, int]] = field(default_factory=list)
    at_most: list[tuple[Sum, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._unknown = {cell: n for n, cell in enumerate(c for c, count in self.shown.items() if count is None)}

    def adds_up(self, whole: Cell, parts: Sequence[Cell]) -> None:
        """The whole is the sum of its parts."""
        self.equal.append(self._about({whole: 1} | dict.fromkeys(parts, -1)))

    def holds(self, whole: Cell, parts: Sequence[Cell]) -> None:
        """The parts are, together, no more than the whole."""
        self.at_most.append(self._about({whole: -1} | dict.fromkeys(parts, 1)))

    def _about(self, terms: Sum) -> tuple[Sum, int]:
        known = sum(sign * (self.shown[cell] or 0) for cell, sign in terms.items())
        return {cell: sign for cell, sign in terms.items() if self.shown[cell] is None}, -known

    def least_and_most(self, terms: Sum) -> tuple[float, float]:
        """Between what a sum of cells lies."""
        unknown, less = self._about(terms)
        if not unknown:
            return -less, -less
        ends = []
        for sign in (1, -1):
            found = linprog(
                [sign * value for value in self._row(unknown)],
                A_ub=[self._row(about) for about, _ in self.at_most if about] or None,
                b_ub=[most for about, most in self.at_most if about] or None,
                A_eq=[self._row(about) for about, _ in self.equal if about] or None,
                b_eq=[value for about, value in self.equal if about] or None,
            )
            assert found.status in {0, 3}, found.message
            ends.append(sign * float(found.fun or 0) - less if found.status == 0 else sign * -float("inf"))
        return ends[0], ends[1]

    def tells(self, terms: Sum, small: range) -> bool:
        """Whether a sum of cells is known, or known to be of few people."""
        least, most = self.least_and_most(terms)
        first, last = ceil(least - 1e-6), floor(min(most, 1e9) + 1e-6)
        return first == last or (first in small and last in small)

    def _row(self, terms: Sum) -> list[float]:
        row = [0.0] * len(self._unknown)
        for cell, sign in terms.items():
            row[self._unknown[cell]] = float(sign)
        return row
