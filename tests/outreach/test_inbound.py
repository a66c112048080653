"""Somebody calls or texts us: who it is, what becomes of their contact, and what an inbound conversation never costs."""

from datetime import datetime, timedelta
from itertools import cycle, product
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Contact, Conversation, Patient, Request, Suppression
from outreach.database.repositories import attempts as attempts_of
from outreach.domain.calling_hours import Window
from outreach.domain.dispositions import Disposition
from outreach.domain.words import (
    AttemptStatus,
    CampaignStatus,
    Channel,
    ContactState,
    Outcome,
    RequestKind,
)
from outreach.runtime import Runtime, Session
from outreach.services import attempts, calls, carrier_facts, claims, conversations, machines, suppressions, telephone
from outreach.services.carrier_facts import CarrierStatus
from outreach.services.machines import Plan
from outreach.services.telephone import Inbound, Recognised
from tests.factories import a_campaign, a_contact, a_landline, a_patient, claim_call

OURS = "+33162000001"
OUTCOMES = (None, Outcome.ABANDONED, Outcome.ACCEPTED, Outcome.CALLBACK, Outcome.REFUSED, Outcome.IDENTITY_FAILED)


def _calls(session: Session, number: str, now: datetime, channel: Channel = Channel.VOICE) -> Inbound:
    return telephone.inbound(session, channel, number, OURS, f"CA{uuid4().hex}", now)


def _person(session: Session, now: datetime, state: ContactState = ContactState.WAITING) -> tuple[Contact, str]:
    campaign = session.scalars(select(Contact).limit(1)).first()
    if campaign is None:
        home = a_campaign(session, now)
    else:
        session.refresh(campaign, ["campaign"])
        home = campaign.campaign
    national = a_landline()
    contact = a_contact(session, home, a_patient(session, now, phones=(national,)), now)
    contact.state = state
    if state not in {ContactState.WAITING, ContactState.DUE, ContactState.ATTEMPTING, ContactState.IN_CONVERSATION}:
        contact.next_attempt_at = None
    session.flush()
    return contact, f"+33{national[1:]}"


def _talk(session: Session, found: Inbound) -> tuple[Conversation, Attempt]:
    assert found.conversation_id is not None
    conversation = conversations.lock(session, found.conversation_id)
    return conversation, session.get_one(Attempt, conversation.attempt_id)


def test_from_every_state_and_whatever_the_campaign_a_caller_is_served(runtime: Runtime, clock: FrozenClock) -> None:
    """On a Sunday night, too."""
    sunday = datetime(2026, 11, 29, 23, 30, tzinfo=ZoneInfo("Europe/Paris"))
    statuses = cycle(CampaignStatus)
    under_way = {ContactState.DUE, ContactState.ATTEMPTING, ContactState.IN_CONVERSATION}
    with runtime.transaction() as session:
        for state, outcome in product(ContactState, OUTCOMES):
            contact, number = _person(session, clock.now(), state)
            session.refresh(contact, ["campaign"])
            contact.campaign.status = next(statuses)
            found = _calls(session, number, sunday)
            assert (found.recognised, found.is_new) == (Recognised.KNOWN, True)
            conversation, attempt = _talk(session, found)
            assert conversation.contact_id == contact.id
            if outcome is not None:
                conversations.conclude(session, conversation, outcome, sunday)
            carrier_facts.carrier_status(session, attempt.id, CarrierStatus.COMPLETED, sunday)
            session.refresh(contact)
            assert contact.state not in under_way, (state, outcome)
            assert contact.state != ContactState.WAITING or contact.next_attempt_at is not None, (state, outcome)
            assert contact.attempts == 0
            if outcome is Outcome.ACCEPTED and state is not ContactState.DECEASED:
                assert contact.state == ContactState.ACCEPTED, state
            if state is ContactState.INELIGIBLE and outcome in {None, Outcome.ABANDONED, Outcome.CALLBACK}:
                assert contact.state == ContactState.INELIGIBLE, "whom the agent must not call is not called after"


def test_rule_02_an_inbound_call_counts_in_no_cap(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        contact, number = _person(session, clock.now())
    for status in (CarrierStatus.COMPLETED, CarrierStatus.NO_ANSWER, CarrierStatus.BUSY, CarrierStatus.CANCELED):
        with runtime.transaction() as session:
            _, attempt = _talk(session, _calls(session, number, clock.now()))
            for told in (CarrierStatus.RINGING, CarrierStatus.IN_PROGRESS, status):
                carrier_facts.carrier_status(session, attempt.id, told, clock.now())
    with runtime.transaction() as session:
        assert attempts_of.rings_since(session, contact.patient_id, clock.now() - timedelta(days=30)) == []
        assert attempts_of.misses(session, contact.id) == 0
        assert attempts_of.such_ends(session, contact.id, number, Disposition.BUSY) == 0
        # Who called us is left in peace as after a call of ours, and no longer.
        clock.advance(timedelta(days=3))
        claims.open_contacts(session, clock.now())
        assert claim_call(session, clock.now(), runtime.settings) is not None


def test_rule_05_an_inbound_call_gets_no_voicemail_whatever_a_detector_says(
    runtime: Runtime, clock: FrozenClock
) -> None:
    with runtime.transaction() as session:
        _, number = _person(session, clock.now())
        _, attempt = _talk(session, _calls(session, number, clock.now()))
        plan = machines.detected(session, attempt.id, "machine_end_beep", clock.now())
        calls.who_picked_up(session, attempt.id, "machine_start")
        assert plan is Plan.KEEP_TALKING
        standing = calls.standing(session, attempt.id)
        assert standing is not None
        assert not standing.is_a_machine


def test_who_called_and_was_cut_off_keeps_the_time_they_asked_for(runtime: Runtime, clock: FrozenClock) -> None:
    asked = Window(clock.now() + timedelta(hours=24), clock.now() + timedelta(hours=25))
    with runtime.transaction() as session:
        contact, number = _person(session, clock.now())
        conversation, attempt = _talk(session, _calls(session, number, clock.now()))
        conversations.conclude(session, conversation, Outcome.CALLBACK, clock.now(), asked)
        carrier_facts.carrier_status(session, attempt.id, CarrierStatus.COMPLETED, clock.now())
    with runtime.transaction() as session:
        _, attempt = _talk(session, _calls(session, number, clock.now()))
        carrier_facts.carrier_status(session, attempt.id, CarrierStatus.COMPLETED, clock.now())
    with runtime.transaction() as session:
        after = session.get_one(Contact, contact.id)
        assert (after.state, after.callback_from, after.next_attempt_at) == (
            ContactState.WAITING, asked.start, asked.start,
        )  # fmt: skip


def test_rule_09_a_suppressed_caller_is_served_and_stays_suppressed(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        contact, number = _person(session, clock.now())
        suppressions.stop_by_sms(session, number, clock.now())
    with runtime.transaction() as session:
        conversation, _ = _talk(session, _calls(session, number, clock.now()))
        conversations.conclude(session, conversation, Outcome.ACCEPTED, clock.now())
    with runtime.transaction() as session:
        after = session.scalars(select(Contact).where(Contact.id == contact.id)).one()
        session.refresh(after, ["patient"])
        assert after.state == ContactState.ACCEPTED
        assert session.scalars(select(Request.kind)).all() == [RequestKind.MATCHING]
        assert suppressions.forbids(session, after.patient, number, Channel.VOICE)


def test_who_must_not_be_called_and_asks_to_be_called_gets_an_adviser(runtime: Runtime, clock: FrozenClock) -> None:
    wanted = Window(clock.now() + timedelta(hours=24), clock.now() + timedelta(hours=25))
    with runtime.transaction() as session:
        contact, number = _person(session, clock.now())
        suppressions.stop_by_sms(session, number, clock.now())
        conversation, _ = _talk(session, _calls(session, number, clock.now()))
        conversations.conclude(session, conversation, Outcome.CALLBACK, clock.now(), wanted)
    with runtime.transaction() as session:
        request = session.scalars(select(Request)).one()
        assert (request.kind, request.callback_from) == (RequestKind.HUMAN, wanted.start)
        assert session.get_one(Contact, contact.id).state == ContactState.OPTED_OUT


def _ours(runtime: Runtime, clock: FrozenClock, *told: CarrierStatus) -> UUID:
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
        claimed = claim_call(session, clock.now(), runtime.settings)
        assert claimed is not None
        attempts.placed(session, claimed.attempt_id, "CA-ours", clock.now())
        for status in told:
            carrier_facts.carrier_status(session, claimed.attempt_id, status, clock.now())
    return claimed.attempt_id


@pytest.mark.parametrize("ends", [CarrierStatus.BUSY, CarrierStatus.NO_ANSWER, CarrierStatus.COMPLETED])
def test_they_call_while_our_call_rings_and_there_is_one_conversation(
    runtime: Runtime, clock: FrozenClock, ends: CarrierStatus
) -> None:
    with runtime.transaction() as session:
        contact, number = _person(session, clock.now())
    ours = _ours(runtime, clock, CarrierStatus.RINGING)
    with runtime.transaction() as session:
        found = _calls(session, number, clock.now())
        assert found.calls_to_end == ("CA-ours",)
    with runtime.transaction() as session:
        assert telephone.already_talking(session, ours)
        carrier_facts.carrier_status(session, ours, ends, clock.now())
    with runtime.transaction() as session:
        assert session.get_one(Contact, contact.id).state == ContactState.IN_CONVERSATION, "they are still talking"
        assert claim_call(session, clock.now(), runtime.settings) is None
        conversation, attempt = _talk(session, found)
        conversations.conclude(session, conversation, Outcome.ACCEPTED, clock.now())
        carrier_facts.carrier_status(session, attempt.id, CarrierStatus.COMPLETED, clock.now())
    with runtime.transaction() as session:
        assert session.get_one(Contact, contact.id).state == ContactState.ACCEPTED
        assert len(session.scalars(select(Conversation)).all()) == 1


def test_a_call_that_a_mailbox_took_is_ended_when_they_call(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        _, number = _person(session, clock.now())
    ours = _ours(runtime, clock, CarrierStatus.RINGING, CarrierStatus.IN_PROGRESS)
    with runtime.transaction() as session:
        telephone.answered(session, ours, "CA-ours", clock.now())
    with runtime.transaction() as session:
        assert _calls(session, number, clock.now()).calls_to_end == ("CA-ours",)


def test_a_shared_number_opens_a_conversation_that_is_nobodys(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now())
        people = [
            a_contact(session, campaign, a_patient(session, clock.now(), phones=("0199004321",)), clock.now())
            for _ in range(2)
        ]
        found = _calls(session, "+33199004321", clock.now())
        assert found.recognised is Recognised.SHARED
        conversation, attempt = _talk(session, found)
        assert (conversation.patient_id, conversation.contact_id, attempt.patient_id) == (None, None, None)
        assert {contact.state for contact in people} == {ContactState.WAITING}
        # Nor is the line rung meanwhile.
        claims.open_contacts(session, clock.now())
        assert claim_call(session, clock.now(), runtime.settings) is None
    with runtime.transaction() as session:
        carrier_facts.carrier_status(session, attempt.id, CarrierStatus.COMPLETED, clock.now())
        ended = session.get_one(Attempt, attempt.id)
        assert (ended.status, ended.disposition) == (AttemptStatus.ENDED, Disposition.HUNG_UP)


def test_a_number_that_proved_somebody_elses_is_a_strangers(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        contact, number = _person(session, clock.now())
        conversation, _ = _talk(session, _calls(session, number, clock.now()))
        conversations.conclude(session, conversation, Outcome.WRONG_NUMBER, clock.now())
    with runtime.transaction() as session:
        assert _calls(session, number, clock.now()).recognised is Recognised.UNKNOWN
        # A stop from there is kept all the same, for whoever has the number.
        suppressions.stop_by_sms(session, number, clock.now())
        assert number in session.scalars(select(Suppression.number)).all()
        assert session.get_one(Patient, contact.patient_id).erased_at is None
