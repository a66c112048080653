"""Who is suggested for a patient: limits, order, misses; and that the index finds whom looking at everybody finds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from outreach.clock import FrozenClock
from outreach.database.models import Offer, Physician, Request, Volunteer
from outreach.database.repositories import physicians
from outreach.domain import suggestions as rules
from outreach.domain.distances import Way, by_road, farthest_km, flat_km, great_circle_km, on_the_map, travel_minutes
from outreach.domain.suggestions import Candidate, Give, Limit, Rank, Search, Why
from outreach.domain.words import Mobility, OfferStatus, RequestKind
from outreach.places import places
from outreach.runtime import Session
from outreach.services import suggestions
from outreach.services.suggestions import Regular
from tests.factories import a_patient, an_adviser

TODAY = date(2026, 11, 24)
HERE = (0.0, 0.0)
NAMES = ["durand", "petit", "le goff"]

PLACES = st.sampled_from(sorted(code for code, place in places().by_code.items() if place.point and code < "96"))
KM = st.floats(0, 60, allow_nan=False)
CANDIDATES = st.builds(
    Candidate,
    rpps=st.integers(0, 30).map(lambda number: f"99{number:09d}"),
    site=st.just("R1"),
    civility=st.none(),
    last_name=st.just(""),
    first_name=st.just(""),
    name_key=st.sampled_from(NAMES).map(lambda name: f"{name},anne"),
    structure=st.none(),
    address=st.none(),
    postal_code=st.none(),
    commune=st.none(),
    department=st.sampled_from(["94", "75"]),
    telephone=st.none(),
    east=KM,
    north=st.just(0.0),
    left_on=st.sampled_from([None, None, None, TODAY]),
    gender=st.sampled_from(["female", "male", None]),
    stops_on=st.sampled_from([None, None, TODAY, TODAY + timedelta(days=90), TODAY + timedelta(days=900)]),
    capacity=st.sampled_from([None, 0, 1, 3]),
    held=st.integers(0, 1),
    taken=st.integers(0, 1),
    available_from=st.sampled_from([None, TODAY, TODAY + timedelta(days=9)]),
    home_visits=st.booleans(),
    wheelchair_accessible=st.booleans(),
    languages=st.sampled_from([["fr"], ["fr", "ar"]]),
    last_offer_at=st.sampled_from([None, datetime(2026, 11, 20, tzinfo=UTC)]),
    declined=st.integers(0, 3),
)
SEARCHES = st.builds(
    Search,
    points=st.just((("Ici", HERE),)),
    today=st.just(TODAY),
    way=st.sampled_from(Way),
    max_minutes=st.sampled_from([None, 10, 20, 45]),
    max_km=st.sampled_from([None, 5, 20]),
    department=st.sampled_from([None, "94"]),
    step_free=st.booleans(),
    home_visit=st.booleans(),
    gender=st.sampled_from([None, "female"]),
    language=st.sampled_from([None, "ar"]),
    named=st.sampled_from([(), (frozenset({"petit"}),)]),
    excluded=st.sampled_from([(), (frozenset({"durand"}),), (frozenset({"anne", "petit"}),)]),
    regular=st.sampled_from([None, "99000000003"]),
    declined=st.sets(st.sampled_from([f"99{number:09d}" for number in range(5)])).map(frozenset),
)


@given(SEARCHES, st.lists(CANDIDATES, max_size=25), st.booleans())
def test_no_limit_is_broken_in_silence(search: Search, candidates: list[Candidate], again: bool) -> None:
    for one in rules.ranked(rules.able(search, candidates, again=again)):
        somebody = one.candidate
        assert not any(word <= set(somebody.name_key.replace(",", " ").split()) for word in search.excluded)
        assert somebody.left_on is None
        assert somebody.stops_on is None or somebody.stops_on > TODAY
        assert again or somebody.rpps not in search.declined
        if one.gives:
            assert one.rank in {Rank.REGULAR, Rank.NAMED}, "only whom the patient knows may break a limit, and says so"
            continue
        assert one.minutes is not None
        assert one.km is not None
        assert search.max_minutes is None or one.minutes <= search.max_minutes
        assert search.max_km is None or one.km <= search.max_km
        assert search.department in {None, somebody.department}
        assert somebody.home_visits or not search.home_visit
        assert somebody.wheelchair_accessible or not search.step_free or search.home_visit
        assert somebody.capacity is not None
        assert somebody.capacity > somebody.held + somebody.taken
        assert somebody.available_from is None or somebody.available_from <= TODAY


@given(SEARCHES, st.lists(CANDIDATES, max_size=25))
def test_the_regular_physician_comes_first_then_the_named_then_by_wishes_and_cost(
    search: Search, candidates: list[Candidate]
) -> None:
    found = rules.ranked(rules.able(search, candidates))
    assert len({one.candidate.rpps for one in found}) == len(found), "each physician once"
    assert [one.order for one in found] == sorted(one.order for one in found)
    regular = [one for one in candidates if one.rpps == search.regular and rules.may_be_shown(search, one, again=False)]
    if regular:
        assert found[0].candidate.rpps == search.regular
        assert rules.reasons(search, found[0])[0].why is Why.REGULAR
    others = [one for one in found if one.rank is Rank.OTHER]
    for better, worse in pairwise(others):
        assert (better.unmet, better.cost) <= (worse.unmet, worse.cost)


def _granted(search: Search, candidate: Candidate, gives: tuple[Give, ...]) -> tuple[Search, Candidate]:
    """The same search and candidate once all this has given."""
    for limit, value in gives:
        if limit is Limit.MINUTES:
            assert isinstance(value, int)
            search = replace(search, max_minutes=(search.max_minutes or 0) + value)
        elif limit is Limit.KM:
            assert isinstance(value, int)
            search = replace(search, max_km=(search.max_km or 0) + value)
        elif limit is Limit.DEPARTMENT:
            assert isinstance(value, str)
            search = replace(search, department=value)
        elif limit is Limit.STEPS:
            search = replace(search, step_free=False)
        elif limit is Limit.HOME_VISIT:
            search = replace(search, home_visit=False)
        elif limit is Limit.AVAILABLE_FROM:
            assert isinstance(value, date)
            candidate = candidate._replace(available_from=TODAY)
        else:
            candidate = candidate._replace(capacity=candidate.held + candidate.taken + 1)
    return search, candidate


@given(SEARCHES, st.lists(CANDIDATES, max_size=25))
def test_a_miss_says_exactly_what_has_to_give(search: Search, candidates: list[Candidate]) -> None:
    for one in rules.nearest_misses(search, candidates):
        assert one.gives
        assert not rules.judge(*_granted(search, one.candidate, one.gives)).gives, "this is enough"
        for left_out in range(len(one.gives)):
            fewer = one.gives[:left_out] + one.gives[left_out + 1 :]
            assert rules.judge(*_granted(search, one.candidate, fewer)).gives, "none of it is too much"
            limit, value = one.gives[left_out]
            if limit in {Limit.MINUTES, Limit.KM}:
                assert isinstance(value, int)
                less = (*fewer, Give(limit, value - 1))
                assert rules.judge(*_granted(search, one.candidate, less)).gives, "nor a minute or kilometre"


def test_one_thing_to_give_comes_before_two() -> None:
    search = Search((("Ici", HERE),), TODAY, max_minutes=20, step_free=True)
    far = _somebody(1, east=20.0, wheelchair_accessible=True)
    steps = _somebody(2, east=2.0)
    both = _somebody(3, east=12.0)
    full = _somebody(4, east=1.0, wheelchair_accessible=True, taken=1)
    found = rules.nearest_misses(search, [both, steps, full, far])
    assert [one.candidate.rpps[-1] for one in found] == ["1", "4", "2", "3"]
    assert found[0].gives == (Give(Limit.MINUTES, 28),)


def _somebody(number: int, **changes: object) -> Candidate:
    known = {
        "rpps": f"99{number:09d}", "site": "R1", "civility": None, "last_name": "INVENTE", "first_name": "Anne",
        "name_key": "invente,anne", "structure": None, "address": None, "postal_code": None, "commune": None,
        "department": "94", "telephone": None, "east": 0.0, "north": 0.0, "left_on": None, "gender": None,
        "stops_on": None, "capacity": 1,
    }  # fmt: skip
    return Candidate(**{**known, **changes})  # type: ignore[arg-type]


def test_whoever_declines_or_stops_soon_comes_later_and_it_is_told() -> None:
    search = Search((("Ici", HERE),), TODAY, excluded=(frozenset({"invantee"}),))
    asked = {"last_offer_at": datetime(2026, 11, 1, tzinfo=UTC)}
    found = rules.ranked(
        rules.able(
            search,
            [
                _somebody(1, declined=4, **asked),
                _somebody(2, stops_on=date(2027, 2, 1)),
                _somebody(3, accepted=4, **asked),
                _somebody(4, east=3.0),
            ],
        )
    )
    assert [one.candidate.rpps[-1] for one in found] == ["3", "4", "1", "2"]
    told = {
        one.candidate.rpps[-1]: {reason.why: reason.value for reason in rules.reasons(search, one)} for one in found
    }
    assert told["1"][Why.DECLINED] == 4
    assert told["2"][Why.STOPS_ON] == date(2027, 2, 1)
    assert told["3"] == {
        Why.LIKE_EXCLUDED: None, Why.DISTANCE: 10, Why.PLACES: 1, Why.LAST_OFFER: 23, Why.ACCEPTED: 4,
    }  # fmt: skip


@given(PLACES, PLACES)
def test_the_map_shows_distances_as_they_are(one: str, other: str) -> None:
    a, b = places().by_code[one].point, places().by_code[other].point
    assert a is not None
    assert b is not None
    assert flat_km(on_the_map(a), on_the_map(b)) == pytest.approx(great_circle_km(a, b), rel=0.003, abs=0.01)


@given(st.floats(0, 300), st.floats(0, 300), st.sampled_from(Way))
def test_travelling_takes_longer_the_farther_it_is(one: float, other: float, way: Way) -> None:
    near, far = sorted((by_road(one), by_road(other)))
    assert travel_minutes(near, way) <= travel_minutes(far, way)
    assert farthest_km(travel_minutes(near, way), way) == pytest.approx(near)


def _volunteers(session: Session, clock: FrozenClock, count: int, seed: int = 1) -> None:
    """Around Villejuif and beyond, several at one point."""
    chance = Random(seed)
    near = [
        place
        for place in places().by_code.values()
        if place.point and place.department in {"94", "75", "91", "77"} and place.population > 5_000
    ]
    now = clock.now()
    for number in range(count):
        home = chance.choice(near)
        assert home.point is not None
        east, north = on_the_map(home.point)
        rpps = f"99{number:09d}"
        name = chance.choice(("DURAND", "PETIT", "MARTIN"))
        session.add(
            Physician(
                rpps=rpps, site="R1", last_name=name, first_name="Anne", name_key=f"{name.lower()},anne",
                gender=chance.choice(("female", "male")), department=home.department, commune=home.name,
                east=east, north=north, updated_at=now,
            )
        )  # fmt: skip
        capacity = chance.randrange(4)
        session.add(
            Volunteer(
                rpps=rpps, capacity=capacity, taken=chance.randrange(capacity + 1), held=0,
                available_from=chance.choice((None, None, None, now.date() + timedelta(days=20))),
                home_visits=chance.random() < 0.3, wheelchair_accessible=chance.random() < 0.6,
                languages=chance.choice((["fr"], ["fr"], ["fr", "ar"])), updated_at=now,
            )
        )  # fmt: skip
    session.flush()
    physicians.place_volunteers(session)


def _request(session: Session, clock: FrozenClock, **changes: object) -> Request:
    of_patient = {name: changes.pop(name) for name in ("regular_physician_rpps",) if name in changes}
    patient = a_patient(session, clock.now(), insee_code="94076", **of_patient)
    area = {
        "scope": "commune",
        "commune": "Villejuif",
        "insee_code": "94076",
        "postal_code": "94800",
        "department": "94",
    }
    known = {"mobility": ["accompanied"], "max_travel_minutes": 30, "area": area, **changes}
    request = Request(
        patient_id=patient.id, kind=RequestKind.MATCHING, department="94", created_at=clock.now(), **known
    )
    session.add(request)
    session.flush()
    return request


def _everybody(session: Session) -> list[Candidate]:
    rows = session.query(Physician, Volunteer).join(Volunteer, Volunteer.rpps == Physician.rpps)
    return [
        Candidate(
            p.rpps, p.site, p.civility, p.last_name, p.first_name, p.name_key, p.structure, p.address, p.postal_code,
            p.commune, p.department, p.telephone, p.east, p.north, v.left_on, v.gender, v.stops_on, v.capacity, v.held,
            v.taken, v.available_from, v.home_visits, v.wheelchair_accessible, v.languages, v.note,
        )
        for p, v in rows
    ]  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"preference": {"physician_gender": "female", "language": "ar", "excluded_physician": "Durand"}},
        {"mobility": [Mobility.WHEELCHAIR], "max_travel_minutes": None, "max_travel_km": 8},
        {"mobility": [Mobility.HOME_VISIT, Mobility.WHEELCHAIR]},
        {"area": {"scope": "department", "department": "94"}, "max_travel_minutes": None},
        {"area": {"scope": "anywhere"}, "max_travel_minutes": None, "preference": {"language": "ar"}},
        {"area": {"scope": "commune", "insee_code": "94076", "also": [{"insee_code": "91228"}]}},
        {"max_travel_minutes": None, "area": None},
    ],
)
def test_the_index_finds_whom_looking_at_everybody_finds(
    session: Session, clock: FrozenClock, changes: dict[str, object]
) -> None:
    _volunteers(session, clock, 600)
    found = suggestions.for_request(session, _request(session, clock, **changes).id, clock.now())
    assert found.search is not None
    expected = rules.ranked(rules.able(found.search, _everybody(session)))[:20]
    assert [one.physician.rpps for one in found.ranked] == [one.candidate.rpps for one in expected]
    assert len(found.ranked) >= 5
    assert all(one.can_be_offered and not one.gives for one in found.ranked)
    assert found.misses == []


def test_when_nobody_fits_the_nearest_miss_of_each_kind_is_told(session: Session, clock: FrozenClock) -> None:
    _volunteers(session, clock, 300)
    request = _request(session, clock, mobility=["wheelchair"], max_travel_minutes=6)
    found = suggestions.for_request(session, request.id, clock.now())
    assert found.ranked == []
    assert len(found.misses) == 5
    assert found.search is not None
    best = rules.nearest_misses(found.search, _everybody(session))
    assert found.misses[0].gives == best[0].gives
    assert all(one.gives for one in found.misses)


def test_the_regular_physician_is_first_volunteer_or_not(session: Session, clock: FrozenClock) -> None:
    _volunteers(session, clock, 100)
    rpps = "99900000001"
    session.add(
        Physician(
            rpps=rpps, site="R1", last_name="HABITUEL", first_name="Anne", name_key="habituel,anne", department="94",
            east=0.0, north=0.0, updated_at=clock.now(),
        )
    )  # fmt: skip
    request = _request(session, clock, regular_physician_rpps=rpps)
    found = suggestions.for_request(session, request.id, clock.now())
    first = found.ranked[0]
    assert (first.physician.rpps, first.can_be_offered, found.regular) == (rpps, False, None)
    assert Limit.NOT_VOLUNTEER in {give.limit for give in first.gives}
    assert len(found.ranked) > 5

    def left() -> Regular | None:
        session.flush()
        return suggestions.for_request(session, request.id, clock.now()).regular

    session.query(Physician).filter_by(rpps=rpps).update({"left_on": clock.now().date()})
    assert left() is Regular.LEFT
    session.query(Physician).filter_by(rpps=rpps).update({"left_on": None})
    request.preference = {"excluded_physician": "Habituel"}
    assert left() is Regular.EXCLUDED
    session.query(Physician).filter_by(rpps=rpps).delete()
    assert left() is Regular.UNKNOWN


def test_a_named_physician_is_found_beyond_the_volunteers(session: Session, clock: FrozenClock) -> None:
    _volunteers(session, clock, 100)
    east, north = on_the_map((48.79, 2.36))
    for number, department in ((1, "94"), (2, "48")):
        session.add(
            Physician(
                rpps=f"9990000000{number}", site="R1", last_name="RARISSIME DUPRE", first_name="Anne",
                name_key="rarissime dupre,anne", department=department, east=east, north=north, updated_at=clock.now(),
            )
        )  # fmt: skip
    request = _request(session, clock, preference={"physician_name": "Dupré, Inconnu"})
    found = suggestions.for_request(session, request.id, clock.now())
    assert found.ranked[0].physician.rpps == "99900000001"
    assert "99900000002" not in {one.physician.rpps for one in found.ranked}
    assert found.ranked[0].reasons[0].why is Why.NAMED


def test_who_declined_this_patient_is_not_asked_again_unless_wanted(session: Session, clock: FrozenClock) -> None:
    _volunteers(session, clock, 100)
    request = _request(session, clock)
    first = suggestions.for_request(session, request.id, clock.now()).ranked[0].physician.rpps
    account = an_adviser(session, clock.now())
    session.execute(
        insert(Offer).values(
            request_id=request.id, rpps=first, status=OfferStatus.DECLINED, proposed_by=account.id,
            created_at=clock.now(), expires_at=clock.now(),
        )
    )  # fmt: skip
    later = suggestions.for_request(session, request.id, clock.now())
    assert first not in {one.physician.rpps for one in later.ranked}
    assert later.declined == 1
    again = suggestions.for_request(session, request.id, clock.now(), again=True)
    told = next(one for one in again.ranked if one.physician.rpps == first)
    assert told.reasons[0].why is Why.DECLINED_THIS_PATIENT
