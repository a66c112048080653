"""What starting, pausing or stopping a campaign would mean just now, for whoever is about to."""

from dataclasses import dataclass

from outreach.database.models import Campaign
from outreach.database.repositories import requests_of
from outreach.domain.rates import Breakdown
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.words import ContactState
from outreach.runtime import Session
from outreach.services import campaigns, figure_publications

_STILL = (ContactState.WAITING, ContactState.DUE, ContactState.ATTEMPTING, ContactState.IN_CONVERSATION)


@dataclass(frozen=True, slots=True)
class Outlook:
    """`contacts`, `waiting`: people, None when too few to be told (rule 15)."""

    campaign: Campaign
    contacts: int | None
    waiting: int | None
    advisers: int

    @property
    def is_empty(self) -> bool:
        return self.contacts == 0


def outlook(session: Session, name: str) -> Outlook:
    """Raises UnknownCampaign."""
    campaign = campaigns.get(session, name)
    sums = figure_publications.current(session).of(campaign.id).sums.get(Breakdown.STATE.value, ())
    states = {one.label: one.people for one in sums}
    return Outlook(
        campaign,
        contacts=_shown(sum(states.values())),
        waiting=_shown(sum(states.get(state, 0) for state in _STILL)),
        advisers=requests_of.advisers(session),
    )


def _shown(count: int) -> int | None:
    return None if 0 < count < SMALLEST_CELL else count


def why_not_started(seen: Outlook, *, announces: bool, sms_possible: bool) -> list[str]:
    """What keeps a draft from being started: `no_adviser`, `no_sender`."""
    reasons = []
    if seen.advisers == 0:
        reasons.append("no_adviser")
    if announces and not sms_possible:
        reasons.append("no_sender")
    return reasons
