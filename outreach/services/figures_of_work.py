"""The figures of what is handed over: how fast, and how much there is of it for the advisers. Small cells masked."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from outreach.database.repositories import figures
from outreach.domain.rates import EVERYWHERE, Breakdown, Delay
from outreach.domain.rates_masking import hidden_cells
from outreach.domain.territories import DEPARTMENTS
from outreach.runtime import Session
from outreach.services import campaigns
from outreach.services.figure_keeping import bring_up_to_date

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
    campaign_id = EVERYWHERE if name is None else campaigns.get(session, name).id
    bring_up_to_date(session)
    hour = f"{now.astimezone(UTC):%Y-%m-%d %H}"
    counts, people = dict.fromkeys(Delay, 0), dict.fromkeys(Delay, 0)
    for label, _, count, persons in figures.sums(session, campaign_id, Breakdown.HANDOVER):
        delay = Delay(label.split(" ")[0])
        if delay is Delay.WAITING and label.removeprefix(f"{Delay.WAITING.value} ") < hour:
            delay = Delay.OVERDUE
        counts[delay] += count
        people[delay] += persons
    hidden = hidden_cells(people, [])
    return {delay.value: None if delay in hidden else counts[delay] for delay in Delay}


def load(session: Session, now: datetime) -> dict[str, DepartmentLoad]:
    """By department, what there is for advisers to do, over all campaigns."""
    bring_up_to_date(session)
    first = f"{(now.astimezone(_PARIS) - _WEEK + timedelta(days=1)):%Y-%m-%d}"
    people: dict[tuple[str, Breakdown], int] = {}
    counts: dict[tuple[str, Breakdown], int] = {}
    for breakdown, since in ((Breakdown.OPEN, None), (Breakdown.OPENED, first), (Breakdown.CLOSED, first)):
        for label, _, count, persons in figures.sums(session, EVERYWHERE, breakdown, since):
            cell = (label.split(" ")[-1], breakdown)
            counts[cell] = counts.get(cell, 0) + count
            people[cell] = people.get(cell, 0) + persons
    hidden = hidden_cells(people, [])

    def shown(department: str, breakdown: Breakdown) -> int | None:
        cell = (department, breakdown)
        return None if cell in hidden else counts.get(cell, 0)

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
