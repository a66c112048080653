"""The pictures of `docs/images`, of invented people: RELAIS_SCREENSHOTS=1 takes them again."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from api.charts.rendering import ours
from outreach.domain.distances import on_the_map
from outreach.domain.words import ConsentState, ContactState, Outcome, TaskKind
from outreach.services import campaigns, offers, requests, tasks
from tests.api.board_world import a_campaign_at_work
from tests.api.test_browser import _log_in
from tests.api.test_lists import _state
from tests.api.test_physicians import _physician
from tests.api.world import CAMPAIGN, Desk
from tests.browser import new_context

IMAGES = Path(__file__).parents[2] / "docs" / "images"
PEOPLE = (
    ("Odette", "Exemple"), ("Fernand", "Modèle"), ("Yvonne", "Spécimen"), ("Ahmed", "Échantillon"),
    ("Marie-Thérèse", "Témoin"), ("Lucien", "Patron"), ("Fatima", "Esquisse"), ("Paulette", "Gabarit"),
)  # fmt: skip
MEN = {"Fernand", "Ahmed", "Lucien"}
PHYSICIANS = (
    ("ODILE", "PROCHE", "VILLEJUIF", "94800", (48.79, 2.36), "female"),
    ("KARIM", "VOISIN", "LE KREMLIN BICETRE", "94270", (48.81, 2.36), "male"),
    ("ANNE", "LOINTAIN", "MAISONS ALFORT", "94700", (48.80, 2.43), "female"),
    ("HUGO", "DUBOURG", "CRETEIL", "94000", (48.78, 2.46), "male"),
)


def _fill(desk: Desk) -> dict[str, str]:
    """A morning at the desk. Returns the address of each page to show."""
    for number, (first, last, commune, postal_code, point, gender) in enumerate(PHYSICIANS, start=1):
        east, north = on_the_map(point)
        _physician(
            desk, number, first_name=first, last_name=last, name_key=f"{last},{first}".lower(), commune=commune,
            commune_key=commune.lower(), postal_code=postal_code, east=east, north=north, gender=gender, capacity=4,
        )  # fmt: skip
    outcomes = (Outcome.ACCEPTED, Outcome.EMERGENCY, Outcome.HUMAN_REQUESTED, *[Outcome.ACCEPTED] * 5)
    made = []
    for (first, last), outcome in zip(PEOPLE, outcomes, strict=True):
        agrees = ConsentState.REFUSED if last == "Patron" else ConsentState.GIVEN
        made.append(
            desk.request(
                outcome, sharing=agrees, first_name=first, last_name=last, civility="M" if first in MEN else "MME"
            )
        )
        desk.clock.advance(timedelta(minutes=47))
    shown, taken, asked = made[0], made[3], made[4]
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        for one in (shown, taken, asked):
            requests.claim(session, one.id, camille, desk.now)
        declined = offers.propose(session, shown.id, "99000000004", camille, desk.now)
        offers.decline(session, declined.id, camille, "too_far", desk.now)
        standing = offers.propose(session, asked.id, "99000000001", camille, desk.now)
        accepted = offers.propose(session, taken.id, "99000000002", camille, desk.now)
        offers.accept(session, accepted.id, camille, desk.now)
        offers.note_appointment(
            session, accepted.id, camille, desk.now + timedelta(days=6), "Cabinet du Kremlin-Bicêtre", desk.now
        )
        after_lunch = desk.now + timedelta(hours=1)
        tasks.add(session, shown, TaskKind.CALLBACK, after_lunch, camille, desk.now, note="Après le déjeuner")
        campaigns.inform(session, CAMPAIGN, desk.now.date() - timedelta(days=40), desk.now, "tests")
    _state(desk, desk.person(first_name="Gaston", last_name="Muet"), ContactState.EXHAUSTED)
    return {
        "demandes": "/demandes",
        "demande": f"/demandes/{shown.id}",
        "propositions": "/propositions",
        "lettre": f"/propositions/{standing.id}/lettre",
        "taches": "/taches",
        "medecins": "/medecins",
        "medecin": "/medecins/99000000001",
        "courriers": "/listes/courriers",
        "volontaires": "/listes/volontaires",
    }


@pytest.mark.skipif("RELAIS_SCREENSHOTS" not in os.environ, reason="RELAIS_SCREENSHOTS=1 takes the pictures again")
def test_the_pictures_of_the_adviser_pages(desk: Desk, address: str, browser: Browser) -> None:
    pages = _fill(desk)
    folder = Path(os.environ.get("RELAIS_SCREENSHOTS_IN", IMAGES))
    for scheme, width, suffix in (("light", 1280, ""), ("dark", 820, "-sombre")):
        context = new_context(
            browser,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            locale="fr-FR",
            reduced_motion="reduce",
        )
        page = context.new_page()
        _log_in(page, address, "camille")
        for name, path in pages.items():
            if suffix and name != "demandes":
                continue
            page.goto(f"{address}{path}")
            page.screenshot(path=folder / f"{name}{suffix}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        context.close()


SUPERVISED = {
    "tableau": "",
    "taux": "/taux",
    "moments": "/moments",
    "carte": "/carte",
    "conversations": "/conversations",
    "relais": "/relais",
}


@pytest.mark.skipif("RELAIS_SCREENSHOTS" not in os.environ, reason="RELAIS_SCREENSHOTS=1 takes the pictures again")
def test_the_pictures_of_the_board(desk: Desk, address: str, browser: Browser) -> None:
    a_campaign_at_work(desk, people=9000)
    ours().drawn({"maker": "bars", "figures": [{"label": "", "value": 1, "text": ""}]}, 400)
    folder = Path(os.environ.get("RELAIS_SCREENSHOTS_IN", IMAGES))
    for scheme, width, suffix in (("light", 1280, ""), ("dark", 1280, "-sombre")):
        context = new_context(
            browser,
            viewport={"width": width, "height": 800},
            color_scheme=scheme,
            locale="fr-FR",
            reduced_motion="reduce",
        )
        page = context.new_page()
        _log_in(page, address, "dominique")
        for name, path in SUPERVISED.items():
            if suffix and name != "carte":
                continue
            page.goto(f"{address}/tableau/{CAMPAIGN}{path}")
            # A drawing that a busy machine had not finished is there the next time.
            page.wait_for_timeout(500)
            page.reload()
            page.screenshot(path=folder / f"{name}{suffix}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        context.close()
