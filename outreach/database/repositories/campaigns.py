"""Queries on campaigns."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.database.models import Attempt, Campaign, PolicyVersion
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


def policy_versions(session: Session, campaign_id: UUID) -> Sequence[PolicyVersion]:
    """Every policy that a campaign has or had, the first one first."""
    return session.scalars(
        select(PolicyVersion).where(PolicyVersion.campaign_id == campaign_id).order_by(PolicyVersion.version)
    ).all()


def of_attempt(session: Session, attempt_id: UUID) -> Campaign | None:
    return session.scalar(
        select(Campaign).join(Attempt, Attempt.campaign_id == Campaign.id).where(Attempt.id == attempt_id)
    )
