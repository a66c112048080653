"""The rules of DOMAIN §7 that the conversation keeps, from every state that a random conversation reaches."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.actions.dialogue.effects import Alert, Conclude, Decision, RecordConsent
from bot.actions.dialogue.state import PatientFacts
from bot.actions.wording.rendering import GSM_7, LONGEST_SMS
from outreach.domain.words import Channel, ConsentState, Outcome, Question
from tests.bot.walk import BY_SMS, FACTS, SHARED, SHARED_BY_SMS, Walk

# What people say, with the meaning that the classifier gives it.
SAID: tuple[tuple[str, str], ...] = (
    ("/silence", ""),
    ("#1", ""),
    ("#2", ""),
    ("#12031947", ""),
    ("allô oui", "greet"),
    ("oui", "affirm"),
    ("non", "deny"),
    ("non merci", "deny_thanks"),
    ("oui c'est moi", "confirm_identity"),
    ("le douze mars quarante-sept", "inform_birth_date"),
    ("le treize mars quarante-sept", "inform_birth_date"),
    ("j'ai 76 ans", "inform_birth_date"),
    ("1 47 03 94 076 123 45", "nlu_fallback"),
    ("c'est pour quoi ?", "purpose"),
    ("qui êtes-vous", "who_are_you"),
    ("c'est une arnaque", "scam_doubt"),
    ("c'est gratuit ?", "is_free"),
    ("c'est obligatoire ?", "is_mandatory"),
    ("est-ce que je peux arrêter mon traitement", "medical_question"),
    ("vous me garantissez un médecin ?", "doctor_promise"),
    ("comment avez-vous eu mon numéro", "how_number"),
    ("vous êtes un robot", "are_you_robot"),
    ("pardon ?", "repeat"),
    ("moins vite", "slower"),
    ("j'entends mal", "hearing"),
    ("bof", "unsure"),
    ("je sais pas", "dont_know"),
    ("je suis sa fille", "third_party"),
    ("non j'en ai plus", "no_doctor"),
    ("oui j'en ai un", "has_doctor"),
    ("en fauteuil", "inform_mobility"),
    ("je ne conduis pas et je n'ai personne", "inform_mobility"),
    ("vingt minutes", "inform_travel_limit"),
    ("à Villejuif", "inform_area"),
    ("Saint-Denis", "inform_area"),
    ("près de chez moi", "inform_area"),
    ("une femme", "inform_preference"),
    ("le docteur Martin", "inform_preference"),
    ("demain matin", "callback"),
    ("rappelez plus tard", "callback"),
    ("samedi", "callback"),
    ("plus de sms mais vous pouvez appeler", "channel_choice"),
    ("azerty", "nlu_fallback"),
    ("le lieu", "correction"),
    ("il fait beau", "out_of_scope"),
    ("je voudrais parler à un conseiller", "human"),
    ("je vous la passe", "third_party"),
    ("une seconde je prends mes lunettes", "wait"),
    ("pourquoi vous me demandez ça", "why_asked"),
    ("vous en faites quoi de mes réponses", "data_use"),
    ("ça va durer longtemps", "how_long"),
    ("vous voulez mon numéro de sécu", "sensitive_data"),
    ("c'est quoi un médecin traitant", "what_is_doctor"),
    ("je comprends mal le français", "language"),
    ("le douze mars", "inform_birth_date"),
)  # fmt: skip
CONVERSATIONS = st.lists(st.sampled_from(SAID), max_size=25)
# By voice and by SMS, with a person known by the number, and on a number that several people share.
BEGINNINGS = (FACTS, BY_SMS, SHARED, SHARED_BY_SMS)
OPENINGS = st.sampled_from(BEGINNINGS)

# Before verification: who calls, and to whom it wishes to speak; nothing else.
DISCLOSING = re.compile(
    r"médecin|medecin|docteur|traitant|\bsant[ée]\b|\bsoins?\b|malad(?!ie\b)|(?<!Assurance )Maladie|\bALD\b|traitement|pharmac|hôpital|ordonnance|"
    r"remboursement|trouver|naiss\w+ (?:est|le) \d",
    re.IGNORECASE,
)
NEVER_ASKED = re.compile(
    r"sécurité sociale|\bNIR\b|carte (?:bancaire|bleue|vitale)|\bRIB\b|\bIBAN\b|mot de passe|code secret|diagnostic|quelle maladie",
    re.IGNORECASE,
)


def started(facts: PatientFacts) -> Walk:
    walk = Walk(facts)
    walk.say("/open")
    return walk


def walked(facts: PatientFacts, conversation: list[tuple[str, str]]) -> Walk:
    walk = started(facts)
    for message, intent in conversation:
        walk.say(message, intent)
    return walk


@pytest.mark.parametrize("facts", BEGINNINGS)
@settings(deadline=None)
@given(said=st.sampled_from(SAID))
def test_rule_03_whatever_comes_first_the_agent_says_who_and_what_it_is(
    facts: PatientFacts, said: tuple[str, str]
) -> None:
    for first in (("/open", ""), said):
        walk = Walk(facts)
        text = walk.text(walk.say(*first))
        assert "Assurance Maladie" in text
        assert "assistant automatique" in text


@settings(max_examples=150, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_rule_05_no_message_names_the_person_a_physician_or_a_birth_date(
    facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = started(replace(facts, channel=Channel.SMS))
    for message, intent in conversation:
        text = walk.text(walk.say(message, intent))
        assert "Exemple" not in text
        assert "Odette" not in text
        assert "Martin" not in text
        assert not re.search(r"1947|12/03|\bALD\b", text)
        assert len(text) <= LONGEST_SMS
        assert set(text) <= GSM_7, set(text) - GSM_7


@settings(max_examples=200, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_rule_06_nothing_is_disclosed_before_verification(
    facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = started(facts)
    for message, intent in conversation:
        was_verified = walk.state.verified
        text = walk.text(walk.say(message, intent))
        if not walk.state.verified and not was_verified:
            assert not DISCLOSING.search(text), text
        if not facts.identified:
            assert "Exemple" not in text, "one of those who share the number is named"
            assert "Odette" not in text


@settings(max_examples=150, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_rule_06_a_third_party_learns_nothing_even_after_verification(
    facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = walked(facts, conversation)
    if walk.state.ended is None:
        for message, intent in (("je suis sa fille", "third_party"), ("c'est pour quoi ?", "purpose")):
            text = walk.text(walk.say(message, intent))
            assert not DISCLOSING.search(text), text


@settings(max_examples=150, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_rule_07_no_number_no_password_no_diagnosis_is_ever_asked(
    facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = started(facts)
    for message, intent in conversation:
        assert not NEVER_ASKED.search(walk.text(walk.say(message, intent)))


def test_rule_08_two_wrong_birth_dates_end_neutrally() -> None:
    walk = started(FACTS)
    decision = walk.go("allô", "oui c'est moi", "13/03/1947", "14/03/1947")
    assert walk.state.ended is Outcome.IDENTITY_FAILED
    text = walk.text(decision)
    assert "conseiller" in text
    assert not DISCLOSING.search(text)
    assert "fausse" not in text
    assert "date" not in text


@pytest.mark.parametrize("facts", [SHARED, SHARED_BY_SMS])
def test_rule_08_two_wrong_birth_dates_on_a_shared_number_end_neutrally(facts: PatientFacts) -> None:
    walk = started(facts)
    decision = walk.go("13/03/1947", "14/03/1947")
    assert walk.state.ended is Outcome.IDENTITY_FAILED
    assert Conclude(Outcome.IDENTITY_FAILED) in decision.effects
    text = walk.text(decision)
    assert "conseiller" in text
    assert not DISCLOSING.search(text)


@settings(max_examples=200, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_rule_10_only_a_yes_to_its_own_question_is_a_consent(
    facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = started(facts)
    for message, intent in conversation:
        before = walk.state
        given_now = [
            effect.kind
            for effect in walk.say(message, intent).effects
            if isinstance(effect, RecordConsent) and effect.state is ConsentState.GIVEN
        ]
        if given_now:
            assert before.verified
            assert before.pending in {Question.CONSENT_ASSISTANCE, Question.CONSENT_SHARING}
            assert before.pending.value == f"consent_{given_now[0].value}"
            assert message in {"oui", "#1"}


@pytest.mark.parametrize(
    "cry",
    ["j'ai très mal dans la poitrine", "je n'arrive plus à respirer", "mon mari est par terre il ne bouge plus", "je veux mourir"],
)  # fmt: skip
@settings(max_examples=60, deadline=None)
@given(facts=OPENINGS, conversation=CONVERSATIONS)
def test_rule_12_an_emergency_gets_15_112_114_at_once_from_any_state(
    cry: str, facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = walked(facts, conversation)
    decision = walk.say(cry)
    first = walk.text(Decision(decision.state, decision.lines[:1]))
    assert "15" in first
    assert "112" in first
    assert "114" in first
    assert any(isinstance(effect, Alert) for effect in decision.effects)
    assert walk.state.ended is Outcome.EMERGENCY


@settings(max_examples=150, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_rule_13_an_adviser_can_be_asked_for_at_every_turn(
    facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = walked(facts, conversation)
    decision = walk.say("je voudrais parler à un conseiller", "human")
    # The request stands at once, whatever becomes of the call; when to be called is asked after that, once.
    assert any(isinstance(e, Conclude) and e.outcome is Outcome.HUMAN_REQUESTED for e in decision.effects)
    assert decision.asks is Question.CALLBACK_TIME or walk.state.over
    walk.say("peu importe", "no_preference")
    assert walk.state.over


@settings(max_examples=100, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_rule_09_stop_is_heard_in_every_state(facts: PatientFacts, conversation: list[tuple[str, str]]) -> None:
    walk = walked(facts, conversation)
    decision = walk.say("Stop svp.")
    assert Conclude(Outcome.OPTED_OUT) in decision.effects
    assert decision.asks is None


@settings(max_examples=150, deadline=None)
@given(OPENINGS, CONVERSATIONS)
def test_every_turn_says_something_and_every_conversation_comes_to_an_end(
    facts: PatientFacts, conversation: list[tuple[str, str]]
) -> None:
    walk = walked(facts, conversation)
    for _ in range(4):
        assert walk.text(walk.say("/silence"))
    assert walk.state.ended is not None
