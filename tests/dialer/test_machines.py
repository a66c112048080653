"""Who picked up, when it is no person: what the carrier detects, what the words give away, what is then said."""

import xml.etree.ElementTree as ElementTree
from uuid import UUID

import httpx
import pytest

from dialer import wording
from outreach.database.models import Campaign
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.machines import Heard, is_a_short_hello, who_speaks
from outreach.domain.words import ContactState, Outcome
from outreach.runtime import Runtime
from outreach.services import conversations
from tests.dialer.conftest import PUBLIC, SID, Network, World
from tests.dialer.fakes import FakeAgent, FakeCarrier

VOICEMAIL = (
    "Bonjour, ceci est un message automatique de l'Assurance Maladie. Nous avons cherché à vous joindre."
    " Vous pouvez appeler le 36 46. Ce n'est pas urgent."
)
GREETING = "vous êtes bien sur la messagerie de votre correspondant laissez un message après le bip"
FULL = "la boîte vocale de votre correspondant est pleine veuillez rappeler ultérieurement"
SCREENED = (
    "la personne que vous appelez utilise un service de filtrage veuillez indiquer votre nom et le motif de votre appel"
)


class Call:
    """One call of ours that was picked up, and what becomes of it."""

    def __init__(self, network: Network, world: World, carrier: FakeCarrier) -> None:
        self.network, self.world, self.carrier = network, world, carrier
        carrier.held[SID] = {"sid": SID, "to": "", "status": "in-progress", "direction": "outbound-api"}
        self.attempt = world.claimed()
        network.answer(self.attempt, SID)
        self.conversation: UUID = world.conversation(self.attempt).id

    def detected(self, answered_by: str) -> str | None:
        """The instructions that the call was given for it; `completed` when it was ended; None when it goes on."""
        before = len(self.carrier.asked)
        form = {"CallSid": SID, "AnsweredBy": answered_by}
        assert self.network.post(f"/carrier/voice/amd?attempt={self.attempt}", form).status_code == 204
        asked = self.carrier.asked[before:]
        if not asked:
            return None
        (one,) = asked
        return one.one("Twiml") if "Twiml" in one.form else one.one("Status")

    def turn(self, number: int, words: str | None = None, **more: str) -> httpx.Response:
        spoken = {"SpeechResult": words} if words else {}
        return self.network.turn(self.attempt, self.conversation, number, SID, **spoken, **more)

    def ends_as(self) -> str | None:
        self.network.status(self.attempt, SID, "completed", CallDuration="21")
        return self.world.attempt(self.attempt).disposition


@pytest.fixture
def call(network: Network, world: World, carrier: FakeCarrier) -> Call:
    return Call(network, world, carrier)


def _said(xml: str) -> str:
    return " ".join("".join(say.itertext()) for say in ElementTree.fromstring(xml).iter("Say"))


def _listens(xml: str) -> str | None:
    """Where what is heard next comes to; None when nothing is listened for."""
    gather = ElementTree.fromstring(xml).find("Gather")
    return gather.attrib["action"] if gather is not None else None


def test_rule_05_a_machine_is_heard_out_in_silence_then_gets_the_neutral_message_alone(
    call: Call, agent: FakeAgent
) -> None:
    instructions = call.detected("machine_start")
    assert instructions is not None
    assert _said(instructions) == ""
    action = _listens(instructions) or ""
    assert action.startswith(f"{PUBLIC}/carrier/voice/turn?"), "relative to nothing: no webhook is answered"
    assert action.endswith("turn=500")
    first = call.turn(500, GREETING)
    assert _said(first.text) == VOICEMAIL
    assert ElementTree.fromstring(first.text)[-1].tag == "Hangup"
    assert call.turn(500, GREETING).text == first.text, "delivered twice"
    assert agent.messages == ["/open"], "what a recording says is nobody's answer"
    assert call.ends_as() == Disposition.VOICEMAIL_LEFT


def test_a_machine_that_has_stopped_talking_gets_the_message_too(call: Call) -> None:
    call.detected("machine_start")
    assert _said(call.turn(500).text) == VOICEMAIL


def test_the_same_detection_told_twice_acts_once(call: Call) -> None:
    assert call.detected("machine_start") is not None
    assert call.detected("machine_start") is None


def test_a_machine_detected_before_the_agent_has_opened_is_met_by_its_first_turn(
    network: Network, world: World, carrier: FakeCarrier
) -> None:
    attempt = world.claimed()
    form = {"CallSid": SID, "AnsweredBy": "machine_start"}
    assert network.post(f"/carrier/voice/amd?attempt={attempt}", form).status_code == 204
    assert carrier.asked == [], "the call is neither ended nor turned away"
    network.answer(attempt, SID)
    heard = network.turn(attempt, world.conversation(attempt).id, 1, SID, SpeechResult=GREETING)
    assert _said(heard.text) == VOICEMAIL


def test_on_a_miss_without_message_a_machine_is_hung_up_on_without_a_word(
    call: Call, world: World, runtime: Runtime
) -> None:
    with runtime.transaction() as session:
        campaign = session.get_one(Campaign, world.contact().campaign_id)
        campaign.policy = {**campaign.policy, "voicemail_on_misses": []}
    call.detected("machine_start")
    assert [child.tag for child in ElementTree.fromstring(call.turn(500, GREETING).text)] == ["Hangup"]
    assert call.ends_as() == Disposition.MACHINE


@pytest.mark.parametrize("told", ["machine_end_beep", "machine_end_silence", "machine_end_other"])
def test_a_machine_whose_greeting_is_over_gets_the_message_at_once(call: Call, told: str) -> None:
    instructions = call.detected(told)
    assert instructions is not None
    assert _said(instructions) == VOICEMAIL
    assert call.ends_as() == Disposition.VOICEMAIL_LEFT


def test_a_machine_told_with_the_pick_up_is_left_the_message_at_once(
    network: Network, world: World, agent: FakeAgent
) -> None:
    attempt = world.claimed()
    response = network.answer(attempt, SID, AnsweredBy="machine_end_beep")
    assert _said(response.text) == VOICEMAIL
    assert network.answer(attempt, SID, AnsweredBy="machine_end_beep").text == response.text
    assert agent.messages == []


def test_a_fax_is_hung_up_on_and_its_number_never_called_again(call: Call, world: World) -> None:
    assert call.detected("fax") == "completed"
    assert call.ends_as() == Disposition.FAX
    assert world.contact().state == ContactState.NO_PHONE


@pytest.mark.parametrize("detected", [None, "machine_start", "unknown", "human"])
def test_a_full_mailbox_is_known_by_its_words_and_gets_none(
    call: Call, agent: FakeAgent, world: World, detected: str | None
) -> None:
    if detected is not None:
        call.detected(detected)
    answer = call.turn(500 if detected == "machine_start" else 1, FULL)
    assert [child.tag for child in ElementTree.fromstring(answer.text)] == ["Hangup"]
    assert call.ends_as() == Disposition.MAILBOX_FULL
    attempt = world.attempt(call.attempt)
    assert (attempt.rang, attempt.human_answered, attempt.voicemail_left) == (True, False, False)
    assert agent.messages == ["/open"]
    assert world.contact().state == ContactState.WAITING


@pytest.mark.parametrize("detected", [None, "unknown", "human"])
def test_a_machine_that_the_carrier_missed_is_known_by_its_words(
    call: Call, agent: FakeAgent, detected: str | None
) -> None:
    if detected is not None:
        call.detected(detected)
    assert _said(call.turn(1, GREETING).text) == VOICEMAIL
    assert agent.messages == ["/open"]
    assert call.ends_as() == Disposition.VOICEMAIL_LEFT


def test_rule_06_who_screens_calls_hears_who_calls_and_no_name(call: Call, agent: FakeAgent, world: World) -> None:
    call.detected("machine_start")
    answer = call.turn(500, SCREENED)
    assert _said(answer.text) == wording.WHO_CALLS
    assert "Exemple" not in answer.text
    assert "Odette" not in answer.text
    assert (_listens(answer.text) or "").endswith("turn=501")
    waits = call.turn(501, "merci restez en ligne je vais voir si cette personne est disponible")
    assert (_said(waits.text), (_listens(waits.text) or "")[-8:]) == ("", "turn=502")
    assert _said(call.turn(502).text) == "", "it rings"
    assert agent.messages == ["/open"]
    assert call.ends_as() == Disposition.CALL_SCREENED
    assert not world.attempt(call.attempt).human_answered


def test_the_person_whom_the_assistant_fetches_talks_with_the_agent(call: Call, agent: FakeAgent) -> None:
    call.turn(1, SCREENED)
    agent.will_say("Êtes-vous madame Exemple ?", asks="identity")
    assert "madame Exemple" in _said(call.turn(2, "allô oui").text)
    assert agent.messages == ["/open", "allô oui"]
    assert call.detected("machine_start") is None, "late: somebody is talking"
    assert call.ends_as() in {Disposition.HUNG_UP, Disposition.ABANDONED, Disposition.CONVERSATION}


def test_an_assistant_that_takes_a_message_instead_is_a_mailbox(call: Call) -> None:
    call.turn(1, SCREENED)
    assert _said(call.turn(2, "cette personne n'est pas disponible laissez un message après le bip").text) == VOICEMAIL
    assert call.ends_as() == Disposition.VOICEMAIL_LEFT


def test_whoever_screens_us_for_ever_is_left(call: Call) -> None:
    call.turn(1, SCREENED)
    last = [call.turn(number).text for number in range(2, 10)][-1]
    assert ElementTree.fromstring(last)[-1].tag == "Hangup"


@pytest.mark.parametrize("answered_by", ["machine_start", "machine_end_beep", "fax", "unknown", "human"])
def test_whatever_is_detected_after_a_human_spoke_changes_nothing(
    call: Call, agent: FakeAgent, world: World, answered_by: str
) -> None:
    call.turn(1, "allô oui bonjour")
    assert call.detected(answered_by) is None
    call.turn(2, "oui c'est moi")
    assert agent.messages == ["/open", "allô oui bonjour", "oui c'est moi"]
    assert world.attempt(call.attempt).answered_by == "human"


def test_whatever_is_detected_after_the_identity_was_verified_or_the_end_changes_nothing(
    call: Call, world: World, runtime: Runtime
) -> None:
    with runtime.transaction() as session:
        conversation = conversations.lock(session, call.conversation)
        assert conversation.patient is not None
        assert conversation.patient.birth_date is not None
        conversations.check_birth_date(session, conversation, conversation.patient.birth_date)
    assert call.detected("machine_start") is None
    call.ends_as()
    ended = world.attempt(call.attempt)
    form = {"CallSid": SID, "AnsweredBy": "fax"}
    assert call.network.post(f"/carrier/voice/amd?attempt={call.attempt}", form).status_code == 204
    assert world.attempt(call.attempt).disposition == ended.disposition


@pytest.mark.parametrize("hello", ["allô", "oui allô j'écoute", "qui est à l'appareil"])
def test_a_person_whom_the_detector_took_for_a_machine_is_talked_with(
    call: Call, agent: FakeAgent, world: World, hello: str
) -> None:
    call.detected("machine_start")
    agent.will_say("C'est bien vous ?", asks="identity")
    assert _said(call.turn(500, hello).text) == "C'est bien vous ?"
    assert agent.messages == ["/open", hello]
    assert world.attempt(call.attempt).answered_by == "human"


def test_a_human_goes_on_talking(call: Call, agent: FakeAgent) -> None:
    assert call.detected("human") is None
    call.turn(1, "oui")
    call.turn(2, "vous m'avez laissé un message sur mon répondeur")
    assert agent.messages == ["/open", "oui", "vous m'avez laissé un message sur mon répondeur"]


def test_a_machine_that_only_the_agent_recognised_reached_nobody(call: Call, world: World, runtime: Runtime) -> None:
    call.turn(1, "salut c'est le portable de tonton tu sais ce qu'il te reste à faire")
    now = runtime.clock.now()
    with runtime.transaction() as session:
        conversation = conversations.lock(session, call.conversation)
        conversations.hear(session, conversation, "…", now)
        conversations.conclude(session, conversation, Outcome.ABANDONED, now, detail="machine")
    assert call.ends_as() == Disposition.MACHINE
    assert not world.attempt(call.attempt).human_answered


def test_new_dispositions_rang_and_met_nobody() -> None:
    for disposition in (Disposition.MAILBOX_FULL, Disposition.CALL_SCREENED):
        assert FLAGS[disposition].rang
        assert not FLAGS[disposition].human_answered
        assert not FLAGS[disposition].final


MACHINES = [
    (GREETING, Heard.MAILBOX),
    ("le correspondant que vous demandez n'est pas joignable pour le moment", Heard.MAILBOX),
    ("votre correspondant n'est pas joignable actuellement veuillez rappeler", Heard.MAILBOX),
    ("veuillez enregistrer votre message", Heard.MAILBOX),
    ("bonjour nous sommes absents merci de laisser un message", Heard.MAILBOX),
    (FULL, Heard.MAILBOX_FULL),
    ("cette messagerie est pleine et ne peut plus recevoir de nouveaux messages", Heard.MAILBOX_FULL),
    (SCREENED, Heard.SCREENING),
    ("enregistrez votre nom et la raison de votre appel je vais voir si cette personne est là", Heard.SCREENING),
    ("Veuillez indiquer votre nom et le motif de votre appel.", Heard.SCREENING),
    ("bonjour je suis l'assistant vocal de madame", Heard.SCREENING),
]
PEOPLE = [
    "allô", "oui bonjour", "qui est à l'appareil", "c'est pour quoi", "c'est qui",
    "vous m'avez laissé un message sur mon répondeur", "j'ai eu un message de vous sur ma messagerie",
    "il n'est pas là vous voulez laisser un message", "quel est l'objet de votre appel",
    "vous êtes un assistant vocal", "c'est à quel nom", "je suis pas disponible là rappelez demain",
    "ne quittez pas je vais la chercher", "vous voulez mon nom ou mon prénom",
]  # fmt: skip


@pytest.mark.parametrize(("words", "what"), MACHINES)
def test_machines_are_known_by_their_words(words: str, what: Heard) -> None:
    assert who_speaks(words) is what


@pytest.mark.parametrize("words", PEOPLE)
def test_people_are_not_taken_for_machines(words: str) -> None:
    assert who_speaks(words) is Heard.TELLS_NOTHING


def test_silence_is_no_hello() -> None:
    assert not is_a_short_hello("")
    assert not is_a_short_hello("…")
