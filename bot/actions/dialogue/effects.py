"""What a decision does, typed. The edge applies these in one transaction."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.actions.dialogue.state import DialogueState
from outreach.domain.calling_hours import Window
from outreach.domain.words import ConsentKind, ConsentState, Outcome, Question, SuppressionScope


@dataclass(frozen=True, slots=True)
class Remember:
    question: Question
    value: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecordConsent:
    kind: ConsentKind
    state: ConsentState


@dataclass(frozen=True, slots=True)
class Conclude:
    outcome: Outcome
    callback: Window | None = None
    detail: str | None = None
    # False while something is still asked: the outcome stands already, should the call be cut.
    over: bool = True


@dataclass(frozen=True, slots=True)
class Alert:
    kind: str


@dataclass(frozen=True, slots=True)
class SuppressChannel:
    scope: SuppressionScope


Effect = Remember | RecordConsent | Conclude | Alert | SuppressChannel


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say: a key of the wording, and what fills it."""

    key: str
    params: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Decision:
    state: DialogueState
    lines: tuple[Line, ...] = ()
    asks: Question | None = None
    effects: tuple[Effect, ...] = ()
    # The call is put through to an adviser now.
    transfer: bool = False

    @property
    def hang_up(self) -> bool:
        return self.state.over and not self.transfer


@dataclass(frozen=True, slots=True)
class CheckBirthDate:
    """The one thing that a decision cannot know by itself: `after_birth_date` goes on with the result."""

    state: DialogueState
    birth_date: date = field(repr=False)
    # Said before what follows from the result.
    before: tuple[Line, ...] = ()
    # The words in which the first name was told, when several people were born on that day.
    first_name: str | None = field(default=None, repr=False)
