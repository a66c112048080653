"""One request proposed to one physician: a place is held, then taken or given back (DOMAIN §5, rule 11)."""

from datetime import datetime, timedelta
from uuid import UUID

from outreach.database.models import Account, Offer, Request, RequestEvent
from outreach.database.repositories import offers, requests
from outreach.domain.words import ConsentKind, ConsentState, OfferStatus, RequestStatus
from outreach.errors import BadInput, BusinessError, NotFound, Refused
from outreach.runtime import Session
from outreach.services import consents
from outreach.services.request_log import LEASE, NotYours, UnknownRequest

DAYS_TO_ANSWER = 7
"""Five working days."""


class UnknownOffer(NotFound):
    def __init__(self) -> None:
        super().__init__("this offer is not known")


def _log(
    session: Session, request: Request, account: Account | None, act: str, note: str | None, now: datetime
) -> None:
    session.add(
        RequestEvent(
            request_id=request.id, account_id=account.id if account is not None else None, act=act, note=note, at=now
        )
    )


def propose(session: Session, request_id: UUID, rpps: str, account: Account, now: datetime) -> Offer:
    """Proposes a claimed request to a volunteer and holds a place. Raises Refused without consent B (rule 11)."""
    request = requests.lock(session, request_id)
    if request is None:
        raise UnknownRequest
    if request.claimed_by != account.id or request.status != RequestStatus.CLAIMED:
        raise NotYours("this request isn't yours to offer; claim it first")
    asking = request.patient
    if asking is None or consents.current(session, asking, ConsentKind.SHARING) is not ConsentState.GIVEN:
        raise Refused("the person has not agreed that their name be given to a physician")
    volunteer = offers.lock_volunteer(session, rpps)
    if volunteer is None:
        raise BadInput(f"no volunteer has the RPPS number {rpps}; relais import volunteers adds them")
    if volunteer.available_from is not None and volunteer.available_from > now.date():
        raise BusinessError(f"this volunteer takes nobody before {volunteer.available_from:%d/%m/%Y}")
    if volunteer.held + volunteer.taken >= volunteer.capacity:
        raise BusinessError("this volunteer has no place left")
    volunteer.held += 1
    offer = Offer(
        request_id=request.id,
        rpps=rpps,
        proposed_by=account.id,
        created_at=now,
        expires_at=now + timedelta(days=DAYS_TO_ANSWER),
    )
    session.add(offer)
    request.status = RequestStatus.OFFERED
    _log(session, request, account, "offered", None, now)
    session.flush()
    return offer


def _proposed(session: Session, offer_id: UUID) -> Offer:
    offer = offers.lock(session, offer_id)
    if offer is None:
        raise UnknownOffer
    if offer.status != OfferStatus.PROPOSED:
        raise BusinessError(f"this offer is already {offer.status}")
    return offer


def _settle(session: Session, offer: Offer, status: OfferStatus, reason: str | None, now: datetime) -> Request:
    offer.status = status
    offer.reason = reason
    offer.answered_at = now
    volunteer = offers.lock_volunteer(session, offer.rpps)
    if volunteer is not None:
        volunteer.held -= 1
        volunteer.taken += status is OfferStatus.ACCEPTED
    request = requests.lock(session, offer.request_id)
    assert request is not None
    if request.status == RequestStatus.OFFERED:
        request.status = RequestStatus.CLAIMED
        request.claim_expires_at = now + LEASE
    return request


def accept(session: Session, offer_id: UUID, account: Account, now: datetime) -> Offer:
    """The physician takes the patient: the held place is taken. Raises Refused once the person has withdrawn."""
    offer = _proposed(session, offer_id)
    asked = requests.lock(session, offer.request_id)
    if asked is None or asked.status != RequestStatus.OFFERED:
        raise Refused("the person doesn't want it any more; the place is given back when the offer ends")
    request = _settle(session, offer, OfferStatus.ACCEPTED, None, now)
    _log(session, request, account, "offer_accepted", None, now)
    session.flush()
    return offer


def decline(session: Session, offer_id: UUID, account: Account, reason: str | None, now: datetime) -> Offer:
    """The physician can't: the held place is given back."""
    offer = _proposed(session, offer_id)
    request = _settle(session, offer, OfferStatus.DECLINED, reason, now)
    _log(session, request, account, "offer_declined", reason, now)
    session.flush()
    return offer


def expire(session: Session, now: datetime) -> int:
    """Ends the offers that nobody answered in time, or whose request was withdrawn. Returns how many."""
    run_out = offers.run_out(session, now)
    for offer in run_out:
        _log(session, _settle(session, offer, OfferStatus.EXPIRED, None, now), None, "offer_expired", None, now)
    session.flush()
    return len(run_out)
