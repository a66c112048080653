"""A carrier that does as it is told, and an agent that says what it is told."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import anyio.to_thread

ACCOUNT = "AC" + "0" * 32


@dataclass
class Asked:
    method: str
    path: str
    form: dict[str, list[str]]
    query: dict[str, list[str]]

    def one(self, name: str) -> str:
        return self.form[name][0]


@dataclass
class FakeCarrier:
    """Accepts calls and SMS. `script` holds what the next requests to place meet instead:

    a pair (HTTP status, code), `cut` (accepted, then the connection drops), `drop` (dropped unseen), `half` (half an answer).
    """

    script: list[Any] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    held: dict[str, dict[str, Any]] = field(default_factory=dict)
    created: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)
    before_answering: Any = None

    def placed(self, kind: str = "Calls") -> list[Asked]:
        return [one for one in self.asked if one.method == "POST" and one.path.endswith(f"/{kind}.json")]

    def resource(self, form: dict[str, list[str]], sid: str, *, sms: bool) -> dict[str, Any]:
        return {
            "sid": sid,
            "account_sid": ACCOUNT,
            "to": form["To"][0],
            "from": form["From"][0],
            "status": "queued",
            "direction": "outbound-api",
            "date_created": format_datetime(self.created or datetime.now(UTC)),
            **({"body": form["Body"][0], "error_code": None} if sms else {"answered_by": None, "duration": None}),
            "price": None,
            "price_unit": "EUR",
        }

    def answer(self, asked: Asked) -> tuple[int, bytes] | None:
        """The status and the body; None cuts the connection."""
        self.asked.append(asked)
        name = asked.path.rsplit("/", 1)[-1].removesuffix(".json")
        if asked.method == "GET" and name in {"Calls", "Messages"}:
            to = asked.query["To"][0]
            kind = "CA" if name == "Calls" else "SM"
            found = [one for sid, one in self.held.items() if one["to"] == to and sid.startswith(kind)]
            page = {name.lower(): found[::-1], "next_page_uri": None, "page_size": 50, "page": 0}
            return 200, json.dumps(page).encode()
        if name not in {"Calls", "Messages"}:
            return self._of_one(asked, name)
        what = self.script.pop(0) if self.script else None
        if what == "drop":
            return None
        if isinstance(what, tuple):
            status, code = what
            # As the real one does, the message repeats the number.
            error = {"code": code, "message": f"about {asked.one('To')}", "status": status, "more_info": ""}
            return status, json.dumps(error).encode()
        sid = ("CA" if name == "Calls" else "SM") + uuid4().hex
        self.held[sid] = self.resource(asked.form, sid, sms=name == "Messages")
        if self.before_answering is not None:
            self.before_answering()
        body = json.dumps(self.held[sid]).encode()
        return None if what == "cut" else (201, body[: len(body) // 2] if what == "half" else body)

    def _of_one(self, asked: Asked, sid: str) -> tuple[int, bytes]:
        if sid not in self.held:
            return 404, json.dumps({"code": 20404, "message": "not found", "status": 404}).encode()
        if "Status" in asked.form:
            self.held[sid]["status"] = asked.one("Status")
        return 200, json.dumps(self.held[sid]).encode()


class CarrierServer(ThreadingHTTPServer):
    daemon_threads = True
    carrier: FakeCarrier


@contextmanager
def carrier_on_a_port() -> Iterator[tuple[str, CarrierServer]]:
    """A server whose carrier each test replaces by its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            address = urlsplit(self.path)
            answer = server.carrier.answer(Asked(self.command, address.path, parse_qs(body), parse_qs(address.query)))
            if answer is None:
                self.close_connection = True
                self.connection.shutdown(2)
                return
            status, content = answer
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            for name, value in server.carrier.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _serve  # noqa: N815 - the library's names

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = CarrierServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", server
    server.shutdown()
    server.server_close()


@dataclass
class FakeAgent:
    """Rasa's REST channel: says the next of `says`, or always the same."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    says: list[list[dict[str, Any]]] = field(default_factory=list)
    away: bool = False
    slow: threading.Event | None = None
    closes_after: int | None = None

    @property
    def messages(self) -> list[str]:
        return [message for _, message in self.heard]

    def will_say(self, *texts: str, **custom: Any) -> None:
        self.says.append([{"text": text} for text in texts] + ([{"custom": custom}] if custom else []))

    def _closes(self, sender: str) -> bool:
        return self.closes_after is not None and [one for one, _ in self.heard].count(sender) > self.closes_after

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        asked = json.loads(body)
        self.heard.append((asked["sender"], asked["message"]))
        if self.slow is not None:
            await anyio.to_thread.run_sync(self.slow.wait, 20)
        status = 503 if self.away else 200
        if self._closes(asked["sender"]):
            self.says.insert(0, [{"text": "Merci, au revoir."}, {"custom": {"asks": None, "hang_up": True}}])
        said = self.says.pop(0) if self.says else [{"text": "Vous êtes bien là ?"}, {"custom": {"asks": "identity"}}]
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})


class RunningClock:
    """A clock that runs from a moment on, as fast as told."""

    def __init__(self, at: datetime, rate: float = 1.0) -> None:
        self._at = at
        self._began = time.monotonic()
        self.rate = rate

    def now(self) -> datetime:
        return self._at + timedelta(seconds=(time.monotonic() - self._began) * self.rate)

    def refresh(self) -> None:
        """Kept nowhere."""

    def advance(self, by: timedelta) -> None:
        self._at += by
