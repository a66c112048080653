"""When somebody who was not reached is tried again, or not (DOMAIN §2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.domain.calling_hours import (
    Window,
    next_in_other_half,
    next_opening,
    next_working_day,
    upcoming_windows,
)
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.policy import ContactPolicy

RETRY_WITHOUT_RING: dict[Disposition, timedelta] = {
    Disposition.BUSY: timedelta(minutes=30),
    Disposition.CARRIER_ERROR: timedelta(minutes=30),
    Disposition.NEVER_PLACED: timedelta(minutes=30),
    Disposition.CANCELED: timedelta(minutes=30),
    Disposition.UNREACHABLE: timedelta(hours=2),
}
MOST_TRIES_WITHOUT_RING = 8


@dataclass(frozen=True, slots=True)
class NextTry:
    """When to try again; `at` is None when there is no further try, and `reason` says why."""

    at: datetime | None
    reason: str


def first_try(policy: ContactPolicy, department: str, now: datetime, *, announced: bool) -> datetime | None:
    """The first moment for a call: the next opening, or the working day after an announcement."""
    if announced:
        return next_working_day(policy, department, now)
    return next_opening(policy, department, now)


def next_try(
    policy: ContactPolicy,
    department: str,
    now: datetime,
    disposition: Disposition,
    rang_at: Sequence[datetime],
    tries_without_ring: int,
) -> NextTry:
    """When to call again after an attempt that did not settle the matter.

    `rang_at` holds every ring of the person in the last 30 days, this attempt's included.
    """
    recent = [at for at in rang_at if at > now - CAP_WINDOW]
    if len(recent) >= policy.attempts.per_30_days:
        return NextTry(None, "attempts_used")
    if not FLAGS[disposition].rang:
        if tries_without_ring >= MOST_TRIES_WITHOUT_RING:
            return NextTry(None, "never_rang")
        delay = RETRY_WITHOUT_RING.get(disposition, timedelta(minutes=30))
        return NextTry(next_opening(policy, department, now + delay), disposition.value)
    last = max(recent, default=now)
    at = next_in_other_half(policy, department, last + policy.attempts.spacing, last)
    return NextTry(at, disposition.value)


def put_off(wanted: Window, not_before: datetime) -> Window:
    """The same time of day on the first day on which it doesn't come too early."""
    days = max(0, -((wanted.start - not_before) // timedelta(days=1)))
    return Window(wanted.start + timedelta(days=days), wanted.end + timedelta(days=days))


def callback_window(policy: ContactPolicy, department: str, now: datetime, wanted: Window) -> Window | None:
    """The part of the time asked for that lies within calling hours, or the next opening after it.

    None when nothing opens within the policy's `callback_within_days`.
    """
    limit = now + timedelta(days=policy.callback_within_days)
    for window in upcoming_windows(policy, department, max(now, wanted.start)):
        start = max(window.start, wanted.start, now)
        if start > limit:
            return None
        return Window(start, min(window.end, wanted.end) if wanted.end > start else window.end)
    return None
