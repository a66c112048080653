"""A request proposed to a physician: consent B first, a place held, given back or taken."""

import threading
from datetime import UTC, datetime, timedelta

import httpx

from outreach.domain.words import ConsentState, Outcome
from outreach.errors import BusinessError
from outreach.services import offers, requests
from tests.api.world import Desk


def _claimed(desk: Desk, client: httpx.Client, **how: ConsentState) -> str:
    request = desk.request(**how)  # type: ignore[arg-type]
    client.post(f"/api/v1/requests/{request.id}/claim", headers=desk.bearer("camille"))
    return f"/api/v1/requests/{request.id}"


def test_rule_11_no_offer_without_consent_b(desk: Desk, client: httpx.Client) -> None:
    address, rpps = _claimed(desk, client, sharing=ConsentState.REFUSED), desk.volunteer()
    answer = client.post(f"{address}/offers", headers=desk.bearer("camille"), json={"rpps": rpps})
    assert answer.status_code == 403
    assert desk.read_volunteer(rpps).held == 0


def test_rule_11_a_withdrawn_consent_b_stops_offers_too(desk: Desk, client: httpx.Client) -> None:
    request = desk.request()
    rpps = desk.volunteer()
    desk.calls(desk.patient_of(request), Outcome.REFUSED)
    client.post(f"/api/v1/requests/{request.id}/claim", headers=desk.bearer("camille"))
    answer = client.post(f"/api/v1/requests/{request.id}/offers", headers=desk.bearer("camille"), json={"rpps": rpps})
    assert answer.status_code in {403, 409}
    assert desk.read_volunteer(rpps).held == 0


def test_rule_11_a_withdrawal_gives_back_the_place_of_an_offer(desk: Desk, client: httpx.Client) -> None:
    """The person says no while a physician has been asked: the place is free at once, and nobody can accept any more."""
    request, rpps = desk.request(), desk.volunteer()
    camille = desk.bearer("camille")
    client.post(f"/api/v1/requests/{request.id}/claim", headers=camille)
    offer = client.post(f"/api/v1/requests/{request.id}/offers", headers=camille, json={"rpps": rpps}).json()
    desk.calls(desk.patient_of(request), Outcome.REFUSED)
    volunteer = desk.read_volunteer(rpps)
    assert (volunteer.held, volunteer.taken) == (0, 0)
    assert client.post(f"/api/v1/offers/{offer['id']}/accept", headers=camille).status_code == 403
    with desk.runtime.transaction() as session:
        assert offers.expire(session, desk.now) == 0
    volunteer = desk.read_volunteer(rpps)
    assert (volunteer.held, volunteer.taken) == (0, 0)


def test_an_offer_holds_a_place_and_a_refusal_gives_it_back(desk: Desk, client: httpx.Client) -> None:
    address, rpps, camille = _claimed(desk, client), desk.volunteer(), desk.bearer("camille")
    offer = client.post(f"{address}/offers", headers=camille, json={"rpps": rpps})
    assert offer.status_code == 201
    assert (desk.read_volunteer(rpps).held, offer.json()["status"]) == (1, "proposed")
    declined = client.post(f"/api/v1/offers/{offer.json()['id']}/decline", headers=camille, json={"reason": "absent"})
    assert (declined.json()["status"], declined.json()["reason"]) == ("declined", "absent")
    assert desk.read_volunteer(rpps).held == 0
    again = client.post(f"/api/v1/offers/{offer.json()['id']}/accept", headers=camille)
    assert again.status_code == 409


def test_an_accepted_offer_takes_the_place(desk: Desk, client: httpx.Client) -> None:
    address, rpps, camille = _claimed(desk, client), desk.volunteer(), desk.bearer("camille")
    offer = client.post(f"{address}/offers", headers=camille, json={"rpps": rpps}).json()
    assert client.post(f"/api/v1/offers/{offer['id']}/accept", headers=camille).json()["status"] == "accepted"
    volunteer = desk.read_volunteer(rpps)
    assert (volunteer.held, volunteer.taken) == (0, 1)
    other = _claimed(desk, client)
    assert client.post(f"{other}/offers", headers=camille, json={"rpps": rpps}).status_code == 409


def test_an_offer_that_nobody_answered_expires_by_the_shared_clock(desk: Desk, client: httpx.Client) -> None:
    address, rpps, camille = _claimed(desk, client), desk.volunteer(), desk.bearer("camille")
    offer = client.post(f"{address}/offers", headers=camille, json={"rpps": rpps}).json()
    with desk.runtime.transaction() as session:
        assert offers.expire(session, desk.now) == 0
    # Five working days from a Tuesday end with the next Tuesday.
    assert datetime.fromisoformat(offer["expires_at"]) == datetime(2026, 12, 1, 23, tzinfo=UTC)
    desk.clock.set(datetime(2026, 12, 1, 22, 59, tzinfo=UTC))
    with desk.runtime.transaction() as session:
        assert offers.expire(session, desk.now) == 0
    desk.clock.advance(timedelta(minutes=1))
    with desk.runtime.transaction() as session:
        assert offers.expire(session, desk.now) == 1
    assert desk.read_volunteer(rpps).held == 0
    assert client.post(f"/api/v1/offers/{offer['id']}/accept", headers=camille).status_code == 409


def test_the_last_place_goes_to_one_of_two(desk: Desk) -> None:
    rpps, results, ready = desk.volunteer(capacity=1), [], threading.Barrier(2)
    made = {login: desk.request().id for login in ("camille", "alex")}
    for login, request_id in made.items():
        with desk.runtime.transaction() as session:
            requests.claim(session, request_id, desk.account(session, login), desk.now)

    def propose(login: str) -> None:
        try:
            with desk.runtime.transaction() as session:
                account = desk.account(session, login)
                ready.wait(10)
                offers.propose(session, made[login], rpps, account, desk.now)
            results.append("held")
        except BusinessError:
            results.append("full")

    threads = [threading.Thread(target=propose, args=(login,)) for login in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(results) == ["full", "held"]
    assert desk.read_volunteer(rpps).held == 1


def test_an_offer_needs_the_adviser_who_holds_the_request(desk: Desk, client: httpx.Client) -> None:
    address, rpps = _claimed(desk, client), desk.volunteer()
    assert client.post(f"{address}/offers", headers=desk.bearer("alex"), json={"rpps": rpps}).status_code == 409


def test_an_unknown_physician_is_one_sentence(desk: Desk, client: httpx.Client) -> None:
    address = _claimed(desk, client)
    for rpps in ("10000000009", "abc", ""):
        answer = client.post(f"{address}/offers", headers=desk.bearer("camille"), json={"rpps": rpps})
        assert answer.status_code == 422
        assert set(answer.json()) == {"error"}
