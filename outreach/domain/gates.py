"""Whether a contact may be attempted at this very instant (DESIGN §6, DOMAIN §2). Pure: facts in, closed gates out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.domain.calling_hours import Window, closed_because, local
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


def _announced_the_day_before(facts: CallFacts) -> bool:
    if facts.announced_at is None:
        return False
    return local(facts.announced_at, facts.department).date() < local(facts.now, facts.department).date()


def sms_gates(
    policy: ContactPolicy,
    now: datetime,
    department: str,
    *,
    suppressed: bool,
    running: bool,
    lead: timedelta = timedelta(0),
) -> list[Gate]:
    """The gates of an SMS that we send first: suppression, campaign, the same hours as calls."""
    closed = [gate for gate, shut in ((Gate.SUPPRESSED, suppressed), (Gate.CAMPAIGN_NOT_RUNNING, not running)) if shut]
    try:
        hours = closed_because(policy, department, now) or closed_because(policy, department, now + lead)
    except UnknownTerritory:
        return [*closed, Gate.UNKNOWN_TERRITORY]
    return closed if hours is None else [*closed, hours]
