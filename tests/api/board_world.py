"""A campaign of invented people that has called for three weeks, in every department: enough for a board to be read."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert

from outreach.database.models import (
    Attempt,
    Consent,
    Contact,
    Conversation,
    Offer,
    Patient,
    PhoneNumber,
    Request,
    RequestEvent,
    Turn,
    Volunteer,
)
from outreach.domain import service_levels
from outreach.domain.territories import METROPOLITAN, zone_of
from outreach.services import campaigns
from outreach.services.figure_keeping import fold_all
from tests.api.world import CAMPAIGN, Desk

ASKED = (
    "identity",
    "birth_date",
    "situation",
    "consent_assistance",
    "consent_sharing",
    "mobility",
    "area",
    "preference",
)
EVERYWHERE = (*sorted(METROPOLITAN), "971", "972", "973", "974", "976", *("13", "33", "59", "69", "75", "93") * 4)
_HALF_HOURS = [time(hour, minute) for hour in (10, 11, 12, 14, 15, 16, 17, 18) for minute in (0, 30)]


@dataclass
class _Drawn:
    """Rows by table, in the order in which they can be written."""

    chance: random.Random
    now: datetime
    campaign: UUID
    adviser: UUID
    rows: dict[type, list[dict[str, Any]]] = field(
        default_factory=lambda: {
            one: []
            for one in (
                Patient, PhoneNumber, Contact, Attempt, Conversation, Turn, Consent, Request, RequestEvent, Offer,
            )
        }
    )  # fmt: skip

    def add(self, table: type, **values: Any) -> UUID:
        key = uuid4()
        self.rows[table].append({"id": key, **values})
        return key


def a_campaign_at_work(
    desk: Desk, people: int = 3000, seed: int = 1, departments: tuple[str, ...] = EVERYWHERE
) -> None:
    """Calls of the fifteen working days before today; figures are counted at the end."""
    with desk.runtime.transaction() as session:
        campaign = campaigns.get(session, CAMPAIGN)
        drawn = _Drawn(random.Random(seed), desk.now, campaign.id, desk.account(session, "camille").id)
        session.add(Volunteer(rpps="10000000001", capacity=people, updated_at=desk.now))
        session.flush()
        days = list(_working_days(desk.now.date(), 15))
        for number in range(people):
            _person(drawn, number, drawn.chance.choice(departments), days)
        for table, rows in drawn.rows.items():
            if rows:
                session.execute(insert(table), rows)
    with desk.runtime.transaction() as session:
        fold_all(session)


def _working_days(until: date, count: int) -> Iterator[date]:
    found: list[date] = []
    day = until
    while len(found) < count:
        day -= timedelta(days=1)
        if day.weekday() < 5 and day != date(2026, 11, 11):
            found.append(day)
    yield from reversed(found)


def _person(drawn: _Drawn, number: int, department: str, days: list[date]) -> None:
    chance = drawn.chance
    patient = drawn.add(
        Patient,
        reference=f"B{number:06d}",
        civility="MME",
        last_name="Exemple",
        first_name="Odette",
        birth_date=date(chance.randint(1932, 1985), chance.randint(1, 12), 12),
        postal_code=f"{department:0<5}",
        department=department,
        ehpad_finess="940000001" if chance.random() < 0.06 else None,
        invented=True,
        objected=False,
        created_at=drawn.now,
        updated_at=drawn.now,
    )
    mobile = chance.random() < 0.55
    phone = f"+336399{80000 + number % 10_000}" if mobile else f"+331990{number % 100_000:05d}"
    has_phone = chance.random() < 0.96
    if has_phone:
        drawn.rows[PhoneNumber].append(
            {"id": uuid4(), "patient_id": patient, "rank": 1, "e164": phone, "kind": "mobile" if mobile else "landline"}
        )
    contact = uuid4()
    state, tries = "waiting" if has_phone else "no_phone", 0
    if has_phone and chance.random() < 0.72:
        for day in sorted(chance.sample(days, min(4, 1 + int(chance.expovariate(1.1))))):
            tries += 1
            state = _call(drawn, patient, contact, department, phone, day)
            if state != "waiting":
                break
    if tries >= 4 and state == "waiting":
        state = "exhausted"
    waits = state == "waiting"
    next_at = drawn.now + timedelta(hours=chance.choice((-1, 4, 22, 28, 46, 70, 94))) if waits else None
    held = chance.choice(("spacing", "not_yet", "not_yet", "advisers_full", None)) if waits else None
    drawn.rows[Contact].append(
        {
            "id": contact, "campaign_id": drawn.campaign, "patient_id": patient, "state": state, "attempts": tries,
            "next_attempt_at": next_at, "held_by": held, "created_at": drawn.now, "updated_at": drawn.now,
        }
    )  # fmt: skip


def _call(drawn: _Drawn, patient: UUID, contact: UUID, department: str, phone: str, day: date) -> str:
    """One attempt and what came of it; returns the contact's state after it."""
    chance = drawn.chance
    half_hour = chance.choice(_HALF_HOURS)
    at = datetime.combine(day, half_hour, zone_of(department)) + timedelta(minutes=chance.randint(0, 29))
    liking = 0.34 + 0.10 * (half_hour.hour >= 17) - 0.08 * (half_hour.hour == 14) + 0.03 * (day.weekday() == 1)
    liking += 0.12 * ((sum(map(ord, department)) * 7) % 10 - 4.5) / 4.5
    rang = chance.random() < 0.93
    human = rang and chance.random() < liking
    reached = human and chance.random() < 0.86
    attempt = drawn.add(
        Attempt, contact_id=contact, patient_id=patient, campaign_id=drawn.campaign, channel="voice",
        direction="outbound", purpose="call", number=phone, caller=chance.choice(("+33162000001", "+33270000002")),
        status="ended", rang=rang, human_answered=human, right_party=reached, claimed_at=at, placed_at=at,
        claimed_wall=at, heard_wall=at, ended_at=at + timedelta(minutes=2),
    )  # fmt: skip
    if not human:
        return "waiting"
    asked = len(ASKED)
    if not reached:
        outcome, asked = "third_party", 1
    else:
        outcome = chance.choices(
            ("accepted", "refused", "opted_out", "callback", "human_requested", "already_has_doctor", "abandoned"),
            (40, 14, 5, 12, 6, 8, 15),
        )[0]
        if outcome != "accepted":
            asked = chance.choices(range(1, len(ASKED)), (6, 9, 5, 7, 3, 2, 1))[0]
    talk = drawn.add(
        Conversation, attempt_id=attempt, patient_id=patient, contact_id=contact, channel="voice", started_at=at,
        ended_at=at + timedelta(minutes=2), outcome=outcome, dialogue={},
        identity="verified" if reached and asked > 2 else "unchecked",
    )  # fmt: skip
    for position, question in enumerate(ASKED[:asked]):
        drawn.add(Turn, conversation_id=talk, position=position, speaker="agent", text="?", asks=question, at=at)
    if outcome == "accepted":
        drawn.add(
            Consent, patient_id=patient, conversation_id=talk, kind="assistance", state="given", wording="2026-11-a",
            channel="voice", at=at,
        )  # fmt: skip
    if outcome in {"accepted", "human_requested"}:
        _request(drawn, patient, contact, talk, department, "matching" if outcome == "accepted" else "human", at)
    return {"callback": "waiting", "abandoned": "waiting", "third_party": "waiting"}.get(outcome, outcome)


def _request(drawn: _Drawn, patient: UUID, contact: UUID, talk: UUID, department: str, kind: str, at: datetime) -> None:
    chance = drawn.chance
    due = service_levels.due_at(kind, at, None)
    acted = at + timedelta(hours=chance.expovariate(1 / 26))
    seen = acted < drawn.now
    closed = acted + timedelta(days=chance.expovariate(1 / 4)) if seen else drawn.now
    over = seen and closed < drawn.now
    declared = over and kind == "matching" and chance.random() < 0.55
    request = drawn.add(
        Request, patient_id=patient, contact_id=contact, conversation_id=talk, kind=kind,
        status="closed" if over else "new", department=department, mobility=[],
        result=("declared" if declared else "advised") if over else None, created_at=at,
        closed_at=closed if over else None, due_at=due,
        rank=service_levels.rank_of(kind, "closed" if over else "new", None),
    )  # fmt: skip
    if seen:
        drawn.rows[RequestEvent].append(
            {"request_id": request, "account_id": drawn.adviser, "act": "called", "at": acted}
        )
    if over and kind == "matching":
        status = "accepted" if declared or chance.random() < 0.3 else "declined"
        drawn.add(
            Offer, request_id=request, rpps="10000000001", status=status, proposed_by=drawn.adviser, created_at=acted,
            expires_at=acted + timedelta(days=5), answered_at=closed,
        )  # fmt: skip
