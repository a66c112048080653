"""The charts of what waits, how conversations end and what advisers have to do, from figures already masked."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from api.charts.shelf import Cell, Chart
from api.pages import board_words as words
from api.pages import labels
from api.pages.board_charts import definition_in, intervals, rate
from outreach.domain.rates_tables import RatesTable
from outreach.domain.words import Outcome, Question
from outreach.services.figures_of_work import DepartmentLoad

_HALF_DAYS = 10
_BARS = 15
_PARTS: tuple[tuple[str, frozenset[Outcome]], ...] = (
    ("accepte l’aide", frozenset({Outcome.ACCEPTED})),
    ("à rappeler", frozenset({Outcome.CALLBACK})),
    ("refuse ou s’oppose", frozenset({Outcome.REFUSED, Outcome.OPTED_OUT})),
    ("passe à un conseiller", frozenset({Outcome.HUMAN_REQUESTED, Outcome.EMERGENCY, Outcome.IDENTITY_FAILED})),
    (
        "n’est pas concerné",
        frozenset({Outcome.THIRD_PARTY, Outcome.WRONG_NUMBER, Outcome.DECEASED, Outcome.ALREADY_HAS_DOCTOR}),
    ),
    ("interrompue", frozenset({Outcome.ABANDONED})),
)
"""How conversations end, in six parts that a chart can tell apart; its table has each outcome."""


def waiting(people: Mapping[tuple[str, str], int | None]) -> Chart:
    """Who waits for which attempt, and from which half-day."""
    numbers = sorted({attempt for attempt, _ in people}, key=_as_number)
    half_days = sorted({half_day for _, half_day in people}, key=lambda told: (told != "now", told))
    rows = [
        {
            "label": half_day_of(half_day),
            "part": words.group_label("attempt", f"{_as_number(attempt):02d}"),
            "order": order,
            "value": people.get((attempt, half_day), 0),
        }
        for half_day in half_days[:_HALF_DAYS]
        for order, attempt in enumerate(numbers[:6])
    ]
    return Chart(
        "en-attente",
        "Qui attend un appel, et pour quand",
        "Les personnes en attente, selon la demi-journée où leur prochain appel peut partir et son numéro d’ordre.",
        "stacked",
        rows,
        (
            "À partir de",
            *(words.sentence(words.group_label("attempt", f"{_as_number(attempt):02d}")) for attempt in numbers),
        ),
        [(half_day_of(one), *(people.get((attempt, one), 0) for attempt in numbers)) for one in half_days],
        is_empty=not people,
    )


def _as_number(attempt: str) -> int:
    return int(attempt) if attempt.isdigit() else 99


def half_day_of(told: str) -> str:
    if told == "now":
        return "maintenant"
    day, _, half = told.partition(" ")
    return f"{labels.day(date.fromisoformat(day))}, {'matin' if half == 'AM' else 'après-midi'}"


def endings(conversations: Mapping[tuple[str, str], int | None]) -> Chart:
    """After which question conversations end, and how."""
    order = ["opening", *(question.value for question in Question)]
    asked = sorted({question for question, _ in conversations}, key=_place_in(order))
    outcomes = [one.value for one in Outcome if any(outcome == one for _, outcome in conversations)]
    rows = []
    for question in asked:
        for number, (part, held) in enumerate(_PARTS):
            known = [conversations.get((question, outcome)) or 0 for outcome in held]
            rows.append(
                {"label": words.sentence(words.ending(question)), "part": part, "order": number, "value": sum(known)}
            )
    return Chart(
        "fins",
        "Où les conversations se terminent",
        "La dernière question posée, et comment la conversation s’est terminée.",
        "stacked",
        rows,
        ("Dernière question", *(words.sentence(words.outcome(one)) for one in outcomes)),
        [
            (words.sentence(words.ending(question)), *(conversations.get((question, one), 0) for one in outcomes))
            for question in asked
        ],
        note="Les cases masquées ne sont pas dessinées." if None in conversations.values() else "",
        is_empty=not conversations,
    )


def _place_in(order: Sequence[str]) -> Any:
    return lambda one: order.index(one) if one in order else len(order)


def questions(table: RatesTable) -> Chart:
    """Of those who heard a question, how many left there."""
    order = [question.value for question in Question]
    lines = sorted(zip(table.labels[:-1], table.counts, strict=False), key=lambda line: _place_in(order)(line[0]))
    ordered = RatesTable(
        table.by, table.columns, table.definitions, [label for label, _ in lines], [counts for _, counts in lines]
    )
    left = definition_in(table.definitions, "left_rate")
    return Chart(
        "questions",
        "Ce que chaque question coûte",
        "Part des conversations qui s’arrêtent à la question, parmi celles qui l’ont entendue.",
        "intervals",
        [{**row, "label": words.sentence(row["label"])} for row in intervals(ordered, left).rows],
        (
            "Question",
            *(words.sentence(words.COLUMNS.get(column, column)) for column in table.columns),
            *(words.rate_name(one) for one in table.definitions),
        ),
        [
            (
                words.sentence(words.group_label("question", label)),
                *(counts[column] for column in table.columns),
                *(rate(counts, one) for one in table.definitions),
            )
            for label, counts in lines
        ],
        is_empty=not lines,
    )


def handover(requests: Mapping[str, int | None]) -> Chart:
    """When somebody first acted on each request, against its service level."""
    rows = [
        {"label": words.sentence(words.DELAYS[delay]), "value": count, "text": words.figure(count)}
        for delay, count in requests.items()
    ]
    return Chart(
        "delais",
        "La vitesse du passage de relais",
        "Quand un conseiller s’est saisi de chaque demande, par rapport au délai promis.",
        "bars",
        rows,
        ("Premier geste", "Demandes"),
        [(words.sentence(words.DELAYS[delay]), count) for delay, count in requests.items()],
        is_empty=not any(count != 0 for count in requests.values()),
    )


def load(departments: Mapping[str, DepartmentLoad]) -> Chart:
    """What there is to do for advisers, by department, the most loaded first in the drawing."""
    busy = {code: one for code, one in departments.items() if one.open != 0 or one.arrived != 0 or one.closed != 0}
    most = sorted(((code, one) for code, one in busy.items() if one.open), key=lambda item: -(item[1].open or 0))
    return Chart(
        "charge",
        "La charge des conseillers",
        f"Les demandes ouvertes, dans les départements qui en ont le plus, {_BARS} au plus. Le tableau les a tous.",
        "bars",
        [
            {"label": words.department(code), "value": one.open, "text": words.figure(one.open)}
            for code, one in most[:_BARS]
        ],
        (
            "Département",
            "Ouvertes",
            "Arrivées en 7 jours",
            "Closes en 7 jours",
            "Conseillers",
            "Par conseiller",
            "Prévision",
        ),
        [
            (
                words.department(code),
                one.open,
                one.arrived,
                one.closed,
                one.advisers,
                None
                if one.open is None
                else words.decimal(one.per_adviser)
                if one.per_adviser is not None
                else words.NOTHING,
                forecast(one),
            )
            for code, one in sorted(busy.items())
        ],
        note="" if most else "Aucun département n’a assez de demandes ouvertes pour que leur nombre soit montré.",
        is_empty=not busy,
    )


def forecast(one: DepartmentLoad) -> Cell:
    """When the open requests will all be closed at the pace of the last seven days; None is masked."""
    if one.open is None or one.arrived is None or one.closed is None:
        return None
    if one.open == 0:
        return "rien n’attend"
    more = one.arrived - one.closed
    if more >= 0:
        return f"la file s’allonge de {words.number(more)} par semaine" if more else "la file reste la même"
    weeks = one.open / -more
    return "la file se vide en moins d’une semaine" if weeks < 1 else f"la file se vide en {weeks:.0f} semaines environ"
