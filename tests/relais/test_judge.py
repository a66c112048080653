"""The judge sees what is lost: it would be no use otherwise."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dialer import wording
from outreach.clock import FrozenClock
from outreach.database.models import Account, PhoneNumber
from outreach.domain.words import Outcome
from outreach.runtime import Runtime
from outreach.services import adviser_calls, attempts, carrier_facts, claims, conversations, telephone
from outreach.services.carrier_facts import CarrierStatus
from relais import judge
from tests.factories import a_campaign, a_contact, a_held_request, a_patient, claim_call

SID = "CA" + "a" * 32
ASKS = "Bonjour, ici l'assistant automatique de l'Assurance Maladie. Vous m'entendez ?"
PROMISES = "C'est noté. Un conseiller vous rappellera. Merci et au revoir."


def _called(runtime: Runtime, clock: FrozenClock, *heard: str, asks_for_a_human: bool = False) -> str:
    """One call, over, of which our side heard this."""
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now())
        a_contact(session, campaign, a_patient(session, clock.now()), clock.now())
        claims.open_contacts(session, clock.now())
    with runtime.transaction() as session:
        claimed = claim_call(session, clock.now(), runtime.settings)
        assert claimed is not None
        attempts.placed(session, claimed.attempt_id, SID, clock.now())
        talk = telephone.answered(session, claimed.attempt_id, SID, clock.now())
        for words in heard:
            conversations.hear(session, talk, words, clock.now())
        if asks_for_a_human:
            session.refresh(talk, ["patient", "contact"])
            conversations.conclude(session, talk, Outcome.HUMAN_REQUESTED, clock.now())
        carrier_facts.carrier_status(session, claimed.attempt_id, CarrierStatus.COMPLETED, clock.now())
    return campaign.name


def _log(clock: FrozenClock, *turns: tuple[str, str], answered_by: str = "human") -> judge.SandboxLog:
    call: dict[str, Any] = {
        "sid": SID,
        "to": "+33199000001",
        "direction": "outbound-api",
        "status": "completed",
        "created_at": clock.now().isoformat(),
        "rang_at": (clock.now() + timedelta(seconds=2)).isoformat(),
        "answered_by": answered_by,
        "turns": [{"speaker": speaker, "text": text} for speaker, text in turns],
    }
    return judge.SandboxLog.read({"calls": [call], "messages": []})


def test_what_is_kept_is_well(runtime: Runtime, clock: FrozenClock) -> None:
    campaign = _called(runtime, clock, "allô", "", "un conseiller", asks_for_a_human=True)
    log = _log(
        clock, ("agent", ASKS), ("patient", "allô"), ("agent", ASKS), ("patient", "un conseiller"), ("agent", PROMISES)
    )
    assert judge.judge(runtime, campaign, log) == []


@pytest.mark.parametrize("heard", [("allô",), ("oui", "allô"), ()])
def test_an_answer_that_the_agent_went_on_from_must_be_kept_in_its_order(
    runtime: Runtime, clock: FrozenClock, heard: tuple[str, ...]
) -> None:
    campaign = _called(runtime, clock, *heard)
    log = _log(clock, ("agent", ASKS), ("patient", "allô"), ("agent", ASKS), ("patient", "oui"), ("agent", ASKS))
    (finding,) = [one for one in judge.judge(runtime, campaign, log) if "not kept" in one][:1]
    assert finding == f"call {SID}: an answer that was acknowledged is not kept"


@pytest.mark.parametrize("answer", [wording.APOLOGY, wording.GOODBYE])
def test_an_apology_acknowledges_nothing(runtime: Runtime, clock: FrozenClock, answer: str) -> None:
    campaign = _called(runtime, clock)
    assert judge.judge(runtime, campaign, _log(clock, ("agent", ASKS), ("patient", "oui"), ("agent", answer))) == []


def test_words_before_which_the_line_went_dead_were_acknowledged_by_nobody(
    runtime: Runtime, clock: FrozenClock
) -> None:
    campaign = _called(runtime, clock)
    dead = ("network", "We are sorry, an application error has occurred.")
    assert judge.judge(runtime, campaign, _log(clock, ("agent", ASKS), ("patient", "oui"), dead)) == []


def test_an_adviser_who_was_promised_must_be_on_the_desk(runtime: Runtime, clock: FrozenClock) -> None:
    campaign = _called(runtime, clock, "un conseiller")
    log = _log(clock, ("agent", ASKS), ("patient", "un conseiller"), ("agent", PROMISES))
    assert judge.judge(runtime, campaign, log) == [
        f"call {SID}: an adviser was promised, and no request is on the desk"
    ]


@pytest.mark.parametrize(("hours", "findings"), [(0, 0), (10, 1)])
def test_rule_01_whom_an_adviser_has_called_is_judged_and_the_adviser_is_not(
    runtime: Runtime, clock: FrozenClock, hours: int, findings: int
) -> None:
    """An adviser rung from the page is nobody whom we call; the person whom the key has called is."""
    leg = "CA" + "b" * 32
    with runtime.transaction() as session:
        request = a_held_request(session, clock.now())
        camille = session.get_one(Account, request.claimed_by)
        number = session.scalars(select(PhoneNumber.e164)).one()
        call_id = adviser_calls.ask(session, request.id, camille, number, clock.now(), runtime.settings)
        adviser_calls.claim(session, clock.now(), runtime.settings)
        adviser_calls.placed(session, call_id, SID)
        adviser_calls.confirm(session, call_id, clock.now(), runtime.settings, timedelta(0))
        ended = CarrierStatus.NO_ANSWER
        adviser_calls.person_called(session, call_id, ended, clock.now(), carrier_id=leg, duration_seconds=None)
    at = clock.now() + timedelta(hours=hours)
    logged = {"status": "completed", "created_at": at.isoformat(), "rang_at": at.isoformat(), "answered_by": None}
    key = [{"speaker": "agent", "text": wording.PRESS_TO_CALL}, {"speaker": "patient", "text": "1"}]
    rung = {**logged, "sid": SID, "to": "+33199001234", "direction": "outbound-api", "turns": key}
    person: dict[str, Any] = {
        **logged,
        "sid": leg,
        "to": number,
        "direction": "outbound-dial",
        "turns": [],
        "parent_sid": SID,
    }
    log = judge.SandboxLog.read({"calls": [rung, person], "messages": []})
    found = judge.judge(runtime, "campaign-of-camille", log)
    assert len(found) == findings
    assert all(one.startswith(f"rule 1: {leg}") for one in found)
    assert (
        len(judge.judge(runtime, "campaign-of-camille", judge.SandboxLog.read({"calls": [rung], "messages": []}))) == 1
    )
