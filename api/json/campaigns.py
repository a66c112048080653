"""Campaigns: read by supervisors, steered by them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api.access import ByToken
from api.json.documents import CampaignDocument, RatesDocument
from api.json.problems import PROBLEMS
from api.json.text import Text
from api.state import runtime_of
from outreach.database.models import Account, Campaign
from outreach.domain.rates import By
from outreach.domain.words import Role
from outreach.services import campaigns, figures

router = APIRouter(tags=["campaigns"], responses=PROBLEMS)
Supervisor = Annotated[Account, Depends(ByToken(Role.SUPERVISOR))]


class Why(BaseModel):
    reason: Text | None = Field(default=None, max_length=500, description="Kept in the audit trail.")


def _document(campaign: Campaign, states: dict[str, int | None]) -> dict[str, Any]:
    return {
        "name": campaign.name,
        "status": campaign.status,
        "status_reason": campaign.status_reason,
        "policy": campaign.policy,
        "policy_version": campaign.policy_version,
        "started_at": campaign.started_at.isoformat() if campaign.started_at else None,
        "contacts": states,
    }


@router.get("/campaigns/{name}", response_model=CampaignDocument)
def read_campaign(request: Request, name: Text, _: Supervisor) -> dict[str, Any]:
    """A campaign, its policy, and how many contacts are in each state; small cells are null."""
    with runtime_of(request).transaction() as session:
        return _document(campaigns.get(session, name), figures.board(session, name).states)


@router.get("/campaigns/{name}/rates", response_model=RatesDocument, response_model_exclude_unset=True)
def read_rates(request: Request, name: Text, _: Supervisor, by: Annotated[By, Query()] = By.ATTEMPT) -> dict[str, Any]:
    """The rates, each with its formula, numerator and denominator; small cells are null."""
    with runtime_of(request).transaction() as session:
        return figures.rates(session, name, by).document()


@router.post("/campaigns/{name}/start", response_model=CampaignDocument)
def start_campaign(request: Request, name: Text, supervisor: Supervisor) -> dict[str, Any]:
    """Let a campaign call."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        sms_possible = runtime.settings.sms_sender is not None
        now = runtime.clock.now()
        campaign = campaigns.start(session, name, now, supervisor.login, sms_possible=sms_possible)
        return _document(campaign, figures.board(session, name).states)


@router.post("/campaigns/{name}/pause", response_model=CampaignDocument)
def pause_campaign(request: Request, name: Text, supervisor: Supervisor, why: Why | None = None) -> dict[str, Any]:
    """Place nothing more until resumed."""
    runtime, reason = runtime_of(request), why.reason if why is not None else None
    with runtime.transaction() as session:
        campaign = campaigns.pause(session, name, reason, runtime.clock.now(), supervisor.login)
        return _document(campaign, figures.board(session, name).states)


@router.post("/campaigns/{name}/resume", response_model=CampaignDocument)
def resume_campaign(request: Request, name: Text, supervisor: Supervisor) -> dict[str, Any]:
    """Go on with a paused campaign."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        campaign = campaigns.resume(session, name, runtime.clock.now(), supervisor.login)
        return _document(campaign, figures.board(session, name).states)


@router.post("/campaigns/{name}/stop", response_model=CampaignDocument)
def stop_campaign(request: Request, name: Text, supervisor: Supervisor, why: Why | None = None) -> dict[str, Any]:
    """End a campaign for good."""
    runtime, reason = runtime_of(request), why.reason if why is not None else None
    with runtime.transaction() as session:
        campaign = campaigns.stop(session, name, reason, runtime.clock.now(), supervisor.login)
        return _document(campaign, figures.board(session, name).states)
