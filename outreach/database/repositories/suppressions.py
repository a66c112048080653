"""Queries on the suppression list."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from outreach.database.models import Suppression
from outreach.domain.words import Channel, SuppressionScope


def _of(reference: str, number: str | None) -> ColumnElement[bool]:
    if number is None:
        return Suppression.reference == reference
    return or_(Suppression.reference == reference, Suppression.number == number)


def active(session: Session, reference: str, number: str | None = None) -> Sequence[Suppression]:
    """What holds for a person, or for the number about to be used, the oldest first."""
    return session.scalars(
        select(Suppression)
        .where(_of(reference, number), Suppression.lifted_at.is_(None))
        .order_by(Suppression.since, Suppression.id)
    ).all()


def forbids(session: Session, reference: str, number: str | None, channel: Channel) -> bool:
    """Whether this person or this number must not be contacted over this channel."""
    return any(row.scope in {SuppressionScope.PERSON, channel.value} for row in active(session, reference, number))


def suppressed_references(session: Session, references: Iterable[str]) -> set[str]:
    return set(
        session.scalars(
            select(Suppression.reference).where(
                Suppression.reference.in_(list(references)),
                Suppression.scope == SuppressionScope.PERSON,
                Suppression.lifted_at.is_(None),
            )
        )
    ) - {None}  # type: ignore[return-value]
