"""Queries on alerts."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Alert


def add(session: Session, campaign_id: UUID, kind: str, what_to_do: str, at: datetime) -> None:
    """Opens the alert of a kind for a campaign, or counts once more on the one that is open."""
    new = insert(Alert).values(
        id=uuid4(), campaign_id=campaign_id, kind=kind, what_to_do=what_to_do, at=at, last_at=at, count=1
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=[Alert.campaign_id, Alert.kind],
            index_where=Alert.settled_at.is_(None) & Alert.campaign_id.is_not(None),
            set_={"count": Alert.count + 1, "last_at": at, "what_to_do": what_to_do},
        )
    )


_OF_NO_CAMPAIGN = 0x616C7274
_OPEN_ABOUT_NOBODY = (Alert.settled_at.is_(None), Alert.patient_id.is_(None), Alert.conversation_id.is_(None))


def add_of_no_campaign(session: Session, kind: str, what_to_do: str, at: datetime) -> None:
    """The same where no campaign is concerned; nothing while a campaign's of this kind is open."""
    session.execute(select(func.pg_advisory_xact_lock(_OF_NO_CAMPAIGN)))
    ours = (Alert.kind == kind, *_OPEN_ABOUT_NOBODY)
    counted = (
        update(Alert)
        .where(*ours, Alert.campaign_id.is_(None))
        .values(count=Alert.count + 1, last_at=at, what_to_do=what_to_do)
        .returning(Alert.id)
    )
    if session.scalars(counted).all() or session.scalar(select(Alert.id).where(*ours).limit(1)) is not None:
        return
    session.execute(insert(Alert).values(id=uuid4(), kind=kind, what_to_do=what_to_do, at=at, last_at=at, count=1))


def listed(session: Session, *, settled: bool, limit: int) -> Sequence[Alert]:
    """The open ones, or with `settled` all of them, the newest first, with `.campaign`."""
    query = select(Alert).options(joinedload(Alert.campaign)).order_by(Alert.at.desc(), Alert.id).limit(limit)
    return session.scalars(query if settled else query.where(Alert.settled_at.is_(None))).all()


def open_of_campaign(session: Session, campaign_id: UUID) -> Sequence[Alert]:
    return session.scalars(
        select(Alert).where(Alert.campaign_id == campaign_id, Alert.settled_at.is_(None)).order_by(Alert.at.desc())
    ).all()


def open_of_no_campaign(session: Session) -> Sequence[Alert]:
    return session.scalars(
        select(Alert).where(*_OPEN_ABOUT_NOBODY, Alert.campaign_id.is_(None)).order_by(Alert.at.desc())
    ).all()


def patients_are_waiting(session: Session) -> bool:
    """Whether an alert about a person is open."""
    return (
        session.scalar(select(Alert.id).where(Alert.patient_id.is_not(None), Alert.settled_at.is_(None)).limit(1))
        is not None
    )


def lock(session: Session, alert_id: UUID) -> Alert | None:
    return session.scalar(select(Alert).where(Alert.id == alert_id).with_for_update())


def settle_of_campaign(session: Session, campaign_id: UUID, now: datetime, by: str) -> None:
    session.execute(
        update(Alert)
        .where(Alert.campaign_id == campaign_id, Alert.settled_at.is_(None))
        .values(settled_at=now, settled_by=by)
    )


def open_by_kind(session: Session) -> dict[str, int]:
    rows = session.execute(select(Alert.kind, func.count()).where(Alert.settled_at.is_(None)).group_by(Alert.kind))
    return {kind: count for kind, count in rows}  # noqa: C416 - a row isn't a pair to mypy
