"""The advisers' queue and the offers made from it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from api.access import ByToken
from api.json.documents import OfferDocument, QueuedRequest, RequestPage
from api.json.problems import PROBLEMS
from api.json.text import Text
from api.state import runtime_of
from outreach.database.models import Account, Offer
from outreach.database.models import Request as PatientRequest
from outreach.domain.words import RequestStatus, Role
from outreach.services import audit, offers, requests
from outreach.services.patient_file import request_document

router = APIRouter(tags=["requests"], responses=PROBLEMS)
Adviser = Annotated[Account, Depends(ByToken(Role.ADVISER))]


class Closing(BaseModel):
    result: Text = Field(default="advised", max_length=64, description="How it ended.")
    note: Text | None = Field(default=None, max_length=2000)


class Proposal(BaseModel):
    rpps: str = Field(pattern=r"^\d{11}$", description="The volunteer's RPPS number.")


class Declining(BaseModel):
    reason: Text | None = Field(default=None, max_length=500)


class Withdrawing(BaseModel):
    reason: Text | None = Field(default=None, max_length=500)


def _document(request: PatientRequest) -> dict[str, Any]:
    reference = request.patient.reference if request.patient is not None else None
    return {**request_document(request), "reference": reference, "department": request.department}


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "id": str(offer.id),
        "request_id": str(offer.request_id),
        "rpps": offer.rpps,
        "status": offer.status,
        "reason": offer.reason,
        "expires_at": offer.expires_at.isoformat(),
    }


@router.get("/requests", response_model=RequestPage)
def list_requests(
    request: Request,
    adviser: Adviser,
    status: RequestStatus | None = None,
    department: Annotated[Text | None, Query(max_length=3)] = None,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
) -> dict[str, Any]:
    """One page of the queue, the most urgent first; without a status, everything still to be worked on."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        shown = requests.listed(session, requests.Filters(status=status, department=department), page, now=now)
        for item in shown.items:
            if item.patient is not None:
                audit.record(session, adviser.login, "requests_listed", item.patient.reference, None, now)
    items = [_document(item) for item in shown.items]
    return {"items": items, "page": shown.page, "pages": shown.pages, "total": shown.total}


@router.post("/requests/{request_id}/claim", response_model=QueuedRequest)
def claim_request(request: Request, request_id: UUID, adviser: Adviser) -> dict[str, Any]:
    """Take a request, or renew one's own claim."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        return _document(requests.claim(session, request_id, adviser, runtime.clock.now()))


@router.post("/requests/{request_id}/release", response_model=QueuedRequest)
def release_request(request: Request, request_id: UUID, adviser: Adviser) -> dict[str, Any]:
    """Give a request back to the team."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        return _document(requests.release(session, request_id, adviser, runtime.clock.now()))


@router.post("/requests/{request_id}/close", response_model=QueuedRequest)
def close_request(
    request: Request, request_id: UUID, adviser: Adviser, closing: Closing | None = None
) -> dict[str, Any]:
    """End one's work on a request."""
    runtime, how = runtime_of(request), closing or Closing()
    with runtime.transaction() as session:
        closed = requests.close(session, request_id, adviser, how.result, how.note, runtime.clock.now())
        return _document(closed)


@router.post("/requests/{request_id}/offers", status_code=201, response_model=OfferDocument)
def propose(request: Request, request_id: UUID, adviser: Adviser, proposal: Proposal) -> dict[str, Any]:
    """Propose a request to a volunteer; needs the patient's consent that their name be given."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        return _offer(offers.propose(session, request_id, proposal.rpps, adviser, runtime.clock.now()))


@router.post("/offers/{offer_id}/accept", response_model=OfferDocument)
def accept_offer(request: Request, offer_id: UUID, adviser: Adviser) -> dict[str, Any]:
    """The physician takes the patient."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        return _offer(offers.accept(session, offer_id, adviser, runtime.clock.now()))


@router.post("/offers/{offer_id}/decline", response_model=OfferDocument)
def decline_offer(
    request: Request, offer_id: UUID, adviser: Adviser, declining: Declining | None = None
) -> dict[str, Any]:
    """The physician can't take the patient; the place is given back."""
    runtime = runtime_of(request)
    reason = declining.reason if declining is not None else None
    with runtime.transaction() as session:
        return _offer(offers.decline(session, offer_id, adviser, reason, runtime.clock.now()))


@router.post("/offers/{offer_id}/withdraw", response_model=OfferDocument)
def withdraw_offer(
    request: Request, offer_id: UUID, adviser: Adviser, withdrawing: Withdrawing | None = None
) -> dict[str, Any]:
    """Take an offer back, accepted or not, as long as the physician isn't declared; the place is given back."""
    runtime = runtime_of(request)
    reason = withdrawing.reason if withdrawing is not None else None
    with runtime.transaction() as session:
        return _offer(offers.withdraw(session, offer_id, adviser, reason, runtime.clock.now()))
