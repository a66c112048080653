"""An adviser's whole way in a real browser: queue → claim → suggestion → declined → next one accepted → appointment → declared."""

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from outreach.domain.distances import on_the_map
from outreach.domain.words import OfferStatus
from outreach.services import offers, requests
from tests.api.test_browser import _log_in
from tests.api.test_physicians import _physician
from tests.api.world import Desk
from tests.browser import new_context, violations


def _names(page: Page) -> list[str]:
    return page.locator("ol.suggested h3").all_inner_texts()


def _click(page: Page, role: str, name: str) -> None:
    page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]


def _press(page: Page, role: str, name: str) -> None:
    """Goes there by the tabulator key alone, and presses Enter."""
    wanted = page.get_by_role(role, name=name).first.element_handle()  # type: ignore[arg-type]
    page.evaluate("document.activeElement.blur()")
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement === wanted", wanted):
            page.keyboard.press("Enter")
            return
    pytest.fail(f"the tabulator key never reaches {name}")


@pytest.mark.parametrize("how", ["mouse", "keyboard", "without_javascript"])
def test_from_the_queue_to_a_declared_physician(desk: Desk, address: str, browser: Browser, how: str) -> None:
    near = _physician(desk, 1, last_name="PROCHE", name_key="proche,odile")
    east, north = on_the_map((48.81, 2.42))
    far = _physician(
        desk, 2, last_name="LOIN", name_key="loin,odile", commune="MAISONS-ALFORT", postal_code="94700", east=east,
        north=north,
    )  # fmt: skip
    wanted = desk.request()
    go = _press if how == "keyboard" else _click
    context = new_context(
        browser,
        viewport={"width": 1280, "height": 800},
        locale="fr-FR",
        java_script_enabled=how != "without_javascript",
        reduced_motion="reduce",
    )
    page = context.new_page()
    status = page.get_by_role("status")
    _log_in(page, address, "camille")
    go(page, "button", "Prendre la suivante")
    expect(page).to_have_url(f"{address}/demandes/{wanted.id}?fait=prise")
    assert _names(page) == ["Dr Odile Proche", "Dr Odile Loin"]

    go(page, "button", "Proposer la demande : Dr Odile Proche")
    expect(status.filter(has_text="une place est gardée")).to_be_visible()
    assert desk.read_volunteer(near).held == 1
    # The keys open a disclosure as they press a button.
    summary = page.locator("summary", has_text="Le médecin décline…")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Raison").first.select_option("no_room")
    go(page, "button", "Noter le refus")
    expect(status.filter(has_text="la place est rendue")).to_be_visible()
    assert (desk.read_volunteer(near).held, desk.read_volunteer(near).taken) == (0, 0)
    assert _names(page) == ["Dr Odile Loin"]
    expect(page.get_by_text("1 médecin a déjà refusé cette personne")).to_be_visible()

    go(page, "button", "Proposer la demande : Dr Odile Loin")
    expect(status.filter(has_text="une place est gardée")).to_be_visible()
    go(page, "button", "Le médecin accepte")
    expect(status.filter(has_text="la place est prise")).to_be_visible()
    page.get_by_label("Jour du rendez-vous").fill("2026-11-30")
    page.get_by_label("Heure").fill("14:30")
    go(page, "button", "Noter le rendez-vous")
    expect(status.filter(has_text="Le rendez-vous est noté.")).to_be_visible()
    if how != "without_javascript":
        assert violations(page) == []

    desk.clock.advance(timedelta(days=7))
    page.reload()
    page.get_by_label("Jour de la déclaration").fill("2026-11-30")
    go(page, "button", "Médecin déclaré : clore")
    expect(status.filter(has_text="Médecin traitant déclaré")).to_be_visible()
    context.close()

    closed = desk.read_request(wanted.id)
    assert (closed.status, closed.result) == ("closed", "declared")
    assert (desk.read_volunteer(far).held, desk.read_volunteer(far).taken) == (0, 1)
    with desk.runtime.transaction() as session:
        newest_first = [one.status for one in offers.of_request(session, wanted.id)]
        assert newest_first == [OfferStatus.ACCEPTED, OfferStatus.DECLINED]


def test_the_log_says_in_french_why_an_offer_ended(desk: Desk, logged_in: Callable[[str], httpx.Client]) -> None:
    rpps, request = _physician(desk), desk.request()
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        requests.claim(session, request.id, camille, desk.now)
        proposed = offers.propose(session, request.id, rpps, camille, desk.now)
        offers.decline(session, proposed.id, camille, "too_far", desk.now)
    page = logged_in("camille").get(f"/demandes/{request.id}").text
    log = page[page.index('id="journal"') :]
    assert "Trop loin de la personne" in log
    assert f"RPPS {rpps}" in log
    assert "too_far" not in page
