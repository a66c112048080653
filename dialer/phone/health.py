"""Whether this process lives, whether it can work, and its figures."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dialer.phone.room import Room
from outreach.runtime import DatabaseError


def live(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


def ready(request: Request) -> JSONResponse:
    """Ready when the database answers. `now` is the shared clock, which the sandbox follows."""
    room: Room = request.app.state.room
    clock = room.runtime.clock
    try:
        if room.runtime.is_ready():
            return JSONResponse({"status": "ok", "now": clock.now().isoformat(), "clock_rate": clock.rate})
    except DatabaseError:
        pass  # as good as not ready, said below
    return JSONResponse({"status": "database away"}, status_code=503)


def metrics(request: Request) -> Response:
    room: Room = request.app.state.room
    return Response(room.metrics.page(), media_type=CONTENT_TYPE_LATEST)


ROUTES = [Route("/health/live", live), Route("/health/ready", ready), Route("/metrics", metrics)]
