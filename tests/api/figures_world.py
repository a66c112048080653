"""A campaign that has run, its attempts and conversations drawn with a seed, and the same facts as plain records."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from outreach.database.models import Attempt, Contact, Conversation, Turn
from outreach.domain.words import AttemptStatus, Channel, ContactState, Direction, Outcome, Purpose, Question, Speaker
from outreach.services import campaigns
from tests.api.world import CAMPAIGN, Desk
from tests.factories import a_mobile, a_patient

ZONES = {"94": "Europe/Paris", "38": "Europe/Paris", "974": "Indian/Reunion"}
POSTAL_CODES = {"94": "94800", "38": "38000", "974": "97400"}
ASKED = (Question.BIRTH_DATE, Question.CONSENT_ASSISTANCE, Question.MOBILITY)


@dataclass(frozen=True, slots=True)
class Fact:
    """One call, as a reader of the carrier's bill and of the transcripts would tell it."""

    person: UUID
    department: str
    number: int
    at: datetime
    rang: bool
    human: bool
    right_party: bool
    outcome: Outcome | None
    questions: tuple[Question, ...]

    def group(self, by: str) -> str:
        local = self.at.astimezone(ZoneInfo(ZONES[self.department]))
        return {
            "attempt": f"{self.number:02d}",
            "hour": f"{local.hour:02d}:{local.minute // 30 * 30:02d}",
            "day": local.date().isoformat(),
            "department": self.department,
            "channel": "voice",
        }[by]


def a_campaign_that_ran(
    desk: Desk, seed: int, departments: tuple[str, ...] = ("94",) * 5 + ("38", "974")
) -> list[Fact]:
    """A hundred people, up to three calls each."""
    chance, facts = random.Random(seed), []
    rows: dict[type, list[Any]] = {Contact: [], Attempt: [], Conversation: [], Turn: []}
    with desk.runtime.transaction() as session:
        campaign = campaigns.get(session, CAMPAIGN)
        for _ in range(100):
            department = chance.choice(departments)
            phones = (a_mobile(),) if chance.random() < 0.96 else ()
            patient = a_patient(
                session, desk.now, phones=phones, postal_code=POSTAL_CODES[department], department=department
            )
            contact = Contact(
                id=uuid4(),
                campaign_id=campaign.id,
                patient_id=patient.id,
                state=ContactState.EXHAUSTED if phones else ContactState.NO_PHONE,
                created_at=desk.now,
                updated_at=desk.now,
            )
            rows[Contact].append(contact)
            for number in range(1, 1 + (chance.randint(0, 3) if phones else 0)):
                fact = _draw(chance, patient.id, department, number, desk.now)
                facts.append(fact)
                for row in _rows(fact, contact):
                    rows[type(row)].append(row)
        # One table after the other, in the order of their keys.
        for of_a_table in rows.values():
            session.add_all(of_a_table)
            session.flush()
    return facts


def _draw(chance: random.Random, person: UUID, department: str, number: int, now: datetime) -> Fact:
    at = now.astimezone(UTC) + timedelta(days=2 * number, minutes=chance.randint(0, 150))
    rang = chance.random() < 0.9
    human = rang and chance.random() < 0.6
    right_party = human and chance.random() < 0.8
    outcome = chance.choice([Outcome.ACCEPTED, Outcome.REFUSED, Outcome.OPTED_OUT, Outcome.ABANDONED])
    asked = ASKED[: chance.randint(1, 3)]
    if not right_party:
        return Fact(person, department, number, at, rang, human, False, None, ())
    return Fact(person, department, number, at, rang, human, True, outcome, asked)


def _rows(fact: Fact, contact: Contact) -> Iterator[Attempt | Conversation | Turn]:
    attempt = Attempt(
        id=uuid4(),
        contact_id=contact.id,
        patient_id=fact.person,
        campaign_id=contact.campaign_id,
        channel=Channel.VOICE,
        direction=Direction.OUTBOUND,
        purpose=Purpose.CALL,
        number="+33639980000",
        caller="+33162000001",
        status=AttemptStatus.ENDED,
        rang=fact.rang,
        human_answered=fact.human,
        right_party=fact.right_party,
        claimed_at=fact.at,
        placed_at=fact.at,
        claimed_wall=fact.at,
        heard_wall=fact.at,
    )
    yield attempt
    if fact.outcome is None:
        return
    talk = Conversation(
        id=uuid4(),
        attempt_id=attempt.id,
        patient_id=fact.person,
        contact_id=contact.id,
        channel=Channel.VOICE,
        started_at=fact.at,
        ended_at=fact.at,
        outcome=fact.outcome,
        dialogue={},
    )
    yield talk
    for position, question in enumerate(fact.questions):
        yield Turn(
            conversation_id=talk.id, position=position, speaker=Speaker.AGENT, text="?", asks=question, at=fact.at
        )


Cells = dict[tuple[str, str], int]


def counted(facts: list[Fact], by: str) -> tuple[Cells, Cells]:
    """By group and column: how many calls, and how many people, counted one by one."""
    calls: Counter[tuple[str, str]] = Counter()
    people: dict[tuple[str, str], set[UUID]] = {}
    for fact in facts:
        holds = {
            "placed": True,
            "rang": fact.rang,
            "human_answered": fact.human,
            "right_party": fact.right_party,
            "accepted": fact.outcome is Outcome.ACCEPTED,
            "refused": fact.outcome in {Outcome.REFUSED, Outcome.OPTED_OUT},
        }
        for column, held in holds.items():
            for group in (fact.group(by), "total"):
                calls[group, column] += held
                people.setdefault((group, column), set()).update({fact.person} if held else ())
    return dict(calls), {cell: len(who) for cell, who in people.items()}
