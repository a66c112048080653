"""The board: each chart beside its table, both as the figures are; files; masked cells; who is behind a number."""

import csv
import re
from collections.abc import Callable
from datetime import date
from html import unescape
from io import StringIO
from typing import Any

import httpx
import pytest

from api.charts.drawer import Drawer
from api.charts.rendering import Drawings, ours
from api.charts.shelf import Shelf
from api.pages import board_charts, board_shown, board_words, board_work_charts
from outreach.domain.rates import RATES
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.domain.rates_tables import Group, RatesTable, table
from outreach.domain.words import ContactState, Outcome
from outreach.services import figures
from outreach.services.figure_keeping import fold_all
from outreach.services.figures_of_work import DepartmentLoad
from tests.api.board_world import a_campaign_at_work
from tests.api.world import CAMPAIGN, Desk

Browse = Callable[[str], httpx.Client]
BOARD = f"/tableau/{CAMPAIGN}"
CHART_PAGES = {
    "": ("entonnoir", "contact-par-jour", "en-attente"),
    "/taux": ("taux",),
    "/taux?par=day": ("taux",),
    "/taux?par=moment&taux=refusal_rate": ("taux",),
    "/taux?par=department": ("taux",),
    "/taux?par=question": ("taux",),
    "/moments": ("moments",),
    "/carte": ("carte",),
    "/carte?taux=contact_rate": ("carte",),
    "/conversations": ("fins", "questions"),
    "/relais": ("delais", "charge"),
}
NOT_DRAWN = {("", "contact-par-jour"), ("/taux?par=day", "taux"), ("/relais", "charge")}
"""No department of the campaign at work has requests enough, and no day calls enough, to be shown."""


def _table(page: str, name: str) -> list[list[str]]:
    """A chart's table, as one reads it."""
    found = re.search(rf'<table id="tableau-{name}">(.*?)</table>', page, re.DOTALL)
    assert found is not None, f"the chart {name} has no table"
    return [
        [unescape(re.sub(r"<[^>]+>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        for row in re.findall(r"<tr[^>]*>(.*?)</tr>", found[1], re.DOTALL)
    ]


def _names(page: str) -> list[str]:
    return re.findall(r'<title id="([\w-]+)-titre">', page)


@pytest.fixture
def busy(desk: Desk) -> Desk:
    a_campaign_at_work(desk, people=400, departments=("94", "94", "69", "974"))
    # The first drawing waits for its process, which a busy machine starts in its own time.
    ours().drawn({"maker": "bars", "figures": [{"label": "", "value": 1, "text": ""}]}, 400)
    return desk


def test_every_chart_has_its_table_and_its_files(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    for path, names in CHART_PAGES.items():
        page = browser.get(f"{BOARD}{path}").text
        assert _names(page) == [name for name in names if (path, name) not in NOT_DRAWN], path
        for name in names:
            shown = _table(page, name)
            assert len(shown) > 1, path
            addresses = re.findall(rf'href="({BOARD}/graphique/{name}\.\w+[^"]*)"', page)
            assert [address.split(".")[1][:3] for address in addresses] == (
                ["csv"] if (path, name) in NOT_DRAWN else ["csv", "svg", "png"]
            ), path
            content = browser.get(unescape(addresses[0])).content
            assert content.startswith(b"\xef\xbb\xbf")
            lines = list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
            assert len(lines) == len(shown), path
            assert [cell == "masqué" for line in lines for cell in line] == [
                cell == "masqué" for line in shown for cell in line
            ]


def test_the_files_of_a_chart(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    rates = browser.get(f"{BOARD}/graphique/taux.csv?par=attempt&taux=contact_rate")
    assert rates.headers["content-disposition"] == f'attachment; filename="{CAMPAIGN}-taux.csv"'
    assert re.search(r";0,\d{4};", rates.text)
    by_day = browser.get(f"{BOARD}/graphique/contact-par-jour.csv").text
    assert re.search(r"\r\n\d\d/11/2026;", by_day)
    drawn = browser.get(f"{BOARD}/graphique/carte.svg")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert f"campagne {CAMPAIGN}" in drawn.text
    assert "var(--" not in drawn.text
    assert browser.get(f"{BOARD}/graphique/carte.png").content.startswith(b"\x89PNG")
    assert browser.get(f"{BOARD}/graphique/rien.csv").status_code == 404
    assert browser.get(f"{BOARD}/graphique/carte.exe").status_code == 422
    assert browser.get("/tableau/none/graphique/carte.csv").status_code == 404


def test_each_table_is_what_the_figures_say(busy: Desk, logged_in: Browse) -> None:
    browser, said = logged_in("dominique"), board_words.figure
    with busy.runtime.transaction() as session:
        for by in figures.BREAKDOWNS:
            told = figures.rates(session, None if by == "campaign" else CAMPAIGN, by)
            shown = _table(browser.get(f"{BOARD}/taux?par={by}").text, "taux")
            assert len(shown) == 1 + len(told.labels)
            for line, label, counts in zip(shown[1:], told.labels, told.counts, strict=True):
                rates = [told.rate(counts, one) for one in told.definitions]
                assert line[0] == board_words.group_label(by, label)
                assert line[1 : 1 + len(told.columns)] == [said(counts[column]) for column in told.columns]
                for cell, value, one in zip(line[1 + len(told.columns) :], rates, told.definitions, strict=True):
                    hidden = None in {counts[one.numerator], counts[one.denominator]}
                    assert cell == ("masqué" if hidden else "–" if value is None else said(value)) or (
                        value is not None and abs(float(cell[:-2].replace(",", ".")) - 100 * value) < 0.06
                    )
        steps = figures.board(session, CAMPAIGN)
        page = browser.get(BOARD).text
        assert [line[1] for line in _table(page, "entonnoir")[1:]] == [said(count) for _, _, count in steps.funnel]
        waits = figures.waiting(session, CAMPAIGN, busy.now)
        shown_people = [cell for line in _table(page, "en-attente")[1:] for cell in line[1:]]
        assert sorted(cell for cell in shown_people if cell != "0") == sorted(
            said(count) for count in waits.values() if count != 0
        )
        ends = figures.endings(session, CAMPAIGN)
        shown_ends = [
            cell for line in _table(browser.get(f"{BOARD}/conversations").text, "fins")[1:] for cell in line[1:]
        ]
        assert sorted(cell for cell in shown_ends if cell != "0") == sorted(
            said(count) for count in ends.values() if count != 0
        )
        delays = figures.handover(session, CAMPAIGN, busy.now)
        shown_delays = _table(browser.get(f"{BOARD}/relais").text, "delais")[1:]
        assert [line[1] for line in shown_delays] == [said(count) for count in delays.values()]
        departments = figures.by_department(session, CAMPAIGN)
        on_the_map = _table(browser.get(f"{BOARD}/carte?taux=personnes.reached_rate").text, "carte")[1:]
        assert {line[0][:3].strip(): line[1:3] for line in on_the_map} == {
            code: [said(counts["reached"]), said(counts["eligible"])] for code, counts in departments.items()
        }


def test_rule_15_a_masked_cell_says_so_and_why_and_leads_nowhere(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    page = browser.get(f"{BOARD}/taux?par=department").text
    assert "masqué" in page
    assert f"moins de {SMALLEST_CELL} personnes" in page
    with busy.runtime.transaction() as session:
        told = figures.rates(session, CAMPAIGN, "department")
    hidden = [
        (label, column)
        for label, counts in zip(told.labels, told.counts, strict=True)
        for column, count in counts.items()
        if count is None
    ]
    assert hidden
    for label, column in hidden:
        address = f"{BOARD}/taux/lignes?par=department&groupe={label}&colonne={column}"
        assert address.replace("&", "&amp;") not in page
        assert browser.get(address).status_code == 403
    assert busy.audit(act="rows_listed") == []


def test_rule_15_no_small_figure_is_on_any_page_or_in_any_file(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    small = re.compile(r'class="number">\s*(?:<a[^>]*>)?([1-9]|10)(?:</a>)?\s*<')
    for path, names in CHART_PAGES.items():
        page = browser.get(f"{BOARD}{path}").text
        # How many advisers a department has is nobody's secret.
        if path != "/relais":
            assert not small.search(page), path
        # The other charts have an axis of their own.
        for name in {*names} & {"entonnoir", "delais"}:
            drawn = re.search(rf'<title id="{name}-titre">.*?</svg>', page, re.DOTALL)
            assert drawn is not None
            assert not re.search(r">([1-9]|10)( · [^<]*)?<", drawn[0]), (path, name)


def test_rule_15_no_page_of_the_board_names_anybody(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    for path in CHART_PAGES:
        page = browser.get(f"{BOARD}{path}").text
        assert not re.search(r"Exemple|Odette|B\d{6}|\+33639|06 39 98", page), path


def test_rule_14_who_is_behind_a_number_is_shown_by_reference_and_kept(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    page = browser.get(f"{BOARD}/taux/lignes?par=attempt&groupe=02&colonne=human_answered").text
    references = re.findall(r"<li>(B\d{6})</li>", page)
    with busy.runtime.transaction() as session:
        counts = figures.rates(session, CAMPAIGN, "attempt").counts[1]
    assert len(references) == counts["human_answered"]
    assert "Exemple" not in page
    kept = busy.audit(act="rows_listed")
    assert {entry.subject for entry in kept} == set(references)
    assert {entry.login for entry in kept} == {"dominique"}
    for wrong in ("groupe=99&colonne=placed", "groupe=01&colonne=name"):
        assert browser.get(f"{BOARD}/taux/lignes?par=attempt&{wrong}").status_code == 404


def test_a_rate_leads_to_its_definition(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    page = browser.get(f"{BOARD}/taux").text
    for one in RATES:
        assert f'href="#definition-{one.key}"' in page
        assert f'id="definition-{one.key}"' in page
    cell = browser.get(f"{BOARD}/taux/case?par=attempt&groupe=02&taux=contact_rate").text
    assert "AAPOR CON1" in cell
    assert "appels décrochés par quelqu’un ÷ appels placés" in cell
    assert "Intervalle de confiance" in cell
    # Its page stands below that of the rates, which the navigation shows.
    assert f'href="{BOARD}/taux" aria-current="page"' in page
    assert f'href="{BOARD}/taux" aria-current="true"' in cell
    assert browser.get(f"{BOARD}/taux/case?par=attempt&groupe=77&taux=contact_rate").status_code == 404


def test_without_a_drawing_the_board_says_so_and_shows_its_tables(
    busy: Desk, logged_in: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = Drawer(("/nowhere/at/all",))
    monkeypatch.setattr(board_shown, "shelf_of", lambda _: Shelf(Drawings(broken)))
    browser = logged_in("dominique")
    page = browser.get(f"{BOARD}/moments").text
    assert "Le graphique n’est pas disponible" in page
    assert len(_table(page, "moments")) > 5
    assert browser.get(f"{BOARD}/graphique/moments.svg").status_code == 503
    assert browser.get(f"{BOARD}/graphique/moments.csv").status_code == 200
    broken.close()


def test_a_campaign_that_has_not_called_has_empty_pages(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    for path in CHART_PAGES:
        answer = browser.get(f"{BOARD}{path}")
        assert answer.status_code == 200, path
        assert "Rien n’est encore compté" in answer.text, path
    assert browser.get(f"{BOARD}/graphique/carte.svg").status_code == 503


def test_how_far_a_campaign_is(desk: Desk, logged_in: Browse) -> None:
    a_campaign_at_work(desk, people=2000)
    page = logged_in("dominique").get(BOARD).text
    assert re.search(r"personnes appelées au moins une fois, \d\d,\d\s% de celles qui ont un téléphone", page)
    assert re.search(r"toutes l’auront été vers le \d+\sd?é?c?n?o?v?", page)


def test_what_is_not_known_shows_the_first_there_is(busy: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    assert 'value="attempt" selected' in browser.get(f"{BOARD}/taux?par=nonsense&taux=none").text
    assert browser.get(f"{BOARD}/carte?taux=nonsense").status_code == 200


def _rates(*placed: int) -> RatesTable:
    columns = ("placed", "rang", "human_answered", "right_party", "accepted", "refused")
    groups = [
        Group(code, dict.fromkeys(columns, count), dict.fromkeys(columns, count))
        for code, count in zip(("01", "02", "03"), placed, strict=False)
    ]
    whole = dict.fromkeys(columns, sum(placed))
    return table("department", groups, Group("total", whole, whole), columns)


def test_a_department_that_is_masked_has_no_shade() -> None:
    rows: dict[str, dict[str, Any]] = {row["code"]: row for row in board_charts.tiles(_rates(5, 40, 60), RATES[0]).rows}
    assert (rows["01"]["step"], rows["01"]["text"]) == (-1, "masqué")
    assert (rows["75"]["step"], rows["75"]["text"]) == (-1, "–")
    assert rows["03"]["step"] >= 0


def test_what_is_masked_is_not_drawn_as_a_part() -> None:
    chart = board_work_charts.endings(
        {("identity", Outcome.REFUSED): None, ("identity", Outcome.ABANDONED): 20, ("opening", Outcome.ABANDONED): 30}
    )
    assert {(row["label"], row["value"]) for row in chart.rows if row["value"]} == {("Identité", 20), ("Ouverture", 30)}
    assert chart.note
    assert chart.table[0][0] == "Ouverture"


def test_the_forecast_of_advisers() -> None:
    def told(opened: int | None, arrived: int | None, closed: int | None) -> object:
        return board_work_charts.forecast(DepartmentLoad(opened, arrived, closed, 2))

    assert told(40, 30, 10) == "la file s’allonge de 20 par semaine"
    assert told(40, 10, 30) == "la file se vide en 2 semaines environ"
    assert told(10, 10, 30) == "la file se vide en moins d’une semaine"
    assert told(40, 10, 10) == "la file reste la même"
    assert told(0, 10, 12) == "rien n’attend"
    assert told(40, None, 12) is None


def test_figures_are_written_in_french() -> None:
    assert board_words.figure(1234567) == "1\u202f234\u202f567"
    assert board_words.figure(0.342) == "34,2\u202f%"
    assert board_words.figure(date(2026, 8, 1)) == "1er\u00a0août\u00a02026"
    assert board_words.figure(None) == "masqué"
    assert board_words.group_label("moment", "mon 10:30") == "lundi 10\u00a0h\u00a030"
    assert board_words.group_label("age", "80_and_over") == "80 ans et plus"
    assert board_work_charts.half_day_of("2026-11-26 PM") == "26\u00a0nov.\u00a02026, après-midi"


def test_a_file_and_its_page_say_the_same_after_a_change(busy: Desk, logged_in: Browse) -> None:
    """A page may show the chart of a moment ago, never a chart beside other figures."""
    browser = logged_in("dominique")
    browser.get(BOARD)
    for _ in range(12):
        busy.person(phones=("0199000001",))
    with busy.runtime.transaction() as session:
        fold_all(session)
    page = browser.get(BOARD).text
    drawn = re.search(r'<title id="entonnoir-titre">.*?</svg>', page, re.DOTALL)
    assert drawn is not None
    assert f">{_table(page, 'entonnoir')[1][1]} · 100\u202f%<" in unescape(drawn[0])


def test_the_states_of_contacts_are_the_figures(busy: Desk, logged_in: Browse) -> None:
    page = logged_in("dominique").get(BOARD).text
    with busy.runtime.transaction() as session:
        states = figures.board(session, CAMPAIGN).states
    waiting = states[ContactState.WAITING]
    assert waiting is not None
    assert f'<td class="number">{board_words.figure(waiting)}</td>' in page
