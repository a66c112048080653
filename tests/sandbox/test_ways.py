"""What the network does on demand: machines, codes, receipts, prices, stops; and that it always ends what it began."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import httpx
import jsonschema
import pytest

from sandbox.calls import Calls
from sandbox.clock import NetworkClock
from sandbox.ways import Way
from tests.sandbox.conftest import ANNA, BRUNO, HELLO, US, Network, networked
from tests.sandbox.test_rest import _fits, description
from tests.serving import until

__all__ = ["description"]

LISTEN = '<Response><Gather input="speech" action="/turn" timeout="6" actionOnEmptyResult="true">{}</Gather></Response>'
SAY = "<Say>Ici l'Assurance Maladie.</Say>"
CLARA = "+33353010077"


def _ways(network: Network, *ways: dict[str, Any]) -> None:
    assert network.http.put("/sandbox/ways", json=list(ways)).status_code == 200


def _is(network: Network, character: str) -> None:
    network.people({"reference": "C", "numbers": [CLARA], "character": character})


def _heard(network: Network) -> list[str]:
    return [form["SpeechResult"] for form in network.application.at("/turn") if "SpeechResult" in form]


def test_a_mailbox_plays_its_greeting_from_the_pick_up_and_records_only_what_comes_after(network: Network) -> None:
    _is(network, "mailbox")
    network.application.scripts |= {
        "/answer": [LISTEN.format(SAY)],
        "/turn": ["<Response><Pause/><Say>Un message.</Say><Hangup/></Response>"],
    }
    row = network.ended(network.place(CLARA).json()["sid"])
    assert len(_heard(network)) == 1
    assert row["recorded"] == ["Un message."]


def test_a_full_mailbox_says_so_and_cuts_the_line(network: Network) -> None:
    _is(network, "mailbox_full")
    network.application.scripts |= {"/answer": [LISTEN.format("")], "/turn": [LISTEN.format("")]}
    row = network.ended(network.place(CLARA).json()["sid"])
    assert "pleine" in _heard(network)[0]
    assert (row["status"], row["recorded"]) == ("completed", [])


@pytest.mark.parametrize(("character", "comes"), [("screened", True), ("screened_out", False)])
def test_who_has_calls_screened_comes_or_does_not(network: Network, character: str, comes: bool) -> None:
    _is(network, character)
    network.application.scripts |= {
        "/answer": [LISTEN.format(SAY)],
        "/turn": [LISTEN.format(SAY), LISTEN.format(""), HELLO],
    }
    network.ended(network.place(CLARA).json()["sid"])
    heard = _heard(network)
    assert "motif de votre appel" in heard[0]
    assert ("Allô oui ?" in heard) is comes


@pytest.mark.parametrize(
    "answered_by", ["machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown"]
)
def test_the_detection_believes_what_it_is_told_to_when_it_is_told_to(network: Network, answered_by: str) -> None:
    _ways(network, {"number": ANNA, "answered_by": answered_by, "detection_seconds": 0.5})
    network.application.scripts["/answer"] = ["<Response><Pause length='20'/></Response>"]
    asked = {"MachineDetection": "Enable", "AsyncAmd": "true"}
    network.people({"reference": "A", "numbers": [ANNA], "character": "silent"})
    sids = [network.place(ANNA, AsyncAmdStatusCallback=f"{network.application.url}/amd", **asked) for _ in range(3)]
    told = until(lambda: network.application.at("/amd"))[0]
    assert told["AnsweredBy"] == answered_by
    assert int(told["MachineDetectionDuration"]) == 500
    assert all(answer.status_code == 201 for answer in sids)


@pytest.mark.parametrize("code", [13224, 21214, 20403, 10001, 32017])
def test_any_code_refuses_or_fails_a_call(network: Network, code: int) -> None:
    _ways(network, {"number": ANNA, "refuse_call": code})
    refused = network.place()
    assert refused.json()["code"] == code
    assert refused.status_code == (403 if code == 20403 else 400)
    _ways(network, {"number": ANNA, "fail_call": code, "sip": 404})
    row = network.ended(network.place().json()["sid"])
    assert (row["status"], row["error_code"]) == ("failed", code)
    last = until(lambda: [form for form in network.application.at("/status") if form["CallStatus"] == "failed"])[0]
    assert (last["ErrorCode"], last["SipResponseCode"]) == (str(code), "404")


@pytest.mark.parametrize(("code", "end"), [(30003, "undelivered"), (30007, "undelivered"), (30001, "failed")])
def test_any_code_refuses_or_loses_an_sms_and_the_receipt_comes_when_told(
    network: Network, description: dict[str, Any], code: int, end: str
) -> None:
    _ways(network, {"number": BRUNO, "fail_sms": code, "sms_end": end, "receipt_seconds": 600})
    sent = network.text()
    until(lambda: len(network.application.at("/sms-status")) == 2)
    last = network.application.at("/sms-status")[-1]
    assert (last["MessageStatus"], last["ErrorCode"]) == (end, str(code))
    one = f"{network.root}/Messages/{sent.json()['sid']}.json"
    _fits(network.http.get(one), description, "Messages/{Sid}.json", "get")
    assert network.http.get(one).json()["error_code"] == code
    _ways(network, {"number": BRUNO, "refuse_sms": 21610})
    assert network.text().json()["code"] == 21610


def test_a_stop_blocks_its_pair_of_numbers_alone(network: Network) -> None:
    network.http.post("/sandbox/inbound-sms", json={"from": BRUNO, "to": US, "body": "STOP"})
    assert network.text().json()["code"] == 21610
    assert network.text(From="38000").status_code == 201
    assert "OptOutType" not in network.application.at("/carrier/sms/inbound")[0]
    network.http.post("/sandbox/inbound-sms", json={"from": BRUNO, "to": US, "body": "START"})
    assert network.text().status_code == 201


@pytest.mark.parametrize(("body", "word"), [("STOP", "STOP"), ("start", "START"), ("aide", "HELP"), ("oui", None)])
def test_a_network_that_answers_stop_itself_says_which_word_it_was(body: str, word: str | None) -> None:
    with networked(advanced_opt_out=True) as network:
        network.http.post("/sandbox/inbound-sms", json={"from": BRUNO, "to": US, "body": body})
        assert network.application.at("/carrier/sms/inbound")[0].get("OptOutType") == word


def test_prices_come_later_than_the_end(network: Network, description: dict[str, Any]) -> None:
    sid = network.place().json()["sid"]
    network.people({"reference": "A", "numbers": [ANNA], "character": "fax"})
    sid = network.place().json()["sid"]
    network.ended(sid)
    one = f"{network.root}/Calls/{sid}.json"
    assert network.http.get(one).json()["price"] is None
    priced = until(lambda: (answer := network.http.get(one)).json()["price"] is not None and answer)
    _fits(priced, description, "Calls/{Sid}.json", "get")
    assert float(priced.json()["price"]) < 0
    assert priced.json()["price_unit"] == "EUR"
    sms = network.text().json()["sid"]
    address = f"{network.root}/Messages/{sms}.json"
    assert network.http.get(address).json()["price"] is None
    until(lambda: network.http.get(address).json()["price"])


def test_a_rate_limit_may_say_how_long_and_a_list_may_lag(network: Network) -> None:
    network.faults(rate_limit=1, retry_after=7)
    assert network.place().headers["retry-after"] == "7"
    network.faults(list_lag=3600)
    network.place()
    assert network.http.get(f"{network.root}/Calls.json").json()["calls"] == []
    network.faults()
    assert len(network.http.get(f"{network.root}/Calls.json").json()["calls"]) == 1


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_call_to_us_that_is_rejected_was_never_answered(network: Network, reason: str, status: str) -> None:
    network.application.scripts["/carrier/voice/inbound"] = [f'<Response><Reject reason="{reason}"/></Response>']
    sid = network.http.post("/sandbox/inbound-call", json={"from": "+33465710009"}).json()["sid"]
    row = network.ended(sid)
    assert (row["status"], row["answered_at"]) == (status, None)


def test_instructions_that_fail_are_asked_for_at_the_fallback(network: Network) -> None:
    network.people({"reference": "A", "numbers": [ANNA], "character": "fax"})
    network.application.scripts |= {"/answer": ["<Response><Say>"], "/fallback": [HELLO]}
    row = network.ended(network.place(FallbackUrl=f"{network.application.url}/fallback").json()["sid"])
    asked = network.application.at("/fallback")[0]
    assert (asked["ErrorCode"], asked["ErrorUrl"]) == ("12100", f"{network.application.url}/answer")
    assert [turn["text"] for turn in row["turns"]] == ["Bonjour."]
    network.application.scripts["/fallback"] = ["nothing either"]
    row = network.ended(network.place(FallbackUrl=f"{network.application.url}/fallback").json()["sid"])
    assert [turn["speaker"] for turn in row["turns"]] == ["network"]


def test_a_call_is_cut_at_its_time_limit(network: Network) -> None:
    network.people({"reference": "A", "numbers": [ANNA], "character": "silent"})
    network.application.scripts["/answer"] = ["<Response><Pause length='900'/></Response>"]
    rows = [network.ended(network.place(TimeLimit="60").json()["sid"]) for _ in range(4)]
    lengths = [
        (datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["answered_at"])).total_seconds()
        for row in rows
        if row["answered_at"]
    ]
    assert lengths
    assert all(60 <= length < 200 for length in lengths)


def test_what_breaks_inside_the_network_ends_the_call(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(Calls, "_follow_instructions", broken)
    network.people({"reference": "A", "numbers": [ANNA], "character": "fax"})
    row = network.ended(network.place().json()["sid"])
    assert row["status"] == "completed"
    until(lambda: network.application.statuses()[-1:] == ["completed"])


def test_callbacks_come_in_the_order_of_what_happened() -> None:
    with networked(clock="2026-11-24T10:00:00+01:00@5000") as network:
        network.people({"reference": "A", "numbers": [ANNA], "character": "fax"})
        for _ in range(20):
            network.application.received.clear()
            network.ended(network.place().json()["sid"])
            until(lambda: len(network.application.statuses()) == 4)
            assert network.application.statuses() == ["initiated", "ringing", "in-progress", "completed"]


@pytest.mark.parametrize("body", [[], "soon", None, {"now": 7}, {"now": "x"}, {"now": "2026-11-24T10:00:00"}])
def test_a_clock_that_answers_nonsense_is_asked_again(body: Any) -> None:
    asked = 0

    def answer(_: httpx.Request) -> httpx.Response:
        nonlocal asked
        asked += 1
        return httpx.Response(200, json=body if asked == 1 else {"now": "2026-11-24T12:00:00+01:00", "clock_rate": 2})

    async def followed() -> NetworkClock:
        clock = NetworkClock("2026-11-24T10:00:00+01:00@1", "http://clock")
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            following = asyncio.create_task(clock.follow(client))
            while not clock.reached:
                await asyncio.sleep(0.02)
                assert not following.done()
            following.cancel()
        return clock

    with ThreadPoolExecutor(1) as apart:  # this thread may have a loop of its own, the browser's
        assert apart.submit(asyncio.run, followed()).result().rate == 2


@pytest.mark.parametrize(
    "wanted",
    [
        {}, [1], [{"refuse_call": 1}], [{"number": ANNA, "gremlins": 1}], [{"number": ANNA, "refuse_call": "no"}],
        [{"number": ANNA, "answered_by": "a dog"}], [{"number": ANNA, "sms_end": "lost"}],
    ],
)  # fmt: skip
def test_a_way_that_makes_no_sense_is_refused(network: Network, wanted: Any) -> None:
    assert network.http.put("/sandbox/ways", json=wanted).status_code == 400
    assert network.http.get("/sandbox/ways").json() == []


def test_ways_are_read_back(network: Network) -> None:
    _ways(network, {"number": ANNA, "refuse_call": 21214})
    (read,) = network.http.get("/sandbox/ways").json()
    assert Way.from_document(read) == Way(ANNA, refuse_call=21214)
    jsonschema.validate(read, {"type": "object", "required": ["number", "refuse_call", "receipt_seconds"]})
