"""SMS through the webhooks."""

import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest

from dialer import wording
from outreach.clock import FrozenClock
from outreach.database.repositories import people
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import ContactState, Outcome, Purpose
from outreach.runtime import Runtime
from outreach.services import attempts, claims, sms_claims, suppressions
from tests.dialer.conftest import Network, World
from tests.dialer.fakes import FakeAgent
from tests.factories import a_mobile, claim_call

GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)


def _messages(response: httpx.Response) -> list[str]:
    assert response.status_code == 200
    return ["".join(one.itertext()) for one in ElementTree.fromstring(response.text).iter("Message")]


def _sms(network: Network, number: str, text: str, sid: str | None = None, **more: str) -> httpx.Response:
    form = {
        "MessageSid": sid or f"SM{uuid4().hex}",
        "From": number,
        "To": "38000",
        "Body": text,
        "NumSegments": "1",
    }
    return network.post("/carrier/sms/inbound", form | more)


def test_an_answer_opens_a_conversation_that_goes_on(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol(phones=(a_mobile(),))
    agent.will_say("Bonjour.", "C'est bien vous ?", asks="identity")
    assert _messages(_sms(network, world.number(), "/c'est pour quoi ?")) == ["Bonjour.\nC'est bien vous ?"]
    _sms(network, world.number(), "oui")
    (conversation,) = world.conversations()
    assert agent.heard == [(str(conversation.id), "c'est pour quoi ?"), (str(conversation.id), "oui")]


def test_an_sms_delivered_twice_is_relayed_once(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol(phones=(a_mobile(),))
    sid = f"SM{uuid4().hex}"
    first, second = (_sms(network, world.number(), "oui", sid) for _ in range(2))
    assert first.text == second.text
    assert agent.messages == ["oui"]


@pytest.mark.parametrize("text", ["STOP", "stop merci.", "Arrêt !", "oui STOP", "S.T.O.P"])
def test_rule_09_a_stop_word_stops_everything_even_without_the_agent(
    network: Network, world: World, agent: FakeAgent, text: str
) -> None:
    agent.away = True
    world.enrol(phones=(a_mobile(),))
    assert _messages(_sms(network, world.number(), text)) == [wording.SMS_STOPPED]
    assert agent.heard == []
    assert world.contact().state == ContactState.OPTED_OUT
    (conversation,) = world.conversations()
    assert conversation.outcome == Outcome.OPTED_OUT
    assert {one.scope for one in world.suppressions()} == {"person"}


def test_rule_09_nothing_is_claimed_after_a_stop(
    network: Network, world: World, runtime: Runtime, clock: FrozenClock
) -> None:
    world.enrol(phones=(a_mobile(),))
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    _sms(network, world.number(), "STOP")
    with runtime.transaction() as session:
        assert claim_call(session, clock.now(), runtime.settings) is None


def test_a_stop_that_the_carrier_has_answered_is_not_answered_again(network: Network, world: World) -> None:
    world.enrol(phones=(a_mobile(),))
    assert _messages(_sms(network, world.number(), "stop all", OptOutType="STOP")) == []
    assert world.contact().state == ContactState.OPTED_OUT


def test_an_unknown_stop_is_kept_for_its_number(network: Network, world: World) -> None:
    assert _messages(_sms(network, "+33639980099", "STOP")) == [wording.SMS_STOPPED]
    assert [one.number for one in world.suppressions()] == ["+33639980099"]


def test_a_sentence_with_stop_in_it_is_the_agents(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol(phones=(a_mobile(),))
    _sms(network, world.number(), "stop j'ai pas compris")
    assert agent.messages == ["stop j'ai pas compris"]
    assert world.contact().state == ContactState.WAITING


@pytest.mark.parametrize("sender", ["+33639980098", "anonymous", ""])
@pytest.mark.parametrize("words", ["c'est qui ?", "j'ai mal dans la poitrine"])
def test_rules_06_and_12_an_unknown_sender_reads_who_we_are_and_where_help_is(
    network: Network, agent: FakeAgent, sender: str, words: str
) -> None:
    (answer,) = _messages(_sms(network, sender, words))
    assert answer == (
        "Assurance Maladie, assistant automatique. Pour toute question, appelez le 36 46."
        " Pour une urgence : 15, 112, ou 114 par SMS."
    )
    assert agent.heard == []


def test_rule_07_a_social_security_number_in_an_sms_does_not_reach_the_agent(
    network: Network, world: World, agent: FakeAgent
) -> None:
    world.enrol(phones=(a_mobile(),))
    agent.will_say("Une phrase.", "Et une autre.", asks="birth_date")
    assert _messages(_sms(network, world.number(), "1.47.03.94.076.123.45 voilà")) == ["Une phrase.\nEt une autre."]
    assert agent.messages == ["[numéro non conservé] voilà"]


def test_an_agent_that_is_away_is_excused(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol(phones=(a_mobile(),))
    agent.away = True
    assert _messages(_sms(network, world.number(), "oui")) == [wording.SMS_APOLOGY]
    assert world.contact().state == ContactState.WAITING


def test_receipts_come_in_any_order_and_a_block_closes_sms(
    network: Network, world: World, runtime: Runtime, clock: FrozenClock
) -> None:
    world.enrol(rules=ContactPolicy(), phones=(a_mobile(),))
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
        claimed = sms_claims.claim_sms(session, clock.now(), runtime.settings)
        assert claimed is not None
        attempts.placed(session, claimed.attempt_id, "SM1", clock.now())
    path = f"/carrier/sms/status?attempt={claimed.attempt_id}"
    for status in ("delivered", "sent", "queued", "delivered"):
        assert network.post(path, {"MessageSid": "SM1", "MessageStatus": status}).status_code == 204
    assert world.attempt(claimed.attempt_id).disposition == Disposition.SMS_DELIVERED
    network.post(path, {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30004"})
    assert {one.scope for one in world.suppressions()} == {"sms"}
    assert network.post(path, {"MessageSid": "SM2", "MessageStatus": "sent"}).status_code == 409


@pytest.mark.parametrize("sender", ["38000", "CPAM"])
@pytest.mark.parametrize("purpose", [Purpose.ANNOUNCEMENT, Purpose.RECEIPT, Purpose.INVITATION])
def test_rule_05_what_we_write_first_is_short_and_neutral(purpose: Purpose, sender: str) -> None:
    text = wording.sms(purpose, sender)
    assert set(text) <= GSM_7
    assert len(text) <= 2 * 153
    assert ("STOP" in text) is (sender == "38000")
    _is_neutral(text)


def test_rule_05_nothing_that_the_telephone_room_says_tells_why_we_call() -> None:
    texts = [value for name, value in vars(wording).items() if name.isupper() and isinstance(value, str)]
    assert wording.VOICEMAIL == (
        "Bonjour, ceci est un message automatique de l'Assurance Maladie. Nous avons cherché à vous joindre."
        " Vous pouvez appeler le 36 46. Ce n'est pas urgent."
    )
    for text in texts:
        _is_neutral(text)
        if text.startswith("Assurance Maladie"):
            assert set(text) <= GSM_7
            assert len(text) <= 2 * 153


def _is_neutral(text: str) -> None:
    lowered = text.lower()
    for word in (
        "ald",
        "médecin",
        "traitant",
        "maladie",
        "santé",
        "longue durée",
        "docteur",
        "naissance",
        "nir",
    ):
        rest = lowered.replace("assurance maladie", "")
        assert word not in (rest.split() if len(word) == 3 else rest)
    assert "http" not in lowered


def test_help_that_the_carrier_has_given_is_not_given_again(network: Network, world: World, agent: FakeAgent) -> None:
    world.enrol(phones=(a_mobile(),))
    assert _messages(_sms(network, world.number(), "AIDE", OptOutType="HELP")) == []
    assert agent.heard == []
    assert world.suppressions() == []


@pytest.mark.parametrize("more", [{"OptOutType": "START"}, {}])
def test_rule_09_start_lifts_the_carriers_own_block_and_no_stop_of_ours(
    network: Network, world: World, runtime: Runtime, clock: FrozenClock, agent: FakeAgent, more: dict[str, str]
) -> None:
    world.enrol(phones=(a_mobile(),))
    with runtime.transaction() as session:
        patient = people.having_number(session, world.number())[0]
        suppressions.blocked_by_carrier(session, patient, world.number(), clock.now())
    assert _messages(_sms(network, world.number(), "START", **more)) == [wording.SMS_STARTED]
    assert all(one.lifted_at is not None for one in world.suppressions())
    _sms(network, world.number(), "STOP")
    _sms(network, world.number(), "START", **more)
    assert {one.scope for one in world.suppressions() if one.lifted_at is None} == {"person"}
    assert world.contact().state == ContactState.OPTED_OUT
    assert agent.heard == []


def test_a_receipt_that_contradicts_the_delivery_changes_nothing_in_whatever_order(
    network: Network, world: World, runtime: Runtime, clock: FrozenClock
) -> None:
    world.enrol(people=2, rules=ContactPolicy(sms_per_second=1000), phones=(a_mobile(),))
    came_to = []
    for order in (("sent", "delivered", "undelivered"), ("undelivered", "delivered", "sent")):
        clock.advance(timedelta(seconds=1))
        with runtime.transaction() as session:
            claims.open_contacts(session, clock.now())
            claimed = sms_claims.claim_sms(session, clock.now(), runtime.settings)
            assert claimed is not None
            attempts.placed(session, claimed.attempt_id, f"SM{order[0]}", clock.now())
        for status in order:
            path = f"/carrier/sms/status?attempt={claimed.attempt_id}"
            network.post(path, {"MessageSid": f"SM{order[0]}", "MessageStatus": status})
        came_to.append(world.attempt(claimed.attempt_id).disposition)
    assert came_to == [Disposition.SMS_DELIVERED] * 2
