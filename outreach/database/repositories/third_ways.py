"""Queries on whom the agent doesn't reach, and on whom their own physician may be asked about."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select, true
from sqlalchemy.orm import Session

from outreach.database.models import Campaign, Consent, Contact, Offer, Patient, Request, Suppression
from outreach.database.repositories.letters import UNREACHED, WISHED
from outreach.database.repositories.requests_of import OPEN
from outreach.domain.words import CampaignStatus, ConsentKind, ConsentState, ContactState, SuppressionScope

_OVER = (ContactState.REFUSED, ContactState.OPTED_OUT, ContactState.DECEASED, ContactState.ALREADY_HAS_DOCTOR)


def _in(departments: Sequence[str]) -> ColumnElement[bool]:
    return Patient.department.in_(departments) if departments else true()


def _stopped() -> ColumnElement[bool]:
    return exists().where(
        Suppression.reference == Patient.reference,
        Suppression.scope == SuppressionScope.PERSON,
        Suppression.lifted_at.is_(None),
    )


def _over() -> ColumnElement[bool]:
    return exists().where(Contact.patient_id == Patient.id, Contact.state.in_(_OVER))


def _declared() -> ColumnElement[bool]:
    return exists().where(
        Request.patient_id == Patient.id,
        or_(
            Request.result == "declared",
            exists().where(Offer.request_id == Request.id, Offer.declared_on.is_not(None)),
        ),
    )


def _may_be_approached() -> ColumnElement[bool]:
    return and_(~Patient.objected, Patient.erased_at.is_(None), ~_stopped(), ~_over(), ~_declared())


def _unreached(departments: Sequence[str], *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Contact)
        .join(Patient, Patient.id == Contact.patient_id)
        .join(Campaign, Campaign.id == Contact.campaign_id)
        .where(
            or_(Contact.state.in_(UNREACHED), Contact.reason == WISHED),
            ~Patient.objected,
            Patient.erased_at.is_(None),
            _in(departments),
        )
    )


def unreached(session: Session, departments: Sequence[str], limit: int | None) -> Sequence[Any]:
    """Patient, state, reason, since when, campaign: by fund, so that whoever writes gets them together."""
    query = _unreached(departments, Patient, Contact.state, Contact.reason, Contact.updated_at, Campaign.name)
    return session.execute(query.order_by(Patient.fund, Patient.department, Patient.reference).limit(limit)).all()


def count_unreached(session: Session, departments: Sequence[str]) -> int:
    return session.scalar(_unreached(departments, func.count())) or 0


def protected(session: Session, departments: Sequence[str]) -> Sequence[Any]:
    """Residents of establishments and people with a guardian, with the status of their open request if any."""
    status = (
        select(Request.status)
        .where(Request.patient_id == Patient.id, Request.status.in_(OPEN))
        .order_by(Request.created_at)
        .limit(1)
        .scalar_subquery()
    )
    enrolled = exists().where(
        Contact.patient_id == Patient.id,
        Contact.campaign_id == Campaign.id,
        Campaign.status != CampaignStatus.STOPPED,
    )
    return session.execute(
        select(Patient, status.label("status"))
        .where(
            or_(Patient.ehpad_finess.is_not(None), Patient.legal_protection),
            enrolled,
            _may_be_approached(),
            _in(departments),
        )
        .order_by(Patient.ehpad_finess.nulls_last(), Patient.department, Patient.last_name, Patient.reference)
    ).all()


def _latest(kind: ConsentKind) -> ColumnElement[Any]:
    return (
        select(Consent.state)
        .where(Consent.patient_id == Patient.id, Consent.kind == kind)
        .order_by(Consent.position.desc())
        .limit(1)
        .scalar_subquery()
    )


def _may_be_asked_about(informed_by: date, born_by: date) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Consent B, and informed non-opposition: told in time of the right to object, and nothing said since.

    `informed_by`: the latest day on which a campaign's people had to be told. Somebody enrolled after the statement
    was made isn't covered by it; whoever has a guardian, or no known age of 16, can't be said to have let it be.
    """
    sharing, assistance = _latest(ConsentKind.SHARING), _latest(ConsentKind.ASSISTANCE)
    informed = exists().where(
        Contact.patient_id == Patient.id,
        Contact.campaign_id == Campaign.id,
        Campaign.informed_on <= informed_by,
        Contact.created_at <= Campaign.informed_stated_at,
    )
    agreed = sharing == ConsentState.GIVEN
    let_be = and_(
        sharing.is_(None),
        or_(assistance.is_(None), assistance == ConsentState.GIVEN),
        informed,
        ~Patient.legal_protection,
        Patient.birth_date <= born_by,
    )
    return agreed, let_be


def regulars_by_physician(
    session: Session, departments: Sequence[str], informed_by: date, born_by: date
) -> Sequence[Any]:
    """RPPS number, and how many of the patients they see regularly they may be asked about; the most first."""
    agreed, let_be = _may_be_asked_about(informed_by, born_by)
    return session.execute(
        select(Patient.regular_physician_rpps, func.count())
        .where(Patient.regular_physician_rpps.is_not(None), _may_be_approached(), or_(agreed, let_be), _in(departments))
        .group_by(Patient.regular_physician_rpps)
        .order_by(func.count().desc(), Patient.regular_physician_rpps)
    ).all()


def regulars_of(session: Session, rpps: str, informed_by: date, born_by: date) -> Sequence[Any]:
    """Patient, and whether they agreed (consent B) or let it be."""
    agreed, let_be = _may_be_asked_about(informed_by, born_by)
    return session.execute(
        select(Patient, agreed.label("agreed"))
        .where(Patient.regular_physician_rpps == rpps, _may_be_approached(), or_(agreed, let_be))
        .order_by(Patient.last_name, Patient.first_name, Patient.reference)
    ).all()


def informed_campaigns(session: Session) -> Sequence[Row[str, date | None, datetime | None]]:
    """Of each campaign that isn't over: its name, the day of the information, and when that was stated."""
    return session.execute(
        select(Campaign.name, Campaign.informed_on, Campaign.informed_stated_at)
        .where(Campaign.status != CampaignStatus.STOPPED)
        .order_by(Campaign.name)
    ).all()
