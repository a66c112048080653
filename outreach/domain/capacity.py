"""How many calls a department can absorb: what its advisers handle, and the places its volunteers have left. Pure.

Why so:

- *An adviser handles so many requests at once* (ADVISER_REQUESTS_AT_ONCE): open ones of any kind, whoever holds them.
  An adviser serves the departments written at the account, or every one when none is written. One more request of a
  department fits when all open requests and that one can be dealt out to the advisers, each within what they handle.
  So a department that fills its own advisers leaves the others room, and those who serve everywhere are lent where
  they are needed.
- *Volunteers' places* are those neither held by an offer nor taken, less the requests that wait for one. A department
  of which no volunteer is recorded is never held back by it: physicians who are no volunteers are asked too, and the
  absence of a list says nothing. Where there is a list and every place is promised, more calls would raise hopes that
  nobody can meet.
- *Calls under way count* by the requests that they are expected to bring, and one standard deviation more, for no
  request can be sent back. The fewer places are left, the fewer calls run at once: at one request in ten calls, 17
  calls for three places, four for one, none for none. That is the slowing. Calls that end without a request make room
  for the next at once, so that no place stays idle.
- A first call always fits where a whole place is free, whatever is expected of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt

from outreach.domain.words import Gate

_ALMOST_NOTHING = 1e-9


@dataclass(frozen=True, slots=True)
class Team:
    """Advisers who serve the same departments; None is every department."""

    departments: frozenset[str] | None
    handles: int

    def serves(self, department: str) -> bool:
        return self.departments is None or department in self.departments


@dataclass(frozen=True, slots=True)
class Load:
    """What a department has now. `waiting`: requests that still want a volunteer's place.

    `places`: those that volunteers have left; None when no volunteer is recorded.
    """

    open_requests: int = 0
    waiting: int = 0
    places: int | None = None
    ringing: int = 0
    talking: int = 0


@dataclass(frozen=True, slots=True)
class Expectation:
    """The chance that a call under way ends in a request: one that has not been answered yet, and one that has."""

    ringing: float
    talking: float


# One call in ten, one answered call in four (DOMAIN §1), weighing as much as fifty and twenty calls of our own.
_PRIOR_CALLS, _PRIOR_ANSWERED, _PRIOR_REQUESTS = 50, 20, 5

CERTAIN = Expectation(1.0, 1.0)
"""The most that could come: what fits under it fits under anything learned."""


def learned(calls: int, answered: int, requests: int) -> Expectation:
    """What the last calls taught, starting from the field's figures."""
    return Expectation(
        (requests + _PRIOR_REQUESTS) / (calls + _PRIOR_CALLS),
        (requests + _PRIOR_REQUESTS) / (answered + _PRIOR_ANSWERED),
    )


class _Desk:
    """Requests dealt out to teams; a maximum flow, by augmenting paths."""

    def __init__(self, teams: list[Team]) -> None:
        self._teams = teams
        self._free = [float(team.handles) for team in teams]
        self._dealt: dict[str, dict[int, float]] = {}
        self._serving: dict[str, list[int]] = {}
        self._fits: dict[tuple[tuple[int, ...], float], bool] = {}

    def fits(self, department: str, amount: float) -> bool:
        """Whether so much more would fit; nothing changes."""
        serving = self._who_serves(department)
        if any(self._free[index] >= amount for index in serving):
            return True
        # Where the same teams serve, the same fits, whichever department it is.
        key = (tuple(serving), amount)
        found = self._fits.get(key)
        if found is None:
            found = self._path(department) is not None and self._copy().deal(department, amount)
            self._fits[key] = found
        return found

    def deal(self, department: str, amount: float) -> bool:
        """Whether so much of a department fits, others being moved to other teams where that makes room."""
        self._fits.clear()
        while amount > _ALMOST_NOTHING:
            path = self._path(department)
            if path is None:
                return False
            amount -= self._follow(path, amount)
        return True

    def _copy(self) -> "_Desk":
        other = _Desk(self._teams)
        other._free = list(self._free)
        other._dealt = {department: dict(shares) for department, shares in self._dealt.items()}
        other._serving = self._serving
        return other

    def _who_serves(self, department: str) -> list[int]:
        found = self._serving.get(department)
        if found is None:
            found = [index for index, team in enumerate(self._teams) if team.serves(department)]
            self._serving[department] = found
        return found

    def _path(self, start: str) -> list[tuple[str, int]] | None:
        """Which department goes to which team, each taking the room of the next, down to a team with room left."""
        seen_teams: set[int] = set()
        seen = {start}
        queue: list[tuple[str, list[tuple[str, int]]]] = [(start, [])]
        for department, so_far in queue:
            for index in self._who_serves(department):
                if index in seen_teams:
                    continue
                seen_teams.add(index)
                path = [*so_far, (department, index)]
                if self._free[index] > _ALMOST_NOTHING:
                    return path
                for other, shares in self._dealt.items():
                    if other not in seen and shares.get(index, 0.0) > _ALMOST_NOTHING:
                        seen.add(other)
                        queue.append((other, path))
        return None

    def _follow(self, path: list[tuple[str, int]], amount: float) -> float:
        moved = min(amount, self._free[path[-1][1]])
        for (_, index), (other, _) in pairwise(path):
            moved = min(moved, self._dealt[other][index])
        for position, (department, index) in enumerate(path):
            shares = self._dealt.setdefault(department, {})
            shares[index] = shares.get(index, 0.0) + moved
            if position > 0:
                shares[path[position - 1][1]] -= moved
        self._free[path[-1][1]] -= moved
        return moved


@dataclass(slots=True)
class Capacity:
    """The brakes at one moment. A batch that claims several calls tells each with `begin_call`."""

    teams: list[Team]
    loads: dict[str, Load]
    expectation: Expectation
    _desks: dict[bool, tuple[_Desk, float]] = field(default_factory=dict, repr=False)

    def gate(self, department: str) -> Gate | None:
        """Why no call may begin in a department just now; None when one may."""
        return self._gate(department, calls=True)

    def stopped_by(self, department: str) -> Gate | None:
        """Why no call may begin even once those under way have ended without a request."""
        return self._gate(department, calls=False)

    def closed(self, departments: Iterable[str]) -> dict[str, Gate]:
        gates = {department: self.gate(department) for department in departments}
        return {department: gate for department, gate in gates.items() if gate is not None}

    def begin_call(self, department: str) -> None:
        """One more call rings there."""
        load = self.load(department)
        self.loads[department] = Load(load.open_requests, load.waiting, load.places, load.ringing + 1, load.talking)
        self._desks.clear()

    def load(self, department: str) -> Load:
        return self.loads.get(department, Load())

    def _gate(self, department: str, *, calls: bool) -> Gate | None:
        # Requests first: an adviser who has no time can't offer a place either.
        if not self._fits_the_desk(department, calls=calls):
            return Gate.ADVISERS_FULL
        load = self.load(department)
        if load.places is None:
            return None
        flights = load if calls else Load()
        per_ringing, per_talking = self._prudent(flights.ringing + 1, flights.talking)
        expected = (flights.ringing + 1) * per_ringing + flights.talking * per_talking
        left = load.places - load.waiting
        if left < 1 or expected > left + _ALMOST_NOTHING:
            return Gate.VOLUNTEERS_FULL
        return None

    def _fits_the_desk(self, department: str, *, calls: bool) -> bool:
        # A whole place, not the part of one that the call is expected to take.
        desk, _ = self._dealt(calls=False)
        if not desk.fits(department, 1.0):
            return False
        if not calls:
            return True
        desk, of_the_call = self._dealt(calls=True)
        return desk.fits(department, of_the_call)

    def _dealt(self, *, calls: bool) -> tuple[_Desk, float]:
        """The desk with the open requests, and the calls under way if they are to count; what one more would take."""
        kept = self._desks.get(calls)
        if kept is None:
            per_ringing = per_talking = 0.0
            if calls:
                ringing = sum(load.ringing for load in self.loads.values())
                talking = sum(load.talking for load in self.loads.values())
                per_ringing, per_talking = self._prudent(ringing + 1, talking)
            desk = _Desk(self.teams)
            for department, load in self.loads.items():
                desk.deal(department, load.open_requests + load.ringing * per_ringing + load.talking * per_talking)
            kept = self._desks[calls] = desk, per_ringing
        return kept

    def _prudent(self, ringing: int, talking: int) -> tuple[float, float]:
        """What each call counts for, so that all together count for their mean and one standard deviation."""
        chances = self.expectation
        mean = ringing * chances.ringing + talking * chances.talking
        if mean <= 0:
            return 0.0, 0.0
        variance = ringing * chances.ringing * (1 - chances.ringing) + talking * chances.talking * (1 - chances.talking)
        more = (mean + sqrt(variance)) / mean
        # No call brings more than one request.
        return min(1.0, chances.ringing * more), min(1.0, chances.talking * more)
