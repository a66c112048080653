"""The ways beside the telephone: who gets a letter, whom to reach through an establishment, which physicians to ask."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import Response

from api import letters
from api.pages import labels, offers_words
from api.pages.rendering import back_to, download, render
from api.pages.sheets import as_csv
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account, Patient
from outreach.domain.reviews import CPTS
from outreach.domain.words import Role, VolunteerAnswer
from outreach.errors import BadInput, NotFound
from outreach.services import territories, third_ways, volunteer_calls

router = APIRouter(prefix="/listes")
Adviser = Annotated[Account, Depends(Page(Role.ADVISER))]
Working = Annotated[Account, Depends(Act(Role.ADVISER))]
Department = Annotated[str, Query(max_length=3)]
Rpps = Annotated[str, Path(pattern=r"^\d{11}$")]
OneDepartment = Annotated[str, Path(pattern=r"^[0-9AB]{2,3}$")]
Territory = Annotated[UUID | None, Query(alias="territoire")]

_PERSON = ("référence", "civilité", "nom", "prénom", "code postal")


def _departments(adviser: Account, chosen: str) -> list[str]:
    """Those asked for, else the adviser's own; none is everywhere."""
    department = chosen.strip().upper()
    return [department] if department else adviser.departments


def _person(patient: Patient) -> tuple[str | None, ...]:
    return (patient.reference, patient.civility, patient.last_name, patient.first_name, patient.postal_code)


@router.get("")
def all_lists(request: Request, _: Adviser) -> Response:
    return render(request, "lists/all.html")


@router.get("/courriers")
def to_write_to(request: Request, adviser: Adviser, departement: Department = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        found = third_ways.unreached(session, _departments(adviser, departement), adviser, runtime.clock.now())
    return render(request, "lists/unreached.html", found=found, department=departement)


@router.get("/courriers.csv")
def to_write_to_as_csv(request: Request, adviser: Adviser, departement: Department = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        departments = _departments(adviser, departement)
        found = third_ways.unreached(session, departments, adviser, runtime.clock.now(), export=True)
    rows = (
        (*_person(one.patient), one.patient.fund, offers_words.unreached(one), labels.iso_day(one.since), one.campaign)
        for one in found.people
    )
    content = as_csv((*_PERSON, "caisse", "motif", "depuis", "campagne"), rows)
    return download(request, content, "text/csv; charset=utf-8", "courriers.csv")


@router.get("/etablissements")
def establishments(request: Request, adviser: Adviser, departement: Department = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        found = third_ways.establishments(session, _departments(adviser, departement), adviser, runtime.clock.now())
    return render(request, "lists/establishments.html", establishments=found, department=departement)


@router.get("/etablissements.csv")
def establishments_as_csv(request: Request, adviser: Adviser, departement: Department = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        departments = _departments(adviser, departement)
        found = third_ways.establishments(session, departments, adviser, runtime.clock.now(), export=True)
    rows = (
        (one.finess, *_person(patient), "oui" if patient.legal_protection else "non", labels.STATUSES.get(status or ""))
        for one in found
        for patient, status in one.people
    )
    content = as_csv(("FINESS", *_PERSON, "protection juridique", "demande"), rows)
    return download(request, content, "text/csv; charset=utf-8", "etablissements.csv")


@router.get("/patientele")
def physicians_to_ask(request: Request, adviser: Adviser, departement: Department = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        found = third_ways.physicians_to_ask(session, _departments(adviser, departement), now)
        uninformed = third_ways.campaigns_not_informed(session, now)
    return render(request, "lists/regulars.html", physicians=found, uninformed=uninformed, department=departement)


@router.get("/patientele/{rpps}")
def regulars(request: Request, adviser: Adviser, rpps: Rpps) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        people = third_ways.regulars_of(session, rpps, adviser, "page", runtime.clock.now())
        physician = third_ways.physician(session, rpps)
    return render(request, "lists/regulars_of.html", people=people, physician=physician, rpps=rpps)


@router.get("/patientele/{rpps}/liste.csv")
def regulars_as_csv(request: Request, adviser: Adviser, rpps: Rpps) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        people = third_ways.regulars_of(session, rpps, adviser, "csv", runtime.clock.now())
    rows = ((*_person(one.patient), "accord" if one.agreed else "informée, sans opposition") for one in people)
    content = as_csv((*_PERSON, "pourquoi son nom peut être donné"), rows)
    return download(request, content, "text/csv; charset=utf-8", f"patientele-{rpps}.csv")


def _regular_letter(request: Request, adviser: Account, rpps: str, form: str) -> letters.Letter:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        people = third_ways.regulars_of(session, rpps, adviser, f"{form}, {letters.VERSION}", now)
        physician = third_ways.physician(session, rpps)
    if not people:
        raise NotFound("there is nobody about whom this physician may be asked")
    return letters.regular_letter(physician, [one.patient for one in people], now)


@router.get("/patientele/{rpps}/lettre")
def regular_letter(request: Request, adviser: Adviser, rpps: Rpps) -> Response:
    written = _regular_letter(request, adviser, rpps, "text")
    return render(request, "lists/regular_letter.html", letter=written, text=letters.as_text(written), rpps=rpps)


@router.get("/patientele/{rpps}/lettre.pdf")
def regular_letter_as_pdf(request: Request, adviser: Adviser, rpps: Rpps) -> Response:
    written = _regular_letter(request, adviser, rpps, "pdf")
    return download(request, letters.as_pdf(written), "application/pdf", f"patientele-{rpps}.pdf")


@router.get("/volontaires")
def needs(request: Request, adviser: Adviser, departement: Department = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        found = volunteer_calls.needs(session, _departments(adviser, departement), runtime.clock.now())
    return render(request, "lists/needs.html", needs=found, department=departement)


@router.get("/volontaires/cpts")
def needs_of_territories(request: Request, adviser: Adviser, departement: Department = "") -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        found = territories.needs(session, CPTS, _departments(adviser, departement), runtime.clock.now())
    return render(request, "lists/territory_needs.html", needs=found, department=departement)


@router.get("/volontaires/{department}")
def candidates(request: Request, adviser: Adviser, department: OneDepartment, territory: Territory = None) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        where = territories.get(session, territory) if territory is not None else None
        codes = territories.codes_of(session, where.id) if where is not None else None
        found = volunteer_calls.candidates(session, department, adviser, now, communes=codes)
        need = next(iter(volunteer_calls.needs(session, [department], now)), None) if where is None else None
    answers = offers_words.VOLUNTEER_ANSWERS.items()
    shown = {"need": need, "department": department, "answers": answers, "territory": where}
    return render(request, "lists/candidates.html", found=found, **shown)


@router.get("/volontaires/{department}/medecins.csv")
def candidates_as_csv(
    request: Request, adviser: Adviser, department: OneDepartment, territory: Territory = None
) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        codes = territories.codes_of(session, territory) if territory is not None else None
        now = runtime.clock.now()
        found = volunteer_calls.candidates(session, department, adviser, now, export=True, communes=codes)
    rows = (
        (
            one.physician.rpps,
            one.physician.last_name,
            one.physician.first_name,
            one.physician.commune,
            one.physician.telephone,
            one.regulars,
            labels.iso_day(one.last_call.at) if one.last_call is not None else "",
            offers_words.VOLUNTEER_ANSWERS.get(one.last_call.result, "") if one.last_call is not None else "",
        )
        for one in found
    )
    header = (
        "RPPS",
        "nom",
        "prénom",
        "commune",
        "téléphone",
        "personnes qui le consultent",
        "dernier appel",
        "réponse",
    )
    return download(request, as_csv(header, rows), "text/csv; charset=utf-8", f"medecins-{department}.csv")


@router.post("/volontaires/{rpps}/appel")
def log_call(
    request: Request,
    adviser: Working,
    rpps: Rpps,
    result: Annotated[str, Form(max_length=32)],
    department: Annotated[str, Form(pattern=r"^[0-9AB]{2,3}$")],
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    if result not in set(VolunteerAnswer):
        raise BadInput("this answer is not in the list")
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        answer = VolunteerAnswer(result)
        volunteer_calls.log_call(session, rpps, adviser, answer, note.strip() or None, runtime.clock.now())
    return back_to(request, f"/listes/volontaires/{department}", "appel_note")
