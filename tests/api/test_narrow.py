"""Every page on which advisers work, on a tablet and at 200 %, light and dark: nothing for axe, nothing cut off."""

import pytest
from playwright.sync_api import Browser

from outreach.services import offers, requests
from tests.api.test_desk_browser import at_the_desk
from tests.api.world import Desk
from tests.browser import violations


@pytest.mark.parametrize(("width", "dark"), [(820, False), (640, False), (640, True)])
def test_every_page_of_an_adviser_fits(desk: Desk, address: str, browser: Browser, width: int, dark: bool) -> None:
    rpps = desk.physician()
    desk.volunteer(rpps)
    request = desk.request(regular_physician_rpps=rpps)
    desk.request(ehpad_finess="940000001", last_name="Résidente")
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        requests.claim(session, request.id, camille, desk.now)
        offer = offers.propose(session, request.id, rpps, camille, desk.now)
    pages = [
        "/demandes", f"/demandes/{request.id}", "/propositions", f"/propositions/{offer.id}/lettre", "/taches",
        "/medecins", f"/medecins/{rpps}", "/listes", "/listes/courriers", "/listes/etablissements",
        "/listes/patientele", f"/listes/patientele/{rpps}", "/listes/volontaires", "/listes/volontaires/94",
    ]  # fmt: skip
    with at_the_desk(browser, address, "camille", width=width) as page:
        page.emulate_media(color_scheme="dark" if dark else "light")
        found: list[str] = []
        for path in pages:
            answer = page.goto(f"{address}{path}")
            assert answer is not None
            assert answer.status == 200, path
            page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
            found += violations(page)
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if wide > 0:
                found.append(f"{path} is {wide} px too wide")
        assert found == []
