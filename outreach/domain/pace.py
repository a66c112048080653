"""Which of our numbers calls whom, and at which moments it may: pure arithmetic over what all dialers share."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from uuid import UUID


def caller_of(patient_id: UUID, callers: Sequence[str]) -> str:
    """The same number of ours for the same patient, who will know it again, as long as it is configured.

    Each patient ranks the numbers (rendezvous hashing): a number that is added takes its own share of patients and no
    other moves; those of a number that is taken away spread over the rest.
    """
    return max(callers, key=lambda caller: (_weight(patient_id, caller), caller))


def _weight(patient_id: UUID, caller: str) -> bytes:
    return blake2b(patient_id.bytes, digest_size=8, key=caller.encode()).digest()


def between_two(per_second: float) -> timedelta:
    """How far apart two uses are at this rate, rounded up: no second ever holds one too many."""
    return timedelta(microseconds=math.ceil(1_000_000 / per_second))


class Slots:
    """The moments, from `now` to `until`, at which senders may be used: those taken are as far apart as rates ask."""

    def __init__(self, next_at: Mapping[str, datetime], now: datetime, until: datetime) -> None:
        self._next_at = dict(next_at)
        self._now = now
        self._until = until

    def copy(self) -> "Slots":
        return Slots(self._next_at, self._now, self._until)

    def are_left(self, senders: Sequence[str]) -> bool:
        return any(self._first(sender) <= self._until for sender in senders)

    def take(self, sender: str, per_second: float) -> datetime | None:
        """The sender's next moment, now taken; None when it comes after the end."""
        at = self._first(sender)
        if at > self._until:
            return None
        self._next_at[sender] = at + between_two(per_second)
        return at

    def _first(self, sender: str) -> datetime:
        return max(self._now, self._next_at.get(sender, self._now))

    def next_moments(self) -> dict[str, datetime]:
        """What to keep for the next claim, for each sender that was ever used."""
        return dict(self._next_at)
