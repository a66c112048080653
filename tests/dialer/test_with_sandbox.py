"""The whole room against the sandbox over HTTP, with its faults on: the network's own log is the judge."""

import socket
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from dialer import wording
from dialer.phone import create_phone_app
from dialer.scheduler import Dialer
from outreach.database.models import Account, AdviserCall, Contact, Turn
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, ContactState
from outreach.runtime import Runtime
from outreach.services import adviser_calls, campaigns, patient_file
from sandbox.app import create_app
from sandbox.config import SandboxConfig
from sandbox.faults import Faults
from tests.bot.rasa_fixture import running_bot
from tests.dialer.conftest import World
from tests.dialer.fakes import FakeAgent, RunningClock
from tests.factories import a_contact, a_held_request, a_landline, a_mobile, a_patient
from tests.serving import served, until

FAULTS = Faults(duplicate=0.3, late=0.1, reorder=0.2, lose=0.15, server_error=0.1, cut=0.15, rate_limit=0.05)
RATE = 600.0
"""Fast enough for the half hour that a failed placing waits to be three seconds."""

SLOWER = 120.0
ADVISER = "+33199001234"


@dataclass
class Street:
    """The sandbox's own view of what happened."""

    http: httpx.Client

    def people(self, numbers: list[str], **more: Any) -> None:
        people = [{"reference": f"S{i}", "numbers": [n], "seed": "7", **more} for i, n in enumerate(numbers)]
        assert self.http.put("/sandbox/people", json=people).status_code == 200

    def says(self, number: str, words: str, agent: FakeAgent) -> None:
        """Says it until it is heard: a telephone takes no words while somebody else is speaking."""
        for _ in range(20):
            self.http.post(f"/telephone/{number}/say", json={"text": words})
            for _ in range(50):
                if words in agent.messages:
                    return
                time.sleep(0.01)
        raise AssertionError("nobody heard it")

    def second_legs(self) -> list[dict[str, Any]]:
        calls: list[dict[str, Any]] = self.http.get("/sandbox/log").json()["calls"]
        return [call for call in calls if call["direction"] == "outbound-dial"]

    def log(self, kind: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.http.get("/sandbox/log").json()[kind]
        return [row for row in rows if row["direction"] == "outbound-api"]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@pytest.fixture
def rate() -> float:
    return RATE


@pytest.fixture
def faults() -> Faults:
    return FAULTS


@pytest.fixture
def street(runtime: Runtime, agent: FakeAgent, rate: float, faults: Faults) -> Iterator[Street]:
    """The sandbox and the telephone webhooks, on one fast clock."""
    port = _free_port()
    phone_url = f"http://127.0.0.1:{port}"
    runtime.clock = RunningClock(runtime.clock.now(), rate)
    config = SandboxConfig(
        account_sid=str(runtime.settings.twilio_account_sid),
        auth_token=str(runtime.settings.twilio_auth_token),
        public_url=phone_url,
        faults=faults,
        clock=f"{runtime.clock.now().isoformat()}@{rate:g}",
        clock_url=phone_url,
    )
    with ExitStack() as stack:
        sandbox_url = stack.enter_context(served(create_app(config)))
        changes = {"carrier_api_url": sandbox_url, "public_url": phone_url, "adviser_number": ADVISER}
        runtime.settings = runtime.settings.model_copy(update=changes)
        stack.enter_context(served(create_phone_app(runtime), port))
        yield Street(stack.enter_context(httpx.Client(base_url=sandbox_url)))


def _dialers(runtime: Runtime, stack: ExitStack) -> None:
    for _ in range(2):
        dialer = Dialer(runtime)
        dialer.start()
        stack.callback(dialer.stop)


def test_rule_02_faults_of_the_network_never_make_a_second_call_and_leave_nobody_stuck(
    runtime: Runtime, world: World, street: Street, agent: FakeAgent
) -> None:
    numbers = [a_landline() for _ in range(30)]
    agent.closes_after = 2
    street.people([f"+33{number[1:]}" for number in numbers])
    rules = ContactPolicy(announce_sms=False, calls_per_second=1000, calls_at_once=12)
    world.enrol_numbers(numbers, rules)
    with ExitStack() as stack:
        _dialers(runtime, stack)
        until(lambda: len({call["to"] for call in street.log("calls")}) == 30, 180)
        until(lambda: _all_ended(world), 180)
    calls = street.log("calls")
    rings: dict[str, list[datetime]] = defaultdict(list)
    for call in calls:
        if call["rang_at"]:
            rings[call["to"]].append(datetime.fromisoformat(call["rang_at"]))
    assert all(len(times) == 1 for times in rings.values()), "one ring for everybody in a morning"
    assert {attempt.carrier_id for attempt in world.attempts() if attempt.carrier_id} == {call["sid"] for call in calls}
    states = {contact.state for contact in world.contacts()}
    assert not states & {ContactState.ATTEMPTING, ContactState.IN_CONVERSATION}
    assert all(contact.next_attempt_at for contact in world.contacts() if contact.state == ContactState.WAITING)


@pytest.mark.parametrize("rate", [SLOWER])
def test_rule_01_faults_or_not_nothing_rings_after_the_window(
    runtime: Runtime, world: World, street: Street, agent: FakeAgent
) -> None:
    runtime.clock.advance(timedelta(hours=2, minutes=5))  # type: ignore[attr-defined]
    until(lambda: datetime.fromisoformat(street.http.get("/health/ready").json()["now"]).hour == 11)
    numbers = [a_landline() for _ in range(30)]
    street.people([f"+33{number[1:]}" for number in numbers])
    world.enrol_numbers(numbers, ContactPolicy(announce_sms=False, calls_per_second=0.1, calls_at_once=12))
    with ExitStack() as stack:
        _dialers(runtime, stack)
        until(lambda: runtime.clock.now().hour == 12 and runtime.clock.now().minute >= 2, 30)
    calls = street.log("calls")
    assert calls
    for call in calls:
        assert datetime.fromisoformat(call["created_at"]).hour < 12, "13:00 in Paris is 12:00 UTC in November"


def test_an_announcement_is_sent_once_whatever_happens_to_the_answer(
    runtime: Runtime, world: World, street: Street, agent: FakeAgent
) -> None:
    numbers = [a_mobile() for _ in range(15)]
    world.enrol_numbers(numbers, ContactPolicy(sms_per_second=1000))
    with ExitStack() as stack:
        _dialers(runtime, stack)
        until(lambda: len({sms["to"] for sms in street.log("messages")}) == 15, 60)
        until(lambda: _all_ended(world), 60)
    sent = [sms["to"] for sms in street.log("messages")]
    assert len(sent) == len(set(sent)) == 15
    assert street.log("calls") == []


@pytest.mark.parametrize("faults", [Faults(), Faults(duplicate=1.0)], ids=["quiet", "everything twice"])
@pytest.mark.parametrize("rate", [SLOWER])
@pytest.mark.parametrize(
    ("conduct", "talked"), [("answers", True), ("declines", False), ("busy", False), ("never_answers", False)]
)
def test_rule_13_whoever_says_un_conseiller_gets_one_or_is_asked_when_to_be_called(
    runtime: Runtime, world: World, street: Street, agent: FakeAgent, conduct: str, talked: bool
) -> None:
    national = a_landline()
    number = f"+33{national[1:]}"
    street.people([number], manual=True)
    line = {"number": ADVISER, "conduct": conduct, "answer_seconds": 8, "talk_seconds": 120}
    assert street.http.put("/sandbox/advisers", json=[line]).status_code == 200
    world.enrol_numbers([national], ContactPolicy(announce_sms=False))
    agent.will_say("Bonjour, c'est bien vous ?", asks="identity")
    agent.will_say("Je vous passe un conseiller. Restez en ligne.", transfer=True, outcome="human_requested")
    if talked:
        agent.will_say("Au revoir.", hang_up=True)
    else:
        agent.will_say("Personne ne répond.", "Quand vous rappeler ?", asks="callback_time")
        agent.will_say("C'est noté. Au revoir.", hang_up=True)
    with ExitStack() as stack:
        _dialers(runtime, stack)
        until(lambda: any(call["rang_at"] for call in street.log("calls")), 30)
        street.http.post(f"/telephone/{number}/pick-up")
        street.says(number, "un conseiller", agent)
        if not talked:
            until(lambda: "/not_transferred" in agent.messages)
            street.says(number, "demain matin", agent)
        until(lambda: _all_ended(world), 30)
    after = ["/transferred"] if talked else ["/not_transferred", "demain matin"]
    assert agent.messages == ["/open", "un conseiller", *after]
    (call,), (leg,) = street.log("calls"), street.second_legs()
    assert (leg["to"], leg["from"], leg["parent_sid"]) == (ADVISER, call["from"], call["sid"])
    spoken = [turn["speaker"] for turn in call["turns"]]
    assert spoken.count("adviser") == (2 if talked else 0)
    announced = [turn["text"] for turn in leg["turns"] if turn["speaker"] == "agent"]
    assert announced == (["Un patient de Relais demande un conseiller."] if leg["answered_at"] else [])
    assert call["turns"][-1]["text"].endswith("Au revoir.")
    assert call["error_code"] is None


@pytest.fixture
def rasa(runtime: Runtime, rate: float) -> Iterator[None]:
    """The real agent in the place of the scripted one, over the database of the test."""
    assert runtime.settings.database_url is not None
    clock = f"{runtime.clock.now().isoformat()}@{rate:g}"
    with running_bot(runtime.settings.database_url, runtime.settings.relais_var, clock) as bot:
        runtime.settings = runtime.settings.model_copy(update={"bot_url": bot.url, "bot_timeout_seconds": 20.0})
        yield


@pytest.mark.parametrize("faults", [Faults()], ids=["quiet"])
@pytest.mark.parametrize("rate", [20.0])
def test_rule_06_two_people_of_one_number_are_told_apart_by_their_birth_date(
    runtime: Runtime, world: World, rasa: None, street: Street
) -> None:
    """One after the other: he calls, she texts; nobody is ever named, and each goes on with their own."""
    national = a_mobile()
    number = f"+33{national[1:]}"
    street.people([number], manual=True)
    world.enrol(phones=(national,), reference="P-ODETTE")
    with runtime.transaction() as session:
        born = {"reference": "P-ROGER", "birth_date": date(1944, 7, 2), "civility": "M", "first_name": "Roger"}
        roger = a_patient(session, runtime.clock.now(), phones=(national,), **born)
        a_contact(session, campaigns.get(session, "ald-2026"), roger, runtime.clock.now())

    assert street.http.post("/sandbox/inbound-call", json={"from": number}).status_code == 201
    _says(street, runtime, number, "le deux juillet mille neuf cent quarante-quatre")
    until(lambda: len(_spoken(runtime, "P-ROGER")) == 3, 60)
    street.http.post(f"/telephone/{number}/hang-up")
    for body in ("bonjour", "12/03/1947", "non j'en ai plus"):
        assert street.http.post("/sandbox/inbound-sms", json={"from": number, "body": body}).status_code == 201

    opening, _, verified = _spoken(runtime, "P-ROGER")
    assert opening.startswith("Bonjour. Ici l'assistant automatique de l'Assurance Maladie.")
    assert "date de naissance" in opening
    assert "médecin traitant" not in opening
    assert "médecin traitant" in verified
    by_sms = _spoken(runtime, "P-ODETTE")
    assert by_sms[0] == "bonjour"
    assert "date de naissance" in by_sms[1]
    assert "Voulez-vous cette aide ?" in by_sms[-1]
    replies = [sms["body"] for sms in street.http.get("/sandbox/log").json()["messages"] if sms["to"] == number]
    assert len(replies) == 3
    for words in (opening, verified, *by_sms, *replies):
        assert not any(name in words for name in ("Exemple", "Odette", "Roger"))
    until(lambda: _all_ended(world), 30)
    assert {one.direction for one in world.attempts()} == {"inbound"}
    assert all(one.right_party and not one.rang for one in world.attempts())


def _says(street: Street, runtime: Runtime, number: str, words: str) -> None:
    """Says it until the agent has heard it: a telephone takes no words while somebody else is speaking."""

    def heard() -> bool:
        with runtime.transaction() as session:
            return session.scalar(select(Turn.id).where(Turn.text == words)) is not None

    for _ in range(60):
        street.http.post(f"/telephone/{number}/say", json={"text": words})
        for _ in range(20):
            if heard():
                return
            time.sleep(0.1)
    raise AssertionError("nobody heard it")


def _spoken(runtime: Runtime, reference: str) -> list[str]:
    """What was said in somebody's conversations, by both, in order."""
    with runtime.transaction() as session:
        talks = patient_file.build(session, reference)["conversations"]
    return [turn["text"] for talk in talks for turn in talk["turns"]]


def _all_ended(world: World) -> bool:
    made = world.attempts()
    return bool(made) and all(one.status == AttemptStatus.ENDED for one in made)


@pytest.mark.parametrize("faults", [Faults()], ids=["quiet"])
@pytest.mark.parametrize("rate", [20.0])
def test_rule_05_every_kind_of_machine_comes_to_its_own_end_and_records_the_neutral_message_alone(
    runtime: Runtime, world: World, street: Street, agent: FakeAgent
) -> None:
    lines = {kind: a_landline() for kind in ("mailbox", "mailbox_full", "fax", "screened_out")}
    people = [
        {"reference": f"S-{kind}", "numbers": [f"+33{number[1:]}"], "seed": "7", "character": kind}
        for kind, number in lines.items()
    ]
    assert street.http.put("/sandbox/people", json=people).status_code == 200
    world.enrol_numbers(list(lines.values()), ContactPolicy(announce_sms=False, calls_per_second=10))
    with ExitStack() as stack:
        _dialers(runtime, stack)
        until(lambda: len(street.log("calls")) == 4, 60)
        until(lambda: _all_ended(world), 60)
    came_to = {attempt.number: attempt.disposition for attempt in world.attempts()}
    assert {kind: came_to[f"+33{number[1:]}"] for kind, number in lines.items()} == {
        "mailbox": "voicemail_left",
        "mailbox_full": "mailbox_full",
        "fax": "fax",
        "screened_out": "call_screened",
    }
    assert set(agent.messages) == {"/open"}
    for call in street.log("calls"):
        assert call["recorded"] in ([], [wording.VOICEMAIL]), "nothing but the neutral message is ever recorded"


def _press(runtime: Runtime, phone: str) -> UUID:
    """An adviser presses the button at the request of somebody with this number."""
    now = runtime.clock.now()
    with runtime.transaction() as session:
        request = a_held_request(session, now, phones=(phone,))
        camille = session.scalars(select(Account).where(Account.login == "camille")).one()
        number = f"+33{phone[1:]}"
        adviser_calls.ask(session, request.id, camille, number, now, runtime.settings)
        for contact in session.scalars(select(Contact)):  # the agent has nothing more to ask
            contact.state, contact.next_attempt_at = ContactState.ACCEPTED, None
    return request.id


@pytest.mark.parametrize("faults", [Faults(), Faults(duplicate=1.0)], ids=["quiet", "everything twice"])
@pytest.mark.parametrize("rate", [20.0])
@pytest.mark.parametrize(
    ("conduct", "picks_up", "result"),
    [
        ("answers", True, "spoke"),
        ("answers", False, "no_answer"),
        ("voicemail", False, "not_confirmed"),
        ("never_answers", False, "adviser_unreached"),
    ],
)
def test_rule_02_an_adviser_who_presses_the_key_is_joined_to_the_person_and_nobody_is_called_twice(
    runtime: Runtime, world: World, street: Street, conduct: str, picks_up: bool, result: str
) -> None:
    national = a_landline()
    number = f"+33{national[1:]}"
    if picks_up:
        street.people([number], manual=True)
    line = {"number": ADVISER, "conduct": conduct, "answer_seconds": 4, "talk_seconds": 40}
    assert street.http.put("/sandbox/advisers", json=[line]).status_code == 200
    with ExitStack() as stack:
        _dialers(runtime, stack)
        request_id = _press(runtime, national)
        until(lambda: street.log("calls"), 10)
        if picks_up:
            until(lambda: any(leg["rang_at"] for leg in street.second_legs()), 20)
            street.http.post(f"/telephone/{number}/pick-up")
        until(lambda: _call(runtime, request_id).result is not None, 30)
        until(lambda: not world.attempts() or _all_ended(world), 30)
    call, (rung,) = _call(runtime, request_id), street.log("calls")
    assert call.result == result
    assert (rung["to"], rung["sid"], rung["from"]) == (ADVISER, call.carrier_id, call.caller)
    confirmed = result in {"spoke", "no_answer"}
    legs = street.second_legs()
    assert [(leg["to"], leg["from"], leg["parent_sid"]) for leg in legs] == (
        [(number, call.caller, rung["sid"])] if confirmed else []
    )
    assert [one.carrier_id for one in world.attempts()] == [leg["sid"] for leg in legs]
    assert all(one.rang and one.purpose == "adviser_call" for one in world.attempts())
    spoken = [turn["speaker"] for leg in legs for turn in leg["turns"]]
    assert spoken == (["adviser", "adviser"] if picks_up else []), "they talk to each other and to nobody else"
    said = [turn["text"] for turn in rung["turns"] if turn["speaker"] == "agent"]
    assert said[:1] == ([wording.PRESS_TO_CALL] if rung["answered_at"] else [])


def _call(runtime: Runtime, request_id: UUID) -> AdviserCall:
    with runtime.transaction() as session:
        call = adviser_calls.latest(session, request_id)
    assert call is not None
    return call
