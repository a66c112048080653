"""How attempts end, with the flags from which every figure is computed (DESIGN §4)."""

from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    # Calls that reached a person.
    CONVERSATION = "conversation"
    ABANDONED = "abandoned"
    HUNG_UP = "hung_up"
    APOLOGY = "apology"
    # Calls that rang.
    NO_ANSWER = "no_answer"
    MACHINE = "machine"
    VOICEMAIL_LEFT = "voicemail_left"
    MAILBOX_FULL = "mailbox_full"
    CALL_SCREENED = "call_screened"
    FAX = "fax"
    # Calls that never rang.
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    INVALID_NUMBER = "invalid_number"
    CANCELED = "canceled"
    CARRIER_ERROR = "carrier_error"
    NEVER_PLACED = "never_placed"
    # SMS.
    SMS_SENT = "sms_sent"
    SMS_DELIVERED = "sms_delivered"
    SMS_UNDELIVERED = "sms_undelivered"
    SMS_NOT_A_MOBILE = "sms_not_a_mobile"
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Flags:
    """`rang`: the telephone rang, so it counts against the caps. `final`: this number must not be tried again."""

    rang: bool = False
    human_answered: bool = False
    final: bool = False


FLAGS: dict[Disposition, Flags] = {
    Disposition.CONVERSATION: Flags(rang=True, human_answered=True),
    Disposition.ABANDONED: Flags(rang=True, human_answered=True),
    Disposition.HUNG_UP: Flags(rang=True, human_answered=True),
    Disposition.APOLOGY: Flags(rang=True, human_answered=True),
    Disposition.NO_ANSWER: Flags(rang=True),
    Disposition.MACHINE: Flags(rang=True),
    Disposition.VOICEMAIL_LEFT: Flags(rang=True),
    Disposition.MAILBOX_FULL: Flags(rang=True),
    Disposition.CALL_SCREENED: Flags(rang=True),
    Disposition.FAX: Flags(rang=True, final=True),
    Disposition.BUSY: Flags(),
    Disposition.UNREACHABLE: Flags(),
    Disposition.INVALID_NUMBER: Flags(final=True),
    Disposition.CANCELED: Flags(),
    Disposition.CARRIER_ERROR: Flags(),
    Disposition.NEVER_PLACED: Flags(),
    Disposition.SMS_SENT: Flags(),
    Disposition.SMS_DELIVERED: Flags(),
    Disposition.SMS_UNDELIVERED: Flags(),
    Disposition.SMS_NOT_A_MOBILE: Flags(),
    Disposition.BLOCKED: Flags(final=True),
}

MISSES = frozenset(
    {
        Disposition.NO_ANSWER,
        Disposition.MACHINE,
        Disposition.VOICEMAIL_LEFT,
        Disposition.MAILBOX_FULL,
        Disposition.CALL_SCREENED,
    }
)
"""What counts as a miss for `voicemail_on_misses`: it rang and nobody spoke (DOMAIN §2)."""
