"""The queue by the JSON API: its order, its pages, and claims that the database decides."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import httpx
import pytest

from outreach.database.models import Account
from outreach.domain.words import Outcome
from outreach.errors import BusinessError
from outreach.runtime import Session
from outreach.services import requests
from tests.api.world import Desk


def test_the_most_urgent_comes_first_then_the_oldest(desk: Desk, client: httpx.Client) -> None:
    made = {}
    for outcome in (Outcome.ACCEPTED, Outcome.IDENTITY_FAILED, Outcome.HUMAN_REQUESTED, Outcome.EMERGENCY):
        made[str(desk.request(outcome).id)] = outcome.value
        desk.clock.advance(timedelta(minutes=1))
    made[str(desk.request().id)] = "accepted later"
    items = client.get("/api/v1/requests", headers=desk.bearer("camille")).json()["items"]
    assert [made[item["id"]] for item in items] == [
        "emergency",
        "human_requested",
        "identity_failed",
        "accepted",
        "accepted later",
    ]


def test_filters_and_pages(desk: Desk, client: httpx.Client) -> None:
    for _ in range(3):
        desk.request()
    desk.request(postal_code="97400")
    camille = desk.bearer("camille")
    everything = client.get("/api/v1/requests", headers=camille).json()
    assert (everything["page"], everything["pages"], everything["total"]) == (1, 1, 4)
    assert len(client.get("/api/v1/requests?department=94", headers=camille).json()["items"]) == 3
    assert client.get("/api/v1/requests?status=closed", headers=camille).json()["total"] == 0
    assert client.get("/api/v1/requests?status=nonsense", headers=camille).status_code == 422
    assert client.get("/api/v1/requests?page=0", headers=camille).status_code == 422


def test_pages_hold_every_request_once(desk: Desk) -> None:
    for _ in range(5):
        desk.request()
    with desk.runtime.transaction() as session:
        seen = [
            r.id
            for page in (1, 2, 3)
            for r in requests.listed(session, requests.Filters(), page, 2, now=desk.now).items
        ]
    assert len(seen) == len(set(seen)) == 5


def test_claim_release_close(desk: Desk, client: httpx.Client) -> None:
    address = f"/api/v1/requests/{desk.request().id}"
    camille, alex = desk.bearer("camille"), desk.bearer("alex")
    assert client.post(f"{address}/claim", headers=camille).json()["status"] == "claimed"
    assert client.post(f"{address}/claim", headers=alex).status_code == 409
    assert client.post(f"{address}/close", headers=alex, json={"result": "advised"}).status_code == 409
    assert client.post(f"{address}/release", headers=camille).json()["status"] == "new"
    assert client.post(f"{address}/claim", headers=alex).status_code == 200
    closed = client.post(f"{address}/close", headers=alex, json={"result": "advised", "note": "rappelée"})
    assert closed.json()["status"] == "closed"
    assert client.post(f"{address}/claim", headers=camille).status_code == 409


def test_an_unknown_request_is_not_found(desk: Desk, client: httpx.Client) -> None:
    nowhere = "/api/v1/requests/00000000-0000-4000-8000-000000000000/claim"
    assert client.post(nowhere, headers=desk.bearer("camille")).status_code == 404
    assert client.post("/api/v1/requests/1/claim", headers=desk.bearer("camille")).status_code == 422


def test_a_lease_that_ran_out_frees_the_request(desk: Desk) -> None:
    request = desk.request()
    with desk.runtime.transaction() as session:
        requests.claim(session, request.id, desk.account(session, "camille"), desk.now)
    desk.clock.advance(requests.LEASE + timedelta(seconds=1))
    with desk.runtime.transaction() as session:
        assert requests.expire(session, desk.now) == 1
    assert desk.read_request(request.id).status == "new"
    with desk.runtime.transaction() as session:
        acts = [(event.act, event.account_id is None) for event in requests.events(session, request.id)]
    assert acts == [("claimed", False), ("released", True)]


def test_a_lease_that_ran_out_can_be_taken_over_before_anything_expires_it(desk: Desk, client: httpx.Client) -> None:
    address = f"/api/v1/requests/{desk.request().id}"
    client.post(f"{address}/claim", headers=desk.bearer("camille"))
    desk.clock.advance(requests.LEASE + timedelta(seconds=1))
    assert client.post(f"{address}/claim", headers=desk.bearer("alex")).status_code == 200
    late = client.post(f"{address}/close", headers=desk.bearer("camille"), json={"result": "advised"})
    assert late.status_code == 409


def test_of_two_advisers_at_once_one_gets_the_request(desk: Desk) -> None:
    """Each has a connection of its own; both are in their transaction before either claims."""
    for _ in range(5):
        results = _race(desk, partial(_claim, desk, desk.request().id))
        assert sorted(results) == ["mine", "refused"]


def test_the_next_request_is_never_given_twice(desk: Desk) -> None:
    made = {desk.request().id for _ in range(2)}
    given: list[object] = []

    def take(session: Session, account: Account) -> None:
        request = requests.claim_next(session, account, desk.now)
        given.append(request.id if request is not None else None)

    assert _race(desk, take) == ["mine", "mine"]
    assert set(given) == made


def _claim(desk: Desk, request_id: UUID, session: Session, account: Account) -> None:
    requests.claim(session, request_id, account, desk.now)


def _race(desk: Desk, act: Callable[[Session, Account], object]) -> list[str]:
    ready = threading.Barrier(2)
    results: list[str] = []

    def run(login: str) -> None:
        try:
            with desk.runtime.transaction() as session:
                account = desk.account(session, login)
                ready.wait(10)
                act(session, account)
            results.append("mine")
        except BusinessError:
            results.append("refused")

    threads = [threading.Thread(target=run, args=(login,)) for login in ("camille", "alex")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return results


def test_nothing_is_claimed_when_nothing_is_new(desk: Desk) -> None:
    with desk.runtime.transaction() as session:
        assert requests.claim_next(session, desk.account(session, "camille"), desk.now) is None


@pytest.mark.parametrize("body", [{"result": "x" * 65}, {"result": 3}, "no"])
def test_a_wrong_closing_is_one_sentence(desk: Desk, client: httpx.Client, body: object) -> None:
    address = f"/api/v1/requests/{desk.request().id}"
    client.post(f"{address}/claim", headers=desk.bearer("camille"))
    answer = client.post(f"{address}/close", headers=desk.bearer("camille"), json=body)
    assert answer.status_code == 422
    assert set(answer.json()) == {"error"}
