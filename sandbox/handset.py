"""The telephone page, as the calls see it."""

from typing import Protocol

from sandbox.line import Reply
from sandbox.records import Call


class Handset(Protocol):
    """The telephone page, when a human answers for somebody."""

    async def ring(self, call: Call, seconds: float) -> bool: ...

    def calls_us(self, call: Call) -> None: ...

    def held(self, number: str) -> bool: ...

    async def reply(self, call: Call, text: str, expects_digits: bool) -> Reply: ...

    def said(self, call: Call, text: str) -> None: ...

    def ended(self, call: Call) -> None: ...
