"""The pictures of `docs/images` of what a supervisor steers, plans and reviews: RELAIS_SCREENSHOTS=1 takes them again."""

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from api import plans
from api.charts.rendering import ours
from api.pages import planning as planning_page
from api.plans import Plans
from outreach.clock import FrozenClock
from outreach.database.models import Comparison, Volunteer
from outreach.domain.policy import ContactPolicy
from outreach.services import campaigns, cohorts, imports, patients_preview, planning, reviews
from tests.api.board_world import a_campaign_at_work
from tests.api.test_browser import _log_in
from tests.api.test_planning_page import _Here
from tests.api.test_screenshots import IMAGES
from tests.api.test_steering import tell_wordings
from tests.api.world import CAMPAIGN, Desk
from tests.browser import new_context
from tests.outreach.reviews_world import people, territories

pytestmark = pytest.mark.skipif(
    "RELAIS_SCREENSHOTS" not in os.environ, reason="RELAIS_SCREENSHOTS=1 takes the pictures again"
)
LOOKED_AT = os.environ.get("RELAIS_SCREENSHOTS_IN")
"""Where pictures go to be looked at, in the dark and narrow too, before they go to the documentation."""
_LOOKS = (("", "light", 1280), ("-sombre", "dark", 1280), ("-820", "light", 820), ("-640", "light", 640))
ROWS = 2_400
HOMES = ("94800", "93200", "69003", "13015", "59000", "75019", "33000", "97400", "20000", "38000")


class Photographer:
    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self._address = address

    def go(self, path: str) -> None:
        self.page.goto(f"{self._address}{path}")

    def look(self, name: str) -> None:
        """A page that the documentation does not show."""
        if LOOKED_AT is not None:
            self.take(name)

    def take(self, name: str) -> None:
        page, folder = self.page, Path(LOOKED_AT or IMAGES)
        page.evaluate("document.activeElement.blur()")
        for suffix, scheme, width in _LOOKS:
            if suffix and LOOKED_AT is None:
                continue
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
            page.set_viewport_size({"width": width, "height": 800})
            page.screenshot(path=folder / f"{name}{suffix}.png", full_page=True)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.set_viewport_size({"width": 1280, "height": 800})


@contextmanager
def photographing(browser: Browser, address: str, login: str, path: str) -> Iterator[Photographer]:
    context = new_context(browser, viewport={"width": 1280, "height": 800}, locale="fr-FR", reduced_motion="reduce")
    page = context.new_page()
    _log_in(page, address, login, path)
    yield Photographer(page, address)
    context.close()


def _other_campaigns(desk: Desk) -> None:
    """One that is over and one that rests, before the one of today."""
    clock = desk.clock
    today = clock.now()
    for name, began, ended in (("ald-2025", 400, 40), ("ehpad-2026", 120, None)):
        with desk.runtime.transaction() as session:
            campaigns.create(session, name, ContactPolicy(), None, today - timedelta(days=began + 9), by="dominique")
            campaigns.start(session, name, today - timedelta(days=began), by="dominique")
            if ended:
                campaigns.stop(
                    session, name, "tout le monde a été contacté", today - timedelta(days=ended), "dominique"
                )
            else:
                campaigns.pause(session, name, "panne de l’opérateur", today - timedelta(days=2), "dominique")


def _a_file(path: Path) -> Path:
    chance = random.Random(3)
    lines = ["reference;civility;last_name;first_name;birth_date;phone_1;postal_code"]
    for number in range(ROWS):
        born = date(chance.randint(1934, 1988), chance.randint(1, 12), chance.randint(1, 28))
        phone = f"0639980{number % 1000:03d}" if chance.random() < 0.95 else ""
        lines.append(f"R{number:06d};MME;Exemple;Odette;{born};{phone};{chance.choice(HOMES)}")
    for number, wrong in (
        (214, "R900001;MME;Exemple;Odette;hier;0639980001;94800"),
        (803, "R900002;MME;;Odette;1947-03-12;0639980002;94800"),
        (1377, "R900003;MME;Exemple;Odette;1947-03-12;12;94800"),
        (2012, "R000007;MME;Exemple;Odette;1947-03-12;0639980003;94800"),
    ):
        lines.insert(number, wrong)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_the_pictures_of_steering(
    desk: Desk, address: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _other_campaigns(desk)
    a_campaign_at_work(desk, people=9000)
    with desk.runtime.transaction() as session:
        campaign = campaigns.get(session, CAMPAIGN)
        campaign.created_at, campaign.started_at = desk.now - timedelta(days=36), desk.now - timedelta(days=22)
        campaigns.aim_at(session, CAMPAIGN, date(2027, 1, 29), desk.now, "dominique")
    with photographing(browser, address, "dominique", "/tableau/nouvelle") as shown:
        page = shown.page
        page.get_by_label("Nom", exact=True).fill("ald-2027")
        page.get_by_label("Date visée").fill("2027-06-30")
        shown.take("nouvelle")
        page.get_by_role("button", name="Créer la campagne").click()
        shown.go("/tableau")
        shown.take("campagnes")
        go_on, through = threading.Event(), patients_preview.look_through

        def slowly(path: Path, campaign: object, transaction: object, clock: object, progress: object) -> object:
            progress(1536)  # type: ignore[operator]
            go_on.wait(120)
            return through(path, campaign, transaction, clock, progress)  # type: ignore[arg-type]

        monkeypatch.setattr(imports, "look_through", slowly)
        shown.go("/tableau/ald-2027/import")
        page.get_by_label("Fichier CSV").set_input_files(_a_file(tmp_path / "patients.csv"))
        page.get_by_role("button", name="Vérifier le fichier").click()
        expect(page.locator("[data-done]")).not_to_have_text("0")
        shown.take("import-suivi")
        go_on.set()
        expect(page.get_by_role("heading", name="Ce que le fichier ferait")).to_be_visible()
        shown.take("import")
        page.get_by_role("button", name="Importer").click()
        expect(page.get_by_role("heading", name="Ce qui a été importé")).to_be_visible()
        shown.go("/tableau/ald-2027/politique")
        page.get_by_label("Plage 2, à").fill("18:00")
        page.get_by_label("Appels en même temps, au plus").fill("10")
        page.get_by_role("button", name="Voir ce qui changera").click()
        page.get_by_role("button", name="Appliquer ces changements").click()
        shown.go("/tableau/ald-2027/politique")
        shown.take("politique")
        page.get_by_label("Plage 2, à").fill("20:00")
        page.get_by_role("button", name="Voir ce qui changera").click()
        page.get_by_label("Pourquoi le faut-il ?").fill("Les personnes qui travaillent rentrent après 19 h.")
        shown.take("politique-confirmer")
        shown.go(f"/tableau/{CAMPAIGN}/apercu?a=2026-11-24T14:30")
        shown.take("apercu")
        shown.go("/tableau/ald-2027/demarrer")
        shown.take("demarrer")
        shown.go(f"/tableau/{CAMPAIGN}/arreter")
        page.get_by_label("Pourquoi").fill("L’expérimentation est finie.")
        page.get_by_label("Recopiez le nom").fill(CAMPAIGN)
        shown.take("arreter")
        shown.go(f"/tableau/{CAMPAIGN}/priorites")
        page.get_by_label("D’abord").fill("93, 2A, 974")
        page.get_by_label("En dernier").fill("75")
        page.get_by_role("button", name="Enregistrer les priorités").click()
        shown.go(f"/tableau/{CAMPAIGN}/priorites")
        shown.take("priorites")
        tell_wordings(desk)
        shown.go(f"/tableau/{CAMPAIGN}/formulations")
        shown.look("formulations-avant")
        page.get_by_role("button", name="Commencer la comparaison").click()
        with desk.runtime.transaction() as session:
            (running,) = session.scalars(select(Comparison)).all()
            half = {"verified": 412, "agreed": 251, "hung_up": 38, "paired_agreed": 250, "paired_hung_up": 38}
            other = {**half, "verified": 409, "agreed": 283, "hung_up": 26}
            running.result = {"halves": [half, other], "pairs": 409, "consent_evidence": 7.4, "hang_up_evidence": 0.3}
            running.looked_at = desk.now
        shown.go(f"/tableau/{CAMPAIGN}/formulations")
        shown.take("formulations")


def test_the_pictures_of_a_projection(
    desk: Desk, address: str, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, played = Plans(), planning.played
    monkeypatch.setattr(plans, "Players", _Here)
    monkeypatch.setattr(planning, "played", lambda plan, players, told: played(plan, players, 20, 2, told))
    monkeypatch.setattr(planning_page, "plans_of", lambda _: found)
    a_campaign_at_work(desk, people=600, departments=("94", "93"))
    ours().drawn({"maker": "bars", "figures": [{"label": "", "value": 1, "text": ""}]}, 400)
    with photographing(browser, address, "dominique", f"/tableau/{CAMPAIGN}/projection") as shown:
        page = shown.page
        page.set_default_timeout(240_000)
        page.get_by_label("Appels à la fois").fill("1")
        page.get_by_label("Conseillers", exact=True).fill("2")
        page.get_by_label("Demandes traitées").fill("6")
        page.get_by_role("button", name="Lancer la simulation").click()
        page.get_by_role("heading", name="Ce qui changerait la date").wait_for()
        expect(page.locator("svg.drawing")).to_have_count(3)
        shown.take("projection")


def _volunteers(desk: Desk) -> None:
    """By INSEE code, with places of which some are held and some taken."""
    chance, number = random.Random(4), 0
    for insee, postal, department, count in (
        ("94076", "94800", "94", 17), ("94028", "94000", "94", 9), ("94046", "94700", "94", 6),
        ("75113", "75013", "75", 14), ("38185", "38000", "38", 11), ("97411", "97400", "974", 5),
    ):  # fmt: skip
        for _ in range(count):
            number += 1
            rpps = desk.physician(
                f"9900000{number:04d}", insee_code=insee, postal_code=postal, department=department, commune="Exemple"
            )
            capacity = chance.randint(3, 12)
            taken = chance.randint(0, capacity)
            with desk.runtime.transaction() as session:
                session.add(
                    Volunteer(
                        rpps=rpps, site="1", department=department, capacity=capacity, taken=taken,
                        held=chance.randint(0, min(2, capacity - taken)), updated_at=desk.now,
                    )
                )  # fmt: skip


def test_the_pictures_of_reviews(desk: Desk, clock: FrozenClock, address: str, browser: Browser) -> None:
    now = clock.now()
    _volunteers(desk)
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        clock.set(datetime(2026, 8, 3, 7, tzinfo=now.tzinfo))
        territories(session, clock.now())
        people(session, campaigns.get(session, CAMPAIGN).id, camille.id, seed=5, number=4_000)
        clock.set(datetime(2026, 11, 1, 4, tzinfo=now.tzinfo))
        for day in (date(2026, 8, 31), date(2026, 9, 30)):
            reviews.count(session, day, clock.now())
        cohorts.create(session, "reference-2026", CAMPAIGN, date(2026, 8, 31), clock.now(), "dominique")
        for day in (date(2026, 9, 30), date(2026, 10, 31)):
            reviews.count(session, day, clock.now())
    with photographing(browser, address, "dominique", "/pilotage") as shown:
        shown.take("pilotage")
        shown.go("/pilotage/94")
        shown.take("pilotage-departement")
        shown.go("/pilotage/territoires")
        shown.look("pilotage-territoires")
        shown.go("/pilotage/cohortes")
        shown.look("pilotage-cohortes")
