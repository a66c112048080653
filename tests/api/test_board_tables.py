"""The rows of the board's tables: where each figure leads, what leads nowhere, and that nothing written gets through."""

import re
from datetime import date

import pytest

from api.charts.shelf import Chart
from api.pages.board_tables import chart_rows, rate_rows
from outreach.domain.rates import RATES

CONTACT = RATES[0]
COLUMNS = ("placed", "answered")


def _rows(*table: tuple[str | int | float | None, ...], keys: tuple[str, ...] = ("01", "total")) -> list[str]:
    chart = Chart("taux", "", "", "intervals", [], (), table, keys=keys[: len(table)])
    told = str(rate_rows(chart, "ald & co", "attempt", COLUMNS, [CONTACT]))
    rows = re.findall(r"<tr.*?</tr>", told)
    assert "".join(rows) == told
    return rows


def test_a_rate_leads_to_what_it_is_and_a_count_to_whom_it_speaks_of() -> None:
    (row,) = _rows(("1ʳᵉ tentative", 1200, 400, 0.25))
    assert '<th scope="row">1ʳᵉ tentative</th>' in row
    at = "/tableau/ald &amp; co/taux"
    assert f'<a class="plain" href="{at}/lignes?par=attempt&amp;groupe=01&amp;colonne=placed">1\u202f200</a>' in row
    assert f'<a class="plain" href="{at}/lignes?par=attempt&amp;groupe=01&amp;colonne=answered">400</a>' in row
    assert f'<a href="{at}/case?par=attempt&amp;groupe=01&amp;taux={CONTACT.key}">25' in row


@pytest.mark.parametrize("nothing", [0, 0.0, "–"])
def test_rule_15_what_is_masked_leads_nowhere_nor_does_nothing(nothing: str | float) -> None:
    (row,) = _rows(("1ʳᵉ tentative", None, nothing, None))
    assert "href" not in row
    assert row.count('<td class="number masked">masqué</td>') == 2


def test_the_whole_is_marked_and_each_row_has_its_own_key() -> None:
    first, whole = _rows(("a", 20, 12, 0.6), ("Ensemble", 40, 24, 0.6), keys=("lundi 10:00/x", "total"))
    assert first.startswith("<tr><th")
    assert "groupe=lundi%2010%3A00/x&amp;" in first
    assert whole.startswith('<tr class="whole"><th')
    assert "groupe=total&amp;" in whole


def test_what_people_wrote_is_escaped() -> None:
    (row,) = _rows(("<b>moi</b>", 20, "<i>", 0.5), keys=('"<x>',))
    assert "<b>" not in row
    assert "<i>" not in row
    assert "groupe=%22%3Cx%3E&amp;" in row


def test_rule_15_the_table_of_a_chart_says_what_is_masked() -> None:
    table = ((date(2026, 12, 1), 1200, 0.25, None, "–"), ("<b>", None, 0, 0.0, "<i>"))
    first, second = re.findall(r"<tr.*?</tr>", chart_rows(Chart("jours", "", "", "days", [], (), table)))
    assert first == (
        '<tr><th scope="row">1er\u00a0déc.\u00a02026</th><td class="number">1\u202f200</td><td class="number">25,0\u202f%</td>'
        '<td class="number masked">masqué</td><td class="number">–</td></tr>'
    )
    assert second == (
        '<tr><th scope="row">&lt;b&gt;</th><td class="number masked">masqué</td><td class="number">0</td>'
        '<td class="number">0,0\u202f%</td><td class="number">&lt;i&gt;</td></tr>'
    )
