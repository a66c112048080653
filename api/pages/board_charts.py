"""The charts of rates: of each, the rows that are drawn and the table beside it, from figures already masked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from api.charts.shelf import Cell, Chart
from api.charts.theme import STEPS
from api.charts.tiles import TILES
from api.pages import board_words as words
from outreach.domain.rates import RateDefinition
from outreach.domain.rates_tables import RatesTable

Counts = Mapping[str, int | None]
_DAYS = 60


def rate(counts: Counts, definition: RateDefinition) -> Cell:
    """A rate as a table has it: masked with its parts, and nothing where nothing was counted."""
    numerator, denominator = counts[definition.numerator], counts[definition.denominator]
    if numerator is None or denominator is None:
        return None
    return numerator / denominator if denominator else words.NOTHING


def _short(value: Cell) -> str:
    return words.share(value, 0) if isinstance(value, float) else words.figure(value)


def _bounds(table: RatesTable, counts: Mapping[str, int | None], definition: RateDefinition) -> tuple[Cell, Cell]:
    interval = table.interval(counts, definition)
    if interval is not None:
        return interval
    masked = None in {counts[definition.numerator], counts[definition.denominator]}
    return (None, None) if masked else (words.NOTHING, words.NOTHING)


def _drawn(value: Cell) -> float | None:
    return value if isinstance(value, float) else None


def definition_in(definitions: Sequence[RateDefinition], key: str) -> RateDefinition:
    """The definition asked for, else the first one."""
    return next((one for one in definitions if one.key == key), definitions[0])


def funnel(steps: Sequence[tuple[str, str, int | None]]) -> Chart:
    """How many people came how far, each step against those who are eligible."""
    whole = next((count for step, _, count in steps if step == "eligible"), None)
    rows: list[dict[str, Any]] = []
    table: list[tuple[Cell, ...]] = []
    for _, label, count in steps:
        part: Cell = None if count is None or whole is None else (count / whole if whole else words.NOTHING)
        text = words.figure(count)
        if isinstance(part, float):
            text += f" · {words.share(part, 0)}"
        rows.append({"label": words.sentence(label), "value": count, "text": text})
        table.append((words.sentence(label), count, part))
    return Chart(
        "entonnoir",
        "De la cohorte au médecin",
        "Combien de personnes sont allées jusque-là, et leur part des personnes éligibles.",
        "bars",
        rows,
        ("Étape", "Personnes", "Part des éligibles"),
        table,
        is_empty=whole == 0,
    )


def days(table: RatesTable, definition: RateDefinition, name: str = "contact-par-jour", query: str = "") -> Chart:
    """A rate by day, with its interval."""
    rows: list[dict[str, Any]] = []
    lines: list[tuple[Cell, ...]] = []
    for label, counts in list(zip(table.labels, table.counts, strict=True))[:-1][-_DAYS:]:
        value, (low, high) = rate(counts, definition), _bounds(table, counts, definition)
        rows.append({"day": f"{label}T00:00:00", "rate": _drawn(value), "low": _drawn(low), "high": _drawn(high)})
        lines.append(
            (date.fromisoformat(label), counts[definition.numerator], counts[definition.denominator], value, low, high)
        )
    is_known = any(row["rate"] is not None for row in rows)
    return Chart(
        name,
        f"{words.rate_name(definition)}, jour après jour",
        "La bande est l’intervalle de confiance à 95 % (Wilson) : plus il y a d’appels, plus elle est étroite.",
        "days",
        rows if is_known else [],
        ("Jour", *_parts(definition), "Taux", "Au moins", "Au plus"),
        lines,
        query,
        note="" if is_known else "Aucun jour ne compte encore assez de personnes pour que son taux soit montré.",
        is_empty=not lines,
    )


def _parts(definition: RateDefinition) -> tuple[str, str]:
    whole = (definition.numerator, definition.denominator)
    numerator, denominator = (words.sentence(words.COLUMNS.get(part, part)) for part in whole)
    return numerator, denominator


def rates(table: RatesTable, definition: RateDefinition, query: str) -> Chart:
    """A whole breakdown as a table, and one of its rates drawn, as its kind is best seen."""
    header = (
        words.FIRST_COLUMNS[table.by],
        *(words.sentence(words.COLUMNS.get(column, column)) for column in table.columns),
        *(words.rate_name(one) for one in table.definitions),
    )
    lines = [
        (
            words.group_label(table.by, label),
            *(counts[column] for column in table.columns),
            *(rate(counts, one) for one in table.definitions),
        )
        for label, counts in zip(table.labels, table.counts, strict=True)
    ]
    if table.by == "day":
        drawn = days(table, definition)
    elif table.by == "moment":
        drawn = moments(table, definition)
    elif table.by == "department":
        drawn = tiles(table, definition)
    else:
        drawn = intervals(table, definition)
    return Chart(
        "taux",
        f"{words.rate_name(definition)}, {words.BREAKDOWNS[table.by]}",
        drawn.says,
        drawn.maker,
        drawn.rows,
        header,
        lines,
        query,
        note=drawn.note,
        keys=tuple(table.labels),
        is_empty=len(table.labels) == 1,
    )


def intervals(table: RatesTable, definition: RateDefinition) -> Chart:
    rows = []
    for label, counts in zip(table.labels, table.counts, strict=True):
        value, (low, high) = rate(counts, definition), _bounds(table, counts, definition)
        rows.append(
            {
                "label": words.group_label(table.by, label),
                "rate": _drawn(value),
                "low": _drawn(low),
                "high": _drawn(high),
                "text": words.figure(value),
            }
        )
    says = "Le point est le taux, le trait son intervalle de confiance à 95 %."
    return Chart("taux", words.rate_name(definition), says, "intervals", rows, (), [])


def _steps(values: Iterable[Cell]) -> tuple[float, float]:
    known = [value for value in values if isinstance(value, float)]
    low, high = min(known, default=0.0), max(known, default=0.0)
    return low, (high - low) / len(STEPS)


def _step(value: Cell, low: float, width: float) -> int:
    if not isinstance(value, float):
        return -1
    return min(len(STEPS) - 1, int((value - low) / width)) if width else len(STEPS) // 2 - 1


def legend(chart: Chart) -> list[tuple[int, str]]:
    """What each step of a tiled chart holds: its number from 1, and from where to where."""
    low, width = chart.low, chart.width
    if not width:
        return []
    return [
        (number + 1, f"{words.share(low + number * width, 0)} à {words.share(low + (number + 1) * width, 0)}")
        for number in range(len(STEPS))
    ]


def moments(table: RatesTable, definition: RateDefinition, query: str = "") -> Chart:
    """A rate by weekday and half-hour, as in a diary."""
    cells = {
        tuple(label.split(" ")): rate(counts, definition)
        for label, counts in zip(table.labels[:-1], table.counts, strict=False)
    }
    used = {day for day, _ in cells}
    weekdays = [day for number, day in enumerate(words.WEEKDAYS) if day in used or number < 5]
    times = sorted({time for _, time in cells})
    low, width = _steps(cells.values())
    rows = [
        {
            "weekday": words.WEEKDAYS[day],
            "time": time,
            "step": _step(cells.get((day, time), words.NOTHING), low, width),
            "text": _short(cells[day, time]) if (day, time) in cells else "",
        }
        for day in weekdays
        for time in times
    ]
    lines = [
        (words.group_label("hour", time), *(cells.get((day, time), words.NOTHING) for day in weekdays))
        for time in times
    ]
    return Chart(
        "moments",
        f"{words.rate_name(definition)}, selon le jour et l’heure",
        "L’heure est celle de la personne. Plus la case se détache du fond, plus le taux est élevé.",
        "moments",
        rows,
        ("Heure", *(words.sentence(words.WEEKDAYS[day]) for day in weekdays)),
        lines,
        query,
        low=low,
        width=width,
        is_empty=not lines,
    )


def tiles(table: RatesTable, definition: RateDefinition, query: str = "") -> Chart:
    """A rate on the map of equal tiles."""
    found = dict(zip(table.labels[:-1], table.counts, strict=False))
    values = {code: rate(counts, definition) for code, counts in found.items()}
    low, width = _steps(values.values())
    rows = [
        {
            "code": code,
            "column": column,
            "row": row,
            "step": _step(values.get(code, words.NOTHING), low, width),
            "text": _short(values.get(code, words.NOTHING)),
        }
        for code, (column, row) in TILES.items()
    ]
    lines = [
        (
            words.group_label("department", code),
            counts[definition.numerator],
            counts[definition.denominator],
            values[code],
        )
        for code, counts in found.items()
    ]
    return Chart(
        "carte",
        f"{words.rate_name(definition)}, par département",
        "Chaque département a la même surface. Plus la case se détache du fond, plus le taux est élevé.",
        "tiles",
        rows,
        ("Département", *_parts(definition), "Taux"),
        lines,
        query,
        low=low,
        width=width,
        keys=tuple(found),
        is_empty=not lines,
    )
