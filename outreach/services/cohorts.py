"""Followed cohorts: people of a campaign without a médecin traitant on a day, a set that never changes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from outreach.database.models import Cohort, CohortCount
from outreach.database.repositories import reviews
from outreach.domain import reviews as rules
from outreach.domain.reviews import PhysicianRate, Situation
from outreach.errors import BadInput, BusinessError, NotFound
from outreach.runtime import Session
from outreach.services import audit, campaigns
from outreach.services import reviews as counting


class UnknownCohort(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"there is no cohort {name!r}; relais cohort create makes one")


class CohortExists(BusinessError):
    """Its set is drawn up once."""


@dataclass(frozen=True, slots=True)
class CohortRow:
    """Where the members stand on a day, in the country ("") or a department: None is a figure that can't be shown."""

    day: date
    department: str
    counts: dict[str, int | None]

    @property
    def rate(self) -> PhysicianRate:
        return rules.physician_rate(self.counts)


@dataclass(frozen=True, slots=True)
class Followed:
    """A cohort with where it stands on a day: the country, the departments, and the country over time."""

    cohort: Cohort
    campaign: str
    nation: CohortRow
    departments: list[CohortRow]
    over_time: list[CohortRow]


def create(session: Session, name: str, campaign: str, on: date, now: datetime, by: str) -> Cohort:
    """Draws up a cohort: who was enrolled by the evening of a day and had no médecin traitant then, nor was gone.

    Done twice, it was done the first time. Raises UnknownCampaign, CohortExists when the name is that of another set,
    BadInput for a day to come or one on which nobody was enrolled.
    """
    if not re.fullmatch(r"[\w.\-]{1,64}", name):
        raise BadInput("a cohort's name is made of 1 to 64 letters, digits, dots or dashes, such as reference-2026")
    if on > rules.day_of(now):
        raise BadInput("a cohort's reference day has come")
    reviews.lock(session)
    of = campaigns.get(session, campaign)
    known = reviews.cohort(session, name)
    if known is not None:
        if (known.campaign_id, known.reference_on) != (of.id, on):
            raise CohortExists(f"the cohort {name} exists already, of another campaign or another day")
        return known
    until = min(now, rules.end_of(on))
    cohort = Cohort(name=name, campaign_id=of.id, reference_on=on, people=0, created_at=now, created_by=by)
    session.add(cohort)
    session.flush()
    reviews.gather_people(session, on, until)
    cohort.people = reviews.draw_up(session, cohort.id, of.id, until)
    if cohort.people == 0:
        raise BadInput(f"nobody of the campaign {campaign} was without a médecin traitant on {on:%d/%m/%Y}")
    audit.record(session, by, "cohort_created", name, f"{campaign}, {on.isoformat()}", now)
    session.flush()
    counting.count_cohort(session, cohort.id, on, now)
    last = reviews.day_by(session)
    if last is not None and last.day > on:
        counting.count_cohort(session, cohort.id, last.day, now)
    return cohort


def everything(session: Session) -> Sequence[tuple[Cohort, str]]:
    """Every cohort with its campaign's name, the newest reference day first."""
    return [(row[0], row[1]) for row in reviews.cohorts(session)]


def followed(
    session: Session, name: str | None, by: date, known: Sequence[tuple[Cohort, str]] | None = None
) -> Followed | None:
    """A cohort, or the newest one, as it stood on the last day counted by then; None when there is none to tell of.

    `known`: all of them, where they have been read. Raises UnknownCohort.
    """
    if known is None:
        known = everything(session)
    of_the_name = [(cohort, campaign) for cohort, campaign in known if name is None or cohort.name == name]
    if name is not None and not of_the_name:
        raise UnknownCohort(name)
    for cohort, campaign in of_the_name:
        over_time = [row for row in _shown(reviews.cohort_over_time(session, cohort.id, "")) if row.day <= by]
        if not over_time:
            continue
        last = over_time[-1].day
        nation, *departments = _shown(reviews.cohort_counts(session, cohort.id, last))
        months = [row for row in over_time if rules.ends_a_month(row.day) or row.day in {cohort.reference_on, last}]
        return Followed(cohort, campaign, nation, departments, months)
    return None


def of_department(session: Session, cohort: Cohort, code: str, by: date) -> list[CohortRow]:
    """A department of a cohort over time."""
    rows = [row for row in _shown(reviews.cohort_over_time(session, cohort.id, code)) if row.day <= by]
    last = rows[-1].day if rows else by
    return [row for row in rows if rules.ends_a_month(row.day) or row.day in {cohort.reference_on, last}]


def _shown(kept: Sequence[CohortCount]) -> list[CohortRow]:
    columns = ("members", *Situation)
    return [
        CohortRow(
            one.day,
            one.department,
            {column: None if column in one.hidden else one.counts.get(column, 0) for column in columns},
        )
        for one in kept
    ]
