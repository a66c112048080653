"""A reader who knows everything that is published, adds, subtracts, and works out what the rest can be (rule 15).

To them a masked cell is a number that isn't negative. They know what adds up to what, and which column is a part of
which other; linear programming tells the least and the most that a cell can be.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scipy.optimize import linprog
from scipy.sparse import lil_array

Cell = Any
Sum = Mapping[Cell, int]
"""Cells with their signs."""

World = Mapping[Cell, float]

_NEARLY = 1e-6
_MOST = 1e6
"""More than anybody would think of."""


@dataclass
class Reader:
    """`shown`: what is published; None is masked."""

    shown: Mapping[Cell, int | None]
    equal: list[tuple[Sum, int]] = field(default_factory=list)
    at_most: list[tuple[Sum, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._unknown = {cell: n for n, cell in enumerate(c for c, count in self.shown.items() if count is None)}
        self._known_rules: dict[str, Any] | None = None

    def adds_up(self, whole: Cell, parts: Sequence[Cell]) -> None:
        """The whole is the sum of its parts."""
        self.equal.append(self._about({whole: 1} | dict.fromkeys(parts, -1)))

    def holds(self, whole: Cell, parts: Sequence[Cell]) -> None:
        """The parts are, together, no more than the whole."""
        self.at_most.append(self._about({whole: -1} | dict.fromkeys(parts, 1)))

    def _about(self, terms: Sum) -> tuple[Sum, int]:
        self._known_rules = None
        known = sum(sign * (self.shown[cell] or 0) for cell, sign in terms.items())
        return {cell: sign for cell, sign in terms.items() if self.shown[cell] is None}, -known

    def told(self, sums: Sequence[tuple[Sum, int]], small: range) -> list[Sum]:
        """Which sums of cells, each with what it is in truth, are known, or known to be of few people.

        A world in which one is nobody, or many, often is so for others too: few worlds have to be looked at.
        """
        left = list(sums)
        for sign in (1, -1):
            together: dict[Cell, int] = defaultdict(int)
            for terms, _ in left:
                for cell, by in terms.items():
                    together[cell] += sign * by
            left = self._not_open(self._world(together), left, small)
        found = []
        while left:
            terms, truth = left.pop()
            for sign in (1, -1):
                world = self._world({cell: sign * by for cell, by in terms.items()})
                left = self._not_open(world, left, small)
                if self._is_open(world, terms, truth, small):
                    break
            else:
                found.append(terms)
        return found

    def _not_open(self, world: World, sums: Sequence[tuple[Sum, int]], small: range) -> list[tuple[Sum, int]]:
        return [(terms, truth) for terms, truth in sums if not self._is_open(world, terms, truth, small)]

    def _is_open(self, world: World, terms: Sum, truth: int, small: range) -> bool:
        """Whether this world keeps a reader from knowing a sum, and from knowing that it is small."""
        value = sum(sign * world[cell] for cell, sign in terms.items())
        if truth in small:
            return value < small.start - 1 + _NEARLY or value > small.stop - _NEARLY
        return abs(value - truth) > 1 - _NEARLY

    def _world(self, least: Sum) -> World:
        """A world in which all that is shown is so, and a sum of cells as little as can be."""
        cost = [0.0] * len(self._unknown)
        for cell, by in least.items():
            if self.shown[cell] is None:
                cost[self._unknown[cell]] += by
        values: Any = []
        if cost:
            found = linprog(cost, **self._rules(), bounds=(0, _MOST), method="highs-ds")
            assert found.status == 0, found.message
            values = found.x
        return {
            cell: float(values[self._unknown[cell]]) if count is None else count for cell, count in self.shown.items()
        }

    def _rules(self) -> dict[str, Any]:
        if self._known_rules is None:
            self._known_rules = {}
            for name, about in (("eq", self.equal), ("ub", self.at_most)):
                rules = [rule for rule in about if rule[0]]
                if rules:
                    table = lil_array((len(rules), len(self._unknown)))
                    for n, (terms, _) in enumerate(rules):
                        for cell, sign in terms.items():
                            table[n, self._unknown[cell]] = sign
                    self._known_rules[f"A_{name}"] = table.tocsr()
                    self._known_rules[f"b_{name}"] = [value for _, value in rules]
        return self._known_rules
