"""When somebody who was not reached is tried again, or not (DOMAIN §2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.domain.calling_hours import (
    Window,
    closed_because,
    is_morning,
    upcoming_halves,
    upcoming_windows,
)
from outreach.domain.dispositions import FLAGS, MISSES, Disposition
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.policy import ContactPolicy

SOONEST = timedelta(minutes=30)
"""What has not rung is tried again after this long at the earliest (DESIGN §5)."""

INVITE_AFTER_MISSES = 2
"""Calls that keep missing give way to an invitation by SMS, once: when the second one has rung in vain."""

CHOICE = timedelta(days=7)
"""How far apart the first and the last of the windows may be among which a best time is chosen."""

_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retry:
    """What follows a call that ended in one way.

    `delays`: the n-th such end waits for the n-th, the last one again and again; without any, the policy's spacing.
    `most`: after so many such ends a number is not tried any more; without it, the policy's caps alone decide.
    `next_number`: the number is then left for the next one of the person; else the tries as a whole are over.
    """

    delays: tuple[timedelta, ...] = ()
    most: int | None = None
    next_number: bool = False


RETRIES: dict[Disposition, Retry] = {
    # It rang: the spacing, in the other half of the day.
    Disposition.NO_ANSWER: Retry(),
    Disposition.MACHINE: Retry(),
    Disposition.VOICEMAIL_LEFT: Retry(),
    Disposition.MAILBOX_FULL: Retry(),
    Disposition.CALL_SCREENED: Retry(),
    Disposition.CONVERSATION: Retry(),
    # Ours to mend: the caps alone decide, whatever the times.
    Disposition.APOLOGY: Retry(),
    # Somebody picked up: who hangs up, or breaks off, three times has told us something.
    Disposition.HUNG_UP: Retry(most=3),
    Disposition.ABANDONED: Retry(most=3),
    Disposition.FAX: Retry(most=1, next_number=True),
    # It never rang: it spends nothing, and waits.
    Disposition.BUSY: Retry((SOONEST, _HOUR, 2 * _HOUR, _DAY), most=8, next_number=True),
    Disposition.UNREACHABLE: Retry((2 * _HOUR, _DAY), most=5, next_number=True),
    Disposition.INVALID_NUMBER: Retry((SOONEST,), most=1, next_number=True),
    Disposition.CARRIER_ERROR: Retry((SOONEST, 2 * _HOUR, _DAY), most=8, next_number=True),
    Disposition.CANCELED: Retry((SOONEST, 2 * _HOUR, _DAY), most=8, next_number=True),
    # We, or the carrier, were not able to: nobody's number is to blame, however long it lasts.
    Disposition.NEVER_PLACED: Retry((SOONEST,)),
}


@dataclass(frozen=True, slots=True)
class NextTry:
    """The windows in which to try again, in order of time, any of them good; none when there is no further try.

    `reason` says why, or why not; `next_number`, that another number of the person may still be tried.
    """

    reason: str
    windows: tuple[Window, ...] = ()
    next_number: bool = False

    @property
    def at(self) -> datetime | None:
        """The earliest moment."""
        return self.windows[0].start if self.windows else None


def next_try(
    policy: ContactPolicy,
    department: str,
    now: datetime,
    disposition: Disposition,
    rang_at: Sequence[datetime],
    such_ends: int,
    callback: Window | None = None,
) -> NextTry:
    """When to call again after a call that did not settle the matter.

    `rang_at` holds every ring of the person in the last 30 days, this call's included. `such_ends`: how many calls to
    this number ended as this one did, this one included. `callback`: the time that the person had asked for.
    """
    recent = [at for at in rang_at if at > now - CAP_WINDOW]
    if len(recent) >= policy.attempts.per_30_days:
        return NextTry("attempts_used")
    # No carrier should tell an SMS's end of a call; one that does has erred.
    retry = RETRIES.get(disposition, RETRIES[Disposition.CARRIER_ERROR])
    rang = FLAGS[disposition].rang
    if retry.most is not None and such_ends >= retry.most:
        return NextTry(disposition.value if rang else "never_rang", next_number=retry.next_number)
    wait = timedelta(0)
    if retry.delays:
        wait = retry.delays[min(max(such_ends, 1), len(retry.delays)) - 1]
        # The time that the patient asked for is not over: their wish still stands.
        if callback is not None and now + wait in callback and closed_because(policy, department, now + wait) is None:
            return NextTry(disposition.value, (Window(now + wait, callback.end),))
    last = max(recent, default=now if rang else None)
    if last is None:
        windows = _in_any_half(policy, department, now + wait)
    else:
        windows = _in_other_half(policy, department, max(now + wait, last + policy.attempts.spacing), last)
    return NextTry(disposition.value, tuple(_to_choose_from(windows)) if rang else tuple(windows)[:1])


def _in_any_half(policy: ContactPolicy, department: str, after: datetime) -> Iterator[Window]:
    for window in upcoming_windows(policy, department, after):
        yield Window(max(after, window.start), window.end)


def _in_other_half(policy: ContactPolicy, department: str, after: datetime, last: datetime) -> Iterator[Window]:
    """The windows of the other half of the day than `last`; those of any half when the policy has but one."""
    wanted = not is_morning(last, department)
    found = False
    for window in upcoming_halves(policy, department, after):
        if is_morning(window.start, department) is wanted:
            found = True
            yield Window(max(after, window.start), window.end)
    if not found:
        yield from _in_any_half(policy, department, after)


def _to_choose_from(windows: Iterator[Window]) -> Iterator[Window]:
    until = None
    for window in windows:
        until = until or window.start + CHOICE
        if window.start >= until:
            return
        yield window


def invites(disposition: Disposition, misses: int, *, over: bool) -> bool:
    """Whether a call that rang in vain is followed by an invitation by SMS: they keep missing, or are used up."""
    return disposition in MISSES and (over or misses >= INVITE_AFTER_MISSES)


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
