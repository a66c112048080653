"""What the pages show, to whom, and what is kept of it."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import httpx
import pytest

from api.pages import board_words
from outreach.database.models import Alert
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import ConsentState, Outcome
from outreach.services import campaigns
from tests.api.world import CAMPAIGN, Desk, csrf_of

Browse = Callable[[str], httpx.Client]


def test_rule_14_every_view_of_a_patient_is_in_the_trail(desk: Desk, client: httpx.Client, logged_in: Browse) -> None:
    request = desk.request()
    reference = desk.reference_of(request)
    client.get(f"/api/v1/patients/{reference}?reason=rappel", headers=desk.bearer("dominique"))
    client.get("/api/v1/requests", headers=desk.bearer("alex"))
    browser = logged_in("camille")
    browser.get("/demandes")
    browser.get(f"/demandes/{request.id}")
    trail = [(entry.login, entry.act, entry.reason) for entry in desk.audit(subject=reference)]
    assert trail == [
        ("dominique", "patient_viewed", "rappel"),
        ("alex", "requests_listed", None),
        ("camille", "requests_listed", None),
        ("camille", "request_viewed", None),
    ]
    assert all(entry.at == desk.now for entry in desk.audit(subject=reference))


def test_rule_14_a_refused_view_shows_nothing(desk: Desk, client: httpx.Client, logged_in: Browse) -> None:
    request = desk.request()
    answer = client.get(f"/api/v1/patients/{desk.reference_of(request)}", headers=desk.bearer("andrea"))
    assert "Exemple" not in answer.text
    assert "Exemple" not in logged_in("andrea").get(f"/demandes/{request.id}").text
    assert desk.audit(subject=desk.reference_of(request)) == []


def test_rule_14_an_administrator_reads_the_trail(desk: Desk, client: httpx.Client, logged_in: Browse) -> None:
    reference = desk.reference_of(desk.request())
    client.get(f"/api/v1/patients/{reference}?reason=rappel", headers=desk.bearer("camille"))
    browser = logged_in("andrea")
    assert reference in browser.get("/journal").text
    assert "rappel" in browser.get(f"/journal?qui=camille&quoi={reference}").text
    assert reference not in browser.get("/journal?qui=dominique").text


def test_the_request_page_tells_what_an_adviser_needs(desk: Desk, logged_in: Browse) -> None:
    request = desk.request(sharing=ConsentState.REFUSED)
    page = logged_in("camille").get(f"/demandes/{request.id}").text
    for shown in (
        "Mme Odette Exemple",
        "12\u00a0mars\u00a01947 (79 ans)",
        "Villejuif (94800)",
        "accès sans marches",
        "20 minutes au plus",
        "une femme",
        "Avec un déambulateur, vingt minutes.",
        "accord pour l’aide",
        "formulation 2026-11-a",
        "refusé",
    ):
        assert shown in page, shown


def test_a_supervisor_reads_a_request_without_working_it(desk: Desk, logged_in: Browse) -> None:
    request = desk.request()
    page = logged_in("dominique").get(f"/demandes/{request.id}").text
    assert "Odette Exemple" in page
    assert "/prendre" not in page


def test_what_a_patient_said_is_never_markup(desk: Desk, logged_in: Browse) -> None:
    request = desk.request(last_name="<script>alert(1)</script>")
    page = logged_in("camille").get(f"/demandes/{request.id}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_filters_of_the_queue(desk: Desk, logged_in: Browse) -> None:
    desk.request(last_name="Ici")
    desk.request(Outcome.HUMAN_REQUESTED, last_name="Loin", postal_code="97400")
    browser = logged_in("camille")
    assert "Ici" not in browser.get("/demandes?departement=974").text
    assert "Loin" not in browser.get("/demandes?motif=matching").text
    assert "Aucune demande ici" in browser.get("/demandes?a_moi=oui").text
    assert browser.get("/demandes?etat=nonsense&page=99").status_code == 200


def test_next_takes_the_most_urgent_and_claiming_settles_its_alert(desk: Desk, logged_in: Browse) -> None:
    desk.request()
    urgent = desk.request(Outcome.EMERGENCY)
    with desk.runtime.transaction() as session:
        alert = Alert(kind="emergency", conversation_id=urgent.conversation_id, what_to_do="Rappeler.", at=desk.now)
        session.add(alert)
    browser = logged_in("camille")
    answer = browser.post("/demandes/suivante", data={"csrf": csrf_of(browser, "/demandes")})
    assert answer.headers["location"].startswith(f"/demandes/{urgent.id}")
    assert desk.read_request(urgent.id).status == "claimed"
    with desk.runtime.transaction() as session:
        assert session.get_one(Alert, alert.id).settled_at == desk.now


def test_a_request_is_closed_with_a_result_of_the_list(desk: Desk, logged_in: Browse) -> None:
    request = desk.request()
    browser = logged_in("camille")
    token = csrf_of(browser, "/demandes")
    browser.post(f"/demandes/{request.id}/prendre", data={"csrf": token})
    wrong = browser.post(f"/demandes/{request.id}/clore", data={"csrf": token, "result": "nonsense"})
    assert wrong.status_code == 422
    form = {"csrf": token, "result": "matched", "note": "Rendez-vous lundi."}
    assert browser.post(f"/demandes/{request.id}/clore", data=form).status_code == 303
    closed = desk.read_request(request.id)
    assert (closed.status, closed.result, closed.closed_at) == ("closed", "matched", desk.now)
    assert "Rendez-vous lundi." in browser.get(f"/demandes/{request.id}").text
    again = browser.post(f"/demandes/{request.id}/clore", data=form)
    assert again.status_code == 409


def test_the_campaigns_that_call_come_first_each_with_its_target(desk: Desk, logged_in: Browse) -> None:
    later = desk.now + timedelta(hours=1)
    with desk.runtime.transaction() as session:
        for name in ("ald-2027", "ald-2028"):
            campaigns.create(session, name, ContactPolicy(announce_sms=False), None, later, by="tests")
        campaigns.start(session, "ald-2028", later, by="tests")
        campaigns.aim_at(session, "ald-2028", date(2027, 6, 30), later, by="tests")
    page = logged_in("dominique").get("/tableau").text
    assert re.findall(r'<th scope="row"><a href="/tableau/([^"]+)"', page) == ["ald-2028", CAMPAIGN, "ald-2027"]
    assert "30\u00a0juin\u00a02027" in page


def test_what_begins_a_sentence_keeps_its_capitals() -> None:
    assert board_words.sentence("SMS d’annonce à envoyer la veille") == "SMS d’annonce à envoyer la veille"
    assert board_words.sentence("jour férié") == "Jour férié"


def test_a_campaign_is_steered_from_the_board(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    token = csrf_of(browser, f"/tableau/{CAMPAIGN}")
    for act, status in (("suspendre", "paused"), ("reprendre", "running")):
        form = {"csrf": token, "reason": "pour voir"}
        assert browser.post(f"/tableau/{CAMPAIGN}/{act}", data=form).status_code == 303
        assert desk.campaign().status == status
    assert browser.post(f"/tableau/{CAMPAIGN}/arreter", data={"csrf": token}).status_code == 422
    assert "Plus aucun appel" in browser.get(f"/tableau/{CAMPAIGN}/arreter").text
    form = {"csrf": token, "reason": "fin de l’essai", "nom": CAMPAIGN}
    stopped = browser.post(f"/tableau/{CAMPAIGN}/arreter", data=form)
    assert stopped.status_code == 303
    assert (desk.campaign().status, desk.campaign().status_reason) == ("stopped", "fin de l’essai")
    assert browser.post(f"/tableau/{CAMPAIGN}/reprendre", data={"csrf": token}).status_code == 409
    acts = [entry.act for entry in desk.audit(subject=CAMPAIGN, login="dominique")]
    assert acts == ["campaign_paused", "campaign_resumed", "campaign_stopped"]


@pytest.mark.parametrize("by", ["attempt", "hour", "day", "department", "channel", "question", "nonsense"])
def test_rule_15_the_board_shows_nobody(desk: Desk, logged_in: Browse, by: str) -> None:
    for _ in range(3):
        reference = desk.reference_of(desk.request())
    page = logged_in("dominique").get(f"/tableau/{CAMPAIGN}?par={by}")
    assert page.status_code == 200
    for secret in ("Exemple", "Odette", reference, "+3319900", "1947", "Villejuif"):
        assert secret not in page.text
    assert "masqué" in page.text


def test_pages_hold_no_illness(desk: Desk, logged_in: Browse) -> None:
    """The campaign's own name is the operator's; nothing that we write names the plan (DOMAIN §3)."""
    request = desk.request()
    browser = logged_in("camille")
    for path in ("/demandes", f"/demandes/{request.id}"):
        page = browser.get(path).text
        assert "ALD" not in page
        assert "affection" not in page
        assert "maladie" not in page
