"""What the gates ask, for many contacts at once: a few queries a page, whatever the size of the campaign."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from outreach.database.models import Contact, Patient
from outreach.database.repositories.claiming import CANDIDATE, Candidate


def only_look(session: Session) -> None:
    """Whatever follows sees one state of the database, and can't change it. Must come first in its transaction."""
    session.execute(text("set transaction isolation level repeatable read, read only"))


@dataclass(frozen=True, slots=True)
class Looked:
    """A contact that is looked at, with its person. Its `repr` hides who it is."""

    candidate: Candidate
    state: str
    reason: str | None

    def __repr__(self) -> str:
        return f"Looked({self.candidate.contact_id}, {self.state})"


def page(session: Session, campaign_id: UUID, after: UUID | None, limit: int) -> list[Looked]:
    """The next contacts."""
    # Columns, not objects: to make these of thousands takes longer than to look at them.
    query = (
        select(Contact.state, Contact.reason, *CANDIDATE)
        .join(Patient, Patient.id == Contact.patient_id)
        .where(Contact.campaign_id == campaign_id)
        .order_by(Contact.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Contact.id > after)
    return [Looked(Candidate(*tuple(row)[2:]), row[0], row[1]) for row in session.execute(query)]


def goes_on(session: Session, campaign_id: UUID, after: UUID) -> bool:
    """Whether there are more contacts than those up to one."""
    more = select(Contact.id).where(Contact.campaign_id == campaign_id, Contact.id > after).order_by(Contact.id)
    return session.scalar(more.limit(1)) is not None
