"""What the network does to chosen numbers, on demand: refusals, failures, detections, receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

ANSWERED_BY = frozenset(
    {"human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown"}
)
_SMS_ENDS = frozenset({"undelivered", "failed"})


@dataclass(frozen=True)
class Way:
    """Of one number; what is left out goes as usual. Seconds are those of the shared clock."""

    number: str
    refuse_call: int | None = None  # the request is refused with this code
    refuse_sms: int | None = None
    fail_call: int | None = None  # accepted, then failed with this code
    sip: int | None = None  # what the called network answers to a call that fails
    fail_sms: int | None = None  # accepted, then not delivered, with this code
    sms_end: str = "undelivered"  # how the carrier calls that
    receipt_seconds: float | None = None  # from the sending to the receipt
    answered_by: str | None = None  # what the detection believes
    detection_seconds: float | None = None  # when it knows

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Way:
        """Raises ValueError with one sentence when it holds something unknown."""
        unknown = set(document) - {field.name for field in fields(Way)}
        if unknown or not isinstance(document.get("number"), str):
            raise ValueError(f"this is no way of a number: {', '.join(sorted(unknown)) or 'number is missing'}")
        way = Way(**document)
        if way.answered_by is not None and way.answered_by not in ANSWERED_BY:
            raise ValueError(f"answered_by is one of {', '.join(sorted(ANSWERED_BY))}")
        if way.sms_end not in _SMS_ENDS:
            raise ValueError(f"sms_end is one of {', '.join(sorted(_SMS_ENDS))}")
        for name in ("refuse_call", "refuse_sms", "fail_call", "sip", "fail_sms"):
            if type(getattr(way, name)) not in {int, type(None)}:
                raise ValueError(f"{name} is a code")
        return way


class Ways:
    def __init__(self) -> None:
        self._by_number: dict[str, Way] = {}

    def load(self, documents: list[Mapping[str, Any]]) -> None:
        """Puts these in the place of all others. Raises ValueError with one sentence."""
        ways = [Way.from_document(document) for document in documents]
        self._by_number = {way.number: way for way in ways}

    def of(self, number: str) -> Way:
        return self._by_number.get(number) or Way(number)

    def documents(self) -> list[dict[str, Any]]:
        return [asdict(way) for way in self._by_number.values()]
