"""Prometheus figures of the web process and of the queue; none of them about a person."""

import time

from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from outreach.runtime import Runtime
from outreach.services import alerts, requests

_registry = CollectorRegistry()
_answers = Counter("relais_http_answers", "Answers by method and status", ["method", "status"], registry=_registry)
_seconds = Histogram("relais_http_seconds", "Time to answer, in seconds", ["method"], registry=_registry)
_open_requests = Gauge("relais_open_requests", "Requests that advisers still have to work on", registry=_registry)
_open_alerts = Gauge("relais_open_alerts", "Alerts that nobody has seen to", ["kind"], registry=_registry)


class Measure:
    """Counts answers and times them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                _answers.labels(scope["method"], str(message["status"])).inc()
            await send(message)

        try:
            await self._app(scope, receive, counted)
        finally:
            _seconds.labels(scope["method"]).observe(time.perf_counter() - began)


def exposition(runtime: Runtime) -> Response:
    """The figures as Prometheus reads them."""
    with runtime.transaction() as session:
        _open_requests.set(requests.count(session, requests.Filters()))
        for kind, count in alerts.open_by_kind(session).items():
            _open_alerts.labels(kind).set(count)
    return Response(generate_latest(_registry), media_type=CONTENT_TYPE_LATEST)
