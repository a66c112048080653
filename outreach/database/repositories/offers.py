"""Queries on offers and the places that they hold."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.database.models import Offer, Volunteer
from outreach.domain.words import OfferStatus


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
    return session.scalars(
        select(Offer)
        .where(Offer.status == OfferStatus.PROPOSED, Offer.expires_at <= now)
        .with_for_update(skip_locked=True)
    ).all()
