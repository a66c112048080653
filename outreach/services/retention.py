"""What was kept long enough is emptied (rule 14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from outreach.database.models import AuditEntry
from outreach.database.repositories import erasure as statements
from outreach.database.repositories import retention
from outreach.runtime import Session
from outreach.services import erasure
from outreach.settings import Settings

BY = "relais"
_AT_ONCE = 200
_RELAYS = timedelta(days=7)
"""Longer than any network takes to deliver the same turn again."""


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each went. `is_all` when no more of them wait."""

    conversations: int = 0
    people: int = 0
    relays: int = 0
    audit_entries: int = 0
    is_all: bool = True


def purge(session: Session, now: datetime, settings: Settings) -> Purged:
    """Empties some of what was kept long enough: words, people with whom nothing happens any more, the trail.

    Nothing goes that an open request or a running campaign needs. The ledger of consents and the suppressions stay.
    Does nothing while another process is at it.
    """
    if not retention.try_lock(session):
        return Purged()
    spoken = retention.conversations(session, now - timedelta(days=settings.retention_words_days), _AT_ONCE)
    statements.empty_words(session, spoken)
    retention.mark_emptied(session, spoken, now)
    people = retention.patients(session, now - timedelta(days=settings.retention_people_days), _AT_ONCE)
    for patient in people:
        erasure.empty(session, patient, now)
        patient.erased_because = erasure.KEPT_LONG_ENOUGH
        session.add(AuditEntry(at=now, login=BY, act="patient_erased", subject=patient.reference, reason="retention"))
    session.flush()
    return Purged(
        len(spoken),
        len(people),
        retention.forget_relays(session, now - _RELAYS),
        retention.forget_audit(session, now - timedelta(days=settings.retention_audit_days)),
        is_all=max(len(spoken), len(people)) < _AT_ONCE,
    )
