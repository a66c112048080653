"""For a request, the physicians who can take the patient, each with its reasons; or what would have to give."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from outreach.database.models import Request
from outreach.database.repositories import suggestions as queries
from outreach.database.repositories.suggestions import Asked, Kept
from outreach.domain import suggestions as rules
from outreach.domain.distances import DETOUR, Flat, Way, by_road, farthest_km, flat_km, on_the_map, travel_minutes
from outreach.domain.first_names import plain_name
from outreach.domain.suggestions import FIRST, Candidate, Give, Judged, Limit, Reason, Search
from outreach.domain.words import AreaScope, Mobility
from outreach.errors import NotFound
from outreach.places import Place, place_of
from outreach.runtime import Session

_PARIS = ZoneInfo("Europe/Paris")
_AT_ONCE = 32
_AT_MOST = 3_000


class Regular(StrEnum):
    """What became of the physician who sees the patient regularly, when they aren't the first suggestion."""

    LEFT = "left"
    STOPPED = "stopped"
    UNKNOWN = "unknown"
    DECLINED = "declined"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A physician at one site, why, and what would have to give. `can_be_offered`: a place can be held just now."""

    physician: Candidate
    reasons: list[Reason]
    gives: tuple[Give, ...]
    minutes: int | None
    km: float | None
    origin: str | None
    can_be_offered: bool


@dataclass(frozen=True, slots=True)
class Suggestions:
    """`ranked`: the first twenty. `misses`: only while nobody fits. `declined`: how many are left out because they
    declined this patient. `search` is None for a request that names no place at all."""

    search: Search | None
    ranked: list[Suggestion] = field(default_factory=list)
    misses: list[Suggestion] = field(default_factory=list)
    declined: int = 0
    regular: Regular | None = None
    reference: str | None = None


def for_request(session: Session, request_id: UUID, now: datetime, *, again: bool = False) -> Suggestions:
    """The physicians for a request; `again` shows those who declined this patient too. Raises NotFound."""
    row = queries.asked(session, request_id)
    if row is None:
        raise NotFound("this request is not known, or is nobody's")
    return _suggested(session, row, now, again=again)


def for_shown(
    session: Session, shown: Request, declined: Collection[str], now: datetime, *, again: bool = False
) -> Suggestions:
    """The same for a request read with its person, and for which is known which physicians declined the person."""
    patient = shown.patient
    assert patient is not None
    row = queries.Asked(
        mobility=shown.mobility,
        max_travel_minutes=shown.max_travel_minutes,
        max_travel_km=shown.max_travel_km,
        area=shown.area,
        preference=shown.preference,
        department=shown.department,
        reference=patient.reference,
        postal_code=patient.postal_code,
        insee_code=patient.insee_code,
        home_department=patient.department,
        regular_physician_rpps=patient.regular_physician_rpps,
        language=patient.language,
        declined=declined,
    )
    return _suggested(session, row, now, again=again)


def _suggested(session: Session, row: Asked, now: datetime, *, again: bool) -> Suggestions:
    search = search_for(row, now.astimezone(_PARIS).date())
    if search is None:
        return Suggestions(None, reference=row.reference)
    known, regular = _known(session, search, row.home_department, again=again)
    found = _fitting(session, search, again=again)
    ranked = rules.ranked([*rules.able(search, known, again=again), *found])[:FIRST]
    misses: list[Judged] = []
    if all(one.gives for one in ranked):
        shown = {one.candidate.rpps for one in ranked}
        near = rules.nearest_misses(search, _nearly(session, search), again=again)
        misses = [one for one in near if one.candidate.rpps not in shown]
    return Suggestions(
        search,
        [_suggestion(search, one) for one in ranked],
        [_suggestion(search, one) for one in misses],
        len(search.declined),
        regular,
        row.reference,
    )


def _suggestion(search: Search, one: Judged) -> Suggestion:
    return Suggestion(
        one.candidate,
        rules.reasons(search, one),
        one.gives,
        one.minutes,
        one.km,
        one.origin,
        one.can_be_offered(search.today),
    )


def search_for(row: Asked, today: date) -> Search | None:
    """What a request asks for; None when not even the patient's own commune is known."""
    area: Mapping[str, Any] = row.area or {}
    wish: Mapping[str, Any] = row.preference or {}
    mobility = frozenset(row.mobility or ())
    home = place_of(row.insee_code, row.postal_code)
    scope = area.get("scope") or AreaScope.NEAR_HOME
    visit = Mobility.HOME_VISIT in mobility
    points = _points(area, home, around_home=visit or scope != AreaScope.COMMUNE)
    if not points:
        return None
    alone = Mobility.AUTONOMOUS in mobility or not mobility
    way = Way.VISIT if visit else Way.OWN if alone else Way.DRIVEN
    minutes, km, usual = row.max_travel_minutes, row.max_travel_km, False
    if visit:
        # How far the patient can travel doesn't bind the physician who comes.
        minutes, km, usual = rules.VISIT_MINUTES, None, True
    elif minutes is None and km is None and scope in {AreaScope.COMMUNE, AreaScope.NEAR_HOME}:
        minutes, usual = rules.USUAL_MINUTES, True
    language = wish.get("language") or row.language
    return Search(
        points=points,
        today=today,
        way=way,
        max_minutes=minutes,
        max_km=km,
        usual=usual,
        department=(area.get("department") or row.department) if scope == AreaScope.DEPARTMENT else None,
        step_free=Mobility.WHEELCHAIR in mobility,
        home_visit=visit,
        gender=wish.get("physician_gender"),
        language=language if language != "fr" else None,
        named=_names(wish.get("physician_name")),
        excluded=_names(wish.get("excluded_physician")),
        regular=row.regular_physician_rpps,
        declined=frozenset(row.declined or ()),
    )


def _points(area: Mapping[str, Any], home: Place | None, *, around_home: bool) -> tuple[tuple[str, Flat], ...]:
    """Where distances begin: the places asked for, else home."""
    places: list[Place | None] = [home]
    if not around_home:
        asked = [place_of(area.get("insee_code"), area.get("postal_code"))]
        asked += [place_of(other.get("insee_code"), None) for other in area.get("also", ())]
        places = asked if any(asked) else places
    found = {place.name: on_the_map(place.point) for place in places if place is not None and place.point is not None}
    return tuple(found.items())


def _names(text: str | None) -> tuple[frozenset[str], ...]:
    """« Durand, Anne Martin » are two physicians."""
    names = (frozenset(plain_name(name).split()) for name in (text or "").split(","))
    return tuple(name for name in names if name)


def _known(
    session: Session, search: Search, home_department: str, *, again: bool
) -> tuple[list[Candidate], Regular | None]:
    """The regular physician and those named, and what became of the regular one."""
    if search.regular is None and not search.named:
        return [], None
    departments = {home_department, *([search.department] if search.department else [])}
    found = queries.by_number_or_name(session, search.regular, search.named, departments, search.points[0][1])
    found = [one for one in found if one.rpps == search.regular or rules.is_named(search, one)]
    if search.regular is None:
        return found, None
    sites = [one for one in found if one.rpps == search.regular]
    regular = None
    if not sites:
        regular = Regular.UNKNOWN
    elif all(one.left_on is not None for one in sites):
        regular = Regular.LEFT
    elif all(one.takes_nobody(search.today) for one in sites):
        regular = Regular.STOPPED
    elif any(rules.is_excluded(search, one) for one in sites):
        regular = Regular.EXCLUDED
    elif search.regular in search.declined and not again:
        regular = Regular.DECLINED
    return found, regular


def _radius(search: Search) -> float | None:
    """As the crow flies, so that nobody within the limits is farther."""
    limits = [] if search.max_km is None else [float(search.max_km)]
    if search.max_minutes is not None:
        limits.append(farthest_km(search.max_minutes, search.way))
    # Within one commune the estimate is never shorter than this.
    return max(min(limits), by_road(0.0)) / DETOUR if limits else None


def _fitting(session: Session, search: Search, *, again: bool) -> list[Judged]:
    """All who could be among the first: those with every wish, then with fewer, until nobody left can come before."""
    found: list[Judged] = []
    for wishes in _fewer_and_fewer(search):
        for gender, language in wishes:
            for _, point in search.points:
                found += _until_sure(session, search, point, gender, language, again=again)
        # Fewer wishes come after more of them, however near.
        if len({one.candidate.rpps for one in found}) >= FIRST:
            break
    return found


def _fewer_and_fewer(search: Search) -> list[list[tuple[str | None, str | None]]]:
    """Gender and language: all that is wished for, then one wish less at a time."""
    gender, language = search.gender, search.language
    if gender is not None and language is not None:
        return [[(gender, language)], [(gender, None), (None, language)], [(None, None)]]
    return [[(gender, language)], [(None, None)]] if search.wishes else [[(None, None)]]


def _until_sure(
    session: Session, search: Search, point: Flat, gender: str | None, language: str | None, *, again: bool
) -> list[Judged]:
    """The volunteers nearest to a point, so many that whoever is farther comes after the twenty first of them."""
    limit, radius = _AT_ONCE, _radius(search)
    limits = frozenset({Limit.PLACE, Limit.AVAILABLE_FROM, *_asked_for(search)})
    kept = Kept(limits, radius is not None and language is not None, gender is not None, language is not None)
    while True:
        found = queries.around(
            session,
            [point],
            [kept],
            limit,
            search.today,
            radius_km=radius,
            department=search.department,
            gender=gender,
            language=language,
        )
        able = rules.able(search, found, again=again)
        if len(found) < limit or limit >= _AT_MOST:
            return able
        reached = max(flat_km(point, (one.east or 0.0, one.north or 0.0)) for one in found)
        if radius is not None and reached > radius:
            return able
        beyond = travel_minutes(by_road(reached), search.way)
        if sum(one.cost <= beyond for one in able) >= FIRST:
            return able
        limit *= 4


def _asked_for(search: Search) -> set[Limit]:
    """Who is seen at home climbs no steps."""
    return {
        *({Limit.DEPARTMENT} if search.department is not None else ()),
        *({Limit.STEPS} if search.step_free and not search.home_visit else ()),
        *({Limit.HOME_VISIT} if search.home_visit else ()),
    }


def _nearly(session: Session, search: Search) -> list[Candidate]:
    """Those who break one limit and keep the others, for each limit; then the nearest, whatever they break."""
    radius = _radius(search)
    every = frozenset({Limit.PLACE, Limit.AVAILABLE_FROM, *_asked_for(search)})
    kept = [Kept(every)]  # those who are too far
    for given in sorted(every):
        limits = every - {given}
        if given is Limit.HOME_VISIT and search.step_free:
            # Who must come to the practice after all needs it without steps.
            limits |= {Limit.STEPS}
        kept.append(Kept(limits, radius is not None))
    kept.append(Kept(frozenset()))
    points = [point for _, point in search.points]
    return queries.around(
        session, points, kept, 2 * FIRST, search.today, radius_km=radius, department=search.department
    )
