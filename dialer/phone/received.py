"""A webhook as it arrives: small enough, well formed, signed by the carrier. Nothing is read or changed before that."""

from typing import Annotated
from urllib.parse import parse_qsl
from uuid import UUID

from fastapi import Depends, HTTPException, Request
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

LONGEST_BODY = 64 * 1024
_READ_AWAY = 4 * 1024 * 1024  # thrown away, not kept: a sender who is still sending could not read our answer
_FORM = "application/x-www-form-urlencoded"


class Received:
    """The form and the query of a signed webhook. Its `repr` shows neither."""

    def __init__(self, form: ImmutableMultiDict[str, str], query: ImmutableMultiDict[str, str]) -> None:
        self._form = form
        self._query = query

    def field(self, name: str) -> str:
        """A field that must be there: 400 otherwise."""
        value = self._form.get(name)
        if not value:
            raise HTTPException(400, f"{name} is missing")
        return value

    def optional(self, name: str) -> str | None:
        return self._form.get(name) or None

    def whole(self, name: str) -> int | None:
        value = self._form.get(name, "")
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None

    def attempt_id(self) -> UUID | None:
        """The attempt that the address names, if it names one; one that cannot be is unknown: 404."""
        return self._id("attempt")

    def conversation_id(self) -> UUID | None:
        return self._id("conversation")

    def call_id(self) -> UUID | None:
        """The same for a call that an adviser asked for."""
        return self._id("call")

    def turn(self) -> int:
        value = self._query.get("turn", "")
        if not (value.isascii() and value.isdigit() and len(value) < 6):
            raise HTTPException(400, "turn is missing")
        return int(value)

    def _id(self, name: str) -> UUID | None:
        value = self._query.get(name)
        if value is None:
            return None
        try:
            return UUID(value)
        except ValueError:
            raise HTTPException(404, f"unknown {name}") from None

    def __repr__(self) -> str:
        return "<Received>"


async def received(request: Request) -> Received:
    """Reads and checks a webhook: 413, 400 or 403, in this order, without looking at the database."""
    form = _form(request, await _body(request))
    validator: RequestValidator = request.app.state.room.validator
    signature = request.headers.get("x-twilio-signature", "")
    if not validator.validate(_signed_address(request), form, signature):
        request.app.state.room.metrics.refused.inc()
        raise HTTPException(403, "wrong signature")
    return Received(form, ImmutableMultiDict(request.query_params.multi_items()))


Signed = Annotated[Received, Depends(received)]


async def _body(request: Request) -> bytes:
    kept, length = bytearray(), 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= LONGEST_BODY:
            kept += chunk
        else:
            kept.clear()
            if length > _READ_AWAY:
                break
    if length > LONGEST_BODY:
        raise HTTPException(413, "too large")
    return bytes(kept)


def _form(request: Request, body: bytes) -> ImmutableMultiDict[str, str]:
    if body and request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(400, "not a form")
    try:
        pairs = parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            max_num_fields=200,
            errors="strict",
        )
    except ValueError:
        raise HTTPException(400, "not a form") from None
    return ImmutableMultiDict(pairs)


def _signed_address(request: Request) -> str:
    """What the carrier called and signed: our public address, whatever a proxy made of the Host header."""
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.app.state.room.runtime.settings.public_url}{path}{'?' if query else ''}{query}"
