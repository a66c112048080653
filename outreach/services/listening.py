"""Whether anybody would speak to those we call: a process that takes calls, with an agent behind it."""

from datetime import datetime, timedelta
from uuid import UUID

from outreach.database.repositories import campaigns, listeners
from outreach.domain.words import AlertKind, CampaignStatus
from outreach.runtime import Session
from outreach.services import alerts

TELLS_EVERY_SECONDS = 2.0
"""Real seconds after which a process that takes calls asks its agent again, and tells."""

LATELY = timedelta(seconds=4 * TELLS_EVERY_SECONDS)
"""In the machine's own time: whoever told so lately is there."""


def agent_answered(session: Session, listener_id: UUID) -> None:
    listeners.answered(session, listener_id)


def gone(session: Session, listener_id: UUID) -> None:
    listeners.forget(session, listener_id)


def somebody_listens(session: Session) -> bool:
    """Whether a call that is answered now would be spoken to: otherwise nobody may be called (DOMAIN §2)."""
    return listeners.any_answered_within(session, LATELY)


def nobody_listened(session: Session, now: datetime) -> None:
    """Tells whoever runs the running campaigns; no more than once while that is open."""
    for campaign in campaigns.with_status(session, CampaignStatus.RUNNING):
        if all(alert.kind != AlertKind.NOBODY_LISTENS for alert in alerts.of_campaign(session, campaign)):
            alerts.about_a_campaign(session, campaign, AlertKind.NOBODY_LISTENS, now)
