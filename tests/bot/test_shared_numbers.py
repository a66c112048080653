"""Somebody calls or texts us from a number that several patients share: walks without Rasa."""

from dataclasses import replace

import pytest

from bot.actions.dialogue.effects import Alert, Conclude, SuppressChannel
from bot.actions.dialogue.state import PatientFacts
from bot.actions.protocol import answer_of
from bot.actions.understanding.meaning import Act
from outreach.domain.words import Channel, Outcome, Question, SuppressionScope
from tests.bot.walk import SHARED, SHARED_BY_SMS, Walk

BOTH = pytest.mark.parametrize("facts", [SHARED, SHARED_BY_SMS])


def called(facts: PatientFacts = SHARED, **more: object) -> Walk:
    walk = Walk(facts, **more)  # type: ignore[arg-type]
    walk.say("/open" if facts.channel is Channel.VOICE else "bonjour", "greet")
    return walk


@BOTH
def test_rules_03_and_06_the_birth_date_is_asked_before_anything_else(facts: PatientFacts) -> None:
    walk = Walk(facts)
    decision = walk.say("/open" if facts.channel is Channel.VOICE else "c'est qui ?", "who_are_you")
    text = walk.text(decision)
    assert text.startswith("Bonjour. Ici l'assistant automatique de l'Assurance Maladie.")
    assert "date de naissance" in text
    assert decision.asks is Question.BIRTH_DATE
    assert decision.effects == ()


@BOTH
@pytest.mark.parametrize("first", ["12/03/1947", "bonjour, née le 12 mars 1947"])
def test_a_birth_date_told_at_once_is_enough(facts: PatientFacts, first: str) -> None:
    walk = Walk(facts)
    walk.say(first, "inform_birth_date")
    assert walk.state.verified
    assert walk.state.pending is Question.SITUATION


def test_whoever_only_greets_is_asked_again_and_goes_on_once_the_date_is_right() -> None:
    walk = called()
    assert walk.say("allô bonjour", "greet").asks is Question.BIRTH_DATE
    decision = walk.say("#12031947")
    assert decision.asks is Question.SITUATION
    assert "Exemple" not in walk.text(decision)


def test_a_number_that_shows_itself_on_a_pocket_call_bothers_nobody() -> None:
    walk = called()
    decision = walk.go("/silence", "/silence", "/silence")
    assert Conclude(Outcome.ABANDONED) in decision.effects


def test_rule_06_twins_are_asked_for_a_first_name_that_is_never_said() -> None:
    walk = called(born_then=("Odette", "Suzanne"))
    decision = walk.say("12/03/1947")
    assert walk.text(decision) == "Quel est votre prénom ?"
    assert decision.asks is Question.BIRTH_DATE
    asked = answer_of(decision, Act.BIRTH_DATE, Channel.VOICE)
    assert "prénom" in asked["hints"]
    assert asked["digits"] is None
    assert walk.say("c'est pour quoi", "purpose").asks is Question.BIRTH_DATE
    assert "prénom" in walk.text(walk.say("répétez", "repeat"))
    assert walk.say("suzanne", "inform_area").asks is Question.SITUATION
    assert walk.state.verified


def test_rule_08_twins_whom_no_first_name_tells_apart_are_an_advisers() -> None:
    walk = called(born_then=("Odette", "Suzanne"))
    walk.say("12/03/1947")
    assert "prénom" in walk.text(walk.say("huguette", "greet"))
    decision = walk.say("gontran", "nlu_fallback")
    assert Conclude(Outcome.IDENTITY_FAILED) in decision.effects


@BOTH
@pytest.mark.parametrize(("said", "detail"), [("STOP", None), ("envoyez-moi un courrier plutôt", "letter")])
def test_rule_09_a_stop_is_the_numbers_and_says_so(facts: PatientFacts, said: str, detail: str | None) -> None:
    walk = called(facts)
    decision = walk.say(said)
    assert Conclude(Outcome.OPTED_OUT, detail=detail) in decision.effects
    assert "plus personne à ce numéro" in walk.text(decision)


@pytest.mark.parametrize(("said", "means"), [("non merci", "deny_thanks"), ("ça ne m'intéresse pas", "refuse")])
def test_rule_09_a_refusal_is_the_numbers_and_says_so(said: str, means: str) -> None:
    walk = called()
    decision = walk.say(said, means)
    assert Conclude(Outcome.REFUSED) in decision.effects
    assert "plus personne à ce numéro" in walk.text(decision)


@pytest.mark.parametrize(
    ("said", "means", "outcome"),
    [
        ("il est décédé", "deceased", Outcome.DECEASED),
        ("vous vous trompez de numéro", "wrong_number", Outcome.WRONG_NUMBER),
        ("je suis sa fille", "third_party", Outcome.THIRD_PARTY),
        ("je suis sa fille elle est née le 12 mars 1947", "third_party", Outcome.THIRD_PARTY),
    ],
)
def test_rule_06_who_is_not_the_person_learns_nothing_and_decides_nothing(
    said: str, means: str, outcome: Outcome
) -> None:
    walk = called()
    decision = walk.say(said, means)
    assert decision.effects == (Conclude(outcome),)
    assert decision.asks is None


def test_whom_somebody_fetches_is_asked_for_the_birth_date() -> None:
    walk = called()
    decision = walk.say("ne quittez pas je vous la passe", "third_party")
    assert decision.asks is Question.BIRTH_DATE


@BOTH
def test_rule_13_who_wants_a_human_or_to_be_called_gets_an_adviser(facts: PatientFacts) -> None:
    for said, means in (("un conseiller", "human"), ("rappelez-moi plus tard", "callback")):
        walk = called(facts)
        decision = walk.say(said, means)
        assert Conclude(Outcome.HUMAN_REQUESTED, over=False) in decision.effects
        assert decision.asks is Question.CALLBACK_TIME
    walk = called(facts)
    [conclusion] = [e for e in walk.say("rappelez demain matin", "callback").effects if isinstance(e, Conclude)]
    assert conclusion.outcome is Outcome.HUMAN_REQUESTED
    assert conclusion.callback is not None


def test_rule_13_an_adviser_is_rung_before_anybody_is_identified() -> None:
    walk = called(replace(SHARED, advisers_reachable=True))
    assert walk.say("un conseiller", "human").transfer


def test_rule_12_an_emergency_comes_first_and_alerts_a_human() -> None:
    walk = called()
    decision = walk.say("j'ai très mal dans la poitrine", "emergency")
    assert Alert("emergency") in decision.effects
    assert Conclude(Outcome.EMERGENCY) in decision.effects


def test_a_channel_alone_is_refused_for_the_number() -> None:
    walk = called()
    decision = walk.say("plus de sms mais vous pouvez appeler", "channel_choice")
    assert SuppressChannel(SuppressionScope.SMS) in decision.effects
    assert decision.asks is Question.BIRTH_DATE


def test_rule_06_the_name_is_not_said_on_a_shared_number_even_after_the_birth_date() -> None:
    walk = called()
    walk.go("12/03/1947", "non")
    walk.say("je suis sa fille", "third_party")
    decision = walk.say("ne quittez pas je vous la passe", "third_party")
    assert decision.asks is Question.BIRTH_DATE
    assert "Exemple" not in walk.text(decision)
