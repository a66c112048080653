"""Who picked up a call of ours, when it is no human: what the carrier detects and what the words give away."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from outreach.database.models import Attempt
from outreach.database.repositories import attempts, contacts, conversations
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.machines import FAX, HUMAN, MAILBOX_FULL, SCREENING, Heard, by_a_machine, is_a_short_hello
from outreach.domain.words import AttemptStatus, Direction, Outcome, Speaker
from outreach.runtime import Session
from outreach.services import after_the_end
from outreach.services.attempts import policy_of
from outreach.services.carrier_facts import pick_up

HEARD_OUT = "machine_end_other"
"""The carrier's word for a machine whose greeting is over, where we knew it by its words."""


_BY_ITS_WORDS = {Heard.MAILBOX_FULL: MAILBOX_FULL, Heard.SCREENING: SCREENING}


class Plan(StrEnum):
    """What becomes of a call that a machine may have picked up."""

    KEEP_TALKING = "keep_talking"
    HEAR_OUT = "hear_out"
    LEAVE_MESSAGE = "leave_message"
    SAY_WHO_CALLS = "say_who_calls"
    HANG_UP = "hang_up"


def detected(session: Session, attempt_id: UUID, answered_by: str, now: datetime) -> Plan:
    """The carrier heard who picked up, sooner or later. What was said since weighs more than what it believes.

    A machine at the start of its greeting is heard out: only its words tell a mailbox from an assistant that screens.
    """
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.direction == Direction.INBOUND:
        return Plan.KEEP_TALKING
    if attempt.status == AttemptStatus.ENDED:
        if by_a_machine(answered_by) and attempt.answered_by is None and not _somebody_spoke(session, attempt):
            after_the_end.machine_heard(session, attempt, answered_by, now)
        return Plan.KEEP_TALKING
    pick_up(attempt, now)
    if attempt.answered_by not in {None, answered_by}:
        return Plan.KEEP_TALKING  # its own words were heard
    if _somebody_spoke(session, attempt):
        attempt.answered_by = HUMAN
        return Plan.KEEP_TALKING
    attempt.answered_by = answered_by
    if answered_by == FAX:
        return Plan.HANG_UP
    if not by_a_machine(answered_by) or attempt.contact_id is None:
        return Plan.KEEP_TALKING
    return _message_or_not(session, attempt) if answered_by.startswith("machine_end") else Plan.HEAR_OUT


def heard(session: Session, attempt_id: UUID, what: Heard, words: str | None, now: datetime) -> Plan:
    """First words, or silence, of whoever picked up a call of ours: what to do, and who it was, kept.

    KEEP_TALKING: a human spoke, or somebody who was known for one.
    """
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or _somebody_spoke(session, attempt):
        return Plan.KEEP_TALKING
    if attempt.direction != Direction.OUTBOUND or attempt.contact_id is None:
        attempt.answered_by = HUMAN
        return Plan.KEEP_TALKING
    by_carrier = by_a_machine(attempt.answered_by)
    if attempt.status == AttemptStatus.ENDED and (by_carrier or what is not Heard.TELLS_NOTHING):
        after_the_end.machine_heard(session, attempt, _BY_ITS_WORDS.get(what, attempt.answered_by or HEARD_OUT), now)
        return Plan.HANG_UP  # the hang-up overtook its words
    if attempt.voicemail_left:
        return Plan.LEAVE_MESSAGE  # the same turn, delivered again
    if what is Heard.MAILBOX_FULL:
        attempt.answered_by = MAILBOX_FULL
        return Plan.HANG_UP
    if what is Heard.SCREENING:
        attempt.answered_by = SCREENING
        return Plan.SAY_WHO_CALLS
    if what is Heard.MAILBOX or (by_carrier and not (words and is_a_short_hello(words))):
        attempt.answered_by = attempt.answered_by if by_carrier else HEARD_OUT
        return _message_or_not(session, attempt)
    attempt.answered_by = HUMAN
    return Plan.KEEP_TALKING


def agent_heard_one(session: Session, attempt_id: UUID) -> None:
    """The agent took what it heard for a machine's words, though nothing had told so before: nobody was reached."""
    attempt = attempts.lock(session, attempt_id)
    if attempt is None or attempt.direction != Direction.OUTBOUND or by_a_machine(attempt.answered_by):
        return
    attempt.answered_by = HEARD_OUT
    if attempt.status == AttemptStatus.ENDED and attempt.disposition in {Disposition.ABANDONED, Disposition.HUNG_UP}:
        attempt.disposition = Disposition.MACHINE
        attempt.human_answered = FLAGS[Disposition.MACHINE].human_answered


def _message_or_not(session: Session, attempt: Attempt) -> Plan:
    if attempt.answered_by in {FAX, MAILBOX_FULL} or not _is_due(session, attempt):
        return Plan.HANG_UP
    attempt.voicemail_left = True
    return Plan.LEAVE_MESSAGE


def _is_due(session: Session, attempt: Attempt) -> bool:
    if attempt.contact_id is None:
        return False
    contact = contacts.lock(session, attempt.contact_id)
    return attempts.misses(session, contact.id) + 1 in policy_of(contact).voicemail_on_misses


def _somebody_spoke(session: Session, attempt: Attempt) -> bool:
    """Whether a human was heard: their words were taken for a human's, whatever the detector believes of them."""
    if attempt.right_party:
        return True
    conversation = conversations.of_attempt(session, attempt.id)
    if conversation is None:
        return False
    concluded = conversation.outcome not in {None, Outcome.ABANDONED}  # cut short by the end, it tells nothing
    return concluded or conversations.has_turn_of(session, conversation.id, Speaker.PATIENT)
