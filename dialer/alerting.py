"""Tells whoever watches of alerts, by e-mail and by webhook: `relais dialer` does it, one dialer for each message."""

import hashlib
import hmac
import json
import smtplib
import ssl
import time
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

import httpx
import structlog

from outreach.runtime import Runtime
from outreach.services import alert_messages
from outreach.services.alert_messages import EMAIL, WEBHOOK, Message
from outreach.settings import Settings, is_loopback

logger = structlog.get_logger(__name__)

TIMEOUT_SECONDS = 10.0
_PARIS = ZoneInfo("Europe/Paris")


class NotTold(Exception):
    """The other side didn't take it: the kind of reason, for the log."""


class Alerting:
    """The database holds what is to be told: any dialer may tell it, and one at a time does."""

    def __init__(self, runtime: Runtime, client: httpx.Client | None = None) -> None:
        self._runtime = runtime
        self._client = client or httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)
        settings = runtime.settings
        self._ways = [
            way for way, told_to in ((EMAIL, settings.alert_smtp_url), (WEBHOOK, settings.alert_webhook_url)) if told_to
        ]

    def run(self) -> None:
        """Tells what waits. A message that can't be told waits longer each time, and the others are told."""
        while True:
            with self._runtime.transaction() as session:
                messages = alert_messages.claim(session, self._ways)
            for message in messages:
                self._tell(message)
            if not messages:
                return

    def _tell(self, message: Message) -> None:
        settings = self._runtime.settings
        try:
            if message.way == EMAIL:
                send_email(settings, message)
            else:
                self._post(settings, message)
        except (NotTold, OSError, smtplib.SMTPException, httpx.HTTPError) as error:
            # An SMTP server's or a receiver's own words may hold addresses: the kind alone is kept.
            kind = str(error) if isinstance(error, NotTold) else type(error).__name__
            with self._runtime.transaction() as session:
                again = alert_messages.not_told(session, message, kind)
            logger.warning("alert not told", message_id=str(message.id), way=message.way, error=kind, again=again)
            return
        with self._runtime.transaction() as session:
            alert_messages.told(session, message.id)

    def _post(self, settings: Settings, message: Message) -> None:
        assert settings.alert_webhook_url is not None
        assert settings.alert_webhook_secret is not None
        body = json.dumps(document(message), ensure_ascii=False).encode()
        stamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "X-Relais-Timestamp": stamp,
            "X-Relais-Signature": signature(settings.alert_webhook_secret, stamp, body),
        }
        answer = self._client.post(settings.alert_webhook_url, content=body, headers=headers)
        if not answer.is_success:
            raise NotTold(f"HTTP {answer.status_code}")


def signature(secret: str, stamp: str, body: bytes) -> str:
    """What the receiver computes too: HMAC-SHA256 over the time, a dot and the body as it came."""
    return "sha256=" + hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def document(message: Message) -> dict[str, Any]:
    """The webhook's body. `id` is the message's: one that comes twice is the same."""
    return {
        "id": str(message.id),
        "event": "alert.over" if message.is_over else "alert.opened",
        "alert": str(message.alert_id),
        "kind": message.kind,
        "campaign": message.campaign,
        "title": message.title,
        "what_to_do": message.what_to_do,
        "since": message.since.isoformat(),
        "over_at": message.over_at.isoformat() if message.over_at is not None else None,
    }


def send_email(settings: Settings, message: Message) -> None:
    """By TLS from the first byte (`smtps`), or STARTTLS (`smtp`), which only a server of this machine may lack."""
    url = urlsplit(settings.alert_smtp_url or "")
    host = url.hostname or ""
    context = ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        if url.scheme == "smtp" and not is_loopback(settings.alert_smtp_url or ""):
            server.starttls(context=context)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        refused = server.send_message(written(settings, message))
    if refused:
        # The others have it: sending again would tell them twice.
        logger.warning("alert not told to everybody", message_id=str(message.id), refused=len(refused))


def written(settings: Settings, message: Message) -> EmailMessage:
    about = f" – {message.campaign}" if message.campaign else ""
    state = "Fin d’alerte" if message.is_over else "Alerte"
    mail = EmailMessage()
    mail["Subject"] = f"[Relais] {state} : {message.title}{about}"
    mail["From"] = settings.alert_email_from
    mail["To"] = ", ".join(settings.alert_recipients)
    mail["Date"] = format_datetime((message.over_at if message.is_over else None) or message.since)
    # The same message sent twice is known by its id; the end of an alert is an answer to its beginning.
    domain = (settings.alert_email_from or "").rpartition("@")[2]
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["References"] = f"<{message.alert_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    since = f"{message.since.astimezone(_PARIS):%d/%m/%Y à %H h %M}"
    if message.is_over:
        over = (
            f"{message.over_at.astimezone(_PARIS):%d/%m/%Y à %H h %M}" if message.over_at is not None else "à présent"
        )
        text = f"{message.title}{about}.\n\nCette alerte, ouverte le {since}, est close depuis le {over}.\n"
    else:
        text = f"{message.title}{about}.\n\nDepuis le {since}.\n\nQue faire : {message.what_to_do}\n"
    mail.set_content(f"{text}\nCe message est envoyé une fois par alerte. On n’y répond pas.\n")
    return mail
