"""What a request gets when it cannot be served: one sentence as JSON, or a page in French."""

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.pages import error_page
from outreach.errors import BusinessError
from outreach.runtime import DatabaseError

log = structlog.get_logger()

_SENTENCES = {404: "there is nothing at this address", 405: "this address does not take this method"}


def _wants_page(request: Request) -> bool:
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")


def _answer(request: Request, status: int, sentence: str, error: Exception | None = None) -> Response:
    if _wants_page(request):
        return error_page(request, status, error)
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"error": sentence}, status, headers)


def add_errors(app: FastAPI) -> None:
    """Adds the handlers of everything that is expected to go wrong."""

    @app.exception_handler(BusinessError)
    def business(request: Request, error: BusinessError) -> Response:
        return _answer(request, error.status, str(error), error)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
        return _answer(request, 422, f"{where}: {first['msg']}")

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        return _answer(request, error.status_code, _SENTENCES.get(error.status_code, str(error.detail)))


class Unexpected:
    """Answers what nobody expected, and says of it the kind alone: an exception's words may hold somebody's data."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noticed(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, noticed)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is logged by its kind and answered
            # The route's pattern, not the address: an address may hold a reference.
            route = getattr(scope.get("route"), "path", "?")
            log.error("request failed", route=route, error=type(error).__name__)  # noqa: TRY400 - the kind alone
            if not started:
                status = 503 if isinstance(error, DatabaseError) else 500
                sentence = "the database does not answer" if status == 503 else "this went wrong on our side"
                await _answer(Request(scope), status, sentence)(scope, receive, send)
