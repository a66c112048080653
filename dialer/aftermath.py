"""What an error of the carrier entails beyond its own attempt: a channel closed, campaigns paused, somebody told."""

from uuid import UUID

from dialer.carrier_table import CREDENTIALS, Ending, NextStep
from outreach.domain.words import AlertKind
from outreach.runtime import Runtime
from outreach.services import calls, campaigns


def pause(runtime: Runtime, ending: Ending) -> None:
    """The carrier refuses us altogether, whoever wanted to call: nothing will ring until somebody acts."""
    with runtime.transaction() as session:
        now = runtime.clock.now()
        campaigns.pause_all(session, AlertKind.CARRIER_REFUSES_US, ending.what_to_do or CREDENTIALS, now)


def follow(runtime: Runtime, attempt_id: UUID, ending: Ending) -> None:
    """Does the ending's step, in a transaction of its own. Told twice, it changes nothing more."""
    now = runtime.clock.now()
    if ending.step is NextStep.PAUSE:
        pause(runtime, ending)
    elif ending.step is NextStep.ALERT and ending.what_to_do is not None:
        with runtime.transaction() as session:
            campaigns.warn(session, attempt_id, AlertKind.CARRIER_REFUSES_SOME, ending.what_to_do, now)
    elif ending.step is NextStep.NO_MORE_SMS:
        with runtime.transaction() as session:
            calls.no_more_sms(session, attempt_id, ending.disposition, now)
