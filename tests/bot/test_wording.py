"""Plain French, in two forms (DOMAIN §3, FALC)."""

import re

import pytest

from bot.actions.dialogue.effects import Line
from bot.actions.wording import WORDING
from bot.actions.wording.rendering import GSM_7, LONGEST_SMS, render
from bot.actions.wording.sentences import sentences, versions
from outreach.domain.words import Channel

LONGEST = {
    "name": "Madame Exemple",
    "area": "à Saint-Maur-des-Fossés",
    "mobility": "seul ou accompagné",
    "minutes": "20",
    "km": "10",
    "preference": "une femme, parlant l'arabe",
    "window": "mercredi 25 novembre, entre 10 heures et 12 heures",
    "place": "Saint-Denis",
}
KEYS = sorted(sentences())
OTHERS = [
    (version, key)
    for version in sorted(versions() - {WORDING})
    for key, sentence in sorted(sentences(version).items())
    if sentence != sentences()[key]
]


def said(key: str, channel: Channel, version: str = WORDING) -> str:
    return render(Line(key, LONGEST), channel, version)


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize(("version", "key"), OTHERS)
def test_what_another_version_says_is_plain_too(version: str, key: str, channel: Channel) -> None:
    text = said(key, channel, version)
    for sentence in re.split(r"(?<=[.?!])\s+", text):
        assert len([word for word in sentence.split() if re.search(r"\w", word)]) <= 12, sentence
    assert len(text) <= LONGEST_SMS
    assert channel is Channel.VOICE or set(text) <= GSM_7
    assert not re.search(r"\bALD\b|malad|pathologie|garanti", text.replace("Assurance Maladie", ""), re.IGNORECASE)


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("key", KEYS)
def test_twelve_words_a_sentence_at_most(key: str, channel: Channel) -> None:
    for sentence in re.split(r"(?<=[.?!])\s+", said(key, channel)):
        words = [word for word in sentence.split() if re.search(r"\w", word)]
        assert len(words) <= 12, sentence


@pytest.mark.parametrize("key", KEYS)
def test_a_message_is_gsm_7(key: str) -> None:
    text = said(key, Channel.SMS)
    assert set(text) <= GSM_7
    assert len(text) <= LONGEST_SMS


@pytest.mark.parametrize("key", KEYS)
def test_no_forbidden_word_and_no_link(key: str) -> None:
    for channel in Channel:
        text = said(key, channel)
        assert not re.search(r"\bALD\b|affection|longue durée|pathologie|https?:|garanti", text, re.IGNORECASE)
        # The two words that the Assurance Maladie's own name holds are the only ones.
        assert not re.search(r"malad", text.replace("Assurance Maladie", ""), re.IGNORECASE)


def test_the_fixed_words_of_the_domain() -> None:
    assert "Raccrochez. Appelez vous-même le 36 46." in said("reply.scam", Channel.VOICE)
    assert "Vous pouvez refuser. Vos remboursements ne changent pas." in said(
        "ask.consent_assistance.first", Channel.VOICE
    )
    emergency = "Raccrochez et appelez le 15 ou le 112. Si vous entendez ou parlez mal : le 114, par SMS."
    assert said("emergency", Channel.VOICE) == emergency
    assert said("distress", Channel.VOICE).startswith(emergency)
    assert "31 14" in said("distress", Channel.VOICE)


def test_rule_03_the_opening_says_both_at_once() -> None:
    first = re.split(r"(?<=[.?!])\s+", said("opening", Channel.VOICE))
    assert "assistant automatique de l'Assurance Maladie" in " ".join(first[:2])


def test_each_question_has_three_wordings() -> None:
    questions = {key.rsplit(".", 1)[0] for key in KEYS if key.startswith("ask.")}
    for question in questions:
        forms = [said(f"{question}.{form}", Channel.VOICE) for form in ("first", "again", "keys")]
        assert len(set(forms)) == 3


def test_the_version_has_its_file() -> None:
    assert WORDING == "2026-11-a"
    assert len(sentences(WORDING)) > 80
