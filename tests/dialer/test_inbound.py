"""Calls and SMS that people make to us, through the webhooks, with a scripted agent."""

import threading
import xml.etree.ElementTree as ElementTree
from uuid import uuid4

import httpx
import pytest

from dialer import wording
from outreach.domain.words import AttemptStatus, ContactState, Outcome
from outreach.runtime import Runtime
from outreach.services import conversations, telephone
from tests.dialer.conftest import SID, Network, World
from tests.dialer.fakes import FakeAgent, FakeCarrier
from tests.serving import until

THEIRS = "CA" + "b" * 32
LINE = "+33199001234"


def _calls(network: Network, number: str, sid: str = THEIRS) -> httpx.Response:
    return network.post("/carrier/voice/inbound", {"CallSid": sid, "From": number, "To": "+33162000001"})


def _texts(network: Network, number: str, body: str) -> str:
    form = {"MessageSid": f"SM{uuid4().hex}", "From": number, "To": "38000", "Body": body, "NumSegments": "1"}
    response = network.post("/carrier/sms/inbound", form)
    return " ".join("".join(one.itertext()) for one in ElementTree.fromstring(response.text).iter("Message"))


def test_rule_06_a_shared_number_is_the_agents_to_sort_out(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol(people=2, phones=("0199001234",))
    agent.will_say("Bonjour.", "Votre date de naissance ?", asks="birth_date")
    first = _calls(network, LINE)
    assert _calls(network, LINE).text == first.text, "delivered twice, it is one call"
    (attempt,) = world.attempts()
    conversation = world.conversation(attempt.id)
    assert (attempt.patient_id, conversation.patient_id) == (None, None)
    assert agent.heard == [(str(conversation.id), "/open")]
    network.turn(attempt.id, conversation.id, 1, THEIRS, SpeechResult="allô")
    assert agent.messages == ["/open", "allô"]
    network.post("/carrier/voice/status", {"CallSid": THEIRS, "CallStatus": "completed"})
    assert world.attempt(attempt.id).status == AttemptStatus.ENDED
    assert {contact.state for contact in world.contacts()} == {ContactState.WAITING}


def test_rule_09_a_stop_from_a_shared_number_is_done_without_the_agent(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol(people=2, phones=("0199001234",))
    _calls(network, LINE)
    (attempt,) = world.attempts()
    agent.away = True
    network.turn(attempt.id, world.conversation(attempt.id).id, 1, THEIRS, SpeechResult="stop")
    assert {contact.state for contact in world.contacts()} == {ContactState.OPTED_OUT}


def test_rule_09_a_stop_by_sms_from_a_shared_number_says_that_it_is_for_all(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol(people=2, phones=("0639981234",))
    assert _texts(network, "+33639981234", "STOP") == wording.SMS_STOPPED_LINE
    assert {contact.state for contact in world.contacts()} == {ContactState.OPTED_OUT}
    (conversation,) = world.conversations()
    assert (conversation.outcome, conversation.patient_id) == (Outcome.OPTED_OUT, None)
    assert agent.heard == []


def test_a_stop_of_a_withheld_number_stops_nobody(network: Network, world: World) -> None:
    world.enrol()
    assert _texts(network, "anonymous", "STOP") == wording.SMS_STOPPED
    assert world.suppressions() == []


def test_who_will_not_be_called_is_not_promised_a_call_when_the_agent_is_away(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol(people=2, phones=("0199001234",))
    _calls(network, LINE)
    (attempt,) = world.attempts()
    agent.away = True
    said = network.turn(attempt.id, world.conversation(attempt.id).id, 1, THEIRS, SpeechResult="allô").text
    assert "Rappelez dans une heure" in said
    assert "le 15 ou le 112" in said
    assert "Nous vous rappellerons" not in said
    assert {contact.state for contact in world.contacts()} == {ContactState.WAITING}


def test_they_call_while_we_ring_them_and_our_call_is_ended(
    network: Network, world: World, agent: FakeAgent, carrier: FakeCarrier
) -> None:
    ours = world.claimed()
    carrier.held[SID] = {"sid": SID, "to": "", "status": "ringing", "direction": "outbound-api"}
    network.status(ours, SID, "ringing")
    _calls(network, world.number())
    until(lambda: len(carrier.asked) == 1, 60)  # the library takes its time at first
    assert carrier.asked[0].one("Status") == "completed"
    # It was picked up all the same, before the carrier had ended it.
    late = network.answer(ours, SID)
    assert "Nous sommes déjà en ligne" in late.text
    assert agent.messages == ["/open"]
    network.status(ours, SID, "completed")
    assert len(world.conversations()) == 1
    assert world.contact().state == ContactState.IN_CONVERSATION


def test_two_sms_in_quick_succession_are_heard_in_their_order_in_one_conversation(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol(phones=("0639981234",))
    agent.slow = threading.Event()
    agent.will_say("Première.")
    agent.will_say("Seconde.")
    got: dict[str, str] = {}

    def text(body: str) -> None:
        got[body] = _texts(network, "+33639981234", body)

    first, second = (threading.Thread(target=text, args=(body,)) for body in ("un", "deux"))
    first.start()
    until(lambda: agent.messages == ["un"])
    second.start()
    until(lambda: len(world.conversations()) == 1)
    assert agent.messages == ["un"], "the second waits for the answer to the first"
    agent.slow.set()
    first.join(10)
    second.join(10)
    assert agent.messages == ["un", "deux"]
    assert got == {"un": "Première.", "deux": "Seconde."}
    assert len(world.conversations()) == 1


def test_an_sms_that_never_got_its_answer_holds_nobody_up_twice(
    network: Network, world: World, agent: FakeAgent, runtime: Runtime
) -> None:
    world.enrol(phones=("0639981234",))
    _texts(network, "+33639981234", "un")
    (conversation,) = world.conversations()
    with runtime.transaction() as session:
        telephone.relay_once(session, "sms:of a process that died", conversation.id, runtime.clock.now())
    _texts(network, "+33639981234", "deux")
    assert agent.messages == ["un", "deux"]

    def all_answered() -> bool:
        with runtime.transaction() as session:
            return not telephone.still_unanswered(session, conversation.id, "")

    until(all_answered)


def test_an_sms_the_day_after_the_end_opens_another_conversation(
    network: Network, world: World, agent: FakeAgent, runtime: Runtime
) -> None:
    world.enrol(phones=("0639981234",))
    _texts(network, "+33639981234", "bonjour")
    (conversation,) = world.conversations()
    with runtime.transaction() as session:
        locked = conversations.lock(session, conversation.id)
        conversations.conclude(session, locked, Outcome.ACCEPTED, runtime.clock.now())
    _texts(network, "+33639981234", "finalement une femme")
    assert len({sender for sender, _ in agent.heard}) == 2
    assert world.contact().state == ContactState.ACCEPTED


def test_an_sms_during_a_call_is_a_conversation_beside_it(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol(phones=("0639981234",))
    _calls(network, "+33639981234")
    _texts(network, "+33639981234", "je vous entends mal")
    assert {one.channel for one in world.conversations()} == {"voice", "sms"}
    network.post("/carrier/voice/status", {"CallSid": THEIRS, "CallStatus": "completed"})
    assert world.contact().state == ContactState.WAITING


@pytest.mark.parametrize("path", ["/carrier/voice/amd", "/carrier/voice/status"])
def test_rule_05_no_detector_makes_a_machine_of_who_calls_us(
    network: Network, world: World, agent: FakeAgent, carrier: FakeCarrier, path: str
) -> None:
    world.enrol()
    _calls(network, world.number())
    form = {"CallSid": THEIRS, "CallStatus": "in-progress", "AnsweredBy": "machine_end_beep"}
    assert network.post(path, form).status_code == 204
    (attempt,) = world.attempts()
    network.turn(attempt.id, world.conversation(attempt.id).id, 1, THEIRS, SpeechResult="bonjour")
    assert agent.messages == ["/open", "bonjour"]
    assert carrier.asked == []
