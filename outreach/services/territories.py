"""Where somebody lives among the territories: by the commune, else by a postal code that tells one alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache
from uuid import UUID

from outreach.database.models import Territory
from outreach.database.repositories import territories
from outreach.errors import NotFound
from outreach.places import places
from outreach.runtime import Session
from outreach.services.tasks import day_of

CITIES = {"75056": "751", "69123": "6938", "13055": "132"}
"""Cities with arrondissements, which are places of their own, and how the codes of these begin."""


class UnknownTerritory(NotFound):
    def __init__(self) -> None:
        super().__init__("there is no such territory; relais import territories brings them in")


@lru_cache(maxsize=1)
def arrondissements() -> Mapping[str, tuple[str, ...]]:
    """Of each city that has some."""
    codes = places().by_code
    return {city: tuple(sorted(code for code in codes if code.startswith(start))) for city, start in CITIES.items()}


@dataclass(frozen=True)
class Placement:
    """The territories as they are now. `communes`: kind and INSEE code → territory."""

    communes: Mapping[tuple[str, str], UUID]

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted({kind for kind, _ in self.communes}))

    @cached_property
    def _known(self) -> dict[tuple[str, str, str], UUID | None]:
        return {}

    def place(self, kind: str, insee_code: str | None, postal_code: str | None) -> UUID | None:
        """The territory of an address; None is outside all of them, or not to be told."""
        key = (kind, insee_code or "", postal_code or "")
        if key not in self._known:
            self._known[key] = self._place(*key)
        return self._known[key]

    def _place(self, kind: str, insee_code: str, postal_code: str) -> UUID | None:
        if insee_code in places().by_code and insee_code not in CITIES:
            return self.communes.get((kind, insee_code))
        found = self._only(
            kind, (p.insee_code for p in places().by_postal_code.get(postal_code, ()) if p.insee_code not in CITIES)
        )
        return found or self._only(kind, arrondissements().get(insee_code, ()))

    def _only(self, kind: str, codes: Iterable[str]) -> UUID | None:
        """The territory that all of these communes are in; None when one of them is in another, or in none."""
        found = {self.communes.get((kind, code)) for code in codes}
        return found.pop() if len(found) == 1 else None


def placement(session: Session) -> Placement:
    return Placement({(kind, code): where for kind, code, where in territories.communes(session)})


def everything(session: Session) -> Sequence[Territory]:
    """Those that left included, by kind and name."""
    return territories.everything(session)


def get(session: Session, territory_id: UUID) -> Territory:
    """Raises UnknownTerritory."""
    found = territories.get(session, territory_id)
    if found is None:
        raise UnknownTerritory
    return found


def departments_of(session: Session) -> dict[UUID, list[str]]:
    """Where each territory lies."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for _, code, where in territories.communes(session):
        found[where].add(places().by_code[code].department)
    return {where: sorted(departments) for where, departments in found.items()}


@dataclass(frozen=True, slots=True)
class TerritoryNeed:
    """Of the part of a territory that lies in a department; of who is in none, without a territory."""

    department: str
    territory: Territory | None
    requests: int
    places: int
    volunteers: int

    @property
    def missing(self) -> int:
        """Places that are wanted beyond those there are."""
        return max(0, self.requests - self.places)


def needs(session: Session, kind: str, departments: Sequence[str], now: datetime) -> list[TerritoryNeed]:
    """Where most places are missing first: an adviser's working list, by the place asked for, else the home."""
    where = placement(session)
    named = {territory.id: territory for territory in territories.everything(session)}
    found: dict[tuple[str, UUID | None], Counter[str]] = defaultdict(Counter)
    for department, *address, count in territories.wanted(session, departments):
        found[department, place_asked_for(where, kind, department, *address)]["requests"] += count
    for department, insee, postal, count, _, _, _, free in territories.volunteers(session, departments, day_of(now)):
        found[department, where.place(kind, insee, postal)].update(places=int(free), volunteers=count)
    rows = [
        TerritoryNeed(
            department, named.get(territory) if territory else None, c["requests"], c["places"], c["volunteers"]
        )
        for (department, territory), c in found.items()
    ]
    return sorted(rows, key=lambda row: (-row.missing, row.places - row.requests, row.department, _name(row.territory)))


def _name(territory: Territory | None) -> str:
    return territory.name if territory is not None else "\uffff"


def place_asked_for(
    where: Placement,
    kind: str,
    department: str,
    asked_insee: str | None,
    asked_postal: str | None,
    home_insee: str | None,
    home_postal: str | None,
) -> UUID | None:
    """The territory in which a request looks for a physician: of the place asked for when it lies in the request's
    department, else of the home.
    """
    asked = places().by_code.get(asked_insee or "")
    if asked is not None and asked.department == department:
        return where.place(kind, asked_insee, asked_postal)
    return where.place(kind, home_insee, home_postal)


def codes_of(session: Session, territory_id: UUID) -> list[str]:
    """Its communes and arrondissements."""
    return sorted(code for _, code, where in territories.communes(session) if where == territory_id)
