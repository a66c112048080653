"""The page of a plan: asked for, waited for without JavaScript, read as tables, taken away as files."""

import csv
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from pathlib import Path
from typing import Self
from xml.etree import ElementTree

import httpx
import pytest
from playwright.sync_api import Page, expect

from api import plans
from api.charts.rendering import ours
from api.pages import planning as planning_page
from api.pages import planning_words
from api.plans import Plans
from outreach.domain.planning_study import Task, Told, tell
from outreach.errors import BadInput
from outreach.services import planning
from tests.api.board_world import a_campaign_at_work
from tests.api.chart_files import TABLE, card_of, differences, downloaded, lines_of, png_size
from tests.api.test_browser import _log_in
from tests.api.world import CAMPAIGN, Desk, csrf_of
from tests.browser import looks_wrong
from tests.paper import wrong_on_paper

Browse = Callable[[str], httpx.Client]
PAGE = f"/tableau/{CAMPAIGN}/projection"
CHARTS = ("projection-contactees", "projection-conseillers", "projection-attente")


class _Here:
    """Plays in this process, for a start of another one takes longer than a test."""

    processes = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def play(self, parts: Sequence[Sequence[Task]]) -> Iterator[list[Told]]:
        for part in parts:
            yield [tell(plan, seed) for plan, seed in part]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Plans:
    """Plans of this test alone, of few courses."""
    found = Plans()
    few = planning.played
    monkeypatch.setattr(plans, "Players", _Here)
    monkeypatch.setattr(planning, "played", lambda plan, players, told: few(plan, players, 3, 2, told))
    monkeypatch.setattr(planning_page, "plans_of", lambda _: found)
    return found


@pytest.fixture
def busy(desk: Desk) -> Desk:
    a_campaign_at_work(desk, people=300, departments=("94", "94", "69", "974"))
    # The first drawing waits for its process, which a busy machine starts in its own time.
    ours().drawn({"maker": "bars", "figures": [{"label": "", "value": 1, "text": ""}]}, 120)
    return desk


def _asked(browser: httpx.Client, **typed: str) -> httpx.Response:
    page = browser.get(PAGE).text
    return (
        browser.post(PAGE, data={"csrf": csrf_of(browser, PAGE), "jeton": "1"} | typed) if page else browser.get(PAGE)
    )


def test_a_plan_is_asked_for_waited_for_and_read(
    busy: Desk, logged_in: Browse, kept: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = logged_in("dominique")
    first = browser.get(PAGE)
    assert first.status_code == 200
    assert "Refresh" not in first.headers
    sent = _asked(browser, lignes="3", conseillers="2", traitees="6")
    assert sent.status_code == 303
    address = sent.headers["location"]
    key = address.split("plan=")[1]
    asked = kept.of(CAMPAIGN, key)
    assert asked is not None
    waiting = browser.get(address)
    assert waiting.status_code == 200
    assert asked.over.wait(120)
    assert not asked.failed
    page = browser.get(address)
    assert "Refresh" not in page.headers
    assert "Tout le monde contacté" in page.text
    assert re.search(r"3 appels à la fois", page.text)
    for chart in CHARTS:
        assert f'<table id="tableau-{chart}">' in page.text
        lines = list(
            csv.reader(StringIO(browser.get(f"{PAGE}/{key}/{chart}.csv").content.decode("utf-8-sig")), delimiter=";")
        )
        assert len(lines) > 1
        assert browser.get(f"{PAGE}/{key}/{chart}.svg").text.startswith("<svg")
    # The same again is the same plan; the page without a key shows it.
    assert _asked(browser, lignes="3", conseillers="2", traitees="6").headers["location"] == address
    assert "3 appels à la fois" in browser.get(PAGE).text
    # Asked for by another form, it is not played again as long as nothing changed.
    monkeypatch.setattr(planning, "played", lambda *_, **__: pytest.fail("played again"))
    again = _asked(browser, jeton="2", lignes="3", conseillers="2", traitees="6").headers["location"].split("plan=")[1]
    other = kept.of(CAMPAIGN, again)
    assert other is not None
    assert other.over.wait(60)
    assert again != key
    assert other.found is asked.found


def test_whoever_asks_for_a_plan_does_not_wait_for_everybody_to_be_counted(
    busy: Desk, logged_in: Browse, kept: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = threading.Event()

    def nobody(*_: object) -> None:
        assert counted.wait(60)
        raise BadInput("nobody is left to be contacted")

    monkeypatch.setattr(planning, "prepare", nobody)
    browser = logged_in("dominique")
    address = _asked(browser).headers["location"]
    assert "Simulation en cours" in browser.get(address).text
    counted.set()
    asked = kept.of(CAMPAIGN, address.split("plan=")[1])
    assert asked is not None
    assert asked.over.wait(60)
    page = browser.get(address)
    assert "Refresh" not in page.headers
    assert "Il ne reste personne à contacter" in page.text
    assert "Simulation en cours" not in page.text


def test_a_plan_still_being_played_says_so_and_comes_back(
    busy: Desk, logged_in: Browse, kept: Plans, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_play", lambda *_: None)
    browser = logged_in("dominique")
    page = browser.get(_asked(browser).headers["location"])
    assert page.headers["Refresh"] == "4"
    assert "Simulation en cours" in page.text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"lignes": "beaucoup"}, "Écrivez un nombre entre 1 et 10000"),
        ({"conseillers": "0"}, "Écrivez un nombre entre 1 et 100000"),
        ({"horaires": "10h-12h"}, "Écrivez les heures comme 10:00-13:00"),
        ({"reponse": "100"}, "Écrivez un nombre entre 1 et 99"),
    ],
)
def test_what_cannot_be_read_is_said_beside_its_field(
    busy: Desk, logged_in: Browse, kept: Plans, typed: dict[str, str], sentence: str
) -> None:
    page = _asked(logged_in("dominique"), **typed)
    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{next(iter(typed.values()))}"' in page.text


def test_a_plan_of_another_campaign_or_of_long_ago_is_not_shown(busy: Desk, logged_in: Browse, kept: Plans) -> None:
    browser = logged_in("dominique")
    assert "n’est plus gardée" in browser.get(f"{PAGE}?plan=abcdef").text
    assert browser.get(f"{PAGE}/abcdef/{CHARTS[0]}.csv").status_code == 404


def test_a_plan_learns_from_calls_of_which_nobody_told_the_length(desk: Desk) -> None:
    a_campaign_at_work(desk, people=900, departments=("94", "69"))
    with desk.runtime.transaction() as session:
        prepared = planning.prepare(session, desk.runtime.settings, desk.now, CAMPAIGN, planning.Typed(lines=2))
    assert prepared.plan.rates.talk_seconds > 0
    assert prepared.sources["requests"] == "learned"


def test_only_supervisors_plan(busy: Desk, logged_in: Browse) -> None:
    assert logged_in("camille").get(PAGE).status_code == 403


def test_dates_are_said_no_more_exactly_than_they_are_known() -> None:
    def days(low: str | None, middle: str | None, high: str | None) -> dict[str, str | None]:
        return {"low": low, "middle": middle, "high": high}

    assert planning_words.about(days("2027-03-28", "2027-04-01", "2027-04-05")) == "le 1ᵉʳ avril 2027"
    assert planning_words.about(days("2027-03-20", "2027-04-03", "2027-04-15")) == "vers le 3 avril 2027"
    assert planning_words.about(days("2027-02-01", "2027-04-03", "2027-07-15")) == "en avril 2027 environ"
    assert planning_words.about(days("2027-02-01", None, None)) == "pas avant deux ans"
    assert planning_words.number(213_738) == "210\u202f000"
    relief = {
        "resource": "advisers", "before": "10", "after": "12", "waited_for": True, "helps": True,
        "ends": days("2027-03-10", "2027-03-12", "2027-03-15"), "days_gained": {"middle": 22.0}, "more_people": {"middle": 0},
    }  # fmt: skip
    ends = days("2027-04-01", "2027-04-03", "2027-04-05")
    assert planning_words.relief(relief, ends) == (
        "Avec deux conseillers de plus, fin le 12 mars 2027 au lieu du 3 avril 2027 (environ 22 jours plus tôt)."
    )


def test_the_page_in_a_browser(busy: Desk, address: str, kept: Plans, browser_page: Page, tmp_path: Path) -> None:
    page = browser_page
    _log_in(page, address, "dominique", PAGE)
    wrong = looks_wrong(page)
    page.get_by_label("Appels à la fois").fill("2")
    page.get_by_label("Conseillers", exact=True).fill("3")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Ce qui changerait la date").wait_for()
    # A drawing that a busy machine had not finished comes by itself.
    expect(page.locator("svg.drawing")).to_have_count(len(CHARTS))
    wrong += wrong_on_paper(page)
    for table in page.get_by_text("Le tableau").all():
        table.click()
    wrong += looks_wrong(page)
    assert wrong == [], "\n".join(wrong)
    for chart in CHARTS:
        card, named = card_of(page, chart), f"{CAMPAIGN}-{chart}"
        filed = lines_of(downloaded(card, "csv", tmp_path, f"{named}.csv"))
        assert differences(card.locator("table").evaluate(TABLE), filed) == []
        assert ElementTree.fromstring(downloaded(card, "svg", tmp_path, f"{named}.svg")).tag.endswith("svg")
        assert png_size(downloaded(card, "png", tmp_path, f"{named}.png"))
