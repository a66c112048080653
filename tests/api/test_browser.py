"""The pages in a real browser: by keyboard and mouse, without JavaScript, and as axe sees them."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from outreach.domain.words import Outcome
from tests.api.world import CAMPAIGN, PASSWORD, Desk
from tests.browser import new_context, violations


def _log_in(page: Page, address: str, login: str, path: str = "/") -> None:
    page.goto(address + path)
    page.get_by_label("Identifiant").fill(login)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def test_an_adviser_claims_and_closes_a_request(desk: Desk, address: str, browser_page: Page) -> None:
    request = desk.request()
    page = browser_page
    _log_in(page, address, "camille", "/demandes?motif=matching")
    expect(page).to_have_url(f"{address}/demandes?motif=matching")
    page.get_by_role("button", name="Prendre la demande de Mme Odette Exemple").click()
    expect(page.get_by_role("status")).to_have_text("La demande est à vous.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mme Odette Exemple")
    page.get_by_text("Clore la demande").first.click()
    page.get_by_label("Résultat").select_option("matched")
    page.get_by_label("Note pour l’équipe").fill("Le médecin la verra lundi.")
    page.get_by_role("button", name="Clore la demande").click()
    expect(page.get_by_role("status")).to_have_text("La demande est close.")
    assert desk.read_request(request.id).result == "matched"
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(f"{address}/demandes/{request.id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")


def test_a_request_by_keyboard_alone(desk: Desk, address: str, browser_page: Page) -> None:
    request = desk.request()
    page = browser_page
    page.goto(f"{address}/demandes")
    page.get_by_label("Identifiant").focus()
    for keys in ("camille", "Tab", PASSWORD, "Enter"):
        page.keyboard.press(keys) if keys in {"Tab", "Enter"} else page.keyboard.type(keys)
    expect(page.get_by_role("heading", level=1)).to_have_text("Demandes")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Aller au contenu")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label') || ''").startswith("Prendre la demande"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("La demande est à vous.")
    assert desk.read_request(request.id).status == "claimed"


@pytest.mark.parametrize(
    ("login", "paths"),
    [
        (
            "camille",
            ["/demandes", "/demandes?etat=closed", "/taches", "{request}", "{urgent}", "/nulle-part", "/tableau"],
        ),
        ("dominique", ["/tableau", f"/tableau/{CAMPAIGN}", f"/tableau/{CAMPAIGN}/arreter", "{request}"]),
        ("andrea", ["/comptes", "/journal", "/docs"]),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    desk: Desk, address: str, browser: Browser, login: str, paths: list[str], scheme: str
) -> None:
    request, urgent = desk.request(), desk.request(Outcome.EMERGENCY)
    context = new_context(
        browser,
        viewport={"width": 1280, "height": 800},
        color_scheme=scheme,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"{address}/connexion")
    found = violations(page)
    _log_in(page, address, login)
    for path in paths:
        page.set_viewport_size({"width": 1280, "height": 800})
        shown = path.format(request=f"/demandes/{request.id}", urgent=f"/demandes/{urgent.id}")
        page.goto(address + shown)
        found += violations(page)
        page.set_viewport_size({"width": 768, "height": 1024})
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{shown} scrolls sideways on a tablet")
    context.close()
    assert found == []


def test_the_pages_work_without_javascript(desk: Desk, address: str, browser: Browser) -> None:
    desk.request()
    context = new_context(browser, java_script_enabled=False)
    page = context.new_page()
    _log_in(page, address, "camille", "/demandes")
    page.get_by_role("button", name="Prendre la suivante").click()
    expect(page.get_by_role("status")).to_have_text("La demande est à vous.")
    context.close()


def test_nothing_is_asked_of_another_site(desk: Desk, address: str, browser_page: Page) -> None:
    asked: list[str] = []
    browser_page.on("request", lambda request: asked.append(request.url))
    _log_in(browser_page, address, "dominique", f"/tableau/{CAMPAIGN}")
    browser_page.goto(f"{address}/docs")
    assert asked
    assert all(url.startswith(address) for url in asked)


def test_every_text_is_legible_at_twice_the_size(desk: Desk, address: str, browser: Browser) -> None:
    """Zoomed to 200 %, a 13-inch screen is 640 wide: nothing is cut, nothing scrolls in two directions."""
    request = desk.request()
    context = new_context(browser, viewport={"width": 640, "height": 400})
    page = context.new_page()
    _log_in(page, address, "camille", f"/demandes/{request.id}")
    assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    context.close()


def test_pages_hold_no_script_nor_styles_in_line() -> None:
    """The Content-Security-Policy forbids them; a template that held one would fail in silence."""
    for template in (Path(__file__).parents[2] / "api" / "pages" / "templates").rglob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert "style=" not in text, template.name
        assert "<script" not in re.sub(r'<script src="/static/[a-z]+\.js" defer></script>', "", text), template.name
        assert not re.search(r"\son[a-z]+=", text), template.name
