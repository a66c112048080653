"""Telephone numbers: E.164, mobile or landline, invented or real, allowed callers (DOMAIN §2)."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from outreach.domain.words import NumberKind

_OVERSEAS_PREFIXES: dict[str, str] = {
    "0262": "RE",
    "0263": "RE",
    "0692": "RE",
    "0693": "RE",
    "0269": "YT",
    "0639": "YT",
    "0590": "GP",
    "0690": "GP",
    "0691": "GP",
    "0594": "GF",
    "0694": "GF",
    "0596": "MQ",
    "0696": "MQ",
    "0697": "MQ",
    "0508": "PM",
}
_OVERSEAS_COUNTRY_CODES = {"262", "590", "594", "596", "508"}

# The ranges that the French regulator keeps for works of fiction: nobody has them.
_FICTION = re.compile(r"^\+33(19900|26191|35301|46571|53649|63998)\d{4}$")

MOBILE = re.compile(r"^\+(?:(?:33|262|590|594|596)[67]|508708)\d+$")
"""A mobile number of France, told by its digits alone, as PostgreSQL reads it too."""

# Geographic ranges kept for automated calling systems, then 08xx except 089, then short 30xx and 31xx.
_CALLER = re.compile(r"^\+33(?:(?:162|163|270|271|377|378|424|425|568|569|948|949)\d{6}|947[5-9]\d{5}|8(?!9)\d{8})$")
_SHORT_CALLER = re.compile(r"^(?:\+33)?3[01]\d{2}$")

# ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE, as carriers write them when they must write a number.
_WITHHELD = frozenset({"+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"})

_KINDS: dict[int, NumberKind] = {
    phonenumbers.PhoneNumberType.MOBILE: NumberKind.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE: NumberKind.LANDLINE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE: NumberKind.LANDLINE,
    phonenumbers.PhoneNumberType.VOIP: NumberKind.LANDLINE,
    phonenumbers.PhoneNumberType.PERSONAL_NUMBER: NumberKind.LANDLINE,
}


class ImpossibleNumber(ValueError):
    """What was written is no telephone number of a person in France. The message never holds the number."""


@dataclass(frozen=True, slots=True)
class TelephoneNumber:
    e164: str
    kind: NumberKind

    def __repr__(self) -> str:
        return f"TelephoneNumber({masked(self.e164)}, {self.kind})"


def masked(e164: str) -> str:
    """A number fit for a log or a page: its last two digits only."""
    return f"{e164[:3]}…{e164[-2:]}" if len(e164) > 5 else "…"


def is_fictional(e164: str) -> bool:
    """Whether a number belongs to the ranges reserved for fiction, so that no real carrier may be asked for it."""
    return _FICTION.match(e164) is not None


_SEPARATORS = str.maketrans("", "", " .-()/\u00a0\u202f")
_NATIONAL = re.compile(r"0[1-9]\d{8}", re.ASCII)
_TAIL = 4
"""Digits at the end of a national number that decide nothing: the plans of all our regions leave four free or more."""


def parse(text: str, department: str) -> TelephoneNumber:
    """The number that a patient of `department` has, as written nationally or internationally.

    Overseas numbers written nationally are told by their prefix, and by the department where the prefix is shared.
    Raises ImpossibleNumber.
    """
    digits = text.translate(_SEPARATORS)
    if not _NATIONAL.fullmatch(digits):
        digits = plain(text)
        if not _NATIONAL.fullmatch(digits):
            return judge(digits, department)
    verdict = _verdict(digits[:-_TAIL], department == "975")
    if isinstance(verdict, str):
        raise ImpossibleNumber(verdict)
    beginning, kind = verdict
    return TelephoneNumber(beginning + digits[-_TAIL:], kind)


def plain(text: str) -> str:
    """Digits alone, nationally where that can be."""
    digits = re.sub(r"[\s.\-()/\u00a0\u202f]", "", text)
    digits = re.sub(r"^00", "+", digits)
    if re.fullmatch(r"[1-9]\d{8}", digits):
        digits = f"0{digits}"  # spreadsheets drop the leading zero
    if re.fullmatch(r"\+330?[1-9]\d{8}", digits):
        digits = f"0{digits[-9:]}"
    return digits


@lru_cache(maxsize=1 << 17)
def _verdict(head: str, in_975: bool) -> tuple[str, NumberKind] | str:
    """What national numbers that begin so become, but for their last digits; or why they are none."""
    try:
        number = judge(head + "0" * _TAIL, "975" if in_975 else "")
    except ImpossibleNumber as error:
        return str(error)
    return number.e164[:-_TAIL], number.kind


def judge(digits: str, department: str) -> TelephoneNumber:
    """The number of these digits, by the numbering plans. Raises ImpossibleNumber."""
    if not re.fullmatch(r"\+?\d{4,15}", digits):
        raise ImpossibleNumber("is not a telephone number")
    if digits.startswith("0"):
        fictional = f"+33{digits[1:]}"
        if is_fictional(fictional):
            mobile = fictional.startswith("+336")
            return TelephoneNumber(fictional, NumberKind.MOBILE if mobile else NumberKind.LANDLINE)
    region = _OVERSEAS_PREFIXES.get(digits[:4], "FR")
    if department == "975" and digits.startswith("0708"):
        region = "PM"
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        raise ImpossibleNumber("is not a telephone number") from None
    if str(number.country_code) not in _OVERSEAS_COUNTRY_CODES | {"33"}:
        raise ImpossibleNumber("is not a French number")
    if not phonenumbers.is_valid_number(number):
        raise ImpossibleNumber("is not a number in service in France")
    kind = _KINDS.get(phonenumbers.number_type(number))
    if kind is None:
        raise ImpossibleNumber("is a special-rate or service number")
    return TelephoneNumber(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind)


def normal_sender(text: str) -> str:
    """A number as a carrier writes it, in E.164 when it can be; anything else unchanged."""
    try:
        number = phonenumbers.parse(text, "FR")
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def is_number(sender: str) -> bool:
    """Whether a sender can be somebody's own number: not a name, nor a number withheld, which carriers spell in words
    or in the letters of a keypad (+266696687 is ANONYMOUS)."""
    return re.fullmatch(r"\+\d{8,15}", sender) is not None and sender not in _WITHHELD


def adviser_number(text: str) -> str:
    """A telephone that advisers answer, as it is rung: a French number, or a short one. Raises ImpossibleNumber."""
    digits = re.sub(r"[\s.\-()]", "", text)
    if re.fullmatch(r"0[1-9]\d{8}", digits):
        digits = f"+33{digits[1:]}"
    if re.fullmatch(r"\+33[1-9]\d{8}|\d{4}", digits) is None:
        raise ImpossibleNumber("must be a French number such as +33199001234, or a short one such as 3646")
    return digits


def check_caller(e164: str) -> str | None:
    """Why a number may not call people automatically in France, or None when it may (DOMAIN §2, rule 4)."""
    if re.match(r"^\+33(6|7)", e164):
        return "06 and 07 numbers may not be used by automated calling systems"
    if e164.startswith("+3389"):
        return "089 numbers may not call people"
    if _CALLER.match(e164) or _SHORT_CALLER.match(e164):
        return None
    return "is outside the ranges allowed to automated calling systems"


def check_sms_sender(sender: str) -> str | None:
    """Why a sender may not send SMS, or None when it may (DOMAIN §2)."""
    if re.fullmatch(r"3[68]\d{3}", sender):
        return None
    if sender.startswith("+"):
        return check_caller(sender) if sender.startswith("+33") else "is not a French number"
    if re.fullmatch(r"[A-Za-z0-9 ]{1,11}", sender) and re.search(r"[A-Za-z]", sender):
        return None
    return "is neither a 36xxx or 38xxx short code, nor a number of ours, nor a name of 11 characters at most"


def answers_by_sms(sender: str) -> bool:
    """Whether people can answer an SMS of this sender; a name can't be answered."""
    return re.search(r"[A-Za-z]", sender) is None
