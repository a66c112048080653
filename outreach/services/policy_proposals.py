"""A policy looser than the default: a supervisor asks for it, an administrator allows it in writing (DOMAIN §2)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from outreach.database.models import Account, PolicyProposal
from outreach.database.repositories import policy_proposals
from outreach.domain import policy
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import ProposalState, Role
from outreach.errors import BadInput, BusinessError, NotFound, Refused
from outreach.runtime import Session
from outreach.services import audit, campaigns

REASON_LENGTH = 500


class UnknownProposal(NotFound):
    def __init__(self) -> None:
        super().__init__("this policy was never asked for")


class AlreadyDecided(BusinessError):
    def __init__(self) -> None:
        super().__init__("somebody has decided on this policy already")


def propose(
    session: Session, name: str, rules: ContactPolicy, why: str, now: datetime, account: Account, version: int
) -> PolicyProposal:
    """Asks for a policy; an earlier one that waits gives way to it. Raises BadInput or PolicyChangedMeanwhile."""
    if not why.strip():
        raise BadInput("write why the policy should be looser than the default")
    campaign = campaigns.get(session, name, lock=True)
    campaigns.check_version(session, campaign, version)
    waiting = policy_proposals.open_of(session, campaign.id)
    if waiting is not None:
        waiting.state, waiting.decided_by, waiting.decided_at = ProposalState.WITHDRAWN, account.login, now
        session.flush()
    proposal = PolicyProposal(
        campaign_id=campaign.id,
        base_version=version,
        document=rules.document(),
        why=why.strip()[:REASON_LENGTH],
        proposed_by=account.login,
        proposed_at=now,
        state=ProposalState.OPEN,
    )
    session.add(proposal)
    audit.record(session, account.login, "policy_proposed", name, proposal.why, now)
    session.flush()
    return proposal


def waiting(session: Session) -> Sequence[PolicyProposal]:
    """Those that an administrator has to decide on, the oldest first, with `.campaign`."""
    return policy_proposals.open_ones(session)


def of_campaign(session: Session, campaign_id: UUID) -> PolicyProposal | None:
    """The one that waits."""
    return policy_proposals.open_of(session, campaign_id)


def last_decided(session: Session, campaign_id: UUID) -> PolicyProposal | None:
    """The last one that was decided on or taken back."""
    return policy_proposals.last_decided(session, campaign_id)


def allow(session: Session, proposal_id: UUID, reason: str, now: datetime, account: Account) -> PolicyProposal:
    """Gives the campaign this policy, with an administrator's reason.

    Raises UnknownProposal, AlreadyDecided, Refused, BadInput, or PolicyChangedMeanwhile: a change of another policy was
    asked for.
    """
    proposal = _decided(session, proposal_id, reason, now, account, ProposalState.ALLOWED)
    rules = policy.from_document(proposal.document)
    name = proposal.campaign.name
    campaigns.change_policy(session, name, rules, proposal.reason, now, account.login, proposal.base_version)
    session.flush()
    return proposal


def refuse(session: Session, proposal_id: UUID, reason: str, now: datetime, account: Account) -> PolicyProposal:
    """Leaves the campaign as it is. Raises as `allow` does."""
    proposal = _decided(session, proposal_id, reason, now, account, ProposalState.REFUSED)
    audit.record(session, account.login, "policy_refused", proposal.campaign.name, proposal.reason, now)
    session.flush()
    return proposal


def _decided(
    session: Session, proposal_id: UUID, reason: str, now: datetime, account: Account, state: ProposalState
) -> PolicyProposal:
    if account.role != Role.ADMINISTRATOR:
        raise Refused("only an administrator allows a policy looser than the default")
    if not reason.strip():
        raise BadInput("write the reason")
    proposal = policy_proposals.lock(session, proposal_id)
    if proposal is None:
        raise UnknownProposal
    if proposal.state != ProposalState.OPEN:
        raise AlreadyDecided
    proposal.state, proposal.decided_by, proposal.decided_at = state, account.login, now
    proposal.reason = reason.strip()[:REASON_LENGTH]
    return proposal


def withdraw(session: Session, name: str, now: datetime, account: Account) -> None:
    """Takes back what waits, if anything does."""
    proposal = policy_proposals.open_of(session, campaigns.get(session, name, lock=True).id)
    if proposal is not None:
        proposal.state, proposal.decided_by, proposal.decided_at = ProposalState.WITHDRAWN, account.login, now
        audit.record(session, account.login, "policy_withdrawn", name, None, now)
        session.flush()
