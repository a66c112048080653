"""Queries on wordings and their comparisons."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Comparison, Wording
from outreach.domain.words import ComparisonState

# Each person once: their first verified conversation since it began, once ended, when none was verified before. The
# half is that of `comparing.half_of`. Pairs: the n-th of one half with the n-th of the other, in the order of ending.
_HALVES = text(
    """
    with first_ones as (
        select distinct on (talk.contact_id) talk.id, talk.contact_id, talk.ended_at, talk.outcome
        from conversations as talk join contacts on contacts.id = talk.contact_id
        where contacts.campaign_id = :campaign_id and talk.identity = 'verified' and talk.started_at >= :since
        order by talk.contact_id, talk.started_at, talk.id
    ), heard as (
        select first_ones.id, first_ones.ended_at,
            get_byte(
                sha256(convert_to(cast(:comparison_id as text) || first_ones.contact_id::text, 'UTF8')), 0
            ) & 1 as half,
            coalesce(
                (select consents.state = 'given' from consents
                 where consents.conversation_id = first_ones.id and consents.kind = 'assistance'
                 order by consents.position desc limit 1),
                false
            ) as agreed,
            coalesce(first_ones.outcome = 'abandoned', false) as hung_up
        from first_ones
        where first_ones.ended_at is not null and not exists (
            select from conversations as earlier
            where earlier.contact_id = first_ones.contact_id and earlier.identity = 'verified'
              and earlier.started_at < :since
        )
    ), in_order as (
        select heard.*, row_number() over (partition by half order by ended_at, id) as place from heard
    ), sizes as (
        select least(count(*) filter (where half = 0), count(*) filter (where half = 1)) as pairs from heard
    )
    select half, count(*) as verified,
        count(*) filter (where agreed) as agreed,
        count(*) filter (where hung_up) as hung_up,
        count(*) filter (where agreed and place <= pairs) as paired_agreed,
        count(*) filter (where hung_up and place <= pairs) as paired_hung_up
    from in_order cross join sizes group by half order by half
    """
)


def halves(session: Session, comparison_id: UUID, campaign_id: UUID, since: datetime) -> Sequence[Row[Any]]:
    """Of each half that has somebody: `half`, `verified`, `agreed`, `hung_up`, and both among the pairs."""
    wanted = {"comparison_id": str(comparison_id), "campaign_id": campaign_id, "since": since}
    return session.execute(_HALVES, wanted).all()


def tell(session: Session, version: str, sentences: dict[str, Any], now: datetime) -> None:
    told = insert(Wording).values(version=version, sentences=sentences, told_at=now)
    session.execute(
        told.on_conflict_do_update(index_elements=[Wording.version], set_={"sentences": sentences, "told_at": now})
    )


def wordings(session: Session) -> Sequence[Wording]:
    return session.scalars(select(Wording).order_by(Wording.version)).all()


def running(session: Session) -> Sequence[Comparison]:
    """With `.campaign`."""
    return session.scalars(
        select(Comparison)
        .where(Comparison.state == ComparisonState.RUNNING)
        .options(joinedload(Comparison.campaign))
        .order_by(Comparison.started_at)
    ).all()


def lock_running(session: Session, comparison_id: UUID) -> Comparison | None:
    """For this transaction alone, unless another one is at it or it has ended."""
    return session.scalar(
        select(Comparison)
        .where(Comparison.id == comparison_id, Comparison.state == ComparisonState.RUNNING)
        .with_for_update(of=Comparison, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def of_campaign(session: Session, campaign_id: UUID) -> Sequence[Comparison]:
    """The newest first."""
    return session.scalars(
        select(Comparison).where(Comparison.campaign_id == campaign_id).order_by(Comparison.started_at.desc())
    ).all()
