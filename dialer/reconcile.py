"""Asks the carrier about what nobody heard of: calls that may not have been placed, and callbacks that got lost."""

import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dialer import aftermath
from dialer.carrier import WHOLE_SECONDS, Carrier, CarrierError, Placed, Refused
from dialer.carrier_table import STATUSES, after_failure
from dialer.metrics import DialerMetrics
from outreach.domain.words import AttemptStatus, Channel
from outreach.runtime import Runtime
from outreach.services import attempts, calls, carrier_facts
from outreach.services.carrier_facts import CarrierStatus, Stale

logger = structlog.get_logger(__name__)

LOOK_AFTER_SECONDS = 1.0
"""Real seconds after which an attempt without the carrier's id is looked for."""

LEASE_SECONDS = WHOLE_SECONDS + 7.0
"""Real seconds after which a request that nobody finished cannot place anything any more."""

OVER_SECONDS = 3.0
"""The same for a request that the carrier answered with an error: only its list may lag behind."""

SECOND_LOOK_SECONDS = 120.0
"""Real seconds after which what was given up is looked for once more: the carrier's list may have lagged behind."""

CALL_SILENCE_SECONDS = 60.0
SMS_SILENCE_SECONDS = 600.0
"""Seconds of the shared clock after which the carrier is asked how a call or an SMS goes."""

SHORTEST_SILENCE_SECONDS = 2.0  # real: callbacks in the network's hands just now need no question
MARGIN_SECONDS = 2.0  # the carrier's dates are whole seconds, and its clock is not quite ours
NOT_FOUND = 404
_FAILED = frozenset({CarrierStatus.FAILED, CarrierStatus.UNDELIVERED})
_MOST = 1000


class Reconciler:
    def __init__(self, runtime: Runtime, carrier: Carrier, metrics: DialerMetrics) -> None:
        self._runtime = runtime
        self._carrier = carrier
        self._metrics = metrics
        self._over: dict[UUID, float] = {}
        self._stopping = threading.Event()

    def is_over(self, attempt_id: UUID) -> None:
        """The carrier has finished with this attempt's request, and said that it failed."""
        self._over[attempt_id] = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        with self._runtime.transaction() as session:
            patience = {channel: self._patience(channel) for channel in Channel}
            silent = carrier_facts.stale(session, LOOK_AFTER_SECONDS, _MOST, patience)
            silent += carrier_facts.given_up(session, SECOND_LOOK_SECONDS)
        for attempt in silent:
            if self._stopping.is_set():
                return
            try:
                if attempt.carrier_id is None:
                    self._look_for(attempt)
                else:
                    self._ask_about(attempt, attempt.carrier_id)
            except CarrierError as error:
                logger.warning("carrier not asked", attempt=str(attempt.attempt_id), status=error.status)
        for attempt_id, at in list(self._over.items()):
            if time.monotonic() - at > LEASE_SECONDS:
                self._over.pop(attempt_id, None)

    def _patience(self, channel: Channel) -> float:
        shared = SMS_SILENCE_SECONDS if channel is Channel.SMS else CALL_SILENCE_SECONDS
        return max(SHORTEST_SILENCE_SECONDS, shared / self._runtime.clock.rate)

    def _look_for(self, attempt: Stale) -> None:
        """An attempt that is `placing`: adopted when the carrier has it, given up when it cannot have it any more."""
        may_give_up = self._cannot_come_any_more(attempt)  # before asking: what comes in between must not be lost
        by_sms = attempt.channel is Channel.SMS
        found = (self._carrier.find_messages if by_sms else self._carrier.find_calls)(attempt.number)
        since = self._not_before(attempt)
        mine = [
            one
            for one in found
            if (one.second_leg if attempt.is_second_leg else one.ours)
            and one.caller in {None, attempt.caller}
            and (one.created is None or one.created >= since)
        ]
        now = self._runtime.clock.now()
        with self._runtime.transaction() as session:
            known = calls.known(session, [one.carrier_id for one in mine])
            found_again = self._nearest([one for one in mine if one.carrier_id not in known], attempt)
            if found_again is not None and attempt.status is not AttemptStatus.ENDED:
                attempts.placed(session, attempt.attempt_id, found_again.carrier_id, now)
            elif found_again is None and may_give_up:
                carrier_facts.give_up(session, attempt.attempt_id, now)
        if found_again is not None:
            self._metrics.adopted.inc()
            logger.info("found at the carrier", attempt=str(attempt.attempt_id))
            self._take_in(attempt, found_again)

    def _nearest(self, candidates: list[Placed], attempt: Stale) -> Placed | None:
        """Of several lost at nearly the same moment, to one number from one sender, each finds its own."""
        at = attempt.claimed_at if self._runtime.settings.carrier_is_local else attempt.claimed_wall
        dated = [one for one in candidates if one.created is not None]
        if dated:
            return min(dated, key=lambda one: abs((one.created or at) - at))
        return candidates[-1] if candidates else None

    def _cannot_come_any_more(self, attempt: Stale) -> bool:
        over = self._over.get(attempt.attempt_id)
        if over is not None and time.monotonic() - over > OVER_SECONDS:
            return True
        return attempt.silent_seconds > LEASE_SECONDS

    def _not_before(self, attempt: Stale) -> datetime:
        """From when on a call may be this attempt's. The sandbox keeps the shared time, other carriers the real one."""
        if self._runtime.settings.carrier_is_local:
            return attempt.claimed_at - timedelta(seconds=MARGIN_SECONDS * max(1.0, self._runtime.clock.rate))
        return attempt.claimed_wall - timedelta(seconds=MARGIN_SECONDS)

    def _ask_about(self, attempt: Stale, carrier_id: str) -> None:
        by_sms = attempt.channel is Channel.SMS
        try:
            held = (self._carrier.fetch_message if by_sms else self._carrier.fetch_call)(carrier_id)
        except Refused as refused:
            if refused.status != NOT_FOUND:
                raise
            logger.warning("carrier has forgotten an attempt", attempt=str(attempt.attempt_id))
            held = Placed(carrier_id, "failed")
        self._take_in(attempt, held)

    def _take_in(self, attempt: Stale, held: Placed) -> None:
        now = self._runtime.clock.now()
        with self._runtime.transaction() as session:
            carrier_facts.heard(session, attempt.attempt_id)
            if held.answered_by is not None:
                calls.who_picked_up(session, attempt.attempt_id, held.answered_by)
            status: CarrierStatus | None = STATUSES.get(held.status)
            ending = after_failure(held.error_code) if status in _FAILED else None
            if status is not None:
                carrier_facts.carrier_status(
                    session,
                    attempt.attempt_id,
                    status,
                    now,
                    carrier_id=held.carrier_id,
                    failed_as=ending.disposition if ending is not None else None,
                    error_code=held.error_code,
                    duration_seconds=held.duration,
                )
        if ending is not None:
            aftermath.follow(self._runtime, attempt.attempt_id, ending)
