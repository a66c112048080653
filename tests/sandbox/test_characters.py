"""The simulated people's ears and tongues: what they make of an agent, and where their talks end."""

import re
from datetime import UTC, date, datetime
from random import Random

import pytest

from sandbox.characters import CHARACTERS
from sandbox.line import CallAct, Reply, SmsAct
from sandbox.person import Person
from sandbox.speech import Ask, understand
from sandbox.telling import birth_in_words, in_words, mistaken
from tests.sandbox.agent_sentences import IN_A_ROW, SENTENCES

AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NUMBER = "+33199001234"
ANNOUNCEMENT = next(text for text, ask in IN_A_ROW if ask is Ask.ANNOUNCEMENT)
ANSWERING = [name for name, character in CHARACTERS.items() if character.habit.always is None]

# A plain agent: each question in its first wording.
SCRIPT = (
    "Bonjour. Ici l'assistant automatique de l'Assurance Maladie. Est-ce que vous m'entendez ?",
    "Je voudrais parler à Monsieur Roux. Est-ce que c'est vous ?",
    "Je dois vérifier que c'est bien vous. Quelle est votre date de naissance ? Dites-la, ou tapez les huit chiffres.",
    "Merci, c'est bien vous. Je vous contacte au sujet du médecin traitant. Avez-vous un médecin traitant aujourd'hui ?",
    "Nous pouvons vous aider à trouver un médecin traitant. Vous pouvez refuser. Voulez-vous cette aide ?",
    "Pour chercher, pouvons-nous donner votre nom à des médecins ? Vous pouvez refuser.",
    "Comment pouvez-vous aller chez un médecin ? Par exemple : seul, accompagné, en fauteuil roulant.",
    "Combien de minutes de trajet, au maximum ?",
    "Où cherchez-vous un médecin ? Dites une ville, ou « près de chez moi ».",
    "Avez-vous une préférence ? Par exemple une femme, un homme, une langue.",
    "Je répète ce que j'ai noté. Vous cherchez à Villejuif. Est-ce que tout est juste ?",
    "C'est noté. Un conseiller va chercher avec vous. Il vous rappellera. Merci et au revoir.",
)


def somebody(character: str, seed: str = "1") -> Person:
    return Person(
        reference="P000001",
        numbers=(NUMBER,),
        character_name=character,
        seed=seed,
        civility="M",
        first_name="Marcel",
        last_name="Roux",
        birth_date=date(1947, 3, 12),
        commune="Villejuif",
        insee_code="94076",
        postal_code="94800",
        department="94",
    )


def talk(person: Person, sentences: tuple[str, ...] = SCRIPT) -> list[Reply]:
    talker = person.converse(NUMBER, 0)
    replies = []
    for sentence in sentences:
        replies.append(talker.hear(sentence, expects_digits=True))
        if replies[-1].hang_up:
            break
    return replies


def words(replies: list[Reply]) -> str:
    return " | ".join(reply.speech or "" for reply in replies)


@pytest.mark.parametrize(("text", "ask"), [(text, ask) for ask, texts in SENTENCES.items() for text in texts])
def test_each_sentence_of_an_agent_is_understood(text: str, ask: Ask) -> None:
    assert understand(text).ask is ask


@pytest.mark.parametrize(("text", "ask"), IN_A_ROW)
def test_of_several_sentences_the_question_is_heard(text: str, ask: Ask) -> None:
    assert understand(text).ask is ask


def test_a_question_about_something_else_is_not_understood() -> None:
    assert understand("Quel est votre plat favori ?").ask is Ask.UNKNOWN
    assert understand("Tapez 1 pour la météo.").ask is not Ask.BIRTH_DATE


def test_there_are_at_least_thirty_characters_and_each_is_said_in_a_sentence() -> None:
    assert len(CHARACTERS) >= 30
    assert all(character.what.endswith(".") for character in CHARACTERS.values())


@pytest.mark.parametrize("name", ANSWERING)
@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_each_word_of_each_character_can_be_said(name: str, seed: str) -> None:
    for replies in (talk(somebody(name, seed)), *(talk(somebody(name, seed), (text,) * 2) for text in SCRIPT)):
        assert not re.search(r"[{}]", words(replies))


@pytest.mark.parametrize("name", [name for name in ANSWERING if CHARACTERS[name].accepts])
def test_the_willing_go_to_the_end_and_hang_up_on_the_goodbye(name: str) -> None:
    replies = talk(somebody(name))
    assert len(replies) == len(SCRIPT)
    assert replies[-1].hang_up


@pytest.mark.parametrize("name", ANSWERING)
def test_nobody_is_held_on_the_line_by_the_same_question(name: str) -> None:
    for sentence in SCRIPT[:-1]:
        replies = talk(somebody(name), (sentence,) * 10)
        assert len(replies) <= 6
        assert replies[-1].hang_up


def test_a_talk_has_an_end_whatever_is_said() -> None:
    replies = talk(somebody("cooperative"), ("D'accord.", "Il fait beau.") * 40)
    assert replies[-1].hang_up
    assert len(replies) <= 41


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("refuses", 4, r"non"),
        ("stops", 1, r"arrêtez|tranquille"),
        ("suspicious", 1, r"arnaque"),
        ("who_are_you", 1, r"qui"),
        ("asks_robot", 1, r"robot"),
        ("hard_of_hearing", 1, r"répét|entendu"),
        ("third_party", 1, r"femme|mari"),
        ("carer", 1, r"fille|aide"),
        ("wrong_number", 1, r"erreur|trompez"),
        ("deceased", 1, r"décédé"),
        ("has_doctor", 3, r"oui"),
        ("callback_morning", 1, r"demain matin"),
        ("callback_after_four", 3, r"après 16 heures"),
        ("wants_human", 2, r"conseiller"),
        ("emergency", 3, r"poitrine|respirer"),
        ("past_illness", 3, r"^non"),
        ("retired_doctor", 3, r"retraite"),
        ("refuses_sharing", 5, r"^non"),
        ("wheelchair", 6, r"fauteuil"),
        ("home_visit", 6, r"domicile"),
        ("withdraws", 10, r"laissez tomber"),
        ("wants_letter", 4, r"courrier"),
        ("corrects", 10, r"villejuif"),
    ],
)
def test_each_character_says_what_makes_it(name: str, at: int, expected: str) -> None:
    for seed in ("1", "2", "3", "4"):
        assert re.search(expected, talk(somebody(name, seed))[at].speech or "")


def test_the_silent_say_nothing_and_the_hurried_hang_up() -> None:
    assert words(talk(somebody("silent"))).strip(" |") == ""
    assert talk(somebody("hangs_up_at_once"))[0].hang_up
    midway = talk(somebody("hangs_up_midway"))
    assert midway[-1].hang_up
    assert 3 < len(midway) < len(SCRIPT)


def test_keys_are_pressed_by_those_who_use_the_keypad() -> None:
    replies = talk(somebody("keypad"))
    assert [reply.digits for reply in replies[1:6]] == ["1", "12031947", "2", "1", "1"]
    assert talk(somebody("keypad"), ("Seul : tapez 1. Accompagné : tapez 2.",))[0].digits == "1"


def test_a_mistaken_birth_date_is_another_one_once_or_twice() -> None:
    question = SCRIPT[2]
    for seed in "12345":
        once = [reply.speech for reply in talk(somebody("mistaken_once", seed), (question, question))]
        right = somebody("cooperative").birth_date
        forms = {birth_in_words(right, Random(n)).removeprefix("le ") for n in range(200)}
        assert once[0] not in forms
        assert once[1] in forms
        twice = [reply.speech for reply in talk(somebody("mistaken_twice", seed), (question, question))]
        assert not forms & set(twice)


def test_birth_dates_are_said_in_words_and_in_figures() -> None:
    said = {birth_in_words(date(1947, 3, 12), Random(n)) for n in range(200)}
    assert {"le douze mars mille neuf cent quarante-sept", "12 mars 47", "12/03/1947"} <= said
    assert in_words(1991) == "mille neuf cent quatre-vingt-onze"
    assert in_words(1971) == "mille neuf cent soixante et onze"
    assert in_words(1980) == "mille neuf cent quatre-vingts"
    assert in_words(2002) == "deux mille deux"
    assert mistaken(date(1948, 2, 29), 0) == date(1949, 2, 2)


def test_an_announcement_moves_only_those_whom_it_moves() -> None:
    (stop,) = somebody("texts_stop").on_sms(ANNOUNCEMENT, 0, AT)
    assert isinstance(stop, SmsAct)
    assert "stop" in stop.body.lower()
    (call,) = somebody("calls_back").on_sms(ANNOUNCEMENT, 0, AT)
    assert isinstance(call, CallAct)
    assert somebody("cooperative").on_sms(ANNOUNCEMENT, 0, AT) == []


def test_an_exchange_by_sms_goes_to_its_end() -> None:
    person = somebody("replies_sms")
    (yes,) = person.on_sms(ANNOUNCEMENT, 0, AT)
    assert isinstance(yes, SmsAct)
    assert yes.body.lower() == "oui"
    (birth,) = person.on_sms("Quelle est votre date de naissance ? Ecrivez JJ/MM/AAAA.", 1, AT)
    assert isinstance(birth, SmsAct)
    assert birth.body == "12/03/1947"
    receipt = next(text for text, _ in IN_A_ROW if "enregistrée" in text)
    assert person.on_sms(receipt, 2, AT) == []
    assert person.on_sms("Quelle est votre date de naissance ?", 99, AT) == []


@pytest.mark.parametrize("name", ANSWERING)
def test_who_picks_up_and_what_is_said_can_be_replayed(name: str) -> None:
    one, same = somebody(name), somebody(name)
    assert [one.plan_call(NUMBER, n, AT) for n in range(5)] == [same.plan_call(NUMBER, n, AT) for n in range(5)]
    assert talk(one) == talk(same)


def test_another_seed_is_another_day() -> None:
    plans = {somebody("cooperative", str(seed)).plan_call(NUMBER, 0, AT).result for seed in range(60)}
    assert {"answer", "machine", "no_answer"} <= plans
    assert len({words(talk(somebody("cooperative", str(seed)))) for seed in range(10)}) > 5


def test_lines_that_always_do_the_same() -> None:
    results = {
        name: {somebody(name).plan_call(NUMBER, n, AT).result for n in range(5)}
        for name, character in CHARACTERS.items()
        if character.habit.always is not None
    }
    assert results == {
        "busy": {"busy"},
        "mailbox": {"machine"},
        "never_answers": {"no_answer"},
        "invalid_number": {"invalid"},
        "unreachable": {"unreachable"},
        "fax": {"fax"},
        "mailbox_full": {"mailbox_full"},
        "screened": {"screened"},
        "screened_out": {"screened"},
    }
    assert somebody("mailbox").plan_call(NUMBER, 0, AT).greeting


def test_who_asked_to_be_called_back_is_there_then() -> None:
    person = somebody("callback_morning")
    replies = [person.converse(NUMBER, 1).hear(sentence, False) for sentence in SCRIPT[1:3]]
    assert "rappelez" not in words(replies)
