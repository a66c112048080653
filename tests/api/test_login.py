"""Logging in, staying in, getting out."""

from collections.abc import Callable

import httpx
import pytest

from api import sessions
from outreach.services import accounts
from tests.api.world import PASSWORD, Desk, csrf_of, log_in


def test_a_login_leads_to_the_page_asked_for(desk: Desk, client: httpx.Client) -> None:
    asked = client.get("/demandes?etat=closed", headers={"Accept": "text/html"})
    assert asked.headers["location"] == "/connexion?suite=%2Fdemandes%3Fetat%3Dclosed"
    assert log_in(client, "camille", suite="/demandes?etat=closed").headers["location"] == "/demandes?etat=closed"


@pytest.mark.parametrize(
    "elsewhere", ["https://example.org/", "//example.org/", "/\\example.org", "javascript:alert(1)", "\\\\example.org"]
)
def test_a_login_never_leads_elsewhere(desk: Desk, client: httpx.Client, elsewhere: str) -> None:
    assert log_in(client, "camille", suite=elsewhere).headers["location"] == "/"


def test_the_cookie_is_kept_from_scripts_and_other_sites(desk: Desk, client: httpx.Client) -> None:
    cookie = log_in(client, "camille").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie


def test_the_session_of_before_the_login_is_worth_nothing_after(desk: Desk, client: httpx.Client) -> None:
    token = csrf_of(client, "/connexion")
    log_in(client, "camille")
    assert client.post("/demandes/suivante", data={"csrf": token}).status_code == 403


@pytest.mark.parametrize(("login", "password"), [("camille", "wrong"), ("nobody", PASSWORD), ("", ""), ("camille", "")])
def test_a_wrong_login_says_the_same_for_all(desk: Desk, client: httpx.Client, login: str, password: str) -> None:
    answer = log_in(client, login, password)
    assert answer.status_code == 422
    assert "Identifiant ou mot de passe inconnu" in answer.text


def test_an_unknown_login_costs_as_much_as_a_known_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    verified = []
    matches = accounts._matches

    def counted(kept: str, password: str) -> bool:
        verified.append(kept)
        return matches(kept, password)

    monkeypatch.setattr(accounts, "_matches", counted)
    for login in ("camille", "nobody"):
        with desk.runtime.transaction() as session:
            accounts.authenticate(session, login, "wrong", "192.0.2.1")
    assert len(verified) == 2


def test_too_many_failures_close_the_door_for_a_while(desk: Desk, client: httpx.Client) -> None:
    for _ in range(accounts.FAILURES_ALLOWED):
        assert log_in(client, "camille", "wrong").status_code == 422
    refused = log_in(client, "camille")
    assert refused.status_code in {422, 429}
    assert "Trop d’essais" in refused.text
    # Somebody else at the same place may still come in.
    assert log_in(client, "alex").status_code == 303


def test_a_session_ends_by_rest_and_by_age(
    desk: Desk, logged_in: Callable[[str], httpx.Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = logged_in("camille")
    assert browser.get("/demandes").status_code == 200
    monkeypatch.setattr(sessions, "IDLE_SECONDS", -1)
    assert browser.get("/demandes").status_code == 303
    monkeypatch.undo()
    browser = logged_in("alex")
    monkeypatch.setattr(sessions, "LONGEST_SECONDS", -1)
    assert browser.get("/demandes").status_code == 303


def test_a_forged_cookie_is_nobodys(desk: Desk, logged_in: Callable[[str], httpx.Client]) -> None:
    browser = logged_in("camille")
    value = browser.cookies[sessions.COOKIE]
    browser.cookies.clear()
    for forged in (value[:-2] + "xx", "x", value + ".x"):
        answer = browser.get("/demandes", headers={"Cookie": f"{sessions.COOKIE}={forged}"})
        assert answer.status_code == 303


def test_logging_out_ends_the_session(desk: Desk, logged_in: Callable[[str], httpx.Client]) -> None:
    browser = logged_in("camille")
    kept = browser.cookies[sessions.COOKIE]
    browser.post("/deconnexion", data={"csrf": csrf_of(browser, "/demandes")})
    assert browser.get("/demandes").status_code == 303
    browser.cookies.clear()
    # A copy of the cookie, taken before, opens nothing either.
    assert browser.get("/demandes", headers={"Cookie": f"{sessions.COOKIE}={kept}"}).status_code == 303


def test_a_session_whose_form_came_too_late_is_told_so(desk: Desk, client: httpx.Client) -> None:
    answer = client.post(
        "/connexion", data={"login": "camille", "password": PASSWORD, "csrf": "old"}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 403
    assert "<html" in answer.text


@pytest.mark.parametrize("password", ["short", ""])
def test_a_short_password_is_refused(desk: Desk, logged_in: Callable[[str], httpx.Client], password: str) -> None:
    browser = logged_in("andrea")
    form = {"csrf": csrf_of(browser, "/comptes"), "login": "marion", "password": password, "role": "adviser"}
    assert browser.post("/comptes", data=form).status_code == 422


def test_an_administrator_makes_and_closes_an_account(desk: Desk, logged_in: Callable[[str], httpx.Client]) -> None:
    browser = logged_in("andrea")
    token = csrf_of(browser, "/comptes")
    form = {"csrf": token, "login": "marion", "password": "a good long password", "role": "adviser"}
    assert browser.post("/comptes", data=form).status_code == 303
    assert "marion" in browser.get("/comptes").text
    assert browser.post("/comptes", data=form).status_code == 422
    assert browser.post("/comptes/marion/fermer", data={"csrf": token}).status_code == 303
    assert {e.act for e in desk.audit(subject="marion")} == {"account_created", "account_disabled"}
