"""Whom calls and SMS don't reach, for a letter or an adviser (DOMAIN §2: exhausted, no phone)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from outreach.database.repositories import letters
from outreach.runtime import Session
from outreach.services import audit, campaigns


@dataclass(frozen=True, slots=True)
class LetterLine:
    """Somebody to write to: whoever writes knows the reference's name and address, which the list doesn't hold."""

    reference: str
    fund: str | None
    department: str
    state: str
    reason: str | None
    since: datetime


def export(session: Session, name: str, now: datetime, by: str, reason: str | None) -> Iterator[LetterLine]:
    """Everybody whose end is a letter, with why; the export is in the audit trail, person by person (rule 14).

    Also those who asked for a letter instead of calls. Raises UnknownCampaign.
    """
    campaign = campaigns.get(session, name)
    audit.record(session, by, "letters_exported", name, reason, now)
    letters.note_export(session, campaign.id, by, reason[:500] if reason else None, now)
    session.flush()
    return (LetterLine(*row) for row in letters.of_campaign(session, campaign.id))
