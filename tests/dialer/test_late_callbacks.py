"""What the carrier tells late, or twice at the same moment: each a way in which the end could have changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from outreach.clock import FrozenClock
from outreach.domain.dispositions import Disposition
from outreach.domain.words import AttemptStatus, Channel, ContactState, Outcome
from outreach.runtime import Runtime
from outreach.services import conversations
from tests.dialer.conftest import SID, Network, World
from tests.dialer.fakes import FakeAgent
from tests.factories import a_landline, a_mobile


@pytest.mark.parametrize("code", ["21210", "20429"])
def test_a_call_that_failed_by_nobodys_fault_does_not_begin_again_when_an_earlier_status_comes_late(
    network: Network, world: World, code: str
) -> None:
    attempt = world.claimed()
    network.status(attempt, SID, "failed", ErrorCode=code)
    before = world.attempt(attempt).disposition
    assert network.status(attempt, SID, "initiated").status_code == 204
    assert (world.attempt(attempt).status, world.attempt(attempt).disposition) == (AttemptStatus.ENDED, before)
    assert world.contact().state == ContactState.WAITING


@pytest.mark.parametrize("who", ["machine_start", "fax"])
def test_a_machine_that_the_detector_hears_after_the_end_is_no_person_reached(
    network: Network, world: World, who: str
) -> None:
    attempt = world.claimed(phones=(a_landline(),))
    network.answer(attempt, SID)
    network.status(attempt, SID, "completed")
    assert world.attempt(attempt).disposition == Disposition.HUNG_UP
    form = {"CallSid": SID, "AnsweredBy": who}
    assert network.post(f"/carrier/voice/amd?attempt={attempt}", form).status_code == 204
    ended = world.attempt(attempt)
    assert ended.disposition == (Disposition.FAX if who == "fax" else Disposition.MACHINE)
    assert (ended.human_answered, ended.final) == (False, who == "fax")
    assert world.contact().state == (ContactState.NO_PHONE if who == "fax" else ContactState.WAITING)


def test_words_that_the_hang_up_overtook_are_a_conversation_cut_short(
    network: Network, world: World, runtime: Runtime, clock: FrozenClock
) -> None:
    attempt = world.claimed()
    network.answer(attempt, SID)
    network.status(attempt, SID, "completed")
    with runtime.transaction() as session:
        conversation = conversations.lock(session, world.conversation(attempt).id)
        conversations.hear(session, conversation, "allô", clock.now())
    assert world.attempt(attempt).disposition == Disposition.ABANDONED


def test_the_last_answer_is_heard_though_the_outcome_stood_before_it_and_the_hang_up_overtook_it(
    network: Network, world: World, runtime: Runtime, clock: FrozenClock, agent: FakeAgent
) -> None:
    attempt = world.claimed()
    network.answer(attempt, SID)
    talk = world.conversation(attempt).id
    with runtime.transaction() as session:
        conversation = conversations.lock(session, talk)
        conversations.hear(session, conversation, "un conseiller", clock.now())
        conversations.conclude(session, conversation, Outcome.HUMAN_REQUESTED, clock.now(), over=False)
    network.status(attempt, SID, "completed")
    network.turn(attempt, talk, 1, SID, SpeechResult="demain matin")
    assert agent.messages == ["/open", "demain matin"]


@pytest.mark.parametrize("words", ["oui", "STOP"])
def test_an_sms_that_is_told_three_times_at_the_same_moment_is_one(
    network: Network, world: World, agent: FakeAgent, words: str
) -> None:
    world.enrol(phones=(a_mobile(),))
    form = {"MessageSid": "SM" + "1" * 32, "From": world.number(), "To": "38000", "Body": words}
    with ThreadPoolExecutor(3) as several:
        answers = list(several.map(lambda _: network.post("/carrier/sms/inbound", form), range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(world.conversations()) == 1
    assert len(agent.messages) == (words == "oui")


def test_a_stop_that_ended_an_exchange_opens_no_other_when_it_is_told_again(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol(phones=(a_mobile(),))
    first = {"MessageSid": "SM" + "1" * 32, "From": world.number(), "To": "38000", "Body": "bonjour"}
    stop = first | {"MessageSid": "SM" + "2" * 32, "Body": "STOP"}
    network.post("/carrier/sms/inbound", first)
    with ThreadPoolExecutor(3) as several:
        list(several.map(lambda _: network.post("/carrier/sms/inbound", stop), range(3)))
    assert [talk.channel for talk in world.conversations()] == [Channel.SMS]
    assert len(world.suppressions()) == 2  # the person, and the line


def test_an_inbound_call_that_is_told_three_times_at_the_same_moment_is_one(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol(phones=(a_landline(),))
    form = {"CallSid": "CA" + "1" * 32, "From": world.number(), "To": "+33162000001", "CallStatus": "ringing"}
    with ThreadPoolExecutor(3) as several:
        answers = list(several.map(lambda _: network.post("/carrier/voice/inbound", form), range(3)))
    assert len({answer.text for answer in answers}) == 1, "each hears the same opening"
    assert len(world.conversations()) == 1
    assert agent.messages == ["/open"]
