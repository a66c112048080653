"""The one door through which a contact changes state."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from outreach.database.models import Contact, ContactEvent
from outreach.database.repositories import claiming
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


def move_many(
    session: Session,
    ids: Sequence[UUID],
    before: ContactState,
    after: ContactState,
    now: datetime,
    *,
    next_attempt_at: datetime | None = None,
    held_by: Gate | None = None,
    attempts: int = 0,
) -> int:
    """The same change for many contacts that this transaction has locked; returns how many changed. Their reasons stay.

    `attempts` is added to those that each contact has had. Neither state may be a final one.
    """
    check_transition(before, after)
    if after in FINAL or before in FINAL:
        raise ValueError("a final state is entered and left one contact at a time")
    if after is ContactState.WAITING and next_attempt_at is None and before is not ContactState.WAITING:
        raise ValueError("a waiting contact needs a time")
    if not ids:
        return 0
    return claiming.move(
        session,
        ids,
        before,
        after,
        now,
        next_attempt_at=next_attempt_at,
        held_by=held_by,
        attempts=attempts,
    )


def let_go(contact: Contact) -> None:
    """What held a contact back holds no more."""
    contact.held_by = contact.held_since = None


def hold(contact: Contact, gate: Gate, now: datetime) -> None:
    """Keeps why a contact is held back, where a supervisor can read it."""
    if contact.held_by != gate:
        contact.held_by = gate
        contact.held_since = now
