"""The half-hours of a plan: when which territories are open by the policy, and what the rules answered before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise

from outreach.domain import best_time, gates, schedule
from outreach.domain.answering import Beliefs, Group
from outreach.domain.best_time import HALF_HOUR
from outreach.domain.calling_hours import Window, closed_because, next_opening, next_working_day, windows_on
from outreach.domain.dispositions import Disposition
from outreach.domain.gates import CallFacts, closed_gates
from outreach.domain.policy import ContactPolicy
from outreach.domain.territories import is_holiday, zone_of
from outreach.domain.words import Gate

_COMPARED_DAYS = 800
_KEPT = 400_000


@cache
def _signature(department: str, first: date) -> tuple[str, tuple[date, ...]]:
    days = (first + timedelta(days=offset) for offset in range(_COMPARED_DAYS))
    return str(zone_of(department)), tuple(day for day in days if is_holiday(department, day))


def territories(departments: Iterable[str], begins: datetime) -> dict[str, str]:
    """For each department the one that speaks for it: of the same clock, and the same holidays from then on.

    Raises UnknownTerritory.
    """
    first: dict[tuple[str, tuple[date, ...]], str] = {}
    return {
        department: first.setdefault(_signature(department, begins.date()), department)
        for department in sorted(departments)
    }


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of half an hour at most in which the same territories are open all the time."""

    start: datetime
    end: datetime
    open: frozenset[str]

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


class Rules:
    """The dialer's own rules for one policy; each of their answers is kept, for they are pure and asked again and
    again."""

    def __init__(self, policy: ContactPolicy) -> None:
        self.policy = policy
        self._days: dict[tuple[date, frozenset[str]], list[Moment]] = {}
        self._tries: dict[object, schedule.NextTry] = {}
        self._gates: dict[object, list[Gate]] = {}
        self._believed: Beliefs | None = None
        self._best: dict[object, datetime] = {}
        self._first_calls: dict[tuple[str, datetime], datetime | None] = {}

    def moments(self, where: frozenset[str], begins: datetime, until: datetime) -> Iterator[Moment]:
        """Every open moment of these territories, in order of time."""
        day = begins.astimezone(UTC).date()
        while day <= until.date():
            key = (day, where)
            if key not in self._days:
                self._days[key] = list(self._of_day(where, day))
            for moment in self._days[key]:
                if moment.end > begins:
                    yield moment if moment.start >= begins else Moment(begins, moment.end, moment.open)
            day += timedelta(days=1)

    def _of_day(self, where: frozenset[str], day: date) -> Iterator[Moment]:
        first = datetime(day.year, day.month, day.day, tzinfo=UTC)
        edges = {first + HALF_HOUR * number for number in range(49)}
        for territory in where:
            for offset in (-1, 0, 1):
                for window in windows_on(self.policy, territory, day + timedelta(days=offset)):
                    edges |= {at for at in (window.start, window.end) if first <= at < first + timedelta(days=1)}
        in_order = sorted(edges)
        for start, end in pairwise(in_order):
            is_open = frozenset(one for one in where if closed_because(self.policy, one, start) is None)
            if is_open:
                yield Moment(start, end, is_open)

    def next_try(
        self,
        territory: str,
        now: datetime,
        disposition: Disposition,
        rang_at: tuple[datetime, ...],
        such_ends: int,
        callback: Window | None,
    ) -> schedule.NextTry:
        key = (territory, now, disposition, rang_at, such_ends, callback)
        found = self._tries.get(key)
        if found is None:
            found = schedule.next_try(self.policy, territory, now, disposition, rang_at, such_ends, callback)
            if len(self._tries) < _KEPT:
                self._tries[key] = found
        return found

    def closed(
        self,
        territory: str,
        now: datetime,
        rang_at: tuple[datetime, ...],
        not_before: datetime | None,
        callback: Window | None,
        announced_at: datetime | None,
        full: Gate | None,
        *,
        needs_announcement: bool,
    ) -> list[Gate]:
        told = announced_at if needs_announcement else None
        key = (territory, now, rang_at, not_before, callback, told, full, needs_announcement)
        found = self._gates.get(key)
        if found is None:
            found = closed_gates(
                self.policy,
                facts(territory, now, rang_at, not_before, callback, told, full, needs_announcement=needs_announcement),
            )
            if len(self._gates) < _KEPT:
                self._gates[key] = found
        return found

    def opens_at(
        self,
        territory: str,
        now: datetime,
        rang_at: Sequence[datetime],
        not_before: datetime | None,
        announced_at: datetime | None,
    ) -> datetime | None:
        return gates.opens_at(
            self.policy,
            facts(territory, now, rang_at, not_before, None, announced_at, None, needs_announcement=False),
        )

    def first_call(self, territory: str, announced_at: datetime) -> datetime | None:
        key = (territory, announced_at)
        if key not in self._first_calls:
            self._first_calls[key] = next_working_day(self.policy, territory, announced_at)
        return self._first_calls[key]

    def best(self, beliefs: Beliefs, group: Group, territory: str, earliest: datetime, *, same_half: bool) -> datetime:
        """The beginning of the half-hour that is believed best from a moment on; that moment when none is better."""
        if beliefs is not self._believed:
            self._believed, self._best = beliefs, {}
        key = (group, territory, earliest, same_half)
        if key not in self._best:
            windows: Iterable[Window] = best_time.windows_from(self.policy, territory, earliest)
            windows = best_time.in_same_half(windows, territory) if same_half else windows
            better = best_time.preferred(beliefs, group, best_time.candidates(windows, territory))
            self._best[key] = better[0].start if better else earliest
        return self._best[key]

    def opening(self, territory: str, after: datetime) -> datetime | None:
        return next_opening(self.policy, territory, after)


def facts(
    territory: str,
    now: datetime,
    rang_at: Sequence[datetime],
    not_before: datetime | None,
    callback: Window | None,
    announced_at: datetime | None,
    full: Gate | None,
    *,
    needs_announcement: bool,
) -> CallFacts:
    """What the gates ask of an invented person whose number may be used, in a campaign that runs."""
    return CallFacts(
        now=now,
        department=territory,
        campaign_running=True,
        suppressed=False,
        number="played",
        rang_at=rang_at,
        open_attempt=False,
        not_before=not_before,
        callback=callback,
        announced_at=announced_at,
        needs_announcement=needs_announcement,
        full=full,
    )
