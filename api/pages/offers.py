"""Proposing a request to a physician, and what becomes of it; the letter that the adviser sends over MSSanté."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from api import letters
from api.pages import labels, offers_words
from api.pages.rendering import back_to, download, render
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account, Offer, Physician
from outreach.database.models import Request as PatientRequest
from outreach.domain.words import OfferStatus, RequestStatus, Role
from outreach.errors import BadInput, BusinessError
from outreach.runtime import Session
from outreach.services import audit, offer_letters, offers
from outreach.services.offer_letters import OfferFacts
from outreach.services.places import NoPlace
from outreach.services.request_file import RequestFile
from outreach.services.requests import NotYours

router = APIRouter()
Adviser = Annotated[Account, Depends(Page(Role.ADVISER))]
Working = Annotated[Account, Depends(Act(Role.ADVISER))]
Note = Annotated[str, Form(max_length=2000)]

PROBLEMS = {
    "rpps": "Ce numéro n’est pas celui d’un médecin volontaire. Il a onze chiffres.",
    "delai": f"Le délai va de 1 à {offers.LONGEST} jours ouvrés.",
    "place": "Ce médecin n’a plus de place à présent, ou pas encore.",
    "autre": "Une autre proposition est en cours, ou celle-ci est terminée.",
    "accord": "La personne n’accepte pas que son nom soit donné : rien n’a été proposé.",
    "a_prendre": "Cette demande n’est pas à vous : prenez-la d’abord.",
    "rendez_vous": "Indiquez une date et une heure après la proposition, dans l’année qui vient.",
    "jour": "Indiquez un jour entre la proposition et aujourd’hui.",
    "raison": "Choisissez une raison dans la liste.",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    offer: Offer
    physician: Physician | None
    days_left: int


@dataclass(frozen=True, slots=True)
class Proposals:
    """What `request/_offers.html` shows."""

    items: Sequence[Proposal]
    may_be_named: bool
    may_work: bool
    may_propose: bool
    problem: str
    today: date
    problems: dict[str, str] = field(default_factory=lambda: PROBLEMS)
    decline_reasons: Sequence[tuple[str, str]] = tuple(offers_words.DECLINE_REASONS.items())
    withdrawal_reasons: Sequence[tuple[str, str]] = tuple(offers_words.WITHDRAWAL_REASONS.items())
    days: int = offers.WORKING_DAYS
    longest: int = offers.LONGEST

    @property
    def standing(self) -> Proposal | None:
        """What waits for an answer, or was accepted."""
        held = (OfferStatus.PROPOSED, OfferStatus.ACCEPTED)
        return next((item for item in self.items if item.offer.status in held), None)

    @property
    def ended(self) -> list[Proposal]:
        return [item for item in self.items if item is not self.standing]


def proposals(
    session: Session, shown: PatientRequest, file: RequestFile, reader: Account, now: datetime, problem: str = ""
) -> Proposals:
    """The offers of a request shown with its person, as whoever reads it may see and work them."""
    rows = offers.of_request(session, shown.id) if file.offers else []
    known = offers.physicians_of(session, rows) if rows else {}
    works = reader.role == Role.ADVISER
    named = file.may_be_named
    return Proposals(
        items=[Proposal(row, known.get(row.rpps), offers.days_left(shown, row, now)) for row in rows],
        may_be_named=named,
        may_work=works,
        may_propose=works and named and shown.status == RequestStatus.CLAIMED and shown.claimed_by == reader.id,
        problem=problem if problem in PROBLEMS else "",
        today=labels.paris_day(now),
    )


def _of_request(request: Request, request_id: UUID, done: str | None, problem: str | None = None) -> Response:
    if problem is not None:
        return back_to(request, f"/demandes/{request_id}?probleme={problem}#propositions")
    return back_to(request, f"/demandes/{request_id}", done)


@router.post("/demandes/{request_id}/proposer")
def propose(
    request: Request,
    adviser: Working,
    request_id: UUID,
    rpps: Annotated[str, Form(max_length=20)] = "",
    delai: Annotated[str, Form(max_length=3)] = str(offers.WORKING_DAYS),
) -> Response:
    digits = "".join(rpps.split())
    if not (len(digits) == 11 and digits.isdecimal()):
        return _of_request(request, request_id, None, "rpps")
    if not delai.isdecimal() or not 1 <= int(delai) <= offers.LONGEST:
        return _of_request(request, request_id, None, "delai")
    runtime = runtime_of(request)
    try:
        with runtime.transaction() as session:
            offers.propose(session, request_id, digits, adviser, runtime.clock.now(), int(delai))
    except BusinessError as error:
        problem = _problem(error, "rpps")
        if problem is None:
            raise
        return _of_request(request, request_id, None, problem)
    return _of_request(request, request_id, "proposee")


def _problem(error: BusinessError, bad_input: str) -> str | None:
    known: dict[type[BusinessError], str] = {
        BadInput: bad_input,
        NoPlace: "place",
        offers.NotAgreed: "accord",
        offers.AlreadySettled: "autre",
        NotYours: "a_prendre",
    }
    return known.get(type(error))


def _act(
    request: Request, offer_id: UUID, done: str, bad_input: str, act: Callable[[Session, datetime], Offer]
) -> Response:
    """Does something to an offer, and shows its request again with what came of it."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        _, shown = offers.get(session, offer_id)
        request_id = shown.id
    try:
        with runtime.transaction() as session:
            act(session, runtime.clock.now())
    except BusinessError as error:
        problem = _problem(error, bad_input)
        if problem is None:
            raise
        return _of_request(request, request_id, None, problem)
    return _of_request(request, request_id, done)


@router.post("/propositions/{offer_id}/acceptee")
def accept(request: Request, adviser: Working, offer_id: UUID) -> Response:
    return _act(
        request, offer_id, "acceptee", "autre", lambda session, now: offers.accept(session, offer_id, adviser, now)
    )


@router.post("/propositions/{offer_id}/declinee")
def decline(
    request: Request,
    adviser: Working,
    offer_id: UUID,
    reason: Annotated[str, Form(max_length=64)] = "",
    note: Note = "",
) -> Response:
    def act(session: Session, now: datetime) -> Offer:
        if reason not in offers_words.DECLINE_REASONS:
            raise BadInput("this reason is not in the list")
        return offers.decline(session, offer_id, adviser, reason, now, note.strip() or None)

    return _act(request, offer_id, "declinee", "raison", act)


@router.post("/propositions/{offer_id}/retirer")
def withdraw(
    request: Request,
    adviser: Working,
    offer_id: UUID,
    reason: Annotated[str, Form(max_length=64)] = "",
    note: Note = "",
) -> Response:
    def act(session: Session, now: datetime) -> Offer:
        if reason not in offers_words.WITHDRAWAL_REASONS:
            raise BadInput("this reason is not in the list")
        return offers.withdraw(session, offer_id, adviser, reason, now, note.strip() or None)

    return _act(request, offer_id, "retiree", "raison", act)


@router.post("/propositions/{offer_id}/rendez-vous")
def note_appointment(
    request: Request,
    adviser: Working,
    offer_id: UUID,
    jour: Annotated[str, Form(max_length=10)] = "",
    heure: Annotated[str, Form(max_length=8)] = "",
    lieu: Annotated[str, Form(max_length=300)] = "",
) -> Response:
    def act(session: Session, now: datetime) -> Offer:
        try:
            at = datetime.combine(date.fromisoformat(jour), time.fromisoformat(heure), labels.PARIS)
        except ValueError:
            raise BadInput("an appointment has a day and an hour") from None
        return offers.note_appointment(session, offer_id, adviser, at, lieu.strip() or None, now)

    return _act(request, offer_id, "rendez_vous", "rendez_vous", act)


@router.post("/propositions/{offer_id}/declaree")
def declare(
    request: Request, adviser: Working, offer_id: UUID, jour: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    def act(session: Session, now: datetime) -> Offer:
        try:
            day = date.fromisoformat(jour)
        except ValueError:
            raise BadInput("a declaration has a day") from None
        return offers.declare(session, offer_id, adviser, day, now)

    return _act(request, offer_id, "declaree", "jour", act)


@router.get("/propositions")
def all_offers(
    request: Request,
    adviser: Adviser,
    qui: str = "",
    departement: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    runtime = runtime_of(request)
    department = departement.strip().upper() or None
    filters = offers.OfferFilters(claimed_by=adviser.id if qui == "moi" else None, department=department)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        rows = offers.standing(session, filters)
        known = offers.physicians_of(session, rows)
        shown = [Proposal(row, known.get(row.rpps), offers.days_left(row.request, row, now)) for row in rows]
        for row in rows:
            if row.request.patient is not None:
                audit.record(session, adviser.login, "offers_listed", row.request.patient.reference, None, now)
    return render(
        request,
        "offers.html",
        waiting=[item for item in shown if item.offer.status == OfferStatus.PROPOSED],
        accepted=[item for item in shown if item.offer.status == OfferStatus.ACCEPTED],
        mine=qui == "moi",
        department=department or "",
        now=now,
    )


def _letter(request: Request, adviser: Account, offer_id: UUID, form: str) -> tuple[OfferFacts, letters.Letter]:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        facts = offer_letters.prepare(session, offer_id, adviser, letters.VERSION, form, now)
    return facts, letters.offer_letter(facts, now)


@router.get("/propositions/{offer_id}/lettre")
def letter(request: Request, adviser: Adviser, offer_id: UUID) -> Response:
    facts, written = _letter(request, adviser, offer_id, "text")
    return render(request, "letter.html", facts=facts, text=letters.as_text(written), version=written.wording)


@router.get("/propositions/{offer_id}/lettre.pdf")
def letter_as_pdf(request: Request, adviser: Adviser, offer_id: UUID) -> Response:
    facts, written = _letter(request, adviser, offer_id, "pdf")
    return download(request, letters.as_pdf(written), "application/pdf", f"lettre-{facts.patient.reference}.pdf")
