"""The ways beside the telephone: who is on which list, for whom, and what is kept of each look."""

import csv
import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.sheets import as_csv
from outreach.database.models import Contact, Patient, TerritoryCommune, Volunteer, VolunteerCall
from outreach.database.models import Territory as TerritoryRow
from outreach.database.repositories import people
from outreach.domain.words import Channel, ConsentKind, ConsentState, ContactState, Outcome, SuppressionScope
from outreach.errors import BadInput
from outreach.services import campaigns, conversations, suppressions, telephone, third_ways
from tests.api.test_offer_pages import NEVER_WRITTEN
from tests.api.world import CAMPAIGN, Desk, csrf_of

Browse = Callable[[str], httpx.Client]
DOCTOR = "10000000007"


def _state(desk: Desk, patient: Patient, state: ContactState, reason: str | None = None) -> None:
    with desk.runtime.transaction() as session:
        contact = session.query(Contact).filter_by(patient_id=patient.id).one()
        contact.state, contact.reason, contact.next_attempt_at = state, reason, None


def _informed(desk: Desk, days_ago: int = 40) -> None:
    with desk.runtime.transaction() as session:
        campaigns.inform(session, CAMPAIGN, desk.now.date() - timedelta(days=days_ago), desk.now, "tests")


def _named_to_the_doctor(desk: Desk) -> list[str]:
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        return [one.patient.reference for one in third_ways.regulars_of(session, DOCTOR, camille, "page", desk.now)]


def test_whom_nothing_reaches_gets_a_letter(desk: Desk, logged_in: Browse) -> None:
    exhausted, mute, wished, reached = (desk.person(last_name=name) for name in ("Un", "Deux", "Trois", "Quatre"))
    _state(desk, exhausted, ContactState.EXHAUSTED)
    _state(desk, mute, ContactState.NO_PHONE)
    _state(desk, wished, ContactState.OPTED_OUT, "letter")
    _state(desk, reached, ContactState.ACCEPTED)
    browser = logged_in("camille")
    page = browser.get("/listes/courriers").text
    assert "3 personnes" in page
    for name, motive in (("Un", "Appels épuisés"), ("Deux", "Sans téléphone"), ("Trois", "Préfère un courrier")):
        assert f"Mme Odette {name}</th>" in page
        assert motive in page
    assert "Odette Quatre" not in page
    assert "Odette Un" not in browser.get("/listes/courriers?departement=974").text
    sheet = browser.get("/listes/courriers.csv")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.content.startswith(b"\xef\xbb\xbf")
    lines = sheet.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("référence;civilité;nom;prénom;code postal;caisse;motif")
    assert len(lines) == 4


def test_residents_and_protected_people_by_establishment(desk: Desk, logged_in: Browse) -> None:
    desk.person(last_name="Alix", ehpad_finess="940000001")
    desk.person(last_name="Basile", ehpad_finess="940000001")
    desk.person(last_name="Chloe", legal_protection=True)
    desk.person(last_name="Denis", ehpad_finess="940000002", objected=True)
    desk.person(last_name="Elise")
    browser = logged_in("camille")
    page = browser.get("/listes/etablissements").text
    assert re.search(r"Établissement FINESS 940000001 <span class=\"soft\">\(2\)", page)
    assert re.search(r"À domicile, avec un tuteur <span class=\"soft\">\(1\)", page)
    for absent in ("Denis", "940000002", "Elise"):
        assert absent not in page
    assert len(browser.get("/listes/etablissements.csv").text.splitlines()) == 4


def test_rule_11_a_physician_is_asked_only_about_those_who_agreed_or_were_informed(desk: Desk) -> None:
    """Nothing can be established of anybody: nobody is named."""
    let_be = desk.person(regular_physician_rpps=DOCTOR)
    agreed = desk.request(regular_physician_rpps=DOCTOR)
    refused = desk.request(regular_physician_rpps=DOCTOR, sharing=ConsentState.REFUSED)
    assert _named_to_the_doctor(desk) == [desk.reference_of(agreed)]
    _informed(desk, days_ago=29)
    assert _named_to_the_doctor(desk) == [desk.reference_of(agreed)]
    _informed(desk, days_ago=30)
    named = _named_to_the_doctor(desk)
    assert set(named) == {let_be.reference, desk.reference_of(agreed)}
    assert desk.reference_of(refused) not in named


def test_rule_11_who_is_enrolled_after_the_statement_is_not_covered_by_it(desk: Desk) -> None:
    _informed(desk)
    desk.clock.advance(timedelta(minutes=1))
    late = desk.person(regular_physician_rpps=DOCTOR)
    assert _named_to_the_doctor(desk) == []
    _informed(desk)
    assert _named_to_the_doctor(desk) == [late.reference]


@pytest.mark.parametrize(
    "changes",
    [
        {"objected": True},
        {"legal_protection": True},
        {"birth_date": date(2012, 1, 1)},
        {"birth_date": None},
    ],
)
def test_rule_11_silence_of_these_is_no_informed_non_opposition(desk: Desk, changes: dict[str, Any]) -> None:
    desk.person(regular_physician_rpps=DOCTOR, **changes)
    _informed(desk)
    assert _named_to_the_doctor(desk) == []


@pytest.mark.parametrize(
    "state",
    [ContactState.REFUSED, ContactState.OPTED_OUT, ContactState.DECEASED, ContactState.ALREADY_HAS_DOCTOR],
)
def test_rule_11_whose_contact_is_over_is_named_to_nobody(desk: Desk, state: ContactState) -> None:
    patient = desk.person(regular_physician_rpps=DOCTOR)
    _informed(desk)
    assert _named_to_the_doctor(desk) == [patient.reference]
    _state(desk, patient, state)
    assert _named_to_the_doctor(desk) == []


def test_rule_11_a_suppressed_person_is_named_to_nobody(desk: Desk) -> None:
    patient = desk.person(regular_physician_rpps=DOCTOR)
    _informed(desk)
    with desk.runtime.transaction() as session:
        suppressions.suppress(session, patient.reference, None, SuppressionScope.PERSON, "test", desk.now)
    assert _named_to_the_doctor(desk) == []


def test_rule_10_the_last_row_of_the_ledger_decides_and_silence_is_not_consent(desk: Desk) -> None:
    request = desk.request(regular_physician_rpps=DOCTOR)
    assert _named_to_the_doctor(desk) == [desk.reference_of(request)]
    _informed(desk)
    with desk.runtime.transaction() as session:
        assert request.conversation_id is not None
        talk = conversations.lock(session, request.conversation_id)
        turn = conversations.hear(session, talk, "Non, finalement.", desk.now)
        conversations.record_consent(
            session, talk, ConsentKind.SHARING, ConsentState.REFUSED, turn, "2026-11-b", desk.now
        )
    # Having been informed doesn't make up for a refusal.
    assert _named_to_the_doctor(desk) == []


def test_a_conversation_that_got_no_consent_leaves_an_informed_person_where_they_were(desk: Desk) -> None:
    patient = desk.person(regular_physician_rpps=DOCTOR)
    _informed(desk)
    with desk.runtime.transaction() as session:
        number = people.numbers_of(session, patient.id)[0].e164
        called = telephone.inbound(session, Channel.VOICE, number, "+33162000001", "CA" + "7" * 32, desk.now)
        assert called.conversation_id is not None
        talk = conversations.lock(session, called.conversation_id)
        conversations.conclude(session, talk, Outcome.ABANDONED, desk.now)
    assert _named_to_the_doctor(desk) == [patient.reference]


def test_people_are_told_on_a_day_that_has_come(desk: Desk) -> None:
    with desk.runtime.transaction() as session, pytest.raises(BadInput):
        campaigns.inform(session, CAMPAIGN, desk.now.date() + timedelta(days=1), desk.now, "tests")
    _informed(desk)
    assert [entry.reason for entry in desk.audit(act="campaign_informed")] == ["2026-10-15"]


def test_a_physicians_list_its_letter_and_rule_14_its_trail(desk: Desk, logged_in: Browse) -> None:
    desk.physician(DOCTOR, last_name="Habituel")
    patient = desk.person(regular_physician_rpps=DOCTOR, last_name="Fidèle")
    _informed(desk)
    browser = logged_in("camille")
    index = browser.get("/listes/patientele").text
    assert "Dr Zoë Habituel" in index
    assert "Fidèle" not in index
    assert desk.audit(subject=patient.reference) == []
    assert "Informée, sans opposition" in browser.get(f"/listes/patientele/{DOCTOR}").text
    assert "Fidèle" in browser.get(f"/listes/patientele/{DOCTOR}/liste.csv").text
    letter = browser.get(f"/listes/patientele/{DOCTOR}/lettre").text
    written = re.search(r"<textarea[^>]*>(.*)</textarea>", letter, re.DOTALL)
    assert written is not None
    assert f"- Mme Odette Fidèle, 1947, {patient.reference}" in written[1]
    assert not NEVER_WRITTEN.search(written[1].replace("Assurance Maladie", ""))
    pdf = browser.get(f"/listes/patientele/{DOCTOR}/lettre.pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert "Fidèle" not in pdf.headers["content-disposition"]
    reasons = [entry.reason for entry in desk.audit(subject=patient.reference, act="physician_asked_about")]
    assert [str(reason).split(",")[0] for reason in reasons] == ["page", "csv", "text", "pdf"]


def test_there_is_no_letter_about_nobody(desk: Desk, logged_in: Browse) -> None:
    desk.person(regular_physician_rpps=DOCTOR)
    browser = logged_in("camille")
    assert browser.get(f"/listes/patientele/{DOCTOR}/lettre").status_code == 404
    assert CAMPAIGN in browser.get("/listes/patientele").text


def test_needs_against_places_and_whom_to_call(desk: Desk, logged_in: Browse) -> None:
    for _ in range(3):
        desk.request()
    desk.physician("10000000001", last_name="Volontaire")
    desk.volunteer("10000000001", capacity=1)
    with desk.runtime.transaction() as session:
        session.get_one(Volunteer, "10000000001").department = "94"
    desk.physician("10000000002", last_name="Aussi")
    desk.physician(DOCTOR, last_name="Habituel")
    desk.physician("10000000009", last_name="Ailleurs", department="974")
    desk.person(regular_physician_rpps=DOCTOR)
    browser = logged_in("camille")
    cells = re.findall(r'<td class="number">(?:<strong>)?(\d+)', browser.get("/listes/volontaires").text)
    assert cells[:4] == ["3", "1", "1", "2"]
    page = browser.get("/listes/volontaires/94").text
    assert page.index("Dr Zoë Habituel") < page.index("Dr Zoë Aussi")
    assert "Volontaire" not in page
    assert "Ailleurs" not in page
    form = {"csrf": csrf_of(browser, "/listes/volontaires/94"), "department": "94", "note": "Rappeler en mars."}
    assert browser.post(f"/listes/volontaires/{DOCTOR}/appel", data={**form, "result": "nonsense"}).status_code == 422
    for _ in range(2):
        noted = browser.post(f"/listes/volontaires/{DOCTOR}/appel", data={**form, "result": "thinks"})
        assert noted.headers["location"] == "/listes/volontaires/94?fait=appel_note"
    page = browser.get("/listes/volontaires/94").text
    assert page.index("Dr Zoë Aussi") < page.index("Dr Zoë Habituel")
    assert "camille : Réfléchit – Rappeler en mars." in page
    unknown = browser.post("/listes/volontaires/10000000099/appel", data={**form, "result": "thinks"})
    assert unknown.status_code == 404
    assert "Réfléchit" in browser.get("/listes/volontaires/94/medecins.csv").text
    with desk.runtime.transaction() as session:
        assert session.query(VolunteerCall).count() == 1


def test_lists_are_of_ones_departments_unless_others_are_asked_for(desk: Desk, logged_in: Browse) -> None:
    _state(desk, desk.person(last_name="Ici"), ContactState.NO_PHONE)
    _state(desk, desk.person(last_name="Loin", postal_code="97400"), ContactState.NO_PHONE)
    with desk.runtime.transaction() as session:
        desk.account(session, "camille").departments = ["974"]
    browser = logged_in("camille")
    assert "Odette Ici" not in browser.get("/listes/courriers").text
    assert "Odette Ici" in browser.get("/listes/courriers?departement=94").text


@pytest.mark.parametrize("login", ["dominique", "andrea"])
@pytest.mark.parametrize("path", ["courriers", "courriers.csv", "etablissements", f"patientele/{DOCTOR}"])
def test_rule_14_nominative_lists_are_for_advisers_alone(desk: Desk, logged_in: Browse, login: str, path: str) -> None:
    _state(desk, desk.person(), ContactState.NO_PHONE)
    answer = logged_in(login).get(f"/listes/{path}")
    assert answer.status_code == 403
    assert "Exemple" not in answer.text


@pytest.mark.parametrize("path", ["courriers", "courriers.csv"])
def test_rule_14_whoever_is_on_a_list_was_seen(desk: Desk, logged_in: Browse, path: str) -> None:
    patient = desk.person()
    _state(desk, patient, ContactState.NO_PHONE)
    logged_in("camille").get(f"/listes/{path}")
    seen = desk.audit(subject=patient.reference, act="listed_for_a_letter")
    assert [entry.reason for entry in seen] == ["csv" if path.endswith("csv") else "page"]


@given(st.text(), st.text())
def test_no_cell_is_computed_by_a_spreadsheet(one: str, two: str) -> None:
    made = as_csv(("a", "b"), [(one, f"={two}")]).decode("utf-8-sig")
    row = list(csv.reader(io.StringIO(made, newline=""), delimiter=";"))[1]
    assert row[1] == f"'={two}"
    assert not row[0].startswith(("=", "+", "-", "@", "\t", "\r"))
    assert row[0].removeprefix("'") == one.removeprefix("'")


def test_physicians_to_call_by_cpts_by_need_against_capacity(desk: Desk, logged_in: Browse) -> None:
    with desk.runtime.transaction() as session:
        bievre = TerritoryRow(kind="cpts", name="CPTS Bièvre", updated_at=desk.now)
        session.add(bievre)
        session.flush()
        session.add(TerritoryCommune(kind="cpts", insee_code="94076", territory_id=bievre.id))
        territory_id = bievre.id
    desk.request(insee_code="94028", postal_code="94000")
    desk.request(insee_code="94028", postal_code="94000")
    desk.physician("10000000001", insee_code="94028", last_name="Dehors")
    desk.physician("10000000002", insee_code="94076", last_name="Dedans")
    browser = logged_in("camille")
    page = browser.get("/listes/volontaires/cpts").text
    # Both live outside, and look for somebody in Villejuif.
    assert re.search(r'CPTS Bièvre.*?<td>94</td><td class="number">2</td><td class="number">0</td>', page)
    assert "CPTS Bièvre" not in browser.get("/listes/volontaires/cpts?departement=38").text
    called = browser.get(f"/listes/volontaires/94?territoire={territory_id}").text
    assert "Dedans" in called
    assert "Dehors" not in called
    assert "Dehors" in browser.get("/listes/volontaires/94").text
    sheet = browser.get(f"/listes/volontaires/94/medecins.csv?territoire={territory_id}").text
    assert "Dedans" in sheet
    assert "Dehors" not in sheet
    assert browser.get(f"/listes/volontaires/94?territoire={UUID(int=0)}").status_code == 404
