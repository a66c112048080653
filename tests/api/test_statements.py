"""How often the desk's pages ask the database: each question costs more on the way than in the index."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from sqlalchemy import event

from outreach.runtime import Runtime
from outreach.services import requests
from tests.api.world import Desk

Browse = Callable[[str], httpx.Client]


@contextmanager
def asked_of(runtime: Runtime) -> Iterator[list[str]]:
    statements: list[str] = []

    def hear(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(runtime.engine, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        event.remove(runtime.engine, "before_cursor_execute", hear)


@pytest.mark.parametrize("mine", [False, True])
def test_one_request_is_brought_by_a_few_statements(desk: Desk, logged_in: Browse, mine: bool) -> None:
    request = desk.request()
    if mine:
        with desk.runtime.transaction() as session:
            requests.claim(session, request.id, desk.account(session, "camille"), desk.now)
    camille = logged_in("camille")
    with asked_of(desk.runtime) as statements:
        page = camille.get(f"/demandes/{request.id}").text
    assert "Mme Odette Exemple" in page
    # Who reads, the request, what is known of it, who could take the person (with their wish, without), who nearly
    # could, the badges, the trail.
    assert len(statements) <= 8, statements
    assert desk.audit(act="request_viewed", subject=desk.reference_of(request))


def test_a_page_of_the_queue_is_brought_by_a_few_statements(desk: Desk, logged_in: Browse) -> None:
    people = [desk.request(last_name=name) for name in ("Un", "Deux", "Trois")]
    camille = logged_in("camille")
    with asked_of(desk.runtime) as statements:
        page = camille.get("/demandes").text
    assert page.count("data-row") == len(people)
    # Who reads, the list, what colleagues passed on, the trail, the badges.
    assert len(statements) <= 5, statements
    for request in people:
        assert desk.audit(act="requests_listed", subject=desk.reference_of(request))
