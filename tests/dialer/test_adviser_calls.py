"""« Appeler par Relais »: the adviser's telephone, a key, the person's; nobody is called twice, whatever dies."""

import xml.etree.ElementTree as ElementTree
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, update

from dialer.adviser_calls import AdviserCalls
from dialer.carrier import Carrier
from dialer.metrics import DialerMetrics
from dialer.reconcile import LEASE_SECONDS, LOOK_AFTER_SECONDS, Reconciler
from outreach.clock import FrozenClock
from outreach.database.models import Account, AdviserCall, Alert, Attempt, Campaign, Patient, PhoneNumber
from outreach.domain.dispositions import Disposition
from outreach.domain.words import AdviserCallResult, AdviserCallState, AttemptStatus, Purpose
from outreach.runtime import Runtime
from outreach.services import adviser_calls, alert_messages, campaigns
from sandbox import twiml
from tests.dialer.conftest import Network
from tests.dialer.fakes import FakeCarrier
from tests.factories import a_held_request

ADVISER = "+33199001234"
SID, LEG = "CA" + "a" * 32, "CA" + "d" * 32
ASKS = "Relais. Appuyez sur 1 pour appeler la personne."


class Pressed:
    """Camille pressed the button."""

    def __init__(self, runtime: Runtime, clock: FrozenClock, network: Network) -> None:
        self.runtime, self.clock, self.network = runtime, clock, network
        with runtime.transaction() as session:
            request = a_held_request(session, clock.now())
            camille = session.scalars(select(Account).where(Account.login == "camille")).one()
            patient = session.get_one(Patient, request.patient_id)
            self.names = (patient.last_name, patient.first_name, patient.reference)
            self.number = session.scalars(select(PhoneNumber.e164).where(PhoneNumber.patient_id == patient.id)).one()
            self.id = adviser_calls.ask(session, request.id, camille, self.number, clock.now(), runtime.settings)
        self.dialer = AdviserCalls(runtime, Carrier(runtime.settings), DialerMetrics())

    @property
    def call(self) -> AdviserCall:
        with self.runtime.transaction() as session:
            return session.get_one(AdviserCall, self.id)

    def attempt(self) -> Attempt:
        with self.runtime.transaction() as session:
            return session.scalars(select(Attempt)).one()

    def attempts(self) -> list[Attempt]:
        with self.runtime.transaction() as session:
            return list(session.scalars(select(Attempt)))

    def rung(self) -> None:
        self.dialer.run()

    @property
    def sid(self) -> str:
        return self.call.carrier_id or SID

    def post(self, route: str, **form: str) -> httpx.Response:
        return self.network.post(f"/carrier/adviser/{route}?call={self.id}", {"CallSid": self.sid, **form})

    def age(self, seconds: float) -> None:
        back = timedelta(seconds=seconds)
        with self.runtime.transaction() as session:
            session.execute(update(AdviserCall).values(heard_wall=AdviserCall.heard_wall - back))
            session.execute(update(Attempt).values(heard_wall=Attempt.heard_wall - back))


@pytest.fixture
def pressed(runtime: Runtime, clock: FrozenClock, network: Network, carrier: FakeCarrier) -> Pressed:
    carrier.created = clock.now()
    return Pressed(runtime, clock, network)


def _said(response: httpx.Response) -> str:
    assert response.status_code == 200
    return " ".join("".join(say.itertext()) for say in ElementTree.fromstring(response.text).iter("Say"))


def _tags(response: httpx.Response) -> list[str]:
    return [verb.tag for verb in ElementTree.fromstring(response.text)]


def test_the_advisers_telephone_is_rung_once(pressed: Pressed, carrier: FakeCarrier) -> None:
    for _ in range(3):
        pressed.rung()
    (asked,) = carrier.placed()
    assert (asked.one("To"), asked.one("From"), asked.one("Timeout")) == (ADVISER, pressed.call.caller, "20")
    assert asked.one("Url").endswith(f"/carrier/adviser/answer?call={pressed.id}")
    assert "MachineDetection" not in asked.form
    assert (pressed.call.state, pressed.call.carrier_id) == (AdviserCallState.RINGING, *carrier.held)
    assert pressed.attempts() == [], "nobody else is called before a key is pressed"


def test_two_dialers_ring_once(pressed: Pressed, runtime: Runtime, carrier: FakeCarrier) -> None:
    other = AdviserCalls(runtime, Carrier(runtime.settings), DialerMetrics())
    carrier.before_answering = other.run
    pressed.rung()
    assert len(carrier.placed()) == 1


def test_a_press_that_nobody_placed_in_time_is_forgotten(pressed: Pressed, carrier: FakeCarrier) -> None:
    with pressed.runtime.transaction() as session:
        session.execute(update(AdviserCall).values(asked_wall=AdviserCall.asked_wall - timedelta(seconds=31)))
    pressed.rung()
    assert carrier.placed() == []
    assert pressed.call.result == AdviserCallResult.NOT_TAKEN


def test_a_dialer_that_dies_between_the_claim_and_the_record_rings_nobody_twice(
    pressed: Pressed, runtime: Runtime, carrier: FakeCarrier
) -> None:
    carrier.script.append("cut")  # rung, and nobody heard the answer
    pressed.rung()
    assert (pressed.call.state, pressed.call.carrier_id) == (AdviserCallState.PLACING, None)
    pressed.rung()
    pressed.age(LOOK_AFTER_SECONDS + 1)
    again = AdviserCalls(runtime, Carrier(runtime.settings), DialerMetrics())
    again.run()
    again.look_after()
    assert len(carrier.placed()) == 1
    assert (pressed.call.state, pressed.call.carrier_id) == (AdviserCallState.RINGING, *carrier.held)


def test_a_dialer_that_dies_before_it_asked_is_waited_for_and_then_given_up(
    pressed: Pressed, runtime: Runtime, carrier: FakeCarrier
) -> None:
    with runtime.transaction() as session:
        assert adviser_calls.claim(session, runtime.clock.now(), runtime.settings) is not None
    pressed.age(LEASE_SECONDS - 2)
    pressed.dialer.look_after()
    assert pressed.call.state == AdviserCallState.PLACING
    pressed.age(3)
    pressed.dialer.look_after()
    assert pressed.call.result == AdviserCallResult.NOT_PLACED
    pressed.rung()
    assert carrier.placed() == []
    assert _said(pressed.post("answer")) == "Cet appel n'est plus en attente. Au revoir."


def test_a_call_that_the_carrier_refuses_is_over(pressed: Pressed, carrier: FakeCarrier) -> None:
    carrier.script.append((400, 21211))
    pressed.rung()
    assert pressed.call.result == AdviserCallResult.NOT_PLACED
    pressed.rung()
    assert len(carrier.placed()) == 1


def test_wrong_credentials_are_told_as_a_campaigns_would(pressed: Pressed, carrier: FakeCarrier) -> None:
    carrier.script.append((401, 20003))
    pressed.rung()
    assert pressed.call.result == AdviserCallResult.NOT_PLACED
    with pressed.runtime.transaction() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.kind, session.scalars(select(Campaign)).one().status) == ("carrier_refuses_us", "paused")
        assert "TWILIO_AUTH_TOKEN" in alert.what_to_do


def _refused_twice(pressed: Pressed, carrier: FakeCarrier) -> None:
    for _ in range(2):
        carrier.script.append((401, 20003))
        with pressed.runtime.transaction() as session:
            session.get_one(AdviserCall, pressed.id).state = AdviserCallState.ASKED
        pressed.rung()


def test_wrong_credentials_are_told_once_where_no_campaign_runs(pressed: Pressed, carrier: FakeCarrier) -> None:
    with pressed.runtime.transaction() as session:
        name = session.scalars(select(Campaign.name)).one()
        campaigns.pause(session, name, None, pressed.clock.now(), "dominique")
    _refused_twice(pressed, carrier)
    with pressed.runtime.transaction() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.kind, alert.campaign_id, alert.patient_id) == ("carrier_refuses_us", None, None)
        assert alert.count == 2
        assert "TWILIO_AUTH_TOKEN" in alert.what_to_do
        (told,) = alert_messages.claim(session, [alert_messages.EMAIL])
        assert (told.kind, told.campaign, told.what_to_do) == ("carrier_refuses_us", None, alert.what_to_do)


def test_wrong_credentials_are_not_told_again_beside_the_alert_of_a_campaign(
    pressed: Pressed, carrier: FakeCarrier
) -> None:
    _refused_twice(pressed, carrier)
    with pressed.runtime.transaction() as session:
        alert = session.scalars(select(Alert)).one()
        assert (alert.campaign_id is not None, alert.count) == (True, 1)


def test_a_telephone_that_the_carrier_does_not_know_pauses_nothing(pressed: Pressed, carrier: FakeCarrier) -> None:
    carrier.script.append((400, 21211))
    pressed.rung()
    with pressed.runtime.transaction() as session:
        assert session.scalars(select(Alert)).all() == []
        assert session.scalars(select(Campaign)).one().status == "running"


def test_an_advisers_call_of_which_nobody_hears_is_asked_about(pressed: Pressed, carrier: FakeCarrier) -> None:
    pressed.rung()
    carrier.held[pressed.sid]["status"] = "no-answer"
    pressed.age(120)
    pressed.dialer.look_after()
    assert pressed.call.result == AdviserCallResult.ADVISER_UNREACHED


def test_rule_06_the_adviser_is_asked_for_a_key_and_told_no_name(pressed: Pressed) -> None:
    pressed.rung()
    for _ in range(2):
        response = pressed.post("answer", CallStatus="in-progress")
        assert _said(response) == ASKS
        assert _tags(response) == ["Gather", "Hangup"], "a voicemail presses nothing, and is hung up on"
        gather = ElementTree.fromstring(response.text)[0]
        assert (gather.attrib["input"], gather.attrib["numDigits"]) == ("dtmf", "1")
        assert gather.attrib["action"] == f"/relais/carrier/adviser/pressed?call={pressed.id}"
        assert not any(secret in response.text for secret in (*pressed.names, pressed.number))
    assert pressed.attempts() == []


def test_rule_04_the_key_has_the_person_called_from_our_own_number(pressed: Pressed) -> None:
    pressed.rung()
    pressed.post("answer")
    response = pressed.post("pressed", Digits="1")
    (dial,) = ElementTree.fromstring(response.text)
    attempt = pressed.attempt()
    assert dial.attrib == {
        "action": f"/relais/carrier/adviser/ended?call={pressed.id}",
        "method": "POST",
        "timeout": "25",
        "timeLimit": "7200",
        "answerOnBridge": "true",
        "callerId": pressed.call.caller,
    }
    assert attempt.caller in pressed.runtime.settings.callers
    (number,) = dial
    assert number.text == pressed.number
    assert number.attrib["statusCallback"].endswith(f"/relais/carrier/voice/status?attempt={attempt.id}")
    assert number.attrib["statusCallbackEvent"] == "initiated ringing answered completed"
    assert twiml.parse(response.text).warnings == []
    assert pressed.post("pressed", Digits="1").text == response.text, "told twice, it is the same call"
    assert len(pressed.attempts()) == 1


@pytest.mark.parametrize("digits", [{}, {"Digits": "2"}, {"Digits": "11"}])
def test_without_the_key_nobody_is_called(pressed: Pressed, digits: dict[str, str]) -> None:
    pressed.rung()
    pressed.post("answer")
    assert _tags(pressed.post("pressed", **digits)) == ["Hangup"]
    assert pressed.attempts() == []
    assert pressed.post("status", CallStatus="completed").status_code == 204
    assert pressed.call.result == AdviserCallResult.NOT_CONFIRMED


def test_rule_01_the_hours_are_asked_when_the_key_is_pressed(pressed: Pressed, clock: FrozenClock) -> None:
    pressed.rung()
    pressed.post("answer")
    clock.advance(timedelta(hours=2, minutes=29, seconds=58))  # 12:59:58 in Paris: it would ring after the window
    response = pressed.post("pressed", Digits="1")
    assert _said(response) == "Cet appel ne peut pas partir. La raison est sur la page de la demande. Au revoir."
    assert pressed.attempts() == []
    assert pressed.call.reasons == ["outside_hours"]


@pytest.mark.parametrize(
    ("status", "rang", "disposition", "said"),
    [
        ("completed", True, Disposition.CONVERSATION, ""),
        ("no-answer", True, Disposition.NO_ANSWER, "La personne ne répond pas. Au revoir."),
        ("busy", False, Disposition.BUSY, "La ligne est occupée. Au revoir."),
        ("failed", False, Disposition.UNREACHABLE, "La personne n'a pas pu être jointe. Au revoir."),
    ],
)
def test_rule_02_what_rang_is_recorded_and_how_it_ended(
    pressed: Pressed, status: str, rang: bool, disposition: Disposition, said: str
) -> None:
    pressed.rung()
    pressed.post("answer")
    pressed.post("pressed", Digits="1")
    attempt = pressed.attempt()
    for told in ["initiated", *(["ringing"] if rang else [])]:
        pressed.network.status(attempt.id, LEG, told)
    for _ in range(2):
        ended = pressed.post("ended", DialCallStatus=status, DialCallSid=LEG, DialCallDuration="61")
        assert _tags(ended)[-1] == "Hangup"
    pressed.network.status(attempt.id, LEG, status, CallDuration="61")
    pressed.post("status", CallStatus="completed")
    attempt = pressed.attempt()
    assert (attempt.rang, attempt.disposition, attempt.carrier_id) == (rang, disposition, LEG)
    assert attempt.purpose == Purpose.ADVISER_CALL
    assert pressed.call.state == AdviserCallState.ENDED
    if said:
        assert said in _said(ended)


def test_an_end_that_only_the_person_s_call_tells_is_known(pressed: Pressed) -> None:
    pressed.rung()
    pressed.post("pressed", Digits="1")
    pressed.network.status(pressed.attempt().id, LEG, "no-answer")
    assert pressed.call.state == AdviserCallState.CALLING
    pressed.dialer.look_after()
    assert pressed.call.result == AdviserCallResult.NO_ANSWER


def test_a_person_s_call_of_which_nobody_hears_is_found_at_the_carrier(
    pressed: Pressed, runtime: Runtime, carrier: FakeCarrier
) -> None:
    pressed.rung()
    pressed.post("pressed", Digits="1")
    carrier.held[LEG] = dict(carrier.held[pressed.sid]) | {
        "sid": LEG,
        "to": pressed.number,
        "status": "completed",
        "duration": "30",
        "direction": "outbound-dial",
    }
    pressed.age(LOOK_AFTER_SECONDS + 1)
    Reconciler(runtime, Carrier(runtime.settings), DialerMetrics()).run()
    attempt = pressed.attempt()
    assert (attempt.carrier_id, attempt.status) == (LEG, AttemptStatus.ENDED)
    pressed.dialer.look_after()
    assert pressed.call.result == AdviserCallResult.SPOKE


def test_webhooks_of_something_else_are_refused(pressed: Pressed) -> None:
    pressed.rung()
    for route in ("answer", "pressed", "ended", "status"):
        form = {"Digits": "1", "DialCallStatus": "busy", "CallStatus": "completed"}
        elsewhere = f"/carrier/adviser/{route}?call={uuid4()}"
        assert pressed.network.post(elsewhere, {"CallSid": pressed.sid, **form}).status_code == 404
        assert pressed.post(route, **{**form, "CallSid": "CA" + "c" * 32}).status_code == 409
        path = f"/carrier/adviser/{route}?call={pressed.id}"
        unsigned = pressed.network.http.post(path, data={"CallSid": pressed.sid, **form})
        assert unsigned.status_code == 403
    assert pressed.attempts() == []
    assert pressed.call.state == AdviserCallState.RINGING
