"""Who saw or did what, when and why (rule 14)."""

from collections.abc import Sequence
from datetime import datetime

from outreach.database.models import AuditEntry
from outreach.database.repositories import audit
from outreach.runtime import Session

PAGE = 100


def record(session: Session, login: str, act: str, subject: str, reason: str | None, now: datetime) -> None:
    """Adds a line to the audit trail; `subject` is a patient's reference, a campaign's name or a login."""
    session.add(AuditEntry(at=now, login=login, act=act, subject=subject, reason=reason[:500] if reason else None))


def record_all(session: Session, login: str, act: str, subjects: Sequence[str], now: datetime) -> None:
    """The same for everybody whom one act showed, in one statement."""
    if subjects:
        audit.add_all(session, login, act, subjects, now)


def entries(
    session: Session, *, login: str | None = None, subject: str | None = None, page: int = 1
) -> Sequence[AuditEntry]:
    """The newest lines first."""
    return audit.entries(session, login, subject, offset=(page - 1) * PAGE, limit=PAGE)
