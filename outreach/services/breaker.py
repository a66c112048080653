"""A campaign that fails is paused, with a reason and an alert that says what to do. Only a human resumes it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.database.models import Campaign
from outreach.database.repositories import breaker as queries
from outreach.database.repositories import campaigns as running_ones
from outreach.domain.breaker import EARLY_HANG_UP_SECONDS, EndedCall, tripped
from outreach.domain.rates_masking import Columns
from outreach.domain.rates_nesting import Nesting, is_small
from outreach.domain.words import AlertKind, CampaignStatus
from outreach.runtime import Session
from outreach.services import alerts, campaigns

_LAST_CALLS = 500
_WITHIN = timedelta(hours=2)
_BASELINE = 1000

LAST_CALLS = Columns(
    {
        "ended": None,
        "carrier_failed": "ended",
        "answered": "ended",
        "hung_up_early": "answered",
        "agent_away": "answered",
    },
    apart=("carrier_failed", "answered"),
    use=("carrier_failed", "hung_up_early", "agent_away", "answered", "ended"),
)
"""What fails is shown first: of how many is known from the tables of calls, nearly."""

_CUT_SHORT = ("hung_up_early", "agent_away")


@dataclass(frozen=True, slots=True)
class LastCalls:
    """Of a campaign's calls that ended within two hours, 500 at most, how many failed, and how. None is masked."""

    ended: int | None
    answered: int | None
    carrier_failed: int | None
    hung_up_early: int | None
    agent_away: int | None


def last_calls(session: Session, campaign: Campaign, now: datetime) -> LastCalls:
    """What the breaker looks at, as a board may show it: few calls are few people."""
    since = campaign.calling_since or campaign.created_at
    rows = queries.last_calls(session, campaign.id, since, now - _WITHIN, EARLY_HANG_UP_SECONDS, _LAST_CALLS)
    counts = {
        "ended": len(rows),
        "answered": sum(bool(human) for _, _, _, human, _, _ in rows),
        "carrier_failed": sum(bool(failed) for _, _, failed, *_ in rows),
        "hung_up_early": sum(bool(early) for *_, early, _ in rows),
        "agent_away": sum(bool(away) for *_, away in rows),
    }
    shown = shown_of(counts)
    return LastCalls(**{name: count if name in shown else None for name, count in counts.items()})


def shown_of(counts: Mapping[str, int]) -> set[str]:
    """Which of them can be shown together (rule 15)."""
    shown = Nesting(LAST_CALLS).fit(counts, counts, ())
    if {"answered", *_CUT_SHORT} <= shown and is_small(counts["answered"] - sum(counts[one] for one in _CUT_SHORT)):
        shown.remove("answered")
    return shown


def check(session: Session, now: datetime) -> list[str]:
    """Looks at every running campaign and pauses those that fail. Returns their names.

    Any number of dialers may do so at once: the second finds the campaign paused already.
    """
    paused = []
    for campaign in running_ones.with_status(session, CampaignStatus.RUNNING):
        kind = _failing(session, campaign, now)
        if kind is not None and _pause(session, campaign, kind, now):
            paused.append(campaign.name)
    return paused


def _failing(session: Session, campaign: Campaign, now: datetime) -> AlertKind | None:
    if campaign.calling_since is None:
        return None
    rows = queries.last_calls(
        session, campaign.id, campaign.calling_since, now - _WITHIN, EARLY_HANG_UP_SECONDS, _LAST_CALLS
    )
    if not rows:
        return None
    calls = [EndedCall(heard, *flags) for heard, _, *flags in reversed(rows)]
    oldest = rows[-1][1] or now
    early, answered = queries.early_hang_ups(session, campaign.id, oldest, EARLY_HANG_UP_SECONDS, _BASELINE)
    return tripped(calls, early, answered)


def _pause(session: Session, campaign: Campaign, kind: AlertKind, now: datetime) -> bool:
    looked_at = campaign.calling_since
    campaign = campaigns.get(session, campaign.name, lock=True)
    # Paused or resumed meanwhile: what was looked at is no news any more.
    if campaign.status != CampaignStatus.RUNNING or campaign.calling_since != looked_at:
        return False
    campaigns.pause_because(session, campaign, kind, now)
    alerts.about_a_campaign(session, campaign, kind, now)
    session.flush()
    return True
