"""The application of the desk, the board and the JSON API."""

from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from api import metrics
from api.access import check_every_route, public
from api.json import campaigns, patients, requests
from api.pages import add_pages, error_page
from api.security import SecurityHeaders
from outreach.errors import BusinessError
from outreach.runtime import Runtime

log = structlog.get_logger()


def create_app(runtime: Runtime) -> FastAPI:
    """The application for a runtime. Raises TypeError when a route doesn't say who may use it."""
    app = FastAPI(
        title="Relais",
        version="1",
        summary="Requests, patients and campaigns. Every call needs a bearer token.",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(SecurityHeaders), Middleware(metrics.Measure)],
    )
    app.state.runtime = runtime
    for router in (patients.router, requests.router, campaigns.router):
        app.include_router(router, prefix="/api/v1")
    _add_operations(app, runtime)
    add_pages(app)
    _add_errors(app)
    check_every_route(app)
    return app


def _add_operations(app: FastAPI, runtime: Runtime) -> None:
    @app.get("/health/live", include_in_schema=False, dependencies=[public()])
    def live() -> dict[str, str]:
        return {"status": "live"}

    @app.get("/health/ready", include_in_schema=False, dependencies=[public()])
    def ready() -> JSONResponse:
        if not runtime.is_ready():
            return JSONResponse({"status": "the database does not answer"}, 503)
        now = runtime.clock.now().isoformat()
        return JSONResponse({"status": "ready", "now": now, "clock_rate": runtime.clock.rate})

    @app.get("/metrics", include_in_schema=False, dependencies=[public()])
    def read_metrics() -> Response:
        return metrics.exposition(runtime)

    @app.get("/openapi.json", include_in_schema=False, dependencies=[public()])
    def openapi() -> dict[str, Any]:
        return app.openapi()


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _add_errors(app: FastAPI) -> None:
    def answer(request: Request, status: int, sentence: str) -> Response:
        if _wants_page(request):
            return error_page(request, status, sentence)
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return JSONResponse({"error": sentence}, status, headers)

    @app.exception_handler(BusinessError)
    def business(request: Request, error: BusinessError) -> Response:
        return answer(request, error.status, str(error))

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return answer(request, 422, f"{where}: {first['msg']}")

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        sentences = {404: "there is nothing at this address", 405: "this address does not take this method"}
        return answer(request, error.status_code, sentences.get(error.status_code, str(error.detail)))

    @app.exception_handler(Exception)
    def unexpected(request: Request, error: Exception) -> Response:
        # The route's pattern, not the address: an address may hold a reference.
        route = request.scope.get("route")
        log.error("request failed", route=getattr(route, "path", "?"), error=type(error).__name__)
        if _wants_page(request):
            return error_page(request, 500, "")
        return PlainTextResponse("internal error", 500)
