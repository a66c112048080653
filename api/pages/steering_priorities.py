"""Which departments of a campaign are called first, and which last."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.pages.acting import once
from api.pages.rendering import render, saying
from api.pages.steering import Steering, Supervisor
from api.pages.steering_forms import Shown, WrongFields
from api.pages.typed import Typed
from api.state import runtime_of
from outreach.domain.priorities import SHARES, Lane
from outreach.domain.words import CampaignStatus
from outreach.errors import BadInput
from outreach.runtime import Session
from outreach.services import accounts, campaigns, priorities

router = APIRouter(prefix="/tableau/{name}/priorites")

_FIELDS = {"d-abord": Lane.FIRST, "ensuite": Lane.LAST}


def _page(request: Request, name: str, shown: Shown | None = None, status: int = 200) -> Response:
    with runtime_of(request).transaction() as session:
        campaign = campaigns.get(session, name)
    lanes = priorities.of_campaign(campaign)
    held = {
        field: ", ".join(sorted(department for department, held in lanes.items() if held is lane))
        for field, lane in _FIELDS.items()
    }
    return render(
        request,
        "steering/priorities.html",
        status,
        campaign=campaign,
        form=shown or Shown(held),
        shares=SHARES,
        lanes=Lane,
        editable=campaign.status != CampaignStatus.STOPPED,
    )


@router.get("")
def show(request: Request, _: Supervisor, name: str) -> Response:
    return _page(request, name)


@router.post("")
def change(request: Request, supervisor: Steering, name: str) -> Response:
    typed = Typed(request.state.fields)

    def do(session: Session, now: datetime) -> str:
        campaigns.check_open(campaigns.get(session, name))
        lanes: dict[str, Lane] = {}
        problems: dict[str, str] = {}
        for field, lane in _FIELDS.items():
            try:
                for department in accounts.departments_in(typed.text(field, 500)):
                    if department in lanes:
                        problems[field] = f"Le département {department} ne peut pas être des deux côtés."
                    lanes[department] = lane
            except BadInput:
                problems[field] = "Écrivez des numéros de département séparés par des virgules, comme 94, 2A, 974."
        if problems:
            raise WrongFields(problems)
        priorities.set_to(session, name, lanes, now, supervisor.login)
        return saying(f"/tableau/{name}/priorites", "priorites")

    try:
        return once(request, supervisor, do)
    except WrongFields as error:
        return _page(request, name, Shown.of(request.state.fields, error.problems), 422)
