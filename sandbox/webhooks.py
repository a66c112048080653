"""The network's requests to our side: signed, and failing on purpose where a fault says so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlsplit

import httpx
from twilio.request_validator import RequestValidator

from sandbox.clock import NetworkClock
from sandbox.config import SandboxConfig
from sandbox.faults import FaultSwitch
from sandbox.journal import Journal
from sandbox.records import Call, Message

LATE_SECONDS = (60.0, 600.0)
REORDERED_SECONDS = 20.0
IDLE_CONNECTION_SECONDS = 2.0
"""Servers commonly close an idle connection after five: a request sent just then would be lost."""


class ApplicationError(Exception):
    """The application did not answer an instruction's request as it must (11200)."""


def network_stops() -> bool:
    """Whether it is the present task itself that is cancelled, not one that it waits for."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


class Webhooks:
    def __init__(self, config: SandboxConfig, clock: NetworkClock, faults: FaultSwitch, journal: Journal) -> None:
        self._config = config
        self._clock = clock
        self._faults = faults
        self._journal = journal
        self._validator = RequestValidator(config.auth_token)
        self._client = httpx.AsyncClient(
            timeout=config.webhook_timeout,
            limits=httpx.Limits(
                max_connections=200, max_keepalive_connections=50, keepalive_expiry=IDLE_CONNECTION_SECONDS
            ),
        )
        self._pending: set[asyncio.Task[None]] = set()
        self._told: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def close(self) -> None:
        """Ends what is under way: a request that outlived its loop would leave its connection open."""
        # A call cut short still tells of its end, in a task of its own.
        while self._pending:
            ending = list(self._pending)
            for task in ending:
                task.cancel()
            await asyncio.gather(*ending, return_exceptions=True)
        await self._client.aclose()

    async def follow_clock(self) -> None:
        await self._clock.follow(self._client)

    async def ask(self, about: Call | Message, url: str, method: str, parameters: dict[str, str]) -> bytes:
        """Asks for instructions. Raises ApplicationError."""
        about.asked += 1
        if self._faults.strikes("duplicate", about.key, "ask", about.asked):
            self._journal.record(about.sid, "fault", fault="duplicate")
            first, _ = await asyncio.gather(
                self._request(url, method, parameters), self._request(url, method, parameters)
            )
            return first
        return await self._request(url, method, parameters)

    async def _request(self, url: str, method: str, parameters: dict[str, str]) -> bytes:
        try:
            response = await self._send(url, method, parameters)
        except httpx.HTTPError as error:
            raise ApplicationError(type(error).__name__) from None
        if response.status_code >= 400:
            raise ApplicationError(f"HTTP {response.status_code}")
        return response.content

    async def _send(self, url: str, method: str, parameters: dict[str, str]) -> httpx.Response:
        if method == "GET":
            signature = self._validator.compute_signature(str(httpx.URL(url, params=parameters)), {})
            return await self._client.get(url, params=parameters, headers={"X-Twilio-Signature": signature})
        signature = self._validator.compute_signature(url, parameters)
        return await self._client.post(url, data=parameters, headers={"X-Twilio-Signature": signature})

    def tell(self, about: Call | Message, url: str, parameters: dict[str, str]) -> None:
        """Tells of a status, in the background, as faulty as the switch says."""
        sid = about.sid
        news = parameters.get("CallStatus") or parameters.get("MessageStatus") or parameters.get("AnsweredBy")
        key = (about.key, news)
        if self._faults.strikes("lose", *key):
            self._journal.record(sid, "fault", fault="lose", of=key[1])
            return
        delay = 0.0
        if self._faults.strikes("late", *key):
            delay = self._faults.stream("late by", *key).uniform(*LATE_SECONDS)
            self._journal.record(sid, "fault", fault="late", of=key[1])
        elif self._faults.strikes("reorder", *key):
            delay = REORDERED_SECONDS
            self._journal.record(sid, "fault", fault="reorder", of=key[1])
        times = 1
        if self._faults.strikes("duplicate", *key):
            times = 2
            self._journal.record(sid, "fault", fault="duplicate", of=key[1])
        # Without a fault, what is told of one call or message comes in the order in which it happened.
        before = self._told.get((sid, url)) if not delay else None
        task = self.spawn(self._deliver(sid, url, parameters, delay, times, before))
        if not delay:
            self._told[sid, url] = task
            task.add_done_callback(lambda done: self._forget(sid, url, done))

    def _forget(self, sid: str, url: str, done: asyncio.Task[None]) -> None:
        if self._told.get((sid, url)) is done:
            del self._told[sid, url]

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Runs something in the background, held so that it isn't forgotten."""
        task = asyncio.create_task(work)
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)
        return task

    async def _deliver(
        self,
        sid: str,
        url: str,
        parameters: dict[str, str],
        delay: float,
        times: int,
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        await self._clock.sleep(delay)
        for _ in range(times):
            try:
                response = await self._send(url, "POST", parameters)
                outcome: int | str = response.status_code
            except httpx.HTTPError as error:
                outcome = type(error).__name__
            self._journal.record(sid, "told", path=urlsplit(url).path, outcome=outcome)
