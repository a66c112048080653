"""The national quarterly review: what it says, in the order in which it is read. Published figures alone."""

from collections.abc import Iterable, Sequence
from typing import Any

from api.charts import Undrawn
from api.charts.rendering import ours
from api.charts.theme import FONT, STEPS
from api.charts.tiles import TILES
from api.documents import as_pdf
from api.pages import reviews_words as words
from outreach.domain.reviews import Situation
from outreach.services.cohorts import Followed
from outreach.services.reviews import NationalReview, Overview, Row

Part = dict[str, Any]
_FONT = "Libertinus Serif"
_PEOPLE = ("enrolled", *words.STEPS)
_TERRITORY = ("enrolled", "reached", "consented", "matched", Situation.DECLARED, Situation.WITHOUT)
_TERRITORY_PLACES = ("volunteers", "capacity", "held", "taken", "wanted")


def pdf(review: NationalReview, followed: Followed | None) -> bytes:
    """Raises NotSet."""
    return as_pdf("review", document(review, followed))


def document(review: NationalReview, followed: Followed | None) -> dict[str, Any]:
    """The review as data for its template."""
    quarter, day = review.quarter, review.overview.day
    period = f"{words.quarter(quarter)}, du {words.long_day(quarter.first)} au {words.long_day(quarter.last)}"
    state = "" if review.is_final else " Le trimestre n’est pas clos : chiffres provisoires."
    return {
        "title": "Revue nationale trimestrielle",
        "author": "Relais",
        "over": "Accompagnement des personnes sans médecin traitant",
        "period": period[0].upper() + period[1:],
        "as-of": f"Chiffres arrêtés {words.as_of(day)}, toutes campagnes ensemble.{state}",
        "footer": (
            f"Revue nationale, {words.quarter(quarter)} – agrégats sans aucun nom ; cases de 1 à 10 personnes masquées"
        ),
        "masked": words.MASKED,
        "sections": [
            _section(
                *_essentials(review, followed),
                *_steps(review),
                *_rates(review.overview, followed),
                *_departments(review.overview, followed),
                *_volunteers(review.overview),
                *_attentions(review.overview),
                *_method(),
            ),
            *([_section(*_territories(review), wide=True)] if review.territories else []),
        ],
    }


def _section(*parts: Part, wide: bool = False) -> dict[str, Any]:
    return {"wide": wide, "parts": parts}


def _heading(text: str, level: int = 1) -> Part:
    return {"kind": "heading", "text": text, "level": level}


def _text(text: str) -> Part:
    return {"kind": "text", "text": text}


def _table(caption: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, total: bool = False) -> Part:
    return {
        "kind": "table",
        "caption": caption,
        "columns": list(columns),
        "rows": [list(r) for r in rows],
        "total": total,
    }


def _chart(caption: str, alt: str, maker: str, rows: list[dict[str, Any]], width: int = 100) -> list[Part]:
    """A drawing with its alternative; where it can't be drawn, the table beside it tells the same."""
    if not rows:
        return []
    try:
        drawing = ours().drawn({"maker": maker, "figures": rows}, 60.0)
    except Undrawn:
        return []
    vector = drawing.vector.replace(f'font-family="{FONT}"', f'font-family="{_FONT}"')
    return [{"kind": "chart", "caption": caption, "alt": alt, "svg": vector, "width": width}]


def _counts(row: Row, columns: Iterable[str]) -> list[str]:
    of_places = {"free": row.free, "missing": row.missing}
    return [words.number(of_places[c] if c in of_places else row.counts[c]) for c in columns]


def _named(columns: Iterable[str]) -> list[str]:
    return [words.COLUMNS[column] for column in columns]


def _essentials(review: NationalReview, followed: Followed | None) -> list[Part]:
    nation = review.overview.nation
    shown = ("enrolled", "attempted", "reached", "consented", "matched", Situation.DECLARED)
    items = [{"label": words.COLUMNS[c], "value": words.number(nation.counts[c]), "main": False} for c in shown]
    rates = [("Avec médecin traitant, toutes les inscrites", nation.rate)]
    if followed is not None:
        rates.append((f"Avec médecin traitant, cohorte {followed.cohort.name}", followed.nation.rate))
    items += [{"label": label, "value": words.rate_with(rate), "main": True} for label, rate in rates]
    return [_heading("L’essentiel"), {"kind": "tiles", "items": items}, _text(_sentence(review))]


def _sentence(review: NationalReview) -> str:
    nation, before = review.overview.nation.counts, review.before
    told = (
        f"{words.number(nation['reached'])} personnes ont été jointes sur {words.number(nation['attempted'])}"
        " appelées ;"
        f" {words.number(nation['consented'])} ont accepté l’aide, un médecin a été trouvé pour"
        f" {words.number(nation['matched'])}, et {words.number(nation[Situation.DECLARED])} ont déclaré leur"
        " médecin traitant."
    )
    if words.MASKED in told:
        return "Les effectifs sont trop petits pour être tous montrés."
    since = words.gain(nation[Situation.DECLARED], before.nation.counts[Situation.DECLARED] if before else None)
    return f"{told} {since}".strip()


def _steps(review: NationalReview) -> list[Part]:
    nation = review.overview.nation
    whole = nation.counts["eligible"]
    rows: list[dict[str, Any]] = []
    for column in words.STEPS:
        count = nation.counts[column]
        share = f" · {words.percent(count / whole)}" if count is not None and whole else ""
        rows.append({"label": words.COLUMNS[column], "value": count, "text": words.number(count) + share})
    told = ", ".join(f"{row['label']} {row['text']}" for row in rows)
    months = [
        [
            words.month(day.day) if day.is_over else f"{words.month(day.day)} (en cours)",
            *_counts(row, _PEOPLE),
            words.rate_with(row.rate),
        ]
        for day, row in review.trend[-13:]
    ]
    return [
        _heading("De l’appel au médecin déclaré"),
        *_chart("Personnes, et leur part des éligibles", f"Entonnoir : {told}.", "bars", rows, 88),
        _table(
            "Chiffres cumulés à la fin de chaque mois, puis le dernier jour compté",
            ("Fin de mois", *_named(_PEOPLE), "Taux avec"),
            months,
        ),
    ]


def _rates(overview: Overview, followed: Followed | None) -> list[Part]:
    parts = [_heading("Avec et sans médecin traitant")]
    if followed is None:
        return [
            *parts,
            _text("Aucune cohorte n’est suivie : le taux de toutes les inscrites bouge avec chaque inscription."),
        ]
    cohort = followed.cohort
    parts.append(
        _text(
            f"Cohorte {cohort.name} : les personnes de la campagne {followed.campaign} sans médecin traitant au soir du"
            f" {words.long_day(cohort.reference_on)}. L’ensemble ne change plus ; celles inscrites plus tard n’y"
            " sont pas."
        )
    )
    rows = [
        {"label": words.long_day(row.day), "part": words.COLUMNS[s], "value": row.counts[s] or 0, "order": order}
        for row in followed.over_time[-8:]
        for order, s in enumerate(Situation)
    ]
    if all(row.counts[s] is not None for row in followed.over_time[-8:] for s in Situation):
        last = followed.nation
        told = ", ".join(f"{words.COLUMNS[s].lower()} {words.number(last.counts[s])}" for s in Situation)
        parts += _chart(
            "Où en sont les membres de la cohorte", f"Le {words.long_day(last.day)} : {told}.", "stacked", rows, 88
        )
    parts.append(
        _table(
            "Avancement de la cohorte depuis la date de référence",
            ("Au soir du", *_named(("members", *Situation)), "Taux avec", "Taux sans"),
            (
                [
                    words.long_day(row.day),
                    *(words.number(row.counts[c]) for c in ("members", *Situation)),
                    words.rate_with(row.rate),
                    words.rate_without(row.rate),
                ]
                for row in followed.over_time[-13:]
            ),
        )
    )
    nation = overview.nation
    parts.append(
        _table(
            "Toutes les personnes inscrites à ce jour",
            (*_named(("enrolled", *Situation)), "Taux avec", "Taux sans"),
            [
                [
                    *_counts(nation, ("enrolled", *Situation)),
                    words.rate_with(nation.rate),
                    words.rate_without(nation.rate),
                ]
            ],
        )
    )
    return parts


def _departments(overview: Overview, followed: Followed | None) -> list[Part]:
    rates = {row.department: row.rate for row in (followed.departments if followed is not None else ())}
    with_cohort = followed is not None
    known = {row.department: row for row in overview.departments}
    values = {code: known[code].rate.with_one for code in TILES if code in known}
    most = max((value for value in values.values() if value), default=0.0)
    tiles = []
    for code, (column, row) in TILES.items():
        value = values.get(code)
        text = words.MASKED[:4] + "." if code in known and value is None else ""
        if value is not None:
            text = f"{100 * value:.0f}{words.NO_BREAK}%"
        step = min(len(STEPS) - 1, int(len(STEPS) * value / most)) if value is not None and most else -1
        tiles.append({"column": column, "row": row, "code": code, "text": text, "step": step})
    rows = [_department_row(row, rates, with_cohort=with_cohort) for row in overview.departments]
    nation = ["Ensemble", *_department_row(overview.nation, {}, with_cohort=False)[1:]]
    if followed is not None:
        nation.append(words.rate_with(followed.nation.rate))
    columns = (
        "Département",
        *_named(_PEOPLE),
        "Taux avec",
        "Taux sans",
        *(("Cohorte, taux avec",) if with_cohort else ()),
    )
    return [
        _heading("Par département"),
        *_chart(
            "Taux avec médecin traitant, toutes les inscrites, par département",
            "Carte en tuiles des 101 départements ; le tableau qui suit donne les mêmes taux.",
            "tiles",
            tiles,
            76,
        ),
        _table("Personnes par département", columns, [*rows, nation], total=True),
    ]


def _department_row(row: Row, rates: dict[str, Any], *, with_cohort: bool) -> list[str]:
    cells = [
        words.department(row.department),
        *_counts(row, _PEOPLE),
        words.rate_with(row.rate),
        words.rate_without(row.rate),
    ]
    if with_cohort:
        cells.append(words.rate_with(rates[row.department]) if row.department in rates else "–")
    return cells


def _volunteers(overview: Overview) -> list[Part]:
    heading = _heading("Médecins volontaires et capacité")
    if not overview.day.has_places:
        return [heading, _text("Les places n’ont pas été relevées à cette date.")]
    columns = (*words.PLACES, "stopping")
    rows = [[words.department(row.department), *_counts(row, columns)] for row in overview.departments]
    rows.append(["Ensemble", *_counts(overview.nation, columns)])
    return [heading, _table("Places et besoin par département", ("Département", *_named(columns)), rows, total=True)]


def _attentions(overview: Overview) -> list[Part]:
    nation = overview.nation.counts
    needs = [[name, words.number(nation[f"need:{need}"])] for need, name in words.NEED_LIST]
    ages = [
        [name, *(words.number(nation[f"age:{band}:{column}"]) for column in words.AGES)]
        for band, name in words.BAND_LIST
    ]
    return [
        _heading("Attentions particulières"),
        _text(
            f"Personnes inscrites qui vivent en EHPAD : {words.number(nation['ehpad'])}. Un conseiller joint"
            " l’établissement."
        ),
        _table(
            "Recherches selon le déplacement possible ; une personne peut en avoir plusieurs",
            ("Déplacement", "Recherches"),
            needs,
        ),
        _table("Personnes par âge", ("Âge", *_named(words.AGES)), ages),
    ]


def _territories(review: NationalReview) -> list[Part]:
    has_places = review.overview.day.has_places
    columns = (*_TERRITORY, *(_TERRITORY_PLACES if has_places else ()))
    parts = [
        _heading("Annexe : les CPTS"),
        _text(
            "De chaque CPTS, la partie qui se trouve dans le département. « Hors territoire » : ni la commune ni"
            " le code postal n’en désignent une."
        ),
    ]
    for code, rows in review.territories.items():
        whole = next(row for row in review.overview.departments if row.department == code)
        lines = [
            ["Hors territoire" if row.is_outside else row.name, *_counts(row, columns), words.rate_with(row.rate)]
            for row in rows
        ]
        lines.append(["Département", *_counts(whole, columns), words.rate_with(whole.rate)])
        parts.append(_heading(words.department(code), 2))
        parts.append(
            _table("Personnes, volontaires et besoin", ("CPTS", *_named(columns), "Taux avec"), lines, total=True)
        )
    return parts


def _method() -> list[Part]:
    return [
        _heading("Méthode"),
        _text(
            "Chaque nuit, Relais compte en une fois toutes les personnes et toutes les places, à l’état où le"
            " soir les a trouvées."
            " Les pages, les exports et ce document lisent ce comptage : ils disent la même chose. Un jour"
            " compté n’est plus recompté."
        ),
        _heading("Définitions", 2),
        {"kind": "terms", "items": [{"name": name, "text": text} for name, text in words.DEFINITIONS]},
        _heading("Formules", 2),
        {"kind": "terms", "items": [{"name": name, "text": text} for name, text in words.FORMULAS]},
        _heading("Cohorte suivie", 2),
        _text(words.COHORT),
        _heading("Territoires", 2),
        _text(
            "Une personne est placée par le code INSEE de sa commune (ou de son arrondissement), à défaut par"
            " son code postal quand"
            " il ne désigne qu’un territoire, sinon hors territoire."
        ),
        _heading("Masquage", 2),
        _text(words.MASKING),
        _text(
            "Dans un tableau de dates successives, un chiffre qui diffère du suivant de 1 à 10 personnes est"
            " masqué aussi."
        ),
    ]
