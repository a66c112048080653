"""One course of a plan: every contact played from moment to moment under the dialer's own rules (decision 23)."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from outreach.domain import schedule
from outreach.domain.answering import field_rate
from outreach.domain.calling_hours import Window, upcoming_windows
from outreach.domain.capacity import Expectation
from outreach.domain.dispositions import Disposition
from outreach.domain.gates import CAP_WINDOW, cap_opens_at, sms_gates
from outreach.domain.pace import between_two
from outreach.domain.planning import HORIZON, Cause, Plan
from outreach.domain.planning_absorption import Absorption
from outreach.domain.planning_calendar import Moment, Rules, territories
from outreach.domain.planning_people import Person, World, people_of
from outreach.domain.planning_queue import Queue
from outreach.domain.words import Gate

NOBODY_SECONDS = 20.0
"""From one call to the next on the same line, besides the ringing; as in domain/best_time.py."""

_WITHOUT_RINGING = 10.0
_ANSWERED_AFTER = 10.0
_NOBODY = 1e-6
_STUCK_AFTER = timedelta(days=10)
_WISHED_AMONG = 6
"""A time is asked for in one of the next so many windows: three days, when there are two a day [D]."""

_CAUSES = {Gate.ADVISERS_FULL: Cause.ADVISERS, Gate.VOLUNTEERS_FULL: Cause.VOLUNTEERS}


Tally = defaultdict[int, float]


@dataclass(slots=True)
class Course:
    """What came of it, in people and requests, by the day since `first_day`, the Monday of the first week.

    `waited`: by week, the people's seconds of open hours spent waiting for each cause.
    """

    first_day: datetime
    begins: datetime
    people: float
    over: int
    contacted: Tally = field(default_factory=lambda: defaultdict(float))
    reached: Tally = field(default_factory=lambda: defaultdict(float))
    requests: Tally = field(default_factory=lambda: defaultdict(float))
    calls: Tally = field(default_factory=lambda: defaultdict(float))
    sms: Tally = field(default_factory=lambda: defaultdict(float))
    waited: dict[int, dict[Cause, float]] = field(default_factory=dict)
    ends: list[tuple[datetime, float]] = field(default_factory=list)
    """When people were contacted, in order of time, and how many."""
    desk_clear_at: datetime | None = None
    """When the advisers have brought the last request to an end."""

    def day(self, at: datetime) -> int:
        return (at - self.first_day) // timedelta(days=1)

    def when(self, part: float) -> datetime | None:
        """When so large a part of everybody was contacted; None when it never was."""
        wanted = part * (self.people + self.over) - self.over
        if wanted <= 0:
            return self.begins
        total = 0.0
        for at, weight in self.ends:
            total += weight
            if total >= wanted - 1e-6:
                return at
        return None


class Placed(NamedTuple):
    """One call that was played, for whoever judges it."""

    person: Person
    at: datetime
    rang: bool
    wished: bool


class Run:
    """`rules`: kept from one run of the same policy to the next. `see`: told every call, for whoever judges."""

    def __init__(
        self, plan: Plan, seed: int, rules: Rules | None = None, see: Callable[[Placed], None] = lambda _: None
    ) -> None:
        self._plan, self._policy, self._seed, self._see = plan, plan.policy, seed, see
        self._rules = rules if rules is not None else Rules(plan.policy)
        self._territory = territories(plan.cohort.departments, plan.begins)
        self._world = World(plan.rates, seed)
        expected = Expectation(self._world.request * field_rate(0), self._world.request)
        self._absorbs = Absorption(plan.desk, plan.volunteers, self._territory, expected)
        self._to_call, self._to_text = Queue(), Queue()
        self._later: list[tuple[datetime, float, Person]] = []
        self._later_people = self._left = 0.0
        self._lines = self._pace = self._texts = 0.0
        self._acted_at = plan.begins
        stands_for = round(plan.cohort.people / min(plan.cohort.people, plan.sample))
        self._others_ringing = min(plan.policy.calls_at_once, stands_for) - 1
        self._course = Course(plan.first_day, plan.begins, float(plan.cohort.people), plan.cohort.over)

    def play(self) -> Course:
        """From the beginning until nobody is left to call, or for two years."""
        for person in people_of(self._plan, self._territory, self._seed):
            self._left += person.weight
            if person.contacted:
                self._course.ends.append((self._plan.begins, person.weight))
            self._wait(person, person.due)
        where, last = frozenset(self._territory.values()), self._plan.begins
        for moment in self._rules.moments(where, self._plan.begins, self._plan.begins + HORIZON):
            self._absorbs.pass_until(moment.start)
            while self._later and self._later[0][0] < moment.end:
                person = heappop(self._later)[2]
                self._later_people -= person.weight
                (self._to_text if self._is_to_be_told(person) else self._to_call).add(person)
            self._send(moment)
            self._call(moment)
            self._see_who_waits(moment)
            if self._left < _NOBODY or self._is_stuck(moment.start):
                break
            last = moment.end
        self._course.ends.sort()
        self._course.desk_clear_at = self._absorbs.clear_at(last)
        return self._course

    def _is_stuck(self, now: datetime) -> bool:
        """Nothing can open any more: no request is left to be handled, no place comes free."""
        if now - self._acted_at < _STUCK_AFTER or self._later:
            return False
        return self._absorbs.open_requests < 1 and not self._plan.volunteers.a_month

    def _wait(self, person: Person, due: datetime) -> None:
        person.due = due
        self._later_people += person.weight
        heappush(self._later, (due, person.tie, person))

    def _is_to_be_told(self, person: Person) -> bool:
        return self._needs_announcement(person) and person.announced_at is None

    def _needs_announcement(self, person: Person) -> bool:
        return self._policy.announce_sms and person.is_mobile and person.callback is None

    # Who is open to calls or SMS, in the dialer's order.

    def _in_order(
        self, queue: Queue, moment: Moment, gate: Callable[[str], Gate | None], room: Callable[[], bool]
    ) -> Iterator[Person]:
        heads = [queue.first(one) for one in queue.people if self._territory[one] in moment.open]
        heapify(heads)
        while heads and room():
            not_wished, due, _, department = heappop(heads)
            if due >= moment.end or (gate(department) is not None and not_wished):
                continue
            yield queue.take(department)
            if department in queue.people:
                heappush(heads, queue.first(department))

    # SMS that announce the first call

    def _send(self, moment: Moment) -> None:
        each = between_two(self._policy.sms_per_second).total_seconds()
        self._texts = min(0.0, self._texts) + moment.seconds / each
        if not self._to_text.people:
            return
        for person in self._in_order(self._to_text, moment, self._stopped, lambda: self._texts > 0):
            at = max(moment.start, person.due)
            closed = sms_gates(
                self._policy, at, person.territory, suppressed=False, running=True, unanswered=person.unanswered_sms
            )
            if Gate.UNANSWERED_SMS not in closed:
                if closed:
                    self._wait_for_opening(person, moment.end)
                    continue
                self._texts -= person.weight
                self._course.sms[self._course.day(at)] += person.weight
                person.unanswered_sms += 1
            self._acted_at = at
            person.announced_at = at
            first = self._rules.first_call(person.territory, at)
            self._wait(person, self._best(person, first) if first is not None else at + timedelta(days=1))

    def _stopped(self, department: str) -> Gate | None:
        return self._absorbs.stopped_by(department) if self._policy.pace_by_capacity else None

    # Calls

    def _gate(self, department: str) -> Gate | None:
        """No more of those whom one person stands for ring at once than there are lines."""
        if not self._policy.pace_by_capacity:
            return None
        return self._absorbs.gate(department, self._others_ringing)

    def _call(self, moment: Moment) -> None:
        each = between_two(self._policy.calls_per_second).total_seconds()
        self._lines = min(0.0, self._lines) + moment.seconds * self._policy.calls_at_once
        self._pace = min(0.0, self._pace) + moment.seconds / each * self._plan.callers
        if not self._to_call.people:
            return
        for person in self._in_order(self._to_call, moment, self._gate, lambda: self._lines > 0 and self._pace > 0):
            at = max(moment.start, person.due)
            closed = self._rules.closed(
                person.territory, at, person.rang_at, person.due, person.callback, person.announced_at,
                self._gate(person.department), needs_announcement=self._needs_announcement(person),
            )  # fmt: skip
            if closed:
                self._hold(person, at, moment)
                continue
            self._acted_at = at
            self._pace -= person.weight
            self._course.calls[self._course.day(at)] += person.weight
            self._lines -= person.weight * (NOBODY_SECONDS + self._one_call(person, at))

    def _hold(self, person: Person, at: datetime, moment: Moment) -> None:
        again = self._rules.opens_at(person.territory, at, person.rang_at, person.due, person.announced_at)
        if again is None:
            self._over(person, at)
        else:
            self._wait(person, max(again, moment.end))

    def _wait_for_opening(self, person: Person, after: datetime) -> None:
        again = self._rules.opening(person.territory, after)
        self._wait(person, again if again is not None else after + timedelta(days=1))

    def _one_call(self, person: Person, at: datetime) -> float:
        """Plays a call and what follows from it; how many seconds it holds a line."""
        # As many lots for each call whatever comes of it: other lines or advisers leave everybody their luck.
        number, line, answer, outcome, later = (person.chance.random() for _ in range(5))
        rates = self._plan.rates
        invalid = 0.0 if person.tried_number else rates.invalid
        person.tried_number = True
        rang = number >= invalid + rates.never_rang
        self._see(Placed(person, at, rang, person.callback is not None and at in person.callback))
        if number < invalid:
            self._try_other_number(person, at, line < rates.second_number)
            return _WITHOUT_RINGING
        if not rang:
            self._did_not_ring(person, at, Disposition.BUSY if line < 0.5 else Disposition.UNREACHABLE, later)
            return _WITHOUT_RINGING
        answered = answer < self._world.answers(person, at)
        person.rang_at = (*(ring for ring in person.rang_at if ring > at - CAP_WINDOW), at)
        person.callback = None
        if not answered:
            self._missed(person, at, later)
            return float(self._policy.ring_seconds)
        self._answered(person, at, outcome, later)
        return _ANSWERED_AFTER + rates.talk_seconds

    def _try_other_number(self, person: Person, at: datetime, there_is_one: bool) -> None:
        person.announced_at = None
        person.ends.clear()
        if there_is_one:
            self._wait_for_opening(person, at + schedule.SOONEST)
        else:
            self._over(person, at)

    def _did_not_ring(self, person: Person, at: datetime, disposition: Disposition, lot: float) -> None:
        again = self._next_try(person, at, disposition)
        if again.at is not None:
            self._wait(person, again.at)
        elif again.next_number:
            self._try_other_number(person, at, lot < self._plan.rates.second_number)
        else:
            self._over(person, at)

    def _next_try(self, person: Person, at: datetime, disposition: Disposition) -> schedule.NextTry:
        return self._rules.next_try(
            person.territory, at, disposition, person.rang_at, person.ended(disposition), person.callback
        )

    def _missed(self, person: Person, at: datetime, lot: float) -> None:
        person.misses += 1
        again = self._next_try(person, at, Disposition.NO_ANSWER)
        if self._is_invited(person, over=again.at is None):
            person.invited = True
            person.unanswered_sms += 1
            self._texts -= person.weight
            self._course.sms[self._course.day(at)] += person.weight
            if lot < self._world.invitation:
                # They write: a conversation that ends as an answered call does, but for those that end in nothing.
                ends = self._world.request + self._world.settled
                self._brings(person, at, self._world.request / ends)
                self._contacted(person, at)
                self._over(person, at)
                return
        if again.at is None:
            self._over(person, at)
        else:
            self._wait(person, self._best(person, again.at, again.windows))

    def _is_invited(self, person: Person, *, over: bool) -> bool:
        return (
            self._plan.answerable
            and person.is_mobile
            and not person.invited
            and person.unanswered_sms < self._policy.unanswered_sms
            and schedule.invites(Disposition.NO_ANSWER, person.misses, over=over)
        )

    def _answered(self, person: Person, at: datetime, lot: float, later: float) -> None:
        world = self._world
        # All whom this one stands for are not of one mind: the desk gets what their answers bring on average.
        self._brings(person, at, world.request)
        person.known = True
        if lot < world.request + world.settled:
            self._contacted(person, at)
            self._over(person, at)
        elif lot < world.request + world.settled + world.callback:
            self._contacted(person, at)
            self._call_back(person, at, later)
        else:
            again = self._next_try(person, at, Disposition.HUNG_UP)
            if again.at is None:
                self._over(person, at)
            else:
                self._wait(person, again.at)

    def _call_back(self, person: Person, at: datetime, lot: float) -> None:
        """At a time of the next days, by lot, as the rules let a wish stand."""
        windows = []
        for window in upcoming_windows(self._policy, person.territory, at + timedelta(hours=2)):
            windows.append(window)
            if len(windows) == _WISHED_AMONG:
                break
        if not windows:
            self._over(person, at)
            return
        window = windows[int(lot * len(windows))]
        begins = max(window.start, at + timedelta(hours=2))
        wanted = Window(begins, min(window.end, begins + timedelta(hours=2)))
        wanted = schedule.put_off(wanted, cap_opens_at(self._policy, at, person.rang_at))
        agreed = schedule.callback_window(self._policy, person.territory, at, wanted)
        if agreed is None:
            # An adviser calls those whom the agent may not call within the policy's days.
            self._brings(person, at, 1.0)
            self._over(person, at)
            return
        person.callback = agreed
        self._wait(person, agreed.start)

    def _best(self, person: Person, earliest: datetime, windows: tuple[Window, ...] = ()) -> datetime:
        """The half-hour that is believed best where the policy looks for one; the dialer draws about it."""
        beliefs = self._plan.rates.answers.beliefs
        if not self._policy.best_time or not beliefs.evidence:
            return earliest
        return self._rules.best(beliefs, person.group, person.territory, earliest, same_half=bool(windows))

    # What is counted

    def _brings(self, person: Person, at: datetime, requests: float) -> None:
        self._absorbs.add(person.department, person.weight * requests)
        self._course.requests[self._course.day(at)] += person.weight * requests

    def _contacted(self, person: Person, at: datetime) -> None:
        self._course.reached[self._course.day(at)] += person.weight
        self._end(person, at)

    def _over(self, person: Person, at: datetime) -> None:
        self._left -= person.weight
        self._end(person, at)

    def _end(self, person: Person, at: datetime) -> None:
        if not person.contacted:
            person.contacted = True
            self._course.contacted[self._course.day(at)] += person.weight
            self._course.ends.append((at, person.weight))

    def _see_who_waits(self, moment: Moment) -> None:
        waited = self._course.waited.setdefault(self._course.day(moment.start) // 7, dict.fromkeys(Cause, 0.0))
        for queue, gate, without in (
            (self._to_call, self._gate, Cause.LINES),
            (self._to_text, self._stopped, Cause.SMS),
        ):
            for department, people in queue.people.items():
                if self._territory[department] in moment.open:
                    full = gate(department)
                    waited[_CAUSES[full] if full is not None else without] += people * moment.seconds
        waited[Cause.RULES] += self._later_people * moment.seconds
