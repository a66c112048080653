"""Queries on patients and their numbers."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from outreach.database.models import Patient, PhoneNumber

WRONG_NUMBER = "wrong_number"

_HAVING_NUMBER = (
    select(Patient).join(PhoneNumber).where(Patient.erased_at.is_(None)).order_by(Patient.reference).distinct()
)


def by_reference(session: Session, reference: str) -> Patient | None:
    return session.scalar(select(Patient).where(Patient.reference == reference).options(selectinload(Patient.numbers)))


def lock_free(session: Session, patient_id: UUID) -> Patient | None:
    """The patient, locked; None when another process is busy with this person."""
    return session.scalar(
        select(Patient)
        .where(Patient.id == patient_id)
        .options(selectinload(Patient.numbers))
        .with_for_update(skip_locked=True, of=Patient)
        .execution_options(populate_existing=True)
    )


def having_number(session: Session, e164: str) -> Sequence[Patient]:
    """Everybody who gave this number, the erased excepted."""
    return session.scalars(_HAVING_NUMBER.where(PhoneNumber.e164 == e164)).all()


def at_number(session: Session, e164: str) -> Sequence[Patient]:
    """Those who may be speaking from this number: not who gave it and proved to have another one."""
    theirs = or_(PhoneNumber.unusable_because.is_(None), PhoneNumber.unusable_because != WRONG_NUMBER)
    return session.scalars(_HAVING_NUMBER.where(PhoneNumber.e164 == e164, theirs)).all()


def numbers_like(session: Session, e164: str) -> Sequence[PhoneNumber]:
    """This number, once for each patient who gave it."""
    return session.scalars(select(PhoneNumber).where(PhoneNumber.e164 == e164).order_by(PhoneNumber.id)).all()


def lock(session: Session, patient_id: UUID) -> None:
    """Keeps whoever else begins a call with this person waiting; who only points at them isn't."""
    session.execute(select(Patient.id).where(Patient.id == patient_id).with_for_update(key_share=True))


def numbers_of(session: Session, patient_id: UUID) -> Sequence[PhoneNumber]:
    return session.scalars(
        select(PhoneNumber).where(PhoneNumber.patient_id == patient_id).order_by(PhoneNumber.rank)
    ).all()


def same_person(session: Session, last_name: str, birth_date: date, numbers: Sequence[str]) -> Sequence[Patient]:
    """Patients of the same name and birth date who share a number: most likely one person under two references."""
    return session.scalars(
        select(Patient)
        .join(PhoneNumber)
        .where(
            func.lower(Patient.last_name) == func.lower(last_name),
            Patient.birth_date == birth_date,
            PhoneNumber.e164.in_(numbers),
        )
        .distinct()
    ).all()
