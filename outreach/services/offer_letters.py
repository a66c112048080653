"""What the letter of an offer needs to know, given out only under consent B and noted each time (rules 11 and 14)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from outreach.database.models import Account, Offer, Patient, Physician, Request
from outreach.domain.words import OfferStatus
from outreach.runtime import Session
from outreach.services import audit, offers
from outreach.services.request_log import write


@dataclass(frozen=True, slots=True)
class OfferFacts:
    offer: Offer
    request: Request
    patient: Patient
    physician: Physician | None
    language: str | None


def prepare(session: Session, offer_id: UUID, account: Account, wording: str, form: str, now: datetime) -> OfferFacts:
    """The facts of a letter for an offer that waits for its answer or was accepted; the preparation is kept.

    `form` is text or pdf. Raises NotAgreed without consent B, AlreadySettled once the offer has ended.
    """
    offer, request = offers.get(session, offer_id)
    patient = request.patient
    if patient is None or not offers.may_be_named(session, request):
        raise offers.NotAgreed
    if offer.status not in {OfferStatus.PROPOSED, OfferStatus.ACCEPTED}:
        raise offers.AlreadySettled("this offer has ended; nobody is written to about it any more")
    audit.record(
        session, account.login, "letter_prepared", patient.reference, f"{form}, {wording}, RPPS {offer.rpps}", now
    )
    write(session, request.id, account, "letter_prepared", now, f"{form}, {wording}")
    session.flush()
    wished = (request.preference or {}).get("language")
    physician = offers.physicians_of(session, [offer]).get(offer.rpps)
    return OfferFacts(offer, request, patient, physician, wished or patient.language)
