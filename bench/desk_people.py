"""An invented desk: a team, and as many people who wait as one likes."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb
from sqlalchemy import text

from bench import register
from outreach.database.models import Patient, PhoneNumber
from outreach.domain import service_levels
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import (
    ConsentKind,
    ConsentState,
    Mobility,
    NumberKind,
    Outcome,
    Question,
    RequestKind,
    RequestStatus,
    Role,
)
from outreach.places import Place
from outreach.runtime import Runtime, Session
from outreach.services import accounts, campaigns, conversations, rehearsal, requests

PASSWORD = "an invented password"
SITES = 60_000
_LOOKED_AT = 40
_TURNS = 8
_KINDS = [RequestKind.MATCHING] * 92 + [RequestKind.HUMAN] * 4 + [RequestKind.IDENTITY] * 3 + [RequestKind.EMERGENCY]
_MOBILITIES = (
    [Mobility.AUTONOMOUS] * 60 + [Mobility.ACCOMPANIED] * 25 + [Mobility.WHEELCHAIR] * 10 + [Mobility.HOME_VISIT] * 5
)
_PATIENTS = (
    "id, reference, civility, last_name, first_name, birth_date, postal_code, department, legal_protection, objected,"
    " invented, created_at, updated_at"
)
_REQUESTS = (
    "id, patient_id, kind, status, department, mobility, max_travel_minutes, area, callback_from, callback_to,"
    " created_at, rank, due_at"
)


def settle(runtime: Runtime, how_many: int, advisers: int) -> list[str]:
    """A team and its queue; the addresses of some requests that come from whole conversations."""
    now = runtime.clock.now()
    with runtime.transaction() as session:
        campaigns.create(session, "bench", ContactPolicy(announce_sms=False), None, now, by="bench")
        logins = [(f"conseil{n:02}", Role.ADVISER) for n in range(advisers)]
        for login, role in (*logins, ("superviseur", Role.SUPERVISOR), ("administratrice", Role.ADMINISTRATOR)):
            accounts.create(session, login, PASSWORD, role, now, by="bench")
    _fill(runtime, how_many, now)
    homes = register.homes_of(_LOOKED_AT, Random(6))
    return [_talked(runtime, number, home, now) for number, home in enumerate(homes)]


def _fill(runtime: Runtime, how_many: int, now: datetime) -> None:
    random = Random(5)  # the same desk each time
    people = [uuid4() for _ in range(how_many)]
    _, parameters = runtime.engine.dialect.create_connect_args(runtime.engine.url)
    with psycopg.connect(**parameters) as connection, connection.cursor() as cursor:
        # Neither foreign keys nor the notices of each row: nobody watches yet.
        cursor.execute("set session_replication_role = replica")
        with cursor.copy(f"copy patients ({_PATIENTS}) from stdin".encode()) as copy:
            for number, person in enumerate(people):
                copy.write_row(_person(person, number, now))
        with cursor.copy(f"copy requests ({_REQUESTS}) from stdin".encode()) as copy:
            for row in _requests(random, people, now):
                copy.write_row(row)
        cursor.execute("analyze")


def _department(number: int) -> str:
    return f"{number % 90 + 1:02}" if number % 90 + 1 != 20 else "94"


def _person(person: UUID, number: int, now: datetime) -> tuple[Any, ...]:
    department = _department(number)
    return (
        person, f"BENCH{number:06}", "MME", "Exemple", "Odette", "1947-03-12", f"{department}000", department, False,
        False, True, now, now,
    )  # fmt: skip


def _requests(random: Random, people: list[UUID], now: datetime) -> Iterator[tuple[Any, ...]]:
    for number, person in enumerate(people):
        kind, department = random.choice(_KINDS), _department(number)
        created = now - timedelta(minutes=random.randrange(60 * 24 * 30))
        callback = created + timedelta(minutes=random.randrange(60 * 24 * 60)) if random.random() < 0.1 else None
        # Some wait for a physician; the others for anybody.
        offered = kind is RequestKind.MATCHING and random.random() < 0.05
        status = RequestStatus.OFFERED if offered else RequestStatus.NEW
        area = {
            "scope": "department",
            "commune": None,
            "insee_code": None,
            "postal_code": None,
            "department": department,
        }
        yield (
            uuid4(), person, kind, status, department, Jsonb([random.choice(_MOBILITIES)]), 30, Jsonb(area), callback,
            callback + timedelta(hours=2) if callback is not None else None, created,
            int(service_levels.rank_of(kind, status, callback)), service_levels.due_at(kind, created, callback),
        )  # fmt: skip


def volunteers_come(runtime: Runtime) -> None:
    """Physicians for all of them, as many where more people live."""
    register.invent_volunteers(runtime, SITES, Random(7))
    with runtime.transaction() as session:
        session.execute(text("analyze"))


def hold(runtime: Runtime, addresses: list[str], login: str) -> None:
    """These requests are this adviser's."""
    now = runtime.clock.now()
    with runtime.transaction() as session:
        account = next(one for one in accounts.everybody(session) if one.login == login)
        for address in addresses:
            requests.claim(session, UUID(address.rsplit("/", 1)[-1]), account, now)


def _talked(runtime: Runtime, number: int, home: Place, now: datetime) -> str:
    """Somebody who told everything, each of the next kind; the address of their request."""
    with runtime.transaction() as session:
        patient = Patient(
            reference=f"TOLD{number:03}", civility="MME", last_name="Exemple", first_name="Odette",
            postal_code=home.postal_code or "00000", insee_code=home.insee_code, department=home.department,
            invented=True, created_at=now, updated_at=now,
        )  # fmt: skip
        patient.numbers = [PhoneNumber(rank=1, e164=f"+3363998{number:04}", kind=NumberKind.MOBILE)]
        session.add(patient)
        session.flush()
        conversation_id = rehearsal.begin(session, patient, now)
        _tell(session, conversation_id, register.wants(register.KINDS[number % len(register.KINDS)], home), now)
        rehearsal.finish(session, conversation_id, now)
        found = session.scalar(text("select id from requests where patient_id = :id"), {"id": patient.id})
    return f"/demandes/{found}"


def _tell(session: Session, conversation_id: UUID, wanted: dict[str, Any], now: datetime) -> None:
    talk = conversations.lock(session, conversation_id)
    for number in range(_TURNS):
        conversations.say(session, talk, f"Voici une question, la numéro {number}.", Question.SITUATION, "w1", now)
        conversations.hear(session, talk, "Je réponds en une phrase, comme on parle.", now)
    for kind, asks in (
        (ConsentKind.ASSISTANCE, Question.CONSENT_ASSISTANCE),
        (ConsentKind.SHARING, Question.CONSENT_SHARING),
    ):
        conversations.say(session, talk, "Êtes-vous d’accord ?", asks, "2026-11-a", now)
        yes = conversations.hear(session, talk, "Oui, volontiers.", now)
        conversations.record_consent(session, talk, kind, ConsentState.GIVEN, yes, "2026-11-a", now)
    how = conversations.hear(session, talk, "En voiture, vingt minutes.", now)
    travel = {name: wanted[name] for name in ("mobility", "max_travel_minutes", "max_travel_km")}
    conversations.remember(session, talk, Question.MOBILITY, travel, how)
    for question in (Question.AREA, Question.PREFERENCE):
        said = conversations.hear(session, talk, "C’est ce que je voudrais.", now)
        conversations.remember(session, talk, question, wanted[question.value], said)
    conversations.conclude(session, talk, Outcome.ACCEPTED, now)
