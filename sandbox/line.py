"""Between the network and whoever is at the end of a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

CallResult = Literal[
    "answer", "machine", "mailbox_full", "screened", "no_answer", "busy", "invalid", "unreachable", "fax"
]
PICKED_UP = frozenset({"answer", "machine", "mailbox_full", "screened", "fax"})


@dataclass(frozen=True)
class CallPlan:
    """What becomes of a call to a number."""

    result: CallResult
    ring_seconds: float = 5.0
    greeting: str | None = None  # what a mailbox says
    mailbox_beeps: bool = True
    accepts: bool = True  # who has calls screened: takes this one


@dataclass(frozen=True)
class Reply:
    """What somebody does after the agent spoke; both None is silence."""

    speech: str | None = None
    digits: str | None = None
    hang_up: bool = False
    delay_seconds: float = 0.5
    speaking_seconds: float | None = None  # how long the words last still; by their length when not told


@dataclass(frozen=True)
class SmsAct:
    body: str
    delay_seconds: float


@dataclass(frozen=True)
class CallAct:
    delay_seconds: float


class Talker(Protocol):
    """Somebody during one call."""

    def hear(self, text: str, expects_digits: bool) -> Reply: ...


class Persona(Protocol):
    @property
    def reference(self) -> str: ...

    @property
    def numbers(self) -> tuple[str, ...]: ...

    @property
    def manual(self) -> bool:
        """A human at the telephone page answers instead."""
        ...

    def plan_call(self, number: str, call_index: int, at: datetime) -> CallPlan: ...

    def converse(self, number: str, call_index: int) -> Talker: ...

    def on_sms(self, body: str, index: int, at: datetime) -> Sequence[SmsAct | CallAct]: ...


class Directory(Protocol):
    """Who has which number."""

    def load(self, people: list[dict[str, Any]]) -> None: ...

    def find(self, number: str) -> Persona | None: ...

    def documents(self) -> list[dict[str, Any]]: ...
