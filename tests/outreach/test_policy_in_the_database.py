"""Rules 1, 2 and 9 over made-up histories driven through the services: claims, ends, re-imports, duplicates, a backup."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from outreach import journal
from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Contact, Pace, Patient, Suppression
from outreach.domain.calling_hours import Window
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Channel, ContactState, Direction, Outcome
from outreach.runtime import Runtime, Session
from outreach.services import campaigns, carrier_facts, claims, conversations, sms_claims, suppressions, telephone
from outreach.services.attempts import Claimed
from outreach.services.carrier_facts import CarrierStatus
from outreach.services.patients_import import import_patients
from tests.factories import a_landline, a_mobile, an_adviser, claim_call
from tests.outreach.oracle import Placed, broken_rules

PLACES = {"94800": "94", "57000": "57", "97400": "974", "97200": "972", "97500": "975", "97150": "978"}
STOPS = (Outcome.REFUSED, Outcome.OPTED_OUT)
_names: Iterator[int] = count(1)

waits = st.sampled_from([1, 24, 44, 47, 48, 72, 24 * 10])
ends = st.sampled_from(
    ["no_answer", "no_answer", "busy", "failed", "callback", "third_party", "wrong_number", "abandoned"]
)
steps = st.one_of(
    st.tuples(st.just("call_at_once"), waits, ends),
    st.tuples(st.just("call_in_time"), st.just(0), ends),
    st.tuples(st.just("text"), waits, st.none()),
    st.tuples(st.sampled_from(["import", "restore"]), st.just(0), st.none()),
)
stops = st.sampled_from([None, "refused", "opted_out", "sms"])


class _Person:
    """One person in a campaign of their own, at a moment and a place, under one or two references."""

    def __init__(self, runtime: Runtime, clock: FrozenClock, folder: Path, postal_code: str, *, mobile: bool) -> None:
        self.runtime, self.clock, self.folder, self.postal_code = runtime, clock, folder, postal_code
        self.number = next(_names)
        self.campaign = f"history-{self.number}"
        self.references = [f"H{self.number}"]
        self.phones = [a_mobile() if mobile else a_landline(), a_landline()]
        self.wished: list[Window] = []
        self.stopped_at: datetime | None = None
        with runtime.transaction() as session:
            session.execute(delete(Pace))  # of a history that was later
            campaigns.create(session, self.campaign, ContactPolicy(), None, clock.now(), by="tests")
        self.imports()
        with runtime.transaction() as session:
            an_adviser(session, clock.now(), f"adviser-{self.number}")
            campaigns.start(session, self.campaign, clock.now(), by="tests")

    def imports(self) -> None:
        file = self.folder / f"{self.campaign}.csv"
        rows = [
            f"{reference},Exemple,1947-03-12,{self.phones[0]},{self.phones[1]},{self.postal_code}"
            for reference in self.references
        ]
        file.write_text("\n".join(["reference,last_name,birth_date,phone_1,phone_2,postal_code", *rows]))
        report = import_patients(file, self.campaign, self.runtime.transaction, self.clock)
        assert report.rejected == 0

    def twin(self) -> None:
        """The same person comes again under another reference, once their end is known: before, they are two people."""
        if self.stopped_at is not None and len(self.references) == 1:
            self.references.append(f"H{self.number}-BIS")
            self.imports()

    def restore(self) -> None:
        """A backup from before anything was said; the journal is what is left."""
        with self.runtime.transaction() as session:
            session.execute(delete(Suppression).where(Suppression.reference.in_(self.references)))
            session.execute(
                update(Contact)
                .where(Contact.patient_id.in_(self._ids(session)), Contact.state != ContactState.WAITING)
                .values(state=ContactState.WAITING, next_attempt_at=self.clock.now())
            )
        with self.runtime.transaction() as session:
            journal.replay(session, self.runtime.settings.relais_var)

    def hand(self) -> None:
        with self.runtime.transaction() as session:
            session.execute(
                update(Contact)
                .where(Contact.patient_id.in_(self._ids(session)), Contact.state == ContactState.WAITING)
                .values(next_attempt_at=self.clock.now())
            )

    def _ids(self, session: Session) -> list[UUID]:
        return list(session.scalars(select(Patient.id).where(Patient.reference.in_(self.references))))

    def stop(self) -> None:
        with self.runtime.transaction() as session:
            number = session.scalars(select(Attempt.number).where(Attempt.patient_id.in_(self._ids(session)))).first()
            if number is not None:
                suppressions.stop_by_sms(session, number, self.clock.now())
                self._they_stopped()

    def says_stop(self, how: str) -> None:
        if how != "sms":
            self.in_time(how)
        if self.stopped_at is None:  # by SMS, or because nobody may be called any more
            self.stop()
        self.clock.advance(timedelta(seconds=1))

    def _they_stopped(self) -> None:
        self.stopped_at = self.stopped_at or self.clock.now()

    def text(self) -> None:
        with self.runtime.transaction() as session:
            claimed = sms_claims.claim_sms(session, self.clock.now(), self.runtime.settings)
        if claimed is not None:
            self._tell(claimed, CarrierStatus.SENT)

    def at_once(self, hours: int, said: str) -> None:
        """Schedules are not believed: whoever waits is taken for due."""
        self.clock.advance(timedelta(hours=hours))
        self.hand()
        self.call(said)

    def in_time(self, said: str) -> None:
        with self.runtime.transaction() as session:
            at = session.scalar(
                select(func.min(Contact.next_attempt_at)).where(
                    Contact.patient_id.in_(self._ids(session)), Contact.state == ContactState.WAITING
                )
            )
        if at is not None and at > self.clock.now():
            self.clock.set(at)
        self.call(said)

    def call(self, said: str) -> None:
        with self.runtime.transaction() as session:
            claims.open_contacts(session, self.clock.now())
        with self.runtime.transaction() as session:
            claimed = claim_call(session, self.clock.now(), self.runtime.settings)
        if claimed is None:
            return
        if said in {"busy", "failed"}:
            self._tell(claimed, CarrierStatus(said))
            return
        self.clock.advance(timedelta(seconds=5))
        self._tell(claimed, CarrierStatus.RINGING)
        if said == "no_answer":
            self._tell(claimed, CarrierStatus.NO_ANSWER)
            return
        self.clock.advance(timedelta(seconds=15))
        self._talk(claimed, said)
        self._tell(claimed, CarrierStatus.COMPLETED)

    def _talk(self, claimed: Claimed, said: str) -> None:
        now = self.clock.now()
        with self.runtime.transaction() as session:
            conversation_id = telephone.answered(session, claimed.attempt_id, f"X{claimed.attempt_id.hex}", now).id
        if said == "abandoned":
            return
        outcome = Outcome(said)
        wanted = None
        if outcome in {Outcome.CALLBACK, Outcome.THIRD_PARTY}:
            wanted = Window(now + timedelta(hours=3), now + timedelta(hours=6))
        with self.runtime.transaction() as session:
            conversation = conversations.lock(session, conversation_id)
            conversations.conclude(session, conversation, outcome, now, wanted)
        if outcome in STOPS:
            self._they_stopped()
        if outcome is Outcome.CALLBACK:
            with self.runtime.transaction() as session:
                contact = session.scalars(
                    select(Contact)
                    .join(Attempt, Attempt.contact_id == Contact.id)
                    .where(Attempt.id == claimed.attempt_id)
                ).one()
                if contact.callback_from is not None and contact.callback_to is not None:
                    self.wished.append(Window(contact.callback_from, contact.callback_to))

    def _tell(self, claimed: Claimed, status: CarrierStatus) -> None:
        with self.runtime.transaction() as session:
            carrier_facts.carrier_status(
                session, claimed.attempt_id, status, self.clock.now(), carrier_id=f"X{claimed.attempt_id.hex}"
            )

    def placed(self) -> list[Placed]:
        with self.runtime.transaction() as session:
            rows = session.scalars(
                select(Attempt)
                .where(Attempt.patient_id.in_(self._ids(session)), Attempt.direction == Direction.OUTBOUND)
                .order_by(Attempt.claimed_at)
            ).all()
        return [
            Placed(
                row.claimed_at,
                row.rang_at,
                row.channel == Channel.VOICE and any(row.claimed_at in window for window in self.wished),
            )
            for row in rows
        ]


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    begins=st.datetimes(datetime(2026, 1, 5), datetime(2027, 10, 1), timezones=st.just(UTC)),
    postal_code=st.sampled_from(sorted(PLACES)),
    mobile=st.booleans(),
    history=st.lists(steps, min_size=4, max_size=14),
    stop=stops,
)
def test_rule_01_rule_02_and_rule_09_hold_through_the_database(
    runtime: Runtime,
    clock: FrozenClock,
    tmp_path: Path,
    begins: datetime,
    postal_code: str,
    mobile: bool,
    history: list[tuple[str, int, str | None]],
    stop: str | None,
) -> None:
    clock.set(begins.replace(hour=14, minute=0))  # open in all these places
    person = _Person(runtime, clock, tmp_path, postal_code, mobile=mobile)
    for act, hours, said in history:
        if act == "call_at_once":
            person.at_once(hours, said or "")
        elif act == "call_in_time":
            person.in_time(said or "")
        elif act == "text":
            clock.advance(timedelta(hours=hours))
            person.text()
        else:
            {"import": person.imports, "restore": person.restore}[act]()
    if stop is not None:
        person.says_stop(stop)
    # Whatever could bring somebody back does, and every means is tried.
    for brings_back in (person.restore, person.twin, person.restore, person.imports):
        brings_back()
        for hours in (24, 24, 47):
            person.at_once(hours, "no_answer")
            person.text()
    assert broken_rules(PLACES[postal_code], person.placed(), person.stopped_at) == []
    with runtime.transaction() as session:
        campaigns.stop(session, person.campaign, None, clock.now(), by="tests")
