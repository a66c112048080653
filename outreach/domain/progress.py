"""How far a campaign is, and when everybody with a telephone will have been called once, at the pace of late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from outreach.domain.working_days import is_working_day

PACE_DAYS = 5
_LONGEST = timedelta(days=5 * 365)


@dataclass(frozen=True, slots=True)
class Progress:
    """`share` of those with a telephone who were called; `people_a_day` of the last days on which calls were placed.

    `ends_on`: None when nobody was called yet, or when it would take years. `working_days_late`: against the target,
    negative when early, None without a target or an end.
    """

    called: int
    to_call: int
    share: float
    people_a_day: float | None
    ends_on: date | None
    target_on: date | None
    working_days_late: int | None


def progress(
    called: int, with_telephone: int, calls_by_day: Sequence[tuple[date, int]], today: date, target_on: date | None
) -> Progress:
    """`calls_by_day`: calls placed, the oldest day first; today is not over, and counts only when it stands alone."""
    calls = sum(count for _, count in calls_by_day)
    past = [count for day, count in calls_by_day if day < today and count] or [count for _, count in calls_by_day]
    last = past[-PACE_DAYS:]
    left = max(0, with_telephone - called)
    people_a_day = sum(last) / len(last) * called / calls if last and calls and called else None
    ends_on = _ends_on(left, people_a_day, today)
    late = None
    if ends_on is not None and target_on is not None:
        late = _between(target_on, ends_on) if ends_on > target_on else -_between(ends_on, target_on)
    return Progress(
        called, left, called / with_telephone if with_telephone else 0.0, people_a_day, ends_on, target_on, late
    )


def _ends_on(left: int, people_a_day: float | None, today: date) -> date | None:
    if left == 0:
        return today
    if not people_a_day:
        return None
    days, day = ceil(left / people_a_day), today
    while days:
        day += timedelta(days=1)
        if day - today > _LONGEST:
            return None
        days -= is_working_day("75", day)
    return day


def _between(first: date, last: date) -> int:
    """Working days after the first, up to the last."""
    return sum(is_working_day("75", first + timedelta(days=number)) for number in range(1, (last - first).days + 1))
