"""An adviser's call: asked for, claimed, confirmed, each time under every gate (decision 18)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from outreach.clock import FrozenClock
from outreach.database.models import (
    Account,
    AdviserCall,
    Attempt,
    Campaign,
    Patient,
    PhoneNumber,
    Request,
    RequestEvent,
)
from outreach.domain.dispositions import Disposition
from outreach.domain.gates import CallFacts, adviser_gates, closed_gates
from outreach.domain.phones import ImpossibleNumber, adviser_number, check_caller
from outreach.domain.policy import DEFAULT
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import (
    AdviserCallResult,
    AdviserCallState,
    CallRefusal,
    Channel,
    Gate,
    Purpose,
    SuppressionScope,
)
from outreach.errors import BadInput
from outreach.runtime import Runtime, Session
from outreach.services import accounts, adviser_calls, claims, erasure, requests, suppressions, telephone
from outreach.services.adviser_calls import CannotCall, Dialled
from outreach.services.carrier_facts import CarrierStatus, carrier_status
from outreach.services.request_log import NotYours
from outreach.settings import Settings
from tests.factories import a_held_request, a_patient, claim_call

LEAD = timedelta(seconds=5)
SID, LEG = "CA" + "1" * 32, "CA" + "2" * 32
ALL_NIGHT = timedelta(hours=12)


class Calling:
    """Camille, at the request of one person."""

    def __init__(self, runtime: Runtime, clock: FrozenClock) -> None:
        self.runtime, self.clock = runtime, clock
        with runtime.transaction() as session:
            request = a_held_request(session, clock.now())
            self.request_id = request.id
            assert request.patient_id is not None
            self.patient_id: UUID = request.patient_id
            self.number = session.get_one(Patient, request.patient_id).numbers[0].e164

    def ask(self, number: str | None = None, settings: Settings | None = None) -> UUID:
        with self.runtime.transaction() as session:
            camille = session.scalars(select(Account).where(Account.login == "camille")).one()
            return adviser_calls.ask(
                session,
                self.request_id,
                camille,
                number or self.number,
                self.clock.now(),
                settings or self.runtime.settings,
            )

    def claim(self, settings: Settings | None = None) -> adviser_calls.Ring | None:
        with self.runtime.transaction() as session:
            return adviser_calls.claim(session, self.clock.now(), settings or self.runtime.settings)

    def confirm(self, call_id: UUID, settings: Settings | None = None) -> Dialled | list[CallRefusal]:
        with self.runtime.transaction() as session:
            adviser_calls.picked_up(session, call_id, SID, self.clock.now())
            return adviser_calls.confirm(session, call_id, self.clock.now(), settings or self.runtime.settings, LEAD)

    def dialled(self) -> Dialled:
        call_id = self.ask()
        assert self.claim() is not None
        dialled = self.confirm(call_id)
        assert isinstance(dialled, Dialled)
        return dialled

    def refused(self) -> list[CallRefusal]:
        with pytest.raises(CannotCall) as refused:
            self.ask()
        return refused.value.reasons

    @property
    def call(self) -> AdviserCall:
        with self.runtime.transaction() as session:
            call = adviser_calls.latest(session, self.request_id)
        assert call is not None
        return call

    def log(self) -> list[RequestEvent]:
        with self.runtime.transaction() as session:
            return [one for one in requests.events(session, self.request_id) if one.act == "called_through_us"]

    def ends(self, dialled: Dialled, status: CarrierStatus, seconds: int | None = None) -> AdviserCallResult | None:
        with self.runtime.transaction() as session:
            return adviser_calls.person_called(
                session, self.call.id, status, self.clock.now(), carrier_id=LEG, duration_seconds=seconds
            )


@pytest.fixture
def calling(runtime: Runtime, clock: FrozenClock) -> Calling:
    return Calling(runtime, clock)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    department=st.sampled_from([*sorted(DEPARTMENTS), "00"]),
    flags=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    lead=st.timedeltas(timedelta(0), timedelta(minutes=30)),
    rings=st.lists(st.timedeltas(timedelta(0), timedelta(days=30)), max_size=6),
)
def test_rule_01_an_advisers_call_keeps_the_agents_gates_but_for_spacing_and_caps(
    at: datetime, department: str, flags: tuple[bool, bool, bool], lead: timedelta, rings: list[timedelta]
) -> None:
    now = at.replace(tzinfo=UTC)
    suppressed, usable, busy = flags
    facts = CallFacts(
        now=now,
        department=department,
        campaign_running=True,
        suppressed=suppressed,
        number="+33199000001" if usable else None,
        rang_at=[now - ago for ago in rings],
        open_attempt=busy,
        not_before=None,
        callback=None,
        announced_at=None,
        needs_announcement=False,
        lead=lead,
    )
    ours = adviser_gates(DEFAULT, now, department, suppressed=suppressed, usable=usable, open_attempt=busy, lead=lead)
    theirs = set(closed_gates(DEFAULT, facts)) - {Gate.SPACING, Gate.CAP_PER_DAY, Gate.CAP_30_DAYS}
    assert set(ours) == theirs
    assert len([CallRefusal(gate.value) for gate in ours]) == len(ours)


def test_an_adviser_is_rung_then_the_person(calling: Calling, runtime: Runtime) -> None:
    call_id = calling.ask()
    ring = calling.claim()
    assert ring is not None
    assert (ring.call_id, ring.telephone) == (call_id, "+33199001234")
    assert calling.claim() is None, "claimed once"
    dialled = calling.confirm(call_id)
    assert isinstance(dialled, Dialled)
    assert (dialled.number, dialled.caller) == (calling.number, ring.caller)
    assert calling.confirm(call_id) == dialled, "a key told twice calls once"
    with runtime.transaction() as session:
        (attempt,) = session.scalars(select(Attempt)).all()
    assert (attempt.purpose, attempt.patient_id, attempt.number) == (
        Purpose.ADVISER_CALL,
        calling.patient_id,
        calling.number,
    )
    assert calling.ends(dialled, CarrierStatus.COMPLETED, 170) is AdviserCallResult.SPOKE
    assert calling.confirm(call_id) == []
    (event,) = calling.log()
    assert event.document == {"result": "spoke", "seconds": 170}


def test_rule_04_the_person_sees_the_same_allowed_number_of_ours_as_from_the_agent(
    calling: Calling, runtime: Runtime
) -> None:
    dialled = calling.dialled()
    assert dialled.caller == claims.caller_for(calling.patient_id, runtime.settings)
    assert check_caller(dialled.caller) is None


def test_rule_04_a_number_that_may_not_call_people_calls_nobody(calling: Calling, runtime: Runtime) -> None:
    call_id = calling.ask()
    calling.claim()
    with runtime.transaction() as session:
        session.get_one(AdviserCall, call_id).caller = "+33612345678"
    assert calling.confirm(call_id) == [CallRefusal.NO_CALLER]
    without = runtime.settings.model_copy(update={"caller_numbers": ""})
    without.__dict__.pop("callers", None)
    with pytest.raises(CannotCall, match="no_caller"):
        calling.ask(settings=without)


def test_two_presses_are_one_call(calling: Calling) -> None:
    calling.ask()
    assert calling.refused() == [CallRefusal.ALREADY_ATTEMPTING]
    assert calling.claim() is not None
    assert calling.refused() == [CallRefusal.ALREADY_ATTEMPTING]
    assert calling.claim() is None


def test_an_adviser_has_one_call_at_a_time(calling: Calling, runtime: Runtime, clock: FrozenClock) -> None:
    calling.ask()
    with runtime.transaction() as session:
        other = a_held_request(session, clock.now(), "alex")
        camille = session.scalars(select(Account).where(Account.login == "camille")).one()
        other.claimed_by = camille.id
        session.flush()
        number = session.get_one(Patient, other.patient_id).numbers[0].e164
        with pytest.raises(CannotCall) as refused:
            adviser_calls.ask(session, other.id, camille, number, clock.now(), runtime.settings)
    assert refused.value.reasons == [CallRefusal.ADVISER_BUSY]


def _suppress(session: Session, calling: Calling, scope: SuppressionScope, *, line: bool) -> None:
    patient = session.get_one(Patient, calling.patient_id)
    reference, number = (None, calling.number) if line else (patient.reference, None)
    suppressions.suppress(session, reference, number, scope, "tests", calling.clock.now())


def _another_call(session: Session, calling: Calling) -> None:
    telephone.inbound(session, Channel.VOICE, calling.number, "+33162000001", "CA" + "9" * 32, calling.clock.now())


def _unreadable_policy(session: Session, _: Calling) -> None:
    for campaign in session.scalars(select(Campaign)):
        campaign.policy = {"days": ["never"]}


def _at_night(_: Session, calling: Calling) -> None:
    calling.clock.advance(ALL_NIGHT)


def _at_christmas(_: Session, calling: Calling) -> None:
    calling.clock.set(datetime(2026, 12, 25, 10, 30, tzinfo=UTC))


def _number_is_wrong(session: Session, calling: Calling) -> None:
    for number in session.scalars(select(PhoneNumber).where(PhoneNumber.patient_id == calling.patient_id)):
        number.unusable_since = calling.clock.now()


def _given_back(session: Session, calling: Calling) -> None:
    camille = session.scalars(select(Account).where(Account.login == "camille")).one()
    requests.release(session, calling.request_id, camille, calling.clock.now())


def _account_closed(session: Session, calling: Calling) -> None:
    accounts.disable(session, "camille", calling.clock.now(), "tests")


def _nowhere(session: Session, calling: Calling) -> None:
    session.get_one(Patient, calling.patient_id).department = "00"


CLOSES: dict[str, tuple[Callable[[Session, Calling], None], CallRefusal]] = {
    "stopped": (lambda s, c: _suppress(s, c, SuppressionScope.PERSON, line=False), CallRefusal.SUPPRESSED),
    "voice stopped": (lambda s, c: _suppress(s, c, SuppressionScope.VOICE, line=False), CallRefusal.SUPPRESSED),
    "line stopped": (lambda s, c: _suppress(s, c, SuppressionScope.PERSON, line=True), CallRefusal.SUPPRESSED),
    "on the line": (_another_call, CallRefusal.ALREADY_ATTEMPTING),
    "unreadable policy": (_unreadable_policy, CallRefusal.NOT_EVALUATED),
    "at night": (_at_night, CallRefusal.OUTSIDE_HOURS),
    "on a holiday": (_at_christmas, CallRefusal.HOLIDAY),
    "wrong number": (_number_is_wrong, CallRefusal.NO_NUMBER),
    "given back": (_given_back, CallRefusal.NOT_YOURS),
    "account closed": (_account_closed, CallRefusal.NOT_YOURS),
    "no territory": (_nowhere, CallRefusal.UNKNOWN_TERRITORY),
}


@pytest.mark.parametrize("what", [name for name in CLOSES if name not in {"given back", "account closed"}])
def test_rule_01_and_09_a_closed_gate_is_said_to_who_asks(calling: Calling, runtime: Runtime, what: str) -> None:
    close, why = CLOSES[what]
    with runtime.transaction() as session:
        close(session, calling)
    assert why in calling.refused()
    assert calling.claim() is None


@pytest.mark.parametrize("what", CLOSES)
def test_rule_01_and_09_a_gate_that_closes_before_the_claim_keeps_the_adviser_from_being_rung(
    calling: Calling, runtime: Runtime, what: str
) -> None:
    close, why = CLOSES[what]
    calling.ask()
    with runtime.transaction() as session:
        close(session, calling)
    assert calling.claim() is None
    assert calling.call.state == AdviserCallState.REFUSED
    assert why.value in calling.call.reasons
    (event,) = calling.log()
    assert event.document is not None
    assert why.value in event.document["refused"]


@pytest.mark.parametrize("what", CLOSES)
def test_rule_01_and_09_a_gate_that_closes_while_the_adviser_is_rung_keeps_the_person_from_being_called(
    calling: Calling, runtime: Runtime, what: str
) -> None:
    close, why = CLOSES[what]
    call_id = calling.ask()
    assert calling.claim() is not None
    with runtime.transaction() as session:
        close(session, calling)
    refused = calling.confirm(call_id)
    assert isinstance(refused, list)
    assert why in refused
    with runtime.transaction() as session:
        assert session.scalars(select(Attempt).where(Attempt.purpose == Purpose.ADVISER_CALL)).all() == []
    assert calling.confirm(call_id) == [], "refused once and for all"


def test_rule_02_a_person_who_was_rung_four_times_is_called_back_by_their_adviser_and_that_ring_counts(
    calling: Calling, runtime: Runtime, clock: FrozenClock
) -> None:
    with runtime.transaction() as session:
        for days in (1, 5, 9, 13):
            at = clock.now() - timedelta(days=days)
            session.add(
                Attempt(
                    patient_id=calling.patient_id,
                    channel="voice",
                    direction="outbound",
                    purpose=Purpose.CALL,
                    number=calling.number,
                    caller="+33162000001",
                    status="ended",
                    disposition=Disposition.NO_ANSWER,
                    rang=True,
                    rang_at=at,
                    claimed_at=at,
                    claimed_wall=at,
                    heard_wall=at,
                )
            )
    dialled = calling.dialled()
    calling.ends(dialled, CarrierStatus.NO_ANSWER)
    with runtime.transaction() as session:
        rings = session.scalars(select(Attempt.rang_at).where(Attempt.patient_id == calling.patient_id, Attempt.rang))
        assert len(rings.all()) == 5


def test_rule_02_after_an_advisers_call_that_rang_the_agent_waits(
    calling: Calling, runtime: Runtime, clock: FrozenClock
) -> None:
    dialled = calling.dialled()
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    with runtime.transaction() as session:
        assert claim_call(session, clock.now(), runtime.settings) is None, "they are on the line"
    calling.ends(dialled, CarrierStatus.NO_ANSWER)
    clock.advance(timedelta(hours=1))
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    with runtime.transaction() as session:
        assert claim_call(session, clock.now(), runtime.settings) is None


def test_what_never_rang_counts_for_nothing(calling: Calling, runtime: Runtime) -> None:
    assert calling.ends(calling.dialled(), CarrierStatus.BUSY) is AdviserCallResult.BUSY
    with runtime.transaction() as session:
        (attempt,) = session.scalars(select(Attempt)).all()
    assert not attempt.rang


def test_invented_people_are_not_called_over_a_real_network(calling: Calling, runtime: Runtime) -> None:
    real = runtime.settings.model_copy(update={"carrier_api_url": "https://api.twilio.com"})
    with pytest.raises(CannotCall, match="invented_person"):
        calling.ask(settings=real)
    call_id = calling.ask()
    assert calling.claim(settings=real) is None
    assert calling.call.reasons == ["invented_person"]
    again = calling.ask()
    assert again != call_id
    calling.claim()
    assert calling.confirm(again, settings=real) == [CallRefusal.INVENTED_PERSON]


def test_somebody_elses_number_is_not_called(calling: Calling, runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        number = a_patient(session, clock.now()).numbers[0].e164
    with pytest.raises(CannotCall, match="no_number"):
        calling.ask(number)


def test_only_who_holds_the_request_calls(calling: Calling, runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        _given_back(session, calling)
    with pytest.raises(NotYours):
        calling.ask()


def test_a_call_renews_the_lease(calling: Calling, runtime: Runtime, clock: FrozenClock) -> None:
    clock.advance(timedelta(hours=1))
    dialled = calling.dialled()
    clock.advance(timedelta(minutes=10))
    calling.ends(dialled, CarrierStatus.COMPLETED, 600)
    with runtime.transaction() as session:
        request = session.get_one(Request, calling.request_id)
    assert request.claim_expires_at == clock.now() + requests.LEASE


def test_the_end_is_logged_once_however_it_is_told(calling: Calling, runtime: Runtime, clock: FrozenClock) -> None:
    dialled = calling.dialled()
    with runtime.transaction() as session:
        carrier_status(session, dialled.attempt_id, CarrierStatus.RINGING, clock.now(), carrier_id=LEG)
        carrier_status(session, dialled.attempt_id, CarrierStatus.NO_ANSWER, clock.now(), carrier_id=LEG)
    for _ in range(2):
        with runtime.transaction() as session:
            adviser_calls.settle_all(session, clock.now())
        calling.ends(dialled, CarrierStatus.NO_ANSWER)
        with runtime.transaction() as session:
            adviser_calls.told(session, calling.call.id, SID, CarrierStatus.COMPLETED, clock.now())
    (event,) = calling.log()
    assert event.document == {"result": "no_answer", "seconds": None}


@pytest.mark.parametrize(
    ("status", "picked_up", "result"),
    [
        (CarrierStatus.NO_ANSWER, False, "adviser_unreached"),
        (CarrierStatus.BUSY, False, "adviser_unreached"),
        (CarrierStatus.FAILED, False, "adviser_unreached"),
        (CarrierStatus.COMPLETED, True, "not_confirmed"),
        (CarrierStatus.COMPLETED, False, "not_confirmed"),
    ],
)
def test_an_adviser_who_does_not_press_the_key_calls_nobody(
    calling: Calling, runtime: Runtime, clock: FrozenClock, status: CarrierStatus, picked_up: bool, result: str
) -> None:
    call_id = calling.ask()
    calling.claim()
    with runtime.transaction() as session:
        if picked_up:
            assert adviser_calls.picked_up(session, call_id, SID, clock.now())
        adviser_calls.told(session, call_id, SID, status, clock.now())
    assert calling.call.result == result
    assert calling.confirm(call_id) == []


def test_who_is_talking_to_an_adviser_is_not_cut_off_by_a_call_to_us(
    calling: Calling, runtime: Runtime, clock: FrozenClock
) -> None:
    dialled = calling.dialled()
    with runtime.transaction() as session:
        carrier_status(session, dialled.attempt_id, CarrierStatus.IN_PROGRESS, clock.now(), carrier_id=LEG)
    with runtime.transaction() as session:
        called = telephone.inbound(session, Channel.VOICE, calling.number, "+33162000001", "CA" + "8" * 32, clock.now())
    assert called.calls_to_end == ()


def test_an_erased_persons_number_is_nowhere_in_the_calls(
    calling: Calling, runtime: Runtime, clock: FrozenClock
) -> None:
    calling.ends(calling.dialled(), CarrierStatus.NO_ANSWER)
    with runtime.transaction() as session:
        patient = session.get_one(Patient, calling.patient_id)
        erasure.erase(session, patient.reference, clock.now(), "tests", None)
    assert calling.call.number == ""
    assert calling.number not in repr(calling.call)


@pytest.mark.parametrize(
    ("written", "kept"), [("01 99 00 12 34", "+33199001234"), ("+33199001234", "+33199001234"), ("3646", "3646")]
)
def test_an_advisers_telephone_is_a_french_number_or_a_short_one(written: str, kept: str) -> None:
    assert accounts.telephone_in(written) == adviser_number(written) == kept


@pytest.mark.parametrize("written", ["+442071234567", "12345", "téléphone", "+3319900123"])
def test_anything_else_is_refused(written: str) -> None:
    with pytest.raises(ImpossibleNumber):
        adviser_number(written)
    with pytest.raises(BadInput):
        accounts.telephone_in(written)
