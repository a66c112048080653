"""Calls and messages as the carrier keeps and shows them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from sandbox.clock import Moment

VERSION = "2010-04-01"
FINISHED = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


CALL_PRICE, SMS_PRICE = 0.013, 0.0575  # a minute begun, a segment
PRICE_SECONDS = 180.0
"""How long after the end, on the shared clock, the carrier knows what it takes."""


def _price(amount: float, since: Moment | None, now: datetime) -> str | None:
    if since is None or (now - since.shared).total_seconds() < PRICE_SECONDS:
        return None
    return f"-{amount:.5f}"


def new_sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


def rfc2822(moment: Moment | None) -> str | None:
    return format_datetime(moment.shared) if moment is not None else None


def _iso(moment: Moment | None) -> str | None:
    return moment.shared.isoformat() if moment is not None else None


@dataclass
class Source:
    """Where the next instructions come from: an address to ask, or a document given."""

    url: str = ""
    method: str = "POST"
    twiml: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass
class Call:
    account: str
    to: str
    sender: str
    direction: str
    created: Moment
    source: Source
    status_url: str = ""
    events: frozenset[str] = frozenset({"completed"})
    ring_timeout: float = 60.0
    amd: str = ""  # what MachineDetection said
    amd_url: str = ""  # detection beside the call; without it the first instructions wait for the detection
    rank: int = 0  # the how manieth call of this number
    parent_sid: str | None = None  # of a call that <Dial> made
    joined: bool = False  # to its parent
    sid: str = field(default_factory=lambda: new_sid("CA"))
    status: str = "queued"
    rang: Moment | None = None
    answered: Moment | None = None
    ended: Moment | None = None
    answered_by: str | None = None
    error_code: int | None = None
    sequence: int = 0
    turns: list[dict[str, Any]] = field(default_factory=list)
    script: asyncio.Task[Any] | None = None
    next_source: Source | None = None
    hung_up: bool = False
    asked: int = 0
    deleted: bool = False
    time_limit: float = 0.0  # from the pick-up on; 0: none
    fallback: Source | None = None  # asked once, when the instructions fail
    rejected: str | None = None  # how a call that our first instructions reject ends
    sip: int | None = None  # what the called network answered, when it isn't the usual
    recorded: list[str] = field(default_factory=list)  # what a mailbox kept of us

    @property
    def key(self) -> str:
        """What chance draws from: the same in every run with the same seed, unlike the sid."""
        return f"{self.sender if self.direction == 'inbound' else self.to}|{self.direction}|{self.rank}"

    @property
    def seconds(self) -> int:
        if self.answered is None or self.ended is None:
            return 0
        return max(1, round((self.ended.shared - self.answered.shared).total_seconds()))

    def document(self, now: datetime) -> dict[str, Any]:
        """The call in the carrier's own JSON."""
        root = f"/{VERSION}/Accounts/{self.account}/Calls/{self.sid}"
        return {
            "sid": self.sid,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.ended or self.answered or self.created),
            "parent_call_sid": self.parent_sid,
            "account_sid": self.account,
            "to": self.to,
            "to_formatted": self.to,
            "from": self.sender,
            "from_formatted": self.sender,
            "phone_number_sid": None,
            "status": self.status,
            "start_time": rfc2822(self.answered),
            "end_time": rfc2822(self.ended),
            "duration": str(self.seconds) if self.ended is not None else None,
            "price": _price(CALL_PRICE * -(-self.seconds // 60), self.ended if self.answered else None, now),
            "price_unit": "EUR",
            "direction": self.direction,
            "answered_by": self.answered_by,
            "api_version": VERSION,
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": "0",
            "trunk_sid": None,
            "uri": f"{root}.json",
            "subresource_uris": {"recordings": f"{root}/Recordings.json", "events": f"{root}/Events.json"},
        }

    def judged(self) -> dict[str, Any]:
        """The call as the judge reads it."""
        return {
            "sid": self.sid,
            "parent_sid": self.parent_sid,
            "to": self.to,
            "from": self.sender,
            "direction": self.direction,
            "status": self.status,
            "created_at": self.created.shared.isoformat(),
            "rang_at": _iso(self.rang),
            "answered_at": _iso(self.answered),
            "ended_at": _iso(self.ended),
            "created_wall": self.created.real.isoformat(),
            "answered_by": self.answered_by,
            "error_code": self.error_code,
            "recorded": self.recorded,
            "turns": self.turns,
        }


@dataclass
class Message:
    account: str
    to: str
    sender: str
    body: str
    direction: str
    created: Moment
    status_url: str = ""
    rank: int = 0  # the how manieth message of this telephone
    sid: str = field(default_factory=lambda: new_sid("SM"))
    status: str = "queued"
    sent: Moment | None = None
    error_code: int | None = None
    asked: int = 0
    deleted: bool = False

    @property
    def key(self) -> str:
        return f"{self.sender if self.direction == 'inbound' else self.to}|{self.direction}|{self.rank}"

    @property
    def segments(self) -> int:
        return 1 + max(0, len(self.body) - 1) // 153 if len(self.body) > 160 else 1

    def document(self, now: datetime) -> dict[str, Any]:
        """The message in the carrier's own JSON."""
        root = f"/{VERSION}/Accounts/{self.account}/Messages/{self.sid}"
        return {
            "sid": self.sid,
            "account_sid": self.account,
            "messaging_service_sid": None,
            "body": self.body,
            "num_segments": str(self.segments),
            "num_media": "0",
            "direction": self.direction,
            "from": self.sender,
            "to": self.to,
            "date_created": rfc2822(self.created),
            "date_updated": rfc2822(self.sent or self.created),
            "date_sent": rfc2822(self.sent),
            "price": _price(SMS_PRICE * self.segments, self.sent, now),
            "price_unit": "EUR",
            "error_code": self.error_code,
            "error_message": None if self.error_code is None else "Message was not delivered",
            "status": self.status,
            "api_version": VERSION,
            "uri": f"{root}.json",
            "subresource_uris": {"media": f"{root}/Media.json"},
        }

    def judged(self) -> dict[str, Any]:
        """The message as the judge reads it."""
        return {
            "sid": self.sid,
            "to": self.to,
            "from": self.sender,
            "direction": self.direction,
            "body": self.body,
            "status": self.status,
            "error_code": self.error_code,
            "created_at": self.created.shared.isoformat(),
            "created_wall": self.created.real.isoformat(),
        }


def turn(speaker: str, text: str, at: datetime) -> dict[str, Any]:
    return {"speaker": speaker, "text": text, "at": at.isoformat()}
