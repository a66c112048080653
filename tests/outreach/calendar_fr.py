"""An independent French calendar, written from the Labour Code and DOMAIN §2, to judge the one that Relais uses."""

from datetime import date, timedelta


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
