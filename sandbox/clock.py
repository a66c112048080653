"""The network's time: the clock that the deployment shares, learnt over HTTP."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

logger = logging.getLogger("sandbox.clock")

REFRESH_SECONDS = 1.0
LONGEST_SLICE = 1.0  # a sleeper looks at the clock this often (real seconds), in case it jumped


@dataclass(frozen=True)
class Moment:
    shared: datetime
    real: datetime

    def as_dict(self) -> dict[str, str]:
        return {"shared": self.shared.isoformat(), "real": self.real.isoformat()}


def parse_clock(text: str) -> tuple[datetime | None, float]:
    """`2026-11-24T10:00:00+01:00@60` → the start and the rate; nothing → real time."""
    start, _, rate = text.strip().partition("@")
    moment = datetime.fromisoformat(start) if start else None
    if moment is not None and moment.tzinfo is None:
        raise ValueError("RELAIS_CLOCK: the time needs an offset, such as +01:00")
    value = float(rate) if rate else 1.0
    if value <= 0:
        raise ValueError("RELAIS_CLOCK: the rate must be above 0")
    return moment, value


class NetworkClock:
    def __init__(self, setting: str = "", url: str | None = None) -> None:
        start, self.rate = parse_clock(setting)
        self.url = url
        self.reached = False
        self._anchor_shared = start.astimezone(UTC) if start else datetime.now(UTC)
        self._anchor_tick = time.monotonic()
        self._samples: list[tuple[float, datetime]] = []

    def now(self) -> datetime:
        elapsed = time.monotonic() - self._anchor_tick
        return self._anchor_shared + timedelta(seconds=elapsed * self.rate)

    def moment(self) -> Moment:
        return Moment(self.now(), datetime.now(UTC))

    async def sleep(self, seconds: float) -> None:
        """Sleep in shared time; a jump or a change of rate is noticed within a second."""
        if seconds <= 0:
            return
        deadline = self.now() + timedelta(seconds=seconds)
        while (left := (deadline - self.now()).total_seconds()) > 0:
            await asyncio.sleep(min(left / self.rate, LONGEST_SLICE))

    async def follow(self, client: httpx.AsyncClient) -> None:
        """Ask for the shared time about every second until cancelled."""
        if self.url is None:
            return
        address = f"{self.url.rstrip('/')}/health/ready"
        while True:
            try:
                await self._refresh(client, address)
            except (httpx.HTTPError, ValueError, TypeError) as error:
                # Until relais phone is up the clock runs on by itself; that is the wanted fallback.
                logger.debug("shared clock not read: %s", type(error).__name__)
            await asyncio.sleep(REFRESH_SECONDS)

    async def _refresh(self, client: httpx.AsyncClient, address: str) -> None:
        before = time.monotonic()
        response = await client.get(address, timeout=5.0)
        after = time.monotonic()
        body = response.json()
        if not isinstance(body, dict) or not isinstance(body.get("now"), str):
            raise TypeError("no time in the answer")
        shared = datetime.fromisoformat(body["now"])
        if shared.tzinfo is None:
            raise ValueError("the shared clock has no offset")
        rate = body.get("clock_rate")
        if not isinstance(rate, int | float) or rate <= 0:
            rate = None
        self.learn((before + after) / 2, shared.astimezone(UTC), (after - before) / 2, rate)

    def learn(self, tick: float, shared: datetime, uncertainty: float, rate: float | None = None) -> None:
        self._samples = [*self._samples[-2:], (tick, shared)]
        new_rate = float(rate) if rate else self._estimated_rate()
        changed = new_rate is not None and abs(new_rate - self.rate) > 0.001 * self.rate
        here = self._anchor_shared + timedelta(seconds=(tick - self._anchor_tick) * self.rate)
        drift = abs((shared - here).total_seconds())
        # Within the measure's own uncertainty the clock is left alone, so that it never jitters.
        if changed or not self.reached or drift > max(uncertainty * 2 * self.rate, 0.05 * self.rate):
            self._anchor_shared, self._anchor_tick = shared, tick
        if changed and new_rate is not None:
            self.rate = new_rate
        self.reached = True

    def _estimated_rate(self) -> float | None:
        """Two successive intervals that agree with each other and not with the rate: it has changed.
        (One alone may be a jump.)"""
        if len(self._samples) < 3:
            return None
        (t0, s0), (t1, s1), (t2, s2) = self._samples
        if t1 - t0 < 0.2 or t2 - t1 < 0.2:
            return None
        first, second = (s1 - s0).total_seconds() / (t1 - t0), (s2 - s1).total_seconds() / (t2 - t1)
        if second <= 0 or abs(first - second) > 0.1 * second or abs(second - self.rate) < 0.25 * self.rate:
            return None
        return second
