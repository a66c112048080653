"""Rule 10: the consent ledger. Rule 9: withdrawals. Rule 13: the human task."""

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from outreach.clock import FrozenClock
from outreach.database.models import Answer, Consent, Contact, Conversation, Request, Suppression
from outreach.database.repositories import people
from outreach.domain.words import (
    Channel,
    ConsentKind,
    ConsentState,
    ContactState,
    Outcome,
    Question,
    RequestKind,
    RequestStatus,
    SuppressionScope,
)
from outreach.runtime import Runtime
from outreach.services import conversations, suppressions, telephone
from tests.factories import a_campaign, a_contact, a_mobile, a_patient


@pytest.fixture
def conversation(runtime: Runtime, clock: FrozenClock) -> Conversation:
    """The patient called us: an open conversation."""
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now())
        patient = a_patient(session, clock.now(), reference="P1", phones=(a_mobile(),))
        a_contact(session, campaign, patient, clock.now())
        found = telephone.inbound(
            session, Channel.VOICE, patient.numbers[0].e164, "+33162000001", "CAinbound", clock.now()
        )
        assert found.conversation_id is not None
        return session.get_one(Conversation, found.conversation_id)


def _consent(runtime: Runtime, clock: FrozenClock, conversation: Conversation) -> None:
    with runtime.transaction() as session:
        locked = conversations.lock(session, conversation.id)
        for kind in ConsentKind:
            turn = conversations.hear(session, locked, "oui", clock.now())
            conversations.record_consent(session, locked, kind, ConsentState.GIVEN, turn, "2026-11-a", clock.now())
        turn = conversations.hear(session, locked, "à Villejuif, en fauteuil", clock.now())
        conversations.remember(
            session,
            locked,
            Question.MOBILITY,
            {"mobility": ["wheelchair"], "max_travel_minutes": 20, "max_travel_km": None},
            turn,
        )
        conversations.remember(
            session,
            locked,
            Question.AREA,
            {
                "scope": "commune",
                "commune": "Villejuif",
                "insee_code": "94076",
                "postal_code": "94800",
                "department": "94",
            },
            turn,
        )


def test_rule_10_each_consent_is_a_row_with_time_wording_channel_and_turn(
    runtime: Runtime, clock: FrozenClock, conversation: Conversation
) -> None:
    _consent(runtime, clock, conversation)
    with runtime.transaction() as session:
        rows = session.scalars(select(Consent).order_by(Consent.position)).all()
    assert [row.kind for row in rows] == ["assistance", "sharing"]
    assert all(row.turn_id and row.wording == "2026-11-a" and row.channel == "voice" and row.at for row in rows)
    assert rows[0].turn_id != rows[1].turn_id


@pytest.mark.parametrize(
    "statement", [update(Consent).values(state="given"), delete(Consent), text("truncate consents")]
)
def test_rule_10_the_database_refuses_to_change_the_ledger(
    runtime: Runtime, clock: FrozenClock, conversation: Conversation, statement: object
) -> None:
    _consent(runtime, clock, conversation)
    with pytest.raises(DBAPIError, match="never changed"), runtime.transaction() as session:
        session.execute(statement)  # type: ignore[call-overload]
    with runtime.transaction() as session:
        assert len(session.scalars(select(Consent)).all()) == 2


def test_an_acceptance_becomes_a_request_with_its_answers(
    runtime: Runtime, clock: FrozenClock, conversation: Conversation
) -> None:
    _consent(runtime, clock, conversation)
    with runtime.transaction() as session:
        conversations.conclude(session, conversations.lock(session, conversation.id), Outcome.ACCEPTED, clock.now())
    with runtime.transaction() as session:
        request = session.scalars(select(Request)).one()
        contact = session.scalars(select(Contact)).one()
    assert (request.kind, request.status) == (RequestKind.MATCHING, RequestStatus.NEW)
    assert request.mobility == ["wheelchair"]
    assert request.max_travel_minutes == 20
    assert request.area is not None
    assert request.area["insee_code"] == "94076"
    assert contact.state == ContactState.ACCEPTED
    assert contact.receipt_due_at is not None


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.OPTED_OUT])
def test_rule_09_withdrawing_drops_what_was_collected_and_keeps_the_ledger(
    runtime: Runtime, clock: FrozenClock, conversation: Conversation, outcome: Outcome
) -> None:
    _consent(runtime, clock, conversation)
    with runtime.transaction() as session:
        conversations.conclude(session, conversations.lock(session, conversation.id), outcome, clock.now())
    with runtime.transaction() as session:
        assert session.scalars(select(Answer)).all() == []
        states = [(row.kind, row.state) for row in session.scalars(select(Consent).order_by(Consent.position))]
        stops = session.scalars(select(Suppression).where(Suppression.reference == "P1")).all()
    assert sorted(states) == [
        ("assistance", "given"), ("assistance", "withdrawn"), ("sharing", "given"), ("sharing", "withdrawn"),
    ]  # fmt: skip
    assert [stop.scope for stop in stops] == [SuppressionScope.PERSON]


def test_rule_09_a_stop_by_sms_withdraws_the_open_request(
    runtime: Runtime, clock: FrozenClock, conversation: Conversation
) -> None:
    _consent(runtime, clock, conversation)
    with runtime.transaction() as session:
        conversations.conclude(session, conversations.lock(session, conversation.id), Outcome.ACCEPTED, clock.now())
    with runtime.transaction() as session:
        assert conversation.patient_id is not None
        number = people.numbers_of(session, conversation.patient_id)[0].e164
        assert [patient.reference for patient in suppressions.stop_by_sms(session, number, clock.now())] == ["P1"]
    with runtime.transaction() as session:
        request = session.scalars(select(Request)).one()
        assert (request.status, request.mobility, request.area) == (RequestStatus.WITHDRAWN, [], None)
        contact = session.scalars(select(Contact)).one()
        assert contact.state == ContactState.OPTED_OUT
        patient = conversations.lock(session, conversation.id).patient
        assert patient is not None
        assert suppressions.forbids(session, patient, number, Channel.VOICE)


@pytest.mark.parametrize(
    ("outcome", "kind", "state"),
    [
        (Outcome.HUMAN_REQUESTED, RequestKind.HUMAN, ContactState.HUMAN_REQUESTED),
        (Outcome.EMERGENCY, RequestKind.EMERGENCY, ContactState.HUMAN_REQUESTED),
        (Outcome.IDENTITY_FAILED, RequestKind.IDENTITY, ContactState.IDENTITY_FAILED),
    ],
)
def test_rule_13_a_human_is_given_the_task(
    runtime: Runtime,
    clock: FrozenClock,
    conversation: Conversation,
    outcome: Outcome,
    kind: RequestKind,
    state: ContactState,
) -> None:
    for _ in range(2):  # told twice, it is one task
        with runtime.transaction() as session:
            conversations.conclude(session, conversations.lock(session, conversation.id), outcome, clock.now())
    with runtime.transaction() as session:
        assert session.scalars(select(Request)).one().kind == kind
        assert session.scalars(select(Contact)).one().state == state


def test_rule_08_two_wrong_birth_dates_fail_the_identity(
    runtime: Runtime, clock: FrozenClock, conversation: Conversation
) -> None:
    from datetime import date

    with runtime.transaction() as session:
        locked = conversations.lock(session, conversation.id)
        first = conversations.check_birth_date(session, locked, date(1950, 1, 1))
        second = conversations.check_birth_date(session, locked, date(1951, 1, 1))
        assert (first, second, locked.identity) == ("wrong", "failed", "failed")
