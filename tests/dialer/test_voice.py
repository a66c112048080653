"""Calls through the webhooks, over real HTTP, with a scripted agent."""

import threading
import xml.etree.ElementTree as ElementTree
from uuid import UUID, uuid4

import httpx

from dialer.phone.voice import OPENING_SECONDS
from outreach.clock import FrozenClock
from outreach.domain.dispositions import Disposition
from outreach.domain.words import AttemptStatus, ContactState, Direction, Outcome
from outreach.runtime import Runtime
from outreach.services import carrier_facts, conversations
from tests.dialer.conftest import SID, Network, World
from tests.dialer.fakes import FakeAgent
from tests.factories import claim_call
from tests.serving import until


def _xml(response: httpx.Response) -> ElementTree.Element:
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("application/xml")
    return ElementTree.fromstring(response.text)


def _said(response: httpx.Response) -> str:
    return " ".join("".join(say.itertext()) for say in _xml(response).iter("Say"))


def _hangs_up(response: httpx.Response) -> bool:
    return _xml(response)[-1].tag == "Hangup"


def _gather(response: httpx.Response) -> dict[str, str]:
    gather = _xml(response).find("Gather")
    assert gather is not None
    return gather.attrib


def _opened(network: Network, world: World) -> tuple[UUID, UUID]:
    attempt = world.claimed()
    network.answer(attempt, SID)
    return attempt, world.conversation(attempt).id


def test_the_agent_opens_and_listens(network: Network, world: World, agent: FakeAgent) -> None:
    agent.will_say("Bonjour.", "Vous êtes <là> & bien ?", asks="identity", expects="speech", hints="oui, non")
    attempt = world.claimed()
    response = network.answer(attempt, SID)
    conversation = world.conversation(attempt)
    assert agent.heard == [(str(conversation.id), "/open")]
    assert _said(response) == "Bonjour. Vous êtes <là> & bien ?"
    gather = _gather(response)
    assert gather["action"] == (f"/relais/carrier/voice/turn?attempt={attempt}&conversation={conversation.id}&turn=1")
    assert gather["language"] == "fr-FR"
    assert gather["input"] == "speech"
    assert gather["hints"] == "oui, non"
    assert gather["actionOnEmptyResult"] == "true"
    assert gather["speechTimeout"] == "auto"
    assert world.contact().state == ContactState.IN_CONVERSATION
    assert world.attempt(attempt).status == AttemptStatus.IN_PROGRESS


def test_dates_can_be_keyed_and_a_slow_voice_asked_for(network: Network, world: World, agent: FakeAgent) -> None:
    agent.will_say("Votre date de naissance ?", asks="birth_date", expects="speech digits", digits=8, slow=True)
    response = network.answer(world.claimed(), SID)
    gather = _gather(response)
    assert (gather["input"], gather["numDigits"], gather["finishOnKey"]) == ("speech dtmf", "8", "#")
    prosody = _xml(response).find("Gather/Say/prosody")
    assert prosody is not None
    assert prosody.attrib["rate"] == "slow"


def test_words_keys_and_silence_reach_the_agent(network: Network, world: World, agent: FakeAgent) -> None:
    attempt, conversation = _opened(network, world)
    network.turn(attempt, conversation, 1, SID, SpeechResult="oui c'est moi", Confidence="0.9")
    network.turn(attempt, conversation, 2, SID, Digits="12031947")
    network.turn(attempt, conversation, 3, SID)
    network.turn(attempt, conversation, 4, SID, SpeechResult="/open{}")
    assert agent.messages == ["/open", "oui c'est moi", '/keypad{"digits": "12031947"}', "/silence", "open{}"]


def test_the_agent_can_hang_up(network: Network, world: World, agent: FakeAgent) -> None:
    attempt, conversation = _opened(network, world)
    agent.will_say("Au revoir.", hang_up=True, outcome="refused")
    response = network.turn(attempt, conversation, 1, SID, SpeechResult="non merci")
    assert _said(response) == "Au revoir."
    assert _hangs_up(response)


def test_the_same_turn_twice_gets_the_same_answer_and_is_relayed_once(
    network: Network, world: World, agent: FakeAgent
) -> None:
    attempt = world.claimed()
    assert network.answer(attempt, SID).text == network.answer(attempt, SID).text
    conversation = world.conversation(attempt).id
    agent.will_say("Première.")
    first = network.turn(attempt, conversation, 1, SID, SpeechResult="oui")
    second = network.turn(attempt, conversation, 1, SID, SpeechResult="oui")
    assert first.text == second.text
    assert agent.messages == ["/open", "oui"]


def test_a_turn_told_with_another_calls_id_takes_nothing(network: Network, world: World, agent: FakeAgent) -> None:
    attempt, conversation = _opened(network, world)
    assert network.turn(attempt, conversation, 1, "CA" + "c" * 32, SpeechResult="oui").status_code == 409
    assert network.turn(attempt, uuid4(), 1, SID, SpeechResult="oui").status_code == 404
    agent.will_say("Merci.")
    assert _said(network.turn(attempt, conversation, 1, SID, SpeechResult="oui")) == "Merci."
    assert agent.messages == ["/open", "oui"]


def test_a_turn_delivered_twice_at_the_same_moment_is_relayed_once(
    network: Network, world: World, agent: FakeAgent
) -> None:
    attempt, conversation = _opened(network, world)
    agent.slow = threading.Event()
    answers: list[str] = []

    def deliver() -> None:
        answers.append(network.turn(attempt, conversation, 1, SID, SpeechResult="oui").text)

    threads = [threading.Thread(target=deliver) for _ in range(3)]
    for thread in threads:
        thread.start()
    until(lambda: len(agent.heard) == 2)
    agent.slow.set()
    for thread in threads:
        thread.join(10)
    assert len(answers) == 3
    assert len(set(answers)) == 1
    assert len(agent.heard) == 2


def test_rule_03_a_slow_agent_leaves_no_silence_and_opens_afterwards(
    network: Network, world: World, agent: FakeAgent
) -> None:
    agent.slow = threading.Event()
    attempt = world.claimed()
    greeting = network.answer(attempt, SID)
    assert not agent.slow.is_set(), "greeted while the agent still thinks"
    assert OPENING_SECONDS < 1
    assert "assistant automatique de l'Assurance Maladie" in _said(greeting)
    redirect = _xml(greeting).find("Redirect")
    assert redirect is not None
    assert redirect.text is not None
    agent.will_say("C'est bien vous ?")
    agent.slow.set()
    path = redirect.text.removeprefix("/relais")
    assert _said(network.post(path, {"CallSid": SID})) == "C'est bien vous ?"
    assert agent.messages == ["/open"]


def test_rule_03_without_the_agent_the_first_words_still_say_who_calls(
    network: Network, world: World, agent: FakeAgent
) -> None:
    agent.away = True
    attempt = world.claimed()
    response = network.answer(attempt, SID)
    assert _said(response) == (
        "Bonjour, ici l'assistant automatique de l'Assurance Maladie. Nous avons un souci technique."
        " Nous vous rappellerons. Ce n'est pas urgent."
    )
    assert _hangs_up(response)
    contact = world.contact()
    assert contact.state == ContactState.WAITING
    assert contact.next_attempt_at is not None
    network.status(attempt, SID, "completed", CallDuration="7")
    assert world.attempt(attempt).disposition == Disposition.APOLOGY


def test_an_agent_that_goes_away_in_the_middle_is_excused(network: Network, world: World, agent: FakeAgent) -> None:
    attempt, conversation = _opened(network, world)
    agent.away = True
    response = network.turn(attempt, conversation, 1, SID, SpeechResult="oui")
    assert _hangs_up(response)
    assert "souci technique" in _said(response)
    assert "le 15 ou le 112" in _said(response)
    assert world.contact().state == ContactState.WAITING
    assert world.conversation(attempt).outcome == Outcome.ABANDONED


def test_an_empty_answer_of_the_agent_is_no_silence(network: Network, world: World, agent: FakeAgent) -> None:
    attempt, conversation = _opened(network, world)
    agent.says = [[]]
    assert "souci technique" in _said(network.turn(attempt, conversation, 1, SID, SpeechResult="oui"))


def test_rule_09_a_spoken_stop_is_done_even_without_the_agent(network: Network, world: World, agent: FakeAgent) -> None:
    attempt, conversation = _opened(network, world)
    agent.away = True
    response = network.turn(attempt, conversation, 1, SID, SpeechResult="stop")
    assert _said(response) == "C'est noté. Nous ne vous appellerons plus. Au revoir."
    assert world.contact().state == ContactState.OPTED_OUT
    assert world.suppressions()


def test_a_turn_after_the_end_hangs_up_politely(
    network: Network, world: World, agent: FakeAgent, runtime: Runtime, clock: FrozenClock
) -> None:
    attempt, conversation = _opened(network, world)
    with runtime.transaction() as session:
        conversations.conclude(session, conversations.lock(session, conversation), Outcome.REFUSED, clock.now())
    response = network.turn(attempt, conversation, 5, SID, SpeechResult="allo")
    assert _said(response) == "Merci. Au revoir."
    assert _hangs_up(response)
    assert agent.messages == ["/open"]


def test_the_last_words_are_heard_though_the_hang_up_was_told_first(
    network: Network, world: World, agent: FakeAgent
) -> None:
    attempt, conversation = _opened(network, world)
    network.status(attempt, SID, "completed")
    network.turn(attempt, conversation, 1, SID, SpeechResult="ne m'appelez plus")
    assert agent.messages == ["/open", "ne m'appelez plus"]


def test_a_call_goes_from_ringing_to_its_end_in_whatever_order_it_is_told(network: Network, world: World) -> None:
    attempt, _ = _opened(network, world)
    for status in ("completed", "ringing", "initiated", "in-progress", "completed", "ringing"):
        assert network.status(attempt, SID, status, CallDuration="12").status_code == 204
    ended = world.attempt(attempt)
    assert ended.status == AttemptStatus.ENDED
    assert ended.rang
    assert ended.disposition == Disposition.HUNG_UP
    assert world.contact().state == ContactState.WAITING


def test_an_invalid_number_is_known_by_the_code_that_comes_with_the_failure(network: Network, world: World) -> None:
    attempt = world.claimed()
    network.status(attempt, SID, "failed", ErrorCode="13224")
    assert world.attempt(attempt).disposition == Disposition.INVALID_NUMBER
    assert world.contact().state == ContactState.NO_PHONE


def test_a_call_given_up_as_never_placed_lives_when_it_is_answered(
    network: Network, world: World, runtime: Runtime, clock: FrozenClock, agent: FakeAgent
) -> None:
    world.enrol()
    from outreach.services import claims

    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
        claimed = claim_call(session, clock.now(), runtime.settings)
        assert claimed is not None
        carrier_facts.not_placed(session, claimed.attempt_id, Disposition.NEVER_PLACED, clock.now())
    assert _gather(network.answer(claimed.attempt_id, SID))
    assert world.attempt(claimed.attempt_id).status == AttemptStatus.IN_PROGRESS
    assert world.contact().state == ContactState.IN_CONVERSATION


def test_somebody_who_calls_back_is_recognised_by_number(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol()
    form = {"CallSid": SID, "From": world.number(), "To": "+33162000001", "Direction": "inbound"}
    response = network.post("/carrier/voice/inbound", form)
    (attempt,) = world.attempts()
    assert attempt.direction == Direction.INBOUND
    conversation = world.conversation(attempt.id)
    assert agent.heard == [(str(conversation.id), "/open")]
    assert network.post("/carrier/voice/inbound", form).text == response.text
    network.turn(attempt.id, conversation.id, 1, SID, SpeechResult="bonjour")
    assert network.post("/carrier/voice/status", {"CallSid": SID, "CallStatus": "completed"}).status_code == 204
    assert world.attempt(attempt.id).status == AttemptStatus.ENDED


def test_rule_06_an_unknown_caller_hears_who_we_are_and_nothing_else(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol()
    for number in ("+33199009999", "anonymous", "+266696687", "Restricted", ""):
        sid = f"CA{uuid4().hex}"
        response = network.post("/carrier/voice/inbound", {"CallSid": sid, "From": number, "To": "+33162000001"})
        assert _said(response) == (
            "Bonjour. Ici l'assistant automatique de l'Assurance Maladie."
            " Pour toute question, appelez le 36 46. Au revoir."
        )
        assert _hangs_up(response)
    assert agent.heard == []
    assert world.attempts() == []
