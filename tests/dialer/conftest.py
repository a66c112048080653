"""A telephone room on a real port, between a scripted carrier and a scripted agent."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from twilio.request_validator import RequestValidator

from dialer.phone import create_phone_app
from outreach.clock import FrozenClock
from outreach.database.models import Attempt, Contact, Conversation, Patient, Suppression
from outreach.domain.policy import ContactPolicy
from outreach.runtime import Runtime
from outreach.services import attempts, claims
from outreach.settings import Settings
from tests.dialer.fakes import CarrierServer, FakeAgent, FakeCarrier, carrier_on_a_port
from tests.factories import a_campaign, a_contact, a_patient, claim_call
from tests.serving import served

PUBLIC = "https://phone.example.org/relais"


class _Standing:
    """Where the session's one agent server finds the test's own agent."""

    agent: FakeAgent

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self.agent(scope, receive, send)


@pytest.fixture(scope="session")
def agent_server() -> Iterator[tuple[str, _Standing]]:
    standing = _Standing()
    with served(standing) as url:
        yield url, standing


@pytest.fixture(scope="session")
def carrier_server() -> Iterator[tuple[str, CarrierServer]]:
    with carrier_on_a_port() as (url, server):
        yield url, server


@pytest.fixture
def carrier(carrier_server: tuple[str, CarrierServer]) -> FakeCarrier:
    carrier_server[1].carrier = FakeCarrier()
    return carrier_server[1].carrier


@pytest.fixture
def agent(agent_server: tuple[str, _Standing]) -> FakeAgent:
    agent_server[1].agent = FakeAgent()
    return agent_server[1].agent


@pytest.fixture
def settings(
    settings: Settings,
    carrier: FakeCarrier,
    agent: FakeAgent,
    carrier_server: tuple[str, CarrierServer],
    agent_server: tuple[str, _Standing],
) -> Settings:
    """The deployment's settings, pointed at the fakes."""
    return settings.model_copy(
        update={
            "carrier_api_url": carrier_server[0],
            "bot_url": agent_server[0],
            "bot_timeout_seconds": 3.0,
            "public_url": PUBLIC,
        }
    )


class Network:
    """What the carrier does to us: signed webhooks."""

    def __init__(self, url: str, runtime: Runtime) -> None:
        self.url = url
        self.runtime = runtime
        self.http = httpx.Client(base_url=url, timeout=15)

    def signature(self, path: str, form: dict[str, str]) -> str:
        token = self.runtime.settings.twilio_auth_token
        return str(RequestValidator(token).compute_signature(f"{PUBLIC}{path}", form))

    def post(self, path: str, form: dict[str, str], **headers: str) -> httpx.Response:
        signed = {"X-Twilio-Signature": self.signature(path, form), **headers}
        return self.http.post(path, data=form, headers=signed)

    def answer(self, attempt: UUID, sid: str, **more: str) -> httpx.Response:
        return self.post(
            f"/carrier/voice/answer?attempt={attempt}", {"CallSid": sid, "CallStatus": "in-progress", **more}
        )

    def turn(self, attempt: UUID, conversation: UUID, number: int, sid: str, **more: str) -> httpx.Response:
        path = f"/carrier/voice/turn?attempt={attempt}&conversation={conversation}&turn={number}"
        return self.post(path, {"CallSid": sid, **more})

    def status(self, attempt: UUID, sid: str, status: str, **more: str) -> httpx.Response:
        path = f"/carrier/voice/status?attempt={attempt}"
        return self.post(path, {"CallSid": sid, "CallStatus": status, **more})


@pytest.fixture
def network(runtime: Runtime) -> Iterator[Network]:
    with served(create_phone_app(runtime)) as url:
        network = Network(url, runtime)
        yield network
        network.http.close()


class World:
    """One campaign with its people, and what became of them."""

    def __init__(self, runtime: Runtime, clock: FrozenClock) -> None:
        self.runtime = runtime
        self.clock = clock

    def enrol(
        self, people: int = 1, rules: ContactPolicy | None = None, campaign_name: str = "ald-2026", **changes: Any
    ) -> list[Contact]:
        with self.runtime.transaction() as session:
            campaign = a_campaign(session, self.clock.now(), rules, campaign_name)
            return [
                a_contact(session, campaign, a_patient(session, self.clock.now(), **changes), self.clock.now())
                for _ in range(people)
            ]

    def enrol_numbers(self, numbers: list[str], rules: ContactPolicy) -> None:
        """One person for each number, due now."""
        now = self.runtime.clock.now()
        with self.runtime.transaction() as session:
            campaign = a_campaign(session, now, rules)
            for number in numbers:
                a_contact(session, campaign, a_patient(session, now, phones=(number,)), now)

    def claimed(self, **changes: Any) -> UUID:
        """One person whose call was claimed and placed."""
        self.enrol(**changes)
        with self.runtime.transaction() as session:
            claims.open_contacts(session, self.clock.now())
        with self.runtime.transaction() as session:
            claimed = claim_call(session, self.clock.now(), self.runtime.settings)
            assert claimed is not None
            attempts.placed(session, claimed.attempt_id, SID, self.clock.now())
        return claimed.attempt_id

    def attempt(self, attempt_id: UUID) -> Attempt:
        with self.runtime.transaction() as session:
            return session.get_one(Attempt, attempt_id)

    def attempts(self) -> list[Attempt]:
        with self.runtime.transaction() as session:
            return list(session.scalars(select(Attempt).order_by(Attempt.claimed_at)))

    def contacts(self) -> list[Contact]:
        with self.runtime.transaction() as session:
            return list(session.scalars(select(Contact)))

    def contact(self) -> Contact:
        (contact,) = self.contacts()
        return contact

    def conversation(self, attempt_id: UUID) -> Conversation:
        with self.runtime.transaction() as session:
            return session.scalars(select(Conversation).where(Conversation.attempt_id == attempt_id)).one()

    def conversations(self) -> list[Conversation]:
        with self.runtime.transaction() as session:
            return list(session.scalars(select(Conversation)))

    def number(self, rank: int = 1) -> str:
        with self.runtime.transaction() as session:
            patient = session.scalars(select(Patient)).first()
            assert patient is not None
            session.refresh(patient, ["numbers"])
            return patient.numbers[rank - 1].e164

    def suppressions(self) -> list[Suppression]:
        with self.runtime.transaction() as session:
            return list(session.scalars(select(Suppression)))


SID = "CA" + "a" * 32


@pytest.fixture
def world(runtime: Runtime, clock: FrozenClock) -> World:
    return World(runtime, clock)
