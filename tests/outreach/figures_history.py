"""A world in which anything happens to what figures count, and a second count of it that shares no line with the first.

The history writes raw rows. `counted` reads whole tables row by row and counts in plain Python.
"""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from outreach.database.models import (
    Account,
    Attempt,
    Campaign,
    Consent,
    Contact,
    ContactEvent,
    Conversation,
    Figure,
    Offer,
    Patient,
    PhoneNumber,
    Request,
    RequestEvent,
    Turn,
    Volunteer,
)
from outreach.runtime import Session

PARIS = ZoneInfo("Europe/Paris")
ZONES = {"94": PARIS, "38": PARIS, "974": ZoneInfo("Indian/Reunion"), "972": ZoneInfo("America/Martinique")}
ALL = UUID(int=0)
ASKED = ("identity", "birth_date", "consent_assistance", "mobility")
OUTCOMES = ("accepted", "refused", "opted_out", "abandoned", "callback", "third_party", None)
STATES = ("waiting", "due", "attempting", "exhausted", "no_phone", "ineligible", "human_requested")
NUMBERS = ("+33639980001", "+33199000002", "+262639980003", "+262262990004", "+590690990005", "")
CALLERS = ("+33162000001", "+33162000002")

Cell = tuple[UUID, str, str, str]


@dataclass
class History:
    """Draws what happens next. Each event is one small transaction of the caller's."""

    chance: random.Random
    now: datetime
    campaigns: list[UUID] = field(default_factory=list)
    adviser: UUID | None = None

    def begin(self, session: Session) -> None:
        adviser = Account(id=uuid4(), login="camille", password_hash="-", role="adviser", created_at=self.now)
        session.add(adviser)
        session.add(Volunteer(rpps="10000000001", capacity=99, updated_at=self.now))
        self.adviser = adviser.id
        for name in ("first", "second"):
            campaign = Campaign(id=uuid4(), name=name, policy={}, created_at=self.now)
            session.add(campaign)
            self.campaigns.append(campaign.id)
        session.flush()
        for _ in range(6):
            self.enrol(session)

    def happen(self, session: Session) -> None:
        events: tuple[Callable[[Session], None], ...] = (
            self.enrol,
            self.call,
            self.call,
            self.call,
            self.callback,
            self.callback,
            self.converse,
            self.converse,
            self.turn,
            self.outcome,
            self.state,
            self.request,
            self.act,
            self.offer,
            self.reimport,
            self.renumber,
            self.erase,
            self.merge,
            self.nobodys,
            self.identify,
            self.forget_attempt,
            self.forget_person,
        )
        self.now += timedelta(minutes=self.chance.randint(1, 600))
        self.chance.choice(events)(session)
        session.flush()

    def _one(self, session: Session, of: Any, *conditions: Any) -> Any:
        rows = session.scalars(select(of).where(*conditions).order_by(of.id)).all()
        return self.chance.choice(rows) if rows else None

    def enrol(self, session: Session) -> None:
        patient = self._one(session, Patient) if self.chance.random() < 0.3 else None
        if patient is None:
            patient = Patient(
                id=uuid4(),
                reference=f"P{uuid4().hex[:8]}",
                last_name="Exemple",
                birth_date=self._birth(),
                postal_code="",
                department=self.chance.choice(tuple(ZONES)),
                ehpad_finess=self.chance.choice((None, None, "940000001")),
                created_at=self.now,
                updated_at=self.now,
            )
            session.add(patient)
            session.flush()
            if self.chance.random() < 0.7:
                session.add(PhoneNumber(patient_id=patient.id, rank=1, e164=NUMBERS[0], kind="mobile"))
        taken = session.scalars(select(Contact.campaign_id).where(Contact.patient_id == patient.id)).all()
        free = [one for one in self.campaigns if one not in taken]
        if free:
            session.add(
                Contact(
                    id=uuid4(),
                    campaign_id=self.chance.choice(free),
                    patient_id=patient.id,
                    created_at=self.now,
                    updated_at=self.now,
                )
            )

    def _birth(self) -> date | None:
        return self.chance.choice((None, date(1947, 3, 12), date(1961, 11, 24), date(1976, 11, 25), date(2001, 2, 28)))

    def call(self, session: Session) -> None:
        contact = self._one(session, Contact)
        if contact is None:
            return
        purpose = self.chance.choice(("call", "call", "call", "announcement", "conversation", "adviser_call"))
        inbound = purpose == "conversation"
        is_sms = purpose == "announcement" or (inbound and self.chance.random() < 0.5)
        at = self.now - timedelta(minutes=self.chance.randint(0, 3000))
        ours = purpose != "adviser_call"
        session.add(
            Attempt(
                id=uuid4(),
                contact_id=contact.id if ours else None,
                patient_id=contact.patient_id,
                campaign_id=contact.campaign_id if ours else None,
                channel="sms" if is_sms else "voice",
                direction="inbound" if inbound else "outbound",
                purpose=purpose,
                number=self.chance.choice(NUMBERS),
                caller=self.chance.choice(CALLERS),
                status="ended",
                claimed_at=at,
                placed_at=at if self.chance.random() < 0.7 else None,
                rang=self.chance.random() < 0.3,
                claimed_wall=at,
                heard_wall=at,
            )
        )

    def callback(self, session: Session) -> None:
        """What the carrier tells, late or wrong at first."""
        attempt = self._one(session, Attempt)
        if attempt is None:
            return
        change = self.chance.choice(("placed_at", "rang", "human_answered", "right_party", "status", "disposition"))
        value: Any = self.chance.random() < 0.7
        if change == "placed_at":
            value = self.chance.choice((None, self.now, attempt.claimed_at))
        elif change in {"status", "disposition"}:
            value = "ended"
        setattr(attempt, change, value)

    def converse(self, session: Session) -> None:
        attempt = self._one(session, Attempt, Attempt.campaign_id.is_not(None))
        if attempt is None:
            return
        talk = Conversation(
            id=uuid4(),
            attempt_id=attempt.id,
            patient_id=attempt.patient_id,
            contact_id=attempt.contact_id,
            channel=attempt.channel,
            started_at=self.now,
            identity=self.chance.choice(("unchecked", "verified")),
            dialogue={},
        )
        session.add(talk)
        session.flush()
        for position, asks in enumerate(ASKED[: self.chance.randint(0, 4)]):
            self._say(session, talk.id, position, asks)

    def _say(self, session: Session, talk: UUID, position: int, asks: str | None) -> None:
        speaker = "agent" if asks or self.chance.random() < 0.5 else "patient"
        session.add(Turn(conversation_id=talk, position=position, speaker=speaker, text="?", asks=asks, at=self.now))

    def turn(self, session: Session) -> None:
        talk = self._one(session, Conversation)
        if talk is None:
            return
        positions = session.scalars(select(Turn.position).where(Turn.conversation_id == talk.id)).all()
        self._say(session, talk.id, max(positions, default=-1) + 1, self.chance.choice((*ASKED, None)))
        talk.dialogue = {"step": self.chance.randint(0, 9)}

    def outcome(self, session: Session) -> None:
        talk = self._one(session, Conversation, Conversation.patient_id.is_not(None))
        if talk is None:
            return
        talk.outcome = self.chance.choice(OUTCOMES)
        talk.identity = self.chance.choice(("verified", "failed", "unchecked"))
        if self.chance.random() < 0.6:
            session.add(
                Consent(
                    patient_id=talk.patient_id,
                    conversation_id=talk.id,
                    kind=self.chance.choice(("assistance", "sharing")),
                    state=self.chance.choice(("given", "given", "refused", "withdrawn")),
                    wording="w",
                    channel="voice",
                    at=self.now,
                )
            )

    def state(self, session: Session) -> None:
        contact = self._one(session, Contact)
        if contact is None:
            return
        contact.state = self.chance.choice(STATES)
        contact.attempts += self.chance.randint(0, 1)
        contact.held_by = self.chance.choice((None, "advisers_full", "outside_hours", "volunteers_full"))
        waits = contact.state in {"waiting", "due"} and self.chance.random() < 0.9
        contact.next_attempt_at = self.now + timedelta(hours=self.chance.randint(-30, 90)) if waits else None

    def request(self, session: Session) -> None:
        contact = self._one(session, Contact)
        kind = self.chance.choice(("matching", "human"))
        if (
            contact is None
            or session.scalars(
                select(Request).where(Request.patient_id == contact.patient_id, Request.kind == kind)
            ).first()
        ):
            return
        patient = session.get_one(Patient, contact.patient_id)
        session.add(
            Request(
                id=uuid4(),
                patient_id=contact.patient_id,
                contact_id=self.chance.choice((contact.id, contact.id, None)),
                kind=kind,
                department=patient.department,
                created_at=self.now,
            )
        )

    def act(self, session: Session) -> None:
        request = self._one(session, Request)
        if request is None:
            return
        account = self.chance.choice((self.adviser, None))
        session.add(RequestEvent(request_id=request.id, account_id=account, act="noted", at=self.now))
        if self.chance.random() < 0.4:
            request.status, request.closed_at = "closed", self.now
            request.result = self.chance.choice(("declared", "no_answer"))
        elif self.chance.random() < 0.3:
            request.status, request.closed_at, request.result = "new", None, None

    def offer(self, session: Session) -> None:
        request = self._one(session, Request)
        if request is None:
            return
        offer = session.scalars(select(Offer).where(Offer.request_id == request.id, Offer.status == "proposed")).first()
        if offer is not None:
            offer.status = self.chance.choice(("accepted", "declined", "expired"))
            return
        session.add(
            Offer(
                request_id=request.id,
                rpps="10000000001",
                proposed_by=self.adviser,
                created_at=self.now,
                expires_at=self.now + timedelta(days=5),
            )
        )

    def reimport(self, session: Session) -> None:
        patient = self._one(session, Patient)
        if patient is not None:
            patient.department = self.chance.choice(tuple(ZONES))
            patient.birth_date = self._birth()
            patient.ehpad_finess = self.chance.choice((None, "940000001"))

    def renumber(self, session: Session) -> None:
        patient = self._one(session, Patient)
        if patient is None:
            return
        if self.chance.random() < 0.5:
            session.execute(delete(PhoneNumber).where(PhoneNumber.patient_id == patient.id))
        elif session.scalars(select(PhoneNumber).where(PhoneNumber.patient_id == patient.id)).first() is None:
            session.add(PhoneNumber(patient_id=patient.id, rank=1, e164=NUMBERS[1], kind="landline"))

    def erase(self, session: Session) -> None:
        patient = self._one(session, Patient)
        if patient is None or self.chance.random() < 0.5:
            return
        patient.birth_date = patient.ehpad_finess = None
        session.execute(delete(PhoneNumber).where(PhoneNumber.patient_id == patient.id))
        for attempt in session.scalars(select(Attempt).where(Attempt.patient_id == patient.id)):
            attempt.number = ""

    def merge(self, session: Session) -> None:
        """Everything of a person becomes another's, who is in the same campaign or takes the contact over."""
        gone, stays = self._one(session, Patient), self._one(session, Patient)
        if gone is None or gone is stays or self.chance.random() < 0.5:
            return
        for contact in session.scalars(select(Contact).where(Contact.patient_id == gone.id)).all():
            other = session.scalars(
                select(Contact).where(Contact.patient_id == stays.id, Contact.campaign_id == contact.campaign_id)
            ).first()
            if other is None:
                contact.patient_id = stays.id
                continue
            of: Any
            for of in (Attempt, Conversation, Request):
                for row in session.scalars(select(of).where(of.contact_id == contact.id)):
                    row.contact_id = other.id
        session.flush()
        for of in (Attempt, Conversation):
            for row in session.scalars(select(of).where(of.patient_id == gone.id)):
                row.patient_id = stays.id
        for request in session.scalars(select(Request).where(Request.patient_id == gone.id)):
            held = select(Request).where(Request.patient_id == stays.id, Request.kind == request.kind)
            if session.scalars(held).first() is None:
                request.patient_id = stays.id
                session.flush()

    def nobodys(self, session: Session) -> None:
        """Somebody calls from a shared number; an adviser may have to find out who."""
        attempt = Attempt(
            id=uuid4(),
            channel="voice",
            direction="inbound",
            purpose="conversation",
            number=NUMBERS[0],
            caller=CALLERS[0],
            status="ended",
            claimed_at=self.now,
            placed_at=self.now,
            human_answered=True,
            claimed_wall=self.now,
            heard_wall=self.now,
        )
        talk = Conversation(id=uuid4(), attempt_id=attempt.id, channel="voice", started_at=self.now, dialogue={})
        session.add(attempt)
        session.flush()
        session.add(talk)
        session.flush()
        self._say(session, talk.id, 0, "birth_date")
        if self.chance.random() < 0.5:
            session.add(Request(conversation_id=talk.id, kind="identity", department="94", created_at=self.now))

    def identify(self, session: Session) -> None:
        talk = self._one(session, Conversation, Conversation.patient_id.is_(None))
        contact = self._one(session, Contact)
        if talk is None or contact is None:
            return
        attempt = session.get_one(Attempt, talk.attempt_id)
        attempt.patient_id = contact.patient_id
        attempt.right_party = True
        session.flush()
        talk.patient_id = contact.patient_id
        if self.chance.random() < 0.8:
            attempt.contact_id, attempt.campaign_id = contact.id, contact.campaign_id
            talk.contact_id = contact.id
        for request in session.scalars(select(Request).where(Request.conversation_id == talk.id)):
            taken = select(Request).where(Request.patient_id == contact.patient_id, Request.kind == request.kind)
            if session.scalars(taken).first() is None:
                request.patient_id, request.contact_id = contact.patient_id, contact.id

    def forget_attempt(self, session: Session) -> None:
        attempt = self._one(session, Attempt)
        if (
            attempt is None
            or session.scalars(select(Conversation).where(Conversation.attempt_id == attempt.id)).first()
        ):
            return
        session.delete(attempt)

    def forget_person(self, session: Session) -> None:
        """A row that is taken out with all that hangs on it, as a test import is."""
        for patient in session.scalars(select(Patient).order_by(Patient.id)).all():
            used = [
                session.scalars(select(of).where(of.patient_id == patient.id)).first()
                for of in (Attempt, Conversation, Request, Consent)
            ]
            if any(used) or self.chance.random() < 0.5:
                continue
            theirs = select(Contact.id).where(Contact.patient_id == patient.id)
            if session.scalars(select(Request).where(Request.contact_id.in_(theirs))).first():
                continue
            session.execute(delete(ContactEvent).where(ContactEvent.contact_id.in_(theirs)))
            session.execute(delete(Contact).where(Contact.patient_id == patient.id))
            session.execute(delete(PhoneNumber).where(PhoneNumber.patient_id == patient.id))
            session.execute(delete(Patient).where(Patient.id == patient.id))
            return


def kept(session: Session) -> dict[Cell, tuple[int, int]]:
    """The sums as they are kept, without those of nobody."""
    return {
        (one.campaign_id, one.breakdown, one.label, one.measure): (one.count, one.people)
        for one in session.scalars(select(Figure).execution_options(populate_existing=True))
        if one.count
    }


def counted(session: Session) -> dict[Cell, tuple[int, int]]:
    """The same, counted from the raw rows, one at a time."""
    tables = {of: list(session.scalars(select(of))) for of in (
        Patient, PhoneNumber, Contact, Attempt, Conversation, Turn, Consent, Request, RequestEvent, Offer
    )}  # fmt: skip
    session.expunge_all()
    times: dict[Cell, int] = defaultdict(int)
    who: dict[Cell, set[UUID]] = defaultdict(set)
    for person, cell in _everything(tables):
        times[cell] += 1
        who[cell].add(person)
    return {cell: (count, len(who[cell])) for cell, count in times.items()}


def _band(born: date | None, day: date) -> str:
    if born is None:
        return "unknown"
    years = day.year - born.year
    if (day.month, day.day) < (born.month, born.day):
        years -= 1
    for limit, name in ((50, "under_50"), (65, "50_to_64"), (80, "65_to_79")):
        if years < limit:
            return name
    return "80_and_over"


def _kind(number: str) -> str:
    if not number.startswith("+"):
        return "unknown"
    return "mobile" if number.startswith(("+336", "+337", "+2626", "+5906")) else "landline"


def _everything(tables: dict[Any, list[Any]]) -> Iterator[tuple[UUID, Cell]]:
    patients = {one.id: one for one in tables[Patient]}
    contacts = {one.id: one for one in tables[Contact]}
    yield from _calls(tables, patients)
    yield from _people(tables, patients)
    yield from _talks(tables, contacts)
    yield from _work(tables, contacts)


def _calls(tables: dict[Any, list[Any]], patients: dict[UUID, Any]) -> Iterator[tuple[UUID, Cell]]:
    placed = [a for a in tables[Attempt] if a.placed_at is not None and a.campaign_id and a.patient_id]
    placed.sort(key=lambda a: (a.placed_at, a.id.bytes))
    rank: dict[tuple[UUID, UUID | None], int] = defaultdict(int)
    for attempt in placed:
        is_call = attempt.purpose == "call"
        if not is_call and attempt.direction != "inbound":
            continue
        person = patients[attempt.patient_id]
        outcomes = {t.outcome for t in tables[Conversation] if t.attempt_id == attempt.id}
        measures = ["placed"]
        measures += [one for one in ("rang", "human_answered", "right_party") if getattr(attempt, one)]
        measures += ["accepted"] if "accepted" in outcomes else []
        measures += ["refused"] if outcomes & {"refused", "opted_out"} else []
        labels = [("channel", attempt.channel), ("exchanges", "")]
        if is_call:
            rank[person.id, attempt.contact_id] += 1
            local = attempt.placed_at.astimezone(ZONES[person.department])
            half = f"{local.hour:02d}:{'00' if local.minute < 30 else '30'}"
            labels += [
                ("total", ""),
                ("attempt", f"{rank[person.id, attempt.contact_id]:02d}"),
                ("hour", half),
                ("weekday", str(local.isoweekday())),
                ("moment", f"{local.isoweekday()} {half}"),
                ("day", local.date().isoformat()),
                ("number_kind", _kind(attempt.number)),
                ("department", person.department),
                ("age", _band(person.birth_date, local.date())),
                ("ehpad", "yes" if person.ehpad_finess else "no"),
                ("caller", attempt.caller),
            ]
        for measure in measures:
            for breakdown, label in labels:
                yield person.id, (attempt.campaign_id, breakdown, label, measure)
            if is_call:
                yield person.id, (ALL, "total", "", measure)


def _people(tables: dict[Any, list[Any]], patients: dict[UUID, Any]) -> Iterator[tuple[UUID, Cell]]:
    for contact in tables[Contact]:
        person = patients[contact.patient_id]
        labels = {"state": contact.state, "held": contact.held_by}
        labels["held_department"] = f"{contact.held_by} {person.department}" if contact.held_by else None
        if contact.state in {"waiting", "due"} and contact.next_attempt_at is not None:
            local = contact.next_attempt_at.astimezone(ZONES[person.department])
            half_day = "AM" if local.hour < 12 else "PM"
            labels["waiting"] = f"{local.date().isoformat()} {half_day} {contact.attempts + 1:02d}"
        for breakdown, label in labels.items():
            if label is not None:
                yield person.id, (contact.campaign_id, breakdown, label, "people")
        if contact.state == "ineligible":
            continue
        places = {
            "cohort": "",
            "cohort_department": person.department,
            "cohort_age": _band(person.birth_date, contact.created_at.astimezone(PARIS).date()),
            "cohort_ehpad": "yes" if person.ehpad_finess else "no",
        }
        for step in _steps(tables, contact):
            for breakdown, label in places.items():
                yield person.id, (contact.campaign_id, breakdown, label, step)
                yield person.id, (ALL, breakdown, label, step)


def _steps(tables: dict[Any, list[Any]], contact: Any) -> set[str]:
    attempts = [a for a in tables[Attempt] if a.contact_id == contact.id]
    talks = [t for t in tables[Conversation] if t.contact_id == contact.id]
    requests = [r for r in tables[Request] if r.contact_id == contact.id]
    given = {g.conversation_id for g in tables[Consent] if (g.kind, g.state) == ("assistance", "given")}
    offers = [o for o in tables[Offer] if o.request_id in {r.id for r in requests}]
    has_phone = any(n.patient_id == contact.patient_id for n in tables[PhoneNumber])
    found = {
        "attempted": any(a.purpose == "call" and a.placed_at is not None for a in attempts),
        "rang": any(a.purpose == "call" and a.rang for a in attempts),
        "contacted": any(a.human_answered or a.right_party for a in attempts),
        "reached": any(a.right_party for a in attempts),
        "verified": any(t.identity == "verified" for t in talks),
        "consented": any(t.id in given for t in talks),
        "accepted": any(t.outcome == "accepted" for t in talks),
        "refused": any(t.outcome in {"refused", "opted_out"} for t in talks),
        "handed_over": any(r.kind == "matching" for r in requests),
        "offered": bool(offers),
        "matched": any(o.status == "accepted" for o in offers),
        "declared": any(r.result == "declared" for r in requests),
    }
    return {"eligible", "with_telephone" if has_phone else "no_phone"} | {step for step, so in found.items() if so}


def _talks(tables: dict[Any, list[Any]], contacts: dict[UUID, Any]) -> Iterator[tuple[UUID, Cell]]:
    for talk in tables[Conversation]:
        if talk.contact_id is None or talk.patient_id is None:
            continue
        campaign = contacts[talk.contact_id].campaign_id
        turns = [u for u in tables[Turn] if u.conversation_id == talk.id and u.speaker == "agent" and u.asks]
        last = max(turns, key=lambda u: u.position).asks if turns else None
        for question in {u.asks for u in turns}:
            left = question == last and talk.outcome == "abandoned"
            for breakdown, label in (("question", question), ("questions", "")):
                yield talk.patient_id, (campaign, breakdown, label, "heard")
                yield talk.patient_id, (campaign, breakdown, label, "left" if left else "answered")
        if talk.outcome is not None:
            yield talk.patient_id, (campaign, "ending", f"{last or 'opening'} {talk.outcome}", "conversations")


def _work(tables: dict[Any, list[Any]], contacts: dict[UUID, Any]) -> Iterator[tuple[UUID, Cell]]:
    for request in tables[Request]:
        person = request.patient_id or request.id
        acts = [e.at for e in tables[RequestEvent] if e.request_id == request.id and e.account_id is not None]
        is_open = request.status in {"new", "claimed", "offered"}
        if acts:
            late = min(acts) - request.due_at
            delay = "in_time" if late <= timedelta(0) else "a_day_late" if late <= timedelta(days=1) else "later"
        elif is_open:
            delay = f"waiting {request.due_at.astimezone(UTC):%Y-%m-%d %H}"
        else:
            delay = "untouched"
        campaigns = {ALL}
        if request.contact_id is not None:
            campaigns.add(contacts[request.contact_id].campaign_id)
        for campaign in campaigns:
            yield person, (campaign, "handover", delay, "requests")
        opened = request.created_at.astimezone(PARIS).date().isoformat()
        yield person, (ALL, "opened", f"{opened} {request.department}", "requests")
        if request.closed_at is not None:
            closed = request.closed_at.astimezone(PARIS).date().isoformat()
            yield person, (ALL, "closed", f"{closed} {request.department}", "requests")
        if is_open:
            yield person, (ALL, "open", request.department, "requests")
