"""Claims what is due and places it (DESIGN §6). No transaction is open while the carrier is asked."""

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from dialer import aftermath, wording
from dialer.carrier import Carrier, InventedPerson, NotSent, Refused, Unsure
from dialer.carrier_table import NextStep, after_error
from dialer.metrics import DialerMetrics
from dialer.rest import Rest
from outreach.domain.dispositions import Disposition
from outreach.domain.words import Channel
from outreach.runtime import Runtime, Session
from outreach.services import attempts, carrier_facts, claims, sms_claims
from outreach.services.attempts import Claimed
from outreach.settings import Settings

logger = structlog.get_logger(__name__)

HANDS = 12
"""Requests to the carrier at the same time, in one process."""

LEAD_SECONDS = 3.0
"""Real seconds that may pass from a claim to the first ring: on a fast clock, many minutes of the patient's day."""

KEPT_SECONDS = 2.0
"""Real seconds after which a claim that waited too long, for locks or for the machine, is not placed any more."""

LONGEST_LEAD = timedelta(minutes=30)

Claim = Callable[[Session, datetime, Settings, timedelta], Claimed | None]


class Dispatcher:
    """Hands that claim and place. A hand that finds work calls another; one that finds none goes."""

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
        self._claiming = threading.Lock()
        self._free = threading.BoundedSemaphore(HANDS)
        self._stopping = threading.Event()

    def run(self) -> None:
        """The job: looks for work, without waiting for its end."""
        for claim in (claims.claim_call, sms_claims.claim_sms):
            self._call_a_hand(claim)

    def stop(self, until: float) -> bool:
        """Claims nothing more; waits for what is being placed, until a moment of the monotonic clock.

        Whether all of it ended in time.
        """
        self._stopping.set()
        return all(self._free.acquire(timeout=max(0.0, until - time.monotonic())) for _ in range(HANDS))

    def _call_a_hand(self, claim: Claim) -> None:
        if self._stopping.is_set() or self._rest.is_on or not self._free.acquire(blocking=False):
            return
        # A thread that a hanging carrier holds up must not hold up the end of the process.
        threading.Thread(target=self._work, args=(claim,), name="placing", daemon=True).start()

    def _work(self, claim: Claim) -> None:
        try:
            while not (self._stopping.is_set() or self._rest.is_on):
                claimed, at = self._claimed(claim)
                if claimed is None:
                    return
                self._call_a_hand(claim)
                if self._stopping.is_set() or time.monotonic() - at > KEPT_SECONDS:
                    self._give_back(claimed, Disposition.NEVER_PLACED)
                else:
                    self._place(claimed)
        # What was claimed stays `placing`: the reconciler asks the carrier about it.
        except Exception as error:  # noqa: BLE001 - counted and said
            self._metrics.failed("dispatch", error)
        finally:
            self._free.release()

    def _claimed(self, claim: Claim) -> tuple[Claimed | None, float]:
        """What was claimed, and when, on the monotonic clock.

        One claim at a time: they wait for one another in the database anyway, and the time must be that of the claim.
        """
        clock = self._runtime.clock
        with self._claiming:
            clock.refresh()
            at = time.monotonic()
            lead = min(LONGEST_LEAD, timedelta(seconds=LEAD_SECONDS * clock.rate))
            with self._runtime.transaction() as session:
                if claim is claims.claim_call and not self._may_call(session):
                    return None, at
                return claim(session, clock.now(), self._runtime.settings, lead), at

    def _place(self, claimed: Claimed) -> None:
        log = logger.bind(attempt=str(claimed.attempt_id), channel=claimed.channel)
        try:
            carrier_id = self._ask(claimed)
        except InventedPerson:
            log.warning("invented person kept from a real carrier")
            self._give_back(claimed, Disposition.CARRIER_ERROR)
        except NotSent:
            self._rest.after_failure()
            log.warning("carrier not reached")
            self._give_back(claimed, Disposition.NEVER_PLACED)
        except Refused as refused:
            self._refused(claimed, refused)
        except Unsure as unsure:
            self._rest.after_failure()
            log.warning("not sure whether it was placed", code=unsure.code, status=unsure.status)
            self._metrics.placed.labels(claimed.channel, "unsure").inc()
            if unsure.over:
                self._is_over(claimed.attempt_id)
        else:
            self._rest.after_success()
            self._metrics.placed.labels(claimed.channel, "placed").inc()
            with self._runtime.transaction() as session:
                attempts.placed(session, claimed.attempt_id, carrier_id, self._runtime.clock.now())

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
        self._give_back(claimed, ending.disposition, refused.code)
        aftermath.follow(self._runtime, claimed.attempt_id, ending)

    def _give_back(self, claimed: Claimed, disposition: Disposition, code: int | None = None) -> None:
        self._metrics.placed.labels(claimed.channel, disposition).inc()
        with self._runtime.transaction() as session:
            carrier_facts.not_placed(
                session, claimed.attempt_id, disposition, self._runtime.clock.now(), error_code=code
            )
