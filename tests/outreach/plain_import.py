"""The import row by row, by mapped objects: plain and slow. What `patients_import` does by sets must come to the same."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from outreach.database.models import Campaign, Contact, Patient, PhoneNumber
from outreach.database.repositories import people, suppressions
from outreach.database.repositories.patients_import import FIELDS
from outreach.domain.eligibility import ineligible_because
from outreach.domain.patients_file import PatientRow
from outreach.domain.words import ContactState, SuppressionScope
from outreach.runtime import Session
from outreach.services import campaigns, life
from outreach.services.erasure import AT_THEIR_WISH
from outreach.services.suppressions import suppress


def take(session: Session, batch: Sequence[PatientRow], campaign: Campaign, now: datetime) -> tuple[int, int]:
    """How many were added, and changed."""
    added = changed = 0
    patients = []
    for row in batch:
        patient = people.by_reference(session, row.reference)
        if patient is None:
            patient, added = _add(session, row, now), added + 1
        elif _change(patient, row, now):
            changed += 1
        session.flush()
        patients.append(patient)
    # Whoever is stopped as somebody's twin stops their own twins.
    while any(_inherits_a_stop(session, patient, now) for patient in patients):
        pass
    for patient in patients:
        contact = session.scalar(
            select(Contact).where(Contact.campaign_id == campaign.id, Contact.patient_id == patient.id)
        )
        suppressed = bool(suppressions.suppressed_references(session, [patient.reference]))
        _enrol(session, campaign, patient, contact, suppressed, now)
    session.flush()
    return added, changed


def _add(session: Session, row: PatientRow, now: datetime) -> Patient:
    patient = Patient(
        reference=row.reference,
        invented=row.invented,
        created_at=now,
        updated_at=now,
        **{name: getattr(row, name) for name in FIELDS},
    )
    patient.numbers = [
        PhoneNumber(rank=rank, e164=number.e164, kind=number.kind) for rank, number in enumerate(row.numbers, start=1)
    ]
    session.add(patient)
    return patient


def _change(patient: Patient, row: PatientRow, now: datetime) -> bool:
    if patient.erased_because == AT_THEIR_WISH:
        return False  # a file doesn't bring them back
    changed = patient.erased_at is not None
    patient.erased_at = patient.erased_because = None
    for name in FIELDS:
        value = getattr(row, name)
        if name == "objected":
            value = value or patient.objected  # an objection isn't taken back by a file
        if getattr(patient, name) != value:
            setattr(patient, name, value)
            changed = True
    if [number.e164 for number in patient.numbers] != [number.e164 for number in row.numbers]:
        _change_numbers(patient, row)
        patient.invented = row.invented
        changed = True
    if changed:
        patient.updated_at = now
    return changed


def _change_numbers(patient: Patient, row: PatientRow) -> None:
    """Brings the numbers to those of the row, rank by rank; a number that proved unusable stays so at any rank."""
    unusable = {n.e164: (n.unusable_since, n.unusable_because) for n in patient.numbers}
    del patient.numbers[len(row.numbers) :]
    for rank, number in enumerate(row.numbers, start=1):
        if rank > len(patient.numbers):
            patient.numbers.append(PhoneNumber(rank=rank))
        held = patient.numbers[rank - 1]
        held.e164, held.kind = number.e164, number.kind
        held.unusable_since, held.unusable_because = unusable.get(number.e164, (None, None))


def _inherits_a_stop(session: Session, patient: Patient, now: datetime) -> bool:
    """The same person under another reference said STOP: it holds for this one too (rule 9)."""
    if suppressions.suppressed_references(session, [patient.reference]):
        return False
    if patient.birth_date is None or not patient.numbers:
        return False
    twins = people.same_person(
        session, patient.last_name, patient.birth_date, [number.e164 for number in patient.numbers]
    )
    for twin in twins:
        if twin.reference != patient.reference and suppressions.suppressed_references(session, [twin.reference]):
            suppress(session, patient.reference, None, SuppressionScope.PERSON, "same_person_stopped", now)
            return True
    return False


def _enrol(
    session: Session, campaign: Campaign, patient: Patient, contact: Contact | None, suppressed: bool, now: datetime
) -> None:
    why = ineligible_because(
        ehpad=patient.ehpad_finess is not None,
        legal_protection=patient.legal_protection,
        objected=patient.objected,
        suppressed=suppressed,
        birth_date=patient.birth_date,
        today=now.date(),
    )
    state, reason = ContactState.WAITING, None
    if why is not None:
        state, reason = ContactState.INELIGIBLE, why
    elif all(number.unusable_since is not None for number in patient.numbers):
        state, reason = ContactState.NO_PHONE, "no_number"
    if contact is None:
        session.add(
            Contact(
                campaign_id=campaign.id,
                patient_id=patient.id,
                state=state,
                reason=reason,
                created_at=now,
                updated_at=now,
            )
        )
        return
    before = ContactState(contact.state)
    if (
        state is ContactState.INELIGIBLE and before in {ContactState.WAITING, ContactState.DUE, ContactState.NO_PHONE}
    ) or (state is ContactState.NO_PHONE and before in {ContactState.WAITING, ContactState.DUE}):
        life.move(session, contact, state, reason, now)
    elif state is ContactState.WAITING and before is ContactState.NO_PHONE:
        at = campaigns.first_moment(campaign, patient.department, now)
        if at is not None:
            life.move(session, contact, state, "number_given", now, at)
