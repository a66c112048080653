"""What starting, pausing or stopping a campaign would mean just now, for whoever is about to."""

from dataclasses import dataclass

from outreach.database.models import Campaign
from outreach.database.repositories import requests_of
from outreach.domain.rates import STEPS, Breakdown
from outreach.domain.rates_nesting import is_small
from outreach.domain.rates_states import Masking
from outreach.runtime import Session
from outreach.services import campaigns, figure_publications, figures_of_people


@dataclass(frozen=True, slots=True)
class Outlook:
    """`eligible`, `waiting`: people, as the board tells them; None is masked (rule 15). `masking`: of their states."""

    campaign: Campaign
    is_empty: bool
    eligible: int | None
    waiting: int | None
    masking: Masking
    advisers: int


def outlook(session: Session, name: str) -> Outlook:
    """Raises UnknownCampaign."""
    campaign = campaigns.get(session, name)
    published = figure_publications.current(session).of(campaign.id)
    eligible = published.whole(Breakdown.COHORT, STEPS).people["eligible"]
    return Outlook(
        campaign,
        is_empty=not published.sums.get(Breakdown.STATE.value),
        eligible=None if is_small(eligible) else eligible,
        waiting=figures_of_people.all_who_wait(published),
        masking=figures_of_people.masking_of(published),
        advisers=requests_of.advisers(session),
    )


def why_not_started(seen: Outlook, *, announces: bool, sms_possible: bool) -> list[str]:
    """What keeps a draft from being started: `no_adviser`, `no_sender`."""
    reasons = []
    if seen.advisers == 0:
        reasons.append("no_adviser")
    if announces and not sms_possible:
        reasons.append("no_sender")
    return reasons
