"""The steering body's pages: who may see them, what they show, what they never show."""

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest
from playwright.sync_api import Browser

from api.pages import reviews_words as words
from outreach.domain.rates_masking import SMALLEST_CELL
from outreach.runtime import Session
from outreach.services import campaigns, cohorts, reviews
from tests.api.test_browser import _log_in
from tests.api.world import CAMPAIGN, Desk, csrf_of
from tests.browser import looks_wrong, new_context
from tests.outreach.reviews_world import OCTOBER, SEPTEMBER, people, territories
from tests.paper import wrong_on_paper

Browse = Callable[[str], httpx.Client]
PAGES = ("/pilotage", "/pilotage/94", "/pilotage/38", "/pilotage/territoires", "/pilotage/cohortes")
EXPORTS = ("/pilotage/departements.csv", "/pilotage/94/territoires.csv")


class Reviewed(Desk):
    """Four hundred people, counted at the end of October, and a cohort of September."""

    territories: dict[str, UUID]

    def fill(self) -> None:
        with self.runtime.transaction() as session:
            camille = self.account(session, "camille")
            self.clock.set(datetime(2026, 8, 3, 7, tzinfo=UTC))
            self.territories = territories(session, self.now)
            people(session, campaigns.get(session, CAMPAIGN).id, camille.id, seed=5)
            self.clock.set(datetime(2026, 11, 1, 3, tzinfo=UTC))
            cohorts.create(session, "reference-2026", CAMPAIGN, SEPTEMBER, self.now, "tests")
            for day in (SEPTEMBER, OCTOBER):
                reviews.count(session, day, self.now)


@pytest.fixture
def reviewed(desk: Desk) -> Reviewed:
    desk.__class__ = Reviewed
    assert isinstance(desk, Reviewed)
    desk.fill()
    return desk


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def _session(desk: Desk, read: Callable[[Session], object]) -> object:
    with desk.runtime.transaction() as session:
        return read(session)


def test_supervisors_alone_see_the_reviews(reviewed: Reviewed, logged_in: Browse) -> None:
    supervisor, adviser = logged_in("dominique"), logged_in("camille")
    territory = f"/pilotage/territoires/{reviewed.territories['Bièvre']}.csv"
    for path in (*PAGES, *EXPORTS, territory):
        assert supervisor.get(path).status_code == 200, path
        assert adviser.get(path).status_code == 403, path
    for path in ("/pilotage/99", "/pilotage/9999", "/pilotage/territoires/00000000-0000-0000-0000-000000000000.csv"):
        assert supervisor.get(path).status_code in {404, 422}
    assert 'href="/pilotage"' in supervisor.get("/tableau").text


def test_rule_15_no_page_and_no_export_shows_a_small_figure_or_a_person(reviewed: Reviewed, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    territory = f"/pilotage/territoires/{reviewed.territories['Bièvre']}.csv"
    for path in (*PAGES, *EXPORTS, territory):
        page = browser.get(path).text
        assert "Exemple" not in page
        assert "Odette" not in page
        assert not re.search(r"P\d{6}|\bALD\b", page)
    assert "masqué" in browser.get("/pilotage/94").text
    people_columns = {
        words.COLUMNS[column].lower()
        for column in ("enrolled", *words.STEPS, "has_one", "without", "gone", "held", "taken", "wanted")
    }
    for path in EXPORTS:
        header, *rows = _rows(browser.get(path).content)
        for row in rows:
            shown = [
                value for name, value in zip(header, row, strict=True) if name in people_columns and value.isdigit()
            ]
            assert not [value for value in shown if 0 < int(value) < SMALLEST_CELL]


def test_the_export_of_a_territory_has_steps_ages_needs_and_places(reviewed: Reviewed, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    answer = browser.get(f"/pilotage/territoires/{reviewed.territories['Bièvre']}.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="territoire-2026-10-31.csv"'
    header, *rows = _rows(answer.content)
    assert header == ["rubrique", "tranche", "chiffre", "valeur"]
    found = {(section, band, name): value for section, band, name, value in rows}
    with reviewed.runtime.transaction() as session:
        _, row = reviews.territory(session, reviewed.territories["Bièvre"])
    for column in ("enrolled", "reached", "consented", "without"):
        expected = row.counts[column]
        assert (
            found["personnes", "toutes", words.COLUMNS[column].lower()] == words.MASKED
            if expected is None
            else str(expected)
        )
    assert {section for section, _, _ in found} >= {"personnes par âge", "besoins de déplacement", "médecins", "taux"}
    kept = [(entry.act, entry.subject) for entry in reviewed.audit(login="dominique", act="territory_exported")]
    assert kept == [("territory_exported", "Bièvre")]


def test_every_export_is_in_the_audit_trail(reviewed: Reviewed, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    for path in EXPORTS:
        browser.get(path)
    assert [entry.subject for entry in reviewed.audit(act="review_exported")] == ["departments", "94"]


def test_pages_and_exports_say_the_same(reviewed: Reviewed, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    page = browser.get("/pilotage").text
    header, *rows = _rows(browser.get(EXPORTS[0]).content)
    assert [row[0] for row in rows] == ["38", "75", "94", "974", "Ensemble"]
    nation = dict(zip(header, rows[-1], strict=True))
    for column in ("enrolled", "eligible", "reached"):
        value = nation[words.COLUMNS[column].lower()]
        assert f">{words.number(int(value)) if value.isdigit() else value}<" in page
    assert "au soir du 31\u00a0octobre\u00a02026" in page


def test_a_cohort_by_the_page(reviewed: Reviewed, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    form = {"csrf": csrf_of(browser, "/pilotage/cohortes"), "name": "octobre", "campaign": CAMPAIGN, "on": "2026-10-31"}
    for _ in range(2):
        assert browser.post("/pilotage/cohortes", data=form).headers["location"] == "/pilotage/cohortes?fait=cohorte"
    assert len(reviewed.audit(act="cohort_created", login="dominique")) == 1
    assert "octobre" in browser.get("/pilotage?cohorte=octobre").text
    for wrong in ({"on": "2027-01-01"}, {"on": "hier"}, {"name": "deux mots"}, {"on": "2026-09-30"}):
        answer = browser.post("/pilotage/cohortes", data={**form, **wrong})
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    assert browser.post("/pilotage/cohortes", data={**form, "csrf": "x"}).status_code == 403
    assert browser.get("/pilotage?cohorte=inconnue").status_code == 404


def test_nothing_counted_yet_is_said(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    for path in ("/pilotage", "/pilotage/94"):
        assert "Rien n’est encore compté" in browser.get(path).text


def test_the_pages_in_a_browser_and_on_paper(reviewed: Reviewed, address: str, browser: Browser) -> None:
    context = new_context(browser)
    page = context.new_page()
    _log_in(page, address, "dominique")
    wrong = []
    for path in PAGES:
        page.goto(address + path)
        wrong += looks_wrong(page) + wrong_on_paper(page)
    context.close()
    assert wrong == [], "\n".join(wrong)
