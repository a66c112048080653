"""What the gates ask, for many contacts at once: a few queries a page, whatever the size of the campaign."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Contact


def only_look(session: Session) -> None:
    """Whatever follows sees one state of the database, and can't change it. Must come first in its transaction."""
    session.execute(text("set transaction isolation level repeatable read, read only"))


def count(session: Session, campaign_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Contact.campaign_id == campaign_id)) or 0


def page(session: Session, campaign_id: UUID, after: UUID | None, limit: int) -> Sequence[Contact]:
    """The next contacts, with `.patient`."""
    query = (
        select(Contact)
        .where(Contact.campaign_id == campaign_id)
        .options(joinedload(Contact.patient))
        .order_by(Contact.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Contact.id > after)
    return session.scalars(query).all()
