"""Accounts of advisers, supervisors and administrators; tokens; logins."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from outreach.database.models import Account, ApiToken, LoginFailure
from outreach.database.repositories import accounts
from outreach.domain.phones import ImpossibleNumber, adviser_number
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import Role
from outreach.errors import BadInput, BusinessError, NotFound
from outreach.runtime import Session
from outreach.services import audit

SHORTEST_PASSWORD = 8
FAILURES_ALLOWED = 8
FAILURES_WITHIN = timedelta(minutes=15)
TOKEN_PREFIX = "relais_"  # noqa: S105 - what a token begins with, so that a leaked one is known


class TooManyFailures(BusinessError):
    status = 429

    def __init__(self) -> None:
        super().__init__("too many failed logins; wait a quarter of an hour")


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    """Verified against when the login is unknown, so that a stranger can't tell by the time which logins exist."""
    return _hasher().hash(secrets.token_urlsafe(16))


def departments_in(text: str) -> list[str]:
    """Departments as written, such as `94,2A`; none is everywhere. Raises BadInput."""
    codes = [code.strip().upper() for code in text.split(",") if code.strip()]
    for code in codes:
        if code not in DEPARTMENTS:
            raise BadInput(f"{code} is no department; write codes such as 94,2A,974")
    return sorted(set(codes))


def telephone_in(text: str) -> str | None:
    """The telephone at which an adviser is rung, as written; None when there is none. Raises BadInput."""
    if not text.strip():
        return None
    try:
        return adviser_number(text.strip())
    except ImpossibleNumber as error:
        raise BadInput(f"the telephone {error}") from None


def create(
    session: Session,
    login: str,
    password: str,
    role: Role,
    now: datetime,
    by: str,
    departments: Sequence[str] = (),
    telephone: str | None = None,
) -> Account:
    """Makes an account; an adviser may serve some departments only. Raises BadInput or BusinessError."""
    if not re.fullmatch(r"[a-z0-9][a-z0-9._\-]{1,63}", login):
        raise BadInput("a login is made of 2 to 64 small letters, digits, dots or dashes")
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"the password is too short; {SHORTEST_PASSWORD} characters at least")
    if departments and role is not Role.ADVISER:
        raise BadInput(f"only an adviser serves departments, not a {role}")
    if telephone is not None and role is not Role.ADVISER:
        raise BadInput(f"only an adviser has a telephone to call from, not a {role}")
    if accounts.by_login(session, login) is not None:
        raise BusinessError(f"the account {login} exists already")
    account = Account(login=login, password_hash=_hasher().hash(password), role=role, created_at=now)
    account.departments = list(departments)
    account.telephone = telephone
    session.add(account)
    audit.record(session, by, "account_created", login, None, now)
    session.flush()
    return account


def disable(session: Session, login: str, now: datetime, by: str) -> None:
    """Closes an account: its sessions and tokens end at once. Raises NotFound."""
    account = accounts.by_login(session, login)
    if account is None:
        raise NotFound(f"there is no account {login!r}")
    account.disabled_at = account.disabled_at or now
    account.session_version += 1
    audit.record(session, by, "account_disabled", login, None, now)
    session.flush()


def serve(session: Session, login: str, departments: Sequence[str], now: datetime, by: str) -> None:
    """Gives an adviser other departments; none is everywhere. Raises NotFound or BadInput."""
    account = accounts.by_login(session, login)
    if account is None:
        raise NotFound(f"there is no account {login!r}")
    if account.role != Role.ADVISER:
        raise BadInput(f"only an adviser serves departments; {login} is a {account.role}")
    account.departments = list(departments)
    audit.record(session, by, "account_departments", login, ",".join(departments) or None, now)
    session.flush()


def rings_at(session: Session, login: str, telephone: str | None, now: datetime, by: str) -> None:
    """Gives an adviser another telephone to call from, or none. Raises NotFound or BadInput."""
    account = accounts.by_login(session, login)
    if account is None:
        raise NotFound(f"there is no account {login!r}")
    if account.role != Role.ADVISER:
        raise BadInput(f"only an adviser has a telephone to call from; {login} is a {account.role}")
    account.telephone = telephone
    audit.record(session, by, "account_telephone", login, None, now)
    session.flush()


def end_sessions(session: Session, account_id: UUID) -> None:
    """Logs an account out everywhere: a copy of its cookie opens nothing any more."""
    account = accounts.by_id(session, account_id)
    if account is not None:
        account.session_version += 1
        session.flush()


def everybody(session: Session) -> Sequence[Account]:
    return accounts.everybody(session)


def by_id(session: Session, account_id: UUID) -> Account | None:
    """An account that is open."""
    account = accounts.by_id(session, account_id)
    return account if account is not None and account.disabled_at is None else None


def create_token(session: Session, login: str, now: datetime, by: str) -> str:
    """A new bearer token for an account; only its digest is kept. Raises NotFound."""
    account = accounts.by_login(session, login)
    if account is None or account.disabled_at is not None:
        raise NotFound(f"there is no open account {login!r}; relais account create makes one")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    session.add(ApiToken(account_id=account.id, digest=_digest(token), created_at=now))
    audit.record(session, by, "token_created", login, None, now)
    session.flush()
    return token


def by_token(session: Session, token: str) -> Account | None:
    """The open account to which a bearer token belongs."""
    found = accounts.token(session, _digest(token))
    return found.account if found is not None and found.account.disabled_at is None else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _matches(kept: str, password: str) -> bool:
    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def authenticate(session: Session, login: str, password: str, address: str) -> Account | None:
    """The account of this login and password, or None. Raises TooManyFailures.

    Failures are counted in real time per login and address, in the database, so that replicas agree; the caller commits
    them even when the login fails.
    """
    key = hashlib.sha256(f"{login}|{address}".encode()).hexdigest()
    wall = datetime.now(UTC)
    if accounts.failures_since(session, key, wall - FAILURES_WITHIN) >= FAILURES_ALLOWED:
        raise TooManyFailures
    account = accounts.by_login(session, login)
    kept = account.password_hash if account is not None and account.disabled_at is None else _nobodys_hash()
    if _matches(kept, password) and account is not None and account.disabled_at is None:
        accounts.forget_failures(session, key)
        return account
    accounts.forget_failures(session, key, before=wall - FAILURES_WITHIN)
    session.add(LoginFailure(key=key, at=wall))
    session.flush()
    return None
