"""What a character is made of: how they answer the telephone, and what they do when something is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.line import CallResult
from sandbox.speech import Ask


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does when something is asked: says one of `words` (drawn), types `keys`, or keeps silent.

    Words and keys may hold the person's own facts: {birth}, {wrong_birth}, {birth_keys}, {wrong_birth_keys}, {age},
    {commune}, {postal_code}, {first_name}, {last_name}, {mobility}, {minutes}, {preference}, {callback}.
    """

    words: tuple[str, ...] = ()
    keys: str | None = None
    hangs_up: bool = False


Script = tuple[Act, ...]
"""What is done the first time something is asked, the second… The last one is done again."""


def says(*words: str) -> Act:
    """Says one of these."""
    return Act(words)


def types(keys: str) -> Act:
    return Act(keys=keys)


def leaves(*words: str) -> Act:
    """Hangs up, after one of these words if any."""
    return Act(words, hangs_up=True)


SILENCE = Act()


@dataclass(frozen=True, slots=True)
class Habit:
    """How often the telephone is picked up, and what happens otherwise."""

    morning: float = 0.65
    afternoon: float = 0.62
    mailbox: float = 0.35
    """Of the calls not picked up, how many end in a mailbox."""
    busy: float = 0.05
    always: CallResult | None = None
    """A line that always does the same."""
    accepts: bool = True
    """Who has calls screened: takes ours."""


@dataclass(frozen=True, slots=True)
class BySms:
    """What is done with SMS: nothing, one message, a whole exchange, or a call."""

    announcement: Act | None = None
    answers_questions: bool = False
    calls_back: bool = False


@dataclass(frozen=True, slots=True)
class Character:
    name: str
    what: str
    """In a sentence, for the telephone page."""
    replies: Mapping[Ask, Script] = field(default_factory=dict)
    habit: Habit = Habit()
    sms: BySms = BySms()
    share: float = 1.0
    """Weight among invented people."""
    accepts: bool = False
    """Whether the talk normally ends in a request to find a physician."""
    foreign: bool = False
    """Speaks another language at home."""
    later: str | None = None
    """The character they have from the second call on: who asked to be called back is there then."""
    patience: int = 4
    """Hangs up when asked the same thing this many times."""
