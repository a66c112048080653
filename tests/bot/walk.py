"""Walks the dialogue without Rasa: a few words, a meaning, and what the agent makes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from bot.actions.dialogue.decide import after_birth_date, decide
from bot.actions.dialogue.effects import CheckBirthDate, Decision
from bot.actions.dialogue.state import DialogueState, PatientFacts
from bot.actions.understanding.meaning import Heard, Kind, Part
from bot.actions.understanding.reading import understand
from bot.actions.wording.rendering import render_all
from outreach.domain.first_names import who_is_called
from outreach.domain.words import Channel, IdentityCheck

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BORN = date(1947, 3, 12)
FACTS = PatientFacts(
    department="94",
    civility="MME",
    first_name="Odette",
    last_name="Exemple",
    home={"commune": "Villejuif", "insee_code": "94076", "postal_code": "94800", "department": "94"},
)
BY_SMS = replace(FACTS, channel=Channel.SMS)
# Several people share the number, and nobody has told who is speaking.
SHARED = PatientFacts(department="94", identified=False)
SHARED_BY_SMS = replace(SHARED, channel=Channel.SMS)
TO_VERIFIED = ("/open", "allô", "oui c'est moi", "12/03/1947")
TO_CONSENT = (*TO_VERIFIED, "non")
TO_MOBILITY = (*TO_CONSENT, "oui", "oui")
TO_AREA = (*TO_MOBILITY, "en fauteuil", "vingt minutes")
TO_PREFERENCE = (*TO_AREA, "à Villejuif")
TO_CONFIRMATION = (*TO_PREFERENCE, "une femme")


COMMANDS = {
    "/open": Kind.OPEN,
    "/silence": Kind.SILENCE,
    "/transferred": Kind.TRANSFERRED,
    "/not_transferred": Kind.NOT_TRANSFERRED,
}


def heard(
    message: str,
    intent: str = "nlu_fallback",
    confidence: float = 0.9,
    parts: Sequence[tuple[str, str]] = (),
) -> Heard:
    """`parts`: the parts of the utterance, each with its meaning."""
    if message in COMMANDS:
        return Heard(COMMANDS[message])
    if message.startswith("#"):
        return Heard(Kind.KEYPAD, digits=message[1:])
    each = tuple(Part(text, ((meaning, 0.9),)) for text, meaning in parts)
    return Heard(Kind.WORDS, message, ((intent, confidence),), each)


@dataclass
class Walk:
    facts: PatientFacts = FACTS
    state: DialogueState = field(default_factory=DialogueState)
    wrong: int = 0
    # Who was born on `BORN` among those who share the number.
    born_then: tuple[str, ...] = ("Odette",)

    def say(
        self,
        message: str,
        intent: str = "nlu_fallback",
        confidence: float = 0.9,
        parts: Sequence[tuple[str, str]] = (),
    ) -> Decision:
        before = self.state
        meaning = understand(
            heard(message, intent, confidence, parts),
            before.pending,
            self.facts.department,
            NOW,
            before.verified,
            before.limit_asked_now,
        )
        decision = decide(before, meaning, self.facts, NOW)
        if isinstance(decision, CheckBirthDate):
            check = self._check(decision)
            if check is IdentityCheck.VERIFIED and not self.facts.identified:
                self.facts = replace(FACTS, channel=self.facts.channel)
            decision = after_birth_date(decision, check, self.facts)
        # Through JSON, as the database keeps it.
        self.state = DialogueState.from_json(decision.state.as_json())
        assert self.state == decision.state
        return decision

    def go(self, *messages: str) -> Decision:
        decision = None
        for message in messages:
            decision = self.say(message)
        assert decision is not None
        return decision

    def text(self, decision: Decision) -> str:
        return render_all(decision.lines, self.facts.channel)

    def _check(self, asked: CheckBirthDate) -> IdentityCheck:
        if asked.birth_date == BORN:
            if len(self.born_then) == 1 or who_is_called(asked.first_name or "", self.born_then) is not None:
                return IdentityCheck.VERIFIED
            if asked.first_name is None:
                return IdentityCheck.SEVERAL
        self.wrong += 1
        if self.wrong >= 2:
            return IdentityCheck.FAILED
        return IdentityCheck.SEVERAL if asked.birth_date == BORN else IdentityCheck.WRONG
