"""Which departments are called first: lanes of a campaign's queue. They change who is called when, never the rules."""

from collections.abc import Mapping
from enum import IntEnum

from outreach.domain.territories import DEPARTMENTS


class Lane(IntEnum):
    """Where the people of a department stand; the number is the order in which lanes are called."""

    FIRST = 0
    USUAL = 1
    LAST = 2


SHARES: Mapping[Lane, int] = {Lane.FIRST: 6, Lane.USUAL: 3, Lane.LAST: 1}
"""Of ten places in the queue, how many each lane gets while all have somebody to call: nobody waits for ever."""


def lanes_of(document: Mapping[str, object]) -> dict[str, Lane]:
    """The departments that have another lane than the usual one. Raises ValueError for what isn't one."""
    found = {}
    for department, lane in document.items():
        if department not in DEPARTMENTS or isinstance(lane, bool) or not isinstance(lane, int):
            raise ValueError(f"{department} is no department, or has no lane")
        if Lane(lane) is not Lane.USUAL:
            found[department] = Lane(lane)
    return found


def rooms(room: int, lanes: list[Lane]) -> dict[Lane, int]:
    """How a number of free places is shared out among these lanes; together they are `room`."""
    whole = sum(SHARES[lane] for lane in lanes)
    if not whole or room <= 0:
        return dict.fromkeys(lanes, 0)
    shared = {lane: room * SHARES[lane] // whole for lane in lanes}
    shared[min(lanes)] += room - sum(shared.values())
    return shared
