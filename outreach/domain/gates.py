"""Whether a contact may be attempted at this very instant (DESIGN §6, DOMAIN §2). Pure: facts in, closed gates out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from outreach.domain.calling_hours import Window, closed_because, local, next_opening, next_working_day
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import UnknownTerritory
from outreach.domain.words import Gate

CAP_WINDOW = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is true of a contact when somebody is about to call.

    `rang_at`: every ring of the person in the last 30 days, over all numbers, channels and campaigns.
    `callback`: when the patient asked to be called, which may break the spacing and the one-a-day, never the hours.
    `full`: the gate that the department's capacity closes, if it does; not for somebody who asked to be called now.
    `lead`: how long it may take until the telephone rings, which must still be within the hours.
    """

    now: datetime
    department: str
    campaign_running: bool
    suppressed: bool
    number: str | None
    rang_at: Sequence[datetime]
    open_attempt: bool
    not_before: datetime | None
    callback: Window | None
    announced_at: datetime | None
    needs_announcement: bool
    full: Gate | None = None
    lead: timedelta = timedelta(0)


def closed_gates(policy: ContactPolicy, facts: CallFacts) -> list[Gate]:
    """Every gate that is closed, the lasting ones first; empty when the call may be placed."""
    checks = [
        (Gate.SUPPRESSED, facts.suppressed),
        (Gate.NO_NUMBER, facts.number is None),
        (Gate.CAMPAIGN_NOT_RUNNING, not facts.campaign_running),
        (Gate.ALREADY_ATTEMPTING, facts.open_attempt),
    ]
    closed = [gate for gate, is_closed in checks if is_closed]
    try:
        closed += _time_gates(policy, facts)
    except UnknownTerritory:
        closed.append(Gate.UNKNOWN_TERRITORY)
    if facts.full is not None and policy.pace_by_capacity and not _asked_for(facts):
        closed.append(facts.full)
    return closed


def _asked_for(facts: CallFacts) -> bool:
    return facts.callback is not None and facts.now in facts.callback


def _time_gates(policy: ContactPolicy, facts: CallFacts) -> list[Gate]:
    closed: list[Gate] = []
    hours = closed_because(policy, facts.department, facts.now)
    hours = hours or closed_because(policy, facts.department, facts.now + facts.lead)
    if hours is not None:
        closed.append(hours)
    if facts.not_before is not None and facts.now < facts.not_before:
        closed.append(Gate.NOT_YET)
    recent = [at for at in facts.rang_at if at > facts.now - CAP_WINDOW]
    if len(recent) >= policy.attempts.per_30_days:
        closed.append(Gate.CAP_30_DAYS)
    if not _asked_for(facts):
        today = local(facts.now, facts.department).date()
        if sum(local(at, facts.department).date() == today for at in recent) >= policy.attempts.per_day:
            closed.append(Gate.CAP_PER_DAY)
        if any(facts.now - at < policy.attempts.spacing for at in recent):
            closed.append(Gate.SPACING)
    if facts.needs_announcement and not _announced_the_day_before(facts):
        closed.append(Gate.ANNOUNCEMENT_PENDING)
    return closed


def adviser_gates(
    policy: ContactPolicy,
    now: datetime,
    department: str,
    *,
    suppressed: bool,
    usable: bool,
    open_attempt: bool,
    lead: timedelta = timedelta(0),
) -> list[Gate]:
    """The gates of a call by an adviser who works on the person's request: those of the agent's calls but for spacing
    and caps, which keep a machine from insisting (decision 18). `usable`: the number is theirs, and may be used."""
    checks = [
        (Gate.SUPPRESSED, suppressed),
        (Gate.NO_NUMBER, not usable),
        (Gate.ALREADY_ATTEMPTING, open_attempt),
    ]
    closed = [gate for gate, is_closed in checks if is_closed]
    try:
        hours = closed_because(policy, department, now) or closed_because(policy, department, now + lead)
    except UnknownTerritory:
        return [*closed, Gate.UNKNOWN_TERRITORY]
    return closed if hours is None else [*closed, hours]


def _announced_the_day_before(facts: CallFacts) -> bool:
    if facts.announced_at is None:
        return False
    return local(facts.announced_at, facts.department).date() < local(facts.now, facts.department).date()


def cap_opens_at(policy: ContactPolicy, now: datetime, rang_at: Sequence[datetime]) -> datetime:
    """When the cap of 30 days lets one more call ring: now, unless it is reached."""
    recent = sorted(at for at in rang_at if at > now - CAP_WINDOW)
    spare = policy.attempts.per_30_days - len(recent)
    return now if spare > 0 else recent[-spare] + CAP_WINDOW


_LASTING = frozenset({Gate.SUPPRESSED, Gate.NO_NUMBER, Gate.UNKNOWN_TERRITORY})
_STEPS = 40


def opens_at(policy: ContactPolicy, facts: CallFacts) -> datetime | None:
    """The first instant, from `facts.now` on, at which every gate that time alone opens is open.

    None when a lasting gate is closed, or when none comes in sight. Of a campaign that is paused, of advisers who are
    full, time tells nothing: they are taken for open.
    """
    if _LASTING.intersection(closed_gates(policy, facts)):
        return None
    at = facts.now
    if facts.needs_announcement and facts.announced_at is None:
        facts = replace(facts, announced_at=next_opening(policy, facts.department, max(at, facts.not_before or at)))
    for _ in range(_STEPS):
        then = replace(facts, now=at)
        closed = _time_gates(policy, then)
        if not closed:
            return at
        again = next_opening(policy, facts.department, _earliest(policy, then, closed))
        if again is None:
            return None
        at = again
    return None


def _earliest(policy: ContactPolicy, facts: CallFacts, closed: Sequence[Gate]) -> datetime:
    """The instant before which these gates stay closed."""
    now = facts.now
    hours = Gate.OUTSIDE_HOURS in closed or Gate.HOLIDAY in closed
    waits = [now + facts.lead if hours else now]
    if Gate.NOT_YET in closed and facts.not_before is not None:
        waits.append(facts.not_before)
    if Gate.CAP_30_DAYS in closed:
        waits.append(cap_opens_at(policy, now, facts.rang_at))
    if Gate.CAP_PER_DAY in closed or Gate.SPACING in closed:
        waits.append(_after_the_spacing(policy, facts, closed))
    if Gate.ANNOUNCEMENT_PENDING in closed and facts.announced_at is not None:
        first_call = next_working_day(policy, facts.department, facts.announced_at)
        waits += [first_call] if first_call is not None else []
    return max(waits)


def _after_the_spacing(policy: ContactPolicy, facts: CallFacts, closed: Sequence[Gate]) -> datetime:
    """When the spacing and the one-a-day let go, or when the patient wishes to be called before."""
    after = facts.now
    if Gate.SPACING in closed:
        after = max(facts.rang_at) + policy.attempts.spacing
    if Gate.CAP_PER_DAY in closed:
        here = local(facts.now, facts.department)
        tomorrow = datetime.combine(here.date() + timedelta(days=1), time(0), here.tzinfo)
        after = max(after, tomorrow.astimezone(UTC))
    if facts.callback is not None and facts.now < facts.callback.start:
        return min(after, facts.callback.start)
    return after


def sms_gates(
    policy: ContactPolicy,
    now: datetime,
    department: str,
    *,
    suppressed: bool,
    running: bool,
    unanswered: int | None = None,
    lead: timedelta = timedelta(0),
) -> list[Gate]:
    """The gates of an SMS that we send first: suppression, campaign, the same hours as calls.

    `unanswered`: how many SMS of ours the person left without an answer; None for a receipt, which answers them.
    """
    checks = [
        (Gate.SUPPRESSED, suppressed),
        (Gate.UNANSWERED_SMS, unanswered is not None and unanswered >= policy.unanswered_sms),
        (Gate.CAMPAIGN_NOT_RUNNING, not running),
    ]
    closed = [gate for gate, is_closed in checks if is_closed]
    try:
        hours = closed_because(policy, department, now) or closed_because(policy, department, now + lead)
    except UnknownTerritory:
        return [*closed, Gate.UNKNOWN_TERRITORY]
    return closed if hours is None else [*closed, hours]
