"""Queries on the processes that take calls, in the machine's own time."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from outreach.database.models import Listener


def answered(session: Session, listener_id: UUID) -> None:
    now = func.clock_timestamp()
    session.execute(
        insert(Listener)
        .values(id=listener_id, answered_wall=now)
        .on_conflict_do_update(index_elements=[Listener.id], set_={"answered_wall": now})
    )


def any_answered_within(session: Session, lately: timedelta) -> bool:
    return bool(session.scalar(select(exists().where(Listener.answered_wall > func.clock_timestamp() - lately))))


def forget(session: Session, listener_id: UUID) -> None:
    """This one, and those that were killed long ago."""
    old = Listener.answered_wall < func.clock_timestamp() - timedelta(days=1)
    session.execute(delete(Listener).where((Listener.id == listener_id) | old))
