"""The policy of a campaign: every key edited, told in words before it applies, every version kept.

What would be looser than the default is proposed by a supervisor, and allowed in writing by an administrator.
"""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.pages import policy_words
from api.pages.acting import once, version_in
from api.pages.labels import moment
from api.pages.policy_form import WINDOWS, policy_in, values_of
from api.pages.rendering import back_to, render, saying
from api.pages.steering import Steering, Supervisor
from api.pages.steering_forms import Shown, WrongFields
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account, Campaign, PolicyProposal, PolicyVersion
from outreach.domain import policy
from outreach.domain.policy import ContactPolicy, loosened
from outreach.domain.words import CampaignStatus, Role
from outreach.errors import BusinessError
from outreach.runtime import Session
from outreach.services import campaigns, policy_proposals
from outreach.services.campaigns import PolicyChangedMeanwhile

router = APIRouter()
Administrator = Annotated[Account, Depends(Page(Role.ADMINISTRATOR))]
Allowing = Annotated[Account, Depends(Act(Role.ADMINISTRATOR))]

_STOPPED = "La campagne est arrêtée : sa politique reste celle sous laquelle elle a fini."


def _rules(document: dict[str, Any]) -> ContactPolicy:
    return policy.from_document(document)


def policy_page(
    request: Request,
    _: Account,
    name: str,
    shown: Shown | None = None,
    *,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    """The form, what waits for an administrator, and every version."""
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
        versions = campaigns.policy_versions(session, name)
        waiting = policy_proposals.of_campaign(session, campaign.id)
        decided = policy_proposals.last_decided(session, campaign.id)
    rules = _rules(campaign.policy)
    if campaign.status == CampaignStatus.STOPPED and problem is None:
        problem = _STOPPED
    return render(
        request,
        "steering/policy.html",
        status,
        campaign=campaign,
        form=shown or Shown(values_of(rules)),
        keys=policy_words.KEYS,
        days=policy_words.DAYS.items(),
        windows=range(WINDOWS),
        versions=_history(versions),
        waiting=waiting,
        asked=policy_words.changes(rules, _rules(waiting.document)) if waiting else [],
        decided=decided,
        problem=problem,
        editable=campaign.status != CampaignStatus.STOPPED,
    )


def _history(versions: Any) -> list[tuple[PolicyVersion, list[str]]]:
    """Each version with what it changed, the newest first."""
    told: list[tuple[PolicyVersion, list[str]]] = []
    before = policy.DEFAULT
    for version in versions:
        rules = _rules(version.document)
        told.append((version, policy_words.changes(before, rules)))
        before = rules
    return told[::-1]


@router.get("/tableau/{name}/politique")
def edit(request: Request, supervisor: Supervisor, name: str) -> Response:
    return policy_page(request, supervisor, name)


@router.post("/tableau/{name}/politique")
def look_at_changes(request: Request, supervisor: Steering, name: str) -> Response:
    """What the changes will do, in words; nothing is changed before they are confirmed."""
    fields = request.state.fields
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
    before = _rules(campaign.policy)
    try:
        after = policy_in(fields, before)
    except WrongFields as error:
        return policy_page(request, supervisor, name, Shown.of(fields, error.problems), status=422)
    if after == before:
        return back_to(request, f"/tableau/{name}/politique", "politique_inchangee")
    return _confirmation(request, campaign, after)


def _confirmation(
    request: Request,
    campaign: Campaign,
    after: ContactPolicy,
    *,
    problem: str | None = None,
    wrong: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    before = _rules(campaign.policy)
    return render(
        request,
        "steering/policy_confirm.html",
        status,
        campaign=campaign,
        changes=policy_words.changes(before, after),
        looser=policy_words.looser(loosened(before, after)),
        values=[(key, value) for key, value in _flat(values_of(after))],
        version=campaign.policy_version,
        form=Shown.of(getattr(request.state, "fields", {}), wrong or {}),
        problem=problem,
    )


def _flat(values: dict[str, Any]) -> list[tuple[str, Any]]:
    return [
        (key, one)
        for key, value in values.items()
        if key != "windows"
        for one in (value if isinstance(value, list) else [value])
    ]


@router.post("/tableau/{name}/politique/confirmer")
def confirm(request: Request, supervisor: Steering, name: str) -> Response:
    """Applies what was confirmed; what is looser than the default goes to an administrator instead."""
    fields = request.state.fields
    version = version_in(fields)

    def do(session: Session, now: datetime) -> str:
        campaign = campaigns.get(session, name, lock=True)
        campaigns.check_version(session, campaign, version)
        before = _rules(campaign.policy)
        after = policy_in(fields, before)
        if loosened(before, after):
            why = (fields.get("pourquoi") or [""])[0].strip()
            if not why:
                raise WrongFields({"pourquoi": "Écrivez pourquoi : un administrateur en décide."})
            policy_proposals.propose(session, name, after, why, now, supervisor, campaign.policy_version)
            return saying(f"/tableau/{name}/politique", "politique_proposee")
        # What was allowed before stays allowed, with the reason that was written then.
        campaigns.change_policy(session, name, after, campaign.policy_reason, now, supervisor.login, version)
        return saying(f"/tableau/{name}/politique", "politique")

    try:
        return once(request, supervisor, do)
    except PolicyChangedMeanwhile as error:
        return _changed_meanwhile(request, supervisor, name, error)
    except WrongFields as error:
        return _again(request, name, error)


def _again(request: Request, name: str, error: WrongFields) -> Response:
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
    after = policy_in(request.state.fields, _rules(campaign.policy))
    return _confirmation(request, campaign, after, wrong=error.problems, status=422)


def _changed_meanwhile(request: Request, supervisor: Account, name: str, error: PolicyChangedMeanwhile) -> Response:
    """Nothing is applied: what somebody else changed is told, and what was typed is compared with it."""
    told = (
        f"La politique a été changée entre-temps par {error.by}, {moment(error.at)}. Rien n’est appliqué : "
        "voici ce que votre demande change à présent."
    )
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
    before = _rules(campaign.policy)
    after = policy_in(request.state.fields, before)
    if after == before:
        return policy_page(request, supervisor, name, problem=told, status=409)
    return _confirmation(request, campaign, after, problem=told, status=409)


@router.post("/tableau/{name}/politique/retirer")
def withdraw(request: Request, supervisor: Steering, name: str) -> Response:
    def do(session: Session, now: datetime) -> str:
        policy_proposals.withdraw(session, name, now, supervisor)
        return saying(f"/tableau/{name}/politique", "politique_retiree")

    return once(request, supervisor, do)


@router.get("/politiques")
def waiting(request: Request, _: Administrator) -> Response:
    return _waiting_page(request)


def _waiting_page(
    request: Request, wrong: UUID | None = None, problem: str | None = None, status: int = 200
) -> Response:
    with runtime_of(request).transaction() as session:
        proposals = policy_proposals.waiting(session)
    return render(
        request,
        "steering/proposals.html",
        status,
        proposals=[(one, *_compared(one)) for one in proposals],
        wrong=wrong,
        typed=(getattr(request.state, "fields", {}).get("raison") or [""])[0],
        problem=problem,
    )


def _compared(proposal: PolicyProposal) -> tuple[list[str], list[str]]:
    before, after = _rules(proposal.campaign.policy), _rules(proposal.document)
    return policy_words.changes(before, after), policy_words.looser(loosened(before, after))


def _decide(request: Request, administrator: Account, proposal_id: UUID, decide: Any, done: str) -> Response:
    reason = (request.state.fields.get("raison") or [""])[0].strip()

    def do(session: Session, now: datetime) -> str:
        if not reason:
            raise WrongFields({"raison": "Écrivez la raison : elle est gardée avec la politique."})
        decide(session, proposal_id, reason, now, administrator)
        return saying("/politiques", done)

    try:
        return once(request, administrator, do)
    except WrongFields as error:
        return _waiting_page(request, proposal_id, error.problems["raison"], 422)
    except PolicyChangedMeanwhile as error:
        told = (
            f"La politique de cette campagne a été changée entre-temps par {error.by}, {moment(error.at)} : "
            "la demande ne vaut plus. Refusez-la, ou attendez-en une autre."
        )
        return _waiting_page(request, proposal_id, told, 409)
    except BusinessError as error:
        if error.status != 409:
            raise
        return _waiting_page(request, None, "Cette demande a déjà reçu une réponse.", 409)


@router.post("/politiques/{proposal_id}/autoriser")
def allow(request: Request, administrator: Allowing, proposal_id: UUID) -> Response:
    return _decide(request, administrator, proposal_id, policy_proposals.allow, "politique_autorisee")


@router.post("/politiques/{proposal_id}/refuser")
def refuse(request: Request, administrator: Allowing, proposal_id: UUID) -> Response:
    return _decide(request, administrator, proposal_id, policy_proposals.refuse, "politique_refusee")
