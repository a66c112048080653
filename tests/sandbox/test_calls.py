"""Calls from ringing to their end, and what is told of them."""

from datetime import datetime

import pytest
from twilio.request_validator import RequestValidator

from tests.sandbox.conftest import ANNA, BRUNO, HELLO, Network, networked
from tests.serving import until

MAILBOX, BUSY, NEVER, OFF, FAX = (f"+33353010{i:03}" for i in range(5))
ASK = (
    '<Response><Gather input="{}" action="/turn?n=2" timeout="3" actionOnEmptyResult="true" {}><Say>Allô ?</Say>'
    "</Gather><Say>Vous n'avez rien dit.</Say></Response>"
)

VERBS = """<Response>
  <Pause length="2"/><Play>/tone.wav</Play><Say><prosody rate="slow">Doucement.</prosody></Say>
  <Unknown/><Redirect>/next</Redirect><Say>jamais</Say>
</Response>"""


def _lines(network: Network) -> None:
    habits = {MAILBOX: "mailbox", BUSY: "busy", NEVER: "never_answers", OFF: "unreachable", FAX: "fax"}
    network.people(*({"reference": c, "numbers": [n], "character": c} for n, c in habits.items()))
    network.people({"reference": "A", "numbers": [ANNA], "manual": True})


def _hold(network: Network, number: str, act: str, **body: str) -> None:
    answer = network.http.post(f"/telephone/{number}/{act}", json=body)
    assert answer.status_code == 204


def _pick_up(network: Network, sid: str) -> None:
    until(lambda: _row(network, sid)["rang_at"])
    _hold(network, ANNA, "pick-up")
    until(lambda: _row(network, sid)["answered_at"])


def _row(network: Network, sid: str) -> dict[str, object]:
    return next(row for row in network.log() if row["sid"] == sid)


def test_every_end_that_a_call_can_have_is_told(network: Network) -> None:
    _lines(network)
    ends = {}
    for number in (BUSY, NEVER, OFF, MAILBOX):
        network.application.received.clear()
        row = network.ended(network.place(number, Timeout="20").json()["sid"])
        until(lambda: len(network.application.statuses()) >= 2)
        until(lambda end=row["status"]: end in network.application.statuses())  # type: ignore[misc]
        ends[number] = (row["status"], row["error_code"], network.application.statuses())
        told = sorted(network.application.at("/status"), key=lambda form: int(form["SequenceNumber"]))
        assert [int(form["SequenceNumber"]) for form in told] == list(range(len(told)))
        assert {form["CallbackSource"] for form in told} == {"call-progress-events"}
        assert told[-1]["CallDuration"].isdigit()
    assert ends[BUSY] == ("busy", None, ["initiated", "busy"])
    assert ends[NEVER] == ("no-answer", None, ["initiated", "ringing", "no-answer"])
    assert ends[OFF] == ("failed", 13224, ["initiated", "failed"])
    assert ends[MAILBOX] == ("completed", None, ["initiated", "ringing", "in-progress", "completed"])


def test_only_the_events_asked_for_are_told(network: Network) -> None:
    _lines(network)
    network.ended(network.place(BUSY, StatusCallbackEvent="completed").json()["sid"])
    until(lambda: network.application.statuses() == ["busy"])


def test_ringing_lasts_as_long_as_asked_by_the_shared_clock(network: Network) -> None:
    _lines(network)
    row = network.ended(network.place(NEVER, Timeout="40").json()["sid"])
    rang = datetime.fromisoformat(row["ended_at"]) - datetime.fromisoformat(row["rang_at"])
    assert 40 <= rang.total_seconds() < 60


def test_every_request_of_the_network_is_signed(network: Network) -> None:
    network.ended(network.place(MAILBOX).json()["sid"])
    network.http.post("/sandbox/inbound-sms", json={"from": BRUNO, "body": "Où en êtes-vous, s'il vous plaît ?"})
    until(lambda: network.application.at("/carrier/sms/inbound"))
    validator = RequestValidator(network.config.auth_token)
    assert all(validator.validate(one.url, one.form, one.signature) for one in network.application.received)


@pytest.mark.parametrize(
    ("inputs", "options", "act", "body", "heard"),
    [
        ("speech dtmf", "", "say", {"text": "oui c'est moi"}, ("SpeechResult", "oui c'est moi")),
        ("speech dtmf", "", "keys", {"digits": "12031947#"}, ("Digits", "12031947")),
        ("dtmf", 'numDigits="1"', "keys", {"digits": "15"}, ("Digits", "1")),
        ("dtmf", "", "say", {"text": "on ne m'entend pas"}, None),
        ("speech", "", "silence", {}, None),
    ],
)
def test_what_is_said_typed_or_kept_silent_comes_back(
    network: Network, inputs: str, options: str, act: str, body: dict[str, str], heard: tuple[str, str] | None
) -> None:
    _lines(network)
    network.application.scripts |= {"/answer": [ASK.format(inputs, options)], "/turn": [HELLO]}
    sid = network.place().json()["sid"]
    _pick_up(network, sid)
    until(lambda: _row(network, sid)["turns"])
    until(lambda: network.http.post(f"/telephone/{ANNA}/{act}", json=body) and network.application.at("/turn"))
    form = network.application.at("/turn")[0]
    assert {"SpeechResult", "Digits"} & form.keys() == ({heard[0]} if heard else set())
    if heard:
        assert form[heard[0]] == heard[1]
    assert ("Confidence" in form) == ("SpeechResult" in form)
    turns = network.ended(sid)["turns"]
    assert [turn["text"] for turn in turns] == ["Allô ?", *([heard[1]] if heard else []), "Bonjour."]


def test_silence_goes_on_with_what_follows_when_no_empty_result_is_wanted(network: Network) -> None:
    _lines(network)
    script = ASK.format("dtmf", "").replace('actionOnEmptyResult="true"', "")
    network.application.scripts["/answer"] = [script]
    turns = network.ended(network.place(FAX).json()["sid"])["turns"]
    assert [turn["text"] for turn in turns] == ["Allô ?", "Vous n'avez rien dit."]
    assert network.application.at("/turn") == []


def test_verbs_follow_one_another(network: Network) -> None:
    _lines(network)
    network.application.scripts |= {
        "/answer": [VERBS],
        "/next": [HELLO],
    }
    row = network.ended(network.place(MAILBOX).json()["sid"])
    assert [turn["text"] for turn in row["turns"]] == ["Doucement.", "Bonjour."]


@pytest.mark.parametrize("document", ["<Response><Say>", "nothing", "<Response><Pause length='x'/></Response>"])
def test_instructions_that_make_no_sense_end_the_call(network: Network, document: str) -> None:
    network.application.scripts["/answer"] = [document]
    _lines(network)
    row = network.ended(network.place(MAILBOX).json()["sid"])
    assert row["status"] == "completed"
    assert row["error_code"] in {12100, 12200}


def test_an_application_that_fails_ends_the_call(network: Network) -> None:
    _lines(network)
    network.application.status = 500
    assert network.ended(network.place(MAILBOX).json()["sid"])["error_code"] == 11200


def test_detection_beside_the_call_and_the_message_after_it(network: Network) -> None:
    _lines(network)
    network.application.scripts["/answer"] = [ASK.format("speech", "")]
    asked = {
        "MachineDetection": "Enable",
        "AsyncAmd": "true",
        "AsyncAmdStatusCallback": network.application.url + "/amd",
    }
    sid = network.place(MAILBOX, **asked).json()["sid"]
    told = until(lambda: network.application.at("/amd"))[0]
    assert told["AnsweredBy"] == "machine_start"
    message = {"Twiml": "<Response><Say>Ceci est un message.</Say><Hangup/></Response>"}
    answer = network.http.post(f"{network.root}/Calls/{sid}.json", data=message)
    assert answer.status_code == 200
    row = network.ended(sid)
    assert row["answered_by"] == "machine_start"
    assert row["turns"][-1]["text"] == "Ceci est un message."


def test_detection_before_the_call_waits_for_the_end_of_the_greeting(network: Network) -> None:
    _lines(network)
    network.ended(network.place(MAILBOX, MachineDetection="DetectMessageEnd").json()["sid"])
    assert network.application.at("/answer")[0]["AnsweredBy"].startswith("machine_end")
    network.ended(network.place(FAX, MachineDetection="Enable").json()["sid"])
    assert network.application.at("/answer")[1]["AnsweredBy"] == "fax"


def test_a_live_call_is_sent_elsewhere_or_ended(network: Network) -> None:
    _lines(network)
    network.application.scripts |= {"/answer": [ASK.format("speech", "")], "/elsewhere": [ASK.format("dtmf", "")]}
    sid = network.place().json()["sid"]
    address = f"{network.root}/Calls/{sid}.json"
    early = network.http.post(address, data={"Url": f"{network.application.url}/elsewhere"})
    assert early.json()["code"] == 21220, "nobody has picked up"
    _pick_up(network, sid)
    until(lambda: _row(network, sid)["turns"])
    assert network.http.post(address, data={"Url": f"{network.application.url}/elsewhere"}).status_code == 200
    until(lambda: network.application.at("/elsewhere"))
    assert network.http.post(address, data={"Status": "completed"}).status_code == 200
    assert network.ended(sid)["status"] == "completed"
    until(lambda: network.application.statuses()[-1:] == ["completed"])


def test_a_ringing_call_is_taken_back_at_once() -> None:
    with networked(clock="2026-11-24T10:00:00+01:00@5") as network:
        _lines(network)
        sid = network.place(NEVER, Timeout="600").json()["sid"]
        until(lambda: _row(network, sid)["rang_at"])
        network.http.post(f"{network.root}/Calls/{sid}.json", data={"Status": "canceled"})
        assert network.ended(sid)["status"] == "canceled"


def test_who_calls_us_gets_our_instructions(network: Network) -> None:
    network.application.scripts["/carrier/voice/inbound"] = [HELLO]
    sid = network.http.post("/sandbox/inbound-call", json={"from": "+33465710009"}).json()["sid"]
    row = network.ended(sid)
    assert (row["direction"], row["from"], row["to"]) == ("inbound", "+33465710009", network.config.our_number)
    assert network.application.at("/carrier/voice/inbound")[0]["Direction"] == "inbound"
    until(lambda: [form["CallStatus"] for form in network.application.at("/carrier/voice/status")] == ["completed"])
