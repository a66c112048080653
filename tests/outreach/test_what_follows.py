"""What follows an attempt (DOMAIN §2): the next number, callbacks, invitations by SMS, the list for letters."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from outreach.clock import FrozenClock
from outreach.database.models import Attempt, AuditEntry, Contact, PhoneNumber
from outreach.domain.calling_hours import Window
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Channel, ContactState, NumberKind, Outcome, Purpose
from outreach.runtime import Runtime
from outreach.services import carrier_facts, claims, conversations, letters, sms_claims, suppressions, telephone
from outreach.services.attempts import Claimed
from outreach.services.carrier_facts import CarrierStatus
from tests.factories import a_campaign, a_contact, a_landline, a_mobile, a_patient, claim_call

QUIET = ContactPolicy(announce_sms=False)


class Line:
    """One contact and its telephone, driven through the services."""

    def __init__(
        self,
        runtime: Runtime,
        clock: FrozenClock,
        rules: ContactPolicy = QUIET,
        campaign_name: str = "ald-2026",
        **changes: object,
    ) -> None:
        self.runtime, self.clock = runtime, clock
        with runtime.transaction() as session:
            campaign = a_campaign(session, clock.now(), rules, campaign_name)
            patient = a_patient(session, clock.now(), **changes)
            self.patient_id = patient.id
            self.numbers = [number.e164 for number in patient.numbers]
            self.contact_id = a_contact(session, campaign, patient, clock.now()).id

    @property
    def contact(self) -> Contact:
        with self.runtime.transaction() as session:
            return session.get_one(Contact, self.contact_id)

    def call(self) -> Claimed | None:
        with self.runtime.transaction() as session:
            claims.open_contacts(session, self.clock.now())
        with self.runtime.transaction() as session:
            return claim_call(session, self.clock.now(), self.runtime.settings)

    def text(self) -> Claimed | None:
        with self.runtime.transaction() as session:
            claims.open_contacts(session, self.clock.now())
        with self.runtime.transaction() as session:
            return sms_claims.claim_sms(session, self.clock.now(), self.runtime.settings)

    def ends(self, claimed: Claimed | None, *statuses: CarrierStatus) -> None:
        assert claimed is not None
        for status in statuses:
            with self.runtime.transaction() as session:
                carrier_facts.carrier_status(
                    session, claimed.attempt_id, status, self.clock.now(), carrier_id=f"CA{claimed.attempt_id.hex}"
                )

    def rings_in_vain(self) -> None:
        self.ends(self.call(), CarrierStatus.RINGING, CarrierStatus.NO_ANSWER)

    def until_the_next_time(self) -> None:
        at = self.contact.next_attempt_at
        assert at is not None
        self.clock.set(at)

    def concludes(self, claimed: Claimed | None, outcome: Outcome, callback: Window | None = None) -> None:
        assert claimed is not None
        now, sid = self.clock.now(), f"CA{claimed.attempt_id.hex}"
        with self.runtime.transaction() as session:
            conversation_id = telephone.answered(session, claimed.attempt_id, sid, now).id
        with self.runtime.transaction() as session:
            conversation = conversations.lock(session, conversation_id)
            conversations.hear(session, conversation, "un mot", now)
            conversations.conclude(session, conversation, outcome, now, callback)
        self.ends(claimed, CarrierStatus.COMPLETED)


def test_after_a_wrong_number_the_next_one_is_called_and_only_the_last_one_ends_it(
    runtime: Runtime, clock: FrozenClock
) -> None:
    line = Line(runtime, clock, phones=(a_landline(), a_landline()))
    line.concludes(line.call(), Outcome.WRONG_NUMBER)
    assert (line.contact.state, line.contact.reason) == (ContactState.WAITING, "wrong_number")
    line.until_the_next_time()
    again = line.call()
    assert again is not None
    assert again.number == line.numbers[1]
    line.concludes(again, Outcome.WRONG_NUMBER)
    assert line.contact.state == ContactState.WRONG_NUMBER


def test_a_second_number_that_is_a_mobile_is_announced_in_its_turn(runtime: Runtime, clock: FrozenClock) -> None:
    line = Line(runtime, clock, ContactPolicy(), phones=(a_mobile(), a_mobile()))
    first = line.text()
    assert first is not None
    assert first.number == line.numbers[0]
    line.until_the_next_time()
    line.concludes(line.call(), Outcome.WRONG_NUMBER)
    line.until_the_next_time()
    assert line.call() is None
    second = line.text()
    assert second is not None
    assert (second.number, second.purpose) == (line.numbers[1], Purpose.ANNOUNCEMENT)
    line.until_the_next_time()
    again = line.call()
    assert again is not None
    assert again.number == line.numbers[1]


def test_a_number_always_busy_gives_way_to_the_other_one_and_the_last_one_ends_it(
    runtime: Runtime, clock: FrozenClock
) -> None:
    line = Line(runtime, clock, phones=(a_landline(), a_landline()))
    called = []
    while line.contact.state == ContactState.WAITING:
        line.until_the_next_time()
        claimed = line.call()
        assert claimed is not None
        called.append(claimed.number)
        line.ends(claimed, CarrierStatus.BUSY)
    assert called == [line.numbers[0]] * 8 + [line.numbers[1]] * 8
    assert (line.contact.state, line.contact.reason) == (ContactState.EXHAUSTED, "never_rang")


@pytest.mark.parametrize("late", [timedelta(seconds=1), timedelta(hours=3), timedelta(hours=30)])
@pytest.mark.parametrize("numbers", [1, 2])
@pytest.mark.parametrize("end", [CarrierStatus.FAILED, CarrierStatus.BUSY, CarrierStatus.CANCELED])
def test_rule_02_a_ring_told_after_the_end_of_its_call_counts_as_if_it_were_told_before(
    runtime: Runtime, clock: FrozenClock, end: CarrierStatus, numbers: int, late: timedelta
) -> None:
    in_order = Line(runtime, clock, phones=[a_landline() for _ in range(numbers)])
    in_order.ends(in_order.call(), CarrierStatus.RINGING, end)
    clock.advance(timedelta(seconds=2))
    other = Line(runtime, clock, campaign_name="other", phones=[a_landline() for _ in range(numbers)])
    claimed, ended = other.call(), clock.now()
    other.ends(claimed, end)
    assert other.contact.next_attempt_at != in_order.contact.next_attempt_at
    clock.advance(late)
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    other.ends(claimed, CarrierStatus.RINGING)
    assert (other.contact.state, other.contact.next_attempt_at) == (
        ContactState.WAITING,
        in_order.contact.next_attempt_at,
    )
    assert claimed is not None
    with runtime.transaction() as session:
        assert session.get_one(Attempt, claimed.attempt_id).rang_at == ended


def test_a_ring_told_late_leaves_alone_a_time_that_was_asked_for_since(runtime: Runtime, clock: FrozenClock) -> None:
    line = Line(runtime, clock)
    claimed = line.call()
    line.ends(claimed, CarrierStatus.FAILED)
    clock.advance(timedelta(hours=1))
    wished = Window(clock.now() + timedelta(hours=4), clock.now() + timedelta(hours=5))
    with runtime.transaction() as session:
        contact = session.get_one(Contact, line.contact_id)
        contact.callback_from, contact.callback_to, contact.next_attempt_at = wished.start, wished.end, wished.start
    line.ends(claimed, CarrierStatus.RINGING)
    assert line.contact.next_attempt_at == wished.start


def test_what_we_could_not_place_never_exhausts_anybody(runtime: Runtime, clock: FrozenClock) -> None:
    line = Line(runtime, clock)
    for _ in range(12):
        line.until_the_next_time()
        claimed = line.call()
        assert claimed is not None
        with runtime.transaction() as session:
            carrier_facts.not_placed(session, claimed.attempt_id, Disposition.NEVER_PLACED, clock.now())
    assert line.contact.state == ContactState.WAITING


def test_a_callback_is_called_at_its_time_unannounced_and_though_a_ring_is_near(
    runtime: Runtime, clock: FrozenClock
) -> None:
    line = Line(runtime, clock, ContactPolicy(), phones=(a_mobile(),))
    line.text()
    line.until_the_next_time()
    soon = clock.now() + timedelta(hours=5)
    line.concludes(line.call(), Outcome.CALLBACK, Window(soon, soon + timedelta(hours=2)))
    assert line.contact.next_attempt_at == soon
    clock.set(soon)
    line.ends(line.call(), CarrierStatus.BUSY)
    # The line was busy, and the time they asked for is not over.
    assert line.contact.next_attempt_at == soon + timedelta(minutes=30)
    line.until_the_next_time()
    line.rings_in_vain()
    after = line.contact
    assert after.callback_from is None
    assert after.next_attempt_at is not None
    assert after.next_attempt_at >= clock.now() + timedelta(hours=48)


def test_rule_02_a_callback_asked_for_at_the_fourth_ring_waits_for_the_cap(
    runtime: Runtime, clock: FrozenClock
) -> None:
    line = Line(runtime, clock)
    first_ring = clock.now()
    for _ in range(3):
        line.rings_in_vain()
        line.until_the_next_time()
    tomorrow = clock.now() + timedelta(days=1)
    line.concludes(line.call(), Outcome.CALLBACK, Window(tomorrow, tomorrow + timedelta(hours=2)))
    after = line.contact
    assert after.state == ContactState.WAITING
    assert after.next_attempt_at is not None
    assert after.next_attempt_at >= first_ring + timedelta(days=30)


def _answer_by_sms(line: Line) -> UUID:
    with line.runtime.transaction() as session:
        found = telephone.inbound(session, Channel.SMS, line.numbers[-1], "38000", "SMin", line.clock.now())
        assert found.conversation_id is not None
        conversations.hear(session, conversations.lock(session, found.conversation_id), "oui", line.clock.now())
    return found.conversation_id


def test_after_the_second_miss_an_sms_invites_once_to_answer_in_writing(runtime: Runtime, clock: FrozenClock) -> None:
    line = Line(runtime, clock, phones=(a_landline(), a_mobile()))
    line.rings_in_vain()
    assert line.text() is None
    line.until_the_next_time()
    line.rings_in_vain()
    invitation = line.text()
    assert invitation is not None
    assert (invitation.purpose, invitation.number) == (Purpose.INVITATION, line.numbers[1])
    line.until_the_next_time()
    line.rings_in_vain()
    assert line.text() is None
    # The answer opens an exchange, and nobody is called meanwhile.
    before = line.contact.next_attempt_at
    assert before is not None
    clock.set(before - timedelta(hours=1))
    _answer_by_sms(line)
    after = line.contact
    assert after.next_attempt_at is not None
    assert after.next_attempt_at > before


def test_no_invitation_that_nobody_could_answer_nor_after_a_stop(runtime: Runtime, clock: FrozenClock) -> None:
    line = Line(runtime, clock, phones=(a_mobile(),))
    line.rings_in_vain()
    line.until_the_next_time()
    line.rings_in_vain()
    runtime.settings.sms_sender = "CPAM"
    assert line.text() is None
    assert line.contact.invitation_due_at is None

    with runtime.transaction() as session:
        session.get_one(Contact, line.contact_id).invitation_due_at = clock.now()
        suppressions.stop_by_sms(session, line.numbers[0], clock.now())
    runtime.settings.sms_sender = "38000"
    assert line.contact.state == ContactState.OPTED_OUT
    assert line.text() is None


def test_no_third_sms_without_an_answer_over_all_campaigns(runtime: Runtime, clock: FrozenClock) -> None:
    line = Line(runtime, clock, ContactPolicy(), phones=(a_mobile(),))
    assert line.text() is not None
    line.until_the_next_time()
    line.rings_in_vain()
    line.until_the_next_time()
    line.rings_in_vain()
    invitation = line.text()
    assert invitation is not None
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now(), ContactPolicy(), name="next-year")
        other = Contact(
            campaign_id=campaign.id,
            patient_id=line.patient_id,
            next_attempt_at=clock.now(),
            created_at=clock.now(),
            updated_at=clock.now(),
        )
        session.add(other)
    clock.advance(timedelta(minutes=1))
    assert line.text() is None
    with runtime.transaction() as session:
        assert session.get_one(Contact, other.id).announced_at is not None  # by no SMS: none may be sent
        session.get_one(Contact, other.id).announced_at = None
    _answer_by_sms(line)
    with runtime.transaction() as session:
        later = session.get_one(Contact, other.id).next_attempt_at
    assert later is not None
    clock.set(later)
    again = line.text()
    assert again is not None
    assert again.purpose is Purpose.ANNOUNCEMENT


def test_rule_09_a_refusal_stops_the_same_person_under_another_reference(runtime: Runtime, clock: FrozenClock) -> None:
    phone = a_landline()
    line = Line(runtime, clock, phones=(phone,), reference="TWIN-1", last_name="Doublon")
    claimed = line.call()
    with runtime.transaction() as session:
        twin = a_patient(session, clock.now(), phones=(phone,), reference="TWIN-2", last_name="DOUBLON")
        campaign = a_campaign(session, clock.now(), QUIET, name="another")
        contact = a_contact(session, campaign, twin, clock.now())
    line.concludes(claimed, Outcome.REFUSED)
    with runtime.transaction() as session:
        assert session.get_one(Contact, contact.id).state == ContactState.REFUSED
        assert suppressions.forbids(session, twin, None, Channel.VOICE)


@pytest.mark.parametrize("why", [None, "courrier de relance"])
def test_rule_14_the_list_for_letters_holds_no_name_and_is_in_the_audit_trail(
    runtime: Runtime, clock: FrozenClock, why: str | None
) -> None:
    line = Line(runtime, clock, reference="P-EXHAUSTED")
    for _ in range(4):
        line.rings_in_vain()
        if line.contact.state == ContactState.WAITING:
            line.until_the_next_time()
    assert line.contact.state == ContactState.EXHAUSTED
    with runtime.transaction() as session:
        reached = a_patient(session, clock.now(), reference="P-WAITING")
        objected = a_patient(session, clock.now(), reference="P-OBJECTED", objected=True)
        campaign_id = session.get_one(Contact, line.contact_id).campaign_id
        for patient, state in ((reached, ContactState.WAITING), (objected, ContactState.NO_PHONE)):
            session.add(
                Contact(
                    campaign_id=campaign_id,
                    patient_id=patient.id,
                    state=state,
                    next_attempt_at=clock.now(),
                    created_at=clock.now(),
                    updated_at=clock.now(),
                )
            )
    with runtime.transaction() as session:
        listed = list(letters.export(session, "ald-2026", clock.now(), "cli:tests", why))
    assert [(one.reference, one.state, one.reason) for one in listed] == [("P-EXHAUSTED", "exhausted", "attempts_used")]
    with runtime.transaction() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.login == "cli:tests")).all()
    assert {(one.act, one.subject, one.reason) for one in noted} == {
        ("letters_exported", "ald-2026", why),
        ("listed_for_a_letter", "P-EXHAUSTED", why),
    }


def test_an_attempt_keeps_the_version_of_the_policy_under_which_it_was_made(
    runtime: Runtime, clock: FrozenClock
) -> None:
    line = Line(runtime, clock, phones=(a_landline(), a_mobile()))
    claimed = line.call()
    assert claimed is not None
    with runtime.transaction() as session:
        assert session.get_one(Attempt, claimed.attempt_id).policy_version == 1
        kinds = [number.kind for number in session.scalars(select(PhoneNumber).order_by(PhoneNumber.rank))]
    assert kinds == [NumberKind.LANDLINE, NumberKind.MOBILE]
