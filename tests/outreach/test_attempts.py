"""The life of one attempt (DESIGN §6), against a real PostgreSQL."""

from datetime import timedelta

import pytest

from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Contact
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, Channel, ContactState, Gate, Outcome, Purpose
from outreach.runtime import Runtime
from outreach.services import campaigns, carrier_facts, claims, conversations, machines, sms_claims, telephone
from outreach.services.attempts import Claimed
from outreach.services.carrier_facts import CarrierStatus
from outreach.services.machines import Plan
from tests.factories import a_campaign, a_contact, a_mobile, a_patient, claim_call


def _enrol(runtime: Runtime, clock: FrozenClock, rules: ContactPolicy | None = None, **changes: object) -> Contact:
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now(), rules)
        return a_contact(session, campaign, a_patient(session, clock.now(), **changes), clock.now())


def _claim(runtime: Runtime, clock: FrozenClock) -> Claimed | None:
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    with runtime.transaction() as session:
        return claim_call(session, clock.now(), runtime.settings)


def _tell(runtime: Runtime, clock: FrozenClock, claimed: Claimed, *statuses: CarrierStatus) -> None:
    for status in statuses:
        with runtime.transaction() as session:
            carrier_facts.carrier_status(
                session, claimed.attempt_id, status, clock.now(), carrier_id=f"CA{claimed.attempt_id.hex}"
            )


def _contact(runtime: Runtime, contact: Contact) -> Contact:
    with runtime.transaction() as session:
        return session.get_one(Contact, contact.id)


def _attempt(runtime: Runtime, claimed: Claimed) -> Attempt:
    with runtime.transaction() as session:
        return session.get_one(Attempt, claimed.attempt_id)


def test_a_claim_writes_the_attempt_before_anything_is_placed(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    assert _attempt(runtime, claimed).status == AttemptStatus.PLACING
    assert _contact(runtime, contact).state == ContactState.ATTEMPTING
    assert _claim(runtime, clock) is None


def test_rule_02_after_a_ring_nobody_is_called_within_48_hours_and_in_the_other_half_of_the_day(
    runtime: Runtime, clock: FrozenClock
) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    _tell(runtime, clock, claimed, CarrierStatus.RINGING, CarrierStatus.NO_ANSWER)
    after = _contact(runtime, contact)
    assert after.state == ContactState.WAITING
    # Tuesday morning rang: Thursday afternoon at the earliest.
    assert after.next_attempt_at is not None
    assert after.next_attempt_at.astimezone(clock.now().tzinfo).isoformat() == "2026-11-26T13:00:00+00:00"


def test_rule_02_the_gate_holds_back_even_if_the_time_says_otherwise(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    _tell(runtime, clock, claimed, CarrierStatus.RINGING, CarrierStatus.NO_ANSWER)
    clock.advance(timedelta(hours=1))
    with runtime.transaction() as session:
        session.get_one(Contact, contact.id).next_attempt_at = clock.now()
    assert _claim(runtime, clock) is None
    held = _contact(runtime, contact)
    assert held.state == ContactState.WAITING
    assert held.held_by in {Gate.SPACING, Gate.CAP_PER_DAY}


def test_what_never_rang_waits_half_an_hour_and_spends_nothing(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    _tell(runtime, clock, claimed, CarrierStatus.QUEUED, CarrierStatus.BUSY)
    after = _contact(runtime, contact)
    assert after.next_attempt_at == clock.now() + timedelta(minutes=30)
    assert _attempt(runtime, claimed).rang is False


def test_duplicated_and_late_statuses_change_nothing(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    _tell(runtime, clock, claimed, CarrierStatus.RINGING, CarrierStatus.NO_ANSWER)
    before = _contact(runtime, contact)
    clock.advance(timedelta(minutes=5))
    _tell(
        runtime, clock, claimed, CarrierStatus.NO_ANSWER, CarrierStatus.RINGING, CarrierStatus.QUEUED,
        CarrierStatus.COMPLETED,
    )  # fmt: skip
    after = _contact(runtime, contact)
    assert (after.state, after.next_attempt_at) == (before.state, before.next_attempt_at)
    assert _attempt(runtime, claimed).disposition == Disposition.NO_ANSWER


def test_a_call_held_for_never_placed_lives_again_when_the_carrier_tells_of_it(
    runtime: Runtime, clock: FrozenClock
) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    with runtime.transaction() as session:
        carrier_facts.not_placed(session, claimed.attempt_id, Disposition.NEVER_PLACED, clock.now())
    assert _contact(runtime, contact).state == ContactState.WAITING
    _tell(runtime, clock, claimed, CarrierStatus.RINGING)
    assert _contact(runtime, contact).state == ContactState.ATTEMPTING
    assert _attempt(runtime, claimed).rang is True


def test_an_invalid_number_gives_way_to_the_second_one(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock, phones=("0199005001", "0199005002"))
    claimed = _claim(runtime, clock)
    assert claimed is not None
    with runtime.transaction() as session:
        carrier_facts.not_placed(session, claimed.attempt_id, Disposition.INVALID_NUMBER, clock.now(), 21217)
    assert _contact(runtime, contact).state == ContactState.WAITING
    clock.advance(timedelta(minutes=31))
    again = _claim(runtime, clock)
    assert again is not None
    assert again.number == "+33199005002"
    with runtime.transaction() as session:
        carrier_facts.not_placed(session, again.attempt_id, Disposition.INVALID_NUMBER, clock.now(), 21217)
    assert _contact(runtime, contact).state == ContactState.NO_PHONE


def test_a_hang_up_in_the_middle_keeps_the_answers_and_waits(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    with runtime.transaction() as session:
        conversation = telephone.answered(session, claimed.attempt_id, f"CA{claimed.attempt_id.hex}", clock.now())
        assert (
            telephone.answered(session, claimed.attempt_id, f"CA{claimed.attempt_id.hex}", clock.now()).id
            == conversation.id
        )
    with runtime.transaction() as session:
        locked = conversations.lock(session, conversation.id)
        conversations.hear(session, locked, "allô", clock.now())
    assert _contact(runtime, contact).state == ContactState.IN_CONVERSATION
    _tell(runtime, clock, claimed, CarrierStatus.COMPLETED)
    assert _contact(runtime, contact).state == ContactState.WAITING
    assert _attempt(runtime, claimed).disposition == Disposition.ABANDONED
    with runtime.transaction() as session:
        locked = conversations.lock(session, conversation.id)
        assert locked.outcome == Outcome.ABANDONED
        # The last words were still being taken in: they are not lost.
        conversations.conclude(session, locked, Outcome.ACCEPTED, clock.now())
    assert _contact(runtime, contact).state == ContactState.ACCEPTED
    assert _attempt(runtime, claimed).disposition == Disposition.CONVERSATION


def test_the_first_call_to_a_mobile_is_announced_the_working_day_before(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock, ContactPolicy(), phones=(a_mobile(),))
    assert _claim(runtime, clock) is None
    assert _contact(runtime, contact).held_by == Gate.ANNOUNCEMENT_PENDING
    with runtime.transaction() as session:
        claimed = sms_claims.claim_sms(session, clock.now(), runtime.settings)
    assert claimed is not None
    assert (claimed.channel, claimed.purpose) == (Channel.SMS, Purpose.ANNOUNCEMENT)
    assert _claim(runtime, clock) is None
    clock.advance(timedelta(days=1))
    assert _claim(runtime, clock) is not None


def test_the_neutral_message_is_left_on_the_first_and_third_miss_only(runtime: Runtime, clock: FrozenClock) -> None:
    _enrol(runtime, clock)
    plans = []
    for _ in range(4):
        claimed = _claim(runtime, clock)
        assert claimed is not None
        with runtime.transaction() as session:
            plans.append(machines.detected(session, claimed.attempt_id, "machine_end_beep", clock.now()))
        _tell(runtime, clock, claimed, CarrierStatus.COMPLETED)
        with runtime.transaction() as session:
            contact = session.query(Contact).one()
            if contact.next_attempt_at is not None:
                clock.set(contact.next_attempt_at)
    leave, hang_up = Plan.LEAVE_MESSAGE, Plan.HANG_UP
    assert plans == [leave, hang_up, leave, hang_up]
    with runtime.transaction() as session:
        assert session.query(Contact).one().state == ContactState.EXHAUSTED


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.OPTED_OUT])
def test_rule_09_a_refusal_or_a_stop_closes_every_channel_at_once(
    runtime: Runtime, clock: FrozenClock, outcome: Outcome
) -> None:
    contact = _enrol(runtime, clock)
    claimed = _claim(runtime, clock)
    assert claimed is not None
    with runtime.transaction() as session:
        conversation = telephone.answered(session, claimed.attempt_id, f"CA{claimed.attempt_id.hex}", clock.now())
    with runtime.transaction() as session:
        conversations.conclude(session, conversations.lock(session, conversation.id), outcome, clock.now())
    _tell(runtime, clock, claimed, CarrierStatus.COMPLETED)
    after = _contact(runtime, contact)
    assert after.state == (ContactState.REFUSED if outcome is Outcome.REFUSED else ContactState.OPTED_OUT)
    clock.advance(timedelta(days=40))
    assert _claim(runtime, clock) is None
    with runtime.transaction() as session:
        assert sms_claims.claim_sms(session, clock.now(), runtime.settings) is None


def test_a_paused_campaign_puts_back_whoever_was_due(runtime: Runtime, clock: FrozenClock) -> None:
    contact = _enrol(runtime, clock)
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    assert _contact(runtime, contact).state == ContactState.DUE
    with runtime.transaction() as session:
        campaigns.pause(session, "ald-2026", "a test", clock.now(), by="tests")
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    after = _contact(runtime, contact)
    assert (after.state, after.held_by) == (ContactState.WAITING, Gate.CAMPAIGN_NOT_RUNNING)
    assert after.next_attempt_at is not None
