"""Queries on whom calls don't reach."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, insert, literal, or_, select
from sqlalchemy.orm import Session

from outreach.database.models import AuditEntry, Contact, Patient
from outreach.domain.words import ContactState

UNREACHED = (ContactState.EXHAUSTED, ContactState.NO_PHONE, ContactState.WRONG_NUMBER)
WISHED = "letter"
"""The reason of those who asked for a letter instead of calls (DOMAIN §4)."""


def _listed(campaign_id: UUID, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Contact)
        .join(Patient, Patient.id == Contact.patient_id)
        .where(
            Contact.campaign_id == campaign_id,
            or_(Contact.state.in_(UNREACHED), Contact.reason == WISHED),
            ~Patient.objected,
            Patient.erased_at.is_(None),
        )
    )


def of_campaign(session: Session, campaign_id: UUID) -> Iterator[Any]:
    """Reference, fund, department, state, reason and since when, by fund and department, a few at a time."""
    query = _listed(
        campaign_id,
        Patient.reference,
        Patient.fund,
        Patient.department,
        Contact.state,
        Contact.reason,
        Contact.updated_at,
    ).order_by(Patient.fund, Patient.department, Patient.reference)
    return iter(session.execute(query.execution_options(yield_per=1000)))


def note_export(session: Session, campaign_id: UUID, login: str, reason: str | None, at: datetime) -> None:
    """A line of the audit trail for everybody on the list (rule 14)."""
    rows = _listed(campaign_id, literal(at), literal(login), literal("listed_for_a_letter"), Patient.reference)
    columns = ["at", "login", "act", "subject"]
    if reason is not None:
        rows = rows.add_columns(literal(reason))
        columns.append("reason")
    session.execute(insert(AuditEntry).from_select(columns, rows))
