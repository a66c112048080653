"""Queries on policies that supervisors ask for and administrators allow."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import PolicyProposal
from outreach.domain.words import ProposalState


def open_ones(session: Session) -> Sequence[PolicyProposal]:
    """Those that nobody has decided on, the oldest first, with `.campaign`."""
    return session.scalars(
        select(PolicyProposal)
        .where(PolicyProposal.state == ProposalState.OPEN)
        .options(joinedload(PolicyProposal.campaign))
        .order_by(PolicyProposal.proposed_at)
    ).all()


def open_of(session: Session, campaign_id: UUID) -> PolicyProposal | None:
    return session.scalar(
        select(PolicyProposal).where(
            PolicyProposal.campaign_id == campaign_id, PolicyProposal.state == ProposalState.OPEN
        )
    )


def lock(session: Session, proposal_id: UUID) -> PolicyProposal | None:
    """One proposal for this transaction alone, with `.campaign`."""
    return session.scalar(
        select(PolicyProposal)
        .where(PolicyProposal.id == proposal_id)
        .options(joinedload(PolicyProposal.campaign))
        .with_for_update(of=PolicyProposal)
        .execution_options(populate_existing=True)
    )


def last_decided(session: Session, campaign_id: UUID) -> PolicyProposal | None:
    return session.scalar(
        select(PolicyProposal)
        .where(PolicyProposal.campaign_id == campaign_id, PolicyProposal.decided_at.is_not(None))
        .order_by(PolicyProposal.decided_at.desc())
        .limit(1)
    )
