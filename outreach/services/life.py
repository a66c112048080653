"""The one door through which a contact changes state."""

from datetime import datetime

from outreach.database.models import Contact, ContactEvent
from outreach.domain.states import FINAL, check_transition
from outreach.domain.words import ContactState, Gate
from outreach.runtime import Session


def move(
    session: Session,
    contact: Contact,
    after: ContactState,
    reason: str | None,
    now: datetime,
    next_attempt_at: datetime | None = None,
) -> None:
    """Changes the state, keeps the change, and clears what no longer holds. Raises IllegalTransition."""
    before = ContactState(contact.state)
    check_transition(before, after)
    if after is ContactState.WAITING and next_attempt_at is None:
        raise ValueError("a waiting contact needs a time")
    if before is not after:
        session.add(ContactEvent(contact_id=contact.id, before=before, after=after, reason=reason, at=now))
    contact.state = after
    contact.reason = reason
    contact.updated_at = now
    contact.held_by = None
    contact.held_since = None
    if after in FINAL:
        contact.next_attempt_at = None
        contact.callback_from = contact.callback_to = None
        if after is not ContactState.EXHAUSTED:
            contact.invitation_due_at = None
    elif next_attempt_at is not None:
        contact.next_attempt_at = next_attempt_at


def hold(contact: Contact, gate: Gate, now: datetime) -> None:
    """Keeps why a contact is held back, where a supervisor can read it."""
    if contact.held_by != gate:
        contact.held_by = gate
        contact.held_since = now
