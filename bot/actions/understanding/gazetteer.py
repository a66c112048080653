"""Every commune of France with the arrondissements of Paris, Lyon and Marseille: names, codes and where they lie."""

import gzip
import math
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.actions.understanding.sounds import sound_of
from bot.actions.understanding.text import plain

_FILE = Path(__file__).parent / "data" / "communes.tsv.gz"
_EARTH_KM = 6371.0
# Cells of half a degree: 55 km from south to north, 34 to 41 km from west to east in metropolitan France.
_CELLS = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """`point`: latitude and longitude in degrees; `approximate`: the mean of its neighbours' (data/SOURCE.md)."""

    insee_code: str
    name: str
    postal_codes: tuple[str, ...]
    department: str
    population: int
    point: tuple[float, float] | None = None
    approximate: bool = False
    # The name as it is compared: without accents, capitals and signs.
    key: str = ""

    @property
    def postal_code(self) -> str | None:
        return self.postal_codes[0] if self.postal_codes else None


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Places by plain name, postal code, INSEE code and sound, the largest first; `longest`: words of a name."""

    by_name: dict[str, tuple[Place, ...]]
    by_postal_code: dict[str, tuple[Place, ...]]
    by_code: dict[str, Place]
    by_sound: dict[str, tuple[Place, ...]]
    by_department: dict[str, tuple[Place, ...]]
    by_cell: dict[tuple[int, int], tuple[Place, ...]]
    longest: int


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Loaded once, when the server starts: 35,000 places."""
    by_name: dict[str, list[Place]] = defaultdict(list)
    by_postal_code: dict[str, list[Place]] = defaultdict(list)
    by_sound: dict[str, list[Place]] = defaultdict(list)
    by_department: dict[str, list[Place]] = defaultdict(list)
    by_cell: dict[tuple[int, int], list[Place]] = defaultdict(list)
    places = sorted(_read(), key=lambda place: -place.population)
    for place in places:
        key = place.key
        by_name[key].append(place)
        by_sound[sound_of(key)].append(place)
        by_department[place.department].append(place)
        for postal_code in place.postal_codes:
            by_postal_code[postal_code].append(place)
        if place.point is not None:
            by_cell[_cell(place.point)].append(place)
        without_article = re.sub(r"^(?:les|le|la|l) ", "", key)
        if without_article != key and len(without_article) > 4:
            by_name[without_article].append(place)
    return Gazetteer(
        {key: tuple(found) for key, found in by_name.items()},
        {key: tuple(found) for key, found in by_postal_code.items()},
        {place.insee_code: place for place in places},
        {key: tuple(found) for key, found in by_sound.items()},
        {key: tuple(found) for key, found in by_department.items()},
        {key: tuple(found) for key, found in by_cell.items()},
        max(key.count(" ") + 1 for key in by_name),
    )


def _read() -> list[Place]:
    with gzip.open(_FILE, "rt", encoding="utf-8") as lines:
        return [_place(line.rstrip("\n").split("\t")) for line in lines]


def _place(fields: list[str]) -> Place:
    code, name, postal_codes, department, population, latitude, longitude, approximate = fields
    point = (float(latitude), float(longitude)) if latitude else None
    return Place(
        code, name, tuple(postal_codes.split()), department, int(population), point, bool(approximate), plain(name)
    )


def place_of(insee_code: str | None, postal_code: str | None) -> Place | None:
    """The patient's own commune."""
    known = gazetteer()
    if insee_code and insee_code in known.by_code:
        return known.by_code[insee_code]
    found = known.by_postal_code.get(postal_code or "", ())
    # The arrondissement says more than its city.
    return min(found, key=lambda p: (len(p.postal_codes), -p.population), default=None)


def distance_km(one: Place, other: Place) -> float | None:
    """As the crow flies (great circle); None where a point is unknown."""
    if one.point is None or other.point is None:
        return None
    (lat_1, lon_1), (lat_2, lon_2) = one.point, other.point
    north = math.radians(lat_2 - lat_1) / 2
    east = math.radians(lon_2 - lon_1) / 2
    square = math.sin(north) ** 2 + math.cos(math.radians(lat_1)) * math.cos(math.radians(lat_2)) * math.sin(east) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(square))


@lru_cache(maxsize=4096)
def around(home: Place, at_most: int = 400) -> tuple[Place, ...]:
    """The largest places of other departments in the cells around home: some 50 km on each side."""
    if home.point is None:
        return ()
    north, east = _cell(home.point)
    known = gazetteer().by_cell
    cells = ((north + i, east + j) for i in (-1, 0, 1) for j in (-1, 0, 1))
    found = (place for cell in cells for place in known.get(cell, ()) if place.department != home.department)
    return tuple(sorted(found, key=lambda place: -place.population)[:at_most])


def _cell(point: tuple[float, float]) -> tuple[int, int]:
    return math.floor(point[0] * _CELLS), math.floor(point[1] * _CELLS)
