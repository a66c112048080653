"""A request that is nobody's: somebody called from a number that several patients share, and nobody told who."""

from collections.abc import Callable
from datetime import date
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from outreach.database.models import Request
from outreach.domain.words import Channel, Outcome, RequestStatus
from outreach.errors import Refused
from outreach.services import conversations, offers, requests, telephone
from tests.api.world import Desk

Browse = Callable[[str], httpx.Client]


def _made(desk: Desk) -> Request:
    desk.person(phones=("0199004321",), reference="P-ODETTE")
    desk.person(phones=("0199004321",), reference="P-ROGER", first_name="Roger", birth_date=date(1944, 7, 2))
    with desk.runtime.transaction() as session:
        called = telephone.inbound(session, Channel.VOICE, "+33199004321", "+33162000001", f"CA{uuid4().hex}", desk.now)
        assert called.conversation_id is not None
        conversation = conversations.lock(session, called.conversation_id)
        conversations.hear(session, conversation, "le treize mars quarante-sept", desk.now)
        conversations.conclude(session, conversation, Outcome.IDENTITY_FAILED, desk.now)
        return session.scalars(select(Request)).one()


def test_rules_08_and_14_an_adviser_sees_the_words_and_who_it_may_be(
    desk: Desk, client: httpx.Client, logged_in: Browse
) -> None:
    request = _made(desk)
    [item] = client.get("/api/v1/requests", headers=desk.bearer("camille")).json()["items"]
    assert (item["kind"], item["reference"], item["department"]) == ("identity", None, "94")
    browser = logged_in("camille")
    assert "Personne non identifiée" in browser.get("/demandes").text
    assert desk.audit(act="requests_listed") == []
    page = browser.get(f"/demandes/{request.id}").text
    for shown in ("le treize mars quarante-sept", "01 99 00 43 21", "Mme Odette Exemple", "Roger Exemple", "P-ROGER"):
        assert shown in page
    assert {entry.subject for entry in desk.audit(act="request_viewed")} == {"P-ODETTE", "P-ROGER"}


def test_rule_11_nobody_is_proposed_to_a_physician(desk: Desk) -> None:
    request = _made(desk)
    with desk.runtime.transaction() as session:
        camille = desk.account(session, "camille")
        requests.claim(session, request.id, camille, desk.now)
        with pytest.raises(Refused):
            offers.propose(session, request.id, desk.volunteer(), camille, desk.now)
        closed = requests.close(session, request.id, camille, "called_back", None, desk.now)
        assert closed.status == RequestStatus.CLOSED
