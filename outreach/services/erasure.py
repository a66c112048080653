"""The right to be forgotten, with what must outlive it: the suppression and the ledger."""

from datetime import datetime

from outreach.database.models import AuditEntry, Patient
from outreach.database.repositories import contacts, erasure, people
from outreach.domain.words import ContactState, SuppressionScope
from outreach.errors import BusinessError, NotFound
from outreach.runtime import Session
from outreach.services.suppressions import stop_person, suppress

AT_THEIR_WISH = "wish"
KEPT_LONG_ENOUGH = "age"


class UnknownPatient(NotFound):
    def __init__(self, reference: str) -> None:
        super().__init__(f"there is no patient with the reference {reference!r}")


def erase(session: Session, reference: str, now: datetime, by: str, reason: str | None) -> None:
    """Empties everything personal; keeps the reference, suppressed."""
    patient = people.by_reference(session, reference)
    if patient is None:
        raise UnknownPatient(reference)
    if contacts.has_open_call(session, patient.id):
        raise BusinessError(f"{reference} is on the telephone just now; erase them once the call has ended")
    numbers = [number.e164 for number in patient.numbers]
    stop_person(session, patient, ContactState.OPTED_OUT, "erased", now)
    for number in numbers:
        suppress(session, None, number, SuppressionScope.PERSON, "erased", now)
    empty(session, patient, now)
    patient.erased_because = AT_THEIR_WISH
    session.add(AuditEntry(at=now, login=by, act="patient_erased", subject=reference, reason=reason))
    session.flush()


def empty(session: Session, patient: Patient, now: datetime) -> None:
    """Leaves of a person the reference, the ledger, and figures without anybody in them."""
    numbers = [number.e164 for number in patient.numbers]
    erasure.empty(session, patient.id, erasure.conversation_ids(session, patient.id, numbers))
    session.expire(patient, ["numbers"])
    patient.last_name = "effacé"
    patient.first_name = patient.civility = ""
    patient.birth_date = None
    patient.insee_code = patient.fund = patient.ehpad_finess = None
    patient.regular_physician_rpps = patient.language = None
    patient.postal_code = ""
    patient.erased_at = patient.updated_at = now
