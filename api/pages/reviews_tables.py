"""The cells of the reviews' tables. Beside the templates, which take several times as long over thousands of cells."""

from functools import lru_cache

from markupsafe import Markup

from api.pages import reviews_words as words
from api.pages.board_tables import figure_cell
from outreach.services.reviews import Row

_ROWS = 1000
"""Those whose cells are kept: an evening's are the same for all who look at them."""
_OF_ROW = {"free", "missing"}
"""Worked out of other columns."""


@lru_cache(maxsize=_ROWS)
def cells(row: Row, columns: tuple[str, ...]) -> Markup:
    """A row's figures under these columns."""
    values = (getattr(row, column) if column in _OF_ROW else row.counts[column] for column in columns)
    return Markup("".join(map(figure_cell, values)))  # noqa: S704


@lru_cache(maxsize=_ROWS)
def rate_cells(row: Row) -> Markup:
    """The rates with and without a *médecin traitant*."""
    rate = row.rate
    return Markup(figure_cell(words.rate_with(rate)) + figure_cell(words.rate_without(rate)))  # noqa: S704
