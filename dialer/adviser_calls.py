"""Rings advisers who called somebody from a page; looks after the calls of which nobody hears (decision 18)."""

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dialer import aftermath
from dialer.carrier import Carrier, CarrierError, InventedPerson, NotSent, Placed, Refused, Unsure
from dialer.carrier_table import STATUSES, NextStep, after_error
from dialer.metrics import DialerMetrics
from dialer.reconcile import (
    CALL_SILENCE_SECONDS,
    LEASE_SECONDS,
    LOOK_AFTER_SECONDS,
    MARGIN_SECONDS,
    NOT_FOUND,
    OVER_SECONDS,
    SHORTEST_SILENCE_SECONDS,
)
from outreach.runtime import Runtime
from outreach.services import adviser_calls, calls
from outreach.services.adviser_calls import Ring, Silent
from outreach.services.carrier_facts import CarrierStatus

logger = structlog.get_logger(__name__)


class AdviserCalls:
    """A claim is committed before the carrier is asked, and never claimed again: a crash between the two rings nobody
    twice, for the carrier is asked what it has."""

    def __init__(self, runtime: Runtime, carrier: Carrier, metrics: DialerMetrics) -> None:
        self._runtime = runtime
        self._carrier = carrier
        self._metrics = metrics
        self._over: dict[UUID, float] = {}

    def run(self) -> None:
        """The job: rings everybody who waits. Somebody at a page waits for it."""
        while (ring := self._claimed()) is not None:
            self._place(ring)

    def _claimed(self) -> Ring | None:
        with self._runtime.transaction() as session:
            return adviser_calls.claim(session, self._runtime.clock.now(), self._runtime.settings)

    def _place(self, ring: Ring) -> None:
        log = logger.bind(call=str(ring.call_id))
        try:
            carrier_id = self._carrier.ring_adviser(ring.call_id, ring.telephone, ring.caller, invented=ring.invented)
        except (InventedPerson, NotSent, Refused) as error:
            log.warning("adviser not rung", code=error.code, status=error.status, error=type(error).__name__)
            self._metrics.placed.labels("adviser", "not_placed").inc()
            self._give_up(ring.call_id)
            ending = after_error(error.code, error.status) if isinstance(error, Refused) else None
            if ending is not None and ending.step is NextStep.PAUSE:
                aftermath.pause(self._runtime, ending)
        except Unsure as unsure:
            log.warning("not sure whether an adviser is rung", code=unsure.code, status=unsure.status)
            self._metrics.placed.labels("adviser", "unsure").inc()
            if unsure.over:
                self._over[ring.call_id] = time.monotonic()
        else:
            self._metrics.placed.labels("adviser", "placed").inc()
            with self._runtime.transaction() as session:
                adviser_calls.placed(session, ring.call_id, carrier_id)

    def look_after(self) -> None:
        """The other job: finds at the carrier what nobody heard of, and ends what is over."""
        patience = max(SHORTEST_SILENCE_SECONDS, CALL_SILENCE_SECONDS / self._runtime.clock.rate)
        with self._runtime.transaction() as session:
            silent = adviser_calls.silent(session, LOOK_AFTER_SECONDS, patience)
        for one in silent:
            try:
                if one.carrier_id is None:
                    self._look_for(one)
                else:
                    self._ask_about(one, one.carrier_id)
            except CarrierError as error:
                logger.warning("carrier not asked", call=str(one.call_id), status=error.status)
        with self._runtime.transaction() as session:
            adviser_calls.settle_all(session, self._runtime.clock.now())

    def _look_for(self, one: Silent) -> None:
        may_give_up = self._cannot_come_any_more(one)  # before asking: what comes in between must not be lost
        since = self._not_before(one)
        found = [
            held
            for held in self._carrier.find_calls(one.telephone)
            if held.ours and held.caller in {None, one.caller} and (held.created is None or held.created >= since)
        ]
        with self._runtime.transaction() as session:
            ids = [held.carrier_id for held in found]
            taken = adviser_calls.known(session, ids) | calls.known(session, ids)
            mine = [held for held in found if held.carrier_id not in taken]
            if mine:
                # One telephone rings for one press at a time: the first since the claim is this one's.
                adviser_calls.placed(session, one.call_id, mine[-1].carrier_id)
        if mine:
            self._metrics.adopted.inc()
            self._take_in(one, mine[-1])
        elif may_give_up:
            self._give_up(one.call_id)

    def _cannot_come_any_more(self, one: Silent) -> bool:
        over = self._over.get(one.call_id)
        if over is not None and time.monotonic() - over > OVER_SECONDS:
            return True
        return one.silent_seconds > LEASE_SECONDS

    def _not_before(self, one: Silent) -> datetime:
        """The sandbox keeps the shared time, other carriers the real one."""
        if self._runtime.settings.carrier_is_local:
            return one.claimed_at - timedelta(seconds=MARGIN_SECONDS * max(1.0, self._runtime.clock.rate))
        return one.claimed_wall - timedelta(seconds=MARGIN_SECONDS)

    def _ask_about(self, one: Silent, carrier_id: str) -> None:
        try:
            held = self._carrier.fetch_call(carrier_id)
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
            held = Placed(carrier_id, "failed")
        self._take_in(one, held)

    def _take_in(self, one: Silent, held: Placed) -> None:
        status: CarrierStatus | None = STATUSES.get(held.status)
        if status is not None:
            with self._runtime.transaction() as session:
                adviser_calls.told(session, one.call_id, held.carrier_id, status, self._runtime.clock.now())

    def _give_up(self, call_id: UUID) -> None:
        self._over.pop(call_id, None)
        with self._runtime.transaction() as session:
            adviser_calls.not_placed(session, call_id, self._runtime.clock.now())
