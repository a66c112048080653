"""What advisers and volunteers absorb while a plan is played: the dialer's own brakes over invented requests."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from outreach.domain.calling_hours import local
from outreach.domain.capacity import Capacity, Expectation, Load, Team
from outreach.domain.planning import ADVISERS_DAYS, HORIZON, Desk, Volunteers
from outreach.domain.words import Gate
from outreach.domain.working_days import is_working_day

_OFFICE_BEGINS, _OFFICE_ENDS = time(9), time(17)
_DAYS_OF_A_MONTH = 365.25 / 12
_BOUNDLESS = Team(None, 1_000_000_000)


def worked_days(since: datetime, until: datetime) -> float:
    """How many working days of advisers lie between two instants, in parts of a day."""
    total, day = 0.0, local(since, ADVISERS_DAYS).date()
    zone = local(since, ADVISERS_DAYS).tzinfo
    last = local(until, ADVISERS_DAYS).date()
    while day <= last:
        if is_working_day(ADVISERS_DAYS, day):
            begins = datetime.combine(day, _OFFICE_BEGINS, zone)
            ends = datetime.combine(day, _OFFICE_ENDS, zone)
            overlap = min(ends, until) - max(begins, since)
            total += max(0.0, overlap / (ends - begins))
        day += timedelta(days=1)
    return total


class Absorption:
    """Open requests and volunteers' places, in parts of a request: one who is played stands for many."""

    def __init__(self, desk: Desk, volunteers: Volunteers, departments: Iterable[str], expected: Expectation) -> None:
        self._desk, self._volunteers, self._expected = desk, volunteers, expected
        self._shared_out = sorted(desk.teams, key=lambda team: team.departments is None)
        self._teams = [Team(team.departments, round(team.number * desk.at_once)) for team in self._shared_out]
        everywhere = set(departments) | desk.open_requests.keys()
        self._serving = {
            department: tuple(index for index, team in enumerate(self._teams) if team.serves(department))
            for department in everywhere
        }
        # Departments that the same teams serve are one to the desk: its requests may be dealt out together.
        speaks: dict[tuple[int, ...], str] = {}
        self._zone = {
            department: speaks.setdefault(serving, department) for department, serving in sorted(self._serving.items())
        }
        self._open = dict.fromkeys(speaks.values(), 0.0)
        self._waiting = dict.fromkeys(volunteers.places, 0.0)
        self._places = {department: float(places) for department, places in volunteers.places.items()}
        for department, count in desk.open_requests.items():
            self.add(department, count)
        self._advisers_gates: dict[tuple[str, int | None], Gate | None] = {}
        self._volunteers_gates: dict[tuple[str, int | None], Gate | None] = {}
        self._since: datetime | None = None
        self.handled = 0.0

    @property
    def open_requests(self) -> float:
        return sum(self._open.values())

    def clear_at(self, now: datetime) -> datetime | None:
        """When the advisers have brought every request to an end, if no other comes; None: not within two years."""
        for _ in range(HORIZON.days):
            if self.open_requests < 1:
                return now
            now += timedelta(days=1)
            self.pass_until(now)
        return None

    def add(self, department: str, requests: float) -> None:
        self._open[self._zone[department]] += requests
        self._advisers_gates = {}
        if department in self._waiting:
            self._waiting[department] += requests
            self._volunteers_gates = {}

    def pass_until(self, now: datetime) -> None:
        """Advisers bring requests to an end, volunteers take their part of them, places come free."""
        since, self._since = self._since or now, now
        days = worked_days(since, now)
        if days and self.open_requests > 0:
            for index, team in enumerate(self._shared_out):
                self._handle(index, team.number * self._desk.handled_a_day * days)
            self._advisers_gates, self._volunteers_gates = {}, {}
        if self._volunteers.a_month and now > since:
            part = self._volunteers.a_month * ((now - since) / timedelta(days=_DAYS_OF_A_MONTH))
            whole = self._volunteers.number
            for department, places in self._volunteers.places.items():
                self._places[department] += part * places / whole if whole else 0.0
            self._volunteers_gates = {}

    def _handle(self, index: int, can: float) -> None:
        served = [zone for zone in self._open if index in self._serving[zone] and self._open[zone] > 0]
        there = sum(self._open[zone] for zone in served)
        if there <= 0:
            return
        part = min(1.0, can / there)
        for zone in served:
            self.handled += self._open[zone] * part
            self._open[zone] *= 1 - part
        for department, waiting in self._waiting.items():
            if waiting > 0 and self._zone.get(department) in served:
                ended = waiting * part
                taken = min(self._places[department], ended * self._volunteers.taken)
                self._waiting[department] -= ended
                self._places[department] -= taken

    def gate(self, department: str, ringing: int) -> Gate | None:
        """Why no call may begin in a department while so many ring there."""
        return self._asked(department, ringing)

    def stopped_by(self, department: str) -> Gate | None:
        """Why not even an SMS may go out there."""
        return self._asked(department, None)

    def _asked(self, department: str, ringing: int | None) -> Gate | None:
        zone = self._zone[department]
        if (zone, ringing) not in self._advisers_gates:
            loads = {one: Load(open_requests=round(count)) for one, count in self._open.items()}
            loads[zone] = Load(open_requests=loads[zone].open_requests, ringing=ringing or 0)
            self._advisers_gates[zone, ringing] = self._told(
                Capacity(self._teams, loads, self._expected), zone, ringing
            )
        full = self._advisers_gates[zone, ringing]
        if full is not None or department not in self._waiting:
            return full
        if (department, ringing) not in self._volunteers_gates:
            load = Load(0, round(self._waiting[department]), int(self._places[department]), ringing or 0)
            alone = Capacity([_BOUNDLESS], {department: load}, self._expected)
            self._volunteers_gates[department, ringing] = self._told(alone, department, ringing)
        return self._volunteers_gates[department, ringing]

    @staticmethod
    def _told(capacity: Capacity, department: str, ringing: int | None) -> Gate | None:
        return capacity.stopped_by(department) if ringing is None else capacity.gate(department)
