"""Runs the evaluation through the real Rasa and the real actions."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from outreach.domain.words import Channel
from outreach.runtime import Runtime
from tests.bot.evaluation import judging, stage
from tests.bot.evaluation.cases import Call, Dialogue, Utterance
from tests.bot.rasa_fixture import RunningBot

_AT_ONCE = 6
_LONGEST = 40
_DEPARTMENT = "94"


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance, what the agent made of it, and what was wrong with that."""

    utterance: Utterance
    understood: str
    right: bool
    wrong_values: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ended:
    dialogue: Dialogue
    wrong: list[str]
    transcript: list[str] = field(repr=False)


def hear_all(runtime: Runtime, bot: RunningBot, utterances: Sequence[Utterance]) -> list[Heard]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda utterance: _hear(runtime, bot, utterance), utterances))


def _hear(runtime: Runtime, bot: RunningBot, utterance: Utterance) -> Heard:
    born = utterance.value.get("birth_date", "none")
    who = {"born": born} if born != "none" else {}
    conversation = stage.begin(runtime, utterance.channel, stage.state_at(utterance.at), who)
    custom, _ = _turn(bot, conversation, utterance.text)
    kept = stage.kept(runtime, conversation)
    understood = custom["understood"]
    return Heard(
        utterance,
        understood,
        judging.same(utterance.at, understood, utterance.means),
        judging.wrong_values(utterance, kept, runtime.clock.now(), _DEPARTMENT),
    )


def _turn(bot: RunningBot, conversation: UUID, message: str) -> tuple[dict[str, Any], list[str]]:
    if message.startswith("#"):
        message = f'/keypad{{"digits": "{message[1:]}"}}'
    items = bot.send(conversation, message)
    custom = next((item["custom"] for item in items if "custom" in item), None)
    if custom is None:
        raise RuntimeError(f"the agent gave no answer at all; see {bot.actions_log}")
    return custom, [item["text"] for item in items if "text" in item]


def end_all(runtime: Runtime, bot: RunningBot, dialogues: Sequence[Dialogue]) -> list[Ended]:
    stage.make_campaign(runtime)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(lambda dialogue: _talk(runtime, bot, dialogue), dialogues))


def _talk(runtime: Runtime, bot: RunningBot, dialogue: Dialogue) -> Ended:
    conversation = stage.begin(runtime, dialogue.calls[0].channel, who=dialogue.patient, in_campaign=True)
    talk = _Talk(bot, conversation)
    for number, call in enumerate(dialogue.calls):
        if number:
            talk.conversation = stage.again(runtime, talk.conversation, call.channel)
        talk.call(call)
    kept = stage.kept(runtime, talk.conversation)
    wrong = talk.unanswered + judging.wrong_ends(dialogue.ends, kept, talk.asked, talk.spoken, talk.turns)
    return Ended(dialogue, wrong, talk.transcript)


class _Talk:
    def __init__(self, bot: RunningBot, conversation: UUID) -> None:
        self._bot = bot
        self.conversation = conversation
        self.asked: list[str | None] = []
        self.spoken: list[str] = []
        self.transcript: list[str] = []
        self.unanswered: list[str] = []
        self.turns = 0

    def call(self, call: Call) -> None:
        self.asked, self.turns = [], 0
        if call.script:
            self._by_script(call.script)
        else:
            self._as_asked(call)

    def _say(self, message: str) -> dict[str, Any]:
        custom, texts = _turn(self._bot, self.conversation, message)
        self.turns += message != "/open"
        self.asked.append(custom["asks"])
        self.spoken += texts
        self.transcript += [f"- {message}", f"> {' '.join(texts)}   [{custom['asks']}, {custom['understood']}]"]
        return custom

    def _by_script(self, script: Sequence[str]) -> None:
        for message in script:
            if message == "/hangup":
                return
            self._say(message)

    def _as_asked(self, call: Call) -> None:
        left = {asks: list(lines) for asks, lines in call.says.items()}
        custom: dict[str, Any] = {"asks": None, "hang_up": False}
        if call.channel is Channel.VOICE:
            custom = self._say("/open")
        while not custom["hang_up"] and self.turns < _LONGEST:
            lines = left.get(custom["asks"] or "opening")
            if not lines:
                if custom["outcome"] is not None:
                    return  # all is settled but a detail: they hang up
                self.unanswered.append(f"asked {custom['asks']}, to which nothing is said")
                return
            message = lines.pop(0) if len(lines) > 1 else lines[0]
            if message == "/hangup":
                return
            custom = self._say(message)
        for message in left.get("after", ()):
            self._say(message)
