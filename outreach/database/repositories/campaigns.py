"""Queries on campaigns."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.database.models import Campaign
from outreach.domain.words import CampaignStatus


def by_name(session: Session, name: str, *, lock: bool = False) -> Campaign | None:
    query = select(Campaign).where(Campaign.name == name)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalar(query)


def all_of_them(session: Session) -> Sequence[Campaign]:
    return session.scalars(select(Campaign).order_by(Campaign.created_at, Campaign.name)).all()


def with_status(session: Session, status: CampaignStatus, *, lock: bool = False) -> Sequence[Campaign]:
    """The campaigns that stand so, in the order of their making."""
    query = select(Campaign).where(Campaign.status == status).order_by(Campaign.created_at, Campaign.name)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.scalars(query).all()
