"""From the carrier's statuses and error codes to our dispositions and next steps. All of it, and only here.

The codes are those of its error dictionary for calls and messages; codes of verbs, trunks and numbers that we don't use
are left out, and lead where an unknown one leads. Server errors (20500, 20503) tell nothing and are not here: whether
something was placed is asked (`dialer.reconcile`).
"""

from collections.abc import Iterable
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
    "partially_delivered": CarrierStatus.DELIVERED,
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
    ALERT = "alert"
    """Tried again later, and somebody is told: it won't go by itself, but it doesn't concern everybody."""
    PAUSE = "pause"
    """Nothing will work until somebody acts: the campaigns stop, and somebody is told."""


@dataclass(frozen=True, slots=True)
class Ending:
    disposition: Disposition
    step: NextStep = NextStep.RETRY_LATER
    what_to_do: str | None = None


def _each(codes: Iterable[int], ending: Ending) -> dict[int, Ending]:
    return dict.fromkeys(codes, ending)


_RESUME = ", puis reprenez les campagnes suspendues."
CREDENTIALS = (
    "L'opérateur refuse nos identifiants. Vérifiez TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN et CARRIER_API_URL" + _RESUME
)
ACCOUNT = "Le compte chez l'opérateur n'est pas actif, ou n'a plus de crédit. Réactivez-le" + _RESUME
CALLERS = "L'opérateur refuse notre numéro d'appel. Vérifiez CALLER_NUMBERS chez lui" + _RESUME
SENDER = "L'opérateur refuse l'expéditeur des SMS. Vérifiez SMS_SENDER et son enregistrement chez lui" + _RESUME
REQUEST = "L'opérateur ne comprend pas nos demandes. Vérifiez PUBLIC_URL et CARRIER_API_URL" + _RESUME
DESTINATIONS = (
    "Notre compte n'a pas le droit d'atteindre certaines destinations. Ouvrez-les chez l'opérateur (outre-mer)."
)
BLOCKED_CALLS = "L'opérateur bloque des appels vers certains numéros. Demandez-lui pourquoi, et de lever le blocage."
CALLER_BLOCKED = "Des opérateurs coupent nos appels à cause du numéro présenté. Faites vérifier CALLER_NUMBERS."
FILTERED = "Des SMS sont filtrés par les opérateurs. Faites vérifier l'expéditeur et le texte chez l'opérateur."
DAILY_LIMIT = "La limite journalière de SMS du compte est atteinte. Faites-la relever chez l'opérateur."

_UNDELIVERED = Disposition.SMS_UNDELIVERED
_BUSY_CARRIER = Ending(Disposition.NEVER_PLACED, NextStep.BACK_OFF)
_LATER = Ending(Disposition.UNREACHABLE)


def _ours(what_to_do: str) -> Ending:
    return Ending(Disposition.CARRIER_ERROR, NextStep.PAUSE, what_to_do)


def _told(disposition: Disposition, what_to_do: str) -> Ending:
    return Ending(disposition, NextStep.ALERT, what_to_do)


ERRORS: dict[int, Ending] = {
    # The number: not one, not in service, of no country, a premium one, incomplete, nowhere.
    **_each(
        (21211, 21214, 21217, 21401, 21202, 13223, 13224, 13226, 32101, 31404, 31484, 31604),
        Ending(Disposition.INVALID_NUMBER, NextStep.NEXT_NUMBER),
    ),
    # No SMS gets to such a line: no mobile, a landline, a kind of number without SMS.
    **_each((21614, 21635, 21407, 30006), Ending(Disposition.SMS_NOT_A_MOBILE, NextStep.NO_MORE_SMS)),
    # The person said STOP to the carrier, or had it block us.
    **_each((21610, 30004), Ending(Disposition.BLOCKED, NextStep.NO_MORE_SMS)),
    # The handset is off, unknown just now; segments lost; time-outs; failures of the carrier's own.
    **_each((30003, 30005, 30008, 30009, 30010, 30020, 30021, 30410, 21612), Ending(_UNDELIVERED)),
    30007: _told(_UNDELIVERED, FILTERED),
    30450: _told(_UNDELIVERED, FILTERED),
    21408: _told(_UNDELIVERED, DESTINATIONS),
    **_each((30022, 30023, 30027, 63038), _told(_UNDELIVERED, DAILY_LIMIT)),
    # Too much at once: requests, calls under way, calls or SMS a second, full queues, a congested network.
    **_each((20429, 31429, 10004, 14107, 21611, 30001, 30017, 32001, 32012, 32013), _BUSY_CARRIER),
    # The line, for the moment: no ring came back in time, nobody could be asked.
    **_each((32016, 32011, 31408, 31480, 31500, 31502, 31503, 31504), _LATER),
    **_each((31486, 31600, 31603), Ending(Disposition.BUSY)),
    # Destinations closed to the account; numbers that the carrier blocks; callers that other operators block.
    **_each((21203, 21215, 13227, 32205), _told(Disposition.UNREACHABLE, DESTINATIONS)),
    **_each((21216, 13225, 32203, 32216), _told(Disposition.UNREACHABLE, BLOCKED_CALLS)),
    **_each((32017, 32021), _told(Disposition.UNREACHABLE, CALLER_BLOCKED)),
    # Our account or our settings.
    **_each((20003, 20006, 20008, 20404), _ours(CREDENTIALS)),
    **_each((10001, 10002, 10003, 20005, 20403, 30002, 21219, 21608, 32100), _ours(ACCOUNT)),
    **_each((21210, 21212, 21213, 13214, 13247, 32204, 32206), _ours(CALLERS)),
    **_each((21603, 21606, 21607, 21601, 21657, 21701, 21702, 21703, 21704, 21705, 21709, 14108), _ours(SENDER)),
    **_each((30018, 30024, 30032, 30033, 30034, 30035), Ending(_UNDELIVERED, NextStep.PAUSE, SENDER)),
    **_each(
        (20001, 20004, 21201, 21604, 21205, 21206, 21207, 21208, 21209, 21218, 21234, 21262, 21263, 21402),
        _ours(REQUEST),
    ),
    **_each(
        (21602, 21609, 21617, 21618, 21624, 21626),
        _ours(REQUEST),
    ),
}

_BY_HTTP_STATUS: dict[int, Ending] = {
    401: _ours(CREDENTIALS),
    403: _ours(ACCOUNT),
    404: _ours(CREDENTIALS),
    429: _BUSY_CARRIER,
}

_BY_SIP: dict[int, Ending] = {
    **_each((404, 410, 484, 604), Ending(Disposition.INVALID_NUMBER, NextStep.NEXT_NUMBER)),
    **_each((486, 600, 603), Ending(Disposition.BUSY)),
    **_each((607, 608), _told(Disposition.UNREACHABLE, CALLER_BLOCKED)),
}
"""What the called network answered to a call that failed; any other answer says no more than that it failed."""


def after_error(code: int | None, http_status: int | None = None) -> Ending:
    """What an error code means; an unknown one is the carrier's and is tried again later."""
    known = ERRORS.get(code) if code is not None else None
    if known is None and http_status is not None:
        known = _BY_HTTP_STATUS.get(http_status)
    return known or Ending(Disposition.CARRIER_ERROR)


def after_failure(code: int | None, sip: int | None = None) -> Ending | None:
    """What a call or an SMS that was accepted and then failed comes to, when its codes tell."""
    known = ERRORS.get(code) if code is not None else None
    return known if known is not None else _BY_SIP.get(sip) if sip is not None else None
