"""What the webhooks refuse, and that a refusal changes nothing and tells nothing."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from outreach.clock import FrozenClock
from outreach.database.engine import make_engine, make_sessions
from outreach.database.models import Base
from outreach.logs import redact
from outreach.runtime import Runtime
from tests.dialer.conftest import SID, Network, World
from tests.dialer.fakes import FakeAgent

WORDS = "bonjour je m'appelle Odette Exemple"


def _everything(runtime: Runtime) -> dict[str, list[str]]:
    with runtime.transaction() as session:
        return {
            table.name: sorted(map(repr, session.execute(table.select()).all()))
            for table in Base.metadata.sorted_tables
        }


@pytest.fixture
def forms(world: World) -> dict[str, dict[str, str]]:
    """Every webhook's address with a good form."""
    attempt = world.claimed()
    number = world.number()
    voice = {
        "CallSid": SID,
        "From": number,
        "To": "+33162000001",
        "CallStatus": "in-progress",
        "SpeechResult": WORDS,
    }
    sms = {"MessageSid": "SM1", "From": number, "To": "38000", "Body": WORDS, "MessageStatus": "delivered"}
    which = f"attempt={attempt}&conversation={uuid4()}&turn=1"
    return {
        f"/carrier/voice/answer?attempt={attempt}": voice,
        f"/carrier/voice/turn?{which}": voice,
        f"/carrier/voice/announcement?{which}": voice,
        f"/carrier/voice/transferred?{which}": voice | {"DialCallStatus": "completed"},
        f"/carrier/voice/status?attempt={attempt}": voice,
        f"/carrier/voice/amd?attempt={attempt}": voice | {"AnsweredBy": "human"},
        "/carrier/voice/inbound": voice,
        "/carrier/sms/inbound": sms,
        f"/carrier/sms/status?attempt={attempt}": sms,
    }


def test_a_bad_signature_is_refused_everywhere_and_changes_nothing(
    network: Network, runtime: Runtime, forms: dict[str, dict[str, str]], agent: FakeAgent
) -> None:
    before = _everything(runtime)
    for path, form in forms.items():
        good = network.signature(path, form)
        for signature in (
            "",
            "x" * 28,
            network.signature(path + "&x=1", form),
            network.signature(path, form | {"A": "b"}),
        ):
            response = network.http.post(path, data=form, headers={"X-Twilio-Signature": signature})
            assert response.status_code == 403
            assert "Odette" not in response.text
            assert form["From"] not in response.text
        changed = form | {"CallSid": "CA" + "b" * 32, "MessageSid": "SM2"}
        assert network.http.post(path, data=changed, headers={"X-Twilio-Signature": good}).status_code == 403
        assert network.http.post(path, data=form).status_code == 403
    assert _everything(runtime) == before
    assert agent.heard == []


def test_the_signature_covers_our_public_address_whatever_the_host_header_says(network: Network, world: World) -> None:
    attempt = world.claimed()
    path, form = f"/carrier/voice/status?attempt={attempt}", {"CallSid": SID, "CallStatus": "ringing"}
    assert network.post(path, form, Host="elsewhere.example.org").status_code == 204


def test_a_body_of_one_megabyte_is_refused_unread(
    network: Network, runtime: Runtime, forms: dict[str, dict[str, str]]
) -> None:
    before = _everything(runtime)
    for path, form in forms.items():
        assert network.post(path, form | {"Body": "x" * 1_000_000}).status_code == 413
    assert _everything(runtime) == before


def test_a_missing_field_is_a_bad_request(network: Network, runtime: Runtime, forms: dict[str, dict[str, str]]) -> None:
    before = _everything(runtime)
    needed = {
        "answer": ["CallSid"],
        "turn": ["CallSid"],
        "status": ["CallSid", "CallStatus"],
        "amd": ["AnsweredBy"],
        "announcement": ["CallSid"],
        "transferred": ["CallSid", "DialCallStatus"],
    }
    needed["inbound"] = ["CallSid", "To"]  # a withheld number is no number
    for path, form in forms.items():
        kind = path.partition("?")[0].rsplit("/", 1)[-1]
        names = ["MessageSid"] if "/sms/" in path else needed[kind]
        for name in names:
            left = {key: value for key, value in form.items() if key != name}
            response = network.post(path, left)
            assert response.status_code == 400, path
            assert "Odette" not in response.text
        raw = b"\xff\xfe&&&=%zz"
        assert network.http.post(path, content=raw, headers={"Content-Type": "text/plain"}).status_code == 400
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert network.http.post(path, content=raw, headers=headers).status_code == 400
    assert _everything(runtime) == before


def test_an_unknown_attempt_is_not_found(network: Network, runtime: Runtime, world: World) -> None:
    attempt = world.claimed()
    before = _everything(runtime)
    form = {
        "CallSid": SID,
        "CallStatus": "ringing",
        "AnsweredBy": "human",
        "MessageSid": "SM9",
        "MessageStatus": "sent",
        "DialCallStatus": "completed",
    }
    for query in (f"?attempt={uuid4()}", "?attempt=1", "?attempt="):
        for path in ("voice/answer", "voice/status", "voice/amd", "voice/announcement", "sms/status"):
            assert network.post(f"/carrier/{path}{query}", form).status_code == 404, path + query
        for path in ("turn", "transferred"):
            assert network.post(f"/carrier/voice/{path}{query}&turn=1", form).status_code == 404
    other = form | {"CallSid": "CA" + "c" * 32}
    assert network.post("/carrier/voice/status", other).status_code == 404
    for path in ("answer", "status", "amd"):
        assert network.post(f"/carrier/voice/{path}?attempt={attempt}", other).status_code == 409
    assert _everything(runtime) == before


def test_rule_14_nothing_that_is_said_and_no_number_is_logged(network: Network, world: World, agent: FakeAgent) -> None:
    attempt = world.claimed()
    with capture_logs(processors=[redact]) as logs:
        network.answer(attempt, SID)
        conversation = world.conversation(attempt).id
        network.turn(attempt, conversation, 1, SID, SpeechResult=WORDS)
        agent.away = True
        network.turn(attempt, conversation, 2, SID, SpeechResult=WORDS)
    assert any(entry["event"] == "agent away" for entry in logs)
    assert "Odette" not in str(logs)
    assert world.number()[3:] not in str(logs)


def test_health_says_the_shared_time(network: Network, clock: FrozenClock) -> None:
    assert network.http.get("/health/live").status_code == 200
    ready = network.http.get("/health/ready")
    assert ready.json() == {"status": "ok", "now": clock.now().isoformat(), "clock_rate": 1.0}
    network.post("/carrier/voice/inbound", {})
    assert 'relais_webhooks_total{route="/carrier/voice/inbound",status="400"} 1.0' in network.http.get("/metrics").text


def test_without_the_database_callers_hear_an_apology_and_health_says_so(
    network: Network, world: World, runtime: Runtime
) -> None:
    attempt = world.claimed()
    form = {"CallSid": SID, "CallStatus": "ringing"}
    with runtime.transaction() as session:
        name = session.scalar(text("select current_database()"))
    away = make_engine(runtime.engine.url.set(database=f"{name}_away").render_as_string(False))
    runtime.engine.dispose()
    runtime.engine, runtime._sessions = away, make_sessions(away)
    assert network.http.get("/health/ready").status_code == 503
    assert network.post(f"/carrier/voice/status?attempt={attempt}", form).status_code == 503
    response = network.post(f"/carrier/voice/answer?attempt={attempt}", form)
    assert response.status_code == 200
    assert "assistant automatique de l'Assurance Maladie" in response.text
