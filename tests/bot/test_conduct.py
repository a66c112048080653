"""How the agent conducts itself: several things in one breath, an adviser, a person fetched, half an answer."""

from dataclasses import replace

import pytest

from bot.actions.dialogue.effects import Conclude, Remember
from bot.actions.dialogue.state import PatientFacts
from outreach.domain.words import Outcome, Question
from tests.bot.walk import (
    BY_SMS,
    FACTS,
    TO_AREA,
    TO_CONFIRMATION,
    TO_CONSENT,
    TO_MOBILITY,
    TO_VERIFIED,
    Walk,
)

REACHABLE = replace(FACTS, advisers_reachable=True)


def kept(walk: Walk, question: Question) -> object:
    return walk.state.answer(question)


def test_a_question_asked_back_is_answered_and_the_answer_is_taken() -> None:
    walk = Walk()
    walk.go("/open", "allô")
    decision = walk.say(
        "oui c'est moi, c'est pour quoi ?",
        "purpose",
        parts=[("oui c'est moi", "confirm_identity"), ("c'est pour quoi ?", "purpose")],
    )
    assert decision.asks is Question.BIRTH_DATE
    assert "personnel" in walk.text(decision)


def test_a_consent_waits_for_the_reply_to_its_condition() -> None:
    walk = Walk()
    walk.go(*TO_CONSENT)
    decision = walk.say("oui mais c'est payant ?", "is_free", parts=[("oui", "affirm"), ("c'est payant ?", "is_free")])
    assert decision.asks is Question.CONSENT_ASSISTANCE
    assert kept(walk, Question.CONSENT_ASSISTANCE) is None
    assert "gratuite" in walk.text(decision)


def test_everything_in_one_breath_counts_once_the_birth_date_is_right() -> None:
    walk = Walk(BY_SMS)
    said = "Oui c'est moi, née le 12/03/1947. Je n'ai plus de médecin traitant. En bus, à Villejuif, une femme"
    parts = [
        ("Oui c'est moi", "confirm_identity"),
        ("née le 12/03/1947", "inform_birth_date"),
        ("Je n'ai plus de médecin traitant", "no_doctor"),
        ("En bus", "inform_mobility"),
        ("à Villejuif", "inform_area"),
        ("une femme", "inform_preference"),
    ]
    decision = walk.say(said, "inform_birth_date", parts=parts)
    assert decision.asks is Question.CONSENT_ASSISTANCE
    remembered = {effect.question for effect in decision.effects if isinstance(effect, Remember)}
    assert remembered >= {Question.SITUATION, Question.MOBILITY, Question.AREA, Question.PREFERENCE}


def test_what_a_wrong_person_told_is_not_kept() -> None:
    walk = Walk()
    walk.go("/open", "allô")
    parts = [("née le 13 mars 1947", "inform_birth_date"), ("j'ai plus de médecin", "no_doctor")]
    decision = walk.say("née le 13 mars 1947 et j'ai plus de médecin", "inform_birth_date", parts=parts)
    assert decision.effects == ()
    assert decision.asks is Question.BIRTH_DATE


def test_half_a_birth_date_is_completed() -> None:
    walk = Walk()
    walk.go("/open", "allô", "oui c'est moi")
    decision = walk.say("le douze mars", "inform_birth_date")
    assert "l'année" in walk.text(decision)
    walk.say("quarante-sept", "inform_birth_date")
    assert walk.state.verified


def test_how_far_told_before_how_is_kept() -> None:
    walk = Walk()
    walk.go(*TO_MOBILITY)
    assert walk.say("vingt minutes pas plus", "inform_travel_limit").asks is Question.MOBILITY
    assert walk.say("en bus", "inform_mobility").asks is Question.AREA
    assert kept(walk, Question.MOBILITY) == {
        "mobility": ["autonomous"], "max_travel_minutes": 20, "max_travel_km": None,
    }  # fmt: skip


def test_not_caring_about_the_physician_does_not_erase_how_far() -> None:
    walk = Walk()
    walk.go(*TO_AREA, "à Villejuif")
    before = kept(walk, Question.MOBILITY)
    walk.say("peu importe", "no_preference")
    assert kept(walk, Question.MOBILITY) == before


@pytest.mark.parametrize("before", [("/open",), ("/open", "allô"), TO_VERIFIED, TO_MOBILITY, TO_CONFIRMATION])
def test_rule_13_in_office_hours_the_call_is_put_through(before: tuple[str, ...]) -> None:
    walk = Walk(REACHABLE)
    walk.go(*before)
    decision = walk.say("je voudrais parler à un conseiller", "human")
    assert decision.transfer
    assert not decision.hang_up
    assert Conclude(Outcome.HUMAN_REQUESTED, over=False) in decision.effects


def test_rule_13_when_no_adviser_answers_the_time_is_asked_and_kept() -> None:
    walk = Walk(REACHABLE)
    walk.go("/open", "allô")
    walk.say("je voudrais parler à un conseiller", "human")
    assert walk.say("/not_transferred").asks is Question.CALLBACK_TIME
    decision = walk.say("demain matin", "callback")
    [conclusion] = [effect for effect in decision.effects if isinstance(effect, Conclude)]
    assert conclusion.outcome is Outcome.HUMAN_REQUESTED
    assert conclusion.callback is not None
    assert decision.hang_up


def test_rule_13_after_the_talk_with_an_adviser_the_call_is_over() -> None:
    walk = Walk(REACHABLE)
    walk.go("/open", "allô")
    walk.say("je voudrais parler à un conseiller", "human")
    decision = walk.say("/transferred")
    assert decision.hang_up
    assert Conclude(Outcome.HUMAN_REQUESTED, detail="transferred") in decision.effects


def test_nobody_is_put_through_by_sms() -> None:
    walk = Walk(replace(BY_SMS, advisers_reachable=True))
    decision = walk.say("un conseiller svp", "human")
    assert not decision.transfer
    assert decision.asks is Question.CALLBACK_TIME


def test_the_person_who_is_fetched_is_asked_for_anew() -> None:
    walk = Walk()
    walk.go("/open", "allô", "non je suis sa fille")
    decision = walk.say("attendez je vous la passe", "third_party")
    assert decision.asks is Question.IDENTITY
    assert walk.say("oui allô c'est moi", "confirm_identity").asks is Question.BIRTH_DATE


def test_a_relative_who_answers_for_the_person_stays_a_third_party() -> None:
    walk = Walk()
    walk.go("/open", "allô", "je suis sa tutrice")
    decision = walk.say("c'est moi qui décide pour elle", "third_party")
    assert decision.asks is not Question.BIRTH_DATE


@pytest.mark.parametrize("facts", [FACTS, BY_SMS])
def test_whoever_offers_to_answer_for_the_person_hears_that_nobody_can(facts: PatientFacts) -> None:
    walk = Walk(facts)
    walk.go("/open", "allô", "je suis son mari")
    decision = walk.say("je peux répondre pour elle ?", "third_party")
    assert "Seule la personne" in walk.text(decision)
    assert "pas compris" not in walk.text(decision)
    assert decision.asks is Question.CALLBACK_TIME
    walk.say("je connais tout de sa vie je suis son mari", "third_party")
    walk.say("puisque je vous dis que je suis son mari", "third_party")
    assert walk.state.ended is Outcome.THIRD_PARTY


def test_when_to_call_again_is_heard_from_whoever_answers_for_the_person() -> None:
    walk = Walk()
    walk.go("/open", "allô", "je suis sa fille")
    decision = walk.say("je suis sa fille rappelez demain matin", "third_party")
    assert "elle-même" not in walk.text(decision)
    assert walk.state.ended is Outcome.THIRD_PARTY


def test_another_language_is_slower_first_then_an_adviser() -> None:
    walk = Walk()
    walk.go("/open", "allô")
    first = walk.say("le français pour moi difficile", "language")
    assert walk.state.slow
    assert not first.hang_up
    assert Conclude(Outcome.HUMAN_REQUESTED, detail="language") in walk.say("moi pas bien", "language").effects


def test_why_a_question_is_asked_is_told() -> None:
    walk = Walk()
    walk.go("/open", "allô", "oui c'est moi")
    decision = walk.say("pourquoi ma date de naissance", "why_asked")
    assert decision.asks is Question.BIRTH_DATE
    assert "bonne personne" in walk.text(decision)


def test_a_story_is_heard_out_but_no_question_is_put_a_fourth_time() -> None:
    walk = Walk()
    walk.go(*TO_VERIFIED)
    asked = [walk.say("il pleut chez nous", "out_of_scope").asks for _ in range(3)]
    assert asked == [Question.SITUATION, Question.SITUATION, None]
    assert walk.state.ended is Outcome.HUMAN_REQUESTED


def test_danger_in_the_second_half_of_an_answer_is_heard() -> None:
    walk = Walk()
    walk.go(*TO_VERIFIED)
    parts = [("non j'en ai pas", "no_doctor"), ("là je fais un malaise", "emergency")]
    decision = walk.say("non j'en ai pas et là je fais un malaise", "no_doctor", parts=parts)
    assert "15" in walk.text(decision)


def test_figures_of_speech_are_no_danger_when_the_classifier_is_sure() -> None:
    walk = Walk()
    walk.go(*TO_VERIFIED)
    assert "15" not in walk.text(walk.say("ces escaliers vont me tuer", "out_of_scope", 0.95))


@pytest.mark.parametrize(("key", "answer"), [("1", True), ("2", False)])
def test_a_written_key_answers_by_sms(key: str, answer: bool) -> None:
    walk = Walk(BY_SMS)
    walk.go("bonjour", "oui", "12/03/1947", "non", "oui")
    walk.say(key)
    assert kept(walk, Question.CONSENT_SHARING) is answer
