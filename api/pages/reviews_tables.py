"""The cells of the reviews' tables. Beside the templates, which take several times as long over thousands of cells."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from api.pages import reviews_words as words
from outreach.services.reviews import Row

_MASKED = f'<td class="number masked">{escape(words.MASKED)}</td>'
_OF_ROW = {"free", "missing"}
"""Worked out of other columns."""


def cells(row: Row, columns: Sequence[str]) -> Markup:
    """A row's figures under these columns; a masked one says so."""
    values = [getattr(row, column) if column in _OF_ROW else row.counts[column] for column in columns]
    # Figures are digits.
    return Markup("".join(_MASKED if value is None else _cell(value) for value in values))  # noqa: S704


def _cell(value: int) -> str:
    return f'<td class="number">{words.number(value)}</td>'


def rate_cells(row: Row) -> Markup:
    """The rates with and without a *médecin traitant*."""
    rate = row.rate
    told = "".join(f'<td class="number">{told}</td>' for told in (words.rate_with(rate), words.rate_without(rate)))
    return Markup(told)  # noqa: S704
