"""Who must not be contacted any more, and the stop of every channel at once (DOMAIN §2, rule 9)."""

from datetime import datetime

from outreach.database.models import Contact, Patient, Suppression
from outreach.database.repositories import contacts, people, suppressions
from outreach.domain.states import FINAL, TRANSITIONS
from outreach.domain.words import Channel, ContactState, SuppressionScope
from outreach.journal import TO_JOURNAL
from outreach.runtime import Session
from outreach.services import consents, life

BLOCKED_BY_CARRIER = "blocked_by_carrier"


def suppress(
    session: Session,
    reference: str | None,
    number: str | None,
    scope: SuppressionScope,
    reason: str,
    now: datetime,
) -> None:
    """Adds a row unless the same one holds already; the edge's transaction journals it after its commit."""
    if any(
        row.reference == reference and row.number == number and row.scope in {scope, SuppressionScope.PERSON}
        for row in suppressions.active(session, reference or "", number)
    ):
        return
    row = Suppression(reference=reference, number=number, scope=scope, reason=reason, since=now)
    session.add(row)
    session.flush()
    session.info.setdefault(TO_JOURNAL, []).append(row)


def forbids(session: Session, patient: Patient, number: str | None, channel: Channel) -> bool:
    return suppressions.forbids(session, patient.reference, number, channel)


def stop_person(
    session: Session, patient: Patient, after: ContactState, reason: str, now: datetime, number: str | None = None
) -> None:
    """Stops every channel for a person: suppression, all their contacts settled, their open requests withdrawn.

    `number` is the line from which they said STOP: it is suppressed too. Whoever is most likely the same person, under
    another reference, is stopped as well (rule 9).
    """
    suppress(session, patient.reference, None, SuppressionScope.PERSON, reason, now)
    if number is not None:
        suppress(session, None, number, SuppressionScope.PERSON, reason, now)
    for contact in contacts.of_person(session, patient.id):
        _settle(session, contact, after, reason, now)
    if after is not ContactState.DECEASED:
        consents.withdraw_all(session, patient, reason, now)
    for twin in _twins(session, patient):
        suppress(session, twin.reference, None, SuppressionScope.PERSON, "same_person_stopped", now)
        for contact in contacts.of_person(session, twin.id):
            _settle(session, contact, after, "same_person_stopped", now)


def _twins(session: Session, patient: Patient) -> list[Patient]:
    numbers = [number.e164 for number in people.numbers_of(session, patient.id)]
    if patient.birth_date is None or not numbers:
        return []
    same = people.same_person(session, patient.last_name, patient.birth_date, numbers)
    return [twin for twin in same if twin.id != patient.id]


def _settle(session: Session, contact: Contact, after: ContactState, reason: str, now: datetime) -> None:
    before = ContactState(contact.state)
    # A settled contact keeps its end unless a stop may follow it: somebody deceased has not "refused".
    if before not in FINAL or after in TRANSITIONS[before]:
        life.move(session, contact, after, reason, now)


def stop_by_sms(session: Session, number: str, now: datetime) -> list[Patient]:
    """A stop word came from this number: everybody known by it is opted out. Returns them, none when unknown."""
    return stop_line(session, number, ContactState.OPTED_OUT, "stop_sms", now)


def stop_line(session: Session, number: str, after: ContactState, reason: str, now: datetime) -> list[Patient]:
    """Somebody at this number wants no more: one of those who gave it, and nobody knows which, so all of them stop.

    Returns them, none when the number is unknown.
    """
    suppress(session, None, number, SuppressionScope.PERSON, reason, now)
    patients = list(people.having_number(session, number))
    for patient in patients:
        stop_person(session, patient, after, reason, now)
    return patients


def blocked_by_carrier(session: Session, patient: Patient, number: str, now: datetime) -> None:
    """The carrier refuses SMS to this number because its holder told it STOP: the channel is closed here too."""
    suppress(session, None, number, SuppressionScope.SMS, BLOCKED_BY_CARRIER, now)
    suppress(session, patient.reference, None, SuppressionScope.SMS, BLOCKED_BY_CARRIER, now)


def unblocked_by_carrier(session: Session, number: str, now: datetime) -> None:
    """START from this number: the carrier has lifted its own block, so what mirrors that here is lifted too.

    A stop or a refusal told to us stays: a word from a telephone doesn't tell whose it is (decision 11).
    """
    references = {None, *(patient.reference for patient in people.having_number(session, number))}
    for reference in references:
        for row in suppressions.active(session, reference or "", number):
            if row.reason == BLOCKED_BY_CARRIER and row.reference in references and row.number in {None, number}:
                row.lifted_at = now
    session.flush()
