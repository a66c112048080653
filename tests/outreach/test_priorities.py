"""Departments called first: lanes of the queue change who is called when, never the rules."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Contact, Patient
from outreach.domain.policy import ContactPolicy
from outreach.domain.priorities import SHARES, Lane, lanes_of, rooms
from outreach.domain.words import ContactState
from outreach.errors import BadInput
from outreach.runtime import Runtime, Session
from outreach.services import campaigns, claims, opening, priorities
from outreach.settings import Settings
from tests.factories import a_campaign, a_contact, a_patient

POSTAL = {"94": "94800", "38": "38000", "67": "67000", "974": "97400"}
FAST = ContactPolicy(
    announce_sms=False, best_time=False, calls_per_second=1000, calls_at_once=1000, pace_by_capacity=False
)


def people(session: Session, clock: FrozenClock, **counts: int) -> None:
    """So many of each department, the usual ones waiting longest."""
    campaign = campaigns.get(session, "ald-2026")
    for department, count in counts.items():
        for _ in range(count):
            a_contact(
                session,
                campaign,
                a_patient(session, clock.now(), postal_code=POSTAL[department.strip("d")]),
                clock.now(),
            )


def departments(session: Session, state: ContactState) -> Counter[str]:
    rows = session.scalars(
        select(Patient.department).join(Contact, Contact.patient_id == Patient.id).where(Contact.state == state)
    )
    return Counter(rows)


def claimed(session: Session, clock: FrozenClock, settings: Settings, many: int) -> list[str]:
    lead = timedelta(0)
    found = claims.claim_calls(session, clock, settings, many, lead=lead, ahead=timedelta(seconds=1))
    return [session.get_one(Patient, session.get_one(Attempt, one.attempt_id).patient_id).department for one in found]


@pytest.fixture
def campaign(session: Session, clock: FrozenClock) -> None:
    a_campaign(session, clock.now(), FAST)


@pytest.mark.usefixtures("campaign")
def test_those_of_a_department_that_comes_first_are_called_first(
    session: Session, clock: FrozenClock, settings: Settings
) -> None:
    people(session, clock, d94=6, d38=4, d67=4)
    assert priorities.set_to(session, "ald-2026", {"38": Lane.FIRST, "94": Lane.LAST}, clock.now(), "dominique") == 10
    opening.open_contacts(session, clock.now())
    called = [department for _ in range(14) for department in claimed(session, clock, settings, 1)]
    assert called == ["38"] * 4 + ["67"] * 4 + ["94"] * 6


@pytest.mark.usefixtures("campaign")
def test_the_queue_is_shared_out_and_nobody_waits_for_ever(
    session: Session, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "DUE_AT_ONCE", 10)
    people(session, clock, d94=20, d38=20, d67=4)
    priorities.set_to(session, "ald-2026", {"38": Lane.FIRST, "67": Lane.LAST}, clock.now(), "dominique")
    opening.open_contacts(session, clock.now())
    assert departments(session, ContactState.DUE) == {"38": 6, "94": 3, "67": 1}
    # What a lane doesn't use goes to the others.
    session.execute(
        text(
            "update contacts set state = 'waiting', next_attempt_at = next_attempt_at + interval '1 day' "
            "from patients where patients.id = contacts.patient_id and department = '38'"
        )
    )
    opening.open_contacts(session, clock.now())
    assert departments(session, ContactState.DUE).total() == 10
    assert departments(session, ContactState.DUE)["38"] == 0


@pytest.mark.usefixtures("campaign")
def test_rule_01_who_comes_first_still_waits_for_their_hours(
    session: Session, clock: FrozenClock, settings: Settings
) -> None:
    # Half past ten in Paris is half past one in the afternoon on Réunion: between two windows.
    people(session, clock, d94=2, d974=2)
    priorities.set_to(session, "ald-2026", {"974": Lane.FIRST}, clock.now(), "dominique")
    opening.open_contacts(session, clock.now())
    assert claimed(session, clock, settings, 10) == ["94", "94"]


@pytest.mark.usefixtures("campaign")
def test_rule_02_who_comes_first_is_not_called_twice_a_day(
    session: Session, clock: FrozenClock, settings: Settings
) -> None:
    people(session, clock, d94=2, d38=1)
    priorities.set_to(session, "ald-2026", {"38": Lane.FIRST}, clock.now(), "dominique")
    for _ in range(3):
        opening.open_contacts(session, clock.now())
        claimed(session, clock, settings, 1)
        clock.advance(timedelta(minutes=20))
    assert departments(session, ContactState.ATTEMPTING) == {"94": 2, "38": 1}


@pytest.mark.usefixtures("campaign")
def test_whoever_is_imported_later_stands_in_the_lane_of_their_department(session: Session, clock: FrozenClock) -> None:
    priorities.set_to(session, "ald-2026", {"38": Lane.FIRST}, clock.now(), "dominique")
    people(session, clock, d94=1, d38=1)
    rows = session.execute(select(Patient.department, Contact.lane).join(Contact, Contact.patient_id == Patient.id))
    assert {department: lane for department, lane in rows} == {"94": 1, "38": 0}  # noqa: C416 - a row is no pair
    priorities.set_to(session, "ald-2026", {}, clock.now(), "dominique")
    session.expire_all()
    assert set(session.scalars(select(Contact.lane))) == {1}


def test_what_is_no_department_is_refused(runtime: Runtime, clock: FrozenClock) -> None:
    with runtime.transaction() as session:
        a_campaign(session, clock.now())
        with pytest.raises(BadInput):
            priorities.set_to(session, "ald-2026", {"20": Lane.FIRST}, clock.now(), "dominique")
    with pytest.raises(ValueError, match="99"):
        lanes_of({"99": 0})


@given(st.integers(0, 5000), st.sets(st.sampled_from(list(Lane)), min_size=1))
def test_room_is_shared_out_whole(room: int, lanes: set[Lane]) -> None:
    shared = rooms(room, sorted(lanes))
    assert sum(shared.values()) == room
    assert all(count >= 0 for count in shared.values())
    if room >= 10 * sum(SHARES.values()):
        assert all(shared[lane] > 0 for lane in lanes)


@pytest.mark.usefixtures("campaign")
def test_lanes_are_read_by_their_index(session: Session, clock: FrozenClock) -> None:
    people(session, clock, d94=3)
    session.execute(text("set local enable_seqscan = off"))
    for lane in (0, 1):
        plan = session.scalars(
            text(
                "explain select id from contacts where campaign_id = (select id from campaigns limit 1) and state = 'waiting'"
                f" and next_attempt_at <= now() and (held_by is distinct from 'announcement_pending' or announced_at is not null)"
                f" and lane = {lane} order by next_attempt_at limit 5"
            )
        ).all()
        assert any("ix_contacts_to_open" in line for line in plan), plan
        assert not any("Sort" in line for line in plan), plan
