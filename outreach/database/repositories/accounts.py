"""Queries on accounts, tokens and failed logins."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from outreach.database.models import Account, ApiToken, LoginFailure


def by_login(session: Session, login: str) -> Account | None:
    return session.scalar(select(Account).where(Account.login == login))


def by_id(session: Session, account_id: UUID) -> Account | None:
    return session.get(Account, account_id)


def everybody(session: Session) -> Sequence[Account]:
    return session.scalars(select(Account).order_by(Account.disabled_at.is_not(None), Account.login)).all()


def token(session: Session, digest: str) -> ApiToken | None:
    return session.scalar(
        select(ApiToken)
        .where(ApiToken.digest == digest, ApiToken.revoked_at.is_(None))
        .options(joinedload(ApiToken.account))
    )


def failures_since(session: Session, key: str, since: datetime) -> int:
    return session.scalar(select(func.count()).where(LoginFailure.key == key, LoginFailure.at > since)) or 0


def forget_failures(session: Session, key: str, before: datetime | None = None) -> None:
    statement = delete(LoginFailure).where(LoginFailure.key == key)
    session.execute(statement if before is None else statement.where(LoginFailure.at <= before))
