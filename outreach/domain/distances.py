"""How far two points of the Earth lie apart. Points are latitude and longitude, in degrees."""

from enum import StrEnum
from math import asin, cos, hypot, log, pi, radians, sin, sqrt, tan

Point = tuple[float, float]

EARTH_KM = 6371.0


def great_circle_km(one: Point, other: Point) -> float:
    """As the crow flies."""
    (lat_1, lon_1), (lat_2, lon_2) = one, other
    north = radians(lat_2 - lat_1) / 2
    east = radians(lon_2 - lon_1) / 2
    square = sin(north) ** 2 + cos(radians(lat_1)) * cos(radians(lat_2)) * sin(east) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(square)))


Flat = tuple[float, float]
"""Kilometres to the east and to the north, on a map of one territory: distances are those of a plane."""

# Lambert's conformal cone through 44° and 49° north, as on the official maps of metropolitan France: lengths on it are
# true to three in a thousand.
_SOUTH, _NORTH, _MERIDIAN = radians(44.0), radians(49.0), radians(3.0)


def _height(latitude: float) -> float:
    return tan(pi / 4 + latitude / 2)


_CONE = log(cos(_SOUTH) / cos(_NORTH)) / log(_height(_NORTH) / _height(_SOUTH))
_SCALE = EARTH_KM * cos(_SOUTH) * _height(_SOUTH) ** _CONE / _CONE
# Where the others lie: each is so small that a degree of longitude has one length in it.
_OVERSEAS = (16.0, 4.0, -12.8, -21.1, 46.8)


def on_the_map(point: Point) -> Flat:
    """A point on the map of its territory; those of different territories lie thousands of kilometres apart."""
    latitude, longitude = point
    if 41.0 <= latitude <= 51.5 and -6.0 <= longitude <= 10.0:
        radius = _SCALE / _height(radians(latitude)) ** _CONE
        turn = _CONE * (radians(longitude) - _MERIDIAN)
        return radius * sin(turn), _SCALE / _height(radians(46.5)) ** _CONE - radius * cos(turn)
    middle = min(_OVERSEAS, key=lambda one: abs(one - latitude))
    return EARTH_KM * radians(longitude) * cos(radians(middle)), EARTH_KM * radians(latitude) - 5_000.0


def flat_km(one: Flat, other: Flat) -> float:
    """As the crow flies, on a map."""
    return hypot(one[0] - other[0], one[1] - other[1])


class Way(StrEnum):
    """Who drives: the patient by their own means, whatever they are; somebody else; or the physician, who visits."""

    OWN = "own"
    DRIVEN = "driven"
    VISIT = "visit"


DETOUR = 1.3
"""Roads against the flight of a crow: 1.2 to 1.4 in every study of European road networks."""
_WITHIN_KM = 1.5
"""Between two addresses of one commune, whose points are the same."""
_SETTING_OUT = {Way.OWN: 5.0, Way.DRIVEN: 5.0, Way.VISIT: 3.0}
_STREETS_KM = 5.0
_IN_STREETS = {Way.OWN: 20.0, Way.DRIVEN: 28.0, Way.VISIT: 28.0}
_BEYOND = {Way.OWN: 45.0, Way.DRIVEN: 60.0, Way.VISIT: 60.0}
"""Kilometres an hour. Whoever goes alone may have a car, a bus or legs: between them, so slower than a car."""


def by_road(crow_km: float) -> float:
    """Kilometres by road, estimated."""
    return max(_WITHIN_KM, crow_km * DETOUR)


def travel_minutes(road_km: float, way: Way) -> float:
    """How long it takes, estimated: streets first, then open road. It grows with the distance."""
    streets = min(road_km, _STREETS_KM)
    beyond = road_km - streets
    return _SETTING_OUT[way] + 60 * (streets / _IN_STREETS[way] + beyond / _BEYOND[way])


def farthest_km(minutes: float, way: Way) -> float:
    """The kilometres by road that fit into so many minutes."""
    left = minutes - _SETTING_OUT[way]
    streets = _STREETS_KM / _IN_STREETS[way] * 60
    if left <= streets:
        return max(0.0, left) * _IN_STREETS[way] / 60
    return _STREETS_KM + (left - streets) * _BEYOND[way] / 60
