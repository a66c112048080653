"""The Rasa project itself."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bot.actions.understanding.meaning import Act
from bot.actions.understanding.text import plain
from bot.data_tools import make_variants
from tests.bot.evaluation import cases
from tests.bot.rasa_fixture import BOT, QUIET, RASA, trained_model

DOMAIN: dict[str, Any] = yaml.safe_load((BOT / "domain.yml").read_text(encoding="utf-8"))


COMMANDS = {"open", "silence", "keypad", "transferred", "not_transferred"}


def _examples(folder: str) -> Iterator[tuple[str, str, str]]:
    for file in sorted((BOT / "data" / folder).glob("*.yml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            for line in entry["examples"].strip().splitlines():
                yield file.name, entry["intent"], line.removeprefix("- ").strip()


def test_every_intent_is_a_meaning_that_the_actions_know() -> None:
    assert set(DOMAIN["intents"]) - COMMANDS <= {act.value for act in Act}


def test_every_meaning_is_explained_to_the_linguist() -> None:
    guide = (BOT / "data" / "MEANINGS.md").read_text(encoding="utf-8")
    assert {intent for intent in set(DOMAIN["intents"]) - COMMANDS if f"| `{intent}` |" not in guide} == set()


def test_every_intent_has_at_least_thirty_examples_and_no_sentence_has_two_meanings() -> None:
    meanings: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for _, intent, sentence in _examples("nlu"):
        meanings.setdefault(sentence.lower(), set()).add(intent)
        counts[intent] = counts.get(intent, 0) + 1
    assert {sentence: both for sentence, both in meanings.items() if len(both) > 1} == {}
    assert set(counts) == set(DOMAIN["intents"]) - COMMANDS
    assert {intent: count for intent, count in counts.items() if count < 30} == {}


def test_the_generated_variants_are_up_to_date() -> None:
    assert make_variants.out_of_date() == []


def test_the_evaluation_was_not_trained_on() -> None:
    """A sentence of more than three words that stands on both sides measures nothing."""
    trained = {plain(sentence) for _, _, sentence in _examples("nlu")}
    tested = {plain(one.text) for one in cases.utterances() if len(plain(one.text).split()) > 3}
    assert len(tested & trained) <= len(tested) / 100
    assert {one.text for one in cases.implied() if plain(one.text) in trained} == set()


def test_nothing_else_than_the_one_action_is_called() -> None:
    assert DOMAIN["actions"] == ["take_turn"]
    assert not {"responses", "forms", "slots"} & set(DOMAIN)


def test_rasa_finds_its_data_valid() -> None:
    _rasa("data", "validate", "--domain", "domain.yml", "--data", "data")


def test_rasa_tells_the_meanings_of_sentences_it_was_not_trained_on(tmp_path: Path) -> None:
    by_label: dict[str, list[str]] = {}
    for one in cases.utterances():
        if len(one.means) == 1:
            by_label.setdefault(one.means[0], []).append(one.text.replace("\n", " "))
    blocks = [
        f"- intent: {label}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts)
        for label, texts in by_label.items()
    ]
    unseen = tmp_path / "unseen.yml"
    unseen.write_text('version: "3.1"\nnlu:\n' + "".join(blocks), encoding="utf-8")
    _rasa("test", "nlu", "--model", trained_model(), "--nlu", unseen, "--out", tmp_path / "results", "--no-plot")
    report = json.loads((tmp_path / "results" / "intent_report.json").read_text(encoding="utf-8"))
    # Without the question that was asked and without the lexicon: what the two add is in `make evaluate`.
    assert report["accuracy"] >= 0.75


def test_rasa_hands_every_turn_to_the_one_action(tmp_path: Path) -> None:
    _rasa(
        "test", "core", "--model", trained_model(), "--stories", "data/stories.yml",
        "--out", tmp_path / "results", "--no-plot", "--fail-on-prediction-errors",
    )  # fmt: skip


def _rasa(*arguments: object) -> None:
    run = subprocess.run(
        [RASA, *(str(argument) for argument in arguments)],
        cwd=BOT, env={**os.environ, **QUIET, "RASA_ACTION_URL": "http://127.0.0.1:9/webhook"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
