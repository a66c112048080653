"""Departments, their time zones and their public holidays (DOMAIN §2)."""

from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

OVERSEAS_ZONES: dict[str, str] = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
}

_SUBDIVISIONS: dict[str, tuple[str, ...]] = {
    "57": ("57",),
    "67": ("6AE",),
    "68": ("6AE",),
    "971": ("971",),
    "972": ("972",),
    "973": ("973",),
    "974": ("974",),
    "975": ("PM",),
    "976": ("976",),
    "977": ("BL",),
    # Saint-Martin keeps its own day; Guadeloupe's is blocked there too (DOMAIN §2).
    "978": ("MF", "971"),
}

METROPOLITAN: frozenset[str] = frozenset({f"{n:02d}" for n in range(1, 96) if n != 20} | {"2A", "2B"})
DEPARTMENTS: frozenset[str] = METROPOLITAN | frozenset(OVERSEAS_ZONES)


class UnknownTerritory(ValueError):
    """No department can be told, so no hour can be called right: whoever asks must not call."""

    def __init__(self, code: str) -> None:
        super().__init__(f"no French department is known for the code {code!r}")


def department_of(postal_code: str, insee_code: str | None = None) -> str:
    """The department of a place: its INSEE code when known, else its postal code. Raises UnknownTerritory."""
    if insee_code:
        department = insee_code[:3] if insee_code.startswith("97") else insee_code[:2]
        if department in DEPARTMENTS:
            return department
    if postal_code == "97133":
        return "977"
    if postal_code == "97150":
        return "978"
    if postal_code.startswith("97"):
        department = postal_code[:3]
    elif postal_code.startswith("20"):
        department = "2A" if postal_code[2:3] in {"0", "1"} else "2B"
    else:
        department = postal_code[:2]
    if len(postal_code) != 5 or department not in DEPARTMENTS:
        raise UnknownTerritory(postal_code)
    return department


@lru_cache
def zone_of(department: str) -> ZoneInfo:
    """The time zone in which people of a department live. Raises UnknownTerritory."""
    if department in METROPOLITAN:
        return ZoneInfo("Europe/Paris")
    if department in OVERSEAS_ZONES:
        return ZoneInfo(OVERSEAS_ZONES[department])
    raise UnknownTerritory(department)


@lru_cache(maxsize=1024)
def _holidays_of_year(department: str, year: int) -> frozenset[date]:
    days = set(holidays.country_holidays("FR", years=year))
    for subdivision in _SUBDIVISIONS.get(department, ()):
        days |= set(holidays.country_holidays("FR", subdiv=subdivision, years=year))
    return frozenset(days)


def is_holiday(department: str, day: date) -> bool:
    """Whether `day` is a public holiday where people of this department live."""
    return day in _holidays_of_year(department, day.year)
