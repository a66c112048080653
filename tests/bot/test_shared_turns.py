"""Shared numbers through the actions and the database, without Rasa: whose a conversation becomes, and what is kept."""

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from bot.actions.app import Answer, take_turn
from outreach.clock import FrozenClock
from outreach.database.models import Alert, Attempt, Contact, Conversation, PhoneNumber, Request, Suppression, Turn
from outreach.domain.words import Channel, ContactState, Identity, Outcome, RequestKind, SuppressionScope
from outreach.runtime import Runtime
from outreach.services import conversations, erasure, figures, patient_file, requests, telephone
from tests.bot.walk import heard
from tests.factories import a_campaign, a_contact, a_patient, an_adviser

LINE = "+33199004321"
ODETTE = {"reference": "P-ODETTE", "birth_date": date(1947, 3, 12), "first_name": "Odette"}
ROGER = {"reference": "P-ROGER", "birth_date": date(1944, 7, 2), "first_name": "Roger", "civility": "M"}


class Call:
    def __init__(self, runtime: Runtime, clock: FrozenClock, channel: Channel = Channel.VOICE) -> None:
        self.runtime, self.clock = runtime, clock
        with runtime.transaction() as session:
            found = telephone.inbound(session, channel, LINE, "+33162000001", f"CA{uuid4().hex}", clock.now())
        assert found.conversation_id is not None
        self.id: UUID = found.conversation_id
        self.said: list[str] = []
        if channel is Channel.VOICE:
            self.say("/open")

    def say(self, message: str, means: str = "nlu_fallback") -> Answer:
        answer = take_turn(self.runtime, self.id, heard(message, means))
        self.said += answer.texts
        return answer

    @property
    def conversation(self) -> Conversation:
        with self.runtime.transaction() as session:
            return session.get_one(Conversation, self.id)


@pytest.fixture
def household(runtime: Runtime, clock: FrozenClock) -> None:
    _share(runtime, clock, ODETTE, ROGER)


def _share(runtime: Runtime, clock: FrozenClock, *people: dict[str, object]) -> None:
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now())
        for person in people:
            a_contact(session, campaign, a_patient(session, clock.now(), phones=("0199004321",), **person), clock.now())


def _states(runtime: Runtime) -> dict[str, str]:
    with runtime.transaction() as session:
        rows = session.scalars(select(Contact)).all()
        for row in rows:
            session.refresh(row, ["patient"])
        return {row.patient.reference: row.state for row in rows}


def _file(runtime: Runtime, reference: str) -> dict[str, object]:
    with runtime.transaction() as session:
        return patient_file.build(session, reference)


def test_the_birth_date_makes_it_theirs_from_the_first_word_on(
    runtime: Runtime, clock: FrozenClock, household: None
) -> None:
    call = Call(runtime, clock)
    call.say("allô bonjour", "greet")
    assert _file(runtime, "P-ROGER")["conversations"] == []
    call.say("le deux juillet quarante-quatre", "inform_birth_date")
    assert call.conversation.identity == Identity.VERIFIED
    document = _file(runtime, "P-ROGER")
    assert [turn["text"] for talk in document["conversations"] for turn in talk["turns"]][1] == "allô bonjour"  # type: ignore[attr-defined]
    assert [attempt["campaign"] for attempt in document["attempts"]] == ["ald-2026"]  # type: ignore[attr-defined]
    assert _file(runtime, "P-ODETTE")["conversations"] == []
    assert _states(runtime) == {"P-ODETTE": ContactState.WAITING, "P-ROGER": ContactState.IN_CONVERSATION}
    assert not any(name in " ".join(call.said) for name in ("Exemple", "Roger", "Odette"))
    with runtime.transaction() as session:
        assert session.get_one(Attempt, call.conversation.attempt_id).right_party
        steps = {step: count for step, _, count in figures.funnel(session, "ald-2026")}
    assert (steps["reached"], steps["verified"], steps["attempted"]) == (1, 1, 0)


def test_they_go_on_where_they_were_by_voice_after_sms(runtime: Runtime, clock: FrozenClock, household: None) -> None:
    by_sms = Call(runtime, clock, Channel.SMS)
    by_sms.say("bonjour", "greet")
    by_sms.say("12/03/1947")
    by_sms.say("non j'en ai plus", "no_doctor")
    by_sms.say("oui", "affirm")
    call = Call(runtime, clock)
    answer = call.say("12/03/1947")
    assert "Nous reprenons où nous en étions." in answer.texts
    assert answer.custom["asks"] == "consent_sharing"


def test_rule_08_two_wrong_birth_dates_are_work_for_an_adviser_and_nobodys_fault(
    runtime: Runtime, clock: FrozenClock, household: None
) -> None:
    call = Call(runtime, clock)
    call.say("13/03/1947")
    answer = call.say("14/03/1947")
    assert answer.custom["hang_up"]
    assert call.conversation.outcome == Outcome.IDENTITY_FAILED
    assert set(_states(runtime).values()) == {ContactState.WAITING}
    with runtime.transaction() as session:
        an_adviser(session, clock.now(), "dominique")
        [request] = requests.listed(session, requests.Filters(), 1, now=clock.now()).items
        assert (request.kind, request.patient, request.department) == (RequestKind.IDENTITY, None, "94")
        # The words stay, for the adviser.
        assert len(session.scalars(select(Turn).where(Turn.conversation_id == call.id)).all()) == 5


def test_twins_are_told_apart_by_their_first_name(runtime: Runtime, clock: FrozenClock) -> None:
    _share(runtime, clock, ODETTE, {**ODETTE, "reference": "P-SUZANNE", "first_name": "Suzanne"}, ROGER)
    call = Call(runtime, clock)
    assert call.say("12/03/1947").texts == ("Quel est votre prénom ?",)
    call.say("moi c'est suzanne", "confirm_identity")
    assert call.conversation.identity == Identity.VERIFIED
    assert len(_file(runtime, "P-SUZANNE")["conversations"]) == 1  # type: ignore[arg-type]
    assert not any(name in " ".join(call.said).lower() for name in ("exemple", "odette", "suzanne"))


def test_one_person_under_two_references_is_one_person(runtime: Runtime, clock: FrozenClock) -> None:
    _share(runtime, clock, ODETTE, {**ODETTE, "reference": "P-ODETTE-2"})
    call = Call(runtime, clock)
    call.say("12/03/1947")
    assert call.conversation.identity == Identity.VERIFIED


@pytest.mark.parametrize("channel", list(Channel))
def test_rule_09_a_stop_from_a_shared_number_stops_it_for_all(
    runtime: Runtime, clock: FrozenClock, household: None, channel: Channel
) -> None:
    call = Call(runtime, clock, channel)
    call.say("STOP")
    assert "plus personne à ce numéro" in call.said[-1]
    assert set(_states(runtime).values()) == {ContactState.OPTED_OUT}
    with runtime.transaction() as session:
        stopped = {(row.reference, row.number, row.scope) for row in session.scalars(select(Suppression))}
    assert (None, LINE, SuppressionScope.PERSON) in stopped
    assert {reference for reference, _, _ in stopped} == {None, "P-ODETTE", "P-ROGER"}


def test_rule_12_an_emergency_before_anybody_is_known_alerts_a_human(
    runtime: Runtime, clock: FrozenClock, household: None
) -> None:
    call = Call(runtime, clock)
    answer = call.say("j'ai très mal dans la poitrine", "emergency")
    assert "15" in answer.texts[0]
    with runtime.transaction() as session:
        [alert] = session.scalars(select(Alert)).all()
        assert (alert.kind, alert.patient_id, alert.conversation_id) == ("emergency", None, call.id)
        assert session.scalars(select(Request.kind)).all() == [RequestKind.EMERGENCY]


def test_rule_13_a_human_is_one_task_with_its_time(runtime: Runtime, clock: FrozenClock, household: None) -> None:
    call = Call(runtime, clock)
    call.say("un conseiller", "human")
    call.say("demain matin", "callback")
    with runtime.transaction() as session:
        [request] = session.scalars(select(Request)).all()
        assert (request.kind, request.patient_id) == (RequestKind.HUMAN, None)
        assert request.callback_from is not None
    assert set(_states(runtime).values()) == {ContactState.WAITING}


@pytest.mark.parametrize(
    ("said", "means", "kinds"),
    [
        ("il est décédé", "deceased", [RequestKind.IDENTITY]),
        ("vous vous trompez de numéro", "wrong_number", [RequestKind.IDENTITY]),
        ("je suis sa fille", "third_party", []),
        ("au revoir", "goodbye", []),
    ],
)
def test_what_is_said_of_nobody_in_particular_settles_nobody(
    runtime: Runtime, clock: FrozenClock, household: None, said: str, means: str, kinds: list[RequestKind]
) -> None:
    call = Call(runtime, clock)
    assert call.say(said, means).custom["hang_up"]
    assert set(_states(runtime).values()) == {ContactState.WAITING}
    with runtime.transaction() as session:
        assert session.scalars(select(Request.kind)).all() == kinds
        unusable = session.scalars(select(PhoneNumber.unusable_because)).all()
        assert set(unusable) == {"wrong_number" if means == "wrong_number" else None}
        assert session.scalars(select(Suppression)).all() == []


def test_an_sms_that_comes_much_later_may_be_the_other_persons(
    runtime: Runtime, clock: FrozenClock, household: None
) -> None:
    first = Call(runtime, clock, Channel.SMS)
    first.say("bonjour", "greet")
    first.say("12/03/1947")
    clock.advance(timedelta(minutes=50))
    assert Call(runtime, clock, Channel.SMS).id == first.id
    first.say("non", "deny")
    clock.advance(timedelta(hours=3))
    second = Call(runtime, clock, Channel.SMS)
    assert second.id != first.id
    assert second.say("oui", "affirm").custom["asks"] == "birth_date"
    assert first.conversation.ended_at is not None
    second.say("2/7/1944")
    assert {talk["id"] for talk in _file(runtime, "P-ROGER")["conversations"]} == {str(second.id)}  # type: ignore[attr-defined]


def test_an_exchange_by_sms_waits_for_its_birth_date_for_days(
    runtime: Runtime, clock: FrozenClock, household: None
) -> None:
    first = Call(runtime, clock, Channel.SMS)
    first.say("bonjour", "greet")
    clock.advance(timedelta(days=3))
    assert Call(runtime, clock, Channel.SMS).id == first.id


def test_rule_14_erasing_a_person_empties_what_they_may_have_said(
    runtime: Runtime, clock: FrozenClock, household: None
) -> None:
    call = Call(runtime, clock)
    call.say("bonjour ici odette", "greet")
    with runtime.transaction() as session:
        attempt = session.get_one(Attempt, call.conversation.attempt_id)
        conversations.conclude(session, conversations.lock(session, call.id), Outcome.ABANDONED, clock.now())
        erasure.erase(session, "P-ODETTE", clock.now(), "camille", "asked")
        assert set(session.scalars(select(Turn.text).where(Turn.conversation_id == call.id))) == {""}
        assert attempt.patient_id is None
