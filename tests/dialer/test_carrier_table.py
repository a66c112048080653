"""Every code of the carrier, end to end: as a refusal of the request, and told later of what had been accepted."""

from uuid import UUID

import pytest
from sqlalchemy import select

from dialer.carrier import Carrier
from dialer.carrier_table import ERRORS, STATUSES, Ending, NextStep, after_error, after_failure
from dialer.dispatch import Dispatcher
from dialer.metrics import DialerMetrics
from outreach.database.models import Alert, Attempt, Campaign, Contact
from outreach.database.repositories import people
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, CampaignStatus, ContactState, NumberKind
from outreach.runtime import Runtime
from outreach.services import attempts, claims, sms_claims
from outreach.services.attempts import Claimed
from tests.dialer.conftest import Network, World
from tests.dialer.fakes import FakeCarrier, RunningClock
from tests.factories import a_contact, a_landline, a_mobile, a_patient, claim_call

CALLS = ContactPolicy(announce_sms=False, calls_per_second=1000, sms_per_second=1000)
ANNOUNCED = ContactPolicy(calls_per_second=1000, sms_per_second=1000)
BY_STEP = [[code for code, ending in ERRORS.items() if ending.step is step] for step in NextStep]
STATUS = {20003: 401, 20429: 429, 20403: 403, 20404: 404}


class Line:
    """People in one campaign, each of whom meets one code."""

    def __init__(self, runtime: Runtime, world: World, *, sms: bool) -> None:
        self.runtime, self.world, self.sms = runtime, world, sms
        runtime.clock = RunningClock(runtime.clock.now())
        self.dispatcher = Dispatcher(runtime, Carrier(runtime.settings), DialerMetrics(), lambda _: None)
        world.enrol(people=0, rules=ANNOUNCED if sms else CALLS)

    def claim(self) -> Claimed:
        """Of somebody new, while the campaign runs."""
        now = self.runtime.clock.now()
        with self.runtime.transaction() as session:
            campaign = session.scalars(select(Campaign)).one()
            campaign.status = CampaignStatus.RUNNING
            for contact in session.scalars(select(Contact).where(Contact.state != ContactState.EXHAUSTED)):
                contact.state = ContactState.EXHAUSTED
                contact.next_attempt_at = None
            phone = a_mobile() if self.sms else a_landline()
            a_contact(session, campaign, a_patient(session, now, phones=(phone,)), now)
        with self.runtime.transaction() as session:
            claims.open_contacts(session, now)
        with self.runtime.transaction() as session:
            claim = sms_claims.claim_sms if self.sms else claim_call
            claimed = claim(session, self.runtime.clock.now(), self.runtime.settings)
        assert claimed is not None
        return claimed

    def came_to(self, attempt_id: UUID, code: int, ending: Ending, disposition: Disposition) -> None:
        with self.runtime.transaction() as session:
            attempt = session.get_one(Attempt, attempt_id)
            campaign = session.get_one(Campaign, attempt.campaign_id)
            contact = session.get_one(Contact, attempt.contact_id)
            alerts = list(session.scalars(select(Alert)))
            session.query(Alert).delete()
            assert attempt.status == AttemptStatus.ENDED, code
            assert (attempt.disposition, attempt.rang, attempt.error_code) == (disposition, False, code)
            paused = campaign.status == CampaignStatus.PAUSED
            assert paused is (ending.step is NextStep.PAUSE), code
            told = [alert.what_to_do for alert in alerts]
            assert told == ([ending.what_to_do] if ending.step in {NextStep.PAUSE, NextStep.ALERT} else []), code
            if not self.sms:
                last = ContactState.NO_PHONE if ending.step is NextStep.NEXT_NUMBER else ContactState.WAITING
                assert contact.state == last, code
            else:
                assert contact.state == ContactState.WAITING, "the call is not lost for an SMS"
        closed = {one.scope for one in self.world.suppressions() if one.number == attempt.number}
        assert closed == ({"sms"} if ending.step is NextStep.NO_MORE_SMS else set()), code


@pytest.mark.parametrize("sms", [False, True], ids=["call", "sms"])
@pytest.mark.parametrize("codes", BY_STEP, ids=list(NextStep))
def test_a_refusal_of_the_request(
    runtime: Runtime, world: World, carrier: FakeCarrier, codes: list[int], sms: bool
) -> None:
    line = Line(runtime, world, sms=sms)
    for code in codes:
        claimed = line.claim()
        carrier.script = [(STATUS.get(code, 400), code)]
        line.dispatcher._place(claimed)
        line.came_to(claimed.attempt_id, code, ERRORS[code], ERRORS[code].disposition)


@pytest.mark.parametrize("codes", BY_STEP, ids=list(NextStep))
def test_told_later_of_a_call(runtime: Runtime, world: World, network: Network, codes: list[int]) -> None:
    line = Line(runtime, world, sms=False)
    for code in codes:
        claimed, sid = line.claim(), f"CA{code}"
        with runtime.transaction() as session:
            attempts.placed(session, claimed.attempt_id, sid, runtime.clock.now())
        for _ in range(2):
            network.status(claimed.attempt_id, sid, "failed", ErrorCode=str(code))
        network.status(claimed.attempt_id, sid, "initiated")  # late
        line.came_to(claimed.attempt_id, code, ERRORS[code], ERRORS[code].disposition)


@pytest.mark.parametrize("codes", BY_STEP, ids=list(NextStep))
def test_told_later_of_an_sms(runtime: Runtime, world: World, network: Network, codes: list[int]) -> None:
    line = Line(runtime, world, sms=True)
    for code in codes:
        claimed, sid = line.claim(), f"SM{code}"
        with runtime.transaction() as session:
            attempts.placed(session, claimed.attempt_id, sid, runtime.clock.now())
        path = f"/carrier/sms/status?attempt={claimed.attempt_id}"
        for status in ("sent", "undelivered", "undelivered", "sent"):
            form = {"MessageSid": sid, "MessageStatus": status}
            network.post(path, form | ({"ErrorCode": str(code)} if status == "undelivered" else {}))
        ending = ERRORS[code]
        own = ending.disposition in {Disposition.SMS_NOT_A_MOBILE, Disposition.BLOCKED}
        line.came_to(claimed.attempt_id, code, ending, ending.disposition if own else Disposition.SMS_UNDELIVERED)


@pytest.mark.parametrize(
    ("sip", "disposition"),
    [(404, Disposition.INVALID_NUMBER), (486, Disposition.BUSY), (503, Disposition.UNREACHABLE), (607, None)],
)
def test_the_called_networks_own_answer_counts_where_no_code_is_told(
    network: Network, world: World, sip: int, disposition: Disposition | None
) -> None:
    attempt = world.claimed()
    network.status(attempt, "CA" + "a" * 32, "failed", SipResponseCode=str(sip))
    assert world.attempt(attempt).disposition == (disposition or Disposition.UNREACHABLE)


def test_a_busy_line_stays_busy_whatever_code_comes_along(network: Network, world: World) -> None:
    attempt = world.claimed()
    network.status(attempt, "CA" + "a" * 32, "busy", SipResponseCode="404", ErrorCode="13224")
    assert world.attempt(attempt).disposition == Disposition.BUSY


def test_every_code_leads_somewhere() -> None:
    for code, ending in ERRORS.items():
        assert after_error(code) == after_failure(code) == ending
        assert not FLAGS[ending.disposition].rang, "a refusal never rang"
        assert (ending.step is NextStep.NEXT_NUMBER) is (ending.disposition is Disposition.INVALID_NUMBER)
        assert (ending.what_to_do is not None) is (ending.step in {NextStep.PAUSE, NextStep.ALERT})
    assert after_error(None, 401).step is after_error(None, 403).step is NextStep.PAUSE
    assert after_error(None, 429).step is NextStep.BACK_OFF
    assert after_error(12345).disposition is Disposition.CARRIER_ERROR
    assert after_failure(12345) is None
    assert after_failure(None, 200) is None


def test_every_status_that_the_carrier_documents_is_known() -> None:
    calls = {"queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}
    messages = {"queued", "sending", "sent", "failed", "delivered", "undelivered", "accepted", "scheduled", "read"}
    assert calls | messages | {"partially_delivered", "canceled"} <= STATUSES.keys()


def test_a_lost_announcement_is_sent_once_more_and_the_call_then_made_all_the_same(
    runtime: Runtime, world: World, network: Network
) -> None:
    line = Line(runtime, world, sms=True)
    claimed = line.claim()
    for again in (True, False):
        sid = f"SM{again}"
        with runtime.transaction() as session:
            attempts.placed(session, claimed.attempt_id, sid, runtime.clock.now())
        form = {"MessageSid": sid, "MessageStatus": "undelivered", "ErrorCode": "30003"}
        network.post(f"/carrier/sms/status?attempt={claimed.attempt_id}", form)
        contact = next(one for one in world.contacts() if one.state == ContactState.WAITING)
        assert (contact.announced_at is None) is again
        if again:
            with runtime.transaction() as session:
                session.get_one(Contact, contact.id).next_attempt_at = runtime.clock.now()
            with runtime.transaction() as session:
                claims.open_contacts(session, runtime.clock.now())
                second = sms_claims.claim_sms(session, runtime.clock.now(), runtime.settings)
            assert second is not None
            claimed = second
    assert contact.next_attempt_at is not None


def test_a_number_that_takes_no_sms_is_called_as_the_landline_that_it_is(
    runtime: Runtime, world: World, network: Network
) -> None:
    line = Line(runtime, world, sms=True)
    claimed = line.claim()
    planned = next(one for one in world.contacts() if one.state == ContactState.WAITING).next_attempt_at
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30006"}
    network.post(f"/carrier/sms/status?attempt={claimed.attempt_id}", form)
    contact = next(one for one in world.contacts() if one.state == ContactState.WAITING)
    assert (contact.next_attempt_at, contact.announced_at is not None) == (planned, True)
    with runtime.transaction() as session:
        numbers = people.numbers_of(session, contact.patient_id)
        assert [number.kind for number in numbers] == [NumberKind.LANDLINE]
