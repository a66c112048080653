"""The application of the desk, the board and the JSON API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.middleware import Middleware

from api import charts, metrics
from api.access import check_every_route, public
from api.ahead import Ahead
from api.errors import Unexpected, add_errors
from api.json import campaigns, patients, requests, suggestions
from api.pages import add_pages
from api.security import SecurityHeaders
from api.state import runtime_of
from outreach.runtime import Runtime
from outreach.services.figure_keeper import Keeper

logger = structlog.get_logger(__name__)


def create_app(runtime: Runtime, *, keeps_figures: bool = False) -> FastAPI:
    """The application for a runtime. Raises TypeError when a route doesn't say who may use it.

    `keeps_figures`: threads bring the figures up to date, and what pages ask for again and again, as long as the
    application is served.
    """

    @asynccontextmanager
    async def served(app: FastAPI) -> AsyncIterator[None]:
        keeper = Keeper(runtime, lambda error: logger.warning("figures not counted", error=type(error).__name__))
        ahead = Ahead(lambda error: logger.warning("not worked out ahead", error=type(error).__name__))
        if keeps_figures:
            keeper.start()
            ahead.start()
            app.state.ahead = ahead
        try:
            yield
        finally:
            if keeps_figures:
                app.state.ahead = None
                ahead.stop()
                keeper.stop()
            charts.close()

    app = FastAPI(
        title="Relais",
        version="1",
        summary="Requests, patients and campaigns. Every call needs a bearer token.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=served,
        middleware=[Middleware(SecurityHeaders), Middleware(metrics.Measure), Middleware(Unexpected)],
    )
    app.state.runtime = runtime
    app.state.ahead = None
    for router in (patients.router, requests.router, suggestions.router, campaigns.router):
        app.include_router(router, prefix="/api/v1")
    _add_operations(app)
    add_pages(app)
    add_errors(app)
    check_every_route(app)
    return app


def _add_operations(app: FastAPI) -> None:
    @app.get("/health/live", include_in_schema=False, dependencies=[public()])
    def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False, dependencies=[public()])
    def ready(request: Request) -> JSONResponse:
        runtime = runtime_of(request)
        if not runtime.is_ready():
            return JSONResponse({"status": "the database does not answer"}, 503)
        now = runtime.clock.now().isoformat()
        return JSONResponse({"status": "ready", "now": now, "clock_rate": runtime.clock.rate})

    @app.get("/metrics", include_in_schema=False, dependencies=[public()])
    def read_metrics(request: Request) -> Response:
        return metrics.exposition(runtime_of(request))

    @app.get("/openapi.json", include_in_schema=False, dependencies=[public()])
    def openapi() -> dict[str, Any]:
        return app.openapi()
