"""When everybody will have been contacted: a plan of a campaign, played in the background, with its charts."""

from datetime import date
from functools import lru_cache
from math import ceil
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response

from api.charts import Undrawn
from api.charts.shelf import Chart
from api.drafts import Fields
from api.pages import board_shown, board_words, planning_words
from api.pages.acting import WrongField
from api.pages.labels import moment
from api.pages.rendering import download, redirect, render
from api.pages.typed import Typed as Form
from api.plans import KEPT, Asked, Plans
from api.sessions import Act, Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.planning_document import roundly
from outreach.domain.planning_study import EVERYBODY
from outreach.domain.words import Role
from outreach.errors import BadInput, NotFound
from outreach.services import campaigns, planning
from outreach.services.planning import Prepared, Typed

router = APIRouter(prefix="/tableau/{name}/projection")
Supervisor = Annotated[Account, Depends(Page(Role.SUPERVISOR))]
Steering = Annotated[Account, Depends(Act(Role.SUPERVISOR))]
Key = Annotated[str, Query(max_length=20, pattern="^[0-9a-f]*$")]

_AGAIN_SECONDS = "4"
_FIELDS = ("debut", "lignes", "numeros", "horaires", "reponse", "accord", "conseillers", "traitees", "places")


def plans_of(request: Request) -> Plans:
    """This process's plans."""
    state = request.app.state
    held: Plans | None = getattr(state, "plans", None)
    if held is None:
        held = state.plans = Plans()
    return held


@router.get("")
def projection(request: Request, _: Supervisor, name: str, plan: Key = "") -> Response:
    return _page(request, name, plan, {})


def _page(request: Request, name: str, key: str, typed: dict[str, str], wrong: WrongField | None = None) -> Response:
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        campaign = campaigns.get(session, name)
    key = key or (plans_of(request).last(name) or "")
    asked = plans_of(request).of(name, key) if key else None
    found = asked.found if asked is not None else None
    status = 422 if wrong is not None else 200
    if asked is not None and asked.refused is not None and wrong is None:
        wrong = WrongField("", _said(asked.refused))
    shown = board_shown.shown(request, name, *_charts(asked, key)) if asked is not None and found is not None else {}
    page = render(
        request,
        "board/projection.html",
        status,
        campaign=campaign,
        now=asked.at if asked is not None else runtime.clock.now(),
        key=key,
        asked=asked,
        gone=bool(key) and asked is None,
        found=found,
        words=planning_words,
        everybody=EVERYBODY,
        shown=shown,
        typed=dict.fromkeys(_FIELDS, "") | typed,
        wrong=wrong,
    )
    if asked is not None and found is None and not asked.failed and wrong is None:
        page.headers["Refresh"] = _AGAIN_SECONDS
    return page


@router.post("")
def play(request: Request, _: Steering, name: str) -> Response:
    runtime, fields = runtime_of(request), request.state.fields
    typed = {one: (fields.get(one) or [""])[0] for one in _FIELDS}
    try:
        wanted = _typed(fields)
        with runtime.transaction() as session:
            planning.policy(session, name, wanted)
    except WrongField as wrong:
        return _page(request, name, "", typed, wrong)
    except BadInput as error:
        return _page(request, name, "", typed, WrongField("", _said(error)))

    def prepare() -> Prepared:
        with runtime.transaction() as session:
            return planning.prepare(session, runtime.settings, runtime.clock.now(), name, wanted)

    form = (*typed.values(), *fields.get("jeton", ()))
    key = plans_of(request).ask(name, form, prepare, runtime.clock.now())
    return redirect(request, f"/tableau/{name}/projection?plan={key}")


def _said(error: BadInput) -> str:
    text = str(error)
    if "nobody is left" in text:
        return "Il ne reste personne à contacter dans cette campagne."
    if "adviser" in text:
        return "Il faut au moins un conseiller : créez un compte, ou écrivez un nombre."
    if "hours must" in text:
        return "Écrivez les heures comme 10:00-13:00, 14:00-19:00."
    return "Une de ces valeurs n’est pas possible. Vérifiez-les."


def _typed(fields: Fields) -> Typed:
    form = Form(fields)
    begins = form.text("debut", 10)
    return Typed(
        begins=planning.moment(form.day("debut").isoformat()) if begins else None,
        lines=form.whole("lignes", 1, 10_000),
        callers=form.whole("numeros", 1, 500),
        windows=form.text("horaires", 80) or None,
        answer_rate=_percent(form, "reponse"),
        request_rate=_percent(form, "accord"),
        advisers=form.whole("conseillers", 1, 100_000),
        handled_a_day=form.whole("traitees", 1, 200),
        places=form.whole("places", 0, 1_000_000),
    )


def _percent(form: Form, name: str) -> float | None:
    value = form.whole(name, 1, 99)
    return value / 100 if value is not None else None


@router.get("/{key}/{chart}.{form}")
def file(
    request: Request,
    _: Supervisor,
    name: str,
    key: Annotated[str, Path(max_length=20)],
    chart: Annotated[str, Path(max_length=40)],
    form: Literal["csv", "svg", "png"],
) -> Response:
    asked = plans_of(request).of(name, key)
    charts = {one.name: one for one in _charts(asked, key)} if asked is not None and asked.found else {}
    if asked is None or chart not in charts:
        raise NotFound("there is no such chart")
    one, called = charts[chart], f"{name}-{chart}.{form}"
    if form == "csv":
        return download(request, board_shown.csv_of(one), "text/csv; charset=utf-8", called)
    shown = board_shown.shown(request, name, one)[one.name]
    note = f"Relais, campagne {name}, projection du {moment(asked.at)}. {one.note}".strip()
    try:
        if shown.drawing is None:
            raise Undrawn("it takes too long")
        if form == "png":
            return download(request, shown.drawing.png(one.title, note), "image/png", called)
    except Undrawn:
        return render(
            request,
            "message.html",
            503,
            heading="Pas de graphique pour l’instant",
            text="Le dessin prend trop de temps. Le tableau a les mêmes chiffres.",
            back=f"/tableau/{name}/projection?plan={key}",
            back_label="Projection",
        )
    return download(request, shown.drawing.alone(one.title, note).encode(), "image/svg+xml", called)


@lru_cache(maxsize=KEPT)
def _charts(asked: Asked, key: str) -> tuple[Chart, ...]:
    """Of a plan that was played: they never change."""
    assert asked.found is not None
    return contacted_chart(asked.found, key), _advisers(asked.found, key), _waiting(asked.found, key)


def contacted_chart(found: dict[str, Any], key: str = "") -> Chart:
    who = {"contacted": "contactées", "reached": "jointes en personne"}
    points = found["curve"]
    return Chart(
        "projection-contactees",
        "Personnes contactées",
        "Cumul. La bande contient neuf simulations sur dix.",
        "plan_contacted",
        [{"day": point["day"], "who": label, **point[of]} for of, label in who.items() for point in points],
        ("Jour", "Contactées", "au moins", "au plus", "Jointes", "au moins", "au plus"),
        [
            (
                date.fromisoformat(point["day"]),
                *(roundly(point[of][which]) for of in who for which in ("middle", "low", "high")),
            )
            for point in points
        ],
        query=f"?plan={key}",
    )


def _week(week: dict[str, Any]) -> str:
    return planning_words.day(week["begins"], year=False)


def _advisers(found: dict[str, Any], key: str) -> Chart:
    there = found["inputs"]["advisers"]
    weeks = found["weeks"]
    return Chart(
        "projection-conseillers",
        "Conseillers nécessaires par semaine",
        "Pour traiter dans la semaine ce que les appels apportent, si rien ne les freine.",
        "plan_advisers",
        [
            {"week": planning_words.day(week["begins"], year=False), "there": there, **week["advisers"]}
            for week in weeks
        ],
        ("Semaine du", "Conseillers", "au moins", "au plus", "Demandes"),
        [
            (
                date.fromisoformat(week["begins"]),
                *(roundly(ceil(week["advisers"][which])) for which in ("middle", "low", "high")),
                roundly(week["requests"]["middle"]),
            )
            for week in weeks
        ],
        query=f"?plan={key}",
        note=f"Le trait : les conseillers prévus ({planning_words.exactly(there)}).",
    )


def _waiting(found: dict[str, Any], key: str) -> Chart:
    weeks = found["weeks"]
    causes = {cause: label for cause, label in planning_words.CAUSES.items() if any(w["waited"][cause] for w in weeks)}
    return Chart(
        "projection-attente",
        "Ce que les personnes attendent",
        "Part du temps d’attente, aux heures d’appel, des personnes qui ne sont pas encore contactées.",
        "plan_waiting",
        [
            {"week": _week(week), "cause": label, "part": week["waited"][cause]}
            for week in weeks
            for cause, label in causes.items()
        ],
        ("Semaine du", *(board_words.sentence(label) for label in causes.values())),
        [(date.fromisoformat(week["begins"]), *(float(week["waited"][cause]) for cause in causes)) for week in weeks],
        query=f"?plan={key}",
    )
