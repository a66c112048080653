"""Queries on what attempts cost."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from outreach.database.models import Attempt
from outreach.domain.words import Channel

MOST_ASKED = 5

_BILLED = or_(Attempt.answered_at.is_not(None), Attempt.channel == Channel.SMS)
"""A call that nobody answered costs nothing, and its price is never told."""


def take_unpriced(
    session: Session, now: datetime, waits: Sequence[timedelta], limit: int
) -> list[tuple[UUID, str, str]]:
    assert len(waits) == MOST_ASKED
    wait = case(*[(Attempt.price_asked == asked, wanted) for asked, wanted in enumerate(waits)], else_=waits[-1])
    due = (
        select(Attempt.id)
        .where(
            Attempt.price.is_(None),
            Attempt.carrier_id.is_not(None),
            Attempt.price_asked < MOST_ASKED,
            _BILLED,
            Attempt.ended_at + wait <= now,
            ~Attempt.carrier_id.startswith("terminal-"),
        )
        .order_by(Attempt.ended_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = session.execute(
        update(Attempt)
        .where(Attempt.id.in_(due))
        .values(price_asked=Attempt.price_asked + 1)
        .returning(Attempt.id, Attempt.channel, Attempt.carrier_id)
    )
    return [(row.id, row.channel, row.carrier_id) for row in rows]


def keep(
    session: Session, attempt_id: UUID, cost: Decimal | None, currency: str | None, duration_seconds: int | None
) -> None:
    if cost is not None:
        session.execute(
            update(Attempt)
            .where(Attempt.id == attempt_id, Attempt.price.is_(None))
            .values(price=cost, currency=currency)
        )
    if duration_seconds is not None:
        session.execute(
            update(Attempt)
            .where(Attempt.id == attempt_id, Attempt.duration_seconds.is_(None))
            .values(duration_seconds=duration_seconds)
        )


def spent(session: Session, campaign_id: UUID) -> list[tuple[str, Decimal, int, int]]:
    rows = session.execute(
        select(
            func.coalesce(Attempt.currency, ""),
            func.coalesce(func.sum(Attempt.price), 0),
            func.count(Attempt.price),
            func.count().filter(Attempt.price.is_(None)),
        )
        .where(Attempt.campaign_id == campaign_id, Attempt.carrier_id.is_not(None), _BILLED)
        .group_by(Attempt.currency)
        .order_by(Attempt.currency)
    )
    return [(row[0], Decimal(row[1] or 0), row[2], row[3]) for row in rows]
