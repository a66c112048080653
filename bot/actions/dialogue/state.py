"""What a conversation knows of itself, kept as JSON in its row, and what it may know of the patient."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from outreach.domain.policy import DEFAULT, ContactPolicy
from outreach.domain.words import Channel, Outcome, Question


class Clarification(StrEnum):
    """A smaller question within a question: its turn `asks` the question it clarifies."""

    KNOWS_PERSON = "knows_person"
    TRANSPORT = "transport"
    TRAVEL_LIMIT = "travel_limit"
    WHICH_DEPARTMENT = "which_department"
    WHAT_TO_CHANGE = "what_to_change"
    WHICH_PREFERENCE = "which_preference"
    # Twins who share a number: asked for, never said.
    FIRST_NAME = "first_name"


@dataclass(frozen=True, slots=True)
class DialogueState:
    opened: bool = False
    # A human has spoken: from then on the person's name may be said (DESIGN §7).
    human_heard: bool = False
    verified: bool = False
    pending: Question | None = None
    clarifying: Clarification | None = None
    # Times the pending question went unanswered: shorter question, keypad, then a human.
    misses: int = 0
    # Times each question was put, for its second wording and against pestering.
    put: Mapping[str, int] = field(default_factory=dict)
    slow: bool = False
    answers: Mapping[str, Any] = field(default_factory=dict)
    limit_asked: bool = False
    # How far, told before the ways of travelling.
    told_limit: Mapping[str, int | None] = field(default_factory=dict)
    for_third_party: bool = False
    correcting: bool = False
    ambiguous: tuple[str, ...] = ()
    # The parts of a birth date told so far, when one is missing: {"day": 12, "month": 3}.
    partial_date: Mapping[str, int] = field(default_factory=dict, repr=False)
    # Several people share the number: no name is ever said, whoever turns out to be speaking.
    shared: bool = False
    # The birth date that several of them have (ISO), while the first name is asked for.
    told_birth_date: str | None = field(default=None, repr=False)
    ended: Outcome | None = None
    # The version of the wording that this conversation hears to its end, once it is known whose it is.
    wording: str | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "DialogueState":
        if not kept:
            return cls()
        values = {name: kept[name] for name in cls.__dataclass_fields__ if name in kept}
        for name, kind in (("pending", Question), ("clarifying", Clarification), ("ended", Outcome)):
            if values.get(name) is not None:
                values[name] = kind(values[name])
        values["ambiguous"] = tuple(values.get("ambiguous") or ())
        return cls(**values)

    @property
    def over(self) -> bool:
        """Nothing more is asked. A person who wants an adviser may still be asked when to be called."""
        return self.ended is not None and self.pending is None

    @property
    def limit_asked_now(self) -> bool:
        return self.clarifying is Clarification.TRAVEL_LIMIT

    def answer(self, question: Question) -> Any:
        return self.answers.get(question.value)


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What the dialogue may know of a patient: enough to greet and to place them; never the birth date.

    Of somebody who is not `identified` yet, on a number that several patients share, only the department.
    """

    department: str
    identified: bool = True
    civility: str = ""
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    channel: Channel = Channel.VOICE
    home: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    known: Mapping[Question, Any] = field(default_factory=dict, repr=False)
    policy: ContactPolicy = DEFAULT
    # Whether an adviser can be put through to just now.
    advisers_reachable: bool = False

    @property
    def spoken_name(self) -> str:
        title = {"M": "Monsieur", "MME": "Madame"}.get(self.civility.upper())
        return f"{title} {self.last_name}" if title else f"{self.first_name} {self.last_name}".strip()
