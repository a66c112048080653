"""`relais phone`: the web application that the carrier calls."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio.to_thread
import structlog
from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialer import wording
from dialer.phone import adviser, health, sms, twiml, voice
from dialer.phone.presence import Presence
from dialer.phone.received import Received, received
from dialer.phone.room import Room
from outreach.runtime import DatabaseError, Runtime

logger = structlog.get_logger(__name__)

_THREADS = 120
"""Webhooks that wait for Rasa at the same time, in one process."""

_ROUTERS = (voice.router, adviser.router, sms.router)
_TO_ADVISERS = frozenset({"/carrier/adviser/answer", "/carrier/adviser/pressed"})
_FIRST_WORDS = frozenset({"/carrier/voice/answer", "/carrier/voice/inbound"})
_SPOKEN = _FIRST_WORDS | {"/carrier/voice/turn", "/carrier/voice/transferred"}


def create_phone_app(runtime: Runtime, room: Room | None = None, *, tells_presence: bool = False) -> Starlette:
    """The carrier's webhooks, health and metrics. `tells_presence`: the dialers hear that calls are taken here."""
    room = room or Room.open(runtime)
    presence = Presence(runtime, room.bot) if tells_presence else None

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        if presence is not None:
            presence.start()
        yield
        if presence is not None:
            presence.stop()
        room.close()

    app = Starlette(
        routes=[*(route for one in _ROUTERS for route in _webhooks(one)), *health.ROUTES], lifespan=lifespan
    )
    app.router.redirect_slashes = False
    app.state.room = room
    app.add_exception_handler(DatabaseError, _database_away)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(_Counted, room=room)
    return app


def _webhooks(router: APIRouter) -> list[Route]:
    """What a router holds, each function behind the check of its webhook and in a thread of its own.

    Called by Starlette, not by FastAPI, whose own way there took half the time of this process: there is no JSON to
    check or to describe here, and somebody on the line waits.
    """
    return [
        Route(route.path, _checked(route.endpoint), methods=["POST"])
        for route in router.routes
        if isinstance(route, APIRoute)
    ]


def _checked(answer: Callable[[Request, Received], Response]) -> Callable[[Request], Awaitable[Response]]:
    async def webhook(request: Request) -> Response:
        return await run_in_threadpool(answer, request, await received(request))

    return webhook


def _database_away(request: Request, error: Exception) -> Response:
    logger.error("database away", route=request.url.path, error=type(error).__name__)
    return _excuse(request)


def _failed(request: Request, error: Exception) -> Response:
    logger.error("webhook failed", route=request.url.path, error=type(error).__name__)
    return _excuse(request)


def _excuse(request: Request) -> Response:
    """Whoever is on the line hears an apology in French, not the carrier's own message; machines get a 503."""
    path = request.url.path
    if path not in _SPOKEN | _TO_ADVISERS:
        return Response(status_code=503)
    room: Room = request.app.state.room
    if path in _TO_ADVISERS:
        text = wording.ADVISER_APOLOGY
    else:
        text = wording.APOLOGY_AT_FIRST if path in _FIRST_WORDS else wording.APOLOGY
    return Response(twiml.hang_up(text, room.runtime.settings.voice), media_type="application/xml")


class _Counted:
    """Counts what was answered, by route."""

    def __init__(self, app: ASGIApp, room: Room) -> None:
        self._app = app
        self._room = room

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = scope["path"] if message["status"] not in {404, 405} else "other"
                self._room.metrics.webhooks.labels(route, str(message["status"])).inc()
            await send(message)

        await self._app(scope, receive, counting)
