"""Rule 14: what was kept long enough is emptied; what somebody still works on is not."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from outreach.clock import FrozenClock
from outreach.database.models import (
    Answer,
    Attempt,
    AuditEntry,
    Consent,
    Contact,
    Conversation,
    Patient,
    PhoneNumber,
    Relay,
    Request,
    RequestEvent,
    Turn,
)
from outreach.domain.words import (
    AttemptStatus,
    Channel,
    ConsentKind,
    ConsentState,
    ContactState,
    Direction,
    Outcome,
    Purpose,
    Question,
    RequestKind,
    RequestStatus,
    Speaker,
)
from outreach.runtime import Runtime, Session
from outreach.services import audit, consents, erasure, retention, suppressions
from outreach.services.patients_import import import_patients
from tests.factories import a_campaign, a_contact, a_patient

SAID = "je suis en fauteuil"
REFERENCE = "P-ODETTE"


def _talk(session: Session, patient: Patient | None, now: datetime, number: str = "+33199000001") -> UUID:
    """A conversation that has ended, with its words, an answer and the relay of a turn."""
    attempt = Attempt(
        patient_id=patient.id if patient is not None else None,
        channel=Channel.VOICE,
        direction=Direction.INBOUND,
        purpose=Purpose.CONVERSATION,
        status=AttemptStatus.ENDED,
        number=number,
        caller="+33162000001",
        claimed_at=now,
        claimed_wall=now,
        heard_wall=now,
        ended_at=now,
    )
    session.add(attempt)
    session.flush()
    conversation = Conversation(
        attempt_id=attempt.id,
        patient_id=attempt.patient_id,
        channel=Channel.VOICE,
        started_at=now,
        ended_at=now,
        outcome=Outcome.ACCEPTED,
        dialogue={"answers": {"mobility": ["wheelchair"]}},
    )
    session.add(conversation)
    session.flush()
    turn = Turn(conversation_id=conversation.id, position=1, speaker=Speaker.PATIENT, text=SAID, at=now)
    session.add(turn)
    session.flush()
    session.add(
        Answer(
            conversation_id=conversation.id,
            question=Question.MOBILITY,
            value={"mobility": ["wheelchair"]},
            turn_id=turn.id,
            at=now,
        )
    )
    session.add(Relay(key=uuid4().hex, conversation_id=conversation.id, answer=SAID, at=now))
    if patient is not None:
        consents.record(session, conversation, ConsentKind.ASSISTANCE, ConsentState.GIVEN, turn, "2026-11-a", now)
    session.flush()
    return conversation.id


def _a_request(session: Session, patient: Patient, conversation: UUID, now: datetime, *, is_open: bool) -> Request:
    request = Request(
        patient_id=patient.id,
        conversation_id=conversation,
        kind=RequestKind.MATCHING,
        status=RequestStatus.NEW if is_open else RequestStatus.CLOSED,
        department="94",
        area={"commune": "Villejuif"},
        created_at=now,
        closed_at=None if is_open else now,
    )
    session.add(request)
    session.flush()
    session.add(RequestEvent(request_id=request.id, act="closed", note="sa fille ouvre la porte", at=now))
    return request


def _words(session: Session, conversation: UUID) -> set[str]:
    return set(session.scalars(select(Turn.text).where(Turn.conversation_id == conversation)))


def _purge(runtime: Runtime, clock: FrozenClock) -> retention.Purged:
    with runtime.transaction() as session:
        return retention.purge(session, clock.now(), runtime.settings)


@pytest.mark.parametrize(("days", "kept"), [(179, True), (181, False)])
def test_rule_14_words_go_after_their_time_and_the_ledger_stays(
    runtime: Runtime, clock: FrozenClock, *, days: int, kept: bool
) -> None:
    with runtime.transaction() as session:
        patient = a_patient(session, clock.now(), reference=REFERENCE)
        talk = _talk(session, patient, clock.now())
        _a_request(session, patient, talk, clock.now(), is_open=False)
    clock.advance(timedelta(days=days))
    assert _purge(runtime, clock).conversations == (0 if kept else 1)
    with runtime.transaction() as session:
        assert _words(session, talk) == ({SAID} if kept else {""})
        assert bool(session.scalars(select(Answer)).all()) is kept
        assert bool(session.get_one(Conversation, talk).dialogue) is kept
        assert session.scalar(select(func.count(Consent.id))) == 1
        assert session.scalars(select(Patient.last_name)).one() == "Exemple"
    assert _purge(runtime, clock).conversations == 0


def test_rule_14_words_that_an_adviser_still_needs_stay(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        patient = a_patient(session, clock.now(), reference=REFERENCE)
        earlier, latest = _talk(session, patient, clock.now()), _talk(session, patient, clock.now())
        request = _a_request(session, patient, latest, clock.now(), is_open=True)
    clock.advance(timedelta(days=1000))
    assert _purge(runtime, clock) == retention.Purged(relays=2)
    with runtime.transaction() as session:
        session.get_one(Request, request.id).status = RequestStatus.CLOSED
        session.get_one(Request, request.id).closed_at = clock.now()
    assert _purge(runtime, clock).conversations == 2
    with runtime.transaction() as session:
        assert _words(session, earlier) == _words(session, latest) == {""}


def test_rule_14_words_that_are_nobodys_go_too(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        talk = _talk(session, None, clock.now())
    clock.advance(timedelta(days=181))
    _purge(runtime, clock)
    with runtime.transaction() as session:
        assert _words(session, talk) == {""}


def test_rule_14_who_is_done_with_for_two_years_is_forgotten(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        patient = a_patient(session, clock.now(), reference=REFERENCE)
        talk = _talk(session, patient, clock.now(), patient.numbers[0].e164)
        _a_request(session, patient, talk, clock.now(), is_open=False)
    clock.advance(timedelta(days=729))
    assert _purge(runtime, clock).people == 0
    clock.advance(timedelta(days=2))
    assert _purge(runtime, clock).people == 1
    with runtime.transaction() as session:
        forgotten = session.scalars(select(Patient)).one()
        assert (forgotten.reference, forgotten.last_name, forgotten.birth_date) == (REFERENCE, "effacé", None)
        assert not session.scalars(select(PhoneNumber)).all()
        assert set(session.scalars(select(Attempt.number))) == {""}
        assert session.scalars(select(Request.area)).one() is None
        assert session.scalars(select(RequestEvent.note)).one() is None
        entry = session.scalars(select(AuditEntry).where(AuditEntry.act == "patient_erased")).one()
        assert (entry.login, entry.subject, entry.reason) == ("relais", REFERENCE, "retention")
        # Kept long enough is no refusal.
        assert not suppressions.forbids(session, forgotten, None, Channel.VOICE)


def test_rule_14_whom_a_campaign_still_calls_is_not_forgotten(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        patient = a_patient(session, clock.now())
        contact = a_contact(session, a_campaign(session, clock.now()), patient, clock.now())
    clock.advance(timedelta(days=800))
    assert _purge(runtime, clock).people == 0
    with runtime.transaction() as session:
        session.merge(contact).state = ContactState.EXHAUSTED
    assert _purge(runtime, clock).people == 1


ROW = "reference,last_name,birth_date,phone_1,postal_code\nP-ODETTE,Exemple,1947-03-12,0199000001,94800\n"


@pytest.mark.parametrize("at_their_wish", [True, False])
def test_rule_09_a_later_file_brings_back_who_was_kept_long_enough_but_nobody_who_wished_to_go(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path, *, at_their_wish: bool
) -> None:
    file = tmp_path / "patients.csv"
    file.write_text(ROW, encoding="utf-8")
    import_patients(file, "ald-2026", runtime.transaction, clock)
    with runtime.transaction() as session:
        for contact in session.scalars(select(Contact)):
            contact.state = ContactState.EXHAUSTED
        if at_their_wish:
            erasure.erase(session, REFERENCE, clock.now(), "camille", "asked")
    clock.advance(timedelta(days=800))
    assert _purge(runtime, clock).people == (0 if at_their_wish else 1)
    import_patients(file, "ald-2028", runtime.transaction, clock)
    with runtime.transaction() as session:
        patient = session.scalars(select(Patient)).one()
        assert patient.last_name == ("effacé" if at_their_wish else "Exemple")
        assert len(session.scalars(select(PhoneNumber)).all()) == (0 if at_their_wish else 1)


def test_rule_14_the_trail_goes_after_its_own_time(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        audit.record(session, "camille", "request_viewed", REFERENCE, None, clock.now())
    clock.advance(timedelta(days=1094))
    assert _purge(runtime, clock).audit_entries == 0
    clock.advance(timedelta(days=2))
    assert _purge(runtime, clock).audit_entries == 1


def test_two_processes_do_not_purge_at_once(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        _talk(session, None, clock.now())
    clock.advance(timedelta(days=181))
    with runtime.transaction() as session:
        retention.purge(session, clock.now(), runtime.settings)
        assert _purge(runtime, clock) == retention.Purged()
