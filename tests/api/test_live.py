"""The queue's news: told once committed, to who may hear them, with nothing of a person."""

import json
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from api.pages import live
from outreach.database.notices import Notices
from outreach.domain.words import Outcome
from outreach.services import accounts, requests
from tests.api.world import Desk

Browse = Callable[[str], httpx.Client]
WAIT = 20.0


@contextmanager
def _listening(browser: httpx.Client, address: str = "/demandes/en-direct") -> Iterator["queue.Queue[dict[str, Any]]"]:
    """What a page hears, as it comes."""
    heard: queue.Queue[dict[str, Any]] = queue.Queue()
    ready, over = threading.Event(), threading.Event()

    def read() -> None:
        kind = ""
        with browser.stream("GET", address, timeout=WAIT) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            for line in answer.iter_lines():
                if over.is_set():
                    return
                if line.startswith("event: "):
                    kind = line[7:]
                    if kind == "ready":
                        ready.set()
                elif line.startswith("data: ") and kind in {"change", "missed"}:
                    heard.put({"event": kind, **json.loads(line[6:])})

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    assert ready.wait(WAIT)
    try:
        yield heard
    finally:
        over.set()
        reader.join(WAIT)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams end soon, so that no test waits for its server."""
    monkeypatch.setattr(live, "BEAT_SECONDS", 0.2)
    monkeypatch.setattr(live, "STREAM_SECONDS", 8.0)


def _until_listening(desk: Desk, heard: "queue.Queue[dict[str, Any]]") -> None:
    """The database is listened to a moment after the page is: tries until one change is heard."""
    for _ in range(50):
        desk.request()
        try:
            heard.get(timeout=0.3)
        except queue.Empty:
            continue
        break
    while not heard.empty():
        heard.get()


def test_what_comes_and_who_takes_it_is_heard(desk: Desk, logged_in: Browse) -> None:
    with _listening(logged_in("camille")) as heard:
        _until_listening(desk, heard)
        made = desk.request()
        assert heard.get(timeout=WAIT) == {
            "event": "change", "id": str(made.id), "status": "new", "holder": None, "isNew": True
        }  # fmt: skip
        with desk.runtime.transaction() as session:
            requests.claim(session, made.id, desk.account(session, "alex"), desk.now)
        told = heard.get(timeout=WAIT)
        assert (told["status"], told["holder"], told["isNew"]) == ("claimed", "alex", False)


def test_only_what_the_filters_let_through_is_new(desk: Desk, logged_in: Browse) -> None:
    with _listening(logged_in("camille"), "/demandes/en-direct?motif=human&departement=94") as heard:
        _until_listening(desk, heard)
        desk.request(Outcome.ACCEPTED)
        desk.request(Outcome.HUMAN_REQUESTED, postal_code="97400")
        desk.request(Outcome.HUMAN_REQUESTED)
        assert [heard.get(timeout=WAIT)["isNew"] for _ in range(3)] == [False, False, True]


def test_what_was_rolled_back_is_not_heard(desk: Desk, logged_in: Browse) -> None:
    with _listening(logged_in("camille")) as heard:
        _until_listening(desk, heard)
        waiting = desk.request()
        heard.get(timeout=WAIT)
        with desk.runtime.transaction() as session:
            requests.claim(session, waiting.id, desk.account(session, "alex"), desk.now)
            session.rollback()
        after = desk.request()
        assert heard.get(timeout=WAIT)["id"] == str(after.id)


def test_an_account_that_is_closed_hears_no_more(desk: Desk, logged_in: Browse) -> None:
    with logged_in("camille").stream("GET", "/demandes/en-direct", timeout=WAIT) as answer:
        lines = answer.iter_lines()
        next(lines)
        with desk.runtime.transaction() as session:
            accounts.disable(session, "camille", desk.now, by="tests")
        began = len(list(lines))
    assert began < 12


def test_streams_are_bounded(desk: Desk, logged_in: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "STREAMS", 1)
    camille = logged_in("camille")
    with _listening(camille):
        refused = logged_in("alex").get("/demandes/en-direct")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")


def test_a_lost_connection_is_made_again_and_says_so(desk: Desk) -> None:
    heard: queue.Queue[str | None] = queue.Queue()
    notices = Notices(desk.runtime.engine, "requests", heard.put)
    notices.start()
    try:
        for _ in range(50):
            desk.request()
            try:
                assert heard.get(timeout=0.3) is not None
                break
            except queue.Empty:
                continue
        with desk.runtime.transaction() as session:
            session.connection().exec_driver_sql(
                "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%%' "
                "and datname = current_database()"
            )
        while heard.get(timeout=WAIT) is not None:
            pass
    finally:
        notices.stop()
        notices.join(5)
