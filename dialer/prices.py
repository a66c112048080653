"""Asks the carrier, some time after their end, what calls and SMS cost: a few at a time, and a few times each."""

import structlog

from dialer.carrier import Carrier, CarrierError
from outreach.domain.words import Channel
from outreach.runtime import Runtime
from outreach.services import prices

logger = structlog.get_logger(__name__)

AT_ONCE = 20
"""Attempts asked about in one run: the carrier's time is for calls first."""


class Prices:
    def __init__(self, runtime: Runtime, carrier: Carrier) -> None:
        self._runtime = runtime
        self._carrier = carrier

    def run(self) -> None:
        with self._runtime.transaction() as session:
            unpriced = prices.take_unpriced(session, self._runtime.clock.now(), AT_ONCE)
        for attempt_id, channel, carrier_id in unpriced:
            by_sms = channel == Channel.SMS
            try:
                held = (self._carrier.fetch_message if by_sms else self._carrier.fetch_call)(carrier_id)
            except CarrierError as error:
                # Asked again at its next time, unless this was the last.
                logger.warning("price not told", attempt=str(attempt_id), code=error.code, status=error.status)
                continue
            with self._runtime.transaction() as session:
                prices.keep(session, attempt_id, held.cost, held.currency, held.duration)
