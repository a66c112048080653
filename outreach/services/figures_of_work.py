"""The figures of what is handed over: how fast, and how much there is of it for the advisers. Small cells masked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from outreach.database.repositories import figures
from outreach.domain.rates import EVERYWHERE, Breakdown, Delay
from outreach.domain.rates_masking import SMALLEST_CELL, shown_of_whole
from outreach.domain.territories import DEPARTMENTS
from outreach.runtime import Session
from outreach.services import campaigns, figure_publications
from outreach.services.figure_keeping import bring_up_to_date
from outreach.services.figure_publishing import Published

_PARIS = ZoneInfo("Europe/Paris")
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DepartmentLoad:
    """Requests of a department. `arrived` and `closed`: in the last seven days, today included. None is masked.

    `advisers`: those who serve it, with others or not.
    """

    open: int | None
    arrived: int | None
    closed: int | None
    advisers: int

    @property
    def per_adviser(self) -> float | None:
        """Open requests for each of its advisers; None without any, or when masked."""
        return self.open / self.advisers if self.open is not None and self.advisers else None


def handover(session: Session, name: str | None, now: datetime) -> dict[str, int | None]:
    """How many requests were first acted on in time, late, or not yet, by `Delay`; None is masked.

    A request that waits is overdue from the hour after the one in which it was due. `name`: None for all requests.
    """
    campaign_id = EVERYWHERE if name is None else campaigns.id_of(session, name)
    published = figure_publications.current(session)
    hour = f"{now.astimezone(UTC):%Y-%m-%d %H}"
    counts, people = published.of(campaign_id).made(_delays, hour)
    if campaign_id != EVERYWHERE:
        return _shown(counts, people)
    hidden = {Delay(delay) for delay, count in _shown(counts, people).items() if count is None}
    rest = dict(people)
    for one in published.each().values():
        of_one = one.made(_delays, hour)
        hidden |= {Delay(delay) for delay, count in _shown(*of_one).items() if count is None}
        rest = {delay: count - of_one[1][delay] for delay, count in rest.items()}
    # Of no campaign: who called on their own. Nobody may be told by the others, nor by the sum of all.
    hidden |= {delay for delay, count in rest.items() if 0 < count < SMALLEST_CELL}
    if len(hidden) == 1:
        hidden.add(min((one for one in Delay if one not in hidden), key=lambda one: (not people[one], people[one])))
    return {delay.value: None if delay in hidden else counts[delay] for delay in Delay}


def _delays(published: Published, hour: str) -> tuple[Mapping[Delay, int], Mapping[Delay, int]]:
    """Requests, and people, by delay."""
    counts, people = dict.fromkeys(Delay, 0), dict.fromkeys(Delay, 0)
    for label, _, count, persons in published.sums.get(Breakdown.HANDOVER.value, ()):
        delay = Delay(label.split(" ")[0])
        if delay is Delay.WAITING and label.removeprefix(f"{Delay.WAITING.value} ") < hour:
            delay = Delay.OVERDUE
        counts[delay] += count
        people[delay] += persons
    return counts, people


def _shown(counts: Mapping[Delay, int], people: Mapping[Delay, int]) -> dict[str, int | None]:
    fit = shown_of_whole(people)
    return {delay.value: None if fit[delay] is None else counts[delay] for delay in Delay}


def load(session: Session, now: datetime) -> dict[str, DepartmentLoad]:
    """By department, what there is for advisers to do, over all campaigns."""
    bring_up_to_date(session)
    first = f"{(now.astimezone(_PARIS) - _WEEK + timedelta(days=1)):%Y-%m-%d}"
    people: dict[tuple[str, Breakdown], int] = {}
    counts: dict[tuple[str, Breakdown], int] = {}
    for breakdown, department, count, persons in figures.work(session, first):
        cell = (department, Breakdown(breakdown))
        counts[cell], people[cell] = int(count), int(persons)
    # Over the departments, each of the three may be known from elsewhere.
    fit: dict[tuple[str, Breakdown], int | None] = {}
    for breakdown in (Breakdown.OPEN, Breakdown.OPENED, Breakdown.CLOSED):
        fit |= shown_of_whole({cell: count for cell, count in people.items() if cell[1] is breakdown})

    def shown(department: str, breakdown: Breakdown) -> int | None:
        cell = (department, breakdown)
        return None if fit.get(cell, 0) is None else counts.get(cell, 0)

    advisers = _advisers(session)
    return {
        department: DepartmentLoad(
            shown(department, Breakdown.OPEN),
            shown(department, Breakdown.OPENED),
            shown(department, Breakdown.CLOSED),
            advisers[department],
        )
        for department in sorted(DEPARTMENTS)
    }


def _advisers(session: Session) -> dict[str, int]:
    everywhere, serving = 0, dict.fromkeys(DEPARTMENTS, 0)
    for departments in (row[0] for row in figures.advisers_by_department(session)):
        if not departments:
            everywhere += 1
        for department in departments:
            if department in serving:
                serving[department] += 1
    return {department: count + everywhere for department, count in serving.items()}
