"""From the carrier's statuses and error codes to our dispositions and next steps. All of it, and only here."""

from dataclasses import dataclass
from enum import StrEnum

from outreach.domain.dispositions import Disposition
from outreach.services.carrier_facts import CarrierStatus

STATUSES: dict[str, CarrierStatus] = {
    # Calls.
    "queued": CarrierStatus.QUEUED,
    "initiated": CarrierStatus.QUEUED,
    "ringing": CarrierStatus.RINGING,
    "in-progress": CarrierStatus.IN_PROGRESS,
    "completed": CarrierStatus.COMPLETED,
    "busy": CarrierStatus.BUSY,
    "no-answer": CarrierStatus.NO_ANSWER,
    "failed": CarrierStatus.FAILED,
    "canceled": CarrierStatus.CANCELED,
    # SMS.
    "accepted": CarrierStatus.QUEUED,
    "scheduled": CarrierStatus.QUEUED,
    "sending": CarrierStatus.QUEUED,
    "sent": CarrierStatus.SENT,
    "delivered": CarrierStatus.DELIVERED,
    "read": CarrierStatus.DELIVERED,
    "undelivered": CarrierStatus.UNDELIVERED,
}
"""The carrier's words for how a call or an SMS goes. A word that isn't here changes nothing."""


class NextStep(StrEnum):
    """What follows, beside the contact's own next time."""

    RETRY_LATER = "retry_later"
    NEXT_NUMBER = "next_number"
    NO_MORE_SMS = "no_more_sms"
    BACK_OFF = "back_off"
    PAUSE = "pause"


@dataclass(frozen=True, slots=True)
class Ending:
    disposition: Disposition
    step: NextStep = NextStep.RETRY_LATER


_INVALID = Ending(Disposition.INVALID_NUMBER, NextStep.NEXT_NUMBER)
_NOT_A_MOBILE = Ending(Disposition.SMS_NOT_A_MOBILE, NextStep.NO_MORE_SMS)
_BLOCKED = Ending(Disposition.BLOCKED, NextStep.NO_MORE_SMS)
_BUSY_CARRIER = Ending(Disposition.NEVER_PLACED, NextStep.BACK_OFF)
_OURS = Ending(Disposition.CARRIER_ERROR, NextStep.PAUSE)
_LATER = Ending(Disposition.UNREACHABLE)

ERRORS: dict[int, Ending] = {
    # The number.
    21211: _INVALID,  # not a telephone number
    21214: _INVALID,  # cannot be reached
    21217: _INVALID,  # does not appear to be valid
    13223: _INVALID,  # dial: wrong format
    13224: _INVALID,  # dial: not in service
    21614: _NOT_A_MOBILE,
    30006: _NOT_A_MOBILE,  # a landline, or a network without SMS
    30003: Ending(Disposition.SMS_UNDELIVERED),  # handset off or out of reach
    30005: Ending(Disposition.SMS_UNDELIVERED),  # unknown handset
    30007: Ending(Disposition.SMS_UNDELIVERED),  # filtered
    30008: Ending(Disposition.SMS_UNDELIVERED),  # unknown
    # The person said STOP to the carrier.
    21610: _BLOCKED,
    30004: _BLOCKED,
    # The network, for the moment.
    20429: _BUSY_CARRIER,  # too many requests
    14107: _BUSY_CARRIER,  # SMS send rate exceeded
    30001: _BUSY_CARRIER,  # queue overflow
    13225: _LATER,  # dial: forbidden just now
    21215: _LATER,  # destination not opened to this account
    21612: Ending(Disposition.SMS_UNDELIVERED),  # our sender cannot reach this destination
    # Our account or our settings: nothing will work until somebody acts.
    20003: _OURS,  # authentication
    20005: _OURS,  # account not active
    21210: _OURS,  # caller not verified
    21212: _OURS,  # caller not valid
    21219: _OURS,  # trial account
    21606: _OURS,  # sender cannot send SMS
    30002: _OURS,  # account suspended
}

_BY_HTTP_STATUS: dict[int, Ending] = {401: _OURS, 403: _OURS, 429: _BUSY_CARRIER}

_RESUME = ", puis reprenez la campagne."
WHAT_TO_DO: dict[int, str] = {
    20003: "L'opérateur refuse nos identifiants. Vérifiez TWILIO_ACCOUNT_SID et TWILIO_AUTH_TOKEN" + _RESUME,
    20005: "Le compte chez l'opérateur n'est pas actif. Réactivez-le" + _RESUME,
    30002: "Le compte chez l'opérateur est suspendu. Réactivez-le" + _RESUME,
    21606: "L'expéditeur des SMS ne convient pas. Vérifiez SMS_SENDER chez l'opérateur" + _RESUME,
}
_CALLERS = "L'opérateur refuse notre numéro d'appel. Vérifiez CALLER_NUMBERS chez lui" + _RESUME


def after_error(code: int | None, http_status: int | None = None) -> Ending:
    """What an error code means; an unknown one is the carrier's and is tried again later."""
    known = ERRORS.get(code) if code is not None else None
    if known is None and http_status is not None:
        known = _BY_HTTP_STATUS.get(http_status)
    return known or Ending(Disposition.CARRIER_ERROR)


def failed_as(code: int | None) -> Disposition | None:
    """What a call or an SMS that was accepted and then failed comes to, when its error code tells."""
    ending = ERRORS.get(code) if code is not None else None
    return ending.disposition if ending is not None else None


def what_to_do(code: int | None) -> str:
    """The sentence that an alert says to a supervisor, in French."""
    if code in WHAT_TO_DO:
        return WHAT_TO_DO[code]
    return WHAT_TO_DO[20003] if code is None else _CALLERS
