"""Claims what is due and places it (DESIGN §6). No transaction is open while the carrier is asked."""

import threading
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dialer import aftermath, wording
from dialer.carrier import Carrier, InventedPerson, NotSent, Refused, Unsure
from dialer.carrier_table import NextStep, after_error
from dialer.hands import HANDS, Hands
from dialer.metrics import DialerMetrics
from dialer.placings import Placings
from dialer.rest import Rest
from outreach.domain.dispositions import Disposition
from outreach.domain.words import Channel
from outreach.runtime import Runtime, Session
from outreach.services import carrier_facts, claims, sms_claims
from outreach.services.attempts import Claimed

logger = structlog.get_logger(__name__)

LEAD_SECONDS = 4.0
"""Real seconds that may pass from a claim to the first ring: on a fast clock, many minutes of the patient's day."""

SHORTEST_LEAD = timedelta(seconds=10)
"""Of the shared clock: at the speed of real life there is time for a machine that is slow."""

RING_SECONDS = 1.0
"""Real seconds of the lead that are the network's: what waited longer than the rest, for hands or for the machine, is
not placed any more."""

AHEAD_SECONDS = 0.3
"""How far ahead of its moment of the pace an attempt is claimed: a little more than from one wake-up to the next."""

LONGEST_LEAD = timedelta(minutes=30)

_FEWEST, _MOST = 4, 150
_PLACED_WITHIN_SECONDS = 0.5

Claim = Callable[[Session, int, timedelta], list[Claimed]]


class Dispatcher:
    """Claims many at once, as long as there are any; hands place them side by side, each at its moment."""

    def __init__(
        self,
        runtime: Runtime,
        carrier: Carrier,
        metrics: DialerMetrics,
        is_over: Callable[[UUID], None],
        may_call: Callable[[Session], bool] = lambda _: True,
    ) -> None:
        """`may_call`: whether a call that is answered now would be spoken to."""
        self._runtime = runtime
        self._carrier = carrier
        self._metrics = metrics
        self._is_over = is_over
        self._may_call = may_call
        self._rest = Rest(runtime)
        self._placings = Placings(runtime, metrics)
        self._stopping = threading.Event()
        self._hands = Hands(self._place_or_say)
        self._lock = threading.Lock()
        self._claiming: dict[str, threading.Thread] = {}
        self._most = _FEWEST
        self._seconds = _PLACED_WITHIN_SECONDS

    def run(self) -> None:
        """The job: looks for work, without waiting for its end."""
        if self._stopping.is_set() or self._rest.is_on:
            return
        # Two jobs may come here at once, and whoever waits for the end must not meet a thread that has not begun.
        with self._lock:
            for name, claim in (("calls", self._claim_calls), ("sms", self._claim_sms)):
                if name not in self._claiming or not self._claiming[name].is_alive():
                    # A thread that waits for the database must not hold up the end of the process.
                    thread = threading.Thread(
                        target=self._claim_all, args=(claim,), name=f"claiming {name}", daemon=True
                    )
                    thread.start()
                    self._claiming[name] = thread

    def stop(self, until: float) -> bool:
        """Claims nothing more; waits for what is being placed, until a moment of the monotonic clock.

        Whether all of it ended in time.
        """
        self._stopping.set()
        self._give_all_back(self._hands.dismiss())
        return self.wait_idle(until - time.monotonic())

    def wait_idle(self, seconds: float) -> bool:
        """Whether nobody claims any more, and everything claimed was dealt with, in time."""
        until = time.monotonic() + seconds
        for thread in list(self._claiming.values()):
            thread.join(max(0.0, until - time.monotonic()))
            if thread.is_alive():
                return False
        return self._hands.wait_idle(until - time.monotonic())

    # Claiming

    def _claim_all(self, claim: Claim) -> None:
        try:
            while not self._rest.is_on and (room := self._hands.wait_for_room(self._target, self._has_to_end)) > 0:
                claimed = self._claimed(claim, room)
                if not claimed:
                    return
                if self._stopping.is_set():
                    self._give_all_back(claimed)
                    return
                self._hands.hand_over(claimed)
        except Exception as error:  # noqa: BLE001 - counted and said
            self._metrics.failed("dispatch", error)

    def _give_all_back(self, claimed: Iterable[Claimed]) -> None:
        for one in claimed:
            self._give_back(one, Disposition.NEVER_PLACED)

    def _has_to_end(self) -> bool:
        return self._stopping.is_set() or self._rest.seconds_left > 0

    def _target(self) -> int:
        """How many may wait to be placed: as many as the hands place within half a second, few after a failure, for the
        gates were asked at the claim."""
        soon = int(HANDS * _PLACED_WITHIN_SECONDS / self._seconds)
        return min(self._most, max(soon, _FEWEST))

    def _claimed(self, claim: Claim, limit: int) -> list[Claimed]:
        with self._runtime.transaction() as session:
            return claim(session, limit, self._lead())

    def _claim_calls(self, session: Session, limit: int, lead: timedelta) -> list[Claimed]:
        if not self._may_call(session):
            return []
        clock = self._runtime.clock
        ahead = timedelta(seconds=AHEAD_SECONDS * clock.rate)
        return claims.claim_calls(session, clock, self._runtime.settings, limit, lead=lead, ahead=ahead)

    def _claim_sms(self, session: Session, _: int, lead: timedelta) -> list[Claimed]:
        clock = self._runtime.clock
        clock.refresh()
        claimed = sms_claims.claim_sms(session, clock.now(), self._runtime.settings, lead)
        return [claimed] if claimed is not None else []

    # Placing

    def _place_or_say(self, claimed: Claimed) -> None:
        try:
            self._place_in_time(claimed)
        # What was claimed stays `placing`: the reconciler asks the carrier about it.
        except Exception as error:  # noqa: BLE001 - counted and said
            self._metrics.failed("dispatch", error)

    def _place_in_time(self, claimed: Claimed) -> None:
        if not self._waits_for(claimed):
            self._give_back(claimed, Disposition.NEVER_PLACED)
            return
        began = time.monotonic()
        self._place(claimed)
        with self._lock:
            self._seconds += (time.monotonic() - began - self._seconds) / HANDS

    def _waits_for(self, claimed: Claimed) -> bool:
        """Waits for its moment, and for the end of a rest; whether it may still be placed then."""
        while not self._stopping.is_set():
            wait = max(-self._seconds_since(claimed.at), self._rest.seconds_left)
            if max(0.0, wait) > self._kept_seconds() - self._seconds_since(claimed.claimed_at):
                return False
            if wait <= 0 and not self._rest.is_on:
                return True
            self._stopping.wait(max(0.0, wait))
        return False

    def _lead(self) -> timedelta:
        return min(LONGEST_LEAD, max(SHORTEST_LEAD, timedelta(seconds=LEAD_SECONDS * self._runtime.clock.rate)))

    def _kept_seconds(self) -> float:
        return self._lead().total_seconds() / self._runtime.clock.rate - RING_SECONDS

    def _seconds_since(self, at: datetime) -> float:
        """Real seconds from a moment of the shared clock."""
        clock = self._runtime.clock
        return (clock.now() - at).total_seconds() / clock.rate

    def _place(self, claimed: Claimed) -> None:
        log = logger.bind(attempt=str(claimed.attempt_id), channel=claimed.channel)
        try:
            carrier_id = self._ask(claimed)
        except InventedPerson:
            log.warning("invented person kept from a real carrier")
            self._give_back(claimed, Disposition.CARRIER_ERROR)
        except NotSent:
            self._failed()
            log.warning("carrier not reached")
            self._give_back(claimed, Disposition.NEVER_PLACED)
        except Refused as refused:
            self._refused(claimed, refused)
        except Unsure as unsure:
            self._failed()
            log.warning("not sure whether it was placed", code=unsure.code, status=unsure.status)
            self._metrics.placed.labels(claimed.channel, "unsure").inc()
            if unsure.over:
                self._is_over(claimed.attempt_id)
        else:
            self._succeeded()
            self._metrics.placed.labels(claimed.channel, "placed").inc()
            self._placings.record(claimed.attempt_id, carrier_id)

    def _failed(self) -> None:
        self._rest.after_failure()
        self._begin_small()

    def _begin_small(self) -> None:
        self._most = _FEWEST
        self._hands.look_again()

    def _succeeded(self) -> None:
        self._rest.after_success()
        with self._lock:
            self._most = min(_MOST, self._most + 1)

    def _ask(self, claimed: Claimed) -> str:
        if claimed.channel is Channel.SMS:
            text = wording.sms(claimed.purpose, claimed.caller)
            return self._carrier.send_sms(
                claimed.attempt_id, claimed.number, claimed.caller, text, invented=claimed.invented
            )
        return self._carrier.place_call(
            claimed.attempt_id,
            claimed.number,
            claimed.caller,
            claimed.ring_seconds,
            invented=claimed.invented,
        )

    def _refused(self, claimed: Claimed, refused: Refused) -> None:
        ending = after_error(refused.code, refused.status)
        logger.warning(
            "carrier refused",
            attempt=str(claimed.attempt_id),
            code=refused.code,
            status=refused.status,
            disposition=ending.disposition,
        )
        if ending.step is NextStep.BACK_OFF:
            self._rest.slow_down(refused.retry_after)
            self._begin_small()
        self._give_back(claimed, ending.disposition, refused.code)
        aftermath.follow(self._runtime, claimed.attempt_id, ending)

    def _give_back(self, claimed: Claimed, disposition: Disposition, code: int | None = None) -> None:
        self._metrics.placed.labels(claimed.channel, disposition).inc()
        with self._runtime.transaction() as session:
            carrier_facts.not_placed(
                session, claimed.attempt_id, disposition, self._runtime.clock.now(), error_code=code
            )
