"""The lines of advisers, to whom a call is put through, or who call somebody: answered, busy, or left to ring."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from sandbox.line import CallPlan, Reply

Conduct = Literal["answers", "declines", "busy", "never_answers", "voicemail"]
"""`declines`: picks up, hears who is calling, and hangs up. `voicemail`: picks up, and presses no key."""

_KEY = re.compile(r"[Aa]ppuyez sur (\d)")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}|\d{4}")


@dataclass(frozen=True)
class AdviserLine:
    number: str
    conduct: Conduct = "answers"
    answer_seconds: float = 6.0
    talk_seconds: float = 90.0

    @staticmethod
    def from_document(document: Any) -> AdviserLine:
        """Raises ValueError with one sentence."""
        known = [field.name for field in fields(AdviserLine)]
        if not isinstance(document, dict) or not set(document) <= set(known):
            raise ValueError(f"an adviser's line has {', '.join(known)}")
        number, conduct = document.get("number"), document.get("conduct", "answers")
        if not isinstance(number, str) or _NUMBER.fullmatch(number) is None:
            raise ValueError("an adviser's number is an international one, or has four figures")
        if conduct not in get_args(Conduct):
            raise ValueError(f"an adviser's conduct is one of {', '.join(get_args(Conduct))}")
        for name in ("answer_seconds", "talk_seconds"):
            seconds = document.get(name, 0)
            if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 14_400:
                raise ValueError(f"{name} is a number from 0 to 14400")
        return AdviserLine(**document)


class AdviserTalker:
    """An adviser whose telephone rings so that they can call somebody: presses the key that they are asked for."""

    def __init__(self, line: AdviserLine) -> None:
        self._line = line

    def hear(self, text: str, expects_digits: bool) -> Reply:
        if self._line.conduct == "declines":
            return Reply(hang_up=True)
        key = _KEY.search(text)
        if self._line.conduct == "voicemail" or not expects_digits or key is None:
            return Reply()
        return Reply(digits=key[1])


class Advisers:
    """Who answers for the advisers' numbers. Any other number rings in vain."""

    def __init__(self, lines: Iterable[AdviserLine] = ()) -> None:
        self._lines = {line.number: line for line in lines}

    def load(self, documents: list[Any]) -> None:
        """Replaces all of them. Raises ValueError with one sentence."""
        self._lines = {line.number: line for line in map(AdviserLine.from_document, documents)}

    def find(self, number: str) -> AdviserLine | None:
        return self._lines.get(number)

    def plan(self, number: str) -> CallPlan | None:
        """How one of them takes a call that rings them by itself; None for anybody else's number."""
        line = self.find(number)
        if line is None:
            return None
        if line.conduct == "busy":
            return CallPlan("busy", 1.0)
        return (
            CallPlan("no_answer", 60.0) if line.conduct == "never_answers" else CallPlan("answer", line.answer_seconds)
        )

    def documents(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in self._lines.values()]
