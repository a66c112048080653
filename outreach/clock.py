"""The shared clock (DESIGN §5 `RELAIS_CLOCK`): one time for every process of a deployment."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sqlalchemy import Engine, text


class Clock(Protocol):
    @property
    def rate(self) -> float:
        """Seconds of this clock in one real second."""
        ...

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def refresh(self) -> None:
        """Reads again whatever this clock is kept in: before a decision that must not be late."""
        ...


@dataclass(frozen=True, slots=True)
class ClockSetting:
    start: datetime
    rate: float

    @classmethod
    def parse(cls, text: str) -> "ClockSetting":
        """Reads `2026-11-24T10:00:00+01:00` or `…@60`. Raises ValueError."""
        moment, _, rate = text.partition("@")
        try:
            start = datetime.fromisoformat(moment)
            speed = float(rate) if rate else 1.0
        except ValueError:
            raise ValueError("must be like 2026-11-24T10:00:00+01:00 or 2026-11-24T10:00:00+01:00@60") from None
        if start.tzinfo is None:
            raise ValueError("needs its offset from UTC, as in 2026-11-24T10:00:00+01:00")
        if not 0 < speed <= 100_000:
            raise ValueError("its speed must be more than 0 and at most 100000")
        return cls(start.astimezone(UTC), speed)


class RealClock:
    rate = 1.0

    def now(self) -> datetime:
        return datetime.now(UTC)

    def refresh(self) -> None:
        """Real time is kept nowhere."""


class FrozenClock:
    """A clock for tests: it moves when told to."""

    rate = 1.0

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def refresh(self) -> None:
        """Nothing else moves it."""

    def advance(self, by: timedelta) -> None:
        self._at += by

    def set(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)


class SharedClock:
    """A clock whose anchor is a row in PostgreSQL.

    The database's own time carries it, so that machines whose clocks differ agree. It is read again every second of
    real time, for a simulation may move it on.
    """

    _REREAD_AFTER = 1.0

    def __init__(self, engine: Engine, setting: str) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        wanted = ClockSetting.parse(setting)
        with engine.begin() as connection:
            connection.execute(
                text(
                    "insert into clock (id, setting, anchor_wall, anchor_shared, rate)"
                    " values (1, :setting, clock_timestamp(), :start, :rate)"
                    " on conflict (id) do update set setting = :setting, anchor_wall = clock_timestamp(),"
                    " anchor_shared = :start, rate = :rate where clock.setting <> :setting"
                ),
                {"setting": setting, "start": wanted.start, "rate": wanted.rate},
            )
        self._shared, self._at, self._rate = wanted.start, time.monotonic(), wanted.rate
        self.refresh()

    @property
    def rate(self) -> float:
        return self._rate

    def refresh(self) -> None:
        with self._engine.connect() as connection:
            row = connection.execute(
                text(
                    "select anchor_shared, rate,"
                    " extract(epoch from clock_timestamp() - anchor_wall)::double precision as elapsed"
                    " from clock where id = 1"
                )
            ).one()
        with self._lock:
            self._shared = row.anchor_shared.astimezone(UTC) + timedelta(seconds=row.elapsed * row.rate)
            self._at = time.monotonic()
            self._rate = row.rate

    def now(self) -> datetime:
        if time.monotonic() - self._at > self._REREAD_AFTER:
            self.refresh()
        with self._lock:
            return self._shared + timedelta(seconds=(time.monotonic() - self._at) * self._rate)

    def move(self, to: datetime | None = None, rate: float | None = None) -> None:
        """Moves the whole deployment on to a later moment, or changes its speed: for simulations only."""
        with self._engine.begin() as connection:
            connection.execute(
                text(
                    "update clock set anchor_shared = greatest("
                    "  anchor_shared + (clock_timestamp() - anchor_wall) * rate, coalesce(:to, anchor_shared)),"
                    " anchor_wall = clock_timestamp(), rate = coalesce(:rate, rate) where id = 1"
                ),
                {"to": to, "rate": rate},
            )
        self.refresh()
