"""The telephone page's side: one telephone a number, in the hands of whoever looks at the page."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.line import Reply
from sandbox.records import Call


@dataclass
class _Telephone:
    listeners: set[asyncio.Queue[dict[str, Any]]] = field(default_factory=set)
    call: Call | None = None
    state: str = "idle"
    picked_up: asyncio.Event = field(default_factory=asyncio.Event)
    refused: bool = False
    replies: asyncio.Queue[Reply] = field(default_factory=asyncio.Queue)


class Telephones:
    """Every telephone that a page may hold, by number."""

    def __init__(self, answer_seconds: float) -> None:
        self._answer_seconds = answer_seconds
        self._telephones: dict[str, _Telephone] = defaultdict(_Telephone)

    @staticmethod
    def _number(call: Call) -> str:
        return call.sender if call.direction == "inbound" else call.to

    def _of(self, call: Call) -> _Telephone:
        return self._telephones[self._number(call)]

    def _show(self, telephone: _Telephone, kind: str, **facts: Any) -> None:
        for listener in telephone.listeners:
            listener.put_nowait({"kind": kind, **facts})

    # What the network does to the telephone

    async def ring(self, call: Call, seconds: float) -> bool:
        """Rings until somebody picks up or refuses, or nobody did in so many real seconds."""
        telephone = self._of(call)
        telephone.call, telephone.state, telephone.refused = call, "ringing", False
        telephone.picked_up.clear()
        self._show(telephone, "ring", caller=call.sender)
        try:
            async with asyncio.timeout(seconds):
                await telephone.picked_up.wait()
        except TimeoutError:
            telephone.state = "idle"
            self._show(telephone, "missed", caller=call.sender)
            return False
        return not telephone.refused

    def said(self, call: Call, text: str) -> None:
        telephone = self._telephones.get(self._number(call))
        if telephone is not None and telephone.call is call:
            self._show(telephone, "agent", text=text)

    def calls_us(self, call: Call) -> None:
        """The human dialled us: their telephone is in use from the first second."""
        telephone = self._of(call)
        telephone.call, telephone.state = call, "talking"
        self._show(telephone, "talking")

    def held(self, number: str) -> bool:
        """Somebody is looking at this telephone."""
        telephone = self._telephones.get(number)
        return telephone is not None and bool(telephone.listeners)

    async def reply(self, call: Call, text: str, expects_digits: bool) -> Reply:  # noqa: ARG002 - as any talker's
        """What the human answers; silence after a generous time, or when they say so."""
        telephone = self._of(call)
        while not telephone.replies.empty():
            telephone.replies.get_nowait()
        self._show(telephone, "listening", digits=expects_digits)
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await telephone.replies.get()
        except TimeoutError:
            return Reply()

    def ended(self, call: Call) -> None:
        telephone = self._telephones.get(self._number(call))
        if telephone is not None and telephone.call is call:
            telephone.call, telephone.state = None, "idle"
            self._show(telephone, "ended")

    def text(self, number: str, body: str, *, mine: bool) -> None:
        if number in self._telephones:
            self._show(self._telephones[number], "sms", text=body, mine=mine)

    # What the human does with it

    def pick_up(self, number: str) -> None:
        telephone = self._telephones[number]
        if telephone.state == "ringing":
            telephone.state = "talking"
            telephone.picked_up.set()
            self._show(telephone, "talking")

    def hang_up(self, number: str) -> Call | None:
        """Refuses a ringing call; otherwise gives the call that the network has to end."""
        telephone = self._telephones[number]
        if telephone.state == "ringing":
            telephone.refused = True
            telephone.picked_up.set()
            return None
        return telephone.call

    def answer(self, number: str, *, speech: str | None = None, digits: str | None = None) -> None:
        """Words, keys, or, with neither, silence."""
        telephone = self._telephones[number]
        if telephone.call is None:
            return
        telephone.replies.put_nowait(Reply(speech=speech, digits=digits))
        self._show(telephone, "patient", text=speech or digits or "…")

    async def events(self, number: str) -> AsyncIterator[str]:
        """What happens to a telephone, as server-sent events, the present state first."""
        telephone = self._telephones[number]
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        if telephone.state == "ringing" and telephone.call is not None:
            queue.put_nowait({"kind": "ring", "caller": telephone.call.sender})
        elif telephone.call is not None:
            queue.put_nowait({"kind": "talking"})
            for spoken in telephone.call.turns:
                queue.put_nowait({"kind": spoken["speaker"], "text": spoken["text"]})
            queue.put_nowait({"kind": "listening", "digits": True})
        telephone.listeners.add(queue)
        yield "retry: 1000\n\n"
        try:
            while True:
                try:
                    async with asyncio.timeout(15):
                        event = await queue.get()
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                yield f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
        finally:
            telephone.listeners.discard(queue)
