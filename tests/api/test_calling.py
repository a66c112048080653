"""« Appeler par Relais » on the page of a request, and the telephone of an account."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update

from api.pages import calling_words
from outreach.database.models import Account, AdviserCall, Attempt, Patient, PhoneNumber
from outreach.domain.words import AdviserCallResult, CallRefusal
from outreach.services import accounts, adviser_calls, requests
from outreach.services.carrier_facts import CarrierStatus
from tests.api.test_acts import Adviser
from tests.api.world import Desk

Browse = Callable[[str], httpx.Client]


class AtThePhone(Adviser):
    def __init__(self, desk: Desk, browser: httpx.Client, request_id: UUID) -> None:
        super().__init__(browser, request_id)
        self.desk, self.request_id = desk, request_id
        with desk.runtime.transaction() as session:
            accounts.rings_at(session, "camille", "+33199001234", desk.now, "tests")
            session.execute(update(Attempt).values(status="ended"))  # the call from which the request comes
            patient = session.scalars(select(Patient)).one()
            self.number = session.scalars(select(PhoneNumber.e164).where(PhoneNumber.patient_id == patient.id)).one()

    def waits(self, seconds: float) -> None:
        with self.desk.runtime.transaction() as session:
            session.execute(update(AdviserCall).values(asked_wall=AdviserCall.asked_wall - timedelta(seconds=seconds)))

    def calls(self) -> list[AdviserCall]:
        with self.desk.runtime.transaction() as session:
            return list(session.scalars(select(AdviserCall)))


@pytest.fixture
def at_the_phone(desk: Desk, logged_in: Browse) -> AtThePhone:
    adviser = AtThePhone(desk, logged_in("camille"), desk.request().id)
    assert adviser.does("prendre").status_code == 303
    return adviser


def test_a_click_asks_for_a_call_and_the_page_says_what_happens(at_the_phone: AtThePhone) -> None:
    assert "Appeler par Relais" in at_the_phone.page()
    done = at_the_phone.does("appeler", numero=at_the_phone.number)
    assert done.headers["location"].endswith("?fait=appel_demande")
    page = at_the_phone.page()
    assert "Votre téléphone va sonner. Décrochez, puis appuyez sur 1." in page
    assert "Appeler par Relais" not in page
    (call,) = at_the_phone.calls()
    assert (call.telephone, call.number) == ("+33199001234", at_the_phone.number)


def test_a_double_click_and_two_tabs_are_one_call(at_the_phone: AtThePhone) -> None:
    form = at_the_phone.form(numero=at_the_phone.number)
    other_tab = at_the_phone.form(numero=at_the_phone.number)
    assert [at_the_phone.sends("appeler", form).status_code for _ in range(2)] == [303, 303]
    refused = at_the_phone.sends("appeler", other_tab)
    assert refused.status_code == 409
    assert "Un appel est déjà en cours avec cette personne ou ce numéro." in refused.text
    assert len(at_the_phone.calls()) == 1


def test_rule_01_a_refusal_is_said_in_one_sentence(at_the_phone: AtThePhone, desk: Desk) -> None:
    form = at_the_phone.form(numero=at_the_phone.number)
    desk.clock.advance(timedelta(hours=11))
    refused = at_the_phone.sends("appeler", form)
    assert refused.status_code == 409
    assert "Ce n’est pas l’heure d’appeler chez cette personne." in refused.text
    assert at_the_phone.calls() == []


def test_a_refusal_that_comes_later_is_said_too_and_is_in_the_log(at_the_phone: AtThePhone, desk: Desk) -> None:
    at_the_phone.does("appeler", numero=at_the_phone.number)
    with desk.runtime.transaction() as session:
        real = desk.runtime.settings.model_copy(update={"carrier_api_url": "https://api.twilio.com"})
        assert adviser_calls.claim(session, desk.now, real) is None
    page = at_the_phone.page()
    assert "L’appel n’est pas parti. Cette personne est inventée" in page
    assert "non parti : Cette personne est inventée" in page
    assert "Appeler par Relais" in page, "and may be tried again"


@pytest.mark.parametrize(
    ("status", "seconds", "shown"),
    [
        (CarrierStatus.COMPLETED, 170, "parlé 3\u00a0min"),
        (CarrierStatus.COMPLETED, 20, "parlé moins d’une minute"),
        (CarrierStatus.NO_ANSWER, None, "sans réponse"),
    ],
)
def test_how_it_went_is_in_the_log(
    at_the_phone: AtThePhone, desk: Desk, status: CarrierStatus, seconds: int | None, shown: str
) -> None:
    at_the_phone.does("appeler", numero=at_the_phone.number)
    (call,) = at_the_phone.calls()
    with desk.runtime.transaction() as session:
        adviser_calls.claim(session, desk.now, desk.runtime.settings)
        adviser_calls.confirm(session, call.id, desk.now, desk.runtime.settings, timedelta(seconds=5))
        adviser_calls.person_called(session, call.id, status, desk.now, carrier_id=None, duration_seconds=seconds)
    page = at_the_phone.page()
    assert "appel par Relais" in page
    assert shown in page


def test_rule_01_without_a_dialer_a_press_is_given_up_and_rings_nobody_later(
    at_the_phone: AtThePhone, desk: Desk
) -> None:
    at_the_phone.does("appeler", numero=at_the_phone.number)
    at_the_phone.waits(adviser_calls.WAITS_SECONDS + 1)
    followed = at_the_phone.browser.get(f"{at_the_phone.address}/appel-en-cours").json()
    assert followed["is_over"]
    page = at_the_phone.page()
    for shown in (followed["said"], "Relais n’appelait pas à ce moment", "Appeler par Relais"):
        assert shown in page
    assert followed["said"].startswith("Relais n’appelle pas en ce moment")
    with desk.runtime.transaction() as session:
        assert adviser_calls.claim(session, desk.now, desk.runtime.settings) is None, "a dialer that comes too late"
    # Once something else is done, it is the log's alone.
    at_the_phone.does("note", note="Appelée moi-même.")
    assert followed["said"] not in at_the_phone.page()


def test_the_page_itself_gives_up_a_press_that_no_dialer_took(at_the_phone: AtThePhone) -> None:
    at_the_phone.does("appeler", numero=at_the_phone.number)
    assert "Votre téléphone va sonner" in at_the_phone.page()
    at_the_phone.waits(adviser_calls.WAITS_SECONDS + 1)
    assert "Relais n’appelle pas en ce moment" in at_the_phone.page()
    assert [call.result for call in at_the_phone.calls()] == [AdviserCallResult.NOT_TAKEN]


def test_a_press_that_no_dialer_took_keeps_nobody_from_pressing_elsewhere(
    at_the_phone: AtThePhone, desk: Desk, logged_in: Browse
) -> None:
    form = at_the_phone.form(numero=at_the_phone.number)
    assert at_the_phone.sends("appeler", form).status_code == 303
    other = desk.request(last_name="Ailleurs")
    with desk.runtime.transaction() as session:
        requests.claim(session, other.id, desk.account(session, "camille"), desk.now)
        session.execute(update(Attempt).values(status="ended"))
        number = session.scalars(select(PhoneNumber.e164).where(PhoneNumber.patient_id == other.patient_id)).one()
    elsewhere = Adviser(logged_in("camille"), other.id)
    assert "Vous avez déjà un appel en cours par Relais." in elsewhere.does("appeler", numero=number).text
    at_the_phone.waits(adviser_calls.WAITS_SECONDS + 1)
    assert elsewhere.does("appeler", numero=number).status_code == 303
    assert sorted(call.state for call in at_the_phone.calls()) == ["asked", "ended"]


def test_how_a_call_stands_tells_of_nobody(at_the_phone: AtThePhone, desk: Desk) -> None:
    path = f"{at_the_phone.address}/appel-en-cours"
    assert at_the_phone.browser.get(path).json() == {"said": "", "is_over": True}
    at_the_phone.does("appeler", numero=at_the_phone.number)
    views = len(desk.audit(act="request_viewed"))
    told = at_the_phone.browser.get(path)
    assert told.json() == {"said": "Votre téléphone va sonner. Décrochez, puis appuyez sur 1.", "is_over": False}
    assert len(desk.audit(act="request_viewed")) == views


def test_no_button_for_who_does_not_hold_the_request_or_has_no_telephone(
    at_the_phone: AtThePhone, desk: Desk, logged_in: Browse
) -> None:
    for login in ("alex", "dominique"):
        assert "Appeler par Relais" not in logged_in(login).get(at_the_phone.address).text
    with desk.runtime.transaction() as session:
        accounts.rings_at(session, "camille", None, desk.now, "tests")
    assert "Appeler par Relais" not in at_the_phone.page()
    refused = at_the_phone.does("appeler", numero=at_the_phone.number)
    assert "Votre compte n’a pas de téléphone" in refused.text


def test_an_unusable_number_has_no_button(at_the_phone: AtThePhone, desk: Desk) -> None:
    with desk.runtime.transaction() as session:
        session.execute(update(PhoneNumber).values(unusable_since=desk.now))
    assert "Appeler par Relais" not in at_the_phone.page()


def test_every_refusal_and_every_result_has_its_words() -> None:
    assert set(calling_words.REFUSALS) == set(CallRefusal)
    assert set(calling_words.RESULTS) == set(AdviserCallResult)


def test_an_administrator_gives_an_adviser_a_telephone(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("andrea")
    page = browser.get("/comptes").text
    csrf = page.split('name="csrf" value="')[1].split('"')[0]
    account = {"login": "marion", "password": "a good long password", "role": "adviser"}
    made = browser.post("/comptes", data={"csrf": csrf, **account, "telephone": "01 99 00 56 78"})
    assert made.status_code == 303
    assert _telephone(desk, "marion") == "+33199005678"
    for written, status, kept in (
        ("01 99 00 11 22", 303, "+33199001122"),
        ("+442071234567", 422, "+33199001122"),
        ("", 303, None),
    ):
        answer = browser.post("/comptes/marion/telephone", data={"csrf": csrf, "telephone": written})
        assert answer.status_code == status
        assert _telephone(desk, "marion") == kept
    assert browser.post("/comptes/dominique/telephone", data={"csrf": csrf, "telephone": "3646"}).status_code == 422
    assert desk.audit(act="account_telephone", subject="marion")


def _telephone(desk: Desk, login: str) -> str | None:
    with desk.runtime.transaction() as session:
        return session.scalars(select(Account.telephone).where(Account.login == login)).one()
