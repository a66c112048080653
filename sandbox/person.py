"""One simulated person: facts, a character, and a stream of chance of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

from sandbox.characters import CHARACTERS, Act, Character
from sandbox.line import CallAct, CallPlan, SmsAct
from sandbox.places import COMMUNES, zone
from sandbox.speech import Ask, understand
from sandbox.talk import Talk, speak
from sandbox.telling import (
    CALLBACK,
    DEPARTMENTS,
    LANGUAGES,
    MOBILITY,
    MOBILITY_KEYS,
    PREFERENCE,
    birth_in_words,
    mistaken,
    place_in_words,
)

MOST_SMS = 16
_MAILBOXES = (
    "Bonjour, vous êtes bien sur la messagerie de votre correspondant. Laissez un message après le bip.",
    "Bonjour, je ne suis pas disponible pour le moment, laissez-moi un message et je vous rappellerai. Merci.",
    "Votre correspondant n'est pas joignable actuellement. Veuillez laisser un message après le signal sonore.",
    "Bonjour vous êtes bien chez nous, nous sommes absents, merci de laisser un message.",
)


_FULL = "La boîte vocale de votre correspondant est pleine. Veuillez rappeler ultérieurement."


@dataclass(frozen=True)
class Person:
    reference: str
    numbers: tuple[str, ...]
    character_name: str = "cooperative"
    seed: str = "1"
    manual: bool = False
    civility: str = ""
    first_name: str = field(default="", repr=False)
    last_name: str = field(default="", repr=False)
    birth_date: date = field(default=date(1950, 1, 1), repr=False)
    commune: str = ""
    insee_code: str = ""
    postal_code: str = ""
    department: str = "75"
    language: str = "fr"
    mobility: str = "autonomous"
    preference: str = "none"
    minutes: int = 20
    # What only the insurance's file says of them.
    fund: str = ""
    ehpad_finess: str = ""
    legal_protection: bool = False
    objected: bool = False
    regular_physician_rpps: str = ""

    @property
    def character(self) -> Character:
        return CHARACTERS[self.character_name]

    def document(self) -> dict[str, Any]:
        facts = asdict(self)
        facts["numbers"] = list(self.numbers)
        facts["birth_date"] = self.birth_date.isoformat()
        facts["character"] = facts.pop("character_name")
        return facts

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Person:
        """Raises ValueError with one sentence when it holds something unknown."""
        facts = dict(document)
        facts["character_name"] = facts.pop("character", "cooperative")
        facts["numbers"] = tuple(facts.get("numbers", ()))
        if "birth_date" in facts:
            facts["birth_date"] = date.fromisoformat(facts["birth_date"])
        if facts["character_name"] not in CHARACTERS:
            raise ValueError(f"the character {facts['character_name']!r} is unknown")
        try:
            return Person(**facts)
        except TypeError as error:
            raise ValueError(f"this is no person: {error}") from None

    def draw(self, number: str, index: int, what: str) -> Random:
        """Chance depends on the seed, the number and the rank of the call, on nothing else: runs can be replayed."""
        return Random(f"{self.seed}|{number}|{index}|{what}")

    def character_at(self, index: int) -> Character:
        later = self.character.later
        return CHARACTERS[later] if later is not None and index > 0 else self.character

    def plan_call(self, number: str, call_index: int, at: datetime) -> CallPlan:
        draw = self.draw(number, call_index, "plan")
        chance, after, mood = draw.random(), draw.random(), draw.uniform(3, 14)
        mailbox = draw.choice(_MAILBOXES)
        habit = self.character_at(call_index).habit
        if habit.always is not None:
            greeting = {"machine": mailbox, "mailbox_full": _FULL}.get(habit.always)
            return CallPlan(habit.always, mood, greeting, mailbox_beeps=True, accepts=habit.accepts)
        morning = at.astimezone(zone(self.department)).hour < 13
        if chance < (habit.morning if morning else habit.afternoon):
            return CallPlan("answer", mood)
        if after < habit.busy:
            return CallPlan("busy", 1.0)
        if after < habit.busy + habit.mailbox:
            return CallPlan("machine", 18.0, mailbox, mailbox_beeps=draw.random() < 0.9)
        return CallPlan("no_answer", 60.0)

    def converse(self, number: str, call_index: int) -> Talk:
        draw = self.draw(number, call_index, "talk")
        return Talk(self.character_at(call_index), self.facts(draw), draw)

    def on_sms(self, body: str, index: int, at: datetime) -> list[SmsAct | CallAct]:  # noqa: ARG002 - the line's interface
        draw = self.draw(self.numbers[0] if self.numbers else "", index, "sms")
        manner = self.character.sms
        ask = understand(body).ask
        delay = draw.uniform(120, 1500)
        if ask is Ask.ANNOUNCEMENT:
            if manner.calls_back:
                return [CallAct(delay + 600)]
            return self._writes(manner.announcement, draw, delay) if manner.announcement else []
        if not manner.answers_questions or index >= MOST_SMS or ask in {Ask.CLOSING, Ask.STATEMENT, Ask.OPENING}:
            return []
        script = self.character.replies.get(ask)
        return self._writes(script[0], draw, delay / 10) if script else []

    def _writes(self, act: Act, draw: Random, delay: float) -> list[SmsAct | CallAct]:
        body = speak(act, self.facts(draw), draw)
        return [SmsAct(body, delay)] if body else []

    def facts(self, draw: Random) -> dict[str, str]:
        """What the words of a character may hold."""
        near = [c.name for c in COMMUNES if c.department == self.department and c.insee_code != self.insee_code]
        commune = place_in_words(self.commune)
        facts = {
            "first_name": self.first_name.lower(),
            "last_name": self.last_name.lower(),
            "born": "née" if self.civility == "MME" else "né",
            "birth": birth_in_words(self.birth_date, draw).removeprefix("le "),
            "birth_digits": f"{self.birth_date:%d/%m/%Y}",
            "birth_keys": f"{self.birth_date:%d%m%Y}",
            "commune": commune,
            "neighbour": place_in_words(draw.choice(near)) if near else commune,
            "postal_code": self.postal_code,
            "department": self.department,
            "department_name": DEPARTMENTS.get(self.department, self.department),
            "mobility": draw.choice(MOBILITY[self.mobility]),
            "mobility_key": MOBILITY_KEYS[self.mobility],
            "minutes": str(self.minutes),
            "preference": draw.choice(PREFERENCE[self.preference]),
            "callback": draw.choice(CALLBACK),
            "language_name": LANGUAGES.get(self.language, "arabe"),
        }
        for times in (0, 1):
            facts[f"wrong_birth_{times}"] = birth_in_words(mistaken(self.birth_date, times), draw).removeprefix("le ")
        facts["area"] = draw.choice((f"à {commune}", commune, f"à {commune}", "près de chez moi", f"sur {commune}"))
        return facts
