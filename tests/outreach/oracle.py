"""Rules 1, 2 and 9 of DOMAIN §7 over a finished history, written a second time, without Relais's own gates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.outreach.calendar_fr import is_open, on_their_clock


@dataclass(frozen=True, slots=True)
class Placed:
    """A call or SMS of ours, in order of time. `at_their_wish`: the person had asked for a call at that moment."""

    at: datetime
    rang_at: datetime | None = None
    at_their_wish: bool = False


def broken_rules(department: str, placed: Sequence[Placed], stopped_at: datetime | None = None) -> list[str]:
    """What was done against the rules, a sentence each."""
    broken = [f"rule 1: placed at {one.at}" for one in placed if not is_open(one.at, department)]
    rings = [(one.rang_at, one) for one in placed if one.rang_at is not None]
    broken += [f"rule 1: rang at {at}" for at, _ in rings if not is_open(at, department)]
    for position, (at, one) in enumerate(rings):
        earlier = [before for before, _ in rings[:position]]
        if sum(at - before < timedelta(days=30) for before in earlier) >= 4:
            broken.append(f"rule 2: a fifth ring in 30 days at {at}")
        if one.at_their_wish:
            continue
        today = on_their_clock(at, department).date()
        if any(on_their_clock(before, department).date() == today for before in earlier):
            broken.append(f"rule 2: a second ring in a day at {at}")
        if any(at - before < timedelta(hours=48) for before in earlier):
            broken.append(f"rule 2: a ring within 48 hours at {at}")
    if stopped_at is not None:
        broken += [f"rule 9: placed at {one.at} after the stop" for one in placed if one.at > stopped_at]
    return broken
