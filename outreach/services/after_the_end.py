"""What becomes known of a call only after its end: who had picked up, and the last words (DESIGN §6)."""

from datetime import datetime

from outreach.database.models import Attempt, Conversation
from outreach.database.repositories import attempts, contacts
from outreach.domain import machines
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.machines import MAILBOX_FULL, SCREENING
from outreach.domain.words import ContactState, Direction
from outreach.runtime import Session
from outreach.services import life
from outreach.services.attempts import set_aside, usable_number

_TAKEN_FOR_A_PERSON = frozenset(
    {Disposition.HUNG_UP, Disposition.ABANDONED, Disposition.CONVERSATION, Disposition.APOLOGY}
)


def machine_heard(session: Session, attempt: Attempt, answered_by: str, now: datetime) -> None:
    """A detector was late, or a machine's words: one had picked up, unless somebody gave the right birth date."""
    if attempt.direction == Direction.INBOUND or attempt.right_party:
        return
    disposition = machines.NOT_A_PERSON.get(answered_by, Disposition.MACHINE)
    # Its own words tell more than the carrier's detector.
    told_more = attempt.disposition == Disposition.MACHINE and answered_by in {MAILBOX_FULL, SCREENING}
    attempt.answered_by = answered_by if told_more else attempt.answered_by or answered_by
    if attempt.disposition not in _TAKEN_FOR_A_PERSON and not told_more:
        return
    attempt.disposition = disposition
    attempt.human_answered = FLAGS[attempt.disposition].human_answered
    attempt.final = FLAGS[attempt.disposition].final
    if attempt.disposition == Disposition.FAX and attempt.contact_id is not None:
        contact = contacts.lock(session, attempt.contact_id)
        set_aside(contact.patient.numbers, contact, attempt.number, Disposition.FAX, now)
        waits = contact.state in {ContactState.WAITING, ContactState.DUE}
        if waits and usable_number(contact.patient.numbers) is None:
            life.move(session, contact, ContactState.NO_PHONE, Disposition.FAX, now)


def words_heard(session: Session, conversation: Conversation) -> None:
    """The hang-up overtook the words that came before it: whoever said them had not hung up without a word."""
    attempt = attempts.lock(session, conversation.attempt_id)
    if attempt is not None and attempt.disposition == Disposition.HUNG_UP:
        attempt.disposition = Disposition.ABANDONED
