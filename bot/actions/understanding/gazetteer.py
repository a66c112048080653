"""The places of France as they are looked for: by plain name, by sound, by department and around a home."""

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache

from bot.actions.understanding.sounds import sound_of
from bot.actions.understanding.text import plain
from outreach.places import Place, distance_km, place_of, places

__all__ = ["Gazetteer", "Place", "around", "distance_km", "gazetteer", "key_of", "place_of"]

# Cells of half a degree: 55 km from south to north, 34 to 41 km from west to east in metropolitan France.
_CELLS = 2.0


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


@lru_cache(maxsize=100_000)
def key_of(name: str) -> str:
    """A name as it is compared: without accents, capitals and signs."""
    return plain(name)


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Loaded once, when the server starts: 35,000 places."""
    by_name: dict[str, list[Place]] = defaultdict(list)
    by_sound: dict[str, list[Place]] = defaultdict(list)
    by_department: dict[str, list[Place]] = defaultdict(list)
    by_cell: dict[tuple[int, int], list[Place]] = defaultdict(list)
    known = places()
    for place in known.by_code.values():
        key = key_of(place.name)
        by_name[key].append(place)
        by_sound[sound_of(key)].append(place)
        by_department[place.department].append(place)
        if place.point is not None:
            by_cell[_cell(place.point)].append(place)
        without_article = re.sub(r"^(?:les|le|la|l) ", "", key)
        if without_article != key and len(without_article) > 4:
            by_name[without_article].append(place)
    return Gazetteer(
        {key: tuple(found) for key, found in by_name.items()},
        known.by_postal_code,
        known.by_code,
        {key: tuple(found) for key, found in by_sound.items()},
        {key: tuple(found) for key, found in by_department.items()},
        {key: tuple(found) for key, found in by_cell.items()},
        max(key.count(" ") + 1 for key in by_name),
    )


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
