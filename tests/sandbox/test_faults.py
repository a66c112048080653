"""Faults on purpose: each does what its name says, and the seed says when."""

import json
import socket
from collections import Counter
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.__main__ import main
from sandbox.faults import FaultError, Faults, FaultSwitch
from tests.sandbox.conftest import ANNA, Network, networked
from tests.serving import until

FAST = "2026-11-24T10:00:00+01:00@2000"
BUSY = "+33353010001"


def _busy(network: Network) -> str:
    """A call of two callbacks, initiated and busy; gives its id."""
    network.people({"reference": "busy", "numbers": [BUSY], "character": "busy"})
    sid: str = network.place(BUSY).json()["sid"]
    network.ended(sid)
    return sid


def _journal(network: Network) -> list[dict[str, str]]:
    assert network.config.log_folder is not None
    lines = (network.config.log_folder / "network.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_duplicated_callbacks_come_twice() -> None:
    with networked(clock=FAST) as network:
        network.faults(duplicate=1)
        _busy(network)
        until(lambda: Counter(network.application.statuses()) == {"initiated": 2, "busy": 2})
        network.people({"reference": "A", "numbers": [ANNA], "character": "mailbox"})
        network.ended(network.place(ANNA).json()["sid"])
        assert len(network.application.at("/answer")) == 2, "a voice webhook too"


def test_lost_callbacks_never_come(tmp_path: Path) -> None:
    with networked(clock=FAST, log_folder=tmp_path) as network:
        network.faults(lose=1)
        sid = _busy(network)
        assert network.http.get(f"{network.root}/Calls/{sid}.json").json()["status"] == "busy", "but the API knows"
        lost = [line for line in _journal(network) if line.get("fault") == "lose"]
        assert [line["of"] for line in lost] == ["initiated", "busy"]
        assert network.application.statuses() == []


def test_late_callbacks_come_after_the_end(tmp_path: Path) -> None:
    with networked(clock=FAST, log_folder=tmp_path) as network:
        network.faults(late=1)
        _busy(network)
        until(lambda: sorted(network.application.statuses()) == ["busy", "initiated"])
        assert [line["of"] for line in _journal(network) if line.get("fault") == "late"] == ["initiated", "busy"]


def test_a_reordered_callback_is_overtaken() -> None:
    seed = next(seed for seed in range(100) if _strikes(seed, "initiated") and not _strikes(seed, "busy"))
    with networked(faults=Faults(reorder=0.5), seed=seed) as network:
        _busy(network)
        until(lambda: len(network.application.statuses()) == 2)
        assert network.application.statuses() == ["busy", "initiated"]


def _strikes(seed: int, status: str) -> bool:
    return FaultSwitch(Faults(reorder=0.5), seed).strikes("reorder", f"{BUSY}|outbound-api|0", status)


def test_a_server_error_has_done_nothing(network: Network) -> None:
    network.faults(server_error=1)
    answer = network.place()
    assert (answer.status_code, answer.json()["code"]) == (500, 20500)
    network.faults()
    assert network.log() == []


def test_a_rate_limit_has_done_nothing(network: Network) -> None:
    network.faults(rate_limit=1)
    assert network.text().status_code == 429
    network.faults()
    assert network.log("messages") == []


def test_a_cut_connection_leaves_a_call_that_goes_on(network: Network) -> None:
    network.faults(cut=1)
    with pytest.raises(httpx.TransportError):
        network.place()
    assert len(network.log()) == 1
    until(lambda: network.log()[0]["ended_at"])


def test_the_seed_says_when_and_the_order_of_others_changes_nothing() -> None:
    def struck(seed: int, order: list[int]) -> dict[str, list[int]]:
        found = {}
        with networked(clock=FAST, seed=seed, faults=Faults(server_error=0.5)) as network:
            for number in order:
                to = f"+3326191{number:04}"
                found[to] = [network.place(to).status_code for _ in range(4)]
        return found

    first = struck(3, [1, 2, 3, 4])
    assert first == struck(3, [4, 2, 1, 3])
    assert first != struck(4, [1, 2, 3, 4])


def test_people_do_the_same_in_every_run_of_a_seed() -> None:
    def lived() -> list[tuple[str, str, list[str]]]:
        with networked(people=12, clock="2026-11-24T10:00:00+01:00@500") as network:
            network.application.scripts["/answer"] = [
                '<Response><Gather input="speech" action="/turn"><Say>Êtes-vous madame Perrin ?</Say></Gather></Response>'
            ]
            people = network.http.get("/sandbox/people").json()
            numbers = sorted({one["numbers"][0] for one in people if one["numbers"]})[:12]
            sids = [answer.json()["sid"] for answer in map(network.place, numbers) if answer.status_code == 201]
            rows = [network.ended(sid) for sid in sids]
            return sorted((row["to"], row["status"], [turn["text"] for turn in row["turns"]]) for row in rows)

    assert lived() == lived()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Faults()),
        ("none", Faults()),
        ("duplicate=0.2, lose=0.1", Faults(duplicate=0.2, lose=0.1)),
        ("duplicated=0.2,late=0.2,reordered=0.1,lost=0.1,errors=0.1", Faults(0.2, 0.2, 0.1, 0.1, 0.1)),
        ("cut", Faults(cut=0.1)),
        ('{"late": 0.5}', Faults(late=0.5)),
        ("all=0.1,cut=0,per_second=5", Faults(0.1, 0.1, 0.1, 0.1, 0.1, 0.0, 0.1, 5.0)),
    ],
)
def test_faults_are_read_from_the_environment(text: str, expected: Faults) -> None:
    assert Faults.parse(text) == expected


@pytest.mark.parametrize("text", ["gremlins=0.1", "lose=2", "lose=often", "lose=nan", "per_second=inf"])
def test_a_fault_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(FaultError):
        Faults.parse(text)


@given(seed=st.integers(), key=st.text(max_size=20))
def test_never_and_always_are_what_they_say(seed: int, key: str) -> None:
    assert not FaultSwitch(Faults(), seed).strikes("lose", key)
    assert FaultSwitch(Faults(lose=1), seed).strikes("lose", key)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [("SANDBOX_FAULTS", "gremlins=1", "gremlins"), ("RELAIS_CLOCK", "2026-11-24T10:00:00", "RELAIS_CLOCK")],
)
def test_a_wrong_setting_stops_the_start_with_one_line(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=said) as stopped:
        main()
    assert "\n" not in str(stopped.value)


def test_a_network_that_stops_leaves_no_request_under_way() -> None:
    """With every callback held by the application: one cut short tells of the call's end, and that ends too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with networked(clock=FAST) as network:
            network.place(Url=f"{url}/answer", StatusCallback=f"{url}/status")
            asking, _ = silent.accept()
            asking.settimeout(10)
            assert asking.recv(65536).startswith(b"POST ")
        with asking:
            while asking.recv(65536):
                pass  # the rest of the request, then the end of the connection
