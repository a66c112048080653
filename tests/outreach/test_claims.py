"""Claims of many contacts at once, by however many dialers (decision 9), against a real PostgreSQL."""

import threading
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Contact, Patient, PhoneNumber
from outreach.domain.pace import Slots, between_two, caller_of
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, CampaignStatus, ContactState, Gate, NumberKind
from outreach.runtime import Runtime
from outreach.services import campaigns, claims, opening, sms_claims
from outreach.services.attempts import Claimed
from tests.factories import a_campaign, a_contact, a_landline, a_mobile, a_patient

WIDE = ContactPolicy(announce_sms=False, calls_per_second=1000, calls_at_once=1000)
SECOND = timedelta(seconds=1)


def _enrol(
    runtime: Runtime, people: int, rules: ContactPolicy = WIDE, name: str = "ald-2026", **changes: object
) -> list[UUID]:
    now = runtime.clock.now()
    with runtime.transaction() as session:
        campaign = a_campaign(session, now, rules, name)
        return [a_contact(session, campaign, a_patient(session, now, **changes), now).id for _ in range(people)]


def _open(runtime: Runtime, closed: dict[str, Gate] | None = None) -> int:
    with runtime.transaction() as session:
        return claims.open_contacts(session, runtime.clock.now(), lambda: closed or {})


def _claim(runtime: Runtime, limit: int = 100, ahead: timedelta = SECOND) -> list[Claimed]:
    with runtime.transaction() as session:
        return claims.claim_calls(
            session, runtime.clock, runtime.settings, limit, lead=timedelta(seconds=3), ahead=ahead
        )


def _states(runtime: Runtime) -> Counter[str]:
    with runtime.transaction() as session:
        return Counter(session.scalars(select(Contact.state)))


def _campaigns_of(runtime: Runtime, claimed: list[Claimed]) -> Counter[UUID | None]:
    with runtime.transaction() as session:
        return Counter(
            session.scalars(select(Attempt.campaign_id).where(Attempt.id.in_([one.attempt_id for one in claimed])))
        )


def _end_all(runtime: Runtime) -> None:
    with runtime.transaction() as session:
        session.execute(text("update attempts set status = 'ended'"))


# Pace


@given(
    st.floats(0.01, 1000),
    st.lists(st.tuples(st.integers(0, 3_000_000), st.integers(0, 2_000_000), st.integers(1, 60)), max_size=30),
)
def test_no_second_holds_more_moments_than_the_rate_however_claims_follow_one_another(
    per_second: float, asked: list[tuple[int, int, int]]
) -> None:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    kept: dict[str, datetime] = {}
    taken: list[datetime] = []
    for later, ahead, how_many in asked:
        now += timedelta(microseconds=later)
        slots = Slots(kept, now, now + timedelta(microseconds=ahead))
        for _ in range(how_many):
            at = slots.take("+33162000001", per_second)
            if at is None:
                break
            assert now <= at <= now + timedelta(microseconds=ahead)
            taken.append(at)
        kept = slots.next_moments()
    assert all(later - earlier >= between_two(per_second) for earlier, later in pairwise(taken))
    for first in taken:
        assert sum(first <= at < first + SECOND for at in taken) <= max(1, -int(-per_second // 1))


@given(st.uuids(), st.integers(1, 8), st.integers(0, 7))
def test_a_patient_keeps_the_same_caller_as_long_as_it_is_configured(patient: UUID, how_many: int, gone: int) -> None:
    callers = [f"+3316200000{n}" for n in range(how_many)]
    ours = caller_of(patient, callers)
    assert caller_of(patient, callers[::-1]) == ours
    fewer = [caller for n, caller in enumerate(callers) if n != gone % how_many or caller == ours]
    assert caller_of(patient, fewer) == ours
    assert caller_of(patient, [*callers, "+33163000009"]) in {ours, "+33163000009"}


def test_a_number_that_is_added_takes_its_share_of_patients_and_no_more() -> None:
    three = [f"+3316200000{n}" for n in range(3)]
    four = [*three, "+33163000009"]
    patients = [uuid4() for _ in range(4000)]
    moved = sum(caller_of(one, three) != caller_of(one, four) for one in patients)
    assert 0.2 < moved / len(patients) < 0.3
    assert all(800 < count < 1200 for count in Counter(caller_of(one, four) for one in patients).values())


def test_a_batch_has_the_moments_of_its_callers_and_the_next_one_goes_on_from_there(runtime: Runtime) -> None:
    _enrol(runtime, 40, ContactPolicy(announce_sms=False, calls_per_second=5))
    _open(runtime)
    claimed = [_claim(runtime, limit=3), _claim(runtime), _claim(runtime)]
    moments = defaultdict(list)
    for one in (one for batch in claimed for one in batch):
        moments[one.caller].append(one.at)
    assert len(claimed[0]) == 3
    assert claimed[2] == []
    assert set(moments) == set(runtime.settings.callers)
    for times in moments.values():
        assert len(times) == 6  # at 0, 200, … 1000 milliseconds from now
        assert [later - earlier for earlier, later in pairwise(sorted(times))] == [timedelta(milliseconds=200)] * 5


# Many dialers


def _side_by_side(work: Callable[[], list[Claimed]], how_many: int = 4) -> list[Claimed]:
    start = threading.Barrier(how_many)

    def claimer() -> list[Claimed]:
        start.wait()
        return work()

    with ThreadPoolExecutor(how_many) as threads:
        return [one for done in [threads.submit(claimer) for _ in range(how_many)] for one in done.result(60)]


def test_everybody_due_is_claimed_once_by_claimers_side_by_side(runtime: Runtime) -> None:
    ids = _enrol(runtime, 60)
    _open(runtime)

    def until_empty() -> list[Claimed]:
        mine: list[Claimed] = []
        while batch := _claim(runtime, limit=7):
            mine += batch
        return mine

    claimed = _side_by_side(until_empty)
    assert len(claimed) == len({one.attempt_id for one in claimed}) == 60
    with runtime.transaction() as session:
        of_contacts = session.scalars(select(Attempt.contact_id)).all()
        assert sorted(map(str, of_contacts)) == sorted(map(str, ids))
        assert set(session.scalars(select(Contact.attempts))) == {1}
    assert _states(runtime) == {ContactState.ATTEMPTING: 60}


def test_pace_and_calls_at_once_hold_over_claimers_side_by_side(runtime: Runtime, clock: FrozenClock) -> None:
    _enrol(runtime, 60, ContactPolicy(announce_sms=False, calls_per_second=10, calls_at_once=25))
    _open(runtime)
    claimed: list[Claimed] = []
    for _ in range(8):
        claimed += _side_by_side(lambda: _claim(runtime, limit=9, ahead=timedelta(milliseconds=300)))
        with runtime.transaction() as session:
            under_way = session.scalar(
                select(func.count()).select_from(Attempt).where(Attempt.status != AttemptStatus.ENDED)
            )
        assert under_way == len(claimed) <= 25
        clock.advance(timedelta(milliseconds=250))
    assert len(claimed) == 25
    moments = defaultdict(list)
    for one in claimed:
        moments[one.caller].append(one.at)
    for times in moments.values():
        assert all(later - earlier >= timedelta(milliseconds=100) for earlier, later in pairwise(sorted(times)))


def test_sms_per_second_hold_over_claimers_side_by_side(runtime: Runtime) -> None:
    from outreach.services import sms_claims

    _enrol(runtime, 12, ContactPolicy(sms_per_second=2))
    with runtime.transaction() as session:
        session.execute(text("update phone_numbers set kind = 'mobile'"))
    _open(runtime)

    def one() -> list[Claimed]:
        with runtime.transaction() as session:
            claimed = sms_claims.claim_sms(session, runtime.clock.now(), runtime.settings)
        return [claimed] if claimed is not None else []

    assert len(_side_by_side(one)) == 1


# Persons


def test_two_of_a_household_and_a_person_of_two_campaigns_are_called_once_in_one_batch(
    runtime: Runtime,
) -> None:
    _enrol(runtime, 2, phones=("0199004321",))
    now = runtime.clock.now()
    with runtime.transaction() as session:
        first, second = a_campaign(session, now, WIDE, "first"), a_campaign(session, now, WIDE, "second")
        patient = a_patient(session, now, phones=(a_landline(),))
        a_contact(session, first, patient, now)
        a_contact(session, second, patient, now)
    _open(runtime)
    claimed = _claim(runtime)
    assert len(claimed) == len({one.number for one in claimed}) == 2
    with runtime.transaction() as session:
        held = session.scalars(select(Contact.held_by).where(Contact.state == ContactState.WAITING)).all()
    assert held == [Gate.ALREADY_ATTEMPTING] * 2


def test_a_person_who_is_busy_elsewhere_waits_and_keeps_nobody_else_waiting(runtime: Runtime) -> None:
    _enrol(runtime, 3)
    _open(runtime)
    with runtime.transaction() as session:
        session.execute(text("select 1 from patients order by reference limit 1 for update"))
        assert len(_claim(runtime)) == 2
    assert len(_claim(runtime)) == 1


def test_the_gates_that_close_for_many_are_kept_and_the_others_are_called(runtime: Runtime) -> None:
    _enrol(runtime, 40)
    _open(runtime)
    with runtime.transaction() as session:
        # Thirty have been rung this morning: none of them may be called again today.
        session.execute(
            text(
                "insert into attempts (id, patient_id, channel, direction, purpose, number, caller, status, rang, rang_at,"
                " human_answered, right_party, final, voicemail_left, claimed_at, claimed_wall, heard_wall)"
                " select gen_random_uuid(), patient_id, 'voice', 'outbound', 'call', '', '', 'ended', true, :at, false,"
                " false, false, false, :at, now(), now() from contacts order by next_attempt_at, id limit 30"
            ),
            {"at": runtime.clock.now() - timedelta(hours=1)},
        )
    assert len(_claim(runtime, limit=10)) == 10
    with runtime.transaction() as session:
        held = Counter(session.scalars(select(Contact.held_by).where(Contact.state == ContactState.WAITING)))
    assert held == {Gate.CAP_PER_DAY: 30}


def test_a_policy_that_cannot_be_read_closes_its_campaign_and_no_other(runtime: Runtime) -> None:
    _enrol(runtime, 2)
    _enrol(runtime, 3, name="unreadable")
    with runtime.transaction() as session:
        session.execute(text("""update campaigns set policy = '{"days": 5}' where name = 'unreadable'"""))
    _open(runtime)
    assert len(_claim(runtime)) == 2
    with runtime.transaction() as session:
        assert set(session.scalars(select(Contact.held_by))) == {None, Gate.NOT_EVALUATED}


# Fair between campaigns


def test_a_campaign_with_a_hundred_times_more_due_shares_the_pace(runtime: Runtime, clock: FrozenClock) -> None:
    rules = ContactPolicy(announce_sms=False, calls_per_second=2, calls_at_once=1000)
    _enrol(runtime, 200, rules, "large")
    clock.advance(timedelta(minutes=1))
    _enrol(runtime, 20, rules, "small")
    _open(runtime)
    claimed: list[Claimed] = []
    while len(claimed) < 32:
        claimed += _claim(runtime, limit=3, ahead=timedelta(milliseconds=300))
        clock.advance(timedelta(milliseconds=250))
    shares = sorted(_campaigns_of(runtime, claimed).values())
    assert len(shares) == 2
    assert shares[0] >= 13


def test_callbacks_come_first_within_a_campaign_even_when_many_are_due(
    runtime: Runtime, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "DUE_AT_ONCE", 5)
    ids = _enrol(runtime, 30, ContactPolicy(announce_sms=False, calls_per_second=1))
    _open(runtime)
    assert _states(runtime)[ContactState.DUE] == 5
    clock.advance(timedelta(minutes=10))
    with runtime.transaction() as session:
        wished = session.scalars(select(Contact).where(Contact.id.in_(ids), Contact.state == "waiting").limit(2)).all()
        for contact in wished:
            contact.next_attempt_at = contact.callback_from = clock.now()
            contact.callback_to = clock.now() + timedelta(hours=1)
    _open(runtime)
    first: list[Claimed] = []
    while len(first) < 2:
        first += _claim(runtime, limit=1, ahead=timedelta(0))
        clock.advance(SECOND)
    with runtime.transaction() as session:
        called = session.scalars(select(Attempt.contact_id).where(Attempt.id.in_([one.attempt_id for one in first])))
        assert set(called) == {contact.id for contact in wished}


# Opening


def test_so_many_are_due_at_once_however_many_have_their_time(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "DUE_AT_ONCE", 10)
    _enrol(runtime, 35)
    assert _open(runtime) == 10
    assert _open(runtime) == 0
    called = 0
    while batch := _claim(runtime, limit=4):
        called += len(batch)
        _end_all(runtime)
        _open(runtime)
    assert called == 35, "everybody comes to their turn"


def test_those_who_await_their_announcement_keep_nobody_waiting(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "DUE_AT_ONCE", 4)
    now = runtime.clock.now()
    with runtime.transaction() as session:
        campaign = a_campaign(session, now, ContactPolicy())
        for phones in [(a_mobile(),)] * 9 + [(a_landline(),)] * 2:
            a_contact(session, campaign, a_patient(session, now, phones=phones), now)
        session.execute(text("update contacts set next_attempt_at = next_attempt_at - interval '1 hour' where id in"
                             " (select contacts.id from contacts join phone_numbers using (patient_id)"
                             " where kind = 'mobile')"))  # fmt: skip
    for _ in range(4):
        _open(runtime)
    assert _states(runtime) == {ContactState.WAITING: 9, ContactState.DUE: 2}
    with runtime.transaction() as session:
        held = Counter(session.scalars(select(Contact.held_by)))
        assert held == {Gate.ANNOUNCEMENT_PENDING: 9, None: 2}


def test_a_policy_that_asks_for_no_announcement_any_more_lets_those_held_back_for_it_be_called(
    runtime: Runtime, clock: FrozenClock
) -> None:
    _enrol(runtime, 3, ContactPolicy(), phones=(a_mobile(),))
    _open(runtime)
    assert _states(runtime) == {ContactState.WAITING: 3}
    with runtime.transaction() as session:
        campaigns.change_policy(session, "ald-2026", WIDE, None, clock.now(), by="tests")
    with runtime.transaction() as session:
        assert sms_claims.claim_sms(session, clock.now(), runtime.settings) is None
    _open(runtime)
    assert _states(runtime) == {ContactState.DUE: 3}


def test_somebody_whose_first_number_is_a_landline_meanwhile_is_not_announced_to_the_second_one(
    runtime: Runtime, clock: FrozenClock
) -> None:
    _enrol(runtime, 1, ContactPolicy(), phones=(a_mobile(), a_mobile()))
    _open(runtime)
    with runtime.transaction() as session:
        number = session.scalars(select(PhoneNumber).where(PhoneNumber.rank == 1)).one()
        number.e164, number.kind = "+33199005001", NumberKind.LANDLINE
    with runtime.transaction() as session:
        assert sms_claims.claim_sms(session, clock.now(), runtime.settings) is None
    _open(runtime)
    assert [one.number for one in _claim(runtime)] == ["+33199005001"]


def test_when_hours_end_the_due_go_back_until_the_next_opening(runtime: Runtime, clock: FrozenClock) -> None:
    _enrol(runtime, 3)
    _enrol(runtime, 2, name="overseas", postal_code="97400", department="974")
    _open(runtime)
    # It is 13:30 on Réunion: whose hours begin at 14:00.
    assert _states(runtime) == {ContactState.DUE: 3, ContactState.WAITING: 2}
    clock.set(clock.now().replace(hour=12, minute=0))  # 13:00 in Paris, 16:00 on Réunion
    _open(runtime)
    assert _states(runtime) == {ContactState.WAITING: 3, ContactState.DUE: 2}
    with runtime.transaction() as session:
        waiting = session.execute(
            select(Contact.held_by, Contact.next_attempt_at).where(Contact.state == ContactState.WAITING)
        ).all()
    assert {row[0] for row in waiting} == {Gate.OUTSIDE_HOURS}
    assert {row[1] for row in waiting} == {clock.now().replace(hour=13)}


def test_a_department_where_nobody_could_take_over_is_not_opened(runtime: Runtime) -> None:
    _enrol(runtime, 2)
    _enrol(runtime, 3, name="another", postal_code="75011", department="75")
    with runtime.transaction() as session:
        numbers = set(session.scalars(select(PhoneNumber.e164).join(Patient).where(Patient.department == "75")))
    _open(runtime, {"94": Gate.ADVISERS_FULL})
    assert _states(runtime) == {ContactState.WAITING: 2, ContactState.DUE: 3}
    assert {one.number for one in _claim(runtime)} == numbers


def test_a_campaign_that_is_paused_between_two_claims_gets_no_more_calls(runtime: Runtime, clock: FrozenClock) -> None:
    _enrol(runtime, 4)
    _open(runtime)
    assert len(_claim(runtime, limit=1)) == 1
    with runtime.transaction() as session:
        campaign = campaigns.pause(session, "ald-2026", "a test", clock.now(), by="tests")
        assert campaign.status == CampaignStatus.PAUSED
    clock.advance(SECOND)
    assert _claim(runtime) == []


# What PostgreSQL does


def test_no_table_that_grows_with_a_campaign_is_read_as_a_whole(runtime: Runtime) -> None:
    _enrol(runtime, 30)
    scans = text(
        "select relname, seq_scan from pg_stat_xact_user_tables where relname in"
        " ('patients', 'phone_numbers', 'contacts', 'attempts', 'suppressions')"
    )
    with runtime.transaction() as session:
        # Few rows: without this the planner would read them all, whatever indexes there are.
        session.execute(text("set local enable_seqscan = off"))
        # Statements that this connection has prepared before would keep the plans of then.
        session.execute(text("set local plan_cache_mode = force_custom_plan"))
        before = session.execute(scans).all()
        assert claims.open_contacts(session, runtime.clock.now()) == 30
        assert claims.claim_calls(session, runtime.clock, runtime.settings, 9, lead=SECOND, ahead=timedelta(0))
        assert session.execute(scans).all() == before


def test_a_number_given_up_is_not_called(runtime: Runtime) -> None:
    _enrol(runtime, 1, phones=("0199005001", "0199005002"))
    _open(runtime)
    with runtime.transaction() as session:
        session.scalars(select(PhoneNumber).where(PhoneNumber.rank == 1)).one().unusable_since = runtime.clock.now()
    assert [one.number for one in _claim(runtime)] == ["+33199005002"]
