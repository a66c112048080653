"""The simulated people of the network: who has which number, and the files that a campaign would get of them."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox.invent import invent_people
from sandbox.line import CallAct, CallPlan, Persona, Reply, SmsAct
from sandbox.person import Person
from sandbox.physicians import invent_physicians
from sandbox.speech import plain
from sandbox.talk import Talk

__all__ = ["Person", "SimulatedPeople", "invent_people", "invent_physicians", "write_patients_csv"]

COLUMNS = (
    "reference", "civility", "last_name", "first_name", "birth_date", "phone_1", "phone_2", "postal_code", "insee_code",
    "fund", "ehpad_finess", "legal_protection", "objected", "regular_physician_rpps", "language",
)  # fmt: skip


class Household:
    """Several people on one line: whoever is asked for comes to the telephone."""

    def __init__(self, members: tuple[Person, ...]) -> None:
        self._members = members

    @property
    def reference(self) -> str:
        return self._members[0].reference

    @property
    def numbers(self) -> tuple[str, ...]:
        return self._members[0].numbers

    @property
    def manual(self) -> bool:
        return any(member.manual for member in self._members)

    def plan_call(self, number: str, call_index: int, at: datetime) -> CallPlan:
        return self._members[0].plan_call(number, call_index, at)

    def converse(self, number: str, call_index: int) -> "_HouseholdTalk":
        return _HouseholdTalk([(member, member.converse(number, call_index)) for member in self._members])

    def on_sms(self, body: str, index: int, at: datetime) -> list[SmsAct | CallAct]:
        return self._members[0].on_sms(body, index, at)


class _HouseholdTalk:
    def __init__(self, talks: list[tuple[Person, Talk]]) -> None:
        self._talks = talks
        self._speaking = talks[0][1]

    def hear(self, text: str, expects_digits: bool) -> Reply:
        said = plain(text)
        for member, talk in self._talks:
            title = {"M": "monsieur", "MME": "madame"}.get(member.civility, plain(member.first_name))
            if f"{title} {plain(member.last_name)}" in said:
                self._speaking = talk
        return self._speaking.hear(text, expects_digits)


class SimulatedPeople:
    """The directory of the simulated network."""

    def __init__(self, people: Iterable[Person] = ()) -> None:
        self._people: dict[str, Person] = {}
        self._by_number: dict[str, tuple[Person, ...]] = {}
        self._keep(people)

    def load(self, people: list[dict[str, Any]]) -> None:
        """Adds people, or replaces those of the same reference. Raises ValueError with one sentence."""
        self._keep([Person.from_document(document) for document in people])

    def find(self, number: str) -> Persona | None:
        members = self._by_number.get(number, ())
        if not members:
            return None
        return members[0] if len(members) == 1 else Household(members)

    def documents(self) -> list[dict[str, Any]]:
        return [person.document() for person in self._people.values()]

    def _keep(self, people: Iterable[Person]) -> None:
        self._people |= {person.reference: person for person in people}
        self._by_number = {}
        for person in self._people.values():
            for number in person.numbers:
                self._by_number[number] = (*self._by_number.get(number, ()), person)


def write_patients_csv(people: Iterable[Person], path: Path) -> None:
    """The file of a campaign, in the contract's columns, with numbers as people write them."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(_row(person) for person in people)


def _row(person: Person) -> Mapping[str, str]:
    phones = [_nationally(number) for number in person.numbers]
    return {
        "reference": person.reference,
        "civility": person.civility,
        "last_name": person.last_name,
        "first_name": person.first_name,
        "birth_date": person.birth_date.isoformat(),
        "phone_1": phones[0] if phones else "",
        "phone_2": phones[1] if len(phones) > 1 else "",
        "postal_code": person.postal_code,
        "insee_code": person.insee_code,
        "fund": person.fund,
        "ehpad_finess": person.ehpad_finess,
        "legal_protection": "oui" if person.legal_protection else "non",
        "objected": "oui" if person.objected else "non",
        "regular_physician_rpps": person.regular_physician_rpps,
        "language": person.language,
    }


def _nationally(number: str) -> str:
    return "0" + number.removeprefix("+33")
