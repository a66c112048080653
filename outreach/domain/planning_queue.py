"""Who is due in a plan, in the order in which the dialer takes them (decision 23)."""

from datetime import datetime
from heapq import heappop, heappush

from outreach.domain.planning_people import Person


class Queue:
    """People whose time has come, by department: those who asked to be called first, then the longest due."""

    def __init__(self) -> None:
        self._of: dict[str, list[tuple[bool, datetime, float, Person]]] = {}
        self.people: dict[str, float] = {}

    def add(self, person: Person) -> None:
        one = (person.callback is None, person.due, person.tie, person)
        heappush(self._of.setdefault(person.department, []), one)
        self.people[person.department] = self.people.get(person.department, 0.0) + person.weight

    def first(self, department: str) -> tuple[bool, datetime, float, str]:
        wished, due, tie, _ = self._of[department][0]
        return wished, due, tie, department

    def take(self, department: str) -> Person:
        person = heappop(self._of[department])[3]
        self.people[department] -= person.weight
        if not self._of[department]:
            del self._of[department], self.people[department]
        return person
