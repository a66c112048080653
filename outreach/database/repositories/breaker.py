"""Queries on a campaign's last calls."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select
from sqlalchemy.orm import Session

from outreach.database.models import Attempt
from outreach.domain.dispositions import Disposition
from outreach.domain.words import AttemptStatus, Direction, Purpose

_CARRIER_FAILED = (Disposition.CARRIER_ERROR, Disposition.NEVER_PLACED, Disposition.UNREACHABLE)
_CUT_SHORT = (Disposition.HUNG_UP, Disposition.ABANDONED)


def _early(seconds: float) -> ColumnElement[bool]:
    lasted = func.coalesce(Attempt.duration_seconds, func.extract("epoch", Attempt.ended_at - Attempt.answered_at))
    return and_(Attempt.disposition.in_(_CUT_SHORT), func.coalesce(lasted <= seconds, False))


def _ended(campaign_id: UUID) -> list[ColumnElement[bool]]:
    return [
        Attempt.campaign_id == campaign_id,
        Attempt.status == AttemptStatus.ENDED,
        Attempt.purpose == Purpose.CALL,
        Attempt.direction == Direction.OUTBOUND,
    ]


def last_calls(
    session: Session,
    campaign_id: UUID,
    claimed_since: datetime,
    ended_since: datetime,
    early_seconds: float,
    limit: int,
) -> Sequence[Row[datetime, datetime | None, bool, bool, bool, bool]]:
    """The newest first: when we learned of the end (the machine's time), when it ended (the shared clock), whether the
    carrier failed, a person answered, it was hung up early, the agent was away."""
    query: Select[datetime, datetime | None, bool, bool, bool, bool] = (
        select(
            Attempt.heard_wall,
            Attempt.ended_at,
            Attempt.disposition.in_(_CARRIER_FAILED),
            Attempt.human_answered,
            _early(early_seconds),
            Attempt.disposition == Disposition.APOLOGY,
        )
        .where(*_ended(campaign_id), Attempt.claimed_at >= claimed_since, Attempt.ended_at > ended_since)
        .order_by(Attempt.ended_at.desc(), Attempt.heard_wall.desc())
        .limit(limit)
    )
    return session.execute(query).all()


def early_hang_ups(
    session: Session, campaign_id: UUID, before: datetime, early_seconds: float, limit: int
) -> tuple[int, int]:
    """Of the last calls that a person answered before a moment: how many were hung up early, and how many they are."""
    last = (
        select(_early(early_seconds).label("early"))
        .where(*_ended(campaign_id), Attempt.human_answered, Attempt.ended_at < before)
        .order_by(Attempt.ended_at.desc())
        .limit(limit)
        .subquery()
    )
    row = session.execute(select(func.count().filter(last.c.early), func.count()).select_from(last)).one()
    return row[0], row[1]
