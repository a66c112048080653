"""Which of the moments that the rules allow is the best one to call somebody. Never an earlier one, never another half.

The rules give the earliest moment (`schedule`, `calling_hours`); this puts it off by little, when that is worth it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from outreach.domain.answering import Beliefs, Group, Slot
from outreach.domain.calling_hours import NOON, Window, is_morning, local, upcoming_windows
from outreach.domain.policy import ContactPolicy

HALF_HOUR = timedelta(minutes=30)

WITHIN_DAYS = 2
"""Working days among which a call may be placed: that of the earliest moment, and the next one."""

WAITING_COST = 0.03
"""What a person reached a day later is worth less: a better time must promise more than that."""

OWN_STRENGTH = 4.0
"""How many calls the belief about a group weighs against what one person did at the same time of day."""

SPREAD = timedelta(minutes=15)
"""Calls are spread over the first half of their half-hour, so that they don't all come due at once."""

_SHORTEST = timedelta(minutes=10)
_BETWEEN_CALLS_SECONDS = 20
_NOON = NOON.hour * 2


@dataclass(frozen=True, slots=True)
class Past:
    """A call that rang, and whether a human answered."""

    at: datetime
    answered: bool


@dataclass(frozen=True, slots=True)
class Load:
    """The calls planned in each half-hour, and how many the lines can place in one."""

    planned: Mapping[datetime, float] = field(default_factory=dict)
    room: float = float("inf")

    def chance(self, half_hour: datetime) -> float:
        """The chance of a call to be placed in the half-hour for which it is planned."""
        planned = self.planned.get(half_hour, 0.0)
        return 1.0 if planned < self.room else self.room / (planned + 1)


NO_LOAD = Load()


def room_of(policy: ContactPolicy) -> float:
    """How many calls a campaign's lines can place in half an hour when hardly anybody answers."""
    seconds = HALF_HOUR.total_seconds()
    by_lines = policy.calls_at_once * seconds / (policy.ring_seconds + _BETWEEN_CALLS_SECONDS)
    return min(by_lines, policy.calls_per_second * seconds)


def half_hour_of(at: datetime) -> datetime:
    """The beginning of the half-hour in which an instant lies: zones of French territories differ by whole hours."""
    at = at.astimezone(UTC)
    return at.replace(minute=at.minute - at.minute % 30, second=0, microsecond=0)


def slot_of(at: datetime, department: str) -> Slot:
    here = local(at, department)
    return Slot(here.weekday(), here.hour * 2 + here.minute // 30)


class HalfHour(NamedTuple):
    """A half-hour in which a call may be placed, or what is left of it."""

    start: datetime
    end: datetime
    slot: Slot


def windows_from(policy: ContactPolicy, department: str, earliest: datetime) -> Iterator[Window]:
    """The open windows from an instant on, that instant in the first of them if it is open."""
    for window in upcoming_windows(policy, department, earliest):
        yield Window(max(window.start, earliest), window.end)


def in_same_half(windows: Iterable[Window], department: str) -> Iterator[Window]:
    """Those that begin in the same half of the day as the first one: mornings and afternoons alternate."""
    morning = None
    for window in windows:
        here = is_morning(window.start, department)
        morning = here if morning is None else morning
        if here is morning:
            yield window


def candidates(windows: Iterable[Window], department: str) -> list[HalfHour]:
    """The windows of the first working days, in half-hours; never one of the half of the day that its window isn't."""
    found: list[HalfHour] = []
    days = set()
    for window in windows:
        start, slot = window.start, slot_of(window.start, department)
        morning = slot.half_hour < _NOON
        days.add(slot.weekday)
        if len(days) > WITHIN_DAYS:
            break
        while start < window.end and (slot.half_hour < _NOON) is morning:
            end = min(half_hour_of(start) + HALF_HOUR, window.end)
            # The first one is when the rules would have it, however little of it is left.
            if end - start >= _SHORTEST or not found:
                found.append(HalfHour(start, end, slot))
            start, slot = end, Slot(slot.weekday, slot.half_hour + 1)
    return found


def _price(earliest: datetime, at: datetime, load: Load) -> float:
    """What is left of an answer's worth after waiting for it, and with the lines as they will be."""
    waited = float((1 - WAITING_COST) ** ((at - earliest) / timedelta(days=1)))
    return waited * load.chance(half_hour_of(at))


def _own(base: float, past: Sequence[tuple[int, bool]], half_hour: int) -> float:
    """What somebody did at this time of day before, as a ratio to what their group does: a miss tells against it."""
    near = [answered for at, answered in past if abs(at - half_hour) <= 1]
    return (OWN_STRENGTH + sum(near) / base) / (OWN_STRENGTH + len(near))


def retry(
    beliefs: Beliefs,
    group: Group,
    department: str,
    windows: Iterable[Window],
    past: Sequence[Past],
    chance: Random,
    load: Load = NO_LOAD,
) -> datetime:
    """When to call again somebody who was missed, within windows of which any is good and the first the earliest.

    One draw for this person decides, so that people spread over the half-hours in proportion to what may still be
    best, and none is given up for good.
    """
    half_hours = candidates(windows, department)
    earliest = half_hours[0].start
    base = beliefs.base(group, len(past))
    own = [(slot_of(call.at, department).half_hour, call.answered) for call in past]
    ratios = beliefs.draws(group, [half_hour.slot for half_hour in half_hours], chance)
    worth = [
        ratio * _own(base, own, half_hour.slot.half_hour) * _price(earliest, half_hour.start, load)
        for ratio, half_hour in zip(ratios, half_hours, strict=True)
    ]
    return _within(half_hours[worth.index(max(worth))], chance)


def _within(half_hour: HalfHour, chance: Random) -> datetime:
    length = min(SPREAD, (half_hour.end - half_hour.start) / 2)
    return half_hour.start + timedelta(seconds=int(length.total_seconds() * chance.random()))


def preferred(beliefs: Beliefs, group: Group, half_hours: Sequence[HalfHour], load: Load = NO_LOAD) -> list[HalfHour]:
    """The half-hours for a first call, the best first: only those known to be better than calling at once.

    Known: what is believed of it, less a standard deviation, is more than what is believed of the first half-hour,
    and one more. Second and later calls explore; a first one is put off for what they taught.
    """
    worth: list[tuple[float, float, HalfHour]] = []
    for half_hour in half_hours:
        mean, deviation = beliefs.ratio(group, half_hour.slot)
        price = _price(half_hours[0].start, half_hour.start, load)
        worth.append((mean * price, deviation * price, half_hour))
    at_once = worth[0][0] + worth[0][1]
    better = [(mean, half_hour) for mean, deviation, half_hour in worth[1:] if mean - deviation > at_once]
    return [half_hour for _, half_hour in sorted(better, key=lambda one: (-one[0], one[1].start))]


def first(
    beliefs: Beliefs,
    group: Group,
    department: str,
    windows: Iterable[Window],
    chance: Random,
    load: Load = NO_LOAD,
) -> datetime:
    """When to call somebody for the first time: at once unless another half-hour is known to be better."""
    half_hours = candidates(windows, department)
    best = preferred(beliefs, group, half_hours, load)
    return _within(best[0], chance) if best else half_hours[0].start


def share_out(half_hours: Iterable[HalfHour], people: int, load: Load) -> Iterator[tuple[HalfHour, int]]:
    """How many of a group go to each of its half-hours, the best first, until its room is taken."""
    for half_hour in half_hours:
        free = load.room - load.planned.get(half_hour_of(half_hour.start), 0.0)
        taken = min(people, int(max(0.0, min(free, people))))
        if taken:
            yield half_hour, taken
        people -= taken
        if not people:
            return
