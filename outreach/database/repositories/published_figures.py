"""The queries of what is published of the figures, and of whether somebody sees to it (decision 25)."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, delete, func, select, text
from sqlalchemy.orm import Session

from outreach.database.models import Figure, FigureKeeper, FigurePublisher, PublishedFigures
from outreach.domain.rates import Breakdown

_PUBLISHES = 0x7075626C

READ_ALONE = [one.value for one in (Breakdown.OPENED, Breakdown.CLOSED, Breakdown.OPEN)]
"""Of all campaigns together alone, masked when read: they depend on the day."""


class Stored(NamedTuple):
    """`sums` and `hidden`: None for a version that the reader has."""

    campaign_id: UUID
    version: UUID
    sums: str | None
    hidden: str | None


class Read(NamedTuple):
    """What is published, of one instant. `seconds`: since somebody last saw to it."""

    as_of: datetime
    seconds: float
    campaigns: list[Stored]


_READ = text(
    """
    select k.as_of, extract(epoch from clock_timestamp() - k.at_wall)::float as seconds, p.campaign_id, p.version,
        case when p.version <> all(:known) then p.sums end as sums,
        case when p.version <> all(:known) then p.hidden end as hidden
    from figure_publishers k left join published_figures p on true
    """
).bindparams(bindparam("known", type_=ARRAY(Uuid())))


def read(session: Session, known: Collection[UUID]) -> Read | None:
    """All that is published, in one statement; None before anything was.

    `known`: versions whose contents needn't come again.
    """
    rows = session.execute(_READ, {"known": list(known)}).all()
    if not rows:
        return None
    campaigns = [Stored(*row[2:]) for row in rows if row.campaign_id is not None]
    return Read(rows[0].as_of, rows[0].seconds, campaigns)


def try_lock(session: Session) -> bool:
    """Whether this transaction alone publishes; False while another one does."""
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(_PUBLISHES))))


def lock(session: Session) -> None:
    """Waits until no other transaction publishes."""
    session.execute(select(func.pg_advisory_xact_lock(_PUBLISHES)))


def is_newest(session: Session) -> bool:
    """Whether what is published was made of the sums as they are."""
    newest = select(FigureKeeper.version).scalar_subquery()
    made_of = FigurePublisher.figures_version.is_not_distinct_from(newest)
    return session.scalar(select(FigurePublisher.id).where(made_of)) is not None


def figures_version(session: Session) -> UUID | None:
    """Another one each time that a sum moved; None before anything was counted."""
    return session.scalar(select(FigureKeeper.version))


_COUNTED = text(
    """
    with counted as materialized (
        select campaign_id, json_object_agg(breakdown, cells order by breakdown)::text as sums
        from (
            select campaign_id, breakdown,
                json_agg(json_build_array(label, measure, count, people) order by label, measure) as cells
            from figures where count <> 0 and breakdown <> all(:alone)
            group by campaign_id, breakdown
        ) tables
        group by campaign_id
    )
    select c.campaign_id, c.sums, p.hidden
    from counted c left join published_figures p on (p.campaign_id, p.sums) = (c.campaign_id, c.sums)
    where :unmoved or p.sums is null
    """
).bindparams(bindparam("alone", type_=ARRAY(Text())))


class Counted(NamedTuple):
    """The sums of a campaign as they are by now, as JSON. `hidden`: None unless they are published so."""

    campaign_id: UUID
    sums: str
    hidden: str | None


def counted(session: Session, *, unmoved: bool) -> list[Counted]:
    """The sums of each campaign in one statement. `unmoved`: with those that are published so."""
    return [Counted(*row) for row in session.execute(_COUNTED, {"alone": READ_ALONE, "unmoved": unmoved})]


def take_back(session: Session) -> None:
    """What has no sums any more isn't published."""
    of_campaign = (Figure.campaign_id == PublishedFigures.campaign_id) & (Figure.count != 0)
    has_sums = select(Figure.label).where(of_campaign, Figure.breakdown.not_in(READ_ALONE)).exists()
    session.execute(delete(PublishedFigures).where(~has_sums).execution_options(synchronize_session=False))


_STORE = text(
    """
    insert into published_figures as p (campaign_id, sums, hidden) values (:campaign_id, :sums, :hidden)
    on conflict (campaign_id) do update
    set version = gen_random_uuid(), sums = excluded.sums, hidden = excluded.hidden
    """
)


def store(session: Session, campaign_id: UUID, sums: str, hidden: str) -> None:
    session.execute(_STORE, {"campaign_id": campaign_id, "sums": sums, "hidden": hidden})


_SEEN = text(
    """
    insert into figure_publishers as k (id, at_wall, as_of, figures_version)
    values (1, :at_wall, :as_of, :figures_version)
    on conflict (id) do update
    set at_wall = excluded.at_wall, as_of = excluded.as_of, figures_version = excluded.figures_version
    """
)


def seen_to(session: Session, at_wall: datetime, as_of: datetime, version: UUID | None) -> None:
    """Keeps that what is published is as the sums were at an instant."""
    session.execute(_SEEN, {"at_wall": at_wall, "as_of": as_of, "figures_version": version})
