"""The network on a real port, and an application of a few lines that it calls back."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.app import create_app
from sandbox.config import SandboxConfig
from tests.serving import served, until

RATE = 200.0
ANNA = "+33199000001"  # a landline
BRUNO = "+33639980002"  # a mobile
US = "+33162000001"
HELLO = '<Response><Say language="fr-FR">Bonjour.</Say><Hangup/></Response>'


@dataclass
class Received:
    path: str
    url: str
    form: dict[str, str]
    signature: str


@dataclass
class Application:
    """Answers each address with the next of its documents, the last one for ever."""

    url: str = ""
    scripts: dict[str, list[str]] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    status: int = 200

    def asgi(self) -> ASGIApp:
        async def answer(request: Request) -> Response:
            form = {name: str(value) for name, value in (await request.form()).items()}
            path = request.url.path
            signature = request.headers.get("x-twilio-signature", "")
            self.received.append(Received(path, str(request.url), form, signature))
            documents = self.scripts.get(path, [])
            body = documents[0] if documents else ""
            if len(documents) > 1:
                documents.pop(0)
            return Response(body, self.status, media_type="text/xml")

        return Starlette(routes=[Route("/{rest:path}", answer, methods=["POST"])])

    def at(self, path: str) -> list[dict[str, str]]:
        return [one.form for one in self.received if one.path == path]

    def statuses(self) -> list[str]:
        return [form["CallStatus"] for form in self.at("/status")]


@dataclass
class Network:
    """The sandbox over HTTP."""

    url: str
    config: SandboxConfig
    application: Application
    http: httpx.Client

    @property
    def root(self) -> str:
        return f"/2010-04-01/Accounts/{self.config.account_sid}"

    def people(self, *people: dict[str, Any]) -> None:
        assert self.http.put("/sandbox/people", json=list(people)).status_code == 200

    def place(self, to: str = ANNA, **more: Any) -> httpx.Response:
        form = {
            "To": to,
            "From": US,
            "Url": f"{self.application.url}/answer",
            "StatusCallback": f"{self.application.url}/status",
            "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
        }
        return self.http.post(f"{self.root}/Calls.json", data=form | more)

    def text(self, to: str = BRUNO, body: str = "Bonjour", **more: Any) -> httpx.Response:
        form = {"To": to, "From": US, "Body": body, "StatusCallback": f"{self.application.url}/sms-status"}
        return self.http.post(f"{self.root}/Messages.json", data=form | more)

    def faults(self, **faults: float) -> None:
        assert self.http.put("/sandbox/faults", json=faults).status_code == 200

    def log(self, kind: str = "calls") -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.http.get("/sandbox/log").json()[kind]
        return rows

    def ended(self, sid: str) -> dict[str, Any]:
        """The judge's row of a call, once it is over."""
        found: dict[str, Any] = until(lambda: next((r for r in self.log() if r["sid"] == sid and r["ended_at"]), None))
        return found


@contextlib.contextmanager
def networked(**settings: Any) -> Iterator[Network]:
    application = Application()
    with served(application.asgi(), graceful_seconds=1) as application.url:
        base = SandboxConfig(public_url=application.url, clock=f"2026-11-24T10:00:00+01:00@{RATE:g}")
        config = replace(base, **settings)
        with served(create_app(config), graceful_seconds=1) as url:
            auth = (config.account_sid, config.auth_token)
            with httpx.Client(base_url=url, auth=auth, timeout=10, verify=False) as http:
                network = Network(url, config, application, http)
                application.scripts["/answer"] = [HELLO]
                network.people({"reference": "A", "numbers": [ANNA]}, {"reference": "B", "numbers": [BRUNO]})
                yield network


@pytest.fixture
def network() -> Iterator[Network]:
    with networked() as network:
        yield network
