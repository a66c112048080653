"""The queue's news, sent to its page as they come (server-sent events). Without them one reloads the page."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.pages.queue import filters_in
from api.sessions import Page
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import RequestStatus, Role
from outreach.runtime import Runtime
from outreach.services import accounts
from outreach.services.news import Change, News
from outreach.services.requests import Filters

router = APIRouter()

STREAMS = 200
"""At the same time, in one process."""
BEAT_SECONDS = 15.0
STREAM_SECONDS = 240.0
"""Then the page comes again by itself, and is let in again or not."""
_WAITING = 100
_making = threading.Lock()


def news_of(request: Request) -> News:
    """This process's news; they begin with the first page that listens."""
    runtime, state = runtime_of(request), request.app.state
    with _making:
        held: tuple[Runtime, News] | None = getattr(state, "news", None)
        if held is None or held[0] is not runtime:
            held = state.news = (runtime, News(runtime))
        return held[1]


@router.get("/demandes/en-direct")
def live(
    request: Request,
    adviser: Annotated[Account, Depends(Page(Role.ADVISER))],
    motif: Annotated[str, Query(max_length=16)] = "",
    departement: Annotated[str, Query(max_length=3)] = "",
) -> Response:
    news = news_of(request)
    if len(news) >= STREAMS:
        return Response(status_code=503, headers={"Retry-After": "30"})
    filters = filters_in(adviser, "", motif, departement, "", "")
    return StreamingResponse(_stream(runtime_of(request), news, adviser, filters), media_type="text/event-stream")


async def _stream(runtime: Runtime, news: News, adviser: Account, filters: Filters) -> AsyncIterator[str]:
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[Change | None] = asyncio.Queue()

    def put(change: Change | None) -> None:
        # Whoever reads too slowly reads the whole list again instead.
        if waiting.qsize() < _WAITING:
            waiting.put_nowait(change if waiting.qsize() < _WAITING - 1 else None)

    def hear(change: Change | None) -> None:
        try:
            loop.call_soon_threadsafe(put, change)
        except RuntimeError:  # the loop has ended with its process
            news.leave(hear)

    ends = loop.time() + STREAM_SECONDS
    names: dict[UUID, str] = {adviser.id: adviser.login}
    news.listen(hear)
    try:
        yield "retry: 3000\nevent: ready\ndata: {}\n\n"
        while loop.time() < ends:
            try:
                change = await asyncio.wait_for(waiting.get(), BEAT_SECONDS)
            except TimeoutError:
                if not await run_in_threadpool(_may_stay, runtime, adviser):
                    return
                yield ": \n\n"
                continue
            if change is None:
                yield "event: missed\ndata: {}\n\n"
            else:
                yield f"event: change\ndata: {json.dumps(await _told(runtime, change, filters, names))}\n\n"
    finally:
        news.leave(hear)


async def _told(runtime: Runtime, change: Change, filters: Filters, names: dict[UUID, str]) -> dict[str, Any]:
    holder = change.holder if change.status != RequestStatus.NEW else None
    if holder is not None and holder not in names:
        names[holder] = await run_in_threadpool(_login, runtime, holder)
    fits = filters.department in {None, change.department} and filters.kind in {None, change.kind}
    return {
        "id": str(change.id),
        "status": change.status,
        "holder": names[holder] if holder is not None else None,
        "isNew": change.is_new and fits,
    }


def _login(runtime: Runtime, account_id: UUID) -> str:
    with runtime.transaction() as session:
        account = accounts.by_id(session, account_id)
    return account.login if account is not None else ""


def _may_stay(runtime: Runtime, adviser: Account) -> bool:
    with runtime.transaction() as session:
        account = accounts.by_id(session, adviser.id)
    return account is not None and account.session_version == adviser.session_version
