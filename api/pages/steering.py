"""Campaigns steered by a supervisor: created, started, paused, resumed, stopped, each act saying first what it does."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from api.drafts import Fields
from api.pages import policy_words
from api.pages.acting import once
from api.pages.labels import PARIS
from api.pages.rendering import back_to, render, saying
from api.pages.steering_forms import Shown, WrongFields
from api.pages.typed import Typed
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain import policy
from outreach.domain.words import CampaignStatus, Role
from outreach.errors import BadInput
from outreach.runtime import Session
from outreach.services import alerts, campaigns, outlook

router = APIRouter(prefix="/tableau")
Supervisor = Annotated[Account, Depends(Page(Role.SUPERVISOR))]
Steering = Annotated[Account, Depends(Act(Role.SUPERVISOR))]

REASON_LENGTH = 200
_WHY_NOT = {
    "no_adviser": (
        "Aucun compte de conseiller n’existe : personne ne pourrait prendre le relais. Un administrateur en crée un."
    ),
    "no_sender": "La politique annonce les appels par SMS, et aucun expéditeur de SMS n’est réglé (SMS_SENDER).",
}
_WRONG_STATUS = {
    CampaignStatus.DRAFT: "La campagne n’a pas commencé.",
    CampaignStatus.RUNNING: "La campagne est en cours.",
    CampaignStatus.PAUSED: "La campagne est suspendue.",
    CampaignStatus.STOPPED: "La campagne est arrêtée. On ne peut plus la reprendre.",
}


@router.get("/nouvelle")
def ask_for_new(request: Request, _: Supervisor) -> Response:
    return _new_page(request, Shown({}))


def _new_page(request: Request, shown: Shown, status: int = 200) -> Response:
    tomorrow = runtime_of(request).clock.now().astimezone(PARIS).date().toordinal() + 1
    return render(
        request,
        "steering/new.html",
        status,
        form=shown,
        rules=policy_words.sentences(policy.DEFAULT),
        tomorrow=date.fromordinal(tomorrow).isoformat(),
    )


@router.post("/nouvelle")
def create(request: Request, supervisor: Steering) -> Response:
    typed = Typed(request.state.fields)

    def do(session: Session, now: datetime) -> str:
        problems = {}
        name = typed.text("nom", 64)
        try:
            campaigns.check_name(name)
        except BadInput:
            problems["nom"] = "Écrivez de 1 à 64 lettres sans accent, chiffres, points ou tirets, comme ald-2026."
        if not problems and campaigns.exists(session, name):
            problems["nom"] = "Une campagne porte déjà ce nom. Choisissez-en un autre."
        target, wrong = _target(request.state.fields, now)
        if wrong:
            problems["cible"] = wrong
        if problems:
            raise WrongFields(problems)
        campaigns.create(session, name, policy.DEFAULT, None, now, supervisor.login)
        if target is not None:
            campaigns.aim_at(session, name, target, now, supervisor.login)
        return saying(f"/tableau/{name}/import", "creee")

    try:
        return once(request, supervisor, do)
    except WrongFields as error:
        return _new_page(request, Shown.of(request.state.fields, error.problems), 422)


def _target(fields: Fields, now: datetime) -> tuple[date | None, str | None]:
    """The day typed, if any, or what is wrong with it."""
    text = (fields.get("cible") or [""])[0].strip()
    if not text:
        return None, None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, "Choisissez un jour, comme 2027-06-30, ou laissez vide."
    if day <= now.astimezone(PARIS).date():
        return None, "Choisissez un jour à venir."
    return day, None


@router.post("/{name}/cible")
def aim(request: Request, supervisor: Steering, name: str) -> Response:
    def do(session: Session, now: datetime) -> str:
        target, wrong = _target(request.state.fields, now)
        if wrong:
            raise WrongFields({"cible": wrong})
        campaigns.aim_at(session, name, target, now, supervisor.login)
        return saying(f"/tableau/{name}/politique", "cible")

    try:
        return once(request, supervisor, do)
    except WrongFields as error:
        from api.pages.steering_policy import policy_page

        return policy_page(request, supervisor, name, problem=error.problems["cible"], status=422)


_ACTS: dict[str, dict[str, Any]] = {
    "demarrer": {"from": CampaignStatus.DRAFT, "title": "Démarrer", "button": "Démarrer les appels"},
    "suspendre": {"from": CampaignStatus.RUNNING, "title": "Suspendre", "button": "Suspendre les appels"},
    "reprendre": {"from": CampaignStatus.PAUSED, "title": "Reprendre", "button": "Reprendre les appels"},
    "arreter": {"from": None, "title": "Arrêter", "button": "Arrêter définitivement"},
}


def _act_page(request: Request, name: str, act: str, shown: Shown | None = None, status: int = 200) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        seen = outlook.outlook(session, name)
        open_alerts = alerts.of_campaign(session, seen.campaign)
    campaign, wanted = seen.campaign, _ACTS[act]["from"]
    rules = policy.from_document(campaign.policy)
    impossible = []
    if wanted is not None and campaign.status != wanted:
        impossible.append(_WRONG_STATUS[CampaignStatus(campaign.status)])
    elif wanted is None and campaign.status == CampaignStatus.STOPPED:
        impossible.append(_WRONG_STATUS[CampaignStatus.STOPPED])
    elif act == "demarrer":
        sms_possible = runtime.settings.sms_sender is not None
        impossible = [
            _WHY_NOT[why]
            for why in outlook.why_not_started(seen, announces=rules.announce_sms, sms_possible=sms_possible)
        ]
    return render(
        request,
        "steering/act.html",
        status,
        campaign=campaign,
        seen=seen,
        act=act,
        words=_ACTS[act],
        impossible=impossible,
        rules=policy_words.sentences(rules),
        alerts=open_alerts,
        form=shown or Shown({}),
    )


@router.get("/{name}/demarrer")
def ask_to_start(request: Request, _: Supervisor, name: str) -> Response:
    return _act_page(request, name, "demarrer")


@router.post("/{name}/demarrer")
def start(request: Request, supervisor: Steering, name: str) -> Response:
    runtime = runtime_of(request)

    def do(session: Session, now: datetime) -> str:
        sms_possible = runtime.settings.sms_sender is not None
        campaigns.start(session, name, now, supervisor.login, sms_possible=sms_possible)
        return saying(f"/tableau/{name}", "demarree")

    return once(request, supervisor, do)


@router.get("/{name}/suspendre")
def ask_to_pause(request: Request, _: Supervisor, name: str) -> Response:
    return _act_page(request, name, "suspendre")


@router.post("/{name}/suspendre")
def pause(request: Request, supervisor: Steering, name: str) -> Response:
    def do(session: Session, now: datetime) -> str:
        campaigns.pause(session, name, _reason(request), now, supervisor.login)
        return saying(f"/tableau/{name}", "suspendue")

    try:
        return once(request, supervisor, do)
    except WrongFields as error:
        return _act_page(request, name, "suspendre", Shown.of(request.state.fields, error.problems), 422)


@router.get("/{name}/reprendre")
def ask_to_resume(request: Request, _: Supervisor, name: str) -> Response:
    return _act_page(request, name, "reprendre")


@router.post("/{name}/reprendre")
def resume(request: Request, supervisor: Steering, name: str) -> Response:
    def do(session: Session, now: datetime) -> str:
        campaigns.resume(session, name, now, supervisor.login)
        return saying(f"/tableau/{name}", "reprise")

    return once(request, supervisor, do)


@router.get("/{name}/arreter")
def ask_to_stop(request: Request, _: Supervisor, name: str) -> Response:
    return _act_page(request, name, "arreter")


@router.post("/{name}/arreter")
def stop(request: Request, supervisor: Steering, name: str) -> Response:
    def do(session: Session, now: datetime) -> str:
        problems = {}
        if Typed(request.state.fields).text("nom", 64) != name:
            problems["nom"] = f"Recopiez le nom de la campagne : {name}."
        reason = None
        try:
            reason = _reason(request)
        except WrongFields as error:
            problems |= error.problems
        if problems:
            raise WrongFields(problems)
        campaigns.stop(session, name, reason, now, supervisor.login)
        return saying(f"/tableau/{name}", "arretee")

    try:
        return once(request, supervisor, do)
    except WrongFields as error:
        return _act_page(request, name, "arreter", Shown.of(request.state.fields, error.problems), 422)


def _reason(request: Request) -> str:
    fields: Fields = request.state.fields
    text = (fields.get("reason") or [""])[0].strip()
    if not text:
        raise WrongFields({"reason": "Écrivez pourquoi : c’est gardé au journal."})
    if len(text) > REASON_LENGTH:
        raise WrongFields({"reason": f"C’est trop long : {REASON_LENGTH} caractères au plus, il y en a {len(text)}."})
    return text


@router.post("/alertes/{alert_id}/vue")
def acknowledge_of_no_campaign(request: Request, supervisor: Steering, alert_id: UUID) -> Response:
    return _acknowledged(request, supervisor, alert_id, "/tableau")


@router.post("/{name}/alertes/{alert_id}/vue")
def acknowledge(request: Request, supervisor: Steering, name: str, alert_id: UUID) -> Response:
    return _acknowledged(request, supervisor, alert_id, f"/tableau/{name}")


def _acknowledged(request: Request, supervisor: Account, alert_id: UUID, address: str) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        alerts.acknowledge(session, alert_id, runtime.clock.now(), supervisor.login)
    return back_to(request, address, "vue")
