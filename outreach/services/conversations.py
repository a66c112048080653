"""What the agent hears, says, keeps and concludes. Only the actions call this: nobody else writes answers."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from outreach.database.models import Contact, Conversation, Patient, Turn
from outreach.database.repositories import attempts, contacts, conversations, people
from outreach.domain import calling_hours, gates, schedule
from outreach.domain.calling_hours import Window
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.gates import CAP_WINDOW
from outreach.domain.states import STATE_AFTER, TRANSITIONS
from outreach.domain.words import (
    AlertKind,
    AttemptStatus,
    Channel,
    ConsentKind,
    ConsentState,
    ContactState,
    Identity,
    IdentityCheck,
    NumberKind,
    Outcome,
    Purpose,
    Question,
    Speaker,
)
from outreach.errors import NotFound
from outreach.runtime import Session
from outreach.services import after_the_end, alerts, consents, handover, life, machines, suppressions, unidentified
from outreach.services.attempts import next_moment, policy_of, set_aside, still_wished_for, usable_number

HEARD_A_MACHINE = "machine"
"""The detail of a conversation that the agent ended because it heard a machine's words."""


class UnknownConversation(NotFound):
    def __init__(self) -> None:
        super().__init__("this conversation is not known")


def lock(session: Session, conversation_id: UUID) -> Conversation:
    """The conversation for this transaction alone, with `.patient` and `.contact`. Raises UnknownConversation."""
    conversation = conversations.lock(session, conversation_id)
    if conversation is None:
        raise UnknownConversation
    return conversation


def hear(session: Session, conversation: Conversation, text: str, at: datetime) -> Turn:
    """Keeps the patient's words."""
    if text and conversation.ended_at is not None:
        after_the_end.words_heard(session, conversation)
    return conversations.add_turn(session, conversation.id, Speaker.PATIENT, text, at, None, None)


def say(
    session: Session, conversation: Conversation, text: str, asks: Question | None, wording: str, at: datetime
) -> Turn:
    """Keeps the agent's words, the question they ask, and the version of the wording."""
    return conversations.add_turn(session, conversation.id, Speaker.AGENT, text, at, asks, wording)


def remember(session: Session, conversation: Conversation, question: Question, value: Any, turn: Turn) -> None:
    """Keeps an answer (JSON); the one that it replaces stays, marked."""
    conversations.replace_answer(session, conversation, question, value, turn.id, turn.at)


def known_answers(session: Session, conversation: Conversation) -> dict[Question, Any]:
    """What this contact has answered so far, earlier conversations included."""
    kept = conversations.known_answers(session, conversation.contact_id, conversation.id)
    return {Question(question): value for question, value in kept.items()}


def check_birth_date(session: Session, conversation: Conversation, birth_date: date) -> IdentityCheck:
    """Compares a birth date with the one expected, which leaves this function in no form (rules 6 and 8)."""
    patient = conversation.patient
    if patient is not None and patient.birth_date is not None and patient.birth_date == birth_date:
        conversation.identity = Identity.VERIFIED
        attempt = attempts.lock(session, conversation.attempt_id)
        if attempt is not None:
            attempt.right_party = True
        return IdentityCheck.VERIFIED
    conversation.wrong_birth_dates += 1
    tries = policy_of(conversation.contact).identity_attempts if conversation.contact is not None else 2
    if conversation.wrong_birth_dates >= tries:
        conversation.identity = Identity.FAILED
        return IdentityCheck.FAILED
    return IdentityCheck.WRONG


def record_consent(
    session: Session,
    conversation: Conversation,
    kind: ConsentKind,
    state: ConsentState,
    turn: Turn,
    wording: str,
    at: datetime,
) -> None:
    """Adds a row to the ledger (rule 10)."""
    consents.record(session, conversation, kind, state, turn, wording, at)


def raise_alert(session: Session, conversation: Conversation, kind: str, what_to_do: str, at: datetime) -> None:
    """Asks a human to look, now (rule 12)."""
    alerts.about_a_person(session, conversation, AlertKind(kind), what_to_do, at)


def conclude(
    session: Session,
    conversation: Conversation,
    outcome: Outcome,
    at: datetime,
    callback: Window | None = None,
    detail: str | None = None,
    turn: Turn | None = None,
    *,
    over: bool = True,
) -> None:
    """Ends a conversation and does what its outcome entails: the contact's state, suppression, the request.

    `callback` is when the patient asked to be called; it is cut to the calling hours. `detail` refines the reason,
    such as `letter` for somebody who wants a letter instead of calls. Not `over`: the outcome stands, whatever becomes
    of the call, and something is still asked.
    """
    handed_over = conversation.outcome == outcome and callback is None
    conversation.outcome = outcome
    if over:
        conversation.ended_at = at
    if detail == HEARD_A_MACHINE:
        machines.agent_heard_one(session, conversation.attempt_id)
    else:
        _the_call_met_somebody(session, conversation)
    patient, reason = conversation.patient, detail or outcome.value
    after = STATE_AFTER[outcome]
    if patient is None:
        unidentified.conclude(session, conversation, outcome, at, callback, detail, handed_over=handed_over)
        return
    if outcome in {Outcome.REFUSED, Outcome.OPTED_OUT}:
        number = None
        if outcome is Outcome.OPTED_OUT:
            attempt = attempts.lock(session, conversation.attempt_id)
            number = attempt.number if attempt is not None else None
        consents.withdraw_all(session, patient, reason, at, conversation, turn)
        suppressions.stop_person(session, patient, after, reason, at, number)
    elif outcome is Outcome.DECEASED:
        suppressions.stop_person(session, patient, after, reason, at)
    elif outcome is Outcome.WRONG_NUMBER:
        _number_is_somebody_elses(session, conversation, patient, reason, at)
    elif after is ContactState.WAITING:
        _call_again(session, conversation, outcome, callback, reason, at)
    else:
        # The adviser who was put through may have closed the request during the talk: it is not made again.
        if not handed_over:
            handover.hand_over(session, conversation, outcome, at, callback)
        _settle(session, conversation, after, reason, at)
        if outcome is Outcome.ACCEPTED and _has_mobile(session, patient):
            _owe_receipt(conversation, at)
    session.flush()


def _the_call_met_somebody(session: Session, conversation: Conversation) -> None:
    """The hang-up may have been told before the last words were taken in: the call is a conversation all the same."""
    attempt = attempts.lock(session, conversation.attempt_id)
    if attempt is not None and attempt.status == AttemptStatus.ENDED and attempt.disposition == Disposition.ABANDONED:
        attempt.disposition = Disposition.CONVERSATION
        attempt.human_answered = FLAGS[Disposition.CONVERSATION].human_answered


def _has_mobile(session: Session, patient: Patient) -> bool:
    return any(number.kind == NumberKind.MOBILE for number in people.numbers_of(session, patient.id))


def _owe_receipt(conversation: Conversation, at: datetime) -> None:
    if conversation.contact is not None and conversation.channel == Channel.VOICE:
        conversation.contact.receipt_due_at = at


def _contact(session: Session, conversation: Conversation) -> Contact | None:
    return contacts.lock(session, conversation.contact_id) if conversation.contact_id is not None else None


def _settle(session: Session, conversation: Conversation, after: ContactState, reason: str, at: datetime) -> None:
    contact = _contact(session, conversation)
    if contact is None:
        return
    before = ContactState(contact.state)
    # Somebody who calls us after the end may change it, but a settled contact isn't unsettled by a lesser outcome.
    if before is after or after in TRANSITIONS[before]:
        life.move(session, contact, after, reason, at)


def _number_is_somebody_elses(
    session: Session, conversation: Conversation, patient: Patient, reason: str, at: datetime
) -> None:
    """The contact goes on with the person's next number; without any, that was the end."""
    attempt, contact = attempts.lock(session, conversation.attempt_id), _contact(session, conversation)
    if attempt is None:
        return
    set_aside(people.numbers_of(session, patient.id), contact, attempt.number, people.WRONG_NUMBER, at)
    session.flush()
    if contact is None:
        return
    if usable_number(contact.patient.numbers) is None:
        _settle(session, conversation, ContactState.WRONG_NUMBER, reason, at)
        return
    if not _may_be_called(session, contact):
        return
    again = next_moment(session, contact, Disposition.CONVERSATION, at)
    contact.callback_from = contact.callback_to = None
    if again.at is None:
        life.move(session, contact, ContactState.EXHAUSTED, again.reason, at)
    else:
        life.move(session, contact, ContactState.WAITING, reason, at, again.at)


def _call_again(
    session: Session,
    conversation: Conversation,
    outcome: Outcome,
    wanted: Window | None,
    reason: str,
    at: datetime,
) -> None:
    contact = _contact(session, conversation)
    if contact is None or not _may_be_called(session, contact):
        if outcome is Outcome.CALLBACK and reason == outcome:
            # Who asks to be called, and whom the agent must not or need not call any more, is called by an adviser.
            handover.hand_over(session, conversation, Outcome.HUMAN_REQUESTED, at, wanted)
        return
    rules, department = policy_of(contact), contact.patient.department
    contact.callback_from = contact.callback_to = None
    window = None
    if wanted is not None:
        window = schedule.callback_window(
            rules, department, at, schedule.put_off(wanted, _allowed_from(session, contact, outcome, at))
        )
    if window is not None:
        life.move(session, contact, ContactState.WAITING, reason, at, window.start)
        if outcome is Outcome.CALLBACK:
            contact.callback_from, contact.callback_to = window.start, window.end
        return
    ended_as = Disposition.ABANDONED if outcome is Outcome.ABANDONED else Disposition.CONVERSATION
    if reason == HEARD_A_MACHINE:
        ended_as = Disposition.MACHINE
    attempt = attempts.lock(session, conversation.attempt_id)
    again = next_moment(session, contact, ended_as, at, attempt)
    if again.at is None and outcome is Outcome.ABANDONED:
        life.move(session, contact, ContactState.EXHAUSTED, again.reason, at)
    else:
        # They spoke to us and are not to be forgotten: once the cap allows it, if it must be.
        later = again.at or calling_hours.next_opening(rules, department, _allowed_from(session, contact, outcome, at))
        life.move(session, contact, ContactState.WAITING, reason, at, later or at + timedelta(days=7))


def _may_be_called(session: Session, contact: Contact) -> bool:
    if contact.state == ContactState.INELIGIBLE or ContactState.WAITING not in TRANSITIONS[ContactState(contact.state)]:
        return False
    return not (contact.patient.objected or suppressions.forbids(session, contact.patient, None, Channel.VOICE))


def _allowed_from(session: Session, contact: Contact, outcome: Outcome, at: datetime) -> datetime:
    """The earliest moment for a call that somebody asked for: the cap holds for it too.

    Only the patient's own wish may break the spacing: for a third party's, the time of day is kept, later.
    """
    rules = policy_of(contact)
    rings = attempts.rings_since(session, contact.patient_id, at - CAP_WINDOW)
    earliest = gates.cap_opens_at(rules, at, rings)
    if outcome is Outcome.CALLBACK:
        return earliest
    return max(earliest, at + rules.attempts.spacing)


def apologise(session: Session, conversation_id: UUID, at: datetime) -> bool:
    """The agent could not answer: the conversation is cut short on our side, and the contact waits for another time.

    Returns whether they are called again, by the agent or by the adviser they were promised: nobody may know whom, or
    all may be settled.
    """
    conversation = lock(session, conversation_id)
    contact = _contact(session, conversation)
    if conversation.outcome is None:
        conversation.outcome = Outcome.ABANDONED
        conversation.ended_at = at
        attempt = attempts.lock(session, conversation.attempt_id)
        if attempt is not None and attempt.purpose == Purpose.CALL:
            attempt.disposition = Disposition.APOLOGY
        if contact is not None and contact.state in {ContactState.ATTEMPTING, ContactState.IN_CONVERSATION}:
            wished = still_wished_for(contact, attempt, at)
            again = next_moment(session, contact, Disposition.APOLOGY, at)
            if wished is None:
                contact.callback_from = contact.callback_to = None
            when = again.at if wished is None else max(at, wished.start)
            if when is None:
                life.move(session, contact, ContactState.EXHAUSTED, again.reason, at)
            else:
                life.move(session, contact, ContactState.WAITING, Disposition.APOLOGY, at, when)
    session.flush()
    if conversation.outcome in {Outcome.HUMAN_REQUESTED, Outcome.EMERGENCY}:
        return True
    return contact is not None and contact.state in {ContactState.WAITING, ContactState.DUE}
