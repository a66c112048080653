"""The action server: `/webhook` for Rasa, `/health` for whoever watches.

rasa-sdk's own server listens on every interface, allows every origin, and sends the request back in its errors;
this one does none of that.
"""

from functools import partial
from types import SimpleNamespace

import structlog
from rasa_sdk.executor import ActionExecutor
from sanic import Request, Sanic
from sanic.config import Config
from sanic.response import HTTPResponse, json
from sanic.worker.loader import AppLoader

from bot.actions.app import TakeTurn
from bot.actions.understanding.gazetteer import gazetteer
from bot.actions.wording.sentences import document, versions
from outreach.errors import NotFound
from outreach.runtime import Runtime
from outreach.services import comparisons
from outreach.settings import load_settings

App = Sanic[Config, SimpleNamespace]
log = structlog.get_logger()

_NO_DOMAIN = {"version": "3.1"}


def create_app(runtime: Runtime) -> App:
    app: App = Sanic("relais_actions", configure_logging=False)
    app.config.REQUEST_MAX_SIZE = 2_000_000
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = 5.0
    executor = ActionExecutor()
    executor.register_action(TakeTurn(runtime))

    @app.get("/health")
    async def health(_: Request) -> HTTPResponse:
        return json({"status": "ok"})

    @app.post("/webhook")
    async def webhook(request: Request) -> HTTPResponse:
        call = request.json
        if not isinstance(call, dict) or not isinstance(call.get("tracker"), dict):
            return json({"error": "not an action call"}, status=400)
        # Rasa leaves the domain out (endpoints.yml) since no action reads it; the executor wants one all the same.
        result = await executor.run({"domain": _NO_DOMAIN, **call})
        return json(result.model_dump() if result is not None else None)

    @app.exception(NotFound)
    async def not_found(_: Request, __: Exception) -> HTTPResponse:
        return json({"error": "this conversation is not known"}, status=404)

    @app.exception(Exception)
    async def failed(_: Request, error: Exception) -> HTTPResponse:
        # Neither the message nor the values of an exception are told: they may hold what was said.
        log.error("turn_failed", error=type(error).__name__, at=_where(error))
        return json({"error": "the turn could not be taken"}, status=500)

    return app


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "unknown"


def tell_wordings(runtime: Runtime) -> None:
    """Tells the supervisors' pages what this agent can say, each version with its sentences."""
    with runtime.transaction() as session:
        for version in sorted(versions()):
            comparisons.tell(session, version, document(version), runtime.clock.now())


def _load(loader_runtime: Runtime) -> App:
    return create_app(loader_runtime)


def serve(host: str, port: int) -> None:
    """Serves until it is told to stop; turns under way are finished first."""
    with Runtime.start(load_settings()) as runtime:
        # Read before the first patient waits for it.
        gazetteer()
        tell_wordings(runtime)
        app = AppLoader(factory=partial(_load, runtime)).load()
        app.prepare(host=host, port=port, single_process=True, access_log=False, motd=False)
        Sanic.serve_single(primary=app)
