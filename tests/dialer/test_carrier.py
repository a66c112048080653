"""The carrier's client against a scripted carrier, over real HTTP."""

import json
import logging
import os
from pathlib import Path
from typing import Any
from uuid import uuid4

import jsonschema
import pytest

from dialer.carrier import Carrier, CarrierError, InventedPerson, NotSent, Refused, Unsure
from outreach.settings import PUBLIC_CARRIER, Settings
from tests.dialer.conftest import PUBLIC
from tests.dialer.fakes import ACCOUNT, FakeCarrier

NUMBER = "+33199001234"
CALLER = "+33162000001"
REAL_NUMBER = "+33123456789"


@pytest.fixture
def database_url() -> str:
    """The client needs no database."""
    return "postgresql+psycopg://nobody@127.0.0.1:9/none"


@pytest.fixture
def client(settings: Settings) -> Carrier:
    return Carrier(settings)


def _call(client: Carrier, number: str = NUMBER, *, invented: bool = True) -> str:
    return client.place_call(uuid4(), number, CALLER, 25, invented=invented)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """The carrier's own OpenAPI document, which is not ours to keep in the project."""
    named = os.environ.get("RELAIS_CARRIER_OPENAPI")
    beside = Path(__file__).parents[2].parent / "shared" / "twilio" / "openapi-calls-messages.json"
    path = Path(named) if named else beside
    if not path.exists():
        pytest.skip("set RELAIS_CARRIER_OPENAPI to the carrier's OpenAPI document of calls and messages")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return document


def _check(description: dict[str, Any], path: str, form: dict[str, list[str]]) -> None:
    schema = description["paths"][path]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    known = schema["properties"]
    values: dict[str, Any] = {}
    for name, given in form.items():
        assert name in known, f"{name} is no parameter of the carrier's"
        kind = known[name].get("type")
        values[name] = given if kind == "array" else int(given[0]) if kind == "integer" else given[0]
    jsonschema.validate(values, {**schema, "components": description["components"]})


def test_what_we_ask_for_is_what_the_carrier_describes(
    client: Carrier, carrier: FakeCarrier, description: dict[str, Any]
) -> None:
    sid = _call(client)
    client.send_sms(uuid4(), NUMBER, "38000", "Assurance Maladie", invented=True)
    client.redirect_call(sid, "<Response><Hangup/></Response>")
    client.end_call(sid)
    call, sms, redirect, end = carrier.asked
    calls = "/2010-04-01/Accounts/{AccountSid}/Calls.json"
    _check(description, calls, call.form)
    _check(description, calls.replace("Calls", "Messages"), sms.form)
    for update in (redirect, end):
        _check(description, calls.replace("Calls", "Calls/{Sid}"), update.form)


def test_a_call_carries_its_attempt_in_every_address(client: Carrier, carrier: FakeCarrier) -> None:
    attempt = uuid4()
    sid = client.place_call(attempt, NUMBER, CALLER, 25, invented=True)
    (call,) = carrier.placed()
    assert sid in carrier.held
    assert call.path == f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"
    for name, path in (("Url", "answer"), ("StatusCallback", "status"), ("AsyncAmdStatusCallback", "amd")):
        assert call.one(name) == f"{PUBLIC}/carrier/voice/{path}?attempt={attempt}"
    assert call.form["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert (call.one("Timeout"), call.one("AsyncAmd"), call.one("MachineDetection")) == (
        "25",
        "true",
        "Enable",
    )


def test_any_compatible_carrier_can_be_named_with_a_path_of_its_own(settings: Settings, carrier: FakeCarrier) -> None:
    elsewhere = settings.model_copy(update={"carrier_api_url": f"{settings.carrier_api_url}/api/laml"})
    _call(Carrier(elsewhere))
    assert carrier.placed()[0].path.startswith("/api/laml/2010-04-01/Accounts/")


@pytest.mark.parametrize(
    ("script", "kind", "code"),
    [
        ((400, 21211), Refused, 21211),
        ((400, 21610), Refused, 21610),
        ((401, 20003), Refused, 20003),
        ((429, 20429), Refused, 20429),
        ((500, 20500), Unsure, 20500),
        ((503, None), Unsure, None),
        ("cut", Unsure, None),
        ("drop", Unsure, None),
        ("half", Unsure, None),
    ],
)
def test_failures_are_told_apart_by_whether_something_may_have_been_placed(
    client: Carrier, carrier: FakeCarrier, script: Any, kind: type[CarrierError], code: int | None
) -> None:
    carrier.script = [script]
    with pytest.raises(kind) as failed:
        _call(client)
    assert failed.value.code == code
    assert NUMBER not in repr(failed.value) + str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    if isinstance(failed.value, Unsure):
        assert failed.value.over is isinstance(script, tuple)
    assert len(carrier.placed()) == 1, "nothing is tried again inside"


def test_a_carrier_that_does_not_listen_was_sent_nothing(settings: Settings) -> None:
    nobody = Carrier(settings.model_copy(update={"carrier_api_url": "http://127.0.0.1:9"}))
    with pytest.raises(NotSent):
        _call(nobody)


def test_invented_people_never_reach_a_real_carrier(settings: Settings, carrier: FakeCarrier) -> None:
    public = Carrier(settings.model_copy(update={"carrier_api_url": PUBLIC_CARRIER}))
    with pytest.raises(InventedPerson):
        _call(public, NUMBER, invented=False)
    with pytest.raises(InventedPerson):
        _call(public, REAL_NUMBER, invented=True)
    with pytest.raises(InventedPerson):
        public.send_sms(uuid4(), REAL_NUMBER, "38000", "…", invented=True)
    assert carrier.asked == []


def test_what_the_carrier_holds_is_found_by_number(client: Carrier, carrier: FakeCarrier) -> None:
    first, second = _call(client), _call(client)
    _call(client, "+33199005678")
    carrier.held[first]["status"] = "no-answer"
    carrier.held[second]["direction"] = "outbound-dial"
    assert [(one.carrier_id, one.ours) for one in client.find_calls(NUMBER)] == [
        (second, False),
        (first, True),
    ]
    assert client.fetch_call(first).status == "no-answer"
    with pytest.raises(Refused) as unknown:
        client.fetch_call("CA" + "f" * 32)
    assert unknown.value.status == 404


def test_rule_14_the_client_logs_no_number_and_no_text(
    client: Carrier, carrier: FakeCarrier, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    _call(client)
    client.find_calls(NUMBER)
    client.send_sms(uuid4(), NUMBER, "38000", "un texte reconnaissable", invented=True)
    assert NUMBER[3:] not in caplog.text
    assert "reconnaissable" not in caplog.text
    assert NUMBER not in repr(client.find_calls(NUMBER))


@pytest.mark.parametrize(("status", "kind"), [(500, Unsure), (429, Refused), (401, Refused)])
def test_a_list_that_the_carrier_does_not_give_is_told_like_any_other_failure(
    client: Carrier, carrier: FakeCarrier, monkeypatch: pytest.MonkeyPatch, status: int, kind: type[CarrierError]
) -> None:
    monkeypatch.setattr(carrier, "answer", lambda _: (status, b"{}"))
    for find in (client.find_calls, client.find_messages):
        with pytest.raises(kind) as failure:
            find(NUMBER)
        assert failure.value.status == status
        assert NUMBER not in str(failure.value)
