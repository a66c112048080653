"""An independent French calendar, written from the Labour Code and DOMAIN §2, to judge the one that Relais uses.

Neither `holidays` nor `zoneinfo` is asked: Easter is computed, local days and the rules of the clocks are written here.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache


def easter(year: int) -> date:
    """Easter Sunday, by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@cache
def days_off(department: str, year: int) -> set[date]:
    """The days that DOMAIN §2 keeps free in a department."""
    sunday = easter(year)
    common = {
        (1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25),
    }  # fmt: skip
    days = {date(year, month, day) for month, day in common}
    days |= {sunday + timedelta(days=offset) for offset in (1, 39, 50)}
    local = {
        "971": [(5, 27)],
        "972": [(5, 22)],
        "973": [(6, 10)],
        "974": [(12, 20)],
        "976": [(4, 27)],
        "977": [(10, 9)],
        "978": [(5, 27), (5, 28)],
    }
    days |= {date(year, month, day) for month, day in local.get(department, [])}
    if department in {"57", "67", "68"}:
        days |= {sunday - timedelta(days=2), date(year, 12, 26)}
    return days


@cache
def customary_days_off(department: str, year: int) -> set[date]:
    """Days that no law makes holidays, kept free all the same because most of the territory rests on them."""
    sunday = easter(year)
    mid_lent, good_friday, schoelcher = sunday - timedelta(days=24), sunday - timedelta(days=2), date(year, 7, 21)
    if department in {"971", "978"}:
        return {mid_lent, good_friday, schoelcher}
    return {schoelcher} if department == "972" else set()


_HOURS_FROM_UTC = {"971": -4, "972": -4, "973": -3, "974": 4, "976": 3, "977": -4, "978": -4}


@cache
def _sunday(year: int, month: int, which: int) -> date:
    """The first Sunday of a month, the second…; -1 for the last."""
    days = [date(year, month, day) for day in range(1, 32) if month not in {4, 6, 9, 11} or day < 31]
    return [day for day in days if day.weekday() == 6][which if which < 0 else which - 1]


def on_their_clock(at: datetime, department: str) -> datetime:
    """What a clock on the wall of a department shows at an instant; no time zone in it."""
    utc = at.astimezone(UTC).replace(tzinfo=None)
    if department == "975":  # as North America: from 2:00 on, both times by the clock that ends
        start = datetime.combine(_sunday(utc.year, 3, 2), time(5))
        end = datetime.combine(_sunday(utc.year, 11, 1), time(4))
        return utc - timedelta(hours=2 if start <= utc < end else 3)
    if department in _HOURS_FROM_UTC:
        return utc + timedelta(hours=_HOURS_FROM_UTC[department])
    start = datetime.combine(_sunday(utc.year, 3, -1), time(1))
    end = datetime.combine(_sunday(utc.year, 10, -1), time(1))
    return utc + timedelta(hours=2 if start <= utc < end else 1)


def is_open(at: datetime, department: str) -> bool:
    """Whether DOMAIN §2 lets a person be contacted at an instant, by this calendar alone."""
    here = on_their_clock(at, department)
    day = here.date()
    hours = (time(10) <= here.time() < time(13)) or (time(14) <= here.time() < time(19))
    rests = day in days_off(department, day.year) or day in customary_days_off(department, day.year)
    return day.weekday() < 5 and not rests and hours
