"""When a person may be contacted: their local windows, their working days (DOMAIN §2, rule 1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from outreach.domain.policy import DAY_NAMES, ContactPolicy
from outreach.domain.territories import is_holiday, zone_of
from outreach.domain.words import Gate

NOON = time(13)
_SEARCH_DAYS = 60


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time, aware datetimes in UTC; the end is not in it."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        return self.start <= at < self.end


def local(at: datetime, department: str) -> datetime:
    """The same instant on the patient's clock."""
    return at.astimezone(zone_of(department))


def is_working_day(policy: ContactPolicy, department: str, day: date) -> bool:
    return DAY_NAMES[day.weekday()] in policy.days and not is_holiday(department, day)


def windows_on(policy: ContactPolicy, department: str, day: date) -> list[Window]:
    """The windows of one day of the patient's calendar, none on a day off."""
    if not is_working_day(policy, department, day):
        return []
    zone = zone_of(department)
    return [
        Window(
            datetime.combine(day, window.start, zone).astimezone(UTC),
            datetime.combine(day, window.end, zone).astimezone(UTC),
        )
        for window in policy.windows
    ]


def upcoming_windows(policy: ContactPolicy, department: str, after: datetime) -> Iterator[Window]:
    """The windows that end after an instant, the running one included, for two months."""
    first = local(after, department).date()
    for offset in range(_SEARCH_DAYS):
        for window in windows_on(policy, department, first + timedelta(days=offset)):
            if window.end > after:
                yield window


def upcoming_halves(policy: ContactPolicy, department: str, after: datetime) -> Iterator[Window]:
    """The same, cut at noon: the parts that end after an instant, each of one half of the patient's day."""
    for window in upcoming_windows(policy, department, after):
        start, end = local(window.start, department), local(window.end, department)
        noon = datetime.combine(start.date(), NOON, start.tzinfo).astimezone(UTC)
        if start.time() < NOON < end.time():
            if noon > after:
                yield Window(window.start, noon)
            yield Window(noon, window.end)
        else:
            yield window


def closed_because(policy: ContactPolicy, department: str, at: datetime) -> Gate | None:
    """Why a person of this department may not be contacted at an instant, or None when they may."""
    here = local(at, department)
    if is_holiday(department, here.date()):
        return Gate.HOLIDAY
    if any(at in window for window in windows_on(policy, department, here.date())):
        return None
    return Gate.OUTSIDE_HOURS


def next_opening(policy: ContactPolicy, department: str, after: datetime) -> datetime | None:
    """The first instant from `after` on at which contact is allowed; None when no window comes in two months."""
    for window in upcoming_windows(policy, department, after):
        return max(after, window.start)
    return None


def next_working_day(policy: ContactPolicy, department: str, after: datetime) -> datetime | None:
    """The first window's start on the first working day after the local day of `after`."""
    day = local(after, department).date()
    midnight = datetime.combine(day + timedelta(days=1), time(0), zone_of(department))
    return next_opening(policy, department, midnight.astimezone(UTC))


def is_morning(at: datetime, department: str) -> bool:
    return local(at, department).time() < NOON
