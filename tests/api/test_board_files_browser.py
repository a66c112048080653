"""Each chart of the board in a real browser: its table, its files, and what is masked in all of them alike."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page

from api.pages import board_words
from api.pages.board_words import MASKED
from outreach.domain.rates import RATES
from tests.api.chart_files import TABLE, card_of, differences, downloaded, drawn_in, lines_of, number, png_size
from tests.api.test_board import BOARD, CHART_PAGES, NOT_DRAWN
from tests.api.test_board_browser import busy
from tests.api.test_browser import _log_in
from tests.api.world import CAMPAIGN, Desk

__all__ = ["busy"]


@pytest.mark.parametrize("path", CHART_PAGES)
def test_a_chart_its_table_and_its_file_say_the_same(
    busy: Desk, address: str, browser_page: Page, tmp_path: Path, path: str
) -> None:
    page = browser_page
    _log_in(page, address, "dominique", f"{BOARD}{path}")
    for name in CHART_PAGES[path]:
        card = card_of(page, name)
        assert card.locator("svg.drawing").count() == ((path, name) not in NOT_DRAWN)
        shown = page.locator(f"#tableau-{name}").evaluate(TABLE)
        filed = lines_of(downloaded(card, "csv", tmp_path, f"{CAMPAIGN}-{name}.csv"))
        assert len(shown) > 1
        assert differences(shown, filed) == [], name


def test_a_drawing_of_people_has_the_figures_of_its_table(busy: Desk, address: str, browser_page: Page) -> None:
    page = browser_page
    _log_in(page, address, "dominique", BOARD)
    drawn = drawn_in(card_of(page, "entonnoir"))
    for label, people, _ in page.locator("#tableau-entonnoir").evaluate(TABLE)[1:]:
        assert label in drawn
        assert any(text == people or text.startswith(f"{people} · ") for text in drawn), label


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/taux?par=department&taux={rate}", "taux"),
        ("/taux?par=hour&taux={rate}", "taux"),
        ("/carte?taux={rate}", "carte"),
        ("/moments?taux={rate}", "moments"),
    ],
)
def test_a_drawing_has_the_rates_of_its_table_and_says_what_is_masked(
    busy: Desk, address: str, browser_page: Page, path: str, name: str
) -> None:
    page = browser_page
    rate = RATES[1]
    _log_in(page, address, "dominique", BOARD + path.format(rate=rate.key))
    header, *lines = page.locator(f"#tableau-{name}").evaluate(TABLE)
    if name == "moments":
        told = [cell for line in lines for cell in line[1:]]
    else:
        at = header.index(board_words.rate_name(rate) if name == "taux" else "Taux")
        # A map has no tile for the whole.
        told = [line[at] for line in lines if "department" not in path or line[0] != "Ensemble"]
    drawn = drawn_in(card_of(page, name))
    assert drawn.count(MASKED) == told.count(MASKED) > 0
    rates = sorted(value for one in told if (value := number(one)) is not None)
    if "hour" in path:
        # Its axis has percents of its own.
        assert {one for one in told if one.endswith("%")} <= {*drawn}
    else:
        found = sorted(value for one in drawn if one.endswith("%") and (value := number(one)) is not None)
        assert len(found) == len(rates)
        # A tile has room for a whole percent.
        assert all(abs(one - other) < 0.0056 for one, other in zip(found, rates, strict=True))


def test_the_files_are_downloaded(busy: Desk, address: str, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    _log_in(page, address, "dominique", BOARD)
    for path in ("", "/carte"):
        page.goto(f"{address}{BOARD}{path}")
        for name in (name for name in CHART_PAGES[path] if (path, name) not in NOT_DRAWN):
            vector = downloaded(card_of(page, name), "svg", tmp_path, f"{CAMPAIGN}-{name}.svg").decode()
            root = ElementTree.fromstring(vector)
            assert root.tag == "{http://www.w3.org/2000/svg}svg"
            written = [one.text for one in root.iter("{http://www.w3.org/2000/svg}text") if one.text]
            for text in drawn_in(card_of(page, name)):
                assert text in written
            # A name of each mark, for readers of screens, would say the figures of a mark that is masked.
            assert "aria-label=" not in vector.replace(root.get("aria-label", "\0"), "")
            picture = downloaded(card_of(page, name), "png", tmp_path, f"{CAMPAIGN}-{name}.png")
            wide, high = png_size(picture)
            assert wide > 800
            assert abs(wide / high - float(root.get("width", "0")) / float(root.get("height", "1"))) < 0.05
