"""The steering body's pages: the country, a department with its territories, followed cohorts; aggregates alone."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Path, Query, Request
from fastapi.responses import Response

from api.documents import review
from api.pages import reviews_words as words
from api.pages.rendering import back_to, download, render
from api.pages.sheets import as_csv
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.reviews import CPTS, Quarter
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import Role
from outreach.errors import BadInput, NotFound
from outreach.services import audit, campaigns, cohorts, reviews, territories
from outreach.services.reviews import NothingCounted, Row

router = APIRouter(prefix="/pilotage")
Supervisor = Annotated[Account, Depends(Page(Role.SUPERVISOR))]
Steering = Annotated[Account, Depends(Act(Role.SUPERVISOR))]
Chosen = Annotated[str, Query(max_length=64, alias="cohorte")]
OneDepartment = Annotated[str, Path(pattern=r"^[0-9AB]{2,3}$")]
CSV = "text/csv; charset=utf-8"


def _nothing(request: Request) -> Response:
    return render(request, "reviews/nothing.html")


@router.get("")
def nation(request: Request, _: Supervisor, cohort: Chosen = "") -> Response:
    with runtime_of(request).transaction() as session:
        try:
            overview = reviews.overview(session)
        except NothingCounted:
            return _nothing(request)
        known = cohorts.everything(session)
        followed = cohorts.followed(session, cohort or None, overview.day.day, known)
        trend = reviews.trend(session, "", overview.day.day)
        quarters = reviews.quarters(session)
    return render(
        request,
        "reviews/nation.html",
        words=words,
        overview=overview,
        followed=followed,
        cohort_rates={row.department: row.rate for row in followed.departments} if followed is not None else {},
        cohorts=known,
        trend=trend,
        quarters=quarters,
    )


@router.get("/departements.csv")
def nation_as_csv(request: Request, supervisor: Supervisor) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        overview = reviews.overview(session)
        audit.record(session, supervisor.login, "review_exported", "departments", "csv", runtime.clock.now())
    rows = (
        ("Ensemble" if not row.department else row.department, words.department(row.department), *_cells(row))
        for row in (*overview.departments, overview.nation)
    )
    return download(
        request, as_csv(("code", "département", *_HEADER), rows), CSV, f"pilotage-{overview.day.day.isoformat()}.csv"
    )


_COLUMNS = ("enrolled", "ineligible", "ehpad", *words.STEPS, "has_one", "without", "gone")
_HEADER = (
    *(words.COLUMNS[column].lower() for column in (*_COLUMNS, *words.PLACES)),
    "taux avec médecin traitant",
    "taux sans médecin traitant",
)


def _cells(row: Row) -> Iterable[object]:
    """The cells of an export: a masked one says so, a rate has four decimals with a comma."""
    for column in _COLUMNS:
        yield _cell(row.counts[column])
    for column in words.PLACES:
        yield _cell(getattr(row, column) if column in {"free", "missing"} else row.counts[column])
    for rate in (row.rate.with_one, row.rate.without):
        yield "" if rate is None else f"{rate:.4f}".replace(".", ",")


def _cell(value: int | None) -> object:
    return words.MASKED if value is None else value


@router.get("/revue.pdf")
def national_review(
    request: Request,
    supervisor: Supervisor,
    quarter: Annotated[str, Query(alias="trimestre", max_length=8)] = "",
    cohort: Chosen = "",
) -> Response:
    """The national quarterly review. It is set in another process, and no transaction waits for it."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        try:
            chosen = Quarter.parse(quarter) if quarter else reviews.quarters(session)[0]
        except (ValueError, IndexError):
            raise BadInput("a quarter is written as in 2026-T4") from None
        shown = reviews.national_review(session, chosen)
        followed = cohorts.followed(session, cohort or None, shown.overview.day.day)
        audit.record(session, supervisor.login, "review_exported", str(chosen), "pdf", runtime.clock.now())
    return download(request, review.pdf(shown, followed), "application/pdf", f"revue-{chosen}.pdf")


@router.get("/territoires")
def all_territories(request: Request, _: Supervisor) -> Response:
    with runtime_of(request).transaction() as session:
        known = territories.everything(session)
        where = territories.departments_of(session)
    return render(request, "reviews/territories.html", territories=known, where=where)


@router.get("/territoires/{territory_id}.csv")
def territory_as_csv(request: Request, supervisor: Supervisor, territory_id: UUID) -> Response:
    """What a CPTS is given of its people: counts by step, age and need, its places; nobody in it."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        day, row = reviews.territory(session, territory_id)
        audit.record(session, supervisor.login, "territory_exported", row.name, "csv", runtime.clock.now())
    content = as_csv(("rubrique", "tranche", "chiffre", "valeur"), _territory_rows(day.day, row))
    return download(request, content, CSV, f"territoire-{day.day.isoformat()}.csv")


def _territory_rows(day: date, row: Row) -> Iterable[tuple[object, ...]]:
    yield ("territoire", "", words.kind(row.kind), row.name)
    yield ("date", "", "chiffres arrêtés au soir du", day.isoformat())
    for column in _COLUMNS:
        yield ("personnes", "toutes", words.COLUMNS[column].lower(), _cell(row.counts[column]))
    for band, name in words.BAND_LIST:
        for column in words.AGES:
            yield ("personnes par âge", name, words.COLUMNS[column].lower(), _cell(row.counts[f"age:{band}:{column}"]))
    for need, name in words.NEED_LIST:
        yield ("besoins de déplacement", name, "demandes", _cell(row.counts[f"need:{need}"]))
    for column in words.PLACES:
        value = getattr(row, column) if column in {"free", "missing"} else row.counts[column]
        yield ("médecins", "tous", words.COLUMNS[column].lower(), _cell(value))
    for name, rate in (("avec", row.rate.with_one), ("sans", row.rate.without)):
        shown = "" if rate is None else f"{rate:.4f}".replace(".", ",")
        yield ("taux", "toutes", f"taux {name} médecin traitant", shown)


@router.get("/cohortes")
def all_cohorts(request: Request, _: Supervisor) -> Response:
    return _cohorts(request)


def _cohorts(request: Request, status: int = 200, **values: Any) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        known = cohorts.everything(session)
        of = campaigns.everything(session)
    shown = {"typed": {}, "today": runtime.clock.now(), **values}
    return render(request, "reviews/cohorts.html", status, cohorts=known, campaigns=of, words=words, **shown)


@router.post("/cohortes")
def create_cohort(
    request: Request,
    supervisor: Steering,
    name: Annotated[str, Form(max_length=64)],
    campaign: Annotated[str, Form(max_length=64)],
    on: Annotated[str, Form(max_length=10)],
) -> Response:
    runtime = runtime_of(request)
    typed = {"name": name, "campaign": campaign, "on": on}
    try:
        day = date.fromisoformat(on)
    except ValueError:
        return _cohorts(request, 422, typed=typed, problem="La date de référence n’est pas une date.")
    try:
        with runtime.transaction() as session:
            cohorts.create(session, name.strip(), campaign, day, runtime.clock.now(), supervisor.login)
    except (BadInput, cohorts.CohortExists):
        problem = (
            "Cette cohorte n’a pas été créée : le nom ne tient que lettres, chiffres, points et tirets et n’est pas"
            " déjà pris, la date est passée, et quelqu’un de la campagne était alors sans médecin traitant."
        )
        return _cohorts(request, 422, typed=typed, problem=problem)
    return back_to(request, "/pilotage/cohortes", "cohorte")


@router.get("/{code}")
def department(request: Request, _: Supervisor, code: OneDepartment, cohort: Chosen = "") -> Response:
    _known(code)
    with runtime_of(request).transaction() as session:
        try:
            found = reviews.department(session, code)
        except NothingCounted:
            return _nothing(request)
        known = cohorts.everything(session)
        followed = cohorts.followed(session, cohort or None, found.day.day, known)
        over_time = cohorts.of_department(session, followed.cohort, code, found.day.day) if followed is not None else []
        trend = reviews.trend(session, code, found.day.day)
    kinds = sorted(found.territories.items(), key=lambda item: (item[0] != CPTS, item[0]))
    return render(
        request,
        "reviews/department.html",
        words=words,
        code=code,
        found=found,
        kinds=kinds,
        followed=followed,
        over_time=over_time,
        cohorts=known,
        trend=trend,
    )


@router.get("/{code}/territoires.csv")
def department_as_csv(request: Request, supervisor: Supervisor, code: OneDepartment) -> Response:
    _known(code)
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        found = reviews.department(session, code)
        audit.record(session, supervisor.login, "review_exported", code, "csv", runtime.clock.now())
    rows = [
        (words.kind(kind), "hors territoire" if row.is_outside else row.name, *_cells(row))
        for kind, parts in found.territories.items()
        for row in parts
    ]
    rows.append(("", words.department(code), *_cells(found.row)))
    content = as_csv(("type", "territoire", *_HEADER), rows)
    return download(request, content, CSV, f"pilotage-{code}-{found.day.day.isoformat()}.csv")


def _known(code: str) -> None:
    if code not in DEPARTMENTS:
        raise NotFound("there is no such department")
