"""That the figures of a campaign have changed, told to its pages as it happens (server-sent events)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.sessions import Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.runtime import DatabaseError, Runtime
from outreach.services import accounts, alerts, campaigns, figures

router = APIRouter()

STREAMS = 200
"""At the same time, in one process."""
LOOK_SECONDS = 2.0
BEAT_SECONDS = 15.0
STREAM_SECONDS = 240.0
"""Then the page comes again by itself, and is let in again or not."""


class Watch:
    """What the figures of each campaign stand at, looked up once for all pages that listen in this process."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.streams = 0
        self._held: dict[str, tuple[float, str]] = {}
        self._looking = asyncio.Lock()

    async def mark(self, name: str) -> str:
        async with self._looking:
            at, mark = self._held.get(name, (0.0, ""))
            if time.monotonic() - at >= LOOK_SECONDS / 2:
                mark = await run_in_threadpool(self._look, name)
                self._held[name] = (time.monotonic(), mark)
            return mark

    def _look(self, name: str) -> str:
        with self.runtime.transaction() as session:
            campaign = campaigns.get(session, name)
            board, calls = figures.board(session, name), figures.rates(session, name, "channel")
            # Compared alone, never told.
            return repr(
                (
                    board,
                    calls.counts,
                    figures.handover(session, name, self.runtime.clock.now()),
                    campaign.status,
                    campaign.policy_version,
                    [(alert.id, alert.count) for alert in alerts.of_campaign(session, campaign)],
                    alerts.patients_are_waiting(session),
                )
            )


def watch_of(request: Request) -> Watch:
    """This process's watch; called on the event loop alone."""
    runtime, state = runtime_of(request), request.app.state
    held: Watch | None = getattr(state, "watch", None)
    if held is None or held.runtime is not runtime:
        held = state.watch = Watch(runtime)
    return held


@router.get("/tableau/{name}/en-direct")
async def live(request: Request, name: str, supervisor: Annotated[Account, Depends(Page(Role.SUPERVISOR))]) -> Response:
    watch = watch_of(request)
    if watch.streams >= STREAMS:
        return Response(status_code=503, headers={"Retry-After": "30"})
    first = await watch.mark(name)
    return StreamingResponse(_stream(watch, name, first, supervisor), media_type="text/event-stream")


async def _stream(watch: Watch, name: str, mark: str, supervisor: Account) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    ends, beat = loop.time() + STREAM_SECONDS, loop.time() + BEAT_SECONDS
    watch.streams += 1
    try:
        yield "retry: 3000\nevent: ready\ndata: {}\n\n"
        while loop.time() < ends:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                newest = await watch.mark(name)
            except DatabaseError:
                # It comes with the next look, or the page is told by its own reading.
                continue
            if newest != mark:
                mark = newest
                yield "event: figures\ndata: {}\n\n"
            elif loop.time() >= beat:
                beat = loop.time() + BEAT_SECONDS
                if not await run_in_threadpool(_may_stay, watch.runtime, supervisor):
                    return
                yield ": \n\n"
    finally:
        watch.streams -= 1


def _may_stay(runtime: Runtime, supervisor: Account) -> bool:
    with runtime.transaction() as session:
        account = accounts.by_id(session, supervisor.id)
    return account is not None and account.session_version == supervisor.session_version
