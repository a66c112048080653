"""What routes reach through their request."""

from fastapi import Request

from outreach.runtime import Runtime


def runtime_of(request: Request) -> Runtime:
    runtime = request.app.state.runtime
    assert isinstance(runtime, Runtime)
    return runtime
