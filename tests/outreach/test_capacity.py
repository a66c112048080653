"""Outreach follows what people can absorb: the rule for any desk, and each department against a real PostgreSQL."""

import random
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from outreach.clock import FrozenClock
from outreach.database.models import Account, Contact, Physician, Request, Volunteer
from outreach.database.repositories import physicians
from outreach.domain.calling_hours import Window
from outreach.domain.capacity import Capacity, Expectation, Load, Team, learned
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import ContactState, Gate, RequestKind, RequestStatus, Role
from outreach.runtime import Runtime, Session
from outreach.services import capacity, claims, preview, sms_claims
from outreach.services.attempts import Claimed
from outreach.services.capacity import Brake
from outreach.settings import Settings
from tests.factories import a_campaign, a_contact, a_mobile, a_patient, claim_call

HERE, THERE, ELSEWHERE = "94", "75", "974"
places = st.sampled_from([HERE, THERE, ELSEWHERE])
sets_of_places = st.one_of(st.none(), st.frozensets(places, min_size=1))
teams = st.lists(st.builds(Team, sets_of_places, st.integers(0, 6)), max_size=4)
chances = st.builds(Expectation, st.floats(0.01, 1.0), st.floats(0.01, 1.0))
loads = st.dictionaries(
    places,
    st.builds(
        Load,
        open_requests=st.integers(0, 8),
        waiting=st.integers(0, 5),
        places=st.one_of(st.none(), st.integers(0, 8)),
        ringing=st.integers(0, 8),
        talking=st.integers(0, 8),
    ),
)


def _can_be_dealt_out(wanted: dict[str, int], desk: list[Team]) -> bool:
    """Hall's condition: no set of departments wants more than all those who serve one of them handle."""
    names = sorted(wanted)
    for chosen in range(1, 1 << len(names)):
        some = [name for position, name in enumerate(names) if chosen >> position & 1]
        handled = sum(team.handles for team in desk if any(team.serves(name) for name in some))
        if sum(wanted[name] for name in some) > handled:
            return False
    return True


@given(teams, loads, places)
def test_a_department_is_stopped_exactly_when_one_more_request_cannot_be_dealt_out(
    desk: list[Team], now: dict[str, Load], department: str
) -> None:
    requests = {name: load.open_requests for name, load in now.items()}
    requests[department] = requests.get(department, 0) + 1
    alone = {name: Load(open_requests=load.open_requests) for name, load in now.items()}
    stopped = Capacity(desk, alone, Expectation(0.1, 0.25)).stopped_by(department) is not None
    if _can_be_dealt_out(requests, desk):
        assert not stopped
    elif _can_be_dealt_out({name: load.open_requests for name, load in now.items()}, desk):
        assert stopped


@given(teams, loads, chances, st.permutations([HERE, THERE, ELSEWHERE, "971"]))
@example(
    [Team(frozenset({HERE, THERE}), 1), Team(frozenset({THERE}), 1)],
    {THERE: Load(open_requests=1)},
    Expectation(0.1, 0.25),
    ["971", HERE, THERE, ELSEWHERE],
)
def test_each_department_has_the_gate_that_it_has_when_asked_alone(
    desk: list[Team], now: dict[str, Load], chance: Expectation, departments: list[str]
) -> None:
    found = Capacity(desk, now, chance)
    for _ in range(2):
        for department in departments:
            alone = Capacity(desk, dict(now), chance)
            assert found.gate(department) == alone.gate(department)
            assert found.stopped_by(department) == alone.stopped_by(department)
        found.begin_call(departments[0])
        now = dict(found.loads)


@given(teams, loads, chances, places)
def test_a_first_call_is_never_blocked_where_there_is_room(
    desk: list[Team], now: dict[str, Load], chance: Expectation, department: str
) -> None:
    quiet = {name: Load(load.open_requests, load.waiting, load.places) for name, load in now.items()}
    found = Capacity(desk, quiet, chance)
    assert found.gate(department) == found.stopped_by(department)


@given(teams, loads, chances, places)
def test_a_call_under_way_never_opens_a_gate(
    desk: list[Team], now: dict[str, Load], chance: Expectation, department: str
) -> None:
    found = Capacity(desk, now, chance)
    before = found.gate(department)
    found.begin_call(department)
    if before is not None:
        assert found.gate(department) is not None


@hypothesis_settings(deadline=None, max_examples=60)
@given(st.integers(1, 40), st.floats(0.03, 0.6), st.booleans(), st.integers(0, 10**9))
def test_places_are_filled_and_not_overfilled_by_a_wide_margin(
    free: int, chance: float, of_volunteers: bool, seed: int
) -> None:
    """Calls begin whenever the gate is open, end one by one, and bring requests with the chance that was learned."""
    draw = random.Random(seed)
    found = Capacity(
        [Team(None, 10_000 if of_volunteers else free)],
        {HERE: Load(places=free if of_volunteers else None)},
        Expectation(chance, chance),
    )
    accepted = 0
    for _ in range(20_000):
        load = found.load(HERE)
        while load.ringing < 60 and found.gate(HERE) is None:
            found.begin_call(HERE)
            load = found.load(HERE)
        if load.ringing == 0:
            break
        accepted += draw.random() < chance
        found = Capacity(
            found.teams,
            {HERE: Load(accepted, accepted, free if of_volunteers else None, load.ringing - 1)},
            found.expectation,
        )
    assert accepted >= free
    assert accepted <= free + 3 * free**0.5 + 3


def test_the_fewer_places_are_left_the_fewer_calls_run_at_once() -> None:
    at_once = []
    for free in (0, 1, 3, 10):
        found = Capacity([Team(None, free)], {}, Expectation(0.1, 0.25))
        while found.gate(HERE) is None:
            found.begin_call(HERE)
        at_once.append(found.load(HERE).ringing)
    assert at_once == [0, 4, 17, 74]


def test_what_is_expected_starts_from_the_field_and_follows_what_happens() -> None:
    assert learned(0, 0, 0) == Expectation(0.1, 0.25)
    assert learned(500, 200, 150).talking == pytest.approx(0.70, abs=0.01)
    assert learned(500, 200, 0).ringing < 0.01


def _adviser(session: Session, clock: FrozenClock, *departments: str) -> None:
    account = Account(login=f"a-{uuid4().hex[:8]}", password_hash="-", role=Role.ADVISER, created_at=clock.now())
    account.departments = list(departments)
    session.add(account)
    session.flush()


def _request(session: Session, clock: FrozenClock, department: str, **changes: object) -> None:
    patient = a_patient(session, clock.now(), department=department)
    values = {"kind": RequestKind.MATCHING, "status": RequestStatus.NEW, **changes}
    session.add(Request(patient_id=patient.id, department=department, created_at=clock.now(), mobility=[], **values))
    session.flush()


def _volunteer(session: Session, clock: FrozenClock, department: str, capacity: int, **changes: object) -> None:
    rpps = f"99{uuid4().int % 10**9:09d}"
    for site in ("1", "2"):
        session.add(
            Physician(
                rpps=rpps, site=site, last_name="INVENTE", first_name="", department=department, updated_at=clock.now()
            )
        )
    session.add(Volunteer(rpps=rpps, capacity=capacity, updated_at=clock.now(), **changes))
    session.flush()
    physicians.place_volunteers(session)


@pytest.fixture
def small(settings: Settings) -> Settings:
    return settings.model_copy(update={"adviser_requests_at_once": 2})


def test_each_department_is_closed_by_its_own_advisers(session: Session, clock: FrozenClock, small: Settings) -> None:
    _adviser(session, clock, HERE)
    _adviser(session, clock, THERE)
    for _ in range(2):
        _request(session, clock, HERE, kind=RequestKind.HUMAN)
    closed = capacity.closed_departments(session, clock.now(), small)
    assert closed[HERE] is Gate.ADVISERS_FULL
    assert THERE not in closed
    assert closed[ELSEWHERE] is Gate.ADVISERS_FULL, "nobody serves it"
    _adviser(session, clock)
    assert not capacity.closed_departments(session, clock.now(), small)


def test_an_adviser_who_is_gone_handles_nothing(session: Session, clock: FrozenClock, small: Settings) -> None:
    _adviser(session, clock)
    assert not capacity.closed_departments(session, clock.now(), small)
    for account in session.query(Account):
        account.disabled_at = clock.now()
    session.flush()
    assert capacity.closed_departments(session, clock.now(), small)[HERE] is Gate.ADVISERS_FULL


def test_volunteers_close_their_own_department_only(session: Session, clock: FrozenClock, settings: Settings) -> None:
    _adviser(session, clock)
    assert not capacity.closed_departments(session, clock.now(), settings), "no volunteer recorded holds nobody back"
    _volunteer(session, clock, HERE, 3, held=1, taken=2)
    _volunteer(session, clock, THERE, 3, taken=1)
    assert dict(capacity.closed_departments(session, clock.now(), settings)) == {HERE: Gate.VOLUNTEERS_FULL}
    assert capacity.brakes(session, clock.now(), settings) == [Brake(HERE, Gate.VOLUNTEERS_FULL, stopped=True)]


def test_requests_that_wait_for_a_place_take_one(session: Session, clock: FrozenClock, settings: Settings) -> None:
    _adviser(session, clock)
    _volunteer(session, clock, HERE, 2)
    _request(session, clock, HERE, status=RequestStatus.OFFERED)
    _request(session, clock, HERE, kind=RequestKind.HUMAN)
    _request(session, clock, HERE)
    assert HERE not in capacity.closed_departments(session, clock.now(), settings), "one place is left"
    _request(session, clock, HERE)
    assert capacity.closed_departments(session, clock.now(), settings)[HERE] is Gate.VOLUNTEERS_FULL


def test_a_place_that_opens_much_later_is_none_yet(session: Session, clock: FrozenClock, settings: Settings) -> None:
    _adviser(session, clock)
    _volunteer(session, clock, HERE, 2, available_from=date(2027, 6, 1))
    assert capacity.closed_departments(session, clock.now(), settings)[HERE] is Gate.VOLUNTEERS_FULL
    _volunteer(session, clock, HERE, 1, available_from=date(2026, 12, 15))
    assert HERE not in capacity.closed_departments(session, clock.now(), settings)


def _claim(runtime: Runtime, clock: FrozenClock, settings: Settings) -> Claimed | None:
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
    clock.advance(timedelta(seconds=2))
    with runtime.transaction() as session:
        return claim_call(session, clock.now(), settings)


def _world(runtime: Runtime, clock: FrozenClock, rules: ContactPolicy | None = None) -> dict[str, list[Contact]]:
    """Six people to call in each of two departments; one adviser for each and one place with volunteers in one."""
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now(), rules)
        session.query(Account).delete()
        _adviser(session, clock, HERE)
        _adviser(session, clock, THERE)
        return {
            department: [
                a_contact(session, campaign, a_patient(session, clock.now(), department=department), clock.now())
                for _ in range(6)
            ]
            for department in (HERE, THERE)
        }


def _held(runtime: Runtime, contacts: list[Contact]) -> set[str | None]:
    with runtime.transaction() as session:
        return {session.get_one(Contact, contact.id).held_by for contact in contacts}


def test_calls_slow_where_one_place_is_left_and_go_on_elsewhere(
    runtime: Runtime, clock: FrozenClock, settings: Settings
) -> None:
    people = _world(runtime, clock)
    with runtime.transaction() as session:
        _volunteer(session, clock, HERE, 1)
    for _ in range(30):
        _claim(runtime, clock, settings)
    with runtime.transaction() as session:
        states = {
            department: [session.get_one(Contact, contact.id).state for contact in contacts]
            for department, contacts in people.items()
        }
        assert states[THERE] == [ContactState.ATTEMPTING] * 6
        assert states[HERE].count(ContactState.ATTEMPTING) == 4
        (brake,) = [b for b in capacity.brakes(session, clock.now(), settings) if b.department in people]
    assert brake == Brake(HERE, Gate.VOLUNTEERS_FULL, stopped=False)
    assert Gate.VOLUNTEERS_FULL in _held(runtime, people[HERE])


def test_calls_stop_where_the_advisers_are_full_and_say_so(
    runtime: Runtime, clock: FrozenClock, small: Settings
) -> None:
    people = _world(runtime, clock)
    with runtime.transaction() as session:
        for _ in range(2):
            _request(session, clock, HERE)
    for _ in range(30):
        _claim(runtime, clock, small)
    assert _held(runtime, people[HERE]) == {Gate.ADVISERS_FULL}
    with runtime.transaction() as session:
        assert session.get_one(Contact, people[THERE][0].id).state == ContactState.ATTEMPTING
    with runtime.transaction() as session:
        assert preview.preview(session, "ald-2026", clock.now(), small).gates["advisers_full"] >= 6


def test_a_policy_may_ignore_the_capacity(runtime: Runtime, clock: FrozenClock, small: Settings) -> None:
    _world(runtime, clock, ContactPolicy(announce_sms=False, pace_by_capacity=False))
    with runtime.transaction() as session:
        for _ in range(4):
            _request(session, clock, HERE)
            _request(session, clock, THERE)
    assert _claim(runtime, clock, small) is not None


def test_somebody_who_asked_to_be_called_now_is_called_all_the_same(
    runtime: Runtime, clock: FrozenClock, small: Settings
) -> None:
    people = _world(runtime, clock)
    with runtime.transaction() as session:
        for department in (HERE, THERE):
            for _ in range(2):
                _request(session, clock, department)
        contact = session.get_one(Contact, people[HERE][0].id)
        wish = Window(clock.now() - timedelta(minutes=1), clock.now() + timedelta(hours=1))
        contact.callback_from, contact.callback_to = wish.start, wish.end
    assert _claim(runtime, clock, small) is not None
    assert _claim(runtime, clock, small) is None


def test_nobody_is_told_of_a_call_for_which_there_is_no_room(
    runtime: Runtime, clock: FrozenClock, small: Settings
) -> None:
    with runtime.transaction() as session:
        campaign = a_campaign(session, clock.now(), ContactPolicy())
        session.query(Account).delete()
        _adviser(session, clock, HERE)
        patient = a_patient(session, clock.now(), phones=(a_mobile(),))
        contact = a_contact(session, campaign, patient, clock.now())
        for _ in range(2):
            _request(session, clock, HERE)
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
        assert sms_claims.claim_sms(session, clock.now(), small) is None
        assert session.get_one(Contact, contact.id).held_by == Gate.ADVISERS_FULL
        session.query(Request).delete()
    clock.advance(timedelta(minutes=20))
    with runtime.transaction() as session:
        claims.open_contacts(session, clock.now())
        assert sms_claims.claim_sms(session, clock.now(), small) is not None
