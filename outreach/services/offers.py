"""One request proposed to one physician: a place is held, then taken or given back (DOMAIN §5, rule 11)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from outreach.database.models import Account, Offer, Physician, Request
from outreach.database.repositories import offers, request_file, requests
from outreach.database.repositories import tasks as task_rows
from outreach.database.repositories.offers import OfferFilters
from outreach.domain.words import ConsentKind, ConsentState, OfferStatus, RequestStatus, TaskKind
from outreach.domain.working_days import end_of_working_days, working_days_until
from outreach.errors import BadInput, BusinessError, NotFound, Refused
from outreach.runtime import Session
from outreach.services import consents, places, tasks
from outreach.services.request_log import NotYours, UnknownRequest, write

__all__ = [
    "OfferFilters",
    "accept",
    "declare",
    "decline",
    "expire",
    "note_appointment",
    "of_request",
    "propose",
    "standing",
    "withdraw",
]

WORKING_DAYS = 5
"""How long a physician has for an answer, unless the adviser says otherwise."""
LONGEST = 20
_DAYS_TO_MEET = 2
_FURTHEST_APPOINTMENT = timedelta(days=366)
MOST = 300


class UnknownOffer(NotFound):
    def __init__(self) -> None:
        super().__init__("this offer is not known")


class NotAgreed(Refused):
    """Nobody may be told the person's name (rule 11)."""

    def __init__(self) -> None:
        super().__init__("the person has not agreed that their name be given to a physician")


class AlreadySettled(BusinessError):
    """The offer has ended, or another one stands."""


def may_be_named(session: Session, request: Request) -> bool:
    """Whether the person's consent B holds."""
    asking = request.patient
    return asking is not None and consents.current(session, asking, ConsentKind.SHARING) is ConsentState.GIVEN


def propose(
    session: Session, request_id: UUID, rpps: str, account: Account, now: datetime, working_days: int = WORKING_DAYS
) -> Offer:
    """Proposes a claimed request to a volunteer and holds a place. Proposed twice to the same one, it is one offer.

    Raises NotAgreed without consent B (rule 11), NotYours, NoPlace, AlreadySettled while another offer stands.
    """
    if not 1 <= working_days <= LONGEST:
        raise BadInput(f"a physician has between 1 and {LONGEST} working days to answer")
    request = requests.lock(session, request_id)
    if request is None:
        raise UnknownRequest
    if request.claimed_by != account.id or request.status not in {RequestStatus.CLAIMED, RequestStatus.OFFERED}:
        raise NotYours("this request isn't yours to offer; claim it first")
    if not may_be_named(session, request):
        raise NotAgreed
    if request.status == RequestStatus.OFFERED:
        waiting = offers.proposed(session, request.id)
        if waiting is not None and waiting.rpps == rpps:
            return waiting
        raise AlreadySettled("another offer stands for this request; note its answer or withdraw it first")
    volunteer = places.hold(session, rpps, now)
    offer = Offer(
        request_id=request.id,
        rpps=rpps,
        proposed_by=account.id,
        created_at=now,
        expires_at=end_of_working_days(volunteer.department or request.department, now, working_days),
    )
    session.add(offer)
    request.status = RequestStatus.OFFERED
    write(session, request.id, account, "offered", now, rpps)
    session.flush()
    return offer


def _locked(session: Session, offer_id: UUID) -> tuple[Offer, Request]:
    """An offer and its request, the request locked first. Raises UnknownOffer."""
    known = offers.get(session, offer_id)
    request = requests.lock(session, known.request_id) if known is not None else None
    offer = offers.lock(session, offer_id)
    if offer is None or request is None:
        raise UnknownOffer
    return offer, request


def _must_be(offer: Offer, status: OfferStatus) -> None:
    if offer.status != status:
        raise AlreadySettled(f"this offer is {offer.status}")


def accept(session: Session, offer_id: UUID, account: Account, now: datetime) -> Offer:
    """The physician takes the patient: the held place is taken. Accepted twice, it was accepted the first time.

    Raises Refused once the person has withdrawn, or withdrawn their consent B.
    """
    offer, request = _locked(session, offer_id)
    if request.status == RequestStatus.WITHDRAWN:
        raise Refused("the person doesn't want it any more")
    if offer.status == OfferStatus.ACCEPTED:
        return offer
    _must_be(offer, OfferStatus.PROPOSED)
    if not may_be_named(session, request):
        raise NotAgreed
    places.settle(session, request, offer, OfferStatus.ACCEPTED, None, now)
    write(session, request.id, account, "offer_accepted", now)
    soon = end_of_working_days(request.department, now, _DAYS_TO_MEET) - timedelta(minutes=1)
    tasks.add(session, request, TaskKind.APPOINTMENT, soon, account, now, assigned_to=account)
    session.flush()
    return offer


def decline(
    session: Session, offer_id: UUID, account: Account, reason: str | None, now: datetime, note: str | None = None
) -> Offer:
    """The physician can't: the held place is given back, and the request is to be offered to the next one."""
    offer, request = _locked(session, offer_id)
    if offer.status == OfferStatus.DECLINED:
        return offer
    _must_be(offer, OfferStatus.PROPOSED)
    places.settle(session, request, offer, OfferStatus.DECLINED, reason, now)
    offer.note = note
    write(session, request.id, account, "offer_declined", now, note or reason)
    session.flush()
    return offer


def withdraw(
    session: Session, offer_id: UUID, account: Account, reason: str | None, now: datetime, note: str | None = None
) -> Offer:
    """Takes an offer back, accepted or not, as long as the physician isn't declared: the place is given back."""
    offer, request = _locked(session, offer_id)
    if offer.status == OfferStatus.WITHDRAWN:
        return offer
    if offer.status not in {OfferStatus.PROPOSED, OfferStatus.ACCEPTED} or offer.declared_on is not None:
        raise AlreadySettled("this offer has ended, or the physician is declared")
    places.settle(session, request, offer, OfferStatus.WITHDRAWN, reason, now)
    offer.note = note
    write(session, request.id, account, "offer_withdrawn", now, note or reason)
    session.flush()
    return offer


def note_appointment(
    session: Session, offer_id: UUID, account: Account, at: datetime, place: str | None, now: datetime
) -> Offer:
    """When and where the person sees the physician who accepted; asking how it went becomes a task.

    Raises BadInput for a moment before the offer or more than a year away.
    """
    offer, request = _locked(session, offer_id)
    _must_be(offer, OfferStatus.ACCEPTED)
    if not offer.created_at <= at <= now + _FURTHEST_APPOINTMENT:
        raise BadInput("an appointment comes after the offer, and within a year")
    if (offer.appointment_at, offer.appointment_place) == (at, place):
        return offer
    offer.appointment_at, offer.appointment_place = at, place
    write(session, request.id, account, "appointment_noted", now, place)
    task_rows.finish(session, request.id, TaskKind.APPOINTMENT, now)
    the_day_after = tasks.start_of_day(at) + timedelta(days=1, hours=9)
    tasks.add(session, request, TaskKind.APPOINTMENT, the_day_after, account, now, assigned_to=account)
    session.flush()
    return offer


def declare(session: Session, offer_id: UUID, account: Account, day: date, now: datetime) -> Offer:
    """The physician was declared at a consultation: the request is closed, and news are taken in 30 and 90 days.

    Raises BadInput for a day that is not between the offer and today.
    """
    offer, request = _locked(session, offer_id)
    if offer.declared_on is not None:
        return offer
    _must_be(offer, OfferStatus.ACCEPTED)
    if not tasks.day_of(offer.created_at) <= day <= tasks.day_of(now):
        raise BadInput("a physician is declared after the offer, and not in the future")
    offer.declared_on = day
    write(session, request.id, account, "declared", now)
    task_rows.finish(session, request.id, TaskKind.APPOINTMENT, now)
    if request.status != RequestStatus.CLOSED:
        request.status = RequestStatus.CLOSED
        request.closed_at = now
        request.claim_expires_at = None
        write(session, request.id, account, "closed", now)
    request.result = "declared"
    tasks.follow_up(session, request, account, now)
    session.flush()
    return offer


def expire(session: Session, now: datetime) -> int:
    """Ends the offers that nobody answered in time. Returns how many."""
    run_out = offers.lock_requests_run_out(session, now)
    by_id = {request.id: request for request in run_out}
    ended = 0
    for offer in offers.lock_standing(session, list(by_id)):
        if offer.status == OfferStatus.PROPOSED and offer.expires_at <= now:
            request = by_id[offer.request_id]
            places.settle(session, request, offer, OfferStatus.EXPIRED, None, now)
            write(session, request.id, None, "offer_expired", now, offer.rpps)
            ended += 1
    session.flush()
    return ended


def get(session: Session, offer_id: UUID) -> tuple[Offer, Request]:
    """An offer with its request and its person. Raises UnknownOffer."""
    offer = offers.get(session, offer_id)
    request = request_file.with_person(session, offer.request_id) if offer is not None else None
    if offer is None or request is None:
        raise UnknownOffer
    return offer, request


def of_request(session: Session, request_id: UUID) -> Sequence[Offer]:
    """The one that stands first, then the newest."""
    return offers.of_request(session, request_id)


def standing(session: Session, filters: OfferFilters) -> Sequence[Offer]:
    """What waits for an answer, the soonest to expire first, then what was accepted and is not declared yet."""
    return offers.standing(session, filters, MOST)


def physicians_of(session: Session, shown: Sequence[Offer]) -> dict[str, Physician]:
    """Who was asked, by RPPS number; somebody who has left the open data is not in it."""
    return offers.physicians_of(session, [offer.rpps for offer in shown])


def days_left(request: Request, offer: Offer, now: datetime) -> int:
    """Working days that remain for an answer after today."""
    return working_days_until(request.department, now, offer.expires_at)
