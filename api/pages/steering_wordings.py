"""Two wordings compared on random halves of a campaign, and which one it says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.acting import once
from api.pages.rendering import render, saying
from api.pages.steering import Steering, Supervisor
from api.pages.steering_forms import Shown, WrongFields
from api.pages.typed import Typed
from api.state import runtime_of
from outreach.database.models import Comparison
from outreach.domain import comparing, wording_rules
from outreach.domain.words import CampaignStatus, ComparisonState
from outreach.runtime import Session
from outreach.services import campaigns, comparisons
from outreach.services.comparisons import AlreadyComparing, NotComparing, UnfitWording

router = APIRouter(prefix="/tableau/{name}/formulations")

_STATES = {
    ComparisonState.RUNNING: ("en cours", "pill--good"),
    ComparisonState.FIRST_BETTER: ("la première obtient plus d’accords", "pill--good"),
    ComparisonState.SECOND_BETTER: ("la seconde obtient plus d’accords", "pill--good"),
    ComparisonState.NO_DIFFERENCE: ("aucune différence montrée", "pill--quiet"),
    ComparisonState.HARM: ("arrêtée : on raccroche bien plus à l’une des deux", "pill--alert"),
    ComparisonState.STOPPED: ("arrêtée à la main", "pill--quiet"),
}
_KEYS = {
    "purpose": "Pourquoi nous appelons",
    "ask.situation": "Le médecin traitant",
    "ask.consent_assistance": "L’accord pour être aidé",
    "ask.consent_sharing": "L’accord pour donner le nom",
    "ask.mobility": "Les déplacements",
    "ask.area": "Le lieu",
    "ask.preference": "La préférence",
}
_FORMS = {"first": "d’abord", "again": "la deuxième fois", "keys": "avec les touches"}


class Told:
    """One comparison as a page shows it: small cells masked (rule 15)."""

    def __init__(self, one: Comparison) -> None:
        self.one = one
        self.state, self.tone = _STATES[ComparisonState(one.state)]
        counts = comparisons.published(one.result) if one.result else []
        names = (one.first, one.second)
        self.halves = [_Half(name, half) for name, half in zip(names, counts, strict=False)]
        self.pairs = one.result["pairs"] if one.result else 0
        few = self.pairs < comparing.LEAST
        self.consent = None if few or not one.result else one.result["consent_evidence"]
        self.hang_ups = None if few or not one.result else one.result["hang_up_evidence"]


class _Half:
    def __init__(self, version: str, counts: Mapping[str, int | None]) -> None:
        self.version = version
        self.verified = counts["verified"]
        self.agreed = _share(counts["agreed"], counts["verified"])
        self.hung_up = _share(counts["hung_up"], counts["verified"])


def _share(part: int | None, whole: int | None) -> str:
    if part is None or whole is None:
        return "masqué"
    return f"{100 * part / whole:.1f} %".replace(".", ",") if whole else "–"


def _differences(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What two wordings say differently, as a conversation goes: the moment, and both ways to say it."""
    said = []
    for key in sorted(wording_rules.changed(first, second), key=_when):
        question, _, form = key.rpartition(".")
        label = _KEYS.get(question, _KEYS.get(key, key))
        said.append((f"{label}, {_FORMS[form]}" if form in _FORMS else label, first.get(key, {}), second.get(key, {})))
    return said


def _when(key: str) -> tuple[int, int]:
    question, _, form = key.rpartition(".")
    asked, forms = [*_KEYS], [*_FORMS]
    known = key if key in _KEYS else question
    return (
        asked.index(known) if known in _KEYS else len(asked),
        forms.index(form) if form in _FORMS else len(forms),
    )


def _page(request: Request, name: str, shown: Shown | None = None, status: int = 200, unfit: Any = None) -> Response:
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
        known = comparisons.wordings(session)
        told = [Told(one) for one in comparisons.of_campaign(session, campaign)]
    spoken = comparisons.spoken(campaign)
    usual = known.get(spoken)
    others = [
        (version, _differences(usual.sentences, wording.sentences) if usual is not None else [])
        for version, wording in known.items()
        if version != spoken
    ]
    usually = {"premiere": spoken, "seconde": others[0][0] if others else "", "combien": comparing.USUAL_MOST}
    running = next((one for one in told if one.one.state == ComparisonState.RUNNING), None)
    return render(
        request,
        "steering/wordings.html",
        status,
        campaign=campaign,
        spoken=spoken,
        others=others,
        known=list(known),
        running=running,
        past=[one for one in told if one is not running],
        form=shown or Shown(usually),
        least=comparing.LEAST,
        most=comparing.MOST,
        evidence_needed=(comparing.CONSENT_EVIDENCE, comparing.HANG_UP_EVIDENCE),
        editable=campaign.status != CampaignStatus.STOPPED,
        unfit=unfit,
    )


@router.get("")
def show(request: Request, _: Supervisor, name: str) -> Response:
    return _page(request, name)


@router.post("")
def start(request: Request, supervisor: Steering, name: str) -> Response:
    typed = Typed(request.state.fields)

    def do(session: Session, now: datetime) -> str:
        first, second = typed.text("premiere", 64), typed.text("seconde", 64)
        many = typed.text("combien", 6)
        problems = {}
        if first == second:
            problems["seconde"] = "Choisissez deux formulations différentes."
        if not many.isdecimal() or not comparing.LEAST <= int(many) <= comparing.MOST:
            problems["combien"] = f"Écrivez un nombre entier de {comparing.LEAST} à {comparing.MOST}."
        if problems:
            raise WrongFields(problems)
        comparisons.start(session, name, first, second, int(many), now, supervisor.login)
        return saying(f"/tableau/{name}/formulations", "comparaison")

    try:
        return once(request, supervisor, do)
    except WrongFields as error:
        return _page(request, name, Shown.of(request.state.fields, error.problems), 422)
    except UnfitWording as error:
        return _page(request, name, Shown.of(request.state.fields, {}), 422, error)
    except AlreadyComparing:
        told = {"premiere": "Cette campagne compare déjà deux formulations."}
        return _page(request, name, Shown.of(request.state.fields, told), 409)


@router.post("/arreter")
def stop(request: Request, supervisor: Steering, name: str) -> Response:
    def do(session: Session, now: datetime) -> str:
        comparisons.stop(session, name, now, supervisor.login)
        return saying(f"/tableau/{name}/formulations", "comparaison_arretee")

    try:
        return once(request, supervisor, do)
    except NotComparing:
        return _page(request, name, status=409)


@router.post("/adopter")
def adopt(request: Request, supervisor: Steering, name: str) -> Response:
    version = Typed(request.state.fields).text("version", 64)

    def do(session: Session, now: datetime) -> str:
        comparisons.adopt(session, name, version, now, supervisor.login)
        return saying(f"/tableau/{name}/formulations", "formulation")

    try:
        return once(request, supervisor, do)
    except UnfitWording as error:
        return _page(request, name, status=422, unfit=error)
    except AlreadyComparing:
        return _page(request, name, status=409)
