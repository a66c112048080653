"""How far two points of the Earth lie apart. Points are latitude and longitude, in degrees."""

from math import asin, cos, radians, sin, sqrt

Point = tuple[float, float]

EARTH_KM = 6371.0


def great_circle_km(one: Point, other: Point) -> float:
    """As the crow flies."""
    (lat_1, lon_1), (lat_2, lon_2) = one, other
    north = radians(lat_2 - lat_1) / 2
    east = radians(lon_2 - lon_1) / 2
    square = sin(north) ** 2 + cos(radians(lat_1)) * cos(radians(lat_2)) * sin(east) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(square)))
