"""What the gates ask, for many contacts at once: a few queries a page, whatever the size of the campaign."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Attempt, Contact, Patient, Suppression
from outreach.domain.words import AttemptStatus, Channel, Direction, SuppressionScope


def only_look(session: Session) -> None:
    """Whatever follows sees one state of the database, and can't change it. Must come first in its transaction."""
    session.execute(text("set transaction isolation level repeatable read, read only"))


def count(session: Session, campaign_id: UUID) -> int:
    return session.scalar(select(func.count()).where(Contact.campaign_id == campaign_id)) or 0


def page(session: Session, campaign_id: UUID, after: UUID | None, limit: int) -> Sequence[Contact]:
    """The next contacts, with patient and numbers."""
    query = (
        select(Contact)
        .where(Contact.campaign_id == campaign_id)
        .options(joinedload(Contact.patient).selectinload(Patient.numbers))
        .order_by(Contact.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Contact.id > after)
    return session.scalars(query).all()


def rings_since(session: Session, patient_ids: Collection[UUID], since: datetime) -> Mapping[UUID, list[datetime]]:
    """When each person's telephones rang for us, over all numbers, channels and campaigns."""
    rows = session.execute(
        select(Attempt.patient_id, Attempt.rang_at).where(
            Attempt.patient_id.in_(patient_ids),
            Attempt.rang,
            Attempt.direction == Direction.OUTBOUND,
            Attempt.rang_at > since,
        )
    )
    rings: dict[UUID, list[datetime]] = defaultdict(list)
    for patient_id, at in rows:
        if patient_id is not None and at is not None:
            rings[patient_id].append(at)
    return rings


def on_a_call(session: Session) -> tuple[set[UUID], set[str]]:
    """The persons on a call with us, and the numbers that we are calling."""
    rows = session.execute(
        select(Attempt.patient_id, Attempt.number, Attempt.direction).where(
            Attempt.status != AttemptStatus.ENDED, Attempt.channel == Channel.VOICE
        )
    ).all()
    people = {row.patient_id for row in rows if row.patient_id is not None}
    return people, {row.number for row in rows if row.direction == Direction.OUTBOUND}


def forbidden(
    session: Session, references: Collection[str], numbers: Collection[str], channel: Channel
) -> tuple[set[str], set[str]]:
    """The references and the numbers that must not be contacted over a channel."""
    rows = session.execute(
        select(Suppression.reference, Suppression.number).where(
            or_(Suppression.reference.in_(references), Suppression.number.in_(numbers)),
            Suppression.scope.in_((SuppressionScope.PERSON, channel.value)),
            Suppression.lifted_at.is_(None),
        )
    ).all()
    return {row.reference for row in rows if row.reference}, {row.number for row in rows if row.number}
