"""What it means for somebody's contact that a conversation with them begins."""

from datetime import datetime, timedelta

from outreach.database.models import Contact
from outreach.domain import calling_hours
from outreach.domain.words import Channel, ContactState
from outreach.runtime import Session
from outreach.services import life
from outreach.services.attempts import policy_of

SMS_PAUSE = timedelta(hours=24)
"""How long somebody who answers by SMS isn't called."""

_MAY_BE_CALLED = frozenset({ContactState.WAITING, ContactState.DUE})


def begins(session: Session, contact: Contact, channel: Channel, now: datetime) -> None:
    """The contact, locked, is in conversation over the telephone; or isn't called while it texts."""
    if channel is Channel.SMS:
        not_while_texting(session, contact, now)
    elif contact.state in _MAY_BE_CALLED | {ContactState.ATTEMPTING}:
        life.move(session, contact, ContactState.IN_CONVERSATION, contact.reason, now)


def not_while_texting(session: Session, contact: Contact, now: datetime) -> None:
    """Somebody who is answering by SMS isn't called meanwhile."""
    if contact.state not in _MAY_BE_CALLED:
        return
    later = calling_hours.next_opening(policy_of(contact), contact.patient.department, now + SMS_PAUSE)
    if later is not None and (contact.next_attempt_at is None or contact.next_attempt_at < later):
        life.move(session, contact, ContactState.WAITING, "texting", now, later)
