"""Which wording a conversation hears, through the actions and the database, without Rasa."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, select

from bot.actions.app import take_turn
from bot.actions.server import tell_wordings
from bot.actions.wording import WORDING
from bot.actions.wording.sentences import sentences
from outreach.clock import FrozenClock
from outreach.database.models import Consent, Contact, Conversation, Turn
from outreach.domain import comparing
from outreach.domain.words import Channel
from outreach.runtime import Runtime
from outreach.services import campaigns, comparisons, conversations, telephone
from outreach.services.comparisons import USUAL
from tests.bot.walk import heard
from tests.factories import a_campaign, a_contact, a_landline, a_mobile, a_patient

A, B = "2026-11-a", "2026-11-b"


@pytest.fixture
def compared(runtime: Runtime, clock: FrozenClock) -> None:
    tell_wordings(runtime)
    with runtime.transaction() as session:
        a_campaign(session, clock.now())
        comparisons.start(session, "ald-2026", A, B, 2000, clock.now(), "dominique")


def someone_who_hears(runtime: Runtime, clock: FrozenClock, version: str, phone: str) -> Contact:
    with runtime.transaction() as session:
        campaign = campaigns.get(session, "ald-2026")
        while True:
            contact = a_contact(session, campaign, a_patient(session, clock.now(), phones=(phone,)), clock.now())
            if comparing.version_for(campaign.comparison, contact.id) == version:
                return contact
            session.delete(contact)
            session.flush()
            patient = contact.patient_id
            session.connection().exec_driver_sql("delete from phone_numbers where patient_id = %s", (patient,))
            session.connection().exec_driver_sql("delete from patients where id = %s", (patient,))
            session.expunge_all()
            campaign = campaigns.get(session, "ald-2026")


def call(runtime: Runtime, clock: FrozenClock, number: str, channel: Channel = Channel.VOICE) -> UUID:
    with runtime.transaction() as session:
        e164 = f"+33{number[1:]}"
        found = telephone.inbound(session, channel, e164, "+33162000001", f"CA{uuid4().hex}", clock.now())
    assert found.conversation_id is not None
    if channel is Channel.VOICE:
        take_turn(runtime, found.conversation_id, heard("/open", "nlu_fallback"))
    return found.conversation_id


def agree(runtime: Runtime, conversation_id: UUID, channel: Channel = Channel.VOICE) -> list[str]:
    """From the first word to the consent. Returns what was said."""
    said: list[str] = []
    birth_date = "12/03/1947" if channel is Channel.SMS else "le douze mars quarante-sept"
    for words, means in (("oui", "affirm"), (birth_date, "inform_birth_date"), ("non", "deny"), ("oui", "affirm")):
        said += take_turn(runtime, conversation_id, heard(words, means)).texts
    return said


@pytest.mark.parametrize("channel", list(Channel))
@pytest.mark.parametrize("version", [A, B])
@pytest.mark.usefixtures("compared")
def test_each_half_hears_its_own_wording_and_the_ledger_says_which(
    runtime: Runtime, clock: FrozenClock, version: str, channel: Channel
) -> None:
    phone = a_mobile() if channel is Channel.SMS else a_landline()
    someone_who_hears(runtime, clock, version, phone)
    conversation_id = call(runtime, clock, phone, channel)
    said = " ".join(agree(runtime, conversation_id, channel))
    other = A if version == B else B
    for key in ("purpose", "ask.consent_assistance.first"):
        assert sentences(version)[key].voice in said
        assert sentences(other)[key].voice not in said
    with runtime.transaction() as session:
        assert session.scalars(select(Consent.wording)).all() == [version]
        turns = session.scalars(select(Turn.wording).where(Turn.speaker == "agent")).all()
    assert set(turns) == {version}


@pytest.mark.usefixtures("compared")
def test_a_conversation_keeps_its_wording_and_the_next_one_hears_the_campaigns(
    runtime: Runtime, clock: FrozenClock
) -> None:
    phone = a_landline()
    someone_who_hears(runtime, clock, B, phone)
    first = call(runtime, clock, phone)
    with runtime.transaction() as session:
        comparisons.stop(session, "ald-2026", clock.now(), "dominique")
    assert sentences(B)["purpose"].voice in " ".join(agree(runtime, first))
    with runtime.transaction() as session:
        conversations.lock(session, first).ended_at = clock.now()
    second = call(runtime, clock, phone)
    with runtime.transaction() as session:
        dialogue = session.get_one(Conversation, second).dialogue
    assert dialogue["wording"] == A == WORDING == USUAL


@pytest.mark.usefixtures("compared")
def test_a_wording_that_this_process_does_not_know_is_not_claimed_to_be_said(
    runtime: Runtime, clock: FrozenClock
) -> None:
    phone = a_landline()
    someone_who_hears(runtime, clock, B, phone)
    with runtime.transaction() as session:
        campaign = campaigns.get(session, "ald-2026")
        assert campaign.comparison is not None
        campaign.comparison = {**campaign.comparison, "versions": ["2031-01-a", "2031-01-b"]}
    conversation_id = call(runtime, clock, phone)
    with runtime.transaction() as session:
        assert session.get_one(Conversation, conversation_id).dialogue["wording"] == WORDING


@pytest.mark.usefixtures("compared")
def test_who_hears_which_costs_a_turn_no_statement(runtime: Runtime, clock: FrozenClock) -> None:
    def statements(version: str | None) -> int:
        phone = a_landline()
        someone_who_hears(runtime, clock, version or A, phone)
        if version is None:
            with runtime.transaction() as session:
                campaigns.get(session, "ald-2026").comparison = None
        conversation_id = call(runtime, clock, phone)
        seen: list[str] = []

        def count(*arguments: object) -> None:
            seen.append(str(arguments[2]))

        event.listen(runtime.engine, "before_cursor_execute", count)
        agree(runtime, conversation_id)
        event.remove(runtime.engine, "before_cursor_execute", count)
        return len(seen)

    assert statements(B) == statements(A) == statements(None)
