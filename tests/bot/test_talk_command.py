"""`relais talk`, a process of its own, with the real agent."""

import os
import subprocess
import sys

from outreach.runtime import Runtime
from outreach.services import patient_file, rehearsal
from tests.bot.rasa_fixture import RunningBot


def _talk(runtime: Runtime, bot_url: str, *said: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DATABASE_URL": str(runtime.settings.database_url),
        "RELAIS_VAR": str(runtime.settings.relais_var),
        "RELAIS_CLOCK": "2026-11-24T10:30:00+01:00",
        "BOT_URL": bot_url,
    }
    command = [sys.executable, "-m", "relais", "talk"]
    typed = "".join(f"{one}\n" for one in said)
    return subprocess.run(
        command, input=typed, env=environment, text=True, capture_output=True, check=False, timeout=120
    )


def test_somebody_in_the_terminal_is_asked_who_they_are_and_their_answers_are_kept(
    bot: RunningBot, bot_runtime: Runtime
) -> None:
    said = ["oui c'est moi", "#12031947", "j'ai déjà un médecin traitant", "non merci"]
    done = _talk(bot_runtime, bot.url, *said)
    assert done.returncode == 0, done.stderr
    assert "Assurance Maladie" in done.stdout
    assert done.stdout.rstrip().endswith("[already_has_doctor]")
    with bot_runtime.transaction() as session:
        talks = patient_file.build(session, rehearsal.REFERENCE)["conversations"]
    spoken = [turn["text"] for talk in talks for turn in talk["turns"] if turn["speaker"] == "patient"]
    assert spoken[0] == said[0]
    assert said[2] in spoken


def test_without_an_agent_one_sentence_says_what_to_start(bot_runtime: Runtime) -> None:
    done = _talk(bot_runtime, "http://127.0.0.1:1", "oui")
    assert done.returncode == 1
    assert "the agent does not answer at http://127.0.0.1:1" in done.stderr
