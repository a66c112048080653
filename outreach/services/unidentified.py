"""A conversation over a number that several patients share: nobody's until a birth date tells whose (rules 6 and 8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from outreach.database.models import Attempt, Conversation, Patient, Request
from outreach.database.repositories import attempts, contacts, conversations, people, requests_of
from outreach.domain.calling_hours import Window
from outreach.domain.first_names import plain_name, who_is_called
from outreach.domain.policy import DEFAULT
from outreach.domain.states import STATE_AFTER
from outreach.domain.words import Channel, ContactState, Identity, IdentityCheck, Outcome, RequestKind, SuppressionScope
from outreach.runtime import Session
from outreach.services import handover, joining, suppressions

_NO_LINE = "75"
"""Whose patients were all erased meanwhile: the hours of metropolitan France."""

_WORK_FOR_AN_ADVISER: dict[Outcome, RequestKind] = {
    Outcome.HUMAN_REQUESTED: RequestKind.HUMAN,
    Outcome.EMERGENCY: RequestKind.EMERGENCY,
    Outcome.IDENTITY_FAILED: RequestKind.IDENTITY,
    # Which of them died, or has another number by now, only a human can find out.
    Outcome.DECEASED: RequestKind.IDENTITY,
    Outcome.WRONG_NUMBER: RequestKind.IDENTITY,
}


@dataclass(frozen=True, slots=True)
class Line:
    """What may be known of a shared number while nobody is identified: no name, no date."""

    department: str
    invented: bool


def line(session: Session, conversation: Conversation) -> Line:
    sharing = people.at_number(session, _attempt(session, conversation).number)
    return Line(
        department=sharing[0].department if sharing else _NO_LINE,
        # Nobody real is rung for an invented person.
        invented=any(patient.invented for patient in sharing),
    )


def sharing(session: Session, request: Request) -> Sequence[Patient]:
    """Those who may have been speaking in a request that is nobody's."""
    attempt = requests_of.attempt_behind(session, request.id)
    return people.at_number(session, attempt.number) if attempt is not None else []


def check(
    session: Session, conversation: Conversation, birth_date: date, first_name: str | None, now: datetime
) -> IdentityCheck:
    """Looks for the one patient of the number who was born then; the conversation becomes theirs.

    SEVERAL when two were, whom the words in which a `first_name` was asked for may tell apart. Neither the expected
    dates nor the names leave this function.
    """
    attempt = _attempt(session, conversation)
    born_then = [patient for patient in people.at_number(session, attempt.number) if patient.birth_date == birth_date]
    found = _persons(session, born_then)
    if len(found) > 1 and first_name is None:
        return IdentityCheck.SEVERAL
    named = who_is_called(first_name or "", [patient.first_name for patient in found]) if len(found) > 1 else 0
    if found and named is not None:
        _becomes(session, conversation, attempt, found[named], now)
        return IdentityCheck.VERIFIED
    conversation.wrong_birth_dates += 1
    if conversation.wrong_birth_dates >= DEFAULT.identity_attempts:
        conversation.identity = Identity.FAILED
        return IdentityCheck.FAILED
    return IdentityCheck.SEVERAL if found else IdentityCheck.WRONG


def _persons(session: Session, patients: Sequence[Patient]) -> list[Patient]:
    """Each person once: two references of the same name and birth date at one number are one person's."""
    persons: dict[tuple[str, str], Patient] = {}
    for patient in patients:
        key = (plain_name(patient.first_name), plain_name(patient.last_name))
        if key not in persons or not _may_be_helped(session, persons[key]):
            persons[key] = patient
    return list(persons.values())


def _may_be_helped(session: Session, patient: Patient) -> bool:
    contact = contacts.current_of_person(session, patient.id)
    return contact is not None and contact.state != ContactState.INELIGIBLE


def _becomes(session: Session, conversation: Conversation, attempt: Attempt, patient: Patient, now: datetime) -> None:
    """From its first word on, it is this patient's conversation."""
    conversation.identity = Identity.VERIFIED
    conversation.patient_id, conversation.patient = patient.id, patient
    attempt.patient_id, attempt.right_party = patient.id, True
    current = contacts.current_of_person(session, patient.id)
    if current is not None:
        contact = contacts.lock(session, current.id)
        conversation.contact_id, conversation.contact = contact.id, contact
        attempt.contact_id, attempt.campaign_id = contact.id, contact.campaign_id
        joining.begins(session, contact, Channel(conversation.channel), now)
        session.flush()
        conversations.hand_answers_to(session, conversation.id, contact.id)
    if conversation.channel == Channel.SMS:
        conversations.end_others_by_sms(session, conversation, Outcome.ABANDONED, now)
    session.flush()


def conclude(
    session: Session,
    conversation: Conversation,
    outcome: Outcome,
    at: datetime,
    callback: Window | None,
    detail: str | None,
    *,
    handed_over: bool,
) -> None:
    """What an outcome entails when nobody knows for whom: the number stops, or an adviser finds out.

    `handed_over`: an adviser has this conversation, or had it, already.
    """
    number = _attempt(session, conversation).number
    if outcome in {Outcome.REFUSED, Outcome.OPTED_OUT}:
        suppressions.stop_line(session, number, STATE_AFTER[outcome], detail or outcome.value, at)
    elif outcome is Outcome.WRONG_NUMBER:
        for held in people.numbers_like(session, number):
            held.unusable_since, held.unusable_because = at, people.WRONG_NUMBER
    kind = _WORK_FOR_AN_ADVISER.get(outcome)
    if kind is not None and not handed_over:
        department = line(session, conversation).department
        handover.hand_over_unidentified(session, conversation, kind, department, at, callback)
    session.flush()


def suppress_channel(session: Session, conversation: Conversation, scope: SuppressionScope, now: datetime) -> None:
    """« Plus de SMS » holds for the number, whoever said it."""
    suppressions.suppress(session, None, _attempt(session, conversation).number, scope, "asked_by_patient", now)


def _attempt(session: Session, conversation: Conversation) -> Attempt:
    attempt = attempts.lock(session, conversation.attempt_id)
    assert attempt is not None, "a conversation has an attempt"
    return attempt
