"""Every commune of France with the arrondissements of Paris, Lyon and Marseille: names, codes and where they lie."""

import gzip
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from outreach.domain.distances import Point, great_circle_km

_FILE = Path(__file__).parent / "data" / "communes.tsv.gz"


@dataclass(frozen=True, slots=True)
class Place:
    """`point`: latitude and longitude in degrees; `approximate`: the mean of its neighbours' (data/SOURCE.md)."""

    insee_code: str
    name: str
    postal_codes: tuple[str, ...]
    department: str
    population: int
    point: Point | None = None
    approximate: bool = False

    @property
    def postal_code(self) -> str | None:
        return self.postal_codes[0] if self.postal_codes else None


@dataclass(frozen=True, slots=True)
class Places:
    """Places by their codes, the largest first."""

    by_code: dict[str, Place]
    by_postal_code: dict[str, tuple[Place, ...]]


@lru_cache(maxsize=1)
def places() -> Places:
    """Loaded once: 35,000 places."""
    by_postal_code: dict[str, list[Place]] = defaultdict(list)
    found = sorted(_read(), key=lambda place: -place.population)
    for place in found:
        for postal_code in place.postal_codes:
            by_postal_code[postal_code].append(place)
    return Places(
        {place.insee_code: place for place in found}, {code: tuple(known) for code, known in by_postal_code.items()}
    )


def _read() -> list[Place]:
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        return [_place(line.rstrip("\n").split("\t")) for line in lines]


def _place(fields: list[str]) -> Place:
    code, name, postal_codes, department, population, latitude, longitude, approximate = fields
    point = (float(latitude), float(longitude)) if latitude else None
    return Place(code, name, tuple(postal_codes.split()), department, int(population), point, bool(approximate))


def place_of(insee_code: str | None, postal_code: str | None) -> Place | None:
    """The commune of an address."""
    known = places()
    if insee_code and insee_code in known.by_code:
        return known.by_code[insee_code]
    found = known.by_postal_code.get(postal_code or "", ())
    # The arrondissement says more than its city.
    return min(found, key=lambda p: (len(p.postal_codes), -p.population), default=None)


def distance_km(one: Place, other: Place) -> float | None:
    """As the crow flies; None where a point is unknown."""
    if one.point is None or other.point is None:
        return None
    return great_circle_km(one.point, other.point)
