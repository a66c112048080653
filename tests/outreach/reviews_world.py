"""People whose way is drawn with a seed, written as rows and kept as plain records: what reviews count."""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

from outreach.database.models import (
    Attempt,
    Base,
    Consent,
    Contact,
    ContactEvent,
    Conversation,
    Offer,
    Patient,
    Request,
    Task,
    Territory,
    TerritoryCommune,
    Volunteer,
)
from outreach.domain.words import RequestStatus
from outreach.runtime import Session
from tests.factories import a_patient

MIDNIGHT = datetime(2026, 9, 30, 22, 0, tzinfo=UTC)
"""The end of September in Paris."""
SEPTEMBER = date(2026, 9, 30)
OCTOBER = date(2026, 10, 31)
# INSEE code, postal code, department, and the CPTS by hand.
HOMES = (
    ("94076", "94800", "94", "Bièvre"),
    (None, "94800", "94", "Bièvre"),
    ("94028", "94000", "94", "Créteil"),
    ("94046", "94700", "94", None),
    ("75113", "75013", "75", "Treize"),
    ("38185", "38000", "38", None),
    ("97411", "97400", "974", "Réunion Nord"),
)
TERRITORIES = {
    "Bièvre": ("94076", "94043"), "Créteil": ("94028",), "Treize": ("75113",), "Réunion Nord": ("97411",),
}  # fmt: skip
BIRTHS = {
    "under_50": date(1990, 5, 1), "50_to_64": date(1970, 5, 1), "65_to_79": date(1950, 5, 1),
    "80_and_over": date(1940, 5, 1), "unknown": None,
}  # fmt: skip


@dataclass(slots=True)
class Person:
    """What happened to somebody, each thing with its day; None is never."""

    id: UUID
    department: str
    cpts: str | None
    band: str
    enrolled: datetime
    ehpad: bool = False
    ineligible: bool = False
    attempted: datetime | None = None
    reached: datetime | None = None
    consented: datetime | None = None
    needs: tuple[str, ...] = ()
    wanted: bool = False
    matched: datetime | None = None
    declared: date | None = None
    has_one: datetime | None = None
    deceased: datetime | None = None
    lost_again: datetime | None = None


def situation(person: Person, until: datetime, day: date) -> str:
    if person.deceased is not None and person.deceased < until:
        return "gone"
    if person.lost_again is not None and person.lost_again < until:
        return "without"
    if person.declared is not None and person.declared <= day:
        return "declared"
    if person.has_one is not None and person.has_one < until:
        return "has_one"
    return "without"


def territories(session: Session, now: datetime) -> dict[str, UUID]:
    ids = {}
    for name, codes in TERRITORIES.items():
        territory = Territory(kind="cpts", name=name, updated_at=now)
        session.add(territory)
        session.flush()
        ids[name] = territory.id
        session.add_all(TerritoryCommune(kind="cpts", insee_code=code, territory_id=territory.id) for code in codes)
    session.flush()
    return ids


def people(session: Session, campaign_id: UUID, adviser_id: UUID, seed: int, number: int = 400) -> list[Person]:
    """Enrolled from August to October, with what happened to each from then on."""
    chance = random.Random(seed)
    session.add(Volunteer(rpps="10000000001", capacity=number, updated_at=MIDNIGHT))
    session.flush()
    rows: list[Base] = []
    found = [_person(session, rows, chance, campaign_id, adviser_id) for _ in range(number)]
    # One table after the other, in the order of their keys.
    for table in (Contact, ContactEvent, Attempt, Conversation, Consent, Request, Offer, Task):
        session.add_all(row for row in rows if isinstance(row, table))
        session.flush()
    return found


def _person(session: Session, rows: list[Base], chance: random.Random, campaign_id: UUID, adviser_id: UUID) -> Person:
    insee, postal, department, cpts = chance.choice(HOMES)
    band = chance.choice(list(BIRTHS))
    enrolled = datetime(2026, 8, 3, 8, tzinfo=UTC) + timedelta(days=chance.choice([0, 0, 0, 20, 70]))
    ehpad = chance.random() < 0.1
    patient = a_patient(
        session,
        enrolled,
        insee_code=insee,
        postal_code=postal,
        department=department,
        birth_date=BIRTHS[band],
        ehpad_finess="940000001" if ehpad else None,
        phones=(),
    )
    person = Person(patient.id, department, cpts, band, enrolled, ehpad, ineligible=ehpad)
    later = _Later(chance, enrolled)
    state = "ineligible" if ehpad else "waiting"
    if not ehpad:
        person.attempted = later.perhaps(0.9)
        person.reached = later.perhaps(0.6) if person.attempted else None
        if person.reached:
            person.consented = later.perhaps(0.7)
            person.has_one = None if person.consented else later.perhaps(0.5)
            person.matched = later.perhaps(0.7) if person.consented else None
            declared = later.perhaps(0.8) if person.matched else None
            person.declared = declared.date() if declared else None
            person.lost_again = later.perhaps(0.1) if declared else None
            state = "accepted" if person.consented else "already_has_doctor" if person.has_one else "refused"
    person.deceased = later.perhaps(0.06)
    _write(rows, patient, person, state, campaign_id, adviser_id, chance)
    return person


@dataclass(slots=True)
class _Later:
    chance: random.Random
    at: datetime

    def perhaps(self, share: float) -> datetime | None:
        """Some days after the last thing, or never."""
        if self.chance.random() >= share:
            return None
        self.at += timedelta(days=self.chance.randint(1, 14), minutes=self.chance.randint(0, 500))
        return self.at


@dataclass(slots=True)
class _Change:
    before: str
    after: str
    at: datetime = field(default=MIDNIGHT)


def _write(
    rows: list[Base],
    patient: Patient,
    person: Person,
    state: str,
    campaign_id: UUID,
    adviser_id: UUID,
    chance: random.Random,
) -> None:
    contact = Contact(
        id=uuid4(),
        campaign_id=campaign_id,
        patient_id=patient.id,
        state="deceased" if person.deceased else state,
        created_at=person.enrolled,
        updated_at=person.enrolled,
    )
    rows.append(contact)
    changes = []
    if state in {"accepted", "already_has_doctor", "refused"}:
        changes.append(_Change("waiting", state, person.consented or person.has_one or person.reached or MIDNIGHT))
    if person.deceased:
        changes.append(_Change(state, "deceased", person.deceased))
    rows.extend(ContactEvent(contact_id=contact.id, before=c.before, after=c.after, at=c.at) for c in changes)
    if person.attempted is None:
        return
    for at, right_party in ((person.attempted, False), (person.reached, True)):
        if at is None:
            continue
        attempt = Attempt(
            id=uuid4(),
            contact_id=contact.id,
            patient_id=patient.id,
            campaign_id=campaign_id,
            channel="voice",
            direction="outbound",
            purpose="call",
            number="+33639980000",
            caller="+33162000001",
            status="ended",
            rang=True,
            human_answered=right_party,
            right_party=right_party,
            claimed_at=at,
            placed_at=at,
            claimed_wall=at,
            heard_wall=at,
        )
        rows.append(attempt)
    if person.consented is None:
        return
    talk = Conversation(
        id=uuid4(),
        attempt_id=attempt.id,
        patient_id=patient.id,
        contact_id=contact.id,
        channel="voice",
        started_at=person.consented,
        ended_at=person.consented,
        outcome="accepted",
        dialogue={},
    )
    rows.append(talk)
    rows.append(
        Consent(
            patient_id=patient.id,
            conversation_id=talk.id,
            kind="assistance",
            state="given",
            wording="w",
            channel="voice",
            at=person.consented,
        )
    )
    person.needs = tuple(sorted(chance.sample(["autonomous", "wheelchair", "home_visit"], chance.randint(1, 2))))
    person.wanted = person.matched is None
    request = Request(
        id=uuid4(),
        patient_id=patient.id,
        contact_id=contact.id,
        kind="matching",
        status=RequestStatus.CLOSED if person.declared else RequestStatus.OFFERED if person.matched else "new",
        result="declared" if person.declared else None,
        department=person.department,
        mobility=list(person.needs),
        created_at=person.consented,
        closed_at=datetime.combine(person.declared, datetime.min.time(), UTC) if person.declared else None,
    )
    rows.append(request)
    if person.matched is None:
        return
    rows.append(
        Offer(
            request_id=request.id,
            rpps="10000000001",
            status="accepted",
            proposed_by=adviser_id,
            created_at=person.consented,
            expires_at=person.matched,
            answered_at=person.matched,
            declared_on=person.declared,
        )
    )
    if person.lost_again:
        rows.append(
            Task(
                request_id=request.id,
                kind="follow_up_30",
                due_at=person.lost_again,
                created_at=person.matched,
                done_at=person.lost_again,
                outcome="without_physician",
            )
        )
