"""<Dial>: an adviser is rung, told why, joined; and the action hears how it ended."""

from datetime import datetime
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from sandbox.config import SandboxConfig
from tests.sandbox.conftest import ANNA, HELLO, US, Network, networked
from tests.serving import until

ADVISER = "+33199001234"
DIAL = (
    f'<Response><Say>Je vous passe un conseiller.</Say><Dial action="/ended?n=1" timeout="20" callerId="{US}">'
    f'<Number url="/announcement?n=2">{ADVISER}</Number></Dial><Say>jamais</Say></Response>'
)
ANNOUNCED = "<Response><Say>Quelqu'un demande un conseiller.</Say></Response>"


def _ready(network: Network, **line: Any) -> None:
    network.people({"reference": "A", "numbers": [ANNA], "manual": True})
    network.application.scripts |= {"/answer": [DIAL], "/announcement": [ANNOUNCED], "/ended": [HELLO]}
    if line:
        answer = network.http.put("/sandbox/advisers", json=[{"number": ADVISER, **line}])
        assert answer.status_code == 200


def _call(network: Network, **more: Any) -> str:
    """ANNA picks up, and hears that she is put through."""
    sid: str = network.place(**more).json()["sid"]
    until(lambda: _row(network, sid)["rang_at"])
    network.http.post(f"/telephone/{ANNA}/pick-up")
    return sid


def _row(network: Network, sid: str) -> dict[str, Any]:
    return next(row for row in network.log() if row["sid"] == sid)


def _leg(network: Network, sid: str) -> dict[str, Any]:
    return next(row for row in network.log() if row["parent_sid"] == sid)


def _texts(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(turn["speaker"], turn["text"]) for turn in row["turns"]]


def test_an_adviser_answers_is_told_and_talks(network: Network) -> None:
    _ready(network, conduct="answers", answer_seconds=5, talk_seconds=60)
    sid = _call(network)
    row, leg = network.ended(sid), _leg(network, sid)
    (told,) = network.application.at("/announcement")
    assert (told["CallSid"], told["ParentCallSid"], told["To"]) == (leg["sid"], sid, ADVISER)
    assert (told["Direction"], told["CallStatus"]) == ("outbound-dial", "in-progress")
    (action,) = network.application.at("/ended")
    assert {name: action[name] for name in ("CallSid", "CallStatus", "DialCallStatus", "DialBridged")} == {
        "CallSid": sid, "CallStatus": "in-progress", "DialCallStatus": "completed", "DialBridged": "true",
    }  # fmt: skip
    assert action["DialCallSid"] == leg["sid"]
    assert int(action["DialCallDuration"]) >= 60
    assert (leg["from"], leg["to"], leg["status"], leg["direction"]) == (US, ADVISER, "completed", "outbound-dial")
    rang = datetime.fromisoformat(leg["answered_at"]) - datetime.fromisoformat(leg["rang_at"])
    assert 5 <= rang.total_seconds() < 20
    heard = _texts(row)
    assert heard[0] == ("agent", "Je vous passe un conseiller.")
    assert heard[-1] == ("agent", "Bonjour.")
    assert [speaker for speaker, _ in heard[1:-1]] == ["adviser", "adviser"]
    assert _texts(leg) == [("agent", "Quelqu'un demande un conseiller."), *heard[1:-1]]


@pytest.mark.parametrize(
    ("line", "status", "answered"),
    [
        ({"conduct": "busy"}, "busy", False),
        ({"conduct": "never_answers"}, "no-answer", False),
        ({"conduct": "answers", "answer_seconds": 30}, "no-answer", False),
        ({"conduct": "declines"}, "completed", True),
        ({}, "no-answer", False),
    ],
)
def test_every_end_without_a_talk_is_told(network: Network, line: dict[str, Any], status: str, answered: bool) -> None:
    _ready(network, **line)
    sid = _call(network)
    row, leg = network.ended(sid), _leg(network, sid)
    (action,) = network.application.at("/ended")
    assert (action["DialCallStatus"], action["DialBridged"]) == (status, "false")
    assert ("DialCallDuration" in action) is answered
    assert bool(network.application.at("/announcement")) is answered
    assert (leg["status"], bool(leg["answered_at"])) == (status, answered)
    assert _texts(row) == [("agent", "Je vous passe un conseiller."), ("agent", "Bonjour.")]


def test_an_announcement_can_hang_up_and_one_that_fails_joins_nobody(network: Network) -> None:
    _ready(network, conduct="answers")
    network.application.scripts["/announcement"] = ["<Response><Hangup/></Response>", "nonsense"]
    for status in ("completed", "failed"):
        network.ended(_call(network))
        action = network.application.at("/ended")[-1]
        assert (action["DialCallStatus"], action["DialBridged"]) == (status, "false")


def test_a_caller_id_that_is_neither_partys_is_refused(network: Network) -> None:
    _ready(network, conduct="answers")
    network.application.scripts["/answer"] = [DIAL.replace(US, "+33162000099")]
    sid = _call(network)
    network.ended(sid)
    assert network.application.at("/ended")[0]["DialCallStatus"] == "failed"
    assert _leg(network, sid)["error_code"] == 13214


def test_a_number_without_announcement_is_joined_at_once(network: Network) -> None:
    _ready(network, conduct="answers", talk_seconds=10)
    network.application.scripts["/answer"] = [f'<Response><Dial action="/ended">{ADVISER}</Dial></Response>']
    network.ended(_call(network))
    assert network.application.at("/ended")[0]["DialBridged"] == "true"
    assert network.application.at("/announcement") == []


def test_without_an_action_the_next_instructions_follow(network: Network) -> None:
    _ready(network, conduct="busy")
    network.application.scripts["/answer"] = [DIAL.replace('action="/ended?n=1"', "")]
    assert _texts(network.ended(_call(network)))[-1] == ("agent", "jamais")


@pytest.mark.parametrize(
    ("answer_seconds", "status", "bridged"), [(600, "canceled", "false"), (0, "completed", "true")]
)
def test_the_action_is_asked_though_the_caller_has_hung_up(answer_seconds: int, status: str, bridged: str) -> None:
    with networked(clock="2026-11-24T10:00:00+01:00@20") as network:
        _ready(network, conduct="answers", answer_seconds=answer_seconds, talk_seconds=3000)
        network.application.scripts["/answer"] = [DIAL.replace('timeout="20"', 'timeout="900"')]
        sid = _call(network)
        until(lambda: any(row["parent_sid"] == sid for row in network.log()))
        until(lambda: answer_seconds or len(_texts(_row(network, sid))) == 2)
        network.http.post(f"/telephone/{ANNA}/hang-up")
        row = network.ended(sid)
        (action,) = until(lambda: network.application.at("/ended"))
        assert (action["CallStatus"], action["DialCallStatus"]) == ("completed", status)
        assert action["DialBridged"] == bridged
        assert _leg(network, sid)["status"] == status
        assert "Bonjour." not in [text for _, text in _texts(row)], "nobody is there to hear what it answered"


def test_requests_about_both_legs_are_signed(network: Network) -> None:
    _ready(network, conduct="answers", talk_seconds=1)
    network.ended(_call(network))
    validator = RequestValidator(network.config.auth_token)
    about = [one for one in network.application.received if one.path in {"/announcement", "/ended"}]
    assert len(about) == 2
    assert all(validator.validate(one.url, one.form, one.signature) for one in about)


def test_the_second_leg_is_in_the_carriers_own_list(network: Network) -> None:
    _ready(network, conduct="busy")
    sid = _call(network)
    network.ended(sid)
    listed = network.http.get(f"{network.root}/Calls.json", params={"To": ADVISER}).json()["calls"]
    assert [(call["parent_call_sid"], call["direction"], call["status"]) for call in listed] == [
        (sid, "outbound-dial", "busy")
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"number": ADVISER},
        [ADVISER],
        [{"conduct": "busy"}],
        [{"number": "conseiller"}],
        [{"number": ADVISER, "conduct": "asleep"}],
        [{"number": ADVISER, "talk_seconds": -1}],
        [{"number": ADVISER, "answer_seconds": True}],
        [{"number": ADVISER, "name": "Camille"}],
    ],
)
def test_advisers_that_make_no_sense_are_refused(network: Network, wrong: Any) -> None:
    assert network.http.put("/sandbox/advisers", json=wrong).status_code == 400
    assert network.http.get("/sandbox/advisers").json() == []


def test_the_advisers_number_of_the_environment_answers() -> None:
    assert SandboxConfig.from_environment({}).advisers == ()
    (line,) = SandboxConfig.from_environment({"ADVISER_NUMBER": "3646"}).advisers
    assert (line.number, line.conduct) == ("3646", "answers")
