"""The conduct of the conversation, without Rasa (DESIGN §7, DOMAIN §4)."""

from dataclasses import replace
from typing import Any

import pytest

from bot.actions.dialogue.effects import Conclude, RecordConsent, Remember, SuppressChannel
from bot.actions.dialogue.state import Clarification
from outreach.domain.words import Channel, ConsentKind, ConsentState, Outcome, Question, SuppressionScope
from tests.bot.walk import (
    BY_SMS,
    FACTS,
    TO_AREA,
    TO_CONFIRMATION,
    TO_CONSENT,
    TO_MOBILITY,
    TO_PREFERENCE,
    TO_VERIFIED,
    Walk,
)


def conclusion(walk: Walk, *messages: str) -> Conclude:
    decision = walk.go(*messages)
    return next(effect for effect in decision.effects if isinstance(effect, Conclude))


def test_a_cooperative_patient_is_asked_every_question_once() -> None:
    walk = Walk()
    asked = [walk.say(message).asks for message in (*TO_CONFIRMATION, "oui")]
    assert asked == [
        None,
        Question.IDENTITY,
        Question.BIRTH_DATE,
        Question.SITUATION,
        Question.CONSENT_ASSISTANCE,
        Question.CONSENT_SHARING,
        Question.MOBILITY,
        Question.MOBILITY,
        Question.AREA,
        Question.PREFERENCE,
        Question.CONFIRMATION,
        None,
    ]
    assert walk.state.ended is Outcome.ACCEPTED
    assert walk.state.answer(Question.MOBILITY) == {
        "mobility": ["wheelchair"],
        "max_travel_minutes": 20,
        "max_travel_km": None,
    }
    assert walk.state.answer(Question.AREA) == {
        "scope": "commune",
        "commune": "Villejuif",
        "insee_code": "94076",
        "postal_code": "94800",
        "department": "94",
    }


def test_the_name_is_said_only_once_a_human_is_heard() -> None:
    walk = Walk()
    assert "Exemple" not in walk.text(walk.say("/open"))
    assert "Exemple" not in walk.text(walk.say("/silence"))
    assert "Madame Exemple" in walk.text(walk.say("allô ?"))


def test_a_machine_hears_no_name() -> None:
    walk = Walk()
    walk.say("/open")
    decision = walk.say("vous êtes bien sur la messagerie de Odette laissez un message")
    assert walk.state.ended is Outcome.ABANDONED
    assert walk.text(decision) == "Au revoir."


@pytest.mark.parametrize("said", ["madame Exemple à l'appareil", "oui je suis madame Exemple", "Odette Exemple"])
def test_the_person_says_their_own_name(said: str) -> None:
    walk = Walk()
    assert walk.go("/open", "allô", said).asks is Question.BIRTH_DATE


def test_a_name_said_of_somebody_else_is_not_the_persons() -> None:
    walk = Walk()
    assert walk.go("/open", "allô", "madame Exemple n'est pas là").asks is not Question.BIRTH_DATE


def test_several_answers_in_one_breath_are_all_kept() -> None:
    walk = Walk()
    walk.go(*TO_MOBILITY)
    decision = walk.say("en fauteuil vingt minutes maximum à Cachan et plutôt une femme")
    assert decision.asks is Question.CONFIRMATION
    assert walk.state.answer(Question.AREA)["commune"] == "Cachan"
    assert walk.state.answer(Question.PREFERENCE)["physician_gender"] == "female"


def test_a_correction_changes_only_what_it_names() -> None:
    walk = Walk()
    walk.go(*TO_CONFIRMATION)
    decision = walk.say("non pas Villejuif c'est à Cachan")
    assert decision.asks is Question.CONFIRMATION
    assert walk.state.answer(Question.AREA)["commune"] == "Cachan"
    assert walk.state.answer(Question.PREFERENCE)["physician_gender"] == "female"
    assert [effect.question for effect in decision.effects if isinstance(effect, Remember)] == [Question.AREA]


def test_no_at_the_confirmation_asks_what_to_change() -> None:
    walk = Walk()
    walk.go(*TO_CONFIRMATION)
    assert walk.say("non").asks is Question.CONFIRMATION
    assert walk.state.clarifying is Clarification.WHAT_TO_CHANGE
    assert walk.say("le lieu").asks is Question.AREA
    assert walk.say("près de chez moi").asks is Question.CONFIRMATION
    assert walk.state.answer(Question.AREA)["scope"] == "near_home"
    assert walk.state.answer(Question.AREA)["commune"] == "Villejuif"


def _cut_short_after_mobility(minutes: int | None, *, area_told: bool = False) -> Walk:
    known: dict[Question, Any] = {
        Question.SITUATION: {"has_doctor": False},
        Question.CONSENT_ASSISTANCE: True,
        Question.CONSENT_SHARING: True,
        Question.MOBILITY: {"mobility": ["autonomous"], "max_travel_minutes": minutes, "max_travel_km": None},
    }
    if area_told:
        known[Question.AREA] = {"scope": "anywhere", "department": "94"}
    return Walk(replace(FACTS, known=known))


def test_a_conversation_cut_short_is_resumed_after_identity() -> None:
    walk = _cut_short_after_mobility(20)
    decision = walk.go(*TO_VERIFIED)
    assert decision.asks is Question.AREA
    assert "Nous reprenons" in walk.text(decision)


def test_cut_short_before_how_far_was_told_it_is_asked_when_resumed() -> None:
    walk = _cut_short_after_mobility(None)
    assert walk.go(*TO_VERIFIED).asks is Question.MOBILITY
    assert walk.state.clarifying is Clarification.TRAVEL_LIMIT
    assert walk.say("vingt minutes").asks is Question.AREA
    assert walk.state.answer(Question.MOBILITY)["max_travel_minutes"] == 20


def test_cut_short_after_how_far_was_asked_it_is_not_asked_again() -> None:
    walk = _cut_short_after_mobility(None, area_told=True)
    assert walk.go(*TO_VERIFIED).asks is Question.PREFERENCE


def test_a_birth_date_kept_back_twice_is_left_to_an_adviser() -> None:
    walk = Walk()
    walk.go("/open", "allô", "oui c'est moi")
    assert walk.say("non je préfère pas", "deny").asks is Question.BIRTH_DATE
    last = walk.say("non", "deny")
    assert walk.state.ended is Outcome.HUMAN_REQUESTED
    assert "36 46" in walk.text(last)


def test_a_yes_to_help_is_not_taken_for_having_a_physician() -> None:
    walk = Walk()
    walk.go(*TO_VERIFIED)
    assert walk.say("oui je veux bien", "affirm").asks is Question.SITUATION
    assert walk.state.ended is None


def test_an_interruption_is_answered_and_the_question_comes_back_reworded() -> None:
    walk = Walk()
    walk.go(*TO_VERIFIED)
    first = walk.text(walk.say("oui mais qui êtes-vous ?", "who_are_you"))
    assert "assistant automatique" in first
    assert walk.state.pending is Question.SITUATION
    assert "Un médecin traitant vous suit-il" in first


def test_slower_is_kept_for_the_rest() -> None:
    walk = Walk()
    walk.go(*TO_VERIFIED)
    walk.say("parlez plus lentement")
    assert walk.state.slow
    walk.say("non")
    assert walk.state.slow


@pytest.mark.parametrize("message", ["/silence", "azerty qsdf"])
@pytest.mark.parametrize("before", [TO_VERIFIED, TO_CONSENT, TO_MOBILITY, TO_AREA, TO_PREFERENCE, TO_CONFIRMATION])
def test_a_question_is_never_put_a_fourth_time(message: str, before: tuple[str, ...]) -> None:
    walk = Walk()
    walk.go(*before)
    question = walk.state.pending
    assert walk.say(message).asks is question
    keypad = walk.say(message)
    assert keypad.asks is question
    assert "apez" in walk.text(keypad)
    assert walk.say(message).asks is None
    assert walk.state.ended is Outcome.HUMAN_REQUESTED


def test_nobody_at_all_is_tried_another_day() -> None:
    walk = Walk()
    assert conclusion(walk, "/open", "/silence", "/silence", "/silence").outcome is Outcome.ABANDONED


@pytest.mark.parametrize(
    ("messages", "outcome"),
    [
        (("/open", "allô", "non", "non"), Outcome.WRONG_NUMBER),
        (("/open", "allô", "vous vous êtes trompé de numéro"), Outcome.WRONG_NUMBER),
        (("/open", "allô", "elle est décédée l'an dernier"), Outcome.DECEASED),
        (("/open", "allô", "je suis sa fille", "demain matin"), Outcome.THIRD_PARTY),
        (("/open", "allô", "non", "oui", "je ne sais pas"), Outcome.THIRD_PARTY),
        (("/open", "allô", "arrêtez d'appeler"), Outcome.OPTED_OUT),
        (("/open", "allô", "non merci"), Outcome.REFUSED),
        (("/open", "allô", "pas maintenant", "demain matin"), Outcome.CALLBACK),
        ((*TO_VERIFIED, "oui j'en ai un"), Outcome.ALREADY_HAS_DOCTOR),
        ((*TO_VERIFIED, "oui"), Outcome.ALREADY_HAS_DOCTOR),
        ((*TO_CONSENT, "non merci"), Outcome.REFUSED),
        ((*TO_MOBILITY, "finalement non j'ai changé d'avis"), Outcome.REFUSED),
        ((*TO_MOBILITY, "rappelez-moi lundi matin"), Outcome.CALLBACK),
    ],
)
def test_how_it_ends(messages: tuple[str, ...], outcome: Outcome | None) -> None:
    walk = Walk()
    walk.go(*messages)
    assert walk.state.ended is outcome


def test_a_callback_is_cut_to_the_calling_hours_and_said_back() -> None:
    walk = Walk()
    decision = walk.go("/open", "allô", "rappelez demain après dix-huit heures")
    window = next(effect.callback for effect in decision.effects if isinstance(effect, Conclude))
    assert window is not None
    assert (window.start.isoformat(), window.end.isoformat()) == (
        "2026-11-25T17:00:00+00:00",
        "2026-11-25T18:00:00+00:00",
    )
    assert "demain, entre 18 heures et 19 heures" in walk.text(decision)


def test_a_day_without_calls_is_asked_again() -> None:
    walk = Walk()
    decision = walk.go("/open", "allô", "rappelez samedi")
    assert decision.asks is Question.CALLBACK_TIME
    assert "du lundi au vendredi" in walk.text(decision)


def test_a_letter_is_wished() -> None:
    assert conclusion(Walk(), *TO_VERIFIED, "envoyez-moi plutôt un courrier").detail == "letter"


def test_one_channel_less_goes_on_with_the_other() -> None:
    walk = Walk()
    walk.go(*TO_VERIFIED)
    decision = walk.say("plus de sms s'il vous plaît mais vous pouvez m'appeler")
    assert decision.effects == (SuppressChannel(SuppressionScope.SMS),)
    assert decision.asks is Question.SITUATION


def test_without_a_car_or_anybody_a_prescribed_transport_is_asked() -> None:
    walk = Walk()
    walk.go(*TO_MOBILITY)
    decision = walk.say("je ne conduis pas et je n'ai personne")
    assert decision.asks is Question.MOBILITY
    assert "transport prescrit" in walk.text(decision)
    walk.say("oui")
    assert walk.state.answer(Question.MOBILITY)["mobility"] == ["transport_needed"]


def test_a_shared_name_asks_the_department() -> None:
    walk = Walk(replace(FACTS, department="48"))
    walk.go(*TO_AREA)
    decision = walk.say("à Saint-Denis")
    assert decision.asks is Question.AREA
    assert "Dans quel département" in walk.text(decision)
    walk.say("dans le 93")
    assert walk.state.answer(Question.AREA)["insee_code"] == "93066"


def test_by_sms_the_person_is_not_named_and_a_name_of_physician_neither() -> None:
    walk = Walk(BY_SMS)
    assert "Exemple" not in walk.text(walk.say("bonjour"))
    walk.go("oui", "12/03/1947", "non", "oui", "oui", "seul", "20 min", "Villejuif")
    recap = walk.say("le docteur Martin")
    assert recap.asks is Question.CONFIRMATION
    assert "Martin" not in walk.text(recap)


def test_a_refused_sharing_goes_on_with_advice_only() -> None:
    walk = Walk()
    decision = walk.go(*TO_CONSENT, "oui", "non")
    assert RecordConsent(ConsentKind.SHARING, ConsentState.REFUSED) in decision.effects
    assert decision.asks is Question.MOBILITY


@pytest.mark.parametrize("said", ["bof", "c'est bon", "si c'est gratuit", "mouais"])
def test_half_a_yes_is_answered_then_asked_again(said: str) -> None:
    walk = Walk()
    walk.go(*TO_CONSENT)
    decision = walk.say(said)
    assert decision.asks is Question.CONSENT_ASSISTANCE
    assert not any(isinstance(effect, RecordConsent) for effect in decision.effects)


def test_after_the_end_nothing_starts_anew() -> None:
    walk = Walk()
    walk.go(*TO_CONFIRMATION, "oui")
    decision = walk.say("allô ?")
    assert decision.asks is None
    assert not decision.effects
    assert walk.say("stop").effects == (Conclude(Outcome.OPTED_OUT),)


def test_who_it_is_is_told_once_to_somebody_who_asks_it_first() -> None:
    walk = Walk(replace(FACTS, channel=Channel.SMS))
    assert walk.text(walk.say("c ki ?", "who_are_you")).count("assistant automatique") == 1
