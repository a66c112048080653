"""The pages of physicians, and the suggestions on a request's page: what is shown, to whom, and what may be done."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from outreach.database.models import Account, Offer, Physician, Request, Retirement, Volunteer
from outreach.database.repositories import physicians
from outreach.domain.distances import on_the_map
from outreach.domain.words import ConsentState, OfferStatus
from tests.api.world import PASSWORD, Desk, csrf_of
from tests.browser import new_context, violations

Browse = Callable[[str], httpx.Client]
RPPS = "99000000001"


def _physician(desk: Desk, number: int = 1, *, volunteer: bool = True, **changes: Any) -> str:
    rpps = f"99{number:09d}"
    of_volunteer = {name: changes.pop(name) for name in ("capacity", "taken", "note") if name in changes}
    east, north = on_the_map((48.79, 2.36))
    known: dict[str, Any] = {
        "site": "R1", "last_name": "MARTIN DURAND", "first_name": "ODILE", "name_key": "martin durand,odile",
        "gender": "female", "structure": "MAISON DE SANTE", "address": "3 Rue DES LILAS", "postal_code": "94800",
        "commune": "VILLEJUIF", "commune_key": "villejuif", "department": "94", "telephone": "0199001234",
        "east": east, "north": north, "updated_at": desk.now,
    }  # fmt: skip
    with desk.runtime.transaction() as session:
        session.add(Physician(rpps=rpps, **(known | changes)))
        if volunteer:
            offered: dict[str, Any] = {"capacity": 3, "wheelchair_accessible": True, "languages": ["fr", "pt"]}
            session.add(Volunteer(rpps=rpps, updated_at=desk.now, **(offered | of_volunteer)))
            session.flush()
            physicians.place_volunteers(session)
    return rpps


def test_a_physician_is_found_by_name_and_place(desk: Desk, logged_in: Browse) -> None:
    _physician(desk)
    _physician(
        desk, 2, last_name="PETIT", name_key="petit,odile", commune="MENDE", commune_key="mende", department="48"
    )
    _physician(desk, 3, volunteer=False, last_name="ROCHE", name_key="roche,odile")
    _physician(desk, 4, taken=3, last_name="PLEIN", name_key="plein,odile")
    browser = logged_in("camille")
    names = ("Dr Odile Martin Durand", "Dr Odile Petit", "Dr Odile Roche", "Dr Odile Plein")

    def shown(query: str) -> set[str]:
        page = browser.get(f"/medecins?{query}")
        assert page.status_code == 200
        return {name.rsplit(" ", 1)[1] for name in names if name in page.text}

    assert shown("") == {"Durand", "Petit", "Plein"}
    assert shown("qui=tous") == {"Durand", "Petit", "Roche", "Plein"}
    assert shown("qui=places") == {"Durand", "Petit"}
    assert shown("nom=durand+odile") == {"Durand"}
    assert shown("commune=Mend&qui=nonsense") == {"Petit"}
    assert shown("commune=948&departement=94") == {"Durand", "Plein"}
    assert shown("departement=48") == {"Petit"}
    assert shown("nom=%25_%27&page=3") == set()


def test_one_physician_tells_what_is_needed_and_no_patient(desk: Desk, logged_in: Browse) -> None:
    rpps, request = _physician(desk, note="Le matin"), desk.request()
    with desk.runtime.transaction() as session:
        session.add(
            Offer(
                request_id=request.id, rpps=rpps, proposed_by=desk.account(session, "camille").id,
                status=OfferStatus.PROPOSED, created_at=desk.now, expires_at=desk.now + timedelta(days=7),
            )
        )  # fmt: skip
    page = logged_in("camille").get(f"/medecins/{rpps}").text
    for told in (
        "01 99 00 12 34",
        "3 sur 3",
        "français, portugais",
        "Le matin",
        "MAISON DE SANTE",
        "Attend sa réponse",
    ):
        assert told in page, told
    assert f"/demandes/{request.id}" in page
    assert "Exemple" not in page
    assert desk.reference_of(request) not in page


def test_who_left_is_shown_with_the_offers_that_stand(desk: Desk, logged_in: Browse) -> None:
    rpps = _physician(desk, left_on=date(2026, 11, 20))
    browser = logged_in("camille")
    assert "Parti le 20\u00a0nov.\u00a02026" in browser.get(f"/medecins/{rpps}").text
    assert "parti le 20\u00a0nov.\u00a02026" in browser.get("/medecins?qui=partis").text
    assert "Martin Durand" not in browser.get("/medecins?qui=places").text
    assert browser.get("/medecins/99999999999").status_code == 404
    assert browser.get("/medecins/12").status_code == 422


def test_a_retirement_is_announced_listed_and_taken_back(desk: Desk, logged_in: Browse) -> None:
    rpps, other = _physician(desk), _physician(desk, 2, last_name="PETIT", name_key="petit,odile")
    request = desk.request()
    browser = logged_in("camille")
    token = csrf_of(browser, f"/medecins/{rpps}")

    def announce(day: str, successor: str = "") -> httpx.Response:
        form = {"csrf": token, "jour": day, "successeur": successor}
        return browser.post(f"/medecins/{rpps}/retraite", data=form, follow_redirects=True)

    assert "Indiquez le jour" in announce("demain").text
    assert "Indiquez le jour" in announce("2099-01-01").text
    assert "Le successeur est un autre médecin" in announce("2026-12-31", rpps).text
    assert "L’arrêt est noté." in announce("2026-12-31").text
    assert "s’arrête le 31\u00a0déc.\u00a02026" in browser.get("/medecins?qui=retraites").text
    assert "s’arrête le 31\u00a0déc.\u00a02026" in browser.get(f"/demandes/{request.id}").text
    assert "Dr Odile Petit" in announce("2026-11-24", other).text
    assert "Martin Durand" not in browser.get("/medecins?qui=retraites").text, "a successor is found"
    assert "Martin Durand" not in browser.get(f"/demandes/{request.id}").text, "after the day nobody is sent there"
    with desk.runtime.transaction() as session:
        assert session.get_one(Volunteer, rpps).stops_on == date(2026, 11, 24)
    browser.post(f"/medecins/{rpps}/retraite/annuler", data={"csrf": token})
    assert "Martin Durand" in browser.get(f"/demandes/{request.id}").text
    with desk.runtime.transaction() as session:
        assert session.query(Retirement).count() == 0
    acts = [entry.act for entry in desk.audit(subject=rpps)]
    assert acts == ["retirement_announced", "retirement_announced", "retirement_taken_back"]


def test_places_move_to_a_site_where_the_physician_is(desk: Desk, logged_in: Browse) -> None:
    rpps = _physician(desk)
    east, north = on_the_map((44.52, 3.5))
    for site, left_on in (("R2", None), ("R3", date(2026, 1, 1))):
        _physician(
            desk, volunteer=False, site=site, left_on=left_on, department="48", commune="MENDE", east=east, north=north
        )
    with desk.runtime.transaction() as session:
        session.get_one(Volunteer, rpps).held = 2
    browser = logged_in("camille")
    token = csrf_of(browser, f"/medecins/{rpps}")
    for site, done in (("R2", True), ("R3", False), ("nowhere", False)):
        answer = browser.post(f"/medecins/{rpps}/lieu", data={"csrf": token, "site": site}, follow_redirects=True)
        assert ("Les places sont à cette adresse." in answer.text) is done, site
    moved = desk.read_volunteer(rpps)
    assert (moved.site, moved.department, moved.held) == ("R2", "48", 2)
    assert moved.east == pytest.approx(east)


def test_a_request_shows_who_can_take_the_patient_and_why(desk: Desk, logged_in: Browse) -> None:
    _physician(desk, note="Le matin")
    _physician(desk, 2, gender="male", last_name="PETIT", name_key="petit,odile")
    request = desk.request()
    browser = logged_in("camille")
    page = browser.get(f"/demandes/{request.id}").text
    for told in ("Dr Odile Martin Durand", "autour de Villejuif", "accès sans marches", "une femme, comme souhaité",
                 "n’est pas une femme", "3 places libres", "jamais sollicité", "Le matin"):  # fmt: skip
        assert told in page, told
    assert page.index("Martin Durand") < page.index("Dr Odile Petit")
    assert "Proposer" not in page, "nothing is proposed before it can be"


def test_when_nobody_fits_it_says_what_would_have_to_give(desk: Desk, logged_in: Browse) -> None:
    _physician(desk, taken=3)
    page = logged_in("camille").get(f"/demandes/{desk.request().id}").text
    assert "Personne ne convient" in page
    assert "une place de plus : il est complet" in page


def test_suggestions_in_json_are_audited(desk: Desk, client: httpx.Client) -> None:
    _physician(desk)
    _physician(desk, 2, taken=3)
    request = desk.request(sharing=ConsentState.REFUSED)
    camille = desk.bearer("camille")
    found = client.get(f"/api/v1/requests/{request.id}/suggestions", headers=camille).json()
    [one] = found["ranked"]
    assert (one["rpps"], one["can_be_offered"], one["gives"], one["minutes"]) == (RPPS, True, [], 9)
    assert {"why": "gender", "favours": True, "value": "female", "km": None} in one["reasons"]
    assert found["misses"] == []
    assert [entry.act for entry in desk.audit(subject=desk.reference_of(request))] == ["suggestions_viewed"]
    with desk.runtime.transaction() as session:
        session.get_one(Volunteer, RPPS).stops_on = date(2026, 11, 1)
    [miss] = client.get(f"/api/v1/requests/{request.id}/suggestions", headers=camille).json()["misses"]
    assert miss["gives"] == [{"limit": "place", "value": None}]
    nobody = "00000000-0000-4000-8000-000000000000"
    assert client.get(f"/api/v1/requests/{nobody}/suggestions", headers=camille).status_code == 404


def test_rule_11_a_suggestion_tells_a_physician_nothing(desk: Desk, client: httpx.Client) -> None:
    """Looking for a physician names the patient to nobody: no offer is made and no place held, consent or not."""
    rpps = _physician(desk)
    request = desk.request(sharing=ConsentState.REFUSED)
    client.get(f"/api/v1/requests/{request.id}/suggestions", headers=desk.bearer("camille"))
    assert desk.read_volunteer(rpps).held == 0
    with desk.runtime.transaction() as session:
        assert session.query(Offer).count() == 0
        assert session.get_one(Request, request.id).status == "new"
        assert session.query(Account).count() == 4


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_pages_of_physicians(desk: Desk, address: str, browser: Browser, scheme: str) -> None:
    rpps = _physician(desk, note="Le matin")
    _physician(desk, volunteer=False, site="R2", commune="MENDE")
    _physician(desk, 2, left_on=date(2026, 1, 1), last_name="PETIT", name_key="petit,odile")
    full, request = _physician(desk, 3, taken=3), desk.request()
    with desk.runtime.transaction() as session:
        by = desk.account(session, "camille").id
        session.add(Retirement(rpps=rpps, stops_on=date(2026, 12, 31), announced_by=by, announced_at=desk.now))
    context = new_context(browser, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}/medecins")
    page.get_by_label("Identifiant").fill("camille")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    found = []
    for path in ("/medecins", "/medecins?nom=nobody", f"/medecins/{rpps}", f"/medecins/{rpps}?probleme=jour",
                 f"/medecins/{full}", f"/demandes/{request.id}"):  # fmt: skip
        for width in (1280, 768, 640):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(address + path)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"{path} scrolls sideways at {width}")
        found += violations(page)
    context.close()
    assert found == []


def test_an_adviser_finds_somebody_by_keyboard_and_notes_a_retirement(
    desk: Desk, address: str, browser_page: Page
) -> None:
    rpps = _physician(desk)
    page = browser_page
    page.goto(f"{address}/demandes")
    page.get_by_label("Identifiant").fill("camille")
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Médecins").click()
    page.get_by_label("Nom").focus()
    page.keyboard.type("durand")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Dr Odile Martin Durand").click()
    expect(page).to_have_url(f"{address}/medecins/{rpps}")
    page.get_by_label("Jour de l’arrêt").fill("2026-12-31")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("L’arrêt est noté.")
