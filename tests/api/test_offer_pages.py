"""The offers of a request by its page, and the letter that goes over MSSanté."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from api import letters
from outreach.database.models import Consent, Offer, Request
from outreach.domain.words import ConsentKind, ConsentState, Outcome
from outreach.errors import BusinessError
from outreach.services import consents, conversations, offers, requests, tasks
from tests.api.world import Desk, csrf_of

Browse = Callable[[str], httpx.Client]
NEVER_WRITTEN = re.compile(
    r"\bALD\b|affection|longue durée|maladie\b(?! sécurisée)|diab|cancer|patholog|NIR|sécurité sociale", re.IGNORECASE
)


class Adviser:
    """Camille in front of one request that is hers."""

    def __init__(self, desk: Desk, browser: httpx.Client, request: Request) -> None:
        self.desk, self.browser, self.request = desk, browser, request
        self.token = csrf_of(browser, "/demandes")
        self.post(f"/demandes/{request.id}/prendre")

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.browser.post(path, data={"csrf": self.token, **form})

    def propose(self, rpps: str, **form: str) -> httpx.Response:
        return self.post(f"/demandes/{self.request.id}/proposer", rpps=rpps, **form)

    def offers(self) -> list[Offer]:
        with self.desk.runtime.transaction() as session:
            return list(offers.of_request(session, self.request.id))

    def act(self, what: str, **form: str) -> str:
        """Does something to the newest offer; returns where one is sent."""
        return self.post(f"/propositions/{self.offers()[0].id}/{what}", **form).headers["location"]

    def page(self) -> str:
        return self.browser.get(f"/demandes/{self.request.id}").text


@pytest.fixture
def adviser(desk: Desk, logged_in: Browse) -> Adviser:
    desk.volunteer(desk.physician())
    return Adviser(desk, logged_in("camille"), desk.request())


def test_the_whole_way_from_an_offer_to_a_declared_physician(desk: Desk, adviser: Adviser) -> None:
    second = desk.volunteer(desk.physician("10000000002", last_name="Second"))
    assert adviser.propose("100 0000 0001").headers["location"].endswith("?fait=proposee")
    assert "Dr Zoë Œuvrard" in adviser.page()
    assert "Encore 5 jours ouvrés" in adviser.page()
    assert adviser.act("declinee", reason="too_far", note="Trop loin pour des visites.").endswith("?fait=declinee")
    assert desk.read_volunteer("10000000001").held == 0
    page = adviser.page()
    assert "Trop loin de la personne : Trop loin pour des visites." in page
    assert 'name="rpps"' in page
    adviser.propose(second)
    assert adviser.act("acceptee").endswith("?fait=acceptee")
    assert adviser.act("rendez-vous", jour="2026-12-03", heure="14:30", lieu="Cabinet, 2ᵉ étage").endswith(
        "rendez_vous"
    )
    assert "3 déc. 2026, 14 h 30, Cabinet, 2ᵉ étage" in adviser.page().replace("\u00a0", " ")
    with desk.runtime.transaction() as session:
        waiting = [(task.kind, task.due_at.isoformat()) for task in tasks.due(session, None, desk.now + timedelta(9))]
    assert waiting == [("appointment", "2026-12-04T08:00:00+00:00")]
    desk.clock.advance(timedelta(days=10))
    assert adviser.act("declaree", jour="2026-12-03").endswith("?fait=declaree")
    closed = desk.read_request(adviser.request.id)
    assert (closed.status, closed.result) == ("closed", "declared")
    assert (desk.read_volunteer(second).held, desk.read_volunteer(second).taken) == (0, 1)
    with desk.runtime.transaction() as session:
        promised = tasks.of_request(session, adviser.request.id)
        open_ones = [(task.kind, (task.due_at - desk.now).days) for task in promised if task.done_at is None]
    assert open_ones == [("follow_up_30", 30), ("follow_up_90", 90)]


def test_each_form_twice_is_once(desk: Desk, adviser: Adviser) -> None:
    for _ in range(2):
        assert adviser.propose("10000000001").headers["location"].endswith("fait=proposee")
    assert len(adviser.offers()) == 1
    assert desk.read_volunteer("10000000001").held == 1
    for _ in range(2):
        assert adviser.act("acceptee").endswith("fait=acceptee")
    for _ in range(2):
        assert adviser.act("rendez-vous", jour="2026-12-03", heure="14:30").endswith("fait=rendez_vous")
    for _ in range(2):
        assert adviser.act("declaree", jour="2026-11-24").endswith("fait=declaree")
    volunteer = desk.read_volunteer("10000000001")
    assert (volunteer.held, volunteer.taken) == (0, 1)
    with desk.runtime.transaction() as session:
        assert len([task for task in tasks.of_request(session, adviser.request.id) if task.done_at is None]) == 2


def test_what_cannot_be_done_is_said_where_it_was_tried(desk: Desk, adviser: Adviser) -> None:
    desk.volunteer("10000000003", capacity=0)
    for rpps, problem in (("123", "rpps"), ("10000000009", "rpps"), ("", "rpps"), ("10000000003", "place")):
        there = adviser.propose(rpps).headers["location"]
        assert there == f"/demandes/{adviser.request.id}?probleme={problem}#propositions"
        page = adviser.browser.get(there).text
        assert 'id="probleme-proposition"' in page
        assert 'aria-invalid="true" aria-describedby="probleme-proposition"' in page
    assert "probleme=delai" in adviser.propose("10000000001", delai="21").headers["location"]
    adviser.propose("10000000001")
    assert "probleme=autre" in adviser.propose("10000000003").headers["location"]
    assert "probleme=raison" in adviser.act("declinee", reason="nonsense")
    assert "probleme=autre" in adviser.act("rendez-vous", jour="2026-12-03", heure="14:30")
    adviser.act("acceptee")
    assert "probleme=rendez_vous" in adviser.act("rendez-vous", jour="2026-11-03", heure="14:30")
    assert "probleme=rendez_vous" in adviser.act("rendez-vous", jour="demain", heure="")
    for day in ("2026-11-23", "2026-11-25", ""):
        assert "probleme=jour" in adviser.act("declaree", jour=day)
    assert "<script>" not in adviser.browser.get(f"/demandes/{adviser.request.id}?probleme=<script>").text


def test_an_offer_taken_back_gives_its_place_back_even_once_accepted(desk: Desk, adviser: Adviser) -> None:
    adviser.propose("10000000001")
    assert adviser.act("retirer", reason="mistake").endswith("fait=retiree")
    assert desk.read_volunteer("10000000001").held == 0
    adviser.propose("10000000001")
    adviser.act("acceptee")
    assert desk.read_request(adviser.request.id).status == "offered"
    assert adviser.act("retirer", reason="physician_backed_out", note="Part à la retraite.").endswith("fait=retiree")
    volunteer = desk.read_volunteer("10000000001")
    assert (volunteer.held, volunteer.taken) == (0, 0)
    assert desk.read_request(adviser.request.id).status == "claimed"
    with desk.runtime.transaction() as session:
        assert tasks.due(session, None, desk.now + timedelta(days=30)) == []
    adviser.propose("10000000001")
    adviser.act("acceptee")
    adviser.act("declaree", jour="2026-11-24")
    assert "probleme=autre" in adviser.act("retirer", reason="mistake")
    assert desk.read_volunteer("10000000001").taken == 1


def test_a_request_with_an_accepted_offer_is_not_given_to_somebody_else(desk: Desk, adviser: Adviser) -> None:
    """The appointment is weeks away; nobody works on it meanwhile, and nobody shall begin anew."""
    adviser.propose("10000000001")
    adviser.act("acceptee")
    desk.clock.advance(timedelta(days=20))
    with desk.runtime.transaction() as session:
        assert requests.expire(session, desk.now) == 0
        assert requests.claim_next(session, desk.account(session, "alex"), desk.now) is None
    assert "Acceptées, jusqu’à la déclaration" in adviser.browser.get("/propositions").text


def test_closed_without_a_physician_news_are_taken_all_the_same(desk: Desk, adviser: Adviser) -> None:
    adviser.propose("10000000001")
    early = adviser.post(f"/demandes/{adviser.request.id}/clore", result="no_physician_found")
    assert early.status_code == 409
    adviser.act("declinee", reason="no_room")
    adviser.post(f"/demandes/{adviser.request.id}/clore", result="no_physician_found")
    with desk.runtime.transaction() as session:
        kinds = [task.kind for task in tasks.of_request(session, adviser.request.id)]
    assert kinds == ["follow_up_30", "follow_up_90"]


def test_somebody_who_wants_nothing_is_not_asked_for_news(desk: Desk, adviser: Adviser) -> None:
    adviser.post(f"/demandes/{adviser.request.id}/clore", result="no_longer_wanted")
    with desk.runtime.transaction() as session:
        assert tasks.of_request(session, adviser.request.id) == []


def test_the_list_of_offers_tells_how_long_is_left_and_rule_14_keeps_who_saw_it(desk: Desk, adviser: Adviser) -> None:
    adviser.propose("10000000001", delai="2")
    desk.clock.advance(timedelta(days=2))
    page = adviser.browser.get("/propositions?qui=moi").text
    for shown in ("Mme Odette Exemple", "Dr Zoë Œuvrard", "01 99 00 00 42", "Aujourd’hui au plus tard", "camille"):
        assert shown in page, shown
    assert "Odette" not in adviser.browser.get("/propositions?departement=974").text
    acts = [entry.act for entry in desk.audit(subject=desk.reference_of(adviser.request))]
    assert acts.count("offers_listed") == 1


def test_rule_10_a_consent_refused_later_ends_the_offer_and_adds_a_row(desk: Desk, adviser: Adviser) -> None:
    """Consent A stays, B goes: the place is free at once, and the ledger keeps both rows."""
    adviser.propose("10000000001")
    _refuse_to_be_named(desk, adviser.request)
    assert desk.read_volunteer("10000000001").held == 0
    assert [offer.status for offer in adviser.offers()] == ["withdrawn"]
    assert desk.read_request(adviser.request.id).status == "claimed"
    patient = desk.patient_of(adviser.request)
    with desk.runtime.transaction() as session:
        rows = session.scalars(select(Consent).where(Consent.patient_id == patient.id).order_by(Consent.position))
        assert [(row.kind, row.state) for row in rows] == [
            ("assistance", "given"),
            ("sharing", "given"),
            ("sharing", "refused"),
        ]


def _refuse_to_be_named(desk: Desk, request: Request) -> None:
    with desk.runtime.transaction() as session:
        assert request.conversation_id is not None
        talk = conversations.lock(session, request.conversation_id)
        turn = conversations.hear(session, talk, "Finalement, ne donnez pas mon nom.", desk.now)
        consents.record(session, talk, ConsentKind.SHARING, ConsentState.REFUSED, turn, "2026-11-b", desk.now)


@pytest.mark.parametrize("path", ["lettre", "lettre.pdf"])
def test_rule_11_no_letter_once_consent_b_is_gone(desk: Desk, adviser: Adviser, path: str) -> None:
    adviser.propose("10000000001")
    offer = adviser.offers()[0].id
    assert adviser.browser.get(f"/propositions/{offer}/{path}").status_code == 200
    _refuse_to_be_named(desk, adviser.request)
    refused = adviser.browser.get(f"/propositions/{offer}/{path}")
    assert refused.status_code == 403
    assert "Exemple" not in refused.text
    # Whatever the offer's own state says, the ledger decides.
    with desk.runtime.transaction() as session:
        session.get_one(Offer, offer).status = "accepted"
    assert adviser.browser.get(f"/propositions/{offer}/{path}").status_code == 403


def test_rule_11_without_consent_b_no_physician_can_be_asked_by_the_page(desk: Desk, logged_in: Browse) -> None:
    desk.volunteer(desk.physician())
    adviser = Adviser(desk, logged_in("camille"), desk.request(sharing=ConsentState.REFUSED))
    assert 'name="rpps"' not in adviser.page()
    assert "rien n’est proposé en son nom" in adviser.page()
    assert "probleme=accord" in adviser.propose("10000000001").headers["location"]
    assert adviser.offers() == []
    assert desk.read_volunteer("10000000001").held == 0


def test_rule_11_an_offer_whose_person_withdrew_is_over_at_once(desk: Desk, adviser: Adviser) -> None:
    adviser.propose("10000000001")
    adviser.act("acceptee")
    desk.calls(desk.patient_of(adviser.request), Outcome.REFUSED)
    volunteer = desk.read_volunteer("10000000001")
    assert (volunteer.held, volunteer.taken) == (0, 0)
    offer = adviser.offers()[0]
    assert (offer.status, offer.reason) == ("withdrawn", "patient_withdrew")
    assert adviser.browser.get(f"/propositions/{offer.id}/lettre").status_code == 403
    with desk.runtime.transaction() as session, pytest.raises(BusinessError):
        offers.declare(session, offer.id, desk.account(session, "camille"), tasks.day_of(desk.now), desk.now)


def test_the_letter_says_what_the_physician_needs_and_no_more(desk: Desk, logged_in: Browse) -> None:
    desk.volunteer(desk.physician())
    request = desk.request(language="pt")
    adviser = Adviser(desk, logged_in("camille"), request)
    adviser.propose("10000000001")
    page = adviser.browser.get(f"/propositions/{adviser.offers()[0].id}/lettre").text
    written = re.search(r"<textarea[^>]*>(.*)</textarea>", page, re.DOTALL)
    assert written is not None
    for said in (
        "Dr Zoë Œuvrard, bonjour,",
        "Mme Odette Exemple cherche un médecin traitant et accepte que son nom vous soit donné.",
        "Année de naissance : 1947.",
        "code postal 94800",
        "sans marches",
        "Langue : portugais.",
        "au plus tard le 1er déc. 2026",
        desk.reference_of(request),
    ):
        assert said in written[1], said
    assert not NEVER_WRITTEN.search(written[1].replace("Assurance Maladie", ""))
    # A reference is drawn, and may hold the first digits of a telephone.
    besides = written[1].replace(desk.reference_of(request), "")
    for kept in ("mars", "0199", "+33", "déambulateur"):
        assert kept not in besides, kept


def test_no_version_of_the_letters_ever_names_an_illness() -> None:
    for file in letters.versions():
        text = file.read_text(encoding="utf-8").replace("Assurance Maladie", "")
        spoken = "\n".join(line for line in text.splitlines() if not line.startswith("#"))
        assert not NEVER_WRITTEN.search(spoken), file.name


def test_the_letter_as_a_pdf_is_tagged_titled_and_in_french(desk: Desk, adviser: Adviser) -> None:
    adviser.propose("10000000001")
    answer = adviser.browser.get(f"/propositions/{adviser.offers()[0].id}/lettre.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    name = answer.headers["content-disposition"]
    assert desk.reference_of(adviser.request) in name
    assert "Exemple" not in name
    title = '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">Une personne cherche un médecin traitant'
    marks = (b"%PDF-", b"/Lang(fr-FR)", b"/MarkInfo", b"/StructTreeRoot", b"/DisplayDocTitle", b"pdfuaid:part")
    for mark in (*marks, title.encode()):
        assert mark in answer.content, mark


def test_what_a_name_holds_is_never_read_as_a_command_of_the_typesetter(desk: Desk, logged_in: Browse) -> None:
    desk.volunteer(desk.physician(last_name='#panic("non") $x$ `a`', address='#include "/etc/passwd"'))
    adviser = Adviser(desk, logged_in("camille"), desk.request(last_name='#read("/etc/passwd") *Ça*'))
    adviser.propose("10000000001")
    assert adviser.browser.get(f"/propositions/{adviser.offers()[0].id}/lettre.pdf").status_code == 200


def test_rule_14_every_preparation_of_a_letter_is_in_the_trail(desk: Desk, adviser: Adviser) -> None:
    adviser.propose("10000000001")
    offer = adviser.offers()[0].id
    adviser.browser.get(f"/propositions/{offer}/lettre")
    adviser.browser.get(f"/propositions/{offer}/lettre.pdf")
    prepared = desk.audit(subject=desk.reference_of(adviser.request), act="letter_prepared")
    assert [(entry.login, entry.reason) for entry in prepared] == [
        ("camille", f"text, {letters.VERSION}, RPPS 10000000001"),
        ("camille", f"pdf, {letters.VERSION}, RPPS 10000000001"),
    ]
    assert adviser.page().count("lettre au médecin préparée") == 2


def test_a_letter_of_an_offer_that_has_ended_is_not_prepared(desk: Desk, adviser: Adviser) -> None:
    adviser.propose("10000000001")
    offer = adviser.offers()[0].id
    adviser.act("declinee", reason="no_reason")
    assert adviser.browser.get(f"/propositions/{offer}/lettre").status_code == 409
    nowhere = UUID(int=4)
    assert adviser.browser.get(f"/propositions/{nowhere}/lettre").status_code == 404


def test_a_supervisor_sees_the_offers_and_no_form(desk: Desk, adviser: Adviser, logged_in: Browse) -> None:
    adviser.propose("10000000001")
    page = logged_in("dominique").get(f"/demandes/{adviser.request.id}").text
    assert "Dr Zoë Œuvrard" in page
    assert "/acceptee" not in page
    assert "/lettre" not in page
