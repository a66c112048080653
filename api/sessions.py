"""Sessions of the pages: a signed cookie, a token against forged forms, ends by rest and by age."""

import secrets
import time
from dataclasses import asdict, dataclass, replace
from typing import Annotated
from urllib.parse import quote, urlsplit
from uuid import UUID

from fastapi import Depends, Form, Request, Response
from itsdangerous import BadSignature, URLSafeSerializer
from starlette.datastructures import FormData

from api import drafts
from api.access import Access
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.errors import Refused
from outreach.services import accounts

COOKIE = "relais_session"
IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 10 * 60 * 60
KNOWN_SECONDS = 7 * 24 * 60 * 60
"""For so long the cookie of a session that is over still tells whose a form is that was sent too late."""


class LoginNeeded(Exception):
    """Nobody is logged in, or the session has ended: the login page comes first, then the page asked for."""

    def __init__(self, then: str, *, kept: bool = False) -> None:
        """`kept`: what was typed into the form that came too late is not lost."""
        super().__init__("login needed")
        self.address = f"/connexion?suite={quote(then, safe='')}" if then != "/" else "/connexion"
        if kept:
            self.address += "&fait=garde"


@dataclass(frozen=True, slots=True)
class PageSession:
    """What the cookie holds; times are the machine's own, in seconds."""

    csrf: str
    started: int
    seen: int
    account: str | None = None
    version: int = 0

    @classmethod
    def new(cls, account: Account | None = None) -> "PageSession":
        now = int(time.time())
        return cls(
            secrets.token_urlsafe(24),
            now,
            now,
            str(account.id) if account is not None else None,
            account.session_version if account is not None else 0,
        )

    @property
    def is_over(self) -> bool:
        now = time.time()
        return now - self.seen > IDLE_SECONDS or now - self.started > LONGEST_SECONDS


def _serializer(request: Request) -> URLSafeSerializer:
    key = runtime_of(request).settings.relais_secret_key
    assert key, "RELAIS_SECRET_KEY is checked at start"
    return URLSafeSerializer(key, salt="relais session")


def session_of(request: Request) -> PageSession:
    """The request's session; a new, anonymous one when its cookie is missing, forged or over."""
    held = getattr(request.state, "page_session", None)
    if isinstance(held, PageSession):
        return held
    session, kept = PageSession.new(), session_in_cookie(request)
    if kept is not None and not kept.is_over:
        session = replace(kept, seen=int(time.time()))
    request.state.page_session = session
    return session


def session_in_cookie(request: Request) -> PageSession | None:
    """What the cookie holds, over or not; None when it is missing or forged."""
    try:
        return PageSession(**_serializer(request).loads(request.cookies.get(COOKIE, "")))
    except (BadSignature, TypeError):
        return None


def keep(request: Request, response: Response, session: PageSession | None = None) -> Response:
    """Puts the session on an answer."""
    value = _serializer(request).dumps(asdict(session or session_of(request)))
    assert isinstance(value, str)
    response.set_cookie(
        COOKIE,
        value,
        max_age=KNOWN_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def account_of(request: Request) -> Account | None:
    """The account that is logged in, still open, its session not revoked."""
    session = session_of(request)
    if session.account is None:
        return None
    with runtime_of(request).transaction() as database:
        account = accounts.by_id(database, UUID(session.account))
    if account is None or account.session_version != session.version:
        return None
    return account


def check_csrf(request: Request, token: str) -> None:
    """Raises Refused when a form doesn't come from a page of ours."""
    if not secrets.compare_digest(token.encode(), session_of(request).csrf.encode()):
        raise Refused("this form is no longer valid; load the page again")


def relative(address: str) -> str:
    """An address on this site, whatever was asked for."""
    parts = urlsplit(address)
    fits = address.startswith("/") and not address.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return address if fits else "/"


class Page(Access):
    """For the logged-in accounts of these roles; others are sent to the login page."""

    def __init__(self, *roles: Role) -> None:
        self.roles = frozenset(roles)

    def __call__(self, request: Request) -> Account:
        return self._let_in(request)

    def _let_in(self, request: Request) -> Account:
        account = account_of(request)
        if account is None:
            query = f"?{request.url.query}" if request.url.query else ""
            raise LoginNeeded(f"{request.url.path}{query}" if request.method == "GET" else "/")
        if account.role not in self.roles:
            raise Refused("votre rôle ne permet pas de voir cette page")
        request.state.account = account
        return account


async def posted(request: Request) -> FormData:
    """The form as it was sent; read once, whoever asks."""
    return await request.form()


class Act(Page):
    """The same for a form, which must come from a page of ours."""

    def __call__(  # type: ignore[override]  # FastAPI gives what the signature asks for
        self, request: Request, form: Annotated[FormData, Depends(posted)], csrf: Annotated[str, Form()] = ""
    ) -> Account:
        fields = drafts.fields_of(form)
        try:
            account = self._let_in(request)
        except LoginNeeded:
            raise self._kept(request, csrf, fields) from None
        check_csrf(request, csrf)
        request.state.fields = fields
        return account

    def _kept(self, request: Request, csrf: str, fields: drafts.Fields) -> LoginNeeded:
        """The login page comes first; then the page of the form, with what was typed, for the same account alone."""
        over = session_in_cookie(request)
        if over is None or over.account is None or not secrets.compare_digest(csrf.encode(), over.csrf.encode()):
            return LoginNeeded("/")
        page = drafts.keep(runtime_of(request), request.url.path, UUID(over.account), fields)
        return LoginNeeded(page, kept=True) if page is not None else LoginNeeded("/")
