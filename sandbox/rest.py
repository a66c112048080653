"""The carrier's REST API for calls and messages."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable
from datetime import date, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from sandbox.calls import Calls
from sandbox.clock import NetworkClock
from sandbox.config import SandboxConfig
from sandbox.errors import CarrierError
from sandbox.faults import FaultSwitch
from sandbox.journal import Journal
from sandbox.messages import Messages
from sandbox.records import FINISHED, VERSION, Call, Message, Source
from sandbox.ways import Ways

ROOT = f"/{VERSION}/Accounts/{{account}}"
_E164 = re.compile(r"^\+[1-9]\d{6,14}$")
_SENDER = re.compile(r"^(\+[1-9]\d{6,14}|\d{4,6}|[A-Za-z0-9 ]{1,11})$")
_FRENCH_MOBILE = re.compile(r"^\+(33[67]|262(692|693|639)|590(690|691)|594694|596(696|697))")
LONGEST_BODY = 1600

Endpoint = Callable[[Request], Awaitable[Response]]
Record = TypeVar("Record", Call, Message)


class _CutConnection(Response):
    """An answer of which the client gets the beginning alone."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})
        raise ConnectionAbortedError("cut on purpose")


class RestApi:
    def __init__(
        self,
        config: SandboxConfig,
        clock: NetworkClock,
        faults: FaultSwitch,
        journal: Journal,
        calls: Calls,
        messages: Messages,
        ways: Ways,
    ) -> None:
        self._config = config
        self._clock = clock
        self._faults = faults
        self._journal = journal
        self._calls = calls
        self._messages = messages
        self._ways = ways
        self._ranks: Counter[str] = Counter()
        self._placed: deque[datetime] = deque()

    def routes(self) -> list[Route]:
        return [
            Route(f"{ROOT}/Calls.json", self._guarded(self.create_call), methods=["POST"]),
            Route(f"{ROOT}/Calls.json", self._guarded(self.list_calls), methods=["GET"]),
            Route(f"{ROOT}/Calls/{{sid}}.json", self._guarded(self.update_call), methods=["POST"]),
            Route(f"{ROOT}/Calls/{{sid}}.json", self._guarded(self.read_call), methods=["GET"]),
            Route(f"{ROOT}/Calls/{{sid}}.json", self._guarded(self.delete_call), methods=["DELETE"]),
            Route(f"{ROOT}/Messages.json", self._guarded(self.create_message), methods=["POST"]),
            Route(f"{ROOT}/Messages.json", self._guarded(self.list_messages), methods=["GET"]),
            Route(f"{ROOT}/Messages/{{sid}}.json", self._guarded(self.update_message), methods=["POST"]),
            Route(f"{ROOT}/Messages/{{sid}}.json", self._guarded(self.read_message), methods=["GET"]),
            Route(f"{ROOT}/Messages/{{sid}}.json", self._guarded(self.delete_message), methods=["DELETE"]),
        ]

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        """Credentials first, then the faults that strike before anything is done, then the carrier's errors as JSON."""

        async def answer(request: Request) -> Response:
            try:
                self._authenticate(request)
                key = await self._key(request)
                if self._faults.strikes("rate_limit", *key) or self._too_fast(request):
                    raise CarrierError(20429, retry_after=self._faults.faults.retry_after)
                if self._faults.strikes("server_error", *key):
                    raise CarrierError(20500)
                response = await endpoint(request)
            except CarrierError as error:
                return error.response()
            created = request.method == "POST" and response.status_code == 201
            if created and self._faults.strikes("cut", *key):
                self._journal.record("-", "fault", fault="cut")
                return _CutConnection()
            return response

        return answer

    async def _key(self, request: Request) -> tuple[str, int]:
        """What chance draws from: whom the request is about and its rank; the order of others changes nothing."""
        form = await request.form() if request.method == "POST" else FormData()
        about = f"{request.method} {request.url.path} {_text(form, 'To')}"
        self._ranks[about] += 1
        return about, self._ranks[about]

    def _too_fast(self, request: Request) -> bool:
        """More calls or messages within a second of the shared clock than the account may make."""
        limit = self._faults.faults.per_second
        if not limit or request.method != "POST" or "sid" in request.path_params:
            return False
        now = self._clock.now()
        while self._placed and (now - self._placed[0]).total_seconds() >= 1:
            self._placed.popleft()
        if len(self._placed) >= limit:
            return True
        self._placed.append(now)
        return False

    def _authenticate(self, request: Request) -> None:
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            user = password = ""
        right_user = secrets.compare_digest(user.encode(), self._config.account_sid.encode())
        right_password = secrets.compare_digest(password.encode(), self._config.auth_token.encode())
        right_account = request.path_params["account"] == self._config.account_sid
        if scheme.lower() != "basic" or not (right_user and right_password and right_account):
            raise CarrierError(20003)

    # Calls

    async def create_call(self, request: Request) -> Response:
        form = await request.form()
        to, sender = _text(form, "To"), _text(form, "From")
        if not to:
            raise CarrierError(21201)
        if not sender:
            raise CarrierError(21213)
        if not _E164.match(sender):
            raise CarrierError(21212)
        if not _E164.match(to):
            raise CarrierError(21211)
        url, twiml, fallback = _text(form, "Url"), _text(form, "Twiml"), _text(form, "FallbackUrl")
        if not twiml and not url.startswith(("http://", "https://")):
            raise CarrierError(21205)
        if (refusal := self._ways.of(to).refuse_call) is not None:
            raise CarrierError(refusal)
        persona, plan, index = self._calls.plan(to)
        if plan.result == "invalid":
            raise CarrierError(21211)
        call = Call(
            account=self._config.account_sid,
            to=to,
            sender=sender,
            direction="outbound-api",
            created=self._clock.moment(),
            source=Source(url, _text(form, "Method") or "POST", twiml or None),
            status_url=_text(form, "StatusCallback"),
            events=_events(form),
            ring_timeout=_number(form, "Timeout", 60.0),
            time_limit=_number(form, "TimeLimit", 0.0),
            fallback=Source(fallback, _text(form, "FallbackMethod") or "POST") if fallback else None,
            amd=_text(form, "MachineDetection"),
            amd_url=_text(form, "AsyncAmdStatusCallback") if _text(form, "AsyncAmd").lower() == "true" else "",
        )
        self._calls.place(call, persona, plan, index)
        return JSONResponse(call.document(self._clock.now()), 201)

    async def list_calls(self, request: Request) -> Response:
        calls = _filtered(self._listed(self._calls.by_sid.values()), request, "StartTime")
        return _page(request, "calls", [call.document(self._clock.now()) for call in calls])

    def _listed(self, records: Iterable[Record]) -> list[Record]:
        """What the lists show already."""
        lag, now = self._faults.faults.list_lag, self._clock.now()
        return [one for one in records if (now - one.created.shared).total_seconds() >= lag]

    def _call(self, request: Request) -> Call:
        call = self._calls.by_sid.get(request.path_params["sid"])
        if call is None or call.deleted:
            raise CarrierError(20404)
        return call

    async def read_call(self, request: Request) -> Response:
        return JSONResponse(self._call(request).document(self._clock.now()))

    async def update_call(self, request: Request) -> Response:
        call, form = self._call(request), await request.form()
        status, twiml, url = _text(form, "Status"), _text(form, "Twiml"), _text(form, "Url")
        if status in {"completed", "canceled"}:
            if call.status not in FINISHED:
                self._calls.hang_up(call)
        elif twiml or url:
            if call.status != "in-progress":
                raise CarrierError(21220)
            self._calls.redirect(call, Source(url, _text(form, "Method") or "POST", twiml or None))
        elif status:
            raise CarrierError(20001, "Status")
        return JSONResponse(call.document(self._clock.now()))

    async def delete_call(self, request: Request) -> Response:
        call = self._call(request)
        if call.status not in FINISHED:
            raise CarrierError(20001, "the call is under way")
        call.deleted = True  # the judge's log still has it
        return Response(status_code=204)

    # Messages

    async def create_message(self, request: Request) -> Response:
        form = await request.form()
        to, sender, body = _text(form, "To"), _text(form, "From"), _text(form, "Body")
        if not to:
            raise CarrierError(21604)
        if not sender:
            raise CarrierError(21603)
        if not body:
            raise CarrierError(21602)
        if len(body) > LONGEST_BODY:
            raise CarrierError(21617)
        if not _SENDER.match(sender):
            raise CarrierError(21212)
        if not _E164.match(to):
            raise CarrierError(21211)
        if (to, sender) in self._messages.stopped:
            raise CarrierError(21610)
        if (refusal := self._ways.of(to).refuse_sms) is not None:
            raise CarrierError(refusal)
        if not _FRENCH_MOBILE.match(to):
            raise CarrierError(21614)
        message = Message(
            self._config.account_sid,
            to,
            sender,
            body,
            "outbound-api",
            self._clock.moment(),
            _text(form, "StatusCallback"),
        )
        self._messages.send(message)
        return JSONResponse(message.document(self._clock.now()), 201)

    async def list_messages(self, request: Request) -> Response:
        messages = _filtered(self._listed(self._messages.by_sid.values()), request, "DateSent")
        return _page(request, "messages", [message.document(self._clock.now()) for message in messages])

    def _message(self, request: Request) -> Message:
        message = self._messages.by_sid.get(request.path_params["sid"])
        if message is None or message.deleted:
            raise CarrierError(20404)
        return message

    async def read_message(self, request: Request) -> Response:
        return JSONResponse(self._message(request).document(self._clock.now()))

    async def update_message(self, request: Request) -> Response:
        message, form = self._message(request), await request.form()
        if "Body" in form and not _text(form, "Body"):
            message.body = ""
        elif _text(form, "Status") == "canceled":
            raise CarrierError(30008)
        return JSONResponse(message.document(self._clock.now()))

    async def delete_message(self, request: Request) -> Response:
        self._message(request).deleted = True  # the judge's log still has it
        return Response(status_code=204)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _number(form: FormData, name: str, default: float) -> float:
    try:
        return float(_text(form, name) or default)
    except ValueError:
        raise CarrierError(20001, name) from None


def _events(form: FormData) -> frozenset[str]:
    values = [value for value in form.getlist("StatusCallbackEvent") if isinstance(value, str)]
    words = {word for value in values for word in value.split()}
    return frozenset(words or {"completed"})


def _filtered(records: Iterable[Record], request: Request, moment: str) -> list[Record]:
    asked = request.query_params
    after, before, on = (_day(asked.get(f"{moment}{sign}")) for sign in (">", "<", ""))
    kept = []
    for record in records:
        day = record.created.shared.date()
        if (
            not record.deleted
            and asked.get("To") in (None, record.to)
            and asked.get("From") in (None, record.sender)
            and asked.get("Status") in (None, record.status)
            and (after is None or day >= after)
            and (before is None or day <= before)
            and (on is None or day == on)
        ):
            kept.append(record)
    return kept[::-1]


def _day(text: str | None) -> date | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        raise CarrierError(20001, "a date") from None


def _page(request: Request, key: str, documents: list[dict[str, Any]]) -> Response:
    try:
        size = min(1000, max(1, int(request.query_params.get("PageSize", 50))))
        page = max(0, int(request.query_params.get("Page", 0)))
    except ValueError:
        raise CarrierError(20001, "PageSize") from None

    def address(number: int) -> str:
        others = [(k, v) for k, v in request.query_params.multi_items() if k not in {"Page", "PageSize", "PageToken"}]
        return f"{request.url.path}?{urlencode([*others, ('PageSize', size), ('Page', number)])}"

    start = page * size
    more = start + size < len(documents)
    return JSONResponse(
        {
            key: documents[start : start + size],
            "page": page,
            "page_size": size,
            "start": start,
            "end": max(start, min(start + size, len(documents)) - 1),
            "uri": address(page),
            "first_page_uri": address(0),
            "next_page_uri": address(page + 1) if more else None,
            "previous_page_uri": address(page - 1) if page else None,
        }
    )
