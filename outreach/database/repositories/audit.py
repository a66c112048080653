"""Queries on the audit trail."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ARRAY, DateTime, String, bindparam, func, insert, select
from sqlalchemy.orm import Session

from outreach.database.models import AuditEntry

_ADD_ALL = insert(AuditEntry.metadata.tables[AuditEntry.__tablename__]).from_select(
    ["at", "login", "act", "subject"],
    select(
        bindparam("at", type_=DateTime(timezone=True)),
        bindparam("login", type_=String),
        bindparam("act", type_=String),
        func.unnest(bindparam("subjects", type_=ARRAY(String))),
    ),
)


def add_all(session: Session, login: str, act: str, subjects: Sequence[str], at: datetime) -> None:
    session.execute(_ADD_ALL, {"at": at, "login": login, "act": act, "subjects": list(subjects)})


def entries(session: Session, login: str | None, subject: str | None, offset: int, limit: int) -> Sequence[AuditEntry]:
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).offset(offset).limit(limit)
    if login:
        query = query.where(AuditEntry.login == login)
    if subject:
        query = query.where(AuditEntry.subject == subject)
    return session.scalars(query).all()
