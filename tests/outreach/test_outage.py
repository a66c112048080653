"""A carrier that is away for long costs nobody their place."""

from datetime import timedelta

from sqlalchemy import select

from outreach.clock import FrozenClock
from outreach.database.models import Contact
from outreach.domain.dispositions import Disposition
from outreach.domain.words import ContactState
from outreach.runtime import Runtime
from outreach.services import carrier_facts, claims
from tests.factories import a_campaign, a_contact, a_patient, claim_call


def test_calls_that_could_never_be_placed_exhaust_nobody(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        a_contact(session, a_campaign(session, clock.now()), a_patient(session, clock.now()), clock.now())
    for _ in range(12):
        with runtime.transaction() as session:
            claims.open_contacts(session, clock.now())
        with runtime.transaction() as session:
            claimed = claim_call(session, clock.now(), runtime.settings)
            assert claimed is not None
            carrier_facts.not_placed(session, claimed.attempt_id, Disposition.NEVER_PLACED, clock.now())
        with runtime.transaction() as session:
            contact = session.scalars(select(Contact)).one()
            assert contact.state == ContactState.WAITING
            assert contact.next_attempt_at is not None
            clock.set(contact.next_attempt_at + timedelta(minutes=1))
