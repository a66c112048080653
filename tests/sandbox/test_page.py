"""The telephone page in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import new_context, violations
from tests.sandbox.conftest import BRUNO, Network, networked
from tests.serving import until

ODETTE = {
    "reference": "B",
    "numbers": [BRUNO],
    "civility": "MME",
    "first_name": "Odette",
    "last_name": "Perrin",
    "birth_date": "1947-03-12",
    "commune": "Villejuif",
    "postal_code": "94800",
    "department": "94",
}
ASK = (
    '<Response><Gather input="speech dtmf" action="/turn" actionOnEmptyResult="true" numDigits="8">'
    "<Say>Vous parlez à un assistant automatique.</Say><Say>{}</Say></Gather></Response>"
)


@pytest.fixture
def page(browser_page: Page) -> Iterator[tuple[Page, Network]]:
    with networked() as network:
        network.people(ODETTE)
        network.application.scripts |= {
            "/answer": [ASK.format("Êtes-vous Odette Perrin ?")],
            "/carrier/voice/inbound": [ASK.format("Que puis-je pour vous ?")],
            "/turn": [
                ASK.format("Tapez votre date de naissance sur le clavier."),
                ASK.format("Je n'ai rien entendu."),
                "<Response><Say>Au revoir.</Say><Hangup/></Response>",
            ],
            "/carrier/sms/inbound": ["<Response><Message>C'est noté.</Message></Response>"],
        }
        browser_page.goto(network.url)
        browser_page.locator("body[data-ready]").wait_for()
        yield browser_page, network
        browser_page.goto("about:blank")  # the page lets go of its telephone before the network stops


def _take(page: Page) -> None:
    page.get_by_label("Chercher").fill("06 39 98 00 02")
    page.get_by_role("button", name="Odette Perrin").click()
    page.get_by_role("button", name="Prendre ce téléphone").click()
    expect(page.locator("#network")).to_have_text("Réseau d'essai")


def test_a_call_is_answered_to_its_end(page: tuple[Page, Network]) -> None:
    seen, network = page
    assert violations(seen) == []
    _take(seen)
    assert violations(seen) == []
    sid = network.place(BRUNO).json()["sid"]
    expect(seen.get_by_role("button", name="Décrocher")).to_be_focused()
    assert violations(seen) == []
    seen.keyboard.press("Enter")
    expect(seen.get_by_role("log")).to_contain_text("Êtes-vous Odette Perrin ?")
    expect(seen.get_by_role("status").filter(has_text="À vous")).to_be_visible()
    seen.keyboard.type("oui c'est moi")
    seen.keyboard.press("Enter")
    expect(seen.get_by_role("group", name="Clavier")).to_be_visible()
    assert violations(seen) == []
    for key in "12031947":
        seen.get_by_role("button", name=key, exact=True).click()
    expect(seen.get_by_role("log")).to_contain_text("Je n'ai rien entendu.")
    seen.get_by_role("button", name="Ne rien dire").click()
    expect(seen.get_by_text("Appel terminé.")).to_be_visible()
    assert violations(seen) == []
    said = [one["text"] for one in network.ended(sid)["turns"] if one["speaker"] == "patient"]
    assert said == ["oui c'est moi", "12031947"]
    assert [("SpeechResult" in form, "Digits" in form) for form in network.application.at("/turn")] == [
        (True, False),
        (False, True),
        (False, False),
    ]


def test_one_hangs_up_while_the_agent_speaks_and_refuses_a_call(page: tuple[Page, Network]) -> None:
    seen, network = page
    _take(seen)
    first = network.place(BRUNO).json()["sid"]
    seen.get_by_role("button", name="Décrocher").click()
    seen.get_by_role("button", name="Raccrocher").click()
    assert network.ended(first)["status"] == "completed"
    expect(seen.get_by_text("Appel terminé.")).to_be_visible()
    second = network.place(BRUNO).json()["sid"]
    seen.get_by_role("button", name="Refuser").click()
    assert network.ended(second)["answered_at"] is None


def test_one_calls_the_insurance(page: tuple[Page, Network]) -> None:
    seen, network = page
    _take(seen)
    seen.get_by_role("button", name="Appeler l'Assurance Maladie").click()
    expect(seen.get_by_role("log")).to_contain_text("Que puis-je pour vous ?")
    assert network.log()[0]["direction"] == "inbound"
    seen.get_by_role("button", name="Raccrocher").click()
    until(lambda: network.log()[0]["ended_at"])


def test_sms_are_read_and_written(page: tuple[Page, Network]) -> None:
    seen, network = page
    network.text(BRUNO, "Bonjour, l'Assurance Maladie vous appellera demain.")
    until(lambda: network.log("messages")[0]["status"] == "delivered")
    _take(seen)
    seen.get_by_role("tab", name="Téléphone").focus()
    seen.keyboard.press("ArrowRight")
    expect(seen.get_by_role("log")).to_contain_text("vous appellera demain")
    seen.get_by_label("Votre SMS").fill("stop merci")
    seen.keyboard.press("Enter")
    expect(seen.get_by_role("log")).to_contain_text("C'est noté.")
    assert violations(seen) == []
    assert [row["direction"] for row in network.log("messages")] == ["outbound-api", "inbound", "outbound-reply"]


def test_the_page_is_legible_in_the_dark_and_on_a_small_screen(browser: Browser) -> None:
    with networked() as network:
        network.people(ODETTE)
        network.application.scripts["/answer"] = [ASK.format("Êtes-vous Odette Perrin ?")]
        context = new_context(browser, color_scheme="dark", viewport={"width": 360, "height": 740}, locale="fr-FR")
        seen = context.new_page()
        seen.goto(network.url)
        seen.locator("body[data-ready]").wait_for()
        _take(seen)
        assert violations(seen) == []
        assert seen.evaluate("document.documentElement.scrollWidth") <= 360
        network.place(BRUNO)
        seen.get_by_role("button", name="Décrocher").click()
        expect(seen.get_by_role("button", name="Raccrocher")).to_be_visible()
        assert violations(seen) == []
        seen.goto("about:blank")
        context.close()
