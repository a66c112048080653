"""Queries on offers and the places that they hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Offer, Physician, Request, Volunteer
from outreach.domain.words import OfferStatus, RequestStatus


@dataclass(frozen=True, slots=True)
class OfferFilters:
    """`claimed_by` is the adviser who holds the request."""

    claimed_by: UUID | None = None
    department: str | None = None


def get(session: Session, offer_id: UUID) -> Offer | None:
    return session.get(Offer, offer_id)


def lock(session: Session, offer_id: UUID) -> Offer | None:
    return session.scalar(
        select(Offer).where(Offer.id == offer_id).with_for_update().execution_options(populate_existing=True)
    )


def lock_volunteer(session: Session, rpps: str) -> Volunteer | None:
    return session.scalar(
        select(Volunteer).where(Volunteer.rpps == rpps).with_for_update().execution_options(populate_existing=True)
    )


def proposed(session: Session, request_id: UUID) -> Offer | None:
    return session.scalar(select(Offer).where(Offer.request_id == request_id, Offer.status == OfferStatus.PROPOSED))


def lock_standing(session: Session, request_ids: Sequence[UUID]) -> Sequence[Offer]:
    """The offers of locked requests that hold or took a place and are not declared, in the order of physicians."""
    return session.scalars(
        select(Offer)
        .where(
            Offer.request_id.in_(request_ids),
            Offer.status.in_((OfferStatus.PROPOSED, OfferStatus.ACCEPTED)),
            Offer.declared_on.is_(None),
        )
        .order_by(Offer.rpps, Offer.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def lock_requests_run_out(session: Session, now: datetime) -> Sequence[Request]:
    """The requests whose offer nobody answered in time, locked; those that somebody is working on wait for the next
    look.
    """
    run_out = select(Offer.request_id).where(Offer.status == OfferStatus.PROPOSED, Offer.expires_at <= now)
    return session.scalars(
        select(Request)
        .where(Request.id.in_(run_out))
        .order_by(Request.id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()


def of_request(session: Session, request_id: UUID) -> Sequence[Offer]:
    """The one that stands first, then the newest."""
    stands = Offer.status.in_((OfferStatus.PROPOSED, OfferStatus.ACCEPTED))
    return session.scalars(
        select(Offer)
        .where(Offer.request_id == request_id)
        .order_by(stands.desc(), Offer.created_at.desc(), Offer.answered_at.desc(), Offer.id)
    ).all()


def standing(session: Session, filters: OfferFilters, limit: int) -> Sequence[Offer]:
    """What waits for an answer, then what was accepted and is not declared, the most pressing first.

    With `.request.patient` and `.request.adviser`.
    """
    query = (
        select(Offer)
        .join(Request, Request.id == Offer.request_id)
        .where(
            or_(
                Offer.status == OfferStatus.PROPOSED,
                (Offer.status == OfferStatus.ACCEPTED) & (Request.status == RequestStatus.OFFERED),
            )
        )
        .options(
            joinedload(Offer.request).joinedload(Request.patient), joinedload(Offer.request).joinedload(Request.adviser)
        )
        .order_by(Offer.status.desc(), Offer.expires_at, Offer.id)
        .limit(limit)
    )
    if filters.claimed_by is not None:
        query = query.where(Request.claimed_by == filters.claimed_by)
    if filters.department:
        query = query.where(Request.department == filters.department)
    return session.scalars(query).all()


def physicians_of(session: Session, numbers: Sequence[str]) -> dict[str, Physician]:
    """The physician of each RPPS number, at the first site."""
    # The last of a number to come is kept: the first site comes last.
    rows = session.scalars(select(Physician).where(Physician.rpps.in_(numbers)).order_by(Physician.site.desc()))
    return {physician.rpps: physician for physician in rows}


def volunteer(session: Session, rpps: str) -> Volunteer | None:
    return session.get(Volunteer, rpps)
