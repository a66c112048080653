"""« Un conseiller »: a call is put through to the advisers' number, and comes back to the agent."""

import threading
import xml.etree.ElementTree as ElementTree
from uuid import UUID, uuid4

import httpx
import pytest

from dialer.phone.bot import keyed, spoken
from outreach.clock import FrozenClock
from outreach.domain.social_security import NOT_KEPT
from outreach.domain.words import Outcome
from outreach.runtime import Runtime
from outreach.services import conversations
from outreach.settings import Settings
from sandbox import twiml
from tests.dialer.conftest import SID, Network, World
from tests.dialer.fakes import FakeAgent
from tests.serving import until

ADVISER = "+33199001234"
ANNOUNCED = "Un patient de Relais demande un conseiller."
LEG = "CA" + "d" * 32


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"adviser_number": ADVISER})


class Transfer:
    """A patient who asked for an adviser at the first question, and is being put through."""

    def __init__(self, network: Network, world: World, agent: FakeAgent, runtime: Runtime, clock: FrozenClock) -> None:
        self.network, self.world, self.agent = network, world, agent
        self.attempt = world.claimed()
        network.answer(self.attempt, SID)
        self.conversation = world.conversation(self.attempt).id
        with runtime.transaction() as session:  # as the actions do
            conversation = conversations.lock(session, self.conversation)
            conversations.hear(session, conversation, "un conseiller", clock.now())
            conversations.conclude(session, conversation, Outcome.HUMAN_REQUESTED, clock.now(), over=False)
        agent.will_say("Je vous passe un conseiller.", "Restez en ligne.", transfer=True, outcome="human_requested")
        self.response = network.turn(self.attempt, self.conversation, 1, SID, SpeechResult="un conseiller")
        agent.heard.clear()

    def path(self, route: str, turn: int = 2) -> str:
        return f"/carrier/voice/{route}?attempt={self.attempt}&conversation={self.conversation}&turn={turn}"

    def ended(self, status: str, **more: str) -> httpx.Response:
        form = {"CallSid": SID, "CallStatus": "in-progress", "DialCallStatus": status, "DialCallSid": LEG, **more}
        return self.network.post(self.path("transferred"), form)


@pytest.fixture
def transfer(network: Network, world: World, agent: FakeAgent, runtime: Runtime, clock: FrozenClock) -> Transfer:
    return Transfer(network, world, agent, runtime, clock)


def _said(response: httpx.Response) -> str:
    assert response.status_code == 200
    return " ".join("".join(say.itertext()) for say in ElementTree.fromstring(response.text).iter("Say"))


def _last(response: httpx.Response) -> str:
    return ElementTree.fromstring(response.text)[-1].tag


def test_rule_13_a_patient_who_wants_an_adviser_is_put_through_from_our_own_number(
    transfer: Transfer, world: World
) -> None:
    assert _said(transfer.response) == "Je vous passe un conseiller. Restez en ligne."
    document = ElementTree.fromstring(transfer.response.text)
    assert [verb.tag for verb in document] == ["Say", "Say", "Dial"]
    dial = document[-1]
    assert dial.attrib == {
        "action": f"/relais{transfer.path('transferred')}",
        "method": "POST",
        "timeout": "20",
        "answerOnBridge": "true",
        "callerId": world.attempt(transfer.attempt).caller,
    }
    (number,) = dial
    assert (number.tag, number.text) == ("Number", ADVISER)
    assert number.attrib == {"url": f"/relais{transfer.path('announcement')}", "method": "POST"}
    assert world.number() not in transfer.response.text
    assert twiml.parse(transfer.response.text).warnings == []


def test_rule_13_somebody_who_calls_us_is_put_through_too(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol()
    form = {"CallSid": SID, "From": world.number(), "To": "+33163000002", "Direction": "inbound"}
    agent.will_say("Je vous passe un conseiller.", transfer=True)
    dial = ElementTree.fromstring(network.post("/carrier/voice/inbound", form).text).find("Dial")
    assert dial is not None
    assert dial.attrib["callerId"] == "+33163000002"


def test_rule_06_the_adviser_hears_that_somebody_asks_and_nothing_about_them(
    transfer: Transfer, network: Network, agent: FakeAgent
) -> None:
    form = {"CallSid": LEG, "ParentCallSid": SID, "CallStatus": "in-progress", "Direction": "outbound-dial"}
    for _ in range(2):
        response = network.post(transfer.path("announcement"), form)
        assert _said(response) == ANNOUNCED
        assert [verb.tag for verb in ElementTree.fromstring(response.text)] == ["Say"]
    assert agent.heard == []
    assert network.post(transfer.path("announcement"), {"CallSid": LEG}).status_code == 200
    other = form | {"ParentCallSid": "CA" + "c" * 32}
    assert network.post(transfer.path("announcement"), other).status_code == 409


def test_rule_13_an_adviser_who_talked_ends_the_call_with_the_agents_goodbye(
    transfer: Transfer, agent: FakeAgent
) -> None:
    agent.will_say("Au revoir.", hang_up=True, outcome="human_requested")
    response = transfer.ended("completed", DialCallDuration="95", DialBridged="true")
    assert agent.heard == [(str(transfer.conversation), "/transferred")]
    assert _said(response) == "Au revoir."
    assert _last(response) == "Hangup"


@pytest.mark.parametrize(
    ("status", "bridged"),
    [("no-answer", "false"), ("busy", "false"), ("failed", "false"), ("canceled", "false"), ("completed", "false")],
)
def test_rule_13_when_no_adviser_talks_the_agent_asks_when_to_call(
    transfer: Transfer, agent: FakeAgent, status: str, bridged: str
) -> None:
    agent.will_say("Personne ne répond.", "Quand vous rappeler ?", asks="callback_time")
    response = transfer.ended(status, DialBridged=bridged)
    assert agent.messages == ["/not_transferred"]
    assert _said(response) == "Personne ne répond. Quand vous rappeler ?"
    gather = ElementTree.fromstring(response.text).find("Gather")
    assert gather is not None
    assert gather.attrib["action"] == f"/relais{transfer.path('turn', 3)}"
    transfer.network.turn(transfer.attempt, transfer.conversation, 3, SID, SpeechResult="demain matin")
    assert agent.messages == ["/not_transferred", "demain matin"]


def test_carriers_that_do_not_tell_whether_they_joined_the_calls_are_believed(
    transfer: Transfer, agent: FakeAgent
) -> None:
    transfer.ended("completed")
    assert agent.messages == ["/transferred"]


@pytest.mark.parametrize("status", ["completed", "no-answer"])
def test_an_end_told_twice_is_relayed_once_and_answered_the_same(
    transfer: Transfer, agent: FakeAgent, status: str
) -> None:
    agent.will_say("Première.")
    assert transfer.ended(status).text == transfer.ended(status).text
    assert len(agent.heard) == 1


def test_an_end_told_twice_at_the_same_moment_is_relayed_once(transfer: Transfer, agent: FakeAgent) -> None:
    agent.slow = threading.Event()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(transfer.ended("busy").text)) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: len(agent.heard) == 1)
    agent.slow.set()
    for thread in threads:
        thread.join(10)
    assert len(answers) == 3
    assert len(set(answers)) == 1
    assert len(agent.heard) == 1


def test_a_patient_who_hung_up_while_it_rang_is_asked_nothing(transfer: Transfer, agent: FakeAgent) -> None:
    for _ in range(2):
        response = transfer.ended("canceled", CallStatus="completed")
        assert response.status_code == 200
        assert len(ElementTree.fromstring(response.text)) == 0
    assert agent.heard == []
    transfer.network.status(transfer.attempt, SID, "completed")
    assert transfer.world.conversation(transfer.attempt).outcome == Outcome.HUMAN_REQUESTED
    assert len(ElementTree.fromstring(transfer.ended("no-answer").text)) == 0
    assert agent.heard == []


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_talk_that_the_patient_ended_is_known_whenever_the_end_of_the_call_is_told(
    transfer: Transfer, agent: FakeAgent, order: str
) -> None:
    if order == "before":
        transfer.network.status(transfer.attempt, SID, "completed")
    response = transfer.ended("completed", CallStatus="completed", DialBridged="true")
    assert len(ElementTree.fromstring(response.text)) == 0
    assert agent.messages == ["/transferred"]


def test_without_the_agent_whoever_talked_hears_a_goodbye_and_others_an_apology(
    transfer: Transfer, agent: FakeAgent
) -> None:
    agent.away = True
    assert _said(transfer.ended("completed", DialBridged="true")) == "Merci. Au revoir."
    assert transfer.world.conversation(transfer.attempt).outcome == Outcome.HUMAN_REQUESTED


def test_rule_13_without_the_agent_nobody_loses_the_request(transfer: Transfer, agent: FakeAgent) -> None:
    agent.away = True
    response = transfer.ended("busy")
    assert "Nous vous rappellerons" in _said(response)
    assert _last(response) == "Hangup"
    assert transfer.world.conversation(transfer.attempt).outcome == Outcome.HUMAN_REQUESTED


def test_rule_13_without_a_number_to_ring_the_agent_asks_when_to_call_at_once(
    network: Network, world: World, agent: FakeAgent, runtime: Runtime
) -> None:
    runtime.settings = runtime.settings.model_copy(update={"adviser_number": None})
    attempt = world.claimed()
    network.answer(attempt, SID)
    conversation = world.conversation(attempt).id
    agent.will_say("Je vous passe un conseiller.", transfer=True)
    agent.will_say("Personne ne répond. Quand vous rappeler ?", asks="callback_time")
    response = network.turn(attempt, conversation, 1, SID, SpeechResult="un conseiller")
    assert agent.messages == ["/open", "un conseiller", "/not_transferred"]
    # What is kept as said was said.
    assert _said(response) == "Je vous passe un conseiller. Personne ne répond. Quand vous rappeler ?"
    assert [verb.tag for verb in ElementTree.fromstring(response.text)] == ["Gather"]


def test_an_end_of_something_else_is_refused(transfer: Transfer, agent: FakeAgent) -> None:
    form = {"CallSid": SID, "DialCallStatus": "completed"}
    path = transfer.path("transferred")
    assert transfer.network.post(path, form | {"CallSid": "CA" + "c" * 32}).status_code == 409
    assert transfer.network.post(path.replace(str(transfer.attempt), str(uuid4())), form).status_code == 404
    assert transfer.network.post(path.replace(str(transfer.conversation), str(UUID(int=1))), form).status_code == 404
    assert transfer.network.post(path.replace("turn=2", "turn=x"), form).status_code == 400
    assert agent.heard == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("c'est le 1 47 03 94 076 123 45", f"c'est le {NOT_KEPT}"),
        ("2 52 05 2A 004 123", NOT_KEPT),
        ("/147039407612345", NOT_KEPT),
        ("le 12 03 1947", "le 12 03 1947"),
    ],
)
def test_rule_07_a_social_security_number_does_not_reach_the_agent(
    network: Network, world: World, agent: FakeAgent, words: str, told: str
) -> None:
    attempt = world.claimed()
    network.answer(attempt, SID)
    network.turn(attempt, world.conversation(attempt).id, 1, SID, SpeechResult=words)
    assert agent.messages == ["/open", told]
    assert spoken(words) == told


def test_rule_07_nor_when_it_is_keyed() -> None:
    assert keyed("1470394076123") == NOT_KEPT
    assert keyed("12031947") == '/keypad{"digits": "12031947"}'


@pytest.mark.parametrize("custom", [{"asks": "area"}, {"hang_up": True}, {"transfer": True}])
def test_the_patient_hears_what_the_agent_said_and_no_more(
    network: Network, world: World, agent: FakeAgent, custom: dict[str, object]
) -> None:
    attempt = world.claimed()
    network.answer(attempt, SID)
    agent.will_say("Une phrase.", "Et une autre.", **custom)
    response = network.turn(attempt, world.conversation(attempt).id, 1, SID, SpeechResult="oui")
    assert _said(response) == "Une phrase. Et une autre."
