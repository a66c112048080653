"""What goes wrong is said in one sentence, and tells nothing of anybody."""

from collections.abc import Callable

import httpx
import pytest
from structlog.testing import capture_logs

from outreach.services import patient_file, requests
from tests.api.world import Desk, csrf_of

HTML = {"Accept": "text/html"}


def test_json_errors_are_one_sentence(desk: Desk, client: httpx.Client) -> None:
    camille = desk.bearer("camille")
    for method, path, status in (
        ("GET", "/api/v1/nowhere", 404),
        ("DELETE", "/api/v1/requests", 405),
        ("GET", "/api/v1/requests?page=x", 422),
    ):
        answer = client.request(method, path, headers=camille | HTML)
        assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_pages_that_do_not_exist_say_so_in_french(desk: Desk, logged_in: Callable[[str], httpx.Client]) -> None:
    browser = logged_in("camille")
    for path in ("/nulle-part", "/demandes/00000000-0000-4000-8000-000000000000"):
        answer = browser.get(path)
        assert answer.status_code == 404
        assert '<html lang="fr">' in answer.text
    assert "Accès refusé" in browser.get("/tableau").text


def test_a_request_taken_meanwhile_is_told_in_french(desk: Desk, logged_in: Callable[[str], httpx.Client]) -> None:
    request = desk.request()
    with desk.runtime.transaction() as session:
        requests.claim(session, request.id, desk.account(session, "alex"), desk.now)
    browser = logged_in("camille")
    answer = browser.post(f"/demandes/{request.id}/prendre", data={"csrf": csrf_of(browser, "/demandes")})
    assert answer.status_code == 409
    assert "Un autre conseiller" in answer.text


def test_rule_14_a_failure_tells_the_log_nothing_of_anybody(
    desk: Desk, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("Odette Exemple, née le 12/03/1947, 01 99 00 00 01")

    monkeypatch.setattr(patient_file, "build", fails)
    reference = desk.person().reference
    with capture_logs() as logs:
        answer = client.get(f"/api/v1/patients/{reference}", headers=desk.bearer("camille"))
    assert (answer.status_code, list(answer.json())) == (500, ["error"])
    assert answer.headers["cache-control"] == "no-store"
    assert [entry["error"] for entry in logs] == ["RuntimeError"]
    for secret in ("Odette", "Exemple", "1947", reference):
        assert secret not in str(logs) + answer.text
