"""The board in a real browser: as axe sees it, by keyboard, live, on paper, without JavaScript."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from api.charts.rendering import ours
from api.pages import board_live
from outreach.services.figure_keeping import fold_all
from tests.api.board_world import a_campaign_at_work
from tests.api.test_browser import _log_in
from tests.api.world import CAMPAIGN, Desk
from tests.browser import looks_wrong, new_context
from tests.paper import wrong_on_paper

BOARD = f"/tableau/{CAMPAIGN}"
PAGES = (
    "",
    "/taux",
    "/taux?par=department",
    "/taux/case?par=attempt&groupe=02&taux=contact_rate",
    "/taux/lignes?par=attempt&groupe=02&colonne=human_answered",
    "/moments",
    "/carte",
    "/conversations",
    "/relais",
)


@pytest.fixture
def busy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(board_live, "LOOK_SECONDS", 0.3)
    monkeypatch.setattr(board_live, "STREAM_SECONDS", 60.0)
    a_campaign_at_work(desk, people=400, departments=("94", "94", "69", "974"))
    ours().drawn({"maker": "bars", "figures": [{"label": "", "value": 1, "text": ""}]}, 400)
    return desk


def _more_people(desk: Desk, count: int = 12) -> None:
    for _ in range(count):
        desk.person(phones=("0199000001",))
    with desk.runtime.transaction() as session:
        fold_all(session)


def test_axe_finds_nothing_on_the_board(busy: Desk, address: str, browser: Browser) -> None:
    context = new_context(browser)
    page = context.new_page()
    _log_in(page, address, "dominique")
    found = []
    for path in PAGES:
        page.goto(f"{address}{BOARD}{path}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        found += looks_wrong(page)
        # Letters of a drawing stay as high as ten pixels on the narrowest screen.
        small = page.evaluate(
            "[...document.querySelectorAll('svg.drawing text')].filter("
            "text => text.textContent && text.getBoundingClientRect().height > 0"
            " && parseFloat(text.getAttribute('font-size')) * text.getScreenCTM().a < 10).length"
        )
        if small:
            found.append(f"{path} has {small} texts too small")
    context.close()
    assert found == [], "\n".join(found)


def test_the_board_follows_what_happens_without_losing_where_one_is(
    busy: Desk, address: str, browser_page: Page
) -> None:
    page = browser_page
    page.set_viewport_size({"width": 1280, "height": 500})
    _log_in(page, address, "dominique", BOARD)
    page.locator("summary", has_text="Le tableau").first.click()
    # Eligible people, and then the others of the funnel.
    cell = page.locator("#tableau-entonnoir tbody tr").first.locator("td").first
    expect(cell).to_have_text("400")
    page.evaluate("scrollTo(0, 300)")
    held = page.locator("summary", has_text="Le tableau").first
    held.focus()
    page.evaluate("window.stays = true")
    where = page.evaluate("scrollY")
    _more_people(busy)
    expect(cell).to_have_text("412")
    expect(held).to_be_focused()
    assert page.evaluate("window.stays === true && scrollY") == where
    assert page.locator("details[open]").count() == 1
    drawn = page.locator("section", has=page.locator("#titre-entonnoir")).locator("svg.drawing")
    expect(drawn).to_contain_text("412")


def test_what_is_chosen_stays_while_figures_change(busy: Desk, address: str, browser_page: Page) -> None:
    page = browser_page
    _log_in(page, address, "dominique", f"{BOARD}/carte")
    page.get_by_label("Taux").select_option("refusal_rate")
    page.get_by_label("Taux").focus()
    told = page.get_by_text("Chiffres du")
    before = told.inner_text()
    busy.clock.advance(timedelta(minutes=1))
    _more_people(busy)
    expect(told).not_to_have_text(before)
    expect(page.get_by_label("Taux")).to_have_value("refusal_rate")
    expect(page.get_by_label("Taux")).to_be_focused()
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("Taux de refus")


def test_the_board_without_javascript(busy: Desk, address: str, browser: Browser) -> None:
    context = new_context(browser, java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    _log_in(page, address, "dominique", BOARD)
    for name in ("Taux", "Moments", "Carte", "Conversations", "Passage de relais", "Vue d’ensemble"):
        page.get_by_role("navigation", name="Pages de la campagne").get_by_role("link", name=name, exact=True).click()
        expect(page.locator("svg.drawing").first).to_be_visible()
    page.goto(f"{address}{BOARD}/carte")
    page.get_by_role("link", name="Rechargez-la").click()
    expect(page).to_have_url(f"{address}{BOARD}/carte")
    page.goto(f"{address}{BOARD}/taux")
    page.get_by_label("Détailler").select_option("day")
    page.get_by_role("button", name="Afficher").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text("par jour")
    page.locator("#tableau-taux tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("De qui parle ce nombre")
    context.close()


def test_the_board_by_keyboard_alone(busy: Desk, address: str, browser_page: Page) -> None:
    page = browser_page
    _log_in(page, address, "dominique", f"{BOARD}/taux")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "par":
            break
    # From the first choice to the second one.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Détailler")).to_have_value("day")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "CSV":
            break
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    assert download.value.suggested_filename == f"{CAMPAIGN}-taux.csv"


def test_the_board_prints_on_a4(busy: Desk, address: str, browser: Browser) -> None:
    context = new_context(browser, color_scheme="dark")
    page = context.new_page()
    _log_in(page, address, "dominique")
    wrong = []
    for path in PAGES:
        page.goto(f"{address}{BOARD}{path}")
        wrong += wrong_on_paper(page)
    context.close()
    assert wrong == [], "\n".join(wrong)


def test_nothing_is_asked_of_another_site_and_the_policy_is_kept(busy: Desk, address: str, browser_page: Page) -> None:
    """A style or a script in line would be an error in the console, which fails the test."""
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    _log_in(browser_page, address, "dominique", BOARD)
    for path in PAGES:
        answer = browser_page.goto(f"{address}{BOARD}{path}")
        assert answer is not None
        assert "unsafe" not in answer.headers["content-security-policy"]
    assert all(url.startswith(address) for url in asked)
