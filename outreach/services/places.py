"""The places that volunteers offer: held by an offer, then taken or given back (DOMAIN §5).

Every change is made here, under locks taken in one order: the request, its offer, the volunteer.
"""

from collections.abc import Sequence
from datetime import datetime

from outreach.database.models import Offer, Request, Volunteer
from outreach.database.repositories import offers, tasks
from outreach.domain.words import OfferStatus, RequestStatus, TaskKind
from outreach.errors import BadInput, BusinessError
from outreach.runtime import Session
from outreach.services.request_log import LEASE, write

PATIENT_WITHDREW = "patient_withdrew"

_HOLDS = OfferStatus.PROPOSED
_TAKES = OfferStatus.ACCEPTED


class NoPlace(BusinessError):
    """The physician can take nobody just now."""


def hold(session: Session, rpps: str, now: datetime) -> Volunteer:
    """Holds a place of a volunteer. Raises BadInput when there is no such one, NoPlace when none is left."""
    volunteer = offers.lock_volunteer(session, rpps)
    if volunteer is None:
        raise BadInput(f"no volunteer has the RPPS number {rpps}; relais import volunteers adds them")
    if volunteer.available_from is not None and volunteer.available_from > now.date():
        raise NoPlace(f"this volunteer takes nobody before {volunteer.available_from:%d/%m/%Y}")
    if volunteer.left_on is not None or (volunteer.stops_on is not None and volunteer.stops_on <= now.date()):
        raise NoPlace("this volunteer has stopped, or has left the register")
    if volunteer.held + volunteer.taken >= volunteer.capacity:
        raise NoPlace("this volunteer has no place left")
    volunteer.held += 1
    return volunteer


def settle(
    session: Session, request: Request, offer: Offer, status: OfferStatus, reason: str | None, now: datetime
) -> None:
    """Ends what an offer holds or took, or turns what it holds into what it takes. The request and it are locked."""
    before = OfferStatus(offer.status)
    volunteer = offers.lock_volunteer(session, offer.rpps)
    if volunteer is not None:
        volunteer.held += (status is _HOLDS) - (before is _HOLDS)
        volunteer.taken += (status is _TAKES) - (before is _TAKES)
    offer.status = status
    offer.reason = reason
    offer.answered_at = now
    if status is not OfferStatus.ACCEPTED:
        tasks.finish(session, request.id, TaskKind.APPOINTMENT, now)
        if request.status == RequestStatus.OFFERED:
            request.status = RequestStatus.CLAIMED
            request.claim_expires_at = now + LEASE


def withdraw_all(session: Session, requests: Sequence[Request], reason: str, now: datetime) -> int:
    """The person wants no offer any more: the places of these locked requests are given back. Returns how many."""
    by_id = {request.id: request for request in requests}
    standing = offers.lock_standing(session, list(by_id))
    for offer in standing:
        request = by_id[offer.request_id]
        settle(session, request, offer, OfferStatus.WITHDRAWN, reason, now)
        write(session, request.id, None, "offer_withdrawn", now, reason)
    session.flush()
    return len(standing)
