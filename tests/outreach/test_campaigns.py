"""A campaign's policy, with every version of it; and the preview, which looks as the dialer would and changes nothing."""

from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from outreach.clock import FrozenClock
from outreach.database.models import Contact, Patient
from outreach.domain import policy
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import ContactState, SuppressionScope
from outreach.runtime import Runtime
from outreach.services import campaigns, capacity, claims, facts, suppressions
from outreach.services.attempts import policy_of
from outreach.services.preview import ANNOUNCED_NOW, CALLED_NOW, PreviewLine, every_facts, preview
from tests.factories import a_campaign, a_landline, a_mobile, a_patient, an_adviser, claim_call

STRICTER = ContactPolicy(days=("mon",), announce_sms=False)
LOOSER = ContactPolicy(days=("sat",), announce_sms=False)


def test_every_version_of_a_policy_is_kept_with_who_and_why(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        campaigns.create(session, "ald", ContactPolicy(), None, clock.now(), "cli:one")
        campaigns.create(session, "ald", STRICTER, "Mondays do", clock.now(), "cli:two")
    with runtime.transaction() as session:
        campaigns.change_policy(session, "ald", LOOSER, "as the steering body wrote", clock.now(), "supervisor")
        campaigns.change_policy(session, "ald", LOOSER, "the same again", clock.now(), "supervisor")
        versions = campaigns.policy_versions(session, "ald")
        assert [(each.version, each.by, each.reason) for each in versions] == [
            (1, "cli:one", None),
            (2, "cli:two", "Mondays do"),
            (3, "supervisor", "as the steering body wrote"),
        ]
        assert [policy.from_document(each.document) for each in versions] == [ContactPolicy(), STRICTER, LOOSER]
        assert campaigns.get(session, "ald").policy_version == 3


def test_a_running_campaign_changes_its_policy_through_the_service_alone(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        a_campaign(session, clock.now())
        with pytest.raises(campaigns.CampaignError, match="running"):
            campaigns.create(session, "ald-2026", STRICTER, None, clock.now(), "cli")
        with pytest.raises(campaigns.ReasonMissing):
            campaigns.change_policy(session, "ald-2026", LOOSER, None, clock.now(), "supervisor")
        assert campaigns.change_policy(session, "ald-2026", STRICTER, None, clock.now(), "s").policy_version == 2
        campaigns.stop(session, "ald-2026", None, clock.now(), "s")
        with pytest.raises(campaigns.CampaignError, match="stopped"):
            campaigns.change_policy(session, "ald-2026", ContactPolicy(), None, clock.now(), "s")


def _a_crowd(runtime: Runtime, clock: FrozenClock, *, start: bool = True) -> None:
    """A landline here, a mobile, one in Réunion at lunch, one suppressed, one without a number, one who is done."""
    now = clock.now()
    with runtime.transaction() as session:
        campaign = a_campaign(session, now, ContactPolicy(), start=start)
        an_adviser(session, now)
        people = {
            "HERE": a_patient(session, now, reference="HERE"),
            "MOBILE": a_patient(session, now, reference="MOBILE", phones=(a_mobile(),)),
            "REUNION": a_patient(session, now, reference="REUNION", postal_code="97400", phones=(a_landline(),)),
            "STOPPED": a_patient(session, now, reference="STOPPED"),
            "NONE": a_patient(session, now, reference="NONE", phones=()),
            "DONE": a_patient(session, now, reference="DONE"),
        }
        for reference, patient in people.items():
            done = reference == "DONE"
            session.add(
                Contact(
                    campaign_id=campaign.id,
                    patient_id=patient.id,
                    state=ContactState.ACCEPTED if done else ContactState.WAITING,
                    next_attempt_at=now if start and not done else None,
                    created_at=now,
                    updated_at=now,
                )
            )
        suppressions.suppress(session, "STOPPED", None, SuppressionScope.PERSON, "stop_sms", now)


@pytest.mark.parametrize("start", [True, False])
def test_the_preview_tells_of_everybody_and_changes_nothing(
    runtime: Runtime, clock: FrozenClock, *, start: bool
) -> None:
    _a_crowd(runtime, clock, start=start)
    lines: list[PreviewLine] = []
    with runtime.transaction() as session:
        shown = preview(session, "ald-2026", clock.now(), runtime.settings, lines.append)
    assert shown.as_if_started is not start
    assert shown.looked_at == 6
    assert shown.counts == {
        CALLED_NOW: 1,
        ANNOUNCED_NOW: 1,
        "held back: outside_hours": 1,
        "held back: suppressed": 1,
        "held back: no_number": 1,
        "accepted": 1,
    }
    by_reference = {line.reference: line for line in lines}
    assert by_reference["HERE"].when == clock.now()
    mobile, reunion = by_reference["MOBILE"].when, by_reference["REUNION"].when
    assert mobile is not None
    assert reunion is not None
    assert (mobile.isoformat(), reunion.isoformat()) == ("2026-11-25T10:00:00+01:00", "2026-11-24T14:00:00+04:00")
    assert by_reference["STOPPED"].when is None
    with runtime.transaction() as session:
        # Without a list of everybody, nothing is read of those who are not to be called: the counts are the same.
        assert preview(session, "ald-2026", clock.now(), runtime.settings) == shown
        change = update(Contact).values(reason="changed")
        with pytest.raises(DBAPIError, match="read-only"):
            session.execute(change)
        session.rollback()


def test_the_preview_announces_nothing_to_whom_may_not_be_texted(runtime: Runtime, clock: FrozenClock) -> None:
    _a_crowd(runtime, clock)
    lines: list[PreviewLine] = []
    with runtime.transaction() as session:
        suppressions.suppress(session, "MOBILE", None, SuppressionScope.SMS, "calls_only", clock.now())
    with runtime.transaction() as session:
        preview(session, "ald-2026", clock.now(), runtime.settings, lines.append)
    assert {line.reference: line.what for line in lines}["MOBILE"] == CALLED_NOW


def test_the_preview_looks_at_any_moment(runtime: Runtime, clock: FrozenClock) -> None:
    _a_crowd(runtime, clock)
    sunday = clock.now() + timedelta(days=5)
    with runtime.transaction() as session:
        shown = preview(session, "ald-2026", sunday, runtime.settings)
    assert CALLED_NOW not in shown.counts
    assert shown.gates["outside_hours"] == 5
    assert [day.isoformat() for day in sorted(shown.days)] == ["2026-11-30", "2026-12-01"]


def test_the_preview_knows_what_the_claim_knows(runtime: Runtime, clock: FrozenClock) -> None:
    """The same facts, read for many at once."""
    _a_crowd(runtime, clock)
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    with runtime.transaction() as session:
        assert claim_call(session, clock.now(), runtime.settings) is not None
    with runtime.transaction() as session:
        campaign = campaigns.get(session, "ald-2026")
        rules = policy.from_document(campaign.policy)
        found = [
            (contact.candidate.contact_id, known)
            for contact, known in every_facts(session, campaign, rules, clock.now(), runtime.settings)
        ]
    for contact_id, known in found:
        with runtime.transaction() as session:
            contact = session.get_one(Contact, contact_id)
            contact.patient = session.get_one(Patient, contact.patient_id)
            contact.campaign = campaigns.get(session, "ald-2026")
            session.refresh(contact.patient, ["numbers"])
            full = capacity.closed_departments(session, clock.now(), runtime.settings)
            one = facts.candidate_of(contact, contact.patient)
            claims_read = facts.read(session, [one], clock.now(), full.get)
            assert known == claims_read.facts(one, policy_of(contact), running=True)
    assert len(found) == 6
