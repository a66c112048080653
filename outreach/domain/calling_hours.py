"""When a person may be contacted: their local windows, their working days (DOMAIN §2, rule 1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

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
    return list(_windows_on(policy, department, day))


@lru_cache(maxsize=8192)
def _windows_on(policy: ContactPolicy, department: str, day: date) -> tuple[Window, ...]:
    """Kept: the same days are asked about for everybody of a department, again and again."""
    if not is_working_day(policy, department, day):
        return ()
    zone = zone_of(department)
    return tuple(
        Window(
            datetime.combine(day, window.start, zone).astimezone(UTC),
            datetime.combine(day, window.end, zone).astimezone(UTC),
        )
        for window in policy.windows
    )


def upcoming_windows(policy: ContactPolicy, department: str, after: datetime) -> Iterator[Window]:
    """The windows that end after an instant, the running one included, for two months."""
    first = local(after, department).date()
    for offset in range(_SEARCH_DAYS):
        for window in windows_on(policy, department, first + timedelta(days=offset)):
            if window.end > after:
                yield window


def upcoming_halves(policy: ContactPolicy, department: str, after: datetime) -> Iterator[Window]:
    """The same, cut at noon: the parts that end after an instant, each of one half of the patient's day."""
    first = local(after, department).date()
    for offset in range(_SEARCH_DAYS):
        for half in _halves_on(policy, department, first + timedelta(days=offset)):
            if half.end > after:
                yield half


@lru_cache(maxsize=8192)
def _halves_on(policy: ContactPolicy, department: str, day: date) -> tuple[Window, ...]:
    noon = datetime.combine(day, NOON, zone_of(department)).astimezone(UTC)
    halves: list[Window] = []
    for window in _windows_on(policy, department, day):
        if window.start < noon < window.end:
            halves += (Window(window.start, noon), Window(noon, window.end))
        else:
            halves.append(window)
    return tuple(halves)


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
