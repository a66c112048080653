"""The Rasa project itself."""

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

from bot.actions.understanding.meaning import Act
from outreach.domain.words import Question
from tests.bot.rasa_fixture import BOT, QUIET, RASA

DOMAIN: dict[str, Any] = yaml.safe_load((BOT / "domain.yml").read_text(encoding="utf-8"))


def test_the_form_asks_the_questions_of_the_design() -> None:
    assert DOMAIN["forms"]["intake"]["required_slots"] == [question.value for question in Question]


def test_every_intent_is_a_meaning_that_the_actions_know() -> None:
    commands = {"open", "silence", "keypad"}
    assert set(DOMAIN["intents"]) - commands <= {act.value for act in Act}


def test_every_intent_has_at_least_twenty_five_examples() -> None:
    examples: dict[str, int] = {}
    for file in sorted((BOT / "data" / "nlu").glob("*.yml")):
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]:
            lines = entry["examples"].strip().splitlines()
            assert len(set(lines)) == len(lines), entry["intent"]
            examples[entry["intent"]] = len(lines)
    assert set(examples) == set(DOMAIN["intents"]) - {"open", "silence", "keypad"}
    assert {intent: count for intent, count in examples.items() if count < 25} == {}


def test_nothing_else_than_the_one_action_is_called() -> None:
    assert DOMAIN["actions"] == ["validate_intake"]
    assert "responses" not in DOMAIN
    assert all(list(mapping) == ["type"] for slot in DOMAIN["slots"].values() for mapping in slot["mappings"])


def test_rasa_finds_its_data_valid(tmp_path: Path) -> None:
    run = subprocess.run(
        [RASA, "data", "validate", "--domain", "domain.yml", "--data", "data"],
        cwd=BOT, env={**os.environ, **QUIET}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
