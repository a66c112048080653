"""Working days of a territory: Monday to Friday, its holidays apart (DOMAIN §2)."""

from datetime import UTC, date, datetime, time, timedelta

from outreach.domain.territories import is_holiday, zone_of

_SATURDAY = 5


def is_working_day(department: str, day: date) -> bool:
    return day.weekday() < _SATURDAY and not is_holiday(department, day)


def end_of_working_days(department: str, after: datetime, days: int) -> datetime:
    """The midnight that ends the last of so many whole working days after today, by the clock of a department.

    Raises UnknownTerritory, and ValueError for less than one day.
    """
    if days < 1:
        raise ValueError("an answer needs one day at least")
    zone = zone_of(department)
    day = after.astimezone(zone).date()
    while days:
        day += timedelta(days=1)
        days -= is_working_day(department, day)
    return datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def working_days_until(department: str, now: datetime, until: datetime) -> int:
    """How many working days, today not counted, end no later than `until`; 0 on the last one, and after it."""
    zone = zone_of(department)
    day, last = now.astimezone(zone).date(), until.astimezone(zone)
    counted = 0
    while datetime.combine(day + timedelta(days=2), time(0), zone) <= last:
        day += timedelta(days=1)
        counted += is_working_day(department, day)
    return counted
