"""One call, from the side of whoever picked up."""

from collections.abc import Mapping
from random import Random

from sandbox.characters.common import KEYPAD, ORDINARY
from sandbox.characters.model import Act, Character
from sandbox.line import Reply
from sandbox.speech import Ask, Heard, understand

LONGEST = 40
"""Replies after which anybody has had enough."""
_QUESTIONS = frozenset(set(Ask) - {Ask.OPENING, Ask.STATEMENT, Ask.CLOSING, Ask.ANNOUNCEMENT})
_ALWAYS_BY_KEYS = frozenset(
    {Ask.IDENTITY, Ask.BIRTH_DATE, Ask.SITUATION, Ask.CONSENT_ASSISTANCE, Ask.CONSENT_SHARING, Ask.CONFIRMATION}
)


def speak(act: Act, facts: Mapping[str, str], draw: Random) -> str | None:
    return draw.choice(act.words).format(**facts) if act.words else None


class Talk:
    def __init__(self, character: Character, facts: Mapping[str, str], draw: Random) -> None:
        self._character = character
        self._facts = dict(facts)
        self._draw = draw
        self._times: dict[Ask, int] = {}
        self._last: Ask | None = None
        self._in_a_row = 0
        self._replies = 0

    def hear(self, text: str, expects_digits: bool) -> Reply:
        heard = understand(text)
        self._replies += 1
        self._in_a_row = self._in_a_row + 1 if heard.ask is self._last else 1
        self._last = heard.ask
        had_enough = heard.ask in _QUESTIONS and self._in_a_row >= self._character.patience
        if had_enough or self._replies > LONGEST:
            return self._reply(hang_up=True)
        times = self._times.get(heard.ask, 0)
        self._times[heard.ask] = times + 1
        # A mistaken person is mistaken otherwise the second time.
        self._facts["wrong_birth"] = self._facts[f"wrong_birth_{min(times, 1)}"]
        act = self._act(heard, times, expects_digits)
        if act is None:
            return self._reply(hang_up=heard.ask is Ask.CLOSING)
        keys = act.keys.format(**self._facts) if act.keys else None
        return self._reply(speak(act, self._facts, self._draw), keys, act.hangs_up)

    def _act(self, heard: Heard, times: int, expects_digits: bool) -> Act | None:
        """None: nothing is done."""
        script = self._character.replies.get(heard.ask)
        if not script:
            return None
        act = script[min(times, len(script) - 1)]
        ordinary = ORDINARY.get(heard.ask)
        if act.keys is not None:
            by_keys = heard.by_keys or (expects_digits and heard.ask in _ALWAYS_BY_KEYS)
            return act if by_keys or not ordinary else ordinary[min(times, len(ordinary) - 1)]
        if times >= 2 and heard.by_keys and script == ordinary:
            # Not understood twice, and told which keys to press: most people then press them.
            return KEYPAD.get(heard.ask, act)
        return act

    def _reply(self, speech: str | None = None, digits: str | None = None, hang_up: bool = False) -> Reply:
        return Reply(speech, digits, hang_up, round(self._draw.uniform(0.3, 2.0), 2))
