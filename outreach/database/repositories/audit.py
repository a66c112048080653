"""Queries on the audit trail."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.database.models import AuditEntry


def entries(session: Session, login: str | None, subject: str | None, offset: int, limit: int) -> Sequence[AuditEntry]:
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).offset(offset).limit(limit)
    if login:
        query = query.where(AuditEntry.login == login)
    if subject:
        query = query.where(AuditEntry.subject == subject)
    return session.scalars(query).all()
