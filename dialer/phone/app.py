"""`relais phone`: the web application that the carrier calls."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio.to_thread
import structlog
from fastapi import FastAPI, Request, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dialer import wording
from dialer.phone import health, sms, twiml, voice
from dialer.phone.room import Room
from outreach.runtime import DatabaseError, Runtime

logger = structlog.get_logger(__name__)

_THREADS = 120
"""Webhooks that wait for Rasa at the same time, in one process."""

_FIRST_WORDS = frozenset({"/carrier/voice/answer", "/carrier/voice/inbound"})
_SPOKEN = _FIRST_WORDS | {"/carrier/voice/turn", "/carrier/voice/transferred"}


def create_phone_app(runtime: Runtime, room: Room | None = None) -> FastAPI:
    """The carrier's webhooks, health and metrics. Its API is not described in public: only the carrier needs it."""
    room = room or Room.open(runtime)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        yield
        room.close()

    app = FastAPI(
        title="Relais, telephone",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.room = room
    app.include_router(voice.router)
    app.include_router(sms.router)
    app.include_router(health.router)
    app.add_exception_handler(DatabaseError, _database_away)
    app.add_exception_handler(Exception, _failed)
    app.add_middleware(_Counted, room=room)
    return app


def _database_away(request: Request, error: Exception) -> Response:
    logger.error("database away", route=request.url.path, error=type(error).__name__)
    return _excuse(request)


def _failed(request: Request, error: Exception) -> Response:
    logger.error("webhook failed", route=request.url.path, error=type(error).__name__)
    return _excuse(request)


def _excuse(request: Request) -> Response:
    """Whoever is on the line hears an apology in French, not the carrier's own message; machines get a 503."""
    path = request.url.path
    if path not in _SPOKEN:
        return Response(status_code=503)
    room: Room = request.app.state.room
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
