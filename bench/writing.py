"""Calls written to the database as dialers and webhooks write them, so many a second: claimed, placed, ended."""

import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from random import Random
from uuid import UUID, uuid4

import psycopg

from bench.lives import CALLERS
from bench.population import CAMPAIGN
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.runtime import Runtime

RATE = 120
_TICK_SECONDS = 0.1
_TOGETHER = int(RATE * _TICK_SECONDS)
_RINGS_TICKS = 10
_PEOPLE = 40_000
_ENDS = [Disposition.NO_ANSWER] * 6 + [Disposition.VOICEMAIL_LEFT, Disposition.BUSY, *([Disposition.CONVERSATION] * 2)]

_WAITING = """
select c.id, c.patient_id, n.e164, c.campaign_id
from contacts c join campaigns on campaigns.id = c.campaign_id
join phone_numbers n on n.patient_id = c.patient_id and n.rank = 1
where campaigns.name = %s and c.state = 'waiting' and n.kind = 'landline' limit %s
"""
_CLAIM = """
insert into attempts (id, contact_id, patient_id, campaign_id, policy_version, channel, direction, purpose, number,
    caller, status, rang, human_answered, right_party, final, voicemail_left, claimed_at, claimed_wall, heard_wall)
select one.id, one.contact_id, one.patient_id, %(campaign)s, 1, 'voice', 'outbound', 'call', one.number, %(caller)s,
    'placing', false, false, false, false, false, %(now)s, clock_timestamp(), clock_timestamp()
from unnest(%(ids)s::uuid[], %(contacts)s::uuid[], %(patients)s::uuid[], %(numbers)s::varchar[])
    one (id, contact_id, patient_id, number)
"""
_TAKE = "update contacts set state = 'attempting', attempts = attempts + 1, updated_at = %s where id = any(%s)"
_PLACE = """
update attempts set status = 'placed', placed_at = %s, carrier_id = 'CA' || replace(id::text, '-', '')
where id = any(%s)
"""
_END = """
update attempts set status = 'ended', disposition = %s, rang = %s, rang_at = %s, human_answered = %s, right_party = %s,
    voicemail_left = %s, ended_at = %s where id = %s
"""
_PUT_BACK = "update contacts set state = 'waiting', next_attempt_at = %s + interval '2 days' where id = %s"


@dataclass(frozen=True, slots=True)
class _Call:
    id: UUID
    contact_id: UUID
    end: Disposition


class Writer:
    """Claims and placing are a transaction for some calls together, as dialers do it; each end is one of its own."""

    def __init__(self, runtime: Runtime) -> None:
        self._address = runtime.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._clock = runtime.clock
        self._committed: list[int] = []
        self._at: list[float] = []
        self._over = threading.Event()
        self._failed: list[BaseException] = []

    @property
    def placed(self) -> int:
        """How many calls are known, by a commit, to have been placed."""
        return self._committed[-1] if self._committed else 0

    def age(self, counted: int, asked: float) -> float:
        """For how many seconds the oldest call that isn't counted had been committed when somebody asked."""
        first_missing = bisect_right(self._committed, counted)
        return max(0.0, asked - self._at[first_missing]) if first_missing < len(self._at) else 0.0

    @contextmanager
    def writing(self) -> Iterator[None]:
        thread = threading.Thread(target=self._run)
        thread.start()
        try:
            yield
        finally:
            self._over.set()
            thread.join()
        if self._failed:
            raise self._failed[0]

    def _run(self) -> None:
        try:
            with psycopg.connect(self._address, autocommit=True) as connection:
                self._write(connection)
        except psycopg.Error as error:
            self._failed.append(error)

    def _write(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        random, ringing = Random(6), deque[list[_Call]]()
        people = deque(connection.execute(_WAITING, (CAMPAIGN, _PEOPLE)).fetchall())
        next_tick = time.monotonic()
        while not self._over.is_set():
            chosen = [people.popleft() for _ in range(_TOGETHER)]
            people.extend(chosen)
            calls = [_Call(uuid4(), UUID(str(person[0])), random.choice(_ENDS)) for person in chosen]
            self._claim(connection, calls, chosen)
            self._place(connection, calls)
            ringing.append(calls)
            if len(ringing) > _RINGS_TICKS:
                for call in ringing.popleft():
                    self._end(connection, call, self._clock.now())
            next_tick += _TICK_SECONDS
            self._over.wait(max(0.0, next_tick - time.monotonic()))
        for call in (call for calls in ringing for call in calls):
            self._end(connection, call, self._clock.now())

    def _claim(
        self, connection: "psycopg.Connection[tuple[object, ...]]", calls: list[_Call], chosen: list[tuple[object, ...]]
    ) -> None:
        with connection.transaction():
            connection.execute(_TAKE, (self._clock.now(), [call.contact_id for call in calls]))
            connection.execute(
                _CLAIM,
                {
                    "ids": [call.id for call in calls],
                    "contacts": [call.contact_id for call in calls],
                    "patients": [person[1] for person in chosen],
                    "numbers": [person[2] for person in chosen],
                    "campaign": chosen[0][3],
                    "caller": CALLERS[0],
                    "now": self._clock.now(),
                },
            )

    def _place(self, connection: "psycopg.Connection[tuple[object, ...]]", calls: list[_Call]) -> None:
        with connection.transaction():
            connection.execute("set local synchronous_commit to off")
            connection.execute(_PLACE, (self._clock.now(), [call.id for call in calls]))
        self._at.append(time.monotonic())
        self._committed.append(self.placed + len(calls))

    def _end(self, connection: "psycopg.Connection[tuple[object, ...]]", call: _Call, now: datetime) -> None:
        flags = FLAGS[call.end]
        with connection.transaction():
            connection.execute(
                _END,
                (
                    call.end, flags.rang, now if flags.rang else None, flags.human_answered, flags.human_answered,
                    call.end is Disposition.VOICEMAIL_LEFT, now, call.id,
                ),
            )  # fmt: skip
            connection.execute(_PUT_BACK, (now, call.contact_id))
