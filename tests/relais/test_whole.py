"""Everything at once: real Rasa, real PostgreSQL, the network in a box, a real browser."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page

from outreach.domain.words import ContactState
from sandbox.people import invent_people
from sandbox.person import Person
from tests.browser import browser, browser_page, violations
from tests.relais.deployment import PASSWORD, Deployment, deployed

__all__ = ["browser", "browser_page"]

ANSWERS = [
    (r"date de naissance|jour, le mois", "le douze mars mille neuf cent quarante-sept"),
    (r"c'est vous|est-ce vous|parler à|êtes-vous", "oui c'est moi"),
    (r"médecin traitant.*\?|avez-vous (déjà )?un médecin", "non je n'en ai pas"),
    (r"donner votre nom|transmettre|votre nom à", "oui d'accord"),
    (r"combien de (temps|minutes)|jusqu'où|trajet", "vingt minutes"),
    (r"déplac", "je suis autonome je marche bien"),
    (r"où |quelle (ville|commune)|près de", "à villejuif"),
    (r"préfér|souhait", "peu importe"),
    (r"c'est bien ça|exact|correct|d'accord avec", "oui c'est ça"),
]


def _answer(said: str) -> str:
    for pattern, words in ANSWERS:
        if re.search(pattern, said, re.IGNORECASE):
            return words
    return "oui"


def _odette() -> Person:
    from datetime import date

    return Person(
        reference="P900001",
        numbers=("+33199004242",),
        manual=True,
        civility="MME",
        first_name="Odette",
        last_name="Exemple",
        birth_date=date(1947, 3, 12),
        commune="Villejuif",
        insee_code="94076",
        postal_code="94800",
        department="94",
    )


def _talk(page: Page) -> None:
    """Answers whatever the agent asks until it hangs up."""
    for _ in range(30):
        page.wait_for_function(
            "() => document.getElementById('phone').dataset.state !== 'talking'"
            " || document.getElementById('turn').textContent.startsWith('À vous')",
            timeout=60_000,
        )
        if page.locator("#phone").get_attribute("data-state") != "talking":
            return
        page.fill("#words", _answer(page.locator("#bubbles .agent").last.inner_text()))
        page.keyboard.press("Enter")
        page.wait_for_function("() => !document.getElementById('turn').textContent.startsWith('À vous')")
    pytest.fail("the conversation did not end in thirty turns")


def test_rules_03_and_06_a_human_answers_on_the_telephone_page_and_an_adviser_closes_the_request(
    tmp_path: Path, browser_page: Page
) -> None:
    page = browser_page
    with deployed(tmp_path, rate=15) as relais:
        page.goto(relais.network)
        relais.enrol([_odette()], tmp_path)
        page.reload()
        page.get_by_text("Odette Exemple").first.click()
        page.click("#take")
        assert violations(page) == []
        page.locator("#pick-up").wait_for(state="visible", timeout=60_000)
        assert violations(page) == []
        page.click("#pick-up")
        page.locator("#bubbles .agent").first.wait_for(timeout=30_000)
        first_words = page.locator("#bubbles .agent").first.inner_text()
        assert "Assurance Maladie" in first_words
        assert "assistant automatique" in first_words
        assert "Exemple" not in first_words  # rule 6: no name before a human was heard
        _talk(page)
        relais.until(lambda: relais.requests() == 1, 30)

        page.goto(f"{relais.desk}/demandes")
        page.fill("#login", "camille")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        assert page.get_by_role("link", name=re.compile("Odette Exemple")).is_visible()
        assert violations(page) == []
        page.get_by_role("button", name="Prendre la suivante").click()
        assert page.get_by_text("Villejuif (94800)").first.is_visible()
        assert page.get_by_text("le douze mars mille neuf cent quarante-sept").is_visible()
        assert violations(page) == []
        page.select_option("#result", "advised")
        page.get_by_role("button", name="Clore la demande").click()
        assert page.get_by_text("La demande est close.").is_visible()
        assert page.get_by_role("link", name=re.compile("Odette Exemple")).count() == 0
        relais.until(lambda: relais.states() == {ContactState.ACCEPTED: 1}, 30)
        assert relais.findings() == []


def test_rules_01_02_03_and_05_hold_with_every_fault_on_and_a_kill_of_the_dialer_the_telephone_and_rasa(
    tmp_path: Path,
) -> None:
    people = [person for person in invent_people(80, seed=11) if person.numbers][:60]
    with deployed(tmp_path, rate=240) as relais:
        relais.faults(duplicate=0.2, late=0.2, reorder=0.2, lose=0.1, server_error=0.1, cut=0.1)
        relais.enrol(people, tmp_path)
        for name in ("dialer", "phone", "bot"):
            _run_for(relais, 12)
            relais.kill(name)
        relais.until(relais.supervisor.is_ready, 120)
        _run_for(relais, 20)
        relais.faults()
        # The hours end; what is under way ends with them.
        relais.until(lambda: not _under_way(relais), 240)
        assert relais.findings() == []
        assert sum(relais.states().values()) == len(people)
        assert relais.supervisor.restarts["dialer"] == relais.supervisor.restarts["phone"] == 1


def _run_for(relais: Deployment, seconds: float) -> None:
    """Lets the deployment work: what is waited for is the passing of its own clock."""
    target = relais.clock().now().timestamp() + seconds * relais.clock().rate
    relais.until(lambda: relais.clock().now().timestamp() >= target, seconds * 3)


def _under_way(relais: Deployment) -> bool:
    moving = {ContactState.DUE, ContactState.ATTEMPTING, ContactState.IN_CONVERSATION}
    time.sleep(0.5)
    return bool(moving & set(relais.states()))
