"""Who can take a patient, in which order and why; and when nobody can, what would have to give. Pure.

*Limits* are never broken silently: the time and the way that the patient can travel, the department they asked for,
steps, home visits, a place left, the day from which a volunteer begins. *Wishes* order: gender and language. First of
all comes the physician who sees the patient regularly, then whom the patient named, whatever their limits, which are
told. Nothing is automatic: these are words for an adviser.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import SequenceMatcher
from enum import IntEnum, StrEnum
from math import ceil
from typing import NamedTuple

from outreach.domain.distances import Flat, Way, by_road, flat_km, travel_minutes

FIRST = 20
MISSES = 5
NAMESAKES = 3
"""Of those who bear the name that a patient gave and fit none of the limits, so many are shown."""
STOPS_SOON_DAYS = 180
USUAL_MINUTES = 30
"""Around a place, for somebody who told no limit: not theirs, so what lies beyond it is told as beyond the usual."""
VISIT_MINUTES = 20
"""As far as a physician drives to a patient's home, unless the adviser knows better."""

# What weighs against a physician, in minutes of travel: who declines each time, who was asked today, who stops soon.
_DECLINES = 15.0
_ASKED_TODAY = 5.0
_REST_DAYS = 7
_STOPS_SOON = 15.0


class Limit(StrEnum):
    """What would have to give; the value of each is how much."""

    MINUTES = "minutes"  # more minutes
    KM = "km"  # more kilometres
    DEPARTMENT = "department"  # which other one
    STEPS = "steps"
    HOME_VISIT = "home_visit"
    PLACE = "place"
    NOT_VOLUNTEER = "not_volunteer"
    AVAILABLE_FROM = "available_from"  # the day


_BURDEN = {Limit.DEPARTMENT: 10, Limit.PLACE: 60, Limit.STEPS: 90, Limit.HOME_VISIT: 90, Limit.NOT_VOLUNTEER: 120}


class Give(NamedTuple):
    limit: Limit
    value: int | str | date | None = None


class Why(StrEnum):
    """What a reason tells; the value of each is what it says here."""

    REGULAR = "regular"
    NAMED = "named"
    DISTANCE = "distance"  # minutes, with the kilometres by road
    STEP_FREE = "step_free"
    HOME_VISITS = "home_visits"
    GENDER = "gender"
    OTHER_GENDER = "other_gender"  # the one wished for
    LANGUAGE = "language"  # ISO 639-1
    OTHER_LANGUAGE = "other_language"  # the one wished for
    PLACES = "places"  # how many are left
    LAST_OFFER = "last_offer"  # days ago
    NEVER_ASKED = "never_asked"
    ACCEPTED = "accepted"  # how many times
    DECLINED = "declined"  # how many times
    UNANSWERED = "unanswered"  # how many times
    DECLINED_THIS_PATIENT = "declined_this_patient"
    STOPS_ON = "stops_on"  # the day
    LEFT = "left"  # the day
    LIKE_EXCLUDED = "like_excluded"


class Reason(NamedTuple):
    """`favours`: for the physician, against, or neither."""

    why: Why
    favours: bool | None
    value: int | str | date | None = None
    km: float | None = None


class Candidate(NamedTuple):
    """A physician at one site. `capacity` is None for one who is no volunteer; counts are of offers answered or not."""

    rpps: str
    site: str
    civility: str | None
    last_name: str
    first_name: str
    name_key: str
    structure: str | None
    address: str | None
    postal_code: str | None
    commune: str | None
    department: str | None
    telephone: str | None
    east: float | None
    north: float | None
    left_on: date | None
    gender: str | None
    stops_on: date | None
    capacity: int | None = None
    held: int = 0
    taken: int = 0
    available_from: date | None = None
    home_visits: bool = False
    wheelchair_accessible: bool = False
    languages: Sequence[str] = ()
    note: str | None = None
    last_offer_at: datetime | None = None
    accepted: int = 0
    declined: int = 0
    unanswered: int = 0

    @property
    def places(self) -> int:
        return (self.capacity or 0) - self.held - self.taken

    def takes_nobody(self, today: date) -> bool:
        """Whoever left or stopped: no limit that gives brings them back."""
        return self.left_on is not None or (self.stops_on is not None and self.stops_on <= today)


@dataclass(frozen=True, slots=True)
class Search:
    """What a request asks for. `points`: where distances begin, by name; `usual`: nobody told the limit."""

    points: tuple[tuple[str, Flat], ...]
    today: date
    way: Way = Way.OWN
    max_minutes: int | None = None
    max_km: int | None = None
    usual: bool = False
    department: str | None = None
    step_free: bool = False
    home_visit: bool = False
    gender: str | None = None
    language: str | None = None
    named: tuple[frozenset[str], ...] = ()
    excluded: tuple[frozenset[str], ...] = ()
    regular: str | None = None
    declined: frozenset[str] = frozenset()

    @property
    def wishes(self) -> int:
        return (self.gender is not None) + (self.language is not None)


class Rank(IntEnum):
    REGULAR = 0
    NAMED = 1
    OTHER = 2


class Judged(NamedTuple):
    """A candidate against a search. `minutes` and `km` are None where no point is known."""

    candidate: Candidate
    rank: Rank
    unmet: int
    cost: float
    minutes: int | None
    km: float | None
    origin: str | None
    gives: tuple[Give, ...]

    @property
    def order(self) -> tuple[int, bool, int, float, str]:
        return self.rank, bool(self.gives), self.unmet, self.cost, self.candidate.rpps

    @property
    def burden(self) -> tuple[int, float, str]:
        return len(self.gives), sum(map(_burden, self.gives)) + self.cost / 100, self.candidate.rpps

    def can_be_offered(self, today: date) -> bool:
        """Whether a place can be held just now."""
        one = self.candidate
        begun = one.available_from is None or one.available_from <= today
        return one.places > 0 and begun and not one.takes_nobody(today)


def _burden(give: Give) -> float:
    if give.limit is Limit.MINUTES or give.limit is Limit.KM:
        assert isinstance(give.value, int)
        return give.value
    return _BURDEN.get(give.limit, 30)


def is_excluded(search: Search, candidate: Candidate) -> bool:
    """Whom the patient refused by name: never shown."""
    return bool(search.excluded) and any(_is_named(candidate.name_key, name) for name in search.excluded)


def is_named(search: Search, candidate: Candidate) -> bool:
    return bool(search.named) and any(_is_named(candidate.name_key, name) for name in search.named)


def _is_named(key: str, words: frozenset[str]) -> bool:
    """« Anne Durand » is somebody of both names; « Durand » is a last name, never a first one."""
    last, _, first = key.partition(",")
    last_words = set(last.split())
    return bool(words) and bool(words & last_words) and words <= last_words | set(first.split())


def _is_like_excluded(search: Search, candidate: Candidate) -> bool:
    """A name that was heard may be spelled otherwise: the adviser is told of those that resemble it."""
    last = candidate.name_key.partition(",")[0]
    return any(
        SequenceMatcher(None, word, last).ratio() >= 0.8 for name in search.excluded for word in name if len(word) > 3
    )


def judge(search: Search, candidate: Candidate) -> Judged:
    """What there is to know of a candidate for a search."""
    road, origin = _distance(search, candidate)
    minutes = travel_minutes(road, search.way) if road is not None else None
    unmet = _unmet(search, candidate)
    if search.regular is not None and candidate.rpps == search.regular:
        rank = Rank.REGULAR
    else:
        rank = Rank.NAMED if is_named(search, candidate) else Rank.OTHER
    cost = (minutes if minutes is not None else 0.0) + _weight(search.today, candidate)
    whole = ceil(minutes) if minutes is not None else None
    return Judged(candidate, rank, unmet, cost, whole, road, origin, _gives(search, candidate, whole, road))


def _distance(search: Search, candidate: Candidate) -> tuple[float | None, str | None]:
    if candidate.east is None or candidate.north is None or not search.points:
        return None, None
    here = (candidate.east, candidate.north)
    if len(search.points) == 1:
        name, point = search.points[0]
        return by_road(flat_km(point, here)), name
    crow, name = min((flat_km(point, here), name) for name, point in search.points)
    return by_road(crow), name


def _unmet(search: Search, candidate: Candidate) -> int:
    unmet = search.gender is not None and candidate.gender != search.gender
    return unmet + (search.language is not None and search.language not in candidate.languages)


def _weight(today: date, candidate: Candidate) -> float:
    weight = 0.0
    if candidate.last_offer_at is not None:
        answers = candidate.accepted + candidate.declined + candidate.unanswered
        weight += _DECLINES * (candidate.declined + candidate.unanswered) / (answers + 2)
        days = (today - candidate.last_offer_at.date()).days
        weight += _ASKED_TODAY * max(0.0, 1 - days / _REST_DAYS)
    if candidate.stops_on is not None and (candidate.stops_on - today).days <= STOPS_SOON_DAYS:
        weight += _STOPS_SOON
    return weight


def _gives(search: Search, candidate: Candidate, minutes: int | None, road: float | None) -> tuple[Give, ...]:
    """The limits that this candidate breaks, each with how much; none when they fit."""
    gives = []
    if search.max_minutes is not None and minutes is not None and minutes > search.max_minutes:
        gives.append(Give(Limit.MINUTES, minutes - search.max_minutes))
    if search.max_km is not None and road is not None and road > search.max_km:
        gives.append(Give(Limit.KM, ceil(road - search.max_km)))
    if search.department is not None and candidate.department != search.department:
        gives.append(Give(Limit.DEPARTMENT, candidate.department))
    if search.home_visit and not candidate.home_visits:
        gives.append(Give(Limit.HOME_VISIT))
    # Who is seen at home climbs no steps.
    if search.step_free and not candidate.wheelchair_accessible and not (search.home_visit and candidate.home_visits):
        gives.append(Give(Limit.STEPS))
    if candidate.capacity is None:
        gives.append(Give(Limit.NOT_VOLUNTEER))
    elif candidate.places <= 0:
        gives.append(Give(Limit.PLACE))
    if candidate.available_from is not None and candidate.available_from > search.today:
        gives.append(Give(Limit.AVAILABLE_FROM, candidate.available_from))
    return tuple(gives)


def may_be_shown(search: Search, candidate: Candidate, *, again: bool) -> bool:
    """Not whom the patient refused, who left or stopped, nor, unless asked `again`, who declined this patient."""
    return not (
        candidate.takes_nobody(search.today)
        or is_excluded(search, candidate)
        or (not again and candidate.rpps in search.declined)
    )


def able(search: Search, candidates: Iterable[Candidate], *, again: bool = False) -> list[Judged]:
    """Those who can be asked: who fits, and the regular and the named physicians in any case."""
    shown = (one for one in candidates if may_be_shown(search, one, again=again))
    return [one for one in (judge(search, one) for one in shown) if not one.gives or one.rank is not Rank.OTHER]


def ranked(judged: Iterable[Judged]) -> list[Judged]:
    """The best first, each physician once."""
    best = _once(sorted(judged, key=_by_order))
    out_of_reach = [one for one in best if one.gives and one.rank is Rank.NAMED][NAMESAKES:]
    return [one for one in best if one not in out_of_reach] if out_of_reach else best


def nearest_misses(search: Search, candidates: Iterable[Candidate], *, again: bool = False) -> list[Judged]:
    """Those who come nearest to fitting, the least to give first."""
    judged = (judge(search, one) for one in candidates if may_be_shown(search, one, again=again))
    return _once(sorted((one for one in judged if one.gives), key=lambda one: one.burden))[:MISSES]


def _by_order(one: Judged) -> tuple[int, bool, int, float, str]:
    return one.order


def _once(judged: Iterable[Judged]) -> list[Judged]:
    """Of a physician's sites the best one."""
    seen: dict[str, Judged] = {}
    for one in judged:
        seen.setdefault(one.candidate.rpps, one)
    return list(seen.values())


def reasons(search: Search, judged: Judged) -> list[Reason]:
    """Why this one, for and against, in the order in which an adviser reads them."""
    one, told = judged.candidate, []
    if judged.rank is Rank.REGULAR:
        told.append(Reason(Why.REGULAR, True))
    elif judged.rank is Rank.NAMED:
        told.append(Reason(Why.NAMED, True))
    if one.rpps in search.declined:
        told.append(Reason(Why.DECLINED_THIS_PATIENT, False))
    if search.excluded and _is_like_excluded(search, one):
        told.append(Reason(Why.LIKE_EXCLUDED, False))
    if judged.minutes is not None:
        told.append(Reason(Why.DISTANCE, None, judged.minutes, judged.km))
    if one.home_visits and search.home_visit:
        told.append(Reason(Why.HOME_VISITS, True))
    if one.wheelchair_accessible and search.step_free:
        told.append(Reason(Why.STEP_FREE, True))
    if search.gender is not None:
        met = one.gender == search.gender
        told.append(Reason(Why.GENDER if met else Why.OTHER_GENDER, met, search.gender))
    if search.language is not None:
        met = search.language in one.languages
        told.append(Reason(Why.LANGUAGE if met else Why.OTHER_LANGUAGE, met, search.language))
    if one.capacity is not None and one.places > 0:
        told.append(Reason(Why.PLACES, None, one.places))
    if one.stops_on is not None:
        told.append(Reason(Why.STOPS_ON, False, one.stops_on))
    if one.left_on is not None:
        told.append(Reason(Why.LEFT, False, one.left_on))
    told.extend(_past(search.today, one))
    return told


def _past(today: date, one: Candidate) -> list[Reason]:
    if one.capacity is None:
        return []
    if one.last_offer_at is None:
        return [Reason(Why.NEVER_ASKED, None)]
    told = [Reason(Why.LAST_OFFER, None, (today - one.last_offer_at.date()).days)]
    if one.accepted:
        told.append(Reason(Why.ACCEPTED, True, one.accepted))
    if one.declined:
        told.append(Reason(Why.DECLINED, False, one.declined))
    if one.unanswered:
        told.append(Reason(Why.UNANSWERED, False, one.unanswered))
    return told
