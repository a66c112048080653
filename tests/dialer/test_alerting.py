"""Alerts told by e-mail and webhook: a real mail server and a real receiver, on loopback."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from sqlalchemy import func, select, update

from dialer.alerting import Alerting
from outreach.clock import FrozenClock
from outreach.database.models import Alert, AlertMessage, Conversation
from outreach.domain.words import AlertKind, Channel, MessageState
from outreach.runtime import Runtime
from outreach.services import alert_messages, alerts, campaigns, telephone
from outreach.settings import SettingError
from tests.factories import a_campaign, a_contact, a_patient
from tests.settings import settings_of

SECRET = "an invented secret of ours"


class Inbox:
    """What the mail server took; it refuses as long as it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        if self.answers:
            return self.answers.pop(0)
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


class Posts:
    """What the receiver got, each with its headers; it answers as it is told to."""

    def __init__(self) -> None:
        self.bodies: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        self.url = ""

    @property
    def documents(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.bodies]


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, str]]:
    held = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(held, hostname="127.0.0.1", port=port)
    controller.start()
    yield held, f"smtp://127.0.0.1:{port}"
    controller.stop()


@pytest.fixture
def posts() -> Iterator[Posts]:
    held = Posts()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status = held.statuses.pop(0) if held.statuses else 204
            if status == 204:
                held.bodies.append((dict(self.headers), body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    held.url = f"http://127.0.0.1:{server.server_port}/alertes"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield held
    server.shutdown()
    server.server_close()


def telling(runtime: Runtime, **settings: Any) -> Alerting:
    told = runtime.settings.model_copy(update=settings)
    told.__dict__.pop("alert_recipients", None)
    told.check_alerting()
    runtime.settings = told
    return Alerting(runtime)


def email_to(url: str) -> dict[str, str]:
    return {
        "alert_smtp_url": url,
        "alert_email_from": "relais@example.org",
        "alert_email_to": "astreinte@example.org, pilotage@example.org",
    }


def webhook_to(posts: Posts) -> dict[str, str]:
    return {"alert_webhook_url": posts.url, "alert_webhook_secret": SECRET}


def hang_ups(runtime: Runtime, clock: FrozenClock, times: int = 1) -> None:
    with runtime.transaction() as session:
        campaign = campaigns.get(session, "ald-2026")
        for _ in range(times):
            alerts.about_a_campaign(session, campaign, AlertKind.HANG_UPS, clock.now())


@pytest.fixture
def world(runtime: Runtime, clock: FrozenClock) -> Runtime:
    with runtime.transaction() as session:
        a_campaign(session, clock.now())
    return runtime


def due_now(runtime: Runtime) -> None:
    with runtime.transaction() as session:
        session.execute(update(AlertMessage).values(next_wall=func.now()))


def states(runtime: Runtime, way: str) -> dict[str, str]:
    with runtime.transaction() as session:
        rows = session.execute(select(AlertMessage.tells, AlertMessage.state).where(AlertMessage.way == way)).all()
    return {tells: state for tells, state in rows}  # noqa: C416 - a row isn't a pair to mypy


def test_an_alert_is_told_once_however_often_it_comes_again_and_once_more_when_over(
    world: Runtime, clock: FrozenClock, inbox: tuple[Inbox, str], posts: Posts
) -> None:
    held, url = inbox
    job = telling(world, **email_to(url), **webhook_to(posts))
    hang_ups(world, clock, times=3)
    job.run()
    hang_ups(world, clock, times=2)
    job.run()
    (mail,) = held.mails
    assert mail["Subject"] == "[Relais] Alerte : Trop de personnes raccrochent aussitôt – ald-2026"
    assert mail["To"] == "astreinte@example.org, pilotage@example.org"
    assert "Que faire : Trop de personnes raccrochent" in mail.get_content()
    (headers, body), (document,) = posts.bodies[0], posts.documents
    expected = hmac.new(SECRET.encode(), headers["X-Relais-Timestamp"].encode() + b"." + body, hashlib.sha256)
    assert headers["X-Relais-Signature"] == f"sha256={expected.hexdigest()}"
    assert (document["event"], document["kind"], document["campaign"]) == ("alert.opened", "hang_ups", "ald-2026")

    with world.transaction() as session:
        (alert,) = alerts.listed(session)
        alerts.acknowledge(session, alert.id, clock.now(), "dominique")
    job.run()
    job.run()
    assert [mail["Subject"].partition(" :")[0] for mail in held.mails] == ["[Relais] Alerte", "[Relais] Fin d’alerte"]
    assert held.mails[1]["References"] == held.mails[0]["References"]
    assert [one["event"] for one in posts.documents] == ["alert.opened", "alert.over"]
    # Open again, it is another one.
    hang_ups(world, clock)
    job.run()
    assert len(held.mails) == len(posts.documents) == 3


def test_rule_14_nothing_of_a_person_is_told(
    world: Runtime, clock: FrozenClock, inbox: tuple[Inbox, str], posts: Posts
) -> None:
    held, url = inbox
    job = telling(world, **email_to(url), **webhook_to(posts))
    with world.transaction() as session:
        patient = a_patient(session, clock.now())
        a_contact(session, campaigns.get(session, "ald-2026"), patient, clock.now())
        called = telephone.inbound(
            session, Channel.VOICE, patient.numbers[0].e164, "+33162000001", "CA" + "1" * 32, clock.now()
        )
        talk = session.get_one(Conversation, called.conversation_id)
        alerts.about_a_person(session, talk, AlertKind.DISTRESS, "Rappeler Odette Exemple, en détresse.", clock.now())
    job.run()
    (mail,), (document,) = held.mails, posts.documents
    told = mail.as_string() + mail.get_content() + json.dumps(document, ensure_ascii=False)
    assert "Une demande urgente attend au poste des conseillers" in mail.get_content()
    for secret in ("Exemple", "Odette", patient.reference, patient.numbers[0].e164, "tresse", "ald-2026", str(talk.id)):
        assert secret not in told, secret
    assert document["kind"] == "urgent_request"


def test_what_cannot_be_told_is_tried_again_later_and_the_other_way_is_told(
    world: Runtime, clock: FrozenClock, inbox: tuple[Inbox, str], posts: Posts
) -> None:
    held, url = inbox
    job = telling(world, **email_to(url), **webhook_to(posts))
    held.answers, posts.statuses = ["451 later"], [500]
    hang_ups(world, clock)
    job.run()
    assert (held.mails, posts.documents) == ([], [])
    job.run()
    assert (held.mails, posts.documents) == ([], [])
    due_now(world)
    job.run()
    assert (len(held.mails), len(posts.documents)) == (1, 1)
    with world.transaction() as session:
        assert {row.tries for row in session.scalars(select(AlertMessage))} == {2}


def test_the_end_is_told_after_the_beginning_or_not_at_all(world: Runtime, clock: FrozenClock, posts: Posts) -> None:
    job = telling(world, **webhook_to(posts))
    posts.statuses = [503]
    hang_ups(world, clock)
    job.run()
    with world.transaction() as session:
        alerts.settle_of_campaign(session, campaigns.get(session, "ald-2026"), clock.now(), "dominique")
    job.run()
    assert posts.documents == []
    due_now(world)
    job.run()
    assert [one["event"] for one in posts.documents] == ["alert.opened", "alert.over"]
    # Over before anybody was told: nobody is.
    hang_ups(world, clock)
    with world.transaction() as session:
        alerts.settle_of_campaign(session, campaigns.get(session, "ald-2026"), clock.now(), "dominique")
    job.run()
    assert len(posts.documents) == 2


def test_a_message_is_given_up_after_a_day(world: Runtime, clock: FrozenClock, posts: Posts) -> None:
    job = telling(world, **webhook_to(posts))
    hang_ups(world, clock)
    with world.transaction() as session:
        session.execute(update(AlertMessage).values(tries=len(alert_messages.AGAIN_SECONDS)))
    posts.statuses = [500]
    job.run()
    assert states(world, "webhook") == {"opened": MessageState.GIVEN_UP}
    assert sum(alert_messages.AGAIN_SECONDS) > 23 * 3600


def test_without_a_way_nothing_piles_up(world: Runtime, clock: FrozenClock, posts: Posts) -> None:
    hang_ups(world, clock)
    telling(world).run()
    assert (states(world, "email"), states(world, "webhook")) == ({"opened": "dropped"}, {"opened": "dropped"})
    telling(world, **webhook_to(posts)).run()
    assert posts.documents == []


def test_two_dialers_tell_each_message_once(world: Runtime, clock: FrozenClock, inbox: tuple[Inbox, str]) -> None:
    held, url = inbox
    job = telling(world, **email_to(url))
    with world.transaction() as session:
        for number in range(6):
            a_campaign(session, clock.now(), name=f"autre-{number}")
            alerts.about_a_campaign(
                session, campaigns.get(session, f"autre-{number}"), AlertKind.CARRIER_FAILS, clock.now()
            )
    threads = [threading.Thread(target=job.run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(mail["Subject"][-7:] for mail in held.mails) == [f"autre-{number}" for number in range(6)]


def test_an_alert_whose_transaction_fails_is_told_to_nobody(world: Runtime, clock: FrozenClock, posts: Posts) -> None:
    with world.transaction() as session:
        alerts.about_a_campaign(session, campaigns.get(session, "ald-2026"), AlertKind.HANG_UPS, clock.now())
        session.rollback()
    telling(world, **webhook_to(posts)).run()
    with world.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Alert)) == 0
    assert posts.documents == []


GOOD = email_to("smtps://relais:secret@mail.example.org")


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"alert_email_to": ""}, "ALERT_EMAIL_TO"),
        ({"alert_smtp_url": None}, "ALERT_SMTP_URL"),
        ({"alert_email_from": None}, "ALERT_EMAIL_FROM"),
        ({"alert_smtp_url": "mail.example.org"}, "ALERT_SMTP_URL"),
        ({"alert_email_to": "astreinte@example.org, quelqu’un"}, "ALERT_EMAIL_TO"),
        ({"alert_email_from": "Relais <relais@example.org>"}, "ALERT_EMAIL_FROM"),
        ({"alert_webhook_url": "https://example.org/x"}, "ALERT_WEBHOOK_SECRET"),
        ({"alert_webhook_secret": SECRET}, "ALERT_WEBHOOK_URL"),
        ({"alert_webhook_url": "http://example.org/x", "alert_webhook_secret": SECRET}, "ALERT_WEBHOOK_URL"),
        ({"alert_webhook_url": "https://example.org/x", "alert_webhook_secret": "short"}, "ALERT_WEBHOOK_SECRET"),
    ],
)
def test_contradictory_settings_name_the_wrong_one(changes: dict[str, Any], names: str) -> None:
    settings_of(**GOOD).check_alerting()
    with pytest.raises(SettingError, match=f"^{names}") as refused:
        settings_of(**{**GOOD, **changes}).check_alerting()
    assert "secret@" not in str(refused.value)
    assert "secret" not in repr(settings_of(**GOOD))
