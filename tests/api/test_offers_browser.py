"""The offers in a real browser: the whole way, by keyboard and without JavaScript, and as axe sees each page."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from outreach.domain.words import ContactState, TaskKind
from outreach.services import campaigns, offers, requests, tasks
from tests.api.test_browser import _log_in
from tests.api.test_lists import DOCTOR, _state
from tests.api.world import CAMPAIGN, Desk
from tests.browser import new_context, violations


def _walk(desk: Desk, address: str, page: Page) -> None:
    """A suggestion → declined → the next one accepted → an appointment → declared → news to be taken."""
    first = desk.volunteer(desk.physician("10000000001", last_name="Premier"))
    second = desk.volunteer(desk.physician("10000000002", last_name="Second"))
    request = desk.request()
    status = page.get_by_role("status")
    _log_in(page, address, "camille", f"/demandes/{request.id}")
    page.get_by_role("button", name="Prendre cette demande").first.click()
    page.get_by_label("Numéro RPPS du médecin").fill(first)
    page.get_by_role("button", name="Proposer", exact=True).click()
    expect(status.filter(has_text="La demande est proposée")).to_be_visible()
    page.get_by_text("Le médecin décline…").click()
    page.get_by_label("Raison").first.select_option("too_far")
    page.get_by_role("button", name="Noter le refus").click()
    expect(status.filter(has_text="la place est rendue")).to_be_visible()
    page.get_by_label("Numéro RPPS du médecin").fill(second)
    page.get_by_role("button", name="Proposer", exact=True).click()
    page.get_by_role("link", name="La lettre pour MSSanté").click()
    expect(page.get_by_label("Texte à copier")).to_have_value(re.compile("Dr Zoë Second, bonjour"))
    page.go_back()
    page.get_by_role("button", name="Le médecin accepte").click()
    expect(status.filter(has_text="la place est prise")).to_be_visible()
    page.get_by_label("Jour du rendez-vous").fill("2026-11-30")
    page.get_by_label("Heure").fill("14:30")
    page.get_by_label("Lieu").fill("Cabinet")
    page.get_by_role("button", name="Noter le rendez-vous").click()
    expect(status.filter(has_text="Le rendez-vous est noté.")).to_be_visible()
    page.get_by_role("link", name="Propositions").first.click()
    expect(page.get_by_role("link", name="Mme Odette Exemple")).to_be_visible()
    page.get_by_role("link", name="Mme Odette Exemple").click()
    desk.clock.advance(timedelta(days=7))
    page.reload()
    page.get_by_label("Jour de la déclaration").fill("2026-11-30")
    page.get_by_role("button", name="Médecin déclaré : clore").click()
    expect(status.filter(has_text="Médecin traitant déclaré")).to_be_visible()
    closed = desk.read_request(request.id)
    assert (closed.status, closed.result) == ("closed", "declared")
    assert [desk.read_volunteer(rpps).taken for rpps in (first, second)] == [0, 1]
    desk.clock.advance(timedelta(days=25))
    page.get_by_role("link", name="Tâches").click()
    page.get_by_label("Ce qu’il en est").select_option("still_declared")
    page.get_by_role("button", name="C’est fait").first.click()
    expect(status.filter(has_text="C’est noté comme fait.")).to_be_visible()
    with desk.runtime.transaction() as session:
        promised = {task.kind: task.outcome for task in tasks.of_request(session, request.id)}
    assert promised[TaskKind.FOLLOW_UP_30] == "still_declared"
    assert promised[TaskKind.FOLLOW_UP_90] is None


def test_the_whole_way_of_an_offer(desk: Desk, address: str, browser_page: Page) -> None:
    _walk(desk, address, browser_page)


def test_the_whole_way_without_javascript(desk: Desk, address: str, browser: Browser) -> None:
    context = new_context(browser, java_script_enabled=False, viewport={"width": 1280, "height": 800})
    _walk(desk, address, context.new_page())
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_offers_tasks_and_lists(
    desk: Desk, address: str, browser: Browser, scheme: str
) -> None:
    desk.volunteer(desk.physician("10000000001"), capacity=3)
    desk.physician(DOCTOR, last_name="Habituel")
    request, accepted, free = desk.request(), desk.request(), desk.request()
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        for one in (request, accepted, free):
            requests.claim(session, one.id, camille, desk.now)
        offer = offers.propose(session, request.id, "10000000001", camille, desk.now)
        taken = offers.propose(session, accepted.id, "10000000001", camille, desk.now)
        offers.accept(session, taken.id, camille, desk.now)
        tasks.follow_up(session, requests.get(session, free.id), camille, desk.now - timedelta(days=40))
        campaigns.inform(session, CAMPAIGN, desk.now.date() - timedelta(days=40), desk.now, "tests")
    _state(desk, desk.person(), ContactState.EXHAUSTED)
    desk.person(ehpad_finess="940000001")
    desk.clock.advance(timedelta(seconds=1))
    with desk.runtime.transaction() as session:
        campaigns.inform(session, CAMPAIGN, desk.now.date() - timedelta(days=40), desk.now, "tests")
    desk.person(regular_physician_rpps=DOCTOR)
    with desk.runtime.transaction() as session:
        campaigns.inform(session, CAMPAIGN, desk.now.date() - timedelta(days=40), desk.now, "tests")
    context = new_context(browser, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    _log_in(page, address, "camille")
    found = []
    for path in (
        f"/demandes/{request.id}",
        f"/demandes/{accepted.id}?probleme=rendez_vous",
        f"/demandes/{free.id}?probleme=rpps",
        f"/propositions/{offer.id}/lettre",
        "/propositions",
        "/taches",
        "/taches?de=equipe",
        "/listes",
        "/listes/courriers",
        "/listes/etablissements",
        "/listes/patientele",
        f"/listes/patientele/{DOCTOR}",
        f"/listes/patientele/{DOCTOR}/lettre",
        "/listes/volontaires",
        "/listes/volontaires/94",
    ):
        page.set_viewport_size({"width": 1280, "height": 800})
        answer = page.goto(address + path)
        assert answer is not None
        assert answer.status == 200, path
        for closed in page.locator("details > summary").all():
            closed.click()
        found += violations(page)
        for width in (768, 640):
            page.set_viewport_size({"width": width, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"{path} scrolls sideways at {width}")
    context.close()
    assert found == []
