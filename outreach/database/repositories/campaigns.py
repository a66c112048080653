"""Queries on campaigns."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.database.models import Campaign


def by_name(session: Session, name: str, *, lock: bool = False) -> Campaign | None:
    query = select(Campaign).where(Campaign.name == name)
    return session.scalar(query.with_for_update() if lock else query)


def all_of_them(session: Session) -> Sequence[Campaign]:
    return session.scalars(select(Campaign).order_by(Campaign.created_at, Campaign.name)).all()


def running(session: Session) -> Sequence[Campaign]:
    return session.scalars(select(Campaign).where(Campaign.status == "running").with_for_update()).all()
