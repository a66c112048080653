"""Whole conversations, the same over both ways: Rasa's REST channel, and the telephone webhooks around it."""

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from typing import Protocol
from urllib.parse import urlencode, urlsplit
from uuid import uuid4
from xml.etree import ElementTree as ET

from twilio.request_validator import RequestValidator

from bench.deployment import CALL_ACCOUNT, OUR_NUMBER, SECRET, Deployment, Person

SCRIPTS: Sequence[Sequence[str]] = (
    (
        "allô oui", "oui c'est moi", "le douze mars quarante-sept", "non il est parti à la retraite", "oui d'accord",
        "oui", "je suis en fauteuil roulant", "vingt minutes", "à Villejuif", "une femme si possible", "oui c'est ça",
    ),
    (
        "allô", "oui c'est moi", "c'est payant ?", "le 12 mars 1947", "non je n'ai plus de médecin", "oui d'accord",
        "oui", "je me déplace tout seul", "une demi-heure", "près de chez moi", "peu importe", "oui",
    ),
    (
        "oui bonjour", "oui", "douze zéro trois quarante-sept", "non", "oui", "vous pouvez répéter", "oui", "en taxi",
        "pas plus de dix kilomètres", "à Créteil", "un homme", "oui c'est bon",
    ),
)  # fmt: skip
"""What one patient after the other says. All accept."""


class Way(Protocol):
    """One way to the agent."""

    def open(self, person: Person) -> None:
        """Brings a conversation as far as the patient's first words."""

    def say(self, words: str) -> float:
        """One turn; returns its seconds."""

    def close(self) -> None: ...


class _Line:
    """One kept connection; only the exchange itself is timed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[bytes, float]:
        started = time.perf_counter()
        self._connection.request("POST", path, body, dict(headers))
        response = self._connection.getresponse()
        answer = response.read()
        seconds = time.perf_counter() - started
        if response.status != http.client.OK:
            raise RuntimeError(f"{path} answered {response.status}")
        return answer, seconds

    def close(self) -> None:
        """The next request opens it anew: servers close a line on which nothing is said for some seconds."""
        self._connection.close()


class Rest:
    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._line = _Line(deployment.settings.bot_url)
        self._sender = ""

    def open(self, person: Person) -> None:
        self._line.close()
        self._sender = str(self._deployment.begin(person))
        self.say("/open")

    def say(self, words: str) -> float:
        body = json.dumps({"sender": self._sender, "message": words}).encode()
        answer, seconds = self._line.post(
            "/webhooks/rest/webhook", body, {"Content-Type": "application/json", "Connection": "keep-alive"}
        )
        if not any(item.get("text") for item in json.loads(answer)):
            raise RuntimeError("the agent said nothing")
        return seconds

    def close(self) -> None:
        self._line.close()


class Webhook:
    """Somebody who calls us; the carrier follows the addresses that it is given."""

    def __init__(self, deployment: Deployment) -> None:
        self._public = deployment.settings.public_url
        self._line = _Line(self._public)
        self._validator = RequestValidator(SECRET)
        self._call: dict[str, str] = {}
        self._next: str | None = None

    def open(self, person: Person) -> None:
        self._line.close()
        self._call = {
            "AccountSid": CALL_ACCOUNT,
            "CallSid": "CA" + uuid4().hex,
            "From": "+33" + person.number.removeprefix("0"),
            "To": OUR_NUMBER,
            "CallStatus": "in-progress",
            "Direction": "inbound",
        }
        self._next = "/carrier/voice/inbound"
        self._post({})

    def say(self, words: str) -> float:
        return self._post({"SpeechResult": words, "Confidence": "0.9"})

    def _post(self, heard: dict[str, str]) -> float:
        if self._next is None:
            raise RuntimeError("the agent hung up early")
        form = {**self._call, **heard}
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self._validator.compute_signature(self._public + self._next, form),
        }
        answer, seconds = self._line.post(self._next, urlencode(form).encode(), headers)
        document = ET.fromstring(answer)
        gather = document.find("Gather")
        if gather is None and document.find("Hangup") is None:
            raise RuntimeError("the agent neither listens nor hangs up")
        self._next = gather.attrib["action"] if gather is not None else None
        return seconds

    def close(self) -> None:
        self._line.close()
