"""What the patient said goes to Rasa, what the agent answers comes back (its REST channel)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from dialer.phone.connections import Connections, Unanswered
from outreach.domain.social_security import NOT_KEPT, without_social_security_numbers
from outreach.settings import Settings

OPEN = "/open"
SILENCE = "/silence"
TRANSFERRED = "/transferred"
NOT_TRANSFERRED = "/not_transferred"

_INPUTS = {"speech": "speech", "digits": "dtmf"}
_CHANNEL = "/webhooks/rest/webhook"
_NOBODY = "nobody"
"""The sender of a message that nobody sends: the actions answer it without looking for a conversation."""


class BotAway(Exception):
    """Rasa is away, too slow, or said nothing. Holds neither side's words."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the agent says in one turn, and what it then waits for."""

    texts: tuple[str, ...] = field(repr=False)
    asks: str | None = None
    hang_up: bool = False
    transfer: bool = False
    slow: bool = False
    expects: str = "speech dtmf"
    digits: int | None = None
    hints: str | None = None
    outcome: str | None = None


def spoken(words: str) -> str:
    """A patient's own words, of which nobody can make a command, without the number that nobody asked for."""
    return without_social_security_numbers(words).strip().lstrip("/").strip()


def keyed(digits: str) -> str:
    if NOT_KEPT in without_social_security_numbers(digits):
        return NOT_KEPT
    return f"/keypad{json.dumps({'digits': digits})}"


class Bot:
    def __init__(self, settings: Settings) -> None:
        self._rasa = Connections(settings.bot_url, settings.bot_timeout_seconds)

    def is_there(self) -> bool:
        """Whether Rasa and the actions behind it answer."""
        try:
            self._ask(_NOBODY, OPEN)
        except BotAway:
            return False
        return True

    def ask(self, conversation_id: UUID, message: str) -> Answer:
        """The agent's answer to one message. Raises BotAway."""
        return self._ask(str(conversation_id), message)

    def _ask(self, sender: str, message: str) -> Answer:
        asked = json.dumps({"sender": sender, "message": message})
        try:
            items = json.loads(self._rasa.post_json(_CHANNEL, asked.encode()))
        except Unanswered as error:
            raise BotAway(str(error)) from None
        except ValueError:
            raise BotAway("not JSON") from None
        return read(items)

    def close(self) -> None:
        self._rasa.close()


def read(items: Any) -> Answer:
    """The answer that a list of Rasa's messages makes. Raises BotAway when nothing is said."""
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise BotAway("not a list of messages")
    texts = tuple(item["text"].strip() for item in items if isinstance(item.get("text"), str) and item["text"].strip())
    if not texts:
        raise BotAway("nothing to say")
    custom: Mapping[str, Any] = next((item["custom"] for item in items if isinstance(item.get("custom"), Mapping)), {})
    return Answer(
        texts=texts,
        asks=_text(custom, "asks"),
        hang_up=custom.get("hang_up") is True,
        transfer=custom.get("transfer") is True,
        slow=custom.get("slow") is True,
        expects=_expects(_text(custom, "expects")),
        digits=_whole(custom, "digits"),
        hints=_text(custom, "hints"),
        outcome=_text(custom, "outcome"),
    )


def _expects(words: str | None) -> str:
    inputs = [_INPUTS[word] for word in ("speech", "digits") if word in (words or "speech digits").split()]
    return " ".join(inputs) or "speech dtmf"


def _text(custom: Mapping[str, Any], key: str) -> str | None:
    value = custom.get(key)
    return value if isinstance(value, str) and value else None


def _whole(custom: Mapping[str, Any], key: str) -> int | None:
    value = custom.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
