"""Queries on offers and the places that they hold."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from outreach.database.models import Offer, Request, Volunteer
from outreach.domain.words import OfferStatus, RequestStatus


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


def run_out(session: Session, now: datetime) -> Sequence[Offer]:
    """Offers that nobody answered in time, and those whose request was withdrawn meanwhile."""
    return session.scalars(
        select(Offer)
        .join(Request, Request.id == Offer.request_id)
        .where(
            Offer.status == OfferStatus.PROPOSED,
            or_(Offer.expires_at <= now, Request.status == RequestStatus.WITHDRAWN),
        )
        .with_for_update(of=Offer, skip_locked=True)
    ).all()
