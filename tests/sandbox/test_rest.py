"""The carrier's API: its answers fit the carrier's own description, and its official client works with them."""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from tests.sandbox.conftest import ANNA, BRUNO, US, Network, networked
from tests.serving import until

_BESIDE = Path(__file__).parents[3] / "shared" / "twilio" / "openapi-calls-messages.json"
DESCRIPTION = Path(os.environ.get("RELAIS_CARRIER_OPENAPI") or _BESIDE)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    if not DESCRIPTION.is_file():
        pytest.skip("the carrier's OpenAPI description is not here: give its path as RELAIS_CARRIER_OPENAPI")
    loaded: dict[str, Any] = _nullable(json.loads(DESCRIPTION.read_text("utf-8")))
    return loaded


def _nullable(node: Any) -> Any:
    """OpenAPI 3.0's `nullable`, in JSON Schema's words; its `format`s are informative."""
    if isinstance(node, list):
        return [_nullable(one) for one in node]
    if not isinstance(node, dict):
        return node
    found = {name: _nullable(value) for name, value in node.items()}
    if found.pop("nullable", False):
        return {"anyOf": [found, {"type": "null"}]}
    return found


def _fits(answer: httpx.Response, description: dict[str, Any], path: str, method: str) -> None:
    operation = description["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{path}"][method]
    documented = operation["responses"][str(answer.status_code)]
    schema = documented["content"]["application/json"]["schema"]
    jsonschema.validate(answer.json(), {**schema, "components": description["components"]})


def test_answers_fit_the_carriers_description(network: Network, description: dict[str, Any]) -> None:
    created = network.place()
    _fits(created, description, "Calls.json", "post")
    network.ended(created.json()["sid"])
    for path, known in ((f"Calls/{created.json()['sid']}.json", "Calls/{Sid}.json"), ("Calls.json", "Calls.json")):
        _fits(network.http.get(f"{network.root}/{path}"), description, known, "get")
    sent = network.text()
    _fits(sent, description, "Messages.json", "post")
    until(lambda: network.log("messages")[0]["status"] == "delivered")
    one = f"Messages/{sent.json()['sid']}.json"
    for path, known in ((one, "Messages/{Sid}.json"), ("Messages.json", "Messages.json")):
        _fits(network.http.get(f"{network.root}/{path}"), description, known, "get")
    call = network.http.post(f"{network.root}/Calls/{created.json()['sid']}.json", data={"Status": "completed"})
    _fits(call, description, "Calls/{Sid}.json", "post")


class _ToSandbox(TwilioHttpClient):  # type: ignore[misc]  # the library has no types
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.session.trust_env = False

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self.address), *args, **kwargs)


def test_the_official_client_works_with_it(network: Network) -> None:
    http = _ToSandbox(network.url)
    client = Client(network.config.account_sid, network.config.auth_token, http_client=http)
    call = client.calls.create(to=ANNA, from_=US, url=f"{network.application.url}/answer")
    network.ended(call.sid)
    read = client.calls(call.sid).fetch()
    assert (read.to, read.direction) == (ANNA, "outbound-api")
    assert read.date_created.isoformat().startswith("2026-11-24T")
    for _ in range(4):
        client.messages.create(to=BRUNO, from_=US, body="Bonjour")
    assert len(client.messages.list(to=BRUNO, page_size=2)) == 4, "the client follows the pages"
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to="12", from_=US, url=network.application.url)
    assert (refused.value.status, refused.value.code) == (400, 21211)
    assert client.calls(call.sid).delete()
    with pytest.raises(TwilioRestException) as gone:
        client.calls(call.sid).fetch()
    assert (gone.value.status, gone.value.code) == (404, 20404)
    assert [row["sid"] for row in network.log()] == [call.sid], "the judge forgets nothing"
    http.session.close()


REFUSED_CALLS: list[tuple[dict[str, str], int]] = [
    ({"To": "+331"}, 21211),
    ({"To": ""}, 21201),
    ({"From": "SANTE"}, 21212),
    ({"From": ""}, 21213),
    ({"Url": "nowhere"}, 21205),
    ({"Timeout": "long"}, 20001),
]
REFUSED_MESSAGES: list[tuple[dict[str, str], int]] = [
    ({"To": ANNA}, 21614),
    ({"To": "0639980002"}, 21211),
    ({"Body": ""}, 21602),
    ({"Body": "a" * 1601}, 21617),
    ({"From": "a sender too long"}, 21212),
]


def test_what_is_wrong_is_refused_with_the_carriers_code(network: Network) -> None:
    asked = [(network.place(**change), code) for change, code in REFUSED_CALLS]
    asked += [(network.text(**change), code) for change, code in REFUSED_MESSAGES]
    for answer, code in asked:
        assert answer.json().keys() == {"code", "message", "more_info", "status"}
        assert (answer.status_code, answer.json()["status"], answer.json()["code"]) == (400, 400, code)
    assert network.log() == network.log("messages") == []


def test_a_number_that_does_not_exist_is_refused_at_once(network: Network) -> None:
    network.people({"reference": "I", "numbers": ["+33261910001"], "character": "invalid_number"})
    assert network.place("+33261910001").json()["code"] == 21211


def test_nobody_without_the_password(network: Network) -> None:
    for auth in (("AC" + "0" * 32, network.config.auth_token), (network.config.account_sid, "wrong")):
        answer = httpx.get(f"{network.url}{network.root}/Calls.json", auth=auth, trust_env=False)
        assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert httpx.get(f"{network.url}{network.root}/Calls.json", trust_env=False).status_code == 401


def test_lists_are_filtered_and_cut_into_pages(network: Network) -> None:
    for _ in range(3):
        network.ended(network.place().json()["sid"])
    network.place(BRUNO)

    def listed(**query: str) -> dict[str, Any]:
        answer: dict[str, Any] = network.http.get(f"{network.root}/Calls.json", params=query).json()
        return answer

    assert len(listed(To=ANNA)["calls"]) == 3
    assert {call["to"] for call in listed()["calls"]} == {ANNA, BRUNO}
    assert listed(From=BRUNO)["calls"] == []
    assert listed(Status="failed")["calls"] == []
    assert len(listed(**{"StartTime>": "2026-11-24"})["calls"]) == 4
    assert listed(**{"StartTime<": "2026-11-23"})["calls"] == []
    first = listed(To=ANNA, PageSize="2")
    second = network.http.get(first["next_page_uri"]).json()
    assert (len(first["calls"]), len(second["calls"]), second["next_page_uri"]) == (2, 1, None)
    assert listed(PageSize="x")["code"] == 20001


def test_after_stop_nothing_more_is_sent_until_start(network: Network) -> None:
    network.http.post("/sandbox/inbound-sms", json={"from": BRUNO, "to": US, "body": "STOP"})
    assert network.text().json()["code"] == 21610
    network.http.post("/sandbox/inbound-sms", json={"from": BRUNO, "to": US, "body": "start"})
    assert network.text().status_code == 201


def test_more_than_the_account_may_place_a_second() -> None:
    # A clock that hardly moves: everything happens within its first second.
    with networked(clock="2026-11-24T10:00:00+01:00@0.01") as network:
        network.faults(per_second=2)
        assert [network.place().status_code for _ in range(4)] == [201, 201, 429, 429]
        assert network.place().json()["code"] == 20429
        assert network.http.get(f"{network.root}/Calls.json").status_code == 200


def test_what_the_control_api_refuses(network: Network) -> None:
    assert network.http.put("/sandbox/faults", json={"gremlins": 1}).status_code == 400
    assert network.http.put("/sandbox/faults", json=[]).status_code == 400
    assert network.http.put("/sandbox/people", json=[{"reference": "X", "character": "nobody"}]).status_code == 400
    assert network.http.post("/sandbox/people/none/manual", json={"manual": True}).status_code == 404
    assert network.http.post("/sandbox/inbound-call", json={}).status_code == 400
    assert network.http.post("/sandbox/inbound-sms", content=b"{").status_code == 400
