"""The telephone network in a box, put together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.advisers import Advisers
from sandbox.calls import Calls
from sandbox.clock import NetworkClock
from sandbox.config import SandboxConfig
from sandbox.control import Control
from sandbox.dialling import Dialling
from sandbox.faults import FaultSwitch
from sandbox.invent import invent_people
from sandbox.journal import Journal
from sandbox.messages import Messages
from sandbox.people import SimulatedPeople
from sandbox.rest import RestApi
from sandbox.telephone import Telephones
from sandbox.ways import Ways
from sandbox.webhooks import Webhooks

_WEB = Path(__file__).parent / "web"
_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    b"frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class _Headers:
    """Nothing from elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [
                    *message["headers"],
                    (b"content-security-policy", _POLICY),
                    (b"cache-control", b"no-store"),
                ]
            await send(message)

        await self._app(scope, receive, with_policy if scope["type"] == "http" else send)


def create_app(config: SandboxConfig) -> ASGIApp:
    """The network of a configuration, with nobody on its lines until they are put there."""
    clock = NetworkClock(config.clock, config.clock_url)
    journal = Journal(clock, config.log_folder)
    faults = FaultSwitch(config.faults, config.seed)
    webhooks = Webhooks(config, clock, faults, journal)
    people = SimulatedPeople(invent_people(config.people, config.seed) if config.people else ())
    telephones = Telephones(config.manual_answer_seconds)
    advisers = Advisers(config.advisers)
    ways = Ways()
    dialling = Dialling(clock, journal, webhooks, advisers)
    calls = Calls(config, clock, journal, webhooks, people, telephones, dialling, ways, advisers)
    messages = Messages(config, clock, journal, webhooks, people, calls, telephones, ways)
    rest = RestApi(config, clock, faults, journal, calls, messages, ways)
    control = Control(
        clock, faults, people, advisers, calls, messages, telephones, config.our_number, config.sms_sender, ways
    )

    @contextlib.asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        webhooks.spawn(webhooks.follow_clock())
        yield
        await webhooks.close()
        journal.close()

    async def page(_: Request) -> Response:
        return FileResponse(_WEB / "telephone.html", media_type="text/html")

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return JSONResponse({"error": error.detail}, error.status_code)

    app = Starlette(
        routes=[
            *rest.routes(),
            *control.routes(),
            Route("/", page),
            Mount("/static", StaticFiles(directory=_WEB), name="static"),
        ],
        lifespan=running,
        exception_handlers={HTTPException: refused},
    )
    return _Headers(app)
