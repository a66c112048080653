"""What holds the calls back, and what went wrong, where a supervisor sees it."""

import re
from collections.abc import Callable
from datetime import timedelta

import httpx
from playwright.sync_api import Page

from api.pages.labels import moment
from outreach.database.models import Account, Alert, Contact
from outreach.domain.words import AlertKind, CampaignStatus, Gate, Outcome
from outreach.services import alerts, campaigns, figures, requests
from tests.api.conftest import Site
from tests.api.world import CAMPAIGN, Desk, csrf_of, log_in
from tests.browser import violations

Browse = Callable[[str], httpx.Client]
BOARD = f"/tableau/{CAMPAIGN}"


def _hang_ups(desk: Desk, times: int = 1) -> None:
    with desk.runtime.transaction() as session:
        campaign = campaigns.get(session, CAMPAIGN, lock=True)
        campaigns.pause_because(session, campaign, AlertKind.HANG_UPS, desk.now)
        for _ in range(times):
            alerts.about_a_campaign(session, campaign, AlertKind.HANG_UPS, desk.now)


def _hold(desk: Desk, department: str, postal_code: str, count: int) -> None:
    for _ in range(count):
        patient = desk.person(postal_code=postal_code)
        with desk.runtime.transaction() as session:
            session.query(Contact).filter_by(patient_id=patient.id).one().held_by = Gate.ADVISERS_FULL
    with desk.runtime.transaction() as session:
        for account in session.query(Account).filter_by(role="adviser"):
            account.departments = ["13"]


def _row(page: str, department: str) -> list[str]:
    found = re.search(rf'<tr><th scope="row">{department} [^<]+(<.*?)</tr>', page)
    assert found is not None
    return re.findall(r">([^<>]+)<", found[1])


def test_the_board_says_which_departments_are_full_and_why(desk: Desk, logged_in: Browse) -> None:
    _hold(desk, "94", "94800", 14)
    _hold(desk, "38", "38000", 12)
    page = logged_in("dominique").get(BOARD).text
    assert _row(page, "94") == ["conseillers au complet", "arrêtés", "14"]
    assert _row(page, "38") == ["conseillers au complet", "arrêtés", "12"]
    assert "13 Bouches-du-Rhône" not in page


def test_rule_15_a_small_department_that_is_full_is_masked_and_cannot_be_worked_out(
    desk: Desk, logged_in: Browse
) -> None:
    _hold(desk, "94", "94800", 14)
    _hold(desk, "38", "38000", 2)
    page = logged_in("dominique").get(BOARD).text
    assert _row(page, "38")[-1] == "masqué"
    with desk.runtime.transaction() as session:
        held = figures.held_and_where(session, CAMPAIGN)
    (whole,) = [count for gate, count in held.gates if gate == Gate.ADVISERS_FULL]
    assert held.people("38", Gate.ADVISERS_FULL) is None
    assert whole is None or held.people("94", Gate.ADVISERS_FULL) is None


def test_an_alert_is_read_and_acknowledged_on_the_board(desk: Desk, logged_in: Browse, client: httpx.Client) -> None:
    _hang_ups(desk, times=2)
    browser = logged_in("dominique")
    page = browser.get(BOARD).text
    assert "trop de gens raccrochent aussitôt (2 fois)" in page
    assert "Écoutez vous-même un appel" in page
    assert 'relais_open_alerts{kind="hang_ups"} 1.0' in client.get("/metrics").text
    with desk.runtime.transaction() as session:
        (alert,) = alerts.listed(session)
    seen = browser.post(f"{BOARD}/alertes/{alert.id}/vue", data={"csrf": csrf_of(browser, BOARD)})
    assert seen.status_code == 303
    assert "Écoutez vous-même" not in browser.get(BOARD).text
    assert 'relais_open_alerts{kind="hang_ups"} 0.0' in client.get("/metrics").text
    assert [entry.login for entry in desk.audit(act="alert_acknowledged")] == ["dominique"]
    assert desk.campaign().status == CampaignStatus.PAUSED


def test_an_alert_of_no_campaign_is_read_and_acknowledged_among_the_campaigns(desk: Desk, logged_in: Browse) -> None:
    with desk.runtime.transaction() as session:
        campaigns.pause(session, CAMPAIGN, None, desk.now, "dominique")
        for _ in range(3):
            campaigns.pause_all(session, AlertKind.CARRIER_REFUSES_US, "Vérifiez TWILIO_AUTH_TOKEN.", desk.now)
        (alert,) = alerts.listed(session)
    browser = logged_in("dominique")
    page = browser.get("/tableau").text
    assert "l’opérateur nous refuse (3 fois)" in page
    assert "Vérifiez TWILIO_AUTH_TOKEN." in page
    assert "TWILIO" not in browser.get(BOARD).text
    seen = browser.post(f"/tableau/alertes/{alert.id}/vue", data={"csrf": csrf_of(browser, "/tableau")})
    assert (seen.status_code, seen.headers["location"]) == (303, "/tableau?fait=vue")
    assert "TWILIO" not in browser.get("/tableau").text
    assert [entry.login for entry in desk.audit(act="alert_acknowledged")] == ["dominique"]


def test_an_urgent_word_of_a_patient_is_no_technical_alert(desk: Desk, logged_in: Browse) -> None:
    urgent = desk.request(Outcome.EMERGENCY)
    with desk.runtime.transaction() as session:
        alert = Alert(
            kind=AlertKind.EMERGENCY,
            patient_id=urgent.patient_id,
            conversation_id=urgent.conversation_id,
            what_to_do="Rappelez.",
            at=desk.now,
        )
        session.add(alert)
    browser = logged_in("dominique")
    page = browser.get(BOARD).text
    assert "aucun conseiller n’a encore pris sa demande" in page
    assert "Rappelez." not in page
    refused = browser.post(f"{BOARD}/alertes/{alert.id}/vue", data={"csrf": csrf_of(browser, BOARD)})
    assert refused.status_code == 403
    adviser = logged_in("camille")
    adviser.post("/demandes/suivante", data={"csrf": csrf_of(adviser, "/demandes")})
    assert "aucun conseiller n’a encore pris" not in browser.get(BOARD).text


def test_an_adviser_gets_the_requests_of_their_own_departments_and_every_emergency(desk: Desk) -> None:
    there = desk.request(Outcome.HUMAN_REQUESTED, postal_code="38000")
    here = desk.request(postal_code="94800")
    with desk.runtime.transaction() as session:
        account = desk.account(session, "camille")
        account.departments = ["94"]
        taken = requests.claim_next(session, account, desk.now)
        assert taken is not None
        assert taken.id == here.id
        assert requests.claim_next(session, account, desk.now) is None
    urgent = desk.request(Outcome.EMERGENCY, postal_code="38000")
    with desk.runtime.transaction() as session:
        taken = requests.claim_next(session, desk.account(session, "camille"), desk.now)
        assert taken is not None
        assert taken.id == urgent.id
    assert desk.read_request(there.id).status == "new"


def test_accounts_are_made_with_departments(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("andrea")
    form = {"csrf": csrf_of(browser, "/comptes"), "login": "sacha", "password": "long enough", "role": "adviser"}
    assert browser.post("/comptes", data={**form, "departments": "94, 99"}).status_code == 422
    assert browser.post("/comptes", data={**form, "role": "supervisor", "departments": "94"}).status_code == 422
    assert browser.post("/comptes", data={**form, "departments": "94, 2a"}).status_code == 303
    assert "2A, 94" in browser.get("/comptes").text


def test_axe_finds_nothing_where_calls_are_held_and_an_alert_is_open(
    desk: Desk, address: str, browser_page: Page
) -> None:
    _hold(desk, "94", "94800", 12)
    _hang_ups(desk)
    cookies = httpx.Client(base_url=address)
    assert log_in(cookies, "dominique").status_code == 303
    browser_page.context.add_cookies(
        [{"name": cookie.name, "value": cookie.value or "", "url": address} for cookie in cookies.cookies.jar]
    )
    browser_page.goto(address + BOARD)
    assert violations(browser_page) == []
    cookies.close()


def test_the_brakes_of_a_board_that_is_watched_are_of_a_moment_that_it_tells(
    desk: Desk, logged_in: Browse, site: Site
) -> None:
    _hold(desk, "94", "94800", 14)
    browser = logged_in("dominique")
    at = [0.0]
    with site.working_ahead(lambda: at[0]) as ahead:
        assert _row(browser.get(BOARD).text, "94")[1] == "arrêtés"
        with desk.runtime.transaction() as session:
            for account in session.query(Account).filter_by(role="adviser"):
                account.departments = []
        desk.clock.advance(timedelta(minutes=1))
        page = browser.get(BOARD).text
        assert _row(page, "94")[1] == "arrêtés"
        assert f"État au {moment(desk.now - timedelta(minutes=1))}" in page
        at[0] += 3.0
        ahead.renew()
        assert "Départements au complet" not in browser.get(BOARD).text
