"""A call by click in a real browser: every state of it is said, and none of them is in anybody's way."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select, update

from outreach.database.models import AdviserCall, Attempt
from outreach.services import accounts, adviser_calls, requests
from outreach.services.carrier_facts import CarrierStatus
from tests.api.test_desk_browser import at_the_desk
from tests.api.world import Desk
from tests.browser import violations

SID = "CA" + "7" * 32


class Line:
    """A request that camille holds, and what happens to the call that she asks for."""

    def __init__(self, desk: Desk, telephone: str | None = "+33199001234") -> None:
        self.desk = desk
        self.path = f"/demandes/{desk.request().id}"
        with desk.runtime.transaction() as session:
            accounts.rings_at(session, "camille", telephone, desk.now, "tests")
            session.execute(update(Attempt).values(status="ended"))  # the call from which the request comes
            camille = desk.account(session, "camille")
            taken = requests.claim_next(session, camille, desk.now)
            assert taken is not None

    def rings(self) -> None:
        with self.desk.runtime.transaction() as session:
            ring = adviser_calls.claim(session, self.desk.now, self.desk.runtime.settings)
            assert ring is not None
            adviser_calls.placed(session, ring.call_id, SID)

    def refused_by_the_carrier(self) -> None:
        with self.desk.runtime.transaction() as session:
            ring = adviser_calls.claim(session, self.desk.now, self.desk.runtime.settings)
            assert ring is not None
            adviser_calls.not_placed(session, ring.call_id, self.desk.now)

    def key_pressed(self) -> None:
        with self.desk.runtime.transaction() as session:
            call_id = session.scalars(select(AdviserCall.id)).one()
            adviser_calls.picked_up(session, call_id, SID, self.desk.now)
            settings = self.desk.runtime.settings
            adviser_calls.confirm(session, call_id, self.desk.now, settings, timedelta(seconds=5))

    def over(self, seconds: int) -> None:
        with self.desk.runtime.transaction() as session:
            call_id = session.scalars(select(AdviserCall.id)).one()
            status = CarrierStatus.COMPLETED
            adviser_calls.person_called(
                session, call_id, status, self.desk.now, carrier_id=None, duration_seconds=seconds
            )

    def never_taken(self) -> None:
        with self.desk.runtime.transaction() as session:
            ago = timedelta(seconds=adviser_calls.WAITS_SECONDS + 1)
            session.execute(update(AdviserCall).values(asked_wall=AdviserCall.asked_wall - ago))


def _said(page: Page, sentence: str) -> None:
    expect(page.locator("#appel-en-cours [role=status]")).to_have_text(sentence)
    assert violations(page) == []


def test_a_call_is_followed_from_the_press_to_its_end(desk: Desk, address: str, browser: Browser) -> None:
    line = Line(desk)
    with at_the_desk(browser, address, "camille", line.path) as page:
        page.get_by_label("Note", exact=True).fill("Elle demande")
        page.keyboard.press("Escape")
        page.locator("h1").click()
        # By keyboard alone: `t` goes to the button.
        page.keyboard.press("t")
        expect(page.get_by_role("button", name="Appeler par Relais")).to_be_focused()
        page.keyboard.press("Enter")
        _said(page, "Votre téléphone va sonner. Décrochez, puis appuyez sur 1.")
        expect(page.get_by_role("button", name="Appeler par Relais")).to_have_count(0)
        page.get_by_label("Note", exact=True).fill("Elle demande une dame")
        line.rings()
        _said(page, "Votre téléphone sonne. Décrochez, puis appuyez sur 1.")
        line.key_pressed()
        _said(page, "Appel en cours avec la personne.")
        line.over(170)
        _said(page, "L’appel est terminé : parlé.")
        expect(page.locator("[aria-labelledby=journal]")).to_contain_text("parlé 3\u00a0min")
        expect(page.get_by_role("button", name="Appeler par Relais")).to_be_visible()
        expect(page.get_by_label("Note", exact=True)).to_have_value("Elle demande une dame")


def test_a_call_without_javascript(desk: Desk, address: str, browser: Browser) -> None:
    line = Line(desk)
    with at_the_desk(browser, address, "camille", line.path, scripts=False) as page:
        page.get_by_role("button", name="Appeler par Relais").click()
        follow = page.get_by_role("link", name="Voir où en est l’appel")
        line.rings()
        follow.click()
        expect(page.locator("#appel-en-cours")).to_contain_text("Votre téléphone sonne.")
        line.key_pressed()
        follow.click()
        expect(page.locator("#appel-en-cours")).to_contain_text("Appel en cours avec la personne.")
        line.over(20)
        follow.click()
        expect(page.locator("#appel-en-cours")).to_contain_text("L’appel est terminé : parlé.")
        expect(page.get_by_role("button", name="Appeler par Relais")).to_be_visible()


def test_a_call_that_the_carrier_refuses_is_told(desk: Desk, address: str, browser: Browser) -> None:
    line = Line(desk)
    with at_the_desk(browser, address, "camille", line.path) as page:
        page.get_by_role("button", name="Appeler par Relais").click()
        line.refused_by_the_carrier()
        _said(page, "L’appel n’est pas parti : l’opérateur l’a refusé. Composez le numéro vous-même, ou réessayez.")
        expect(page.get_by_role("button", name="Appeler par Relais")).to_be_visible()


def test_without_a_dialer_the_page_does_not_wait_for_ever(desk: Desk, address: str, browser: Browser) -> None:
    line = Line(desk)
    with at_the_desk(browser, address, "camille", line.path) as page:
        page.get_by_role("button", name="Appeler par Relais").click()
        _said(page, "Votre téléphone va sonner. Décrochez, puis appuyez sur 1.")
        line.never_taken()
        expect(page.locator("#appel-en-cours")).to_contain_text("Relais n’appelle pas en ce moment")
        expect(page.get_by_role("button", name="Appeler par Relais")).to_be_visible()
        assert violations(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_rule_01_a_gate_that_is_closed_is_said(desk: Desk, address: str, browser: Browser, dark: bool) -> None:
    line = Line(desk)
    with at_the_desk(browser, address, "camille", line.path) as page:
        page.emulate_media(color_scheme="dark" if dark else "light")
        desk.clock.advance(timedelta(hours=9, minutes=45))  # past eight in the evening
        page.get_by_role("button", name="Appeler par Relais").click()
        expect(page.get_by_role("alert")).to_contain_text("Ce n’est pas l’heure d’appeler chez cette personne.")
        assert violations(page) == []


def test_who_has_no_telephone_has_no_button_and_is_told_what_to_do(desk: Desk, address: str, browser: Browser) -> None:
    line = Line(desk, telephone=None)
    with at_the_desk(browser, address, "camille", line.path) as page:
        expect(page.get_by_role("button", name="Appeler par Relais")).to_have_count(0)
        expect(page.locator("[aria-labelledby=personne]")).to_contain_text("Votre compte n’a pas de téléphone")
        assert violations(page) == []
