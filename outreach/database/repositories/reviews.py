"""What the plan's reviews count, and where it is kept: one pass over all people for a day, and rows that pages read."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Text, cast, delete, exists, func, insert, select, text
from sqlalchemy.orm import Session

from outreach.database.models import Campaign, Cohort, CohortCount, ReviewCount, ReviewDay

# Everybody enrolled in some campaign before a midnight, as what is dated tells that this midnight found them.
_PEOPLE = text(
    """
    create temporary table review_people on commit drop as
    with later as (
        select distinct on (contact_id) contact_id, before
        from contact_events where at >= :until order by contact_id, at, id
    ),
    enrolled as (
        select c.patient_id,
            bool_or(coalesce(l.before, c.state) <> 'ineligible') as eligible,
            bool_or(coalesce(l.before, c.state) = 'deceased') as deceased,
            (array_agg(coalesce(l.before, c.state) order by c.created_at desc, c.id))[1] = 'already_has_doctor'
                as has_one
        from contacts c left join later l on l.contact_id = c.id
        where c.created_at < :until
        group by c.patient_id
    ),
    tried as (
        select patient_id,
            bool_or(purpose = 'call' and placed_at < :until) as attempted,
            bool_or(right_party) as reached
        from attempts where contact_id is not null and claimed_at < :until
        group by patient_id
    ),
    consented as (
        select distinct n.patient_id
        from consents n join conversations t on t.id = n.conversation_id
        where t.contact_id is not null and n.kind = 'assistance' and n.state = 'given' and n.at < :until
    ),
    offered as (
        select r.patient_id,
            bool_or(o.status = 'accepted' and o.answered_at < :until) as matched,
            min(o.declared_on) as declared_on
        from offers o join requests r on r.id = o.request_id
        where r.contact_id is not null
        group by r.patient_id
    ),
    closed as (
        select r.patient_id, min((r.closed_at at time zone 'Europe/Paris')::date) as declared_on
        from requests r where r.result = 'declared' and r.patient_id is not null
        group by r.patient_id
    ),
    followed as (
        select distinct on (r.patient_id) r.patient_id, t.outcome
        from tasks t join requests r on r.id = t.request_id
        where t.kind in ('follow_up_30', 'follow_up_90') and t.done_at < :until
            and t.outcome in ('still_declared', 'found_otherwise', 'without_physician')
        order by r.patient_id, t.done_at desc
    )
    select e.patient_id, p.department, p.insee_code, p.postal_code,
        case
            when p.birth_date is null then 'unknown'
            when date_part('year', age(cast(:day as date), p.birth_date)) < 50 then 'under_50'
            when date_part('year', age(cast(:day as date), p.birth_date)) < 65 then '50_to_64'
            when date_part('year', age(cast(:day as date), p.birth_date)) < 80 then '65_to_79'
            else '80_and_over'
        end as band,
        e.eligible,
        p.ehpad_finess is not null as ehpad,
        e.eligible and coalesce(a.attempted, false) as attempted,
        e.eligible and coalesce(a.reached, false) as reached,
        e.eligible and n.patient_id is not null as consented,
        e.eligible and coalesce(o.matched, false) as matched,
        case
            when e.deceased then 'gone'
            when f.outcome = 'without_physician' then 'without'
            when f.outcome = 'found_otherwise' then 'has_one'
            when c.patient_id is not null and coalesce(o.declared_on, c.declared_on) <= :day then 'declared'
            when e.has_one then 'has_one'
            when p.erased_at < :until then 'gone'
            else 'without'
        end as situation
    from enrolled e
    join patients p on p.id = e.patient_id
    left join tried a on a.patient_id = e.patient_id
    left join consented n on n.patient_id = e.patient_id
    left join offered o on o.patient_id = e.patient_id
    left join closed c on c.patient_id = e.patient_id
    left join followed f on f.patient_id = e.patient_id
    """
)
_INDEX_PEOPLE = text("create index on review_people (patient_id)")
_ANALYZE_PEOPLE = text("analyze review_people")
_SITUATIONS = """
    count(*) filter (where situation = 'declared') as declared,
    count(*) filter (where situation = 'has_one') as has_one,
    count(*) filter (where situation = 'without') as without,
    count(*) filter (where situation = 'gone') as gone
"""
_BY_PLACE = text(
    f"""
    select department, insee_code, postal_code, band,
        count(*) as enrolled,
        count(*) filter (where not eligible) as ineligible,
        count(*) filter (where ehpad) as ehpad,
        count(*) filter (where eligible) as eligible,
        count(*) filter (where attempted) as attempted,
        count(*) filter (where reached) as reached,
        count(*) filter (where consented) as consented,
        count(*) filter (where matched) as matched,
        {_SITUATIONS}
    from review_people group by department, insee_code, postal_code, band
    """  # noqa: S608
)
# What somebody needs is what their last search says.
_NEEDS = text(
    """
    with last as (
        select distinct on (patient_id) patient_id, mobility
        from requests where kind = 'matching' and patient_id is not null and created_at < :until
        order by patient_id, created_at desc, id
    )
    select p.department, p.insee_code, p.postal_code, need, count(*)
    from last join review_people p on p.patient_id = last.patient_id,
        lateral jsonb_array_elements_text(last.mobility) as need
    group by p.department, p.insee_code, p.postal_code, need
    """
)
_STOPPING = text(
    """
    select p.department, p.insee_code, p.postal_code, count(distinct p.rpps)
    from retirements r join lateral (
        select rpps, department, insee_code, postal_code from physicians
        where rpps = r.rpps and left_on is null order by site limit 1
    ) p on true
    where r.successor is null and r.stops_on > :day and r.stops_on <= :within
    group by p.department, p.insee_code, p.postal_code
    """
)
_COHORTS = text(
    f"""
    select m.cohort_id, m.department, count(*) as members, {_SITUATIONS}
    from cohort_members m join review_people p on p.patient_id = m.patient_id
    where m.cohort_id in (
        select id from cohorts where reference_on <= :day and (cast(:only as uuid) is null or id = :only)
    )
    group by m.cohort_id, m.department
    """  # noqa: S608
)
_DRAW_UP = text(
    """
    insert into cohort_members (cohort_id, patient_id, department)
    select :cohort_id, p.patient_id, p.department
    from review_people p
    join contacts c on c.patient_id = p.patient_id and c.campaign_id = :campaign_id and c.created_at < :until
    where p.situation = 'without'
    """
)


def try_lock(session: Session) -> bool:
    """Whether this transaction is the only one that counts."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(func.hashtext("reviews")))))


def lock(session: Session) -> None:
    session.execute(select(func.pg_advisory_xact_lock(func.hashtext("reviews"))))


def gather_people(session: Session, day: date, until: datetime) -> None:
    """Puts everybody enrolled before `until`, the end of `day`, in a table of this transaction."""
    session.execute(text("drop table if exists review_people"))
    session.execute(_PEOPLE, {"day": day, "until": until})
    session.execute(_INDEX_PEOPLE)
    session.execute(_ANALYZE_PEOPLE)


def by_place(session: Session) -> Sequence[Any]:
    """The people gathered: department, INSEE and postal code, age band, then the columns of the domain."""
    return session.execute(_BY_PLACE).all()


def needs(session: Session, until: datetime) -> Sequence[Any]:
    return session.execute(_NEEDS, {"until": until}).all()


def stopping(session: Session, day: date, within: date) -> Sequence[Any]:
    """Physicians who stop between two days and have no successor, by the place of their first site."""
    return session.execute(_STOPPING, {"day": day, "within": within}).all()


def cohort_situations(session: Session, day: date, only: UUID | None = None) -> Sequence[Any]:
    """Cohort, department, members, and how many of them are in each situation; of one cohort, or of all."""
    return session.execute(_COHORTS, {"day": day, "only": only}).all()


def draw_up(session: Session, cohort_id: UUID, campaign_id: UUID, until: datetime) -> int:
    """Makes members of those of a campaign, among the people gathered, who have no médecin traitant."""
    parameters = {"cohort_id": cohort_id, "campaign_id": campaign_id, "until": until}
    return session.connection().execute(_DRAW_UP, parameters).rowcount


def keep_day(session: Session, day: ReviewDay, rows: Iterable[dict[str, Any]]) -> None:
    """Keeps the count of a day, in place of an earlier one of the same day."""
    session.execute(delete(ReviewDay).where(ReviewDay.day == day.day))
    session.add(day)
    session.flush()
    if kept := list(rows):
        session.execute(insert(ReviewCount), kept)


def keep_cohorts(session: Session, day: date, counted: Sequence[UUID], rows: Sequence[dict[str, Any]]) -> None:
    """Keeps the counts of these cohorts, in place of earlier ones of the same day."""
    session.execute(delete(CohortCount).where(CohortCount.day == day, CohortCount.cohort_id.in_(counted)))
    if rows:
        session.execute(insert(CohortCount), rows)


def days(session: Session) -> Sequence[ReviewDay]:
    return session.scalars(select(ReviewDay).order_by(ReviewDay.day)).all()


def day_by(session: Session, last: date | None = None) -> ReviewDay | None:
    """The last day counted, or the last one by a day."""
    query = select(ReviewDay).order_by(ReviewDay.day.desc()).limit(1)
    return session.scalar(query.where(ReviewDay.day <= last) if last is not None else query)


def forget(session: Session, forgotten: Sequence[date]) -> None:
    session.execute(delete(ReviewDay).where(ReviewDay.day.in_(forgotten)))
    begins = exists().where(Cohort.id == CohortCount.cohort_id, Cohort.reference_on == CohortCount.day)
    session.execute(delete(CohortCount).where(CohortCount.day.in_(forgotten), ~begins))


class Counted(NamedTuple):
    """What a ReviewCount of a department, or of the country, holds; counts and hidden columns as JSON."""

    department: str
    counts: str
    hidden: str


def departments(session: Session, day: date) -> tuple[Counted, ...]:
    """The country and the departments on a day."""
    rows = session.execute(
        select(ReviewCount.department, cast(ReviewCount.counts, Text), cast(ReviewCount.hidden, Text))
        .where(ReviewCount.day == day, ReviewCount.kind == "")
        .order_by(ReviewCount.department)
    )
    return tuple(Counted(*row) for row in rows)


def parts(session: Session, day: date, department: str) -> Sequence[ReviewCount]:
    """The parts of territories that lie in a department, and what is outside them, on a day."""
    return session.scalars(
        select(ReviewCount)
        .where(ReviewCount.day == day, ReviewCount.department == department, ReviewCount.kind != "")
        .order_by(ReviewCount.kind, ReviewCount.name)
    ).all()


def parts_of_kind(session: Session, day: date, kind: str) -> Sequence[ReviewCount]:
    """The parts of all territories of a kind, department by department, on a day."""
    return session.scalars(
        select(ReviewCount)
        .where(ReviewCount.day == day, ReviewCount.department != "", ReviewCount.kind == kind)
        .order_by(ReviewCount.department, ReviewCount.name)
    ).all()


def of_territory(session: Session, territory: str, day: date) -> ReviewCount | None:
    return session.scalar(
        select(ReviewCount).where(
            ReviewCount.day == day, ReviewCount.department == "", ReviewCount.territory == territory
        )
    )


def over_time(session: Session, department: str, on: Sequence[date]) -> Sequence[ReviewCount]:
    """The country ("") or a department on several days, the first one first."""
    return session.scalars(
        select(ReviewCount)
        .where(ReviewCount.department == department, ReviewCount.kind == "", ReviewCount.day.in_(on))
        .order_by(ReviewCount.day)
    ).all()


def first_campaign(session: Session) -> datetime | None:
    """When the first campaign was made: nobody was enrolled before."""
    return session.scalar(select(func.min(Campaign.created_at)))


def cohorts(session: Session) -> Sequence[Any]:
    """Each with the name of its campaign, the newest reference first."""
    return session.execute(
        select(Cohort, Campaign.name)
        .join(Campaign, Campaign.id == Cohort.campaign_id)
        .order_by(Cohort.reference_on.desc(), Cohort.created_at.desc())
    ).all()


def cohort(session: Session, name: str) -> Cohort | None:
    return session.scalar(select(Cohort).where(Cohort.name == name))


def cohort_days(session: Session) -> set[tuple[UUID, date]]:
    """The days on which each cohort was counted."""
    return {(row[0], row[1]) for row in session.execute(select(CohortCount.cohort_id, CohortCount.day).distinct())}


def cohort_counts(session: Session, cohort_id: UUID, day: date) -> Sequence[CohortCount]:
    """The country, then the departments, of a cohort on a day."""
    return session.scalars(
        select(CohortCount)
        .where(CohortCount.cohort_id == cohort_id, CohortCount.day == day)
        .order_by(CohortCount.department)
    ).all()


def cohort_over_time(session: Session, cohort_id: UUID, department: str) -> Sequence[CohortCount]:
    return session.scalars(
        select(CohortCount)
        .where(CohortCount.cohort_id == cohort_id, CohortCount.department == department)
        .order_by(CohortCount.day)
    ).all()
