"""An adviser's day in a real browser: two at one request, a lease that ends, words that come back, keys alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from api import sessions
from outreach.domain.words import Outcome
from outreach.services import requests
from tests.api.test_browser import _log_in
from tests.api.world import PASSWORD, Desk
from tests.browser import new_context, violations


@contextmanager
def at_the_desk(
    browser: Browser, address: str, login: str, path: str = "/demandes", *, scripts: bool = True, width: int = 1280
) -> Iterator[Page]:
    context = new_context(
        browser,
        viewport={"width": width, "height": 800},
        locale="fr-FR",
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    page = context.new_page()
    _log_in(page, address, login, path)
    yield page
    context.close()


def test_two_advisers_race_for_one_request(desk: Desk, address: str, browser: Browser) -> None:
    request = desk.request()
    with at_the_desk(browser, address, "camille") as camille, at_the_desk(browser, address, "alex") as alex:
        for page in (camille, alex):
            expect(page.get_by_role("button", name="Prendre la demande")).to_be_visible()
        camille.get_by_role("button", name="Prendre la demande").click()
        expect(camille.get_by_role("status")).to_have_text("La demande est à vous.")
        # Alex's list hears of it without being loaded again.
        expect(alex.locator(f"tr[data-row='{request.id}'] [data-state]")).to_contain_text("camille")
        alex.goto(f"{address}/demandes/{request.id}")
        expect(alex.get_by_role("button", name="Prendre cette demande")).to_have_count(0)
        expect(alex.get_by_text("Prise par camille")).to_be_visible()


def test_who_comes_too_late_is_told_so(desk: Desk, address: str, browser: Browser) -> None:
    request = desk.request()
    with at_the_desk(browser, address, "alex", scripts=False) as alex:
        with desk.runtime.transaction() as session:
            requests.claim(session, request.id, desk.account(session, "camille"), desk.now)
        alex.get_by_role("button", name="Prendre la demande").click()
        expect(alex.get_by_text("Un autre conseiller s’occupe de cette demande")).to_be_visible()


def test_a_new_request_is_shown_without_losing_what_is_typed(desk: Desk, address: str, browser: Browser) -> None:
    desk.request()
    with at_the_desk(browser, address, "camille") as page:
        field = page.get_by_label("Département")
        field.click()
        page.keyboard.type("9")
        desk.request(last_name="Arrivée")
        expect(page.locator("#nouvelles")).to_contain_text("nouvelle demande")
        page.keyboard.type("4")
        expect(field).to_have_value("94")
        expect(field).to_be_focused()
        page.get_by_role("button", name="Afficher").click()
        expect(page.get_by_role("link", name="Mme Odette Arrivée")).to_be_visible()
        expect(page.locator("#nouvelles")).to_be_empty()
        expect(field).to_have_value("94")
        assert violations(page) == []


def test_a_lease_that_ends_gives_the_request_back_and_the_words_are_kept(
    desk: Desk, address: str, browser: Browser
) -> None:
    request = desk.request()
    with at_the_desk(browser, address, "camille", f"/demandes/{request.id}") as camille:
        camille.get_by_role("button", name="Prendre cette demande").click()
        camille.locator("summary", has_text="Clore la demande").click()
        camille.get_by_label("Note pour l’équipe").fill("Elle a vu le docteur lundi.")
        desk.clock.advance(requests.LEASE + timedelta(minutes=1))
        with desk.runtime.transaction() as session:
            requests.expire(session, desk.now)
            requests.claim(session, request.id, desk.account(session, "alex"), desk.now)
        camille.get_by_role("button", name="Clore la demande").click()
        expect(camille.get_by_role("alert")).to_contain_text("n’est plus à vous")
        expect(camille.get_by_label("Texte gardé")).to_have_value("matched\nElle a vu le docteur lundi.")
        assert violations(camille) == []
    assert desk.read_request(request.id).status == "claimed"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_half_written_note_outlives_the_session(
    desk: Desk, address: str, browser: Browser, monkeypatch: pytest.MonkeyPatch, scripts: bool
) -> None:
    request = desk.request()
    with at_the_desk(browser, address, "camille", f"/demandes/{request.id}", scripts=scripts) as page:
        page.get_by_label("Note", exact=True).fill("Elle entend mal : parler lentement, et")
        with monkeypatch.context() as patched:
            patched.setattr(sessions, "IDLE_SECONDS", -1)
            page.get_by_role("button", name="Enregistrer la note").click()
            expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
            assert "lentement" not in page.url
        page.context.clear_cookies()
        page.reload()
        page.get_by_label("Identifiant").fill("camille")
        page.get_by_label("Mot de passe").fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        expect(page.get_by_text("Pas encore enregistré")).to_be_visible()
        expect(page.get_by_label("Note", exact=True)).to_have_value("Elle entend mal : parler lentement, et")
        page.get_by_role("button", name="Enregistrer la note").click()
        expect(page.get_by_text("La note est enregistrée.")).to_be_visible()
        expect(page.get_by_text("Pas encore enregistré")).to_have_count(0)


def test_a_whole_request_without_javascript(desk: Desk, address: str, browser: Browser) -> None:
    request = desk.request()
    with at_the_desk(browser, address, "camille", scripts=False) as page:
        page.get_by_role("button", name="Prendre la suivante").click()
        page.locator("summary", has_text="Noter un appel").click()
        page.get_by_label("Pas de réponse").check()
        page.get_by_role("button", name="Enregistrer l’appel").click()
        page.locator("summary", has_text="Corriger ces réponses").click()
        page.get_by_label("visite à domicile").check()
        page.get_by_label("Commune ou département").fill("Ivry-sur-Seine")
        page.get_by_role("button", name="Enregistrer les réponses").click()
        page.locator("summary", has_text="Fixer un rappel").click()
        page.get_by_label("Jour", exact=True).fill("2026-11-26")
        page.get_by_label("De", exact=True).fill("10:00")
        page.get_by_label("À", exact=True).fill("11:00")
        page.get_by_role("button", name="Fixer le rappel").click()
        page.get_by_role("button", name="Annuler : rappel").click()
        expect(page.get_by_role("status")).to_contain_text("annulé")
        page.locator("summary", has_text="Clore la demande").click()
        page.get_by_role("button", name="Clore la demande").click()
        expect(page.get_by_role("status")).to_have_text("La demande est close.")
    closed = desk.read_request(request.id)
    assert (closed.status, closed.callback_from, closed.mobility) == ("closed", None, ["wheelchair", "home_visit"])


def test_a_day_by_keyboard_alone(desk: Desk, address: str, browser_page: Page) -> None:
    urgent = desk.request(Outcome.EMERGENCY)
    request = desk.request()
    page, keys = browser_page, browser_page.keyboard
    _log_in(page, address, "camille", "/demandes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Demandes")
    keys.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []
    keys.press("Escape")
    for _ in range(2):
        keys.press("j")
    expect(page.locator(f"tr[data-row='{request.id}'] a")).to_be_focused()
    keys.press("p")
    expect(page.get_by_role("status")).to_have_text("La demande est à vous.")
    keys.press("n")
    keys.type("j k s ne sont que des lettres ici")
    keys.press("Tab")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_have_text("La note est enregistrée.")
    expect(page.get_by_text("j k s ne sont que des lettres ici")).to_be_visible()
    keys.press("u")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("annulé")
    keys.press("q")
    expect(page.get_by_role("heading", level=1)).to_have_text("Demandes")
    keys.press("s")
    expect(page.get_by_role("status")).to_have_text("La demande est à vous.")
    assert desk.read_request(urgent.id).status == "claimed"


def test_keys_can_be_switched_off(desk: Desk, address: str, browser_page: Page) -> None:
    desk.request()
    page = browser_page
    _log_in(page, address, "camille", "/demandes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Demandes")
    page.keyboard.press("?")
    page.get_by_label("Raccourcis actifs").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.reload()
    page.keyboard.press("s")
    expect(page.get_by_role("heading", level=1)).to_have_text("Demandes")
    page.keyboard.press("?")
    expect(page.get_by_label("Raccourcis actifs")).not_to_be_checked()


@pytest.mark.parametrize("width", [1280, 820, 640])
def test_axe_finds_nothing_with_every_form_open_and_wrong(
    desk: Desk, address: str, browser: Browser, width: int
) -> None:
    request = desk.request()
    with at_the_desk(browser, address, "camille", f"/demandes/{request.id}", width=width) as page:
        page.get_by_role("button", name="Prendre cette demande").click()
        # The page of a request that one holds: what is opened on the one before would be gone with it.
        expect(page.get_by_label("Minutes au plus")).to_be_attached()
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.get_by_label("Minutes au plus").fill("beaucoup")
        page.get_by_role("button", name="Enregistrer les réponses").click()
        expect(page.get_by_label("Minutes au plus")).to_have_attribute("aria-invalid", "true")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert violations(page) == []
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
