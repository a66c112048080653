"""In which order advisers see to requests: by kind, at the hour asked for, then by age against a service level."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from outreach.domain.words import RequestKind, RequestStatus

WITHIN: dict[RequestKind, timedelta] = {
    RequestKind.EMERGENCY: timedelta(minutes=15),
    RequestKind.HUMAN: timedelta(hours=4),
    RequestKind.IDENTITY: timedelta(days=1),
    RequestKind.MATCHING: timedelta(days=2),
}
"""From the request to somebody's first act on it."""

NEAR = timedelta(minutes=15)
"""An hour asked for is worked towards this long before it comes."""

_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = datetime(9999, 1, 1, tzinfo=UTC)


class Rank(IntEnum):
    """A request's place that the time of day doesn't change. `…_AT_TIME`: an hour was asked for."""

    EMERGENCY = 0
    HUMAN_AT_TIME = 1
    HUMAN = 2
    IDENTITY_AT_TIME = 3
    IDENTITY = 4
    MATCHING_AT_TIME = 5
    MATCHING = 6
    OFFERED = 7
    """A physician is to answer: nobody else need act."""


_RANKS: dict[str, tuple[Rank, Rank]] = {
    RequestKind.EMERGENCY: (Rank.EMERGENCY, Rank.EMERGENCY),
    RequestKind.HUMAN: (Rank.HUMAN, Rank.HUMAN_AT_TIME),
    RequestKind.IDENTITY: (Rank.IDENTITY, Rank.IDENTITY_AT_TIME),
    RequestKind.MATCHING: (Rank.MATCHING, Rank.MATCHING_AT_TIME),
}
_AT_TIME = (Rank.HUMAN_AT_TIME, Rank.IDENTITY_AT_TIME, Rank.MATCHING_AT_TIME)


def rank_of(kind: str, status: str, callback_from: datetime | None) -> Rank:
    if status == RequestStatus.OFFERED:
        return Rank.OFFERED
    without, at_time = _RANKS[kind]
    return without if callback_from is None else at_time


def due_at(kind: str, created_at: datetime, callback_from: datetime | None) -> datetime:
    """By when somebody should have begun: at the hour asked for, else within the kind's service level.

    Whoever is in danger is called at once, whatever hour they named.
    """
    if callback_from is not None and kind != RequestKind.EMERGENCY:
        return callback_from
    return created_at + WITHIN[RequestKind(kind)]


@dataclass(frozen=True, slots=True)
class Band:
    """Requests of one rank that are due after one instant and until another; bands come in their own order."""

    order: int
    rank: Rank
    after: datetime
    until: datetime


_LATER = len(Rank)


def bands(now: datetime, kind: str | None = None, status: str | None = None) -> list[Band]:
    """The whole queue at an instant: who asked for an hour that is not near yet comes last.

    Of one kind or status, only those where such requests can be.
    """
    near = now + NEAR
    ready = [Band(rank, rank, _FIRST, near if rank in _AT_TIME else _LAST) for rank in Rank]
    every = [*ready, *(Band(_LATER, rank, near, _LAST) for rank in _AT_TIME)]
    if kind is not None:
        every = [band for band in every if band.rank in {*_RANKS[kind], Rank.OFFERED}]
    if status is not None:
        every = [band for band in every if (band.rank is Rank.OFFERED) == (status == RequestStatus.OFFERED)]
    return every


def to_take(now: datetime) -> list[Band]:
    """What may be given to an adviser who asks for the next one."""
    return [band for band in bands(now) if band.order != _LATER and band.rank is not Rank.OFFERED]
