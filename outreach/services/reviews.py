"""The plan's reviews: what is counted each night, and read by the pages, the document, the exports and the commands."""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from outreach.database.models import ReviewCount, ReviewDay
from outreach.database.repositories import reviews, territories
from outreach.database.repositories.reviews import Counted
from outreach.domain import reviews as rules
from outreach.domain.reviews import OUTSIDE, Counts, PhysicianRate, Quarter, Unit
from outreach.errors import NotFound
from outreach.runtime import Session
from outreach.services import territories as places

KEPT_DAYS = 7
"""Evenings that are not a month's last are kept for so long."""
_STOPPING_WITHIN = timedelta(days=365)


class NothingCounted(NotFound):
    def __init__(self) -> None:
        super().__init__(
            "nothing has been counted for the reviews yet; relais dialer does it each night, relais review --count now"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """The country, a department, or a territory, on a day: None is a figure that can't be shown.

    It is equal to itself alone, so that what is made of one can be kept by it.
    """

    department: str
    kind: str
    territory: str
    name: str
    counts: Mapping[str, int | None]

    @property
    def is_outside(self) -> bool:
        return self.territory == OUTSIDE

    @property
    def rate(self) -> PhysicianRate:
        return rules.physician_rate(self.counts)

    @property
    def missing(self) -> int | None:
        """Places that are wanted beyond those that are free."""
        wanted, free = self.counts["wanted"], self.free
        return max(0, wanted - free) if wanted is not None and free is not None else None

    @property
    def free(self) -> int | None:
        """Places offered that are neither held nor taken; to be told only where both are."""
        capacity, held, taken = (self.counts[column] for column in ("capacity", "held", "taken"))
        return capacity - held - taken if capacity is not None and held is not None and taken is not None else None


@dataclass(frozen=True, slots=True)
class Overview:
    day: ReviewDay
    nation: Row
    departments: list[Row]


@dataclass(frozen=True, slots=True)
class DepartmentReview:
    """A department with the parts of territories that lie in it, kind by kind, and what is outside them."""

    day: ReviewDay
    row: Row
    territories: dict[str, list[Row]]


def count(session: Session, day: date, now: datetime) -> ReviewDay:
    """Counts a day and keeps it, in place of an earlier count of it; its cohorts too."""
    reviews.lock(session)
    until = min(now, rules.end_of(day))
    reviews.gather_people(session, day, until)
    has_places = day >= rules.day_of(now) - timedelta(days=1)
    rows = _rows(session, day, until, has_places=has_places)
    hidden = rules.hidden_columns(rows)
    named = {str(one.id): one.name for one in places.everything(session)}
    kept = ReviewDay(day=day, at=until, is_over=until == rules.end_of(day), has_places=has_places)
    reviews.keep_day(
        session,
        kept,
        (
            {
                "day": day,
                "department": unit.department,
                "kind": unit.kind,
                "territory": unit.territory,
                "name": named.get(unit.territory, ""),
                "counts": {column: number for column, number in counts.items() if number},
                "hidden": sorted(hidden[unit]),
            }
            for unit, counts in rows.items()
        ),
    )
    _keep_cohorts(session, day)
    session.flush()
    return kept


class _Gathered:
    """Counts added up by department, and by territory within it."""

    def __init__(self, where: places.Placement) -> None:
        self._where = where
        self.departments: dict[Unit, Counter[str]] = defaultdict(Counter)
        self.parts: dict[Unit, Counter[str]] = defaultdict(Counter)

    def add(self, department: str, insee: str | None, postal: str | None, counts: Mapping[str, int]) -> None:
        self._add(department, {kind: self._where.place(kind, insee, postal) for kind in self._where.kinds}, counts)

    def add_wanted(
        self, department: str, address: tuple[str | None, str | None, str | None, str | None], number: int
    ) -> None:
        found = {kind: places.place_asked_for(self._where, kind, department, *address) for kind in self._where.kinds}
        self._add(department, found, {"wanted": number})

    def _add(self, department: str, found: Mapping[str, UUID | None], counts: Mapping[str, int]) -> None:
        self.departments[Unit(department)].update(counts)
        for kind, territory_id in found.items():
            self.parts[Unit(department, kind, str(territory_id) if territory_id else OUTSIDE)].update(counts)


def _rows(session: Session, day: date, until: datetime, *, has_places: bool) -> dict[Unit, Counts]:
    gathered = _Gathered(places.placement(session))
    for row in reviews.by_place(session):
        values = row._mapping
        counts = {column: values[column] for column in rules.PEOPLE}
        counts |= {rules.age_column(row.band, column): values[column] for column in rules.BY_AGE}
        gathered.add(row.department, row.insee_code, row.postal_code, counts)
    for department, insee, postal, need, number in reviews.needs(session, until):
        if need in rules.NEEDS:
            gathered.add(department, insee, postal, {rules.need_column(need): number})
    if has_places:
        _add_places(session, day, gathered)
    return rules.sums(gathered.parts, gathered.departments)


def _add_places(session: Session, day: date, gathered: _Gathered) -> None:
    for department, insee, postal, number, capacity, held, taken, _ in territories.volunteers(session, [], day):
        counts = {"volunteers": number, "capacity": int(capacity), "held": int(held), "taken": int(taken)}
        gathered.add(department, insee, postal, counts)
    for department, insee, postal, number in reviews.stopping(session, day, day + _STOPPING_WITHIN):
        if department:
            gathered.add(department, insee, postal, {"stopping": number})
    for department, asked_insee, asked_postal, home_insee, home_postal, number in territories.wanted(session, []):
        gathered.add_wanted(department, (asked_insee, asked_postal, home_insee, home_postal), number)


def _keep_cohorts(session: Session, day: date, only: UUID | None = None) -> None:
    """Keeps where the members of each cohort, or of one, stand, of the people gathered."""
    by_cohort: dict[UUID, dict[str, Counts]] = defaultdict(dict)
    for row in reviews.cohort_situations(session, day, only):
        counts = {column: getattr(row, column) for column in ("members", *rules.Situation)}
        by_cohort[row.cohort_id][row.department] = counts
        total = by_cohort[row.cohort_id].setdefault("", dict.fromkeys(counts, 0))
        by_cohort[row.cohort_id][""] = {column: total[column] + counts[column] for column in counts}
    kept = []
    for cohort_id, people in by_cohort.items():
        hidden = rules.hidden_situations(people)
        kept += [
            {
                "cohort_id": cohort_id,
                "day": day,
                "department": where,
                "counts": counts,
                "hidden": sorted(hidden[where]),
            }
            for where, counts in people.items()
        ]
    reviews.keep_cohorts(session, day, list(by_cohort), kept)


def keep_up(session: Session, now: datetime) -> date | None:
    """Counts one evening that is missing, the last one or that of a month's end, unless somebody else is counting.

    Returns the day counted. Evenings that were kept are never counted again: what people were erased since would be
    missing from them.
    """
    first = reviews.first_campaign(session)
    if first is None or not reviews.try_lock(session):
        return None
    yesterday = rules.day_of(now) - timedelta(days=1)
    kept = {one.day: one.is_over for one in reviews.days(session)}
    if not kept:
        today = rules.day_of(now)
        count(session, today, now)
        return today
    begun = rules.day_of(first)
    for day in [yesterday, *rules.month_ends(begun, yesterday)]:
        if day >= begun and not kept.get(day, False):
            count(session, day, now)
            _forget_before(session, yesterday)
            return day
    counted_cohorts = reviews.cohort_days(session)
    for cohort, _ in reviews.cohorts(session):
        evenings: set[date] = {cohort.reference_on, *kept}
        for day in sorted(evenings):
            if day >= cohort.reference_on and (cohort.id, day) not in counted_cohorts:
                count_cohort(session, cohort.id, day, now)
                return day
    return None


def count_cohort(session: Session, cohort_id: UUID, day: date, now: datetime) -> None:
    """Counts where one cohort stands on a day, and nothing else of it."""
    reviews.lock(session)
    reviews.gather_people(session, day, min(now, rules.end_of(day)))
    _keep_cohorts(session, day, cohort_id)


def _forget_before(session: Session, yesterday: date) -> None:
    limit = yesterday - timedelta(days=KEPT_DAYS)
    old = [one.day for one in reviews.days(session) if one.day <= limit and not rules.ends_a_month(one.day)]
    reviews.forget(session, old)


def last_day(session: Session, by: date | None = None) -> ReviewDay:
    """The last day counted (by a day). Raises NothingCounted."""
    found = reviews.day_by(session, by)
    if found is None:
        raise NothingCounted
    return found


def _row(kept: ReviewCount) -> Row:
    return Row(kept.department, kept.kind, kept.territory, kept.name, rules.shown(kept.counts, kept.hidden))


def overview(session: Session, by: date | None = None) -> Overview:
    """The country and its departments. Raises NothingCounted."""
    day = last_day(session, by)
    nation, *departments = _made_out(reviews.departments(session, day.day))
    return Overview(day, nation, departments)


@lru_cache(maxsize=8)
def _made_out(kept: tuple[Counted, ...]) -> tuple[Row, ...]:
    """The rows of an evening, the same for all who read it."""
    # One text is read several times faster than two hundred.
    counts = json.loads(f"[{','.join(row.counts for row in kept)}]")
    hidden = json.loads(f"[{','.join(row.hidden for row in kept)}]")
    shown = map(rules.shown, counts, hidden)
    return tuple(Row(row.department, "", "", "", figures) for row, figures in zip(kept, shown, strict=True))


def department(session: Session, code: str, by: date | None = None) -> DepartmentReview:
    """One department, with its territories; of one where nobody is, zeros. Raises NothingCounted."""
    day = last_day(session, by)
    found = [row for row in reviews.over_time(session, code, [day.day]) if row.department == code]
    row = _row(found[0]) if found else Row(code, "", "", "", rules.shown({}, ()))
    by_kind: dict[str, list[Row]] = defaultdict(list)
    for kept in reviews.parts(session, day.day, code):
        by_kind[kept.kind].append(_row(kept))
    for rows in by_kind.values():
        rows.sort(key=lambda row: (row.is_outside, row.name))
    return DepartmentReview(day, row, dict(by_kind))


def territory(session: Session, territory_id: UUID, by: date | None = None) -> tuple[ReviewDay, Row]:
    """One territory as a whole; zeros when it was not counted yet. Raises NothingCounted or UnknownTerritory."""
    known, day = places.get(session, territory_id), last_day(session, by)
    kept = reviews.of_territory(session, str(territory_id), day.day)
    if kept is None:
        return day, Row("", known.kind, str(known.id), known.name, rules.shown({}, ()))
    return day, _row(kept)


def trend(session: Session, department: str, last: date) -> list[tuple[ReviewDay, Row]]:
    """The country ("") or a department at the end of each month counted, then on `last`.

    An earlier figure from which a later one differs by 1 to 10 people is masked: the difference would be a small cell.
    """
    days = {one.day: one for one in reviews.days(session) if one.day <= last}
    wanted = [day for day in days if rules.ends_a_month(day) or day == last]
    kept = reviews.over_time(session, department, wanted)
    rows = [_row(one) for one in kept]
    told = rules.thinned([row.counts for row in rows])
    return [(days[one.day], replace(row, counts=c)) for one, row, c in zip(kept, rows, told, strict=True)]


@dataclass(frozen=True, slots=True)
class NationalReview:
    """What the national quarterly review tells: the last count of a quarter, beside that of the quarter before."""

    quarter: Quarter
    overview: Overview
    before: Overview | None
    trend: list[tuple[ReviewDay, Row]]
    territories: dict[str, list[Row]]
    """The parts of the CPTS by department, what is outside them last."""

    @property
    def is_final(self) -> bool:
        return self.overview.day.day == self.quarter.last and self.overview.day.is_over


def national_review(session: Session, quarter: Quarter) -> NationalReview:
    """Raises NothingCounted when no day of the quarter was counted."""
    shown = overview(session, quarter.last)
    if shown.day.day < quarter.first:
        raise NothingCounted
    earlier = reviews.day_by(session, quarter.before.last)
    by_department: dict[str, list[Row]] = defaultdict(list)
    for kept in reviews.parts_of_kind(session, shown.day.day, rules.CPTS):
        by_department[kept.department].append(_row(kept))
    for rows in by_department.values():
        rows.sort(key=lambda row: (row.is_outside, row.name))
    return NationalReview(
        quarter,
        shown,
        overview(session, earlier.day) if earlier is not None else None,
        trend(session, "", shown.day.day),
        dict(by_department),
    )


def quarters(session: Session) -> list[Quarter]:
    """Those of which something was counted, the newest first."""
    return sorted({Quarter.of(one.day) for one in reviews.days(session)}, reverse=True)
