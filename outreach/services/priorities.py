"""Which departments of a campaign are called first, and whom that moves to another lane of its queue."""

from collections.abc import Mapping
from datetime import datetime

from outreach.database.models import Campaign
from outreach.database.repositories import campaigns, contacts
from outreach.domain.priorities import Lane, lanes_of
from outreach.domain.words import ContactState
from outreach.errors import BadInput, NotFound
from outreach.runtime import Session
from outreach.services import audit

_MOVED = (
    ContactState.WAITING,
    ContactState.DUE,
    ContactState.ATTEMPTING,
    ContactState.IN_CONVERSATION,
    ContactState.NO_PHONE,
)


def of_campaign(campaign: Campaign) -> dict[str, Lane]:
    """The departments that have another lane than the usual one."""
    return lanes_of(campaign.priorities)


def set_to(session: Session, name: str, lanes: Mapping[str, Lane], now: datetime, by: str) -> int:
    """Gives departments their lanes, all others the usual one. Returns how many contacts moved.

    Nobody is called earlier than the rules allow: lanes order those whose time has come. Raises NotFound, or BadInput
    for what is no department.
    """
    try:
        wanted = lanes_of(dict(lanes))
    except ValueError as error:
        raise BadInput(str(error)) from None
    campaign = campaigns.by_name(session, name, lock=True)
    if campaign is None:
        raise NotFound(f"there is no campaign {name!r}")
    before = of_campaign(campaign)
    if before == wanted:
        return 0
    moved = 0
    for lane in Lane:
        there = [
            department
            for department in sorted({*before, *wanted})
            if wanted.get(department, Lane.USUAL) is lane and before.get(department, Lane.USUAL) is not lane
        ]
        if there:
            moved += contacts.set_lane(session, campaign.id, there, lane, _MOVED)
    campaign.priorities = {department: int(lane) for department, lane in sorted(wanted.items())}
    audit.record(session, by, "campaign_priorities", name, _told(wanted), now)
    session.flush()
    return moved


def _told(lanes: Mapping[str, Lane]) -> str:
    parts = []
    for lane in (Lane.FIRST, Lane.LAST):
        there = sorted(department for department, held in lanes.items() if held is lane)
        if there:
            parts.append(f"{lane.name.lower()}: {','.join(there)}")
    return "; ".join(parts) or "none"


def stand(session: Session, campaign: Campaign, department: str) -> None:
    """Whoever comes new to a campaign stands in the lane of their department."""
    lane = of_campaign(campaign).get(department, Lane.USUAL)
    if lane is not Lane.USUAL:
        contacts.set_lane(session, campaign.id, [department], lane, (ContactState.WAITING,))
