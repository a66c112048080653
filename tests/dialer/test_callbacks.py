"""Ten thousand callbacks told twice, shuffled, late or by nobody: the end is the same as without them (DESIGN §6)."""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import anyio.to_thread
import httpx
import pytest
from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.orm import selectinload
from structlog.testing import capture_logs
from twilio.request_validator import RequestValidator

from bot.actions.app import take_turn
from bot.actions.understanding.gazetteer import gazetteer
from dialer.phone import create_phone_app
from outreach.clock import FrozenClock
from outreach.database.embedded import EmbeddedPostgres
from outreach.database.engine import make_engine
from outreach.database.models import (
    Alert,
    Answer,
    Attempt,
    Consent,
    Contact,
    Conversation,
    Patient,
    PhoneNumber,
    Request,
    Suppression,
    Turn,
)
from outreach.domain.dispositions import Disposition
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import AttemptStatus, ContactState, Speaker
from outreach.runtime import Runtime
from outreach.services import attempts, carrier_facts, claims, sms_claims
from outreach.settings import Settings
from tests.bot.walk import heard
from tests.dialer import histories
from tests.dialer.conftest import PUBLIC
from tests.dialer.fakes import FakeCarrier
from tests.dialer.histories import Callback, History, Placed, mixed_up
from tests.factories import a_campaign, a_contact, a_landline, a_mobile, a_patient, claim_call
from tests.serving import served

CALLS, TEXTS, WRITERS, CALLERS = 104, 32, 12, 8
AT_ONCE = 12
IN_ORDER = timedelta(minutes=20)
"""How long the callbacks take on the shared clock, in order or not."""

LATER = timedelta(hours=30)
"""When those come that are later than any end."""


class TellingAgent:
    """Rasa's REST channel with our own actions behind it, without Rasa's understanding."""

    def __init__(self) -> None:
        self.runtime: Runtime | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        asked = json.loads(body)
        said = await anyio.to_thread.run_sync(self._answer, UUID(asked["sender"]), asked["message"])
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(said).encode()})

    def _answer(self, conversation: UUID, message: str) -> list[dict[str, Any]]:
        assert self.runtime is not None
        answer = take_turn(self.runtime, conversation, heard(message))
        return [*({"text": said} for said in answer.texts), {"custom": answer.custom}]


@pytest.fixture(scope="module")
def telling() -> Iterator[tuple[str, TellingAgent]]:
    gazetteer()
    agent = TellingAgent()
    with served(agent) as url:
        yield url, agent


@pytest.fixture
def settings(settings: Settings, telling: tuple[str, TellingAgent]) -> Settings:
    return settings.model_copy(update={"bot_url": telling[0], "bot_timeout_seconds": 20.0})


def _begin(runtime: Runtime, clock: FrozenClock, carrier: FakeCarrier) -> list[History]:
    """Calls and SMS under way, most of them recorded, some not yet, some given up; and what will be told of them."""
    draw = Random("histories")
    now = clock.now()
    with runtime.transaction() as session:
        calling = a_campaign(
            session, now, ContactPolicy(announce_sms=False, best_time=False, calls_per_second=200, calls_at_once=500)
        )
        texting = a_campaign(session, now, ContactPolicy(sms_per_second=200, best_time=False), name="texts")
        for rank in range(CALLS):
            phones = (a_landline(), a_mobile()) if rank % 5 == 0 else (a_landline(),)
            a_contact(session, calling, a_patient(session, now, phones=phones), now)
        for _ in range(TEXTS):
            a_contact(session, texting, a_patient(session, now, phones=(a_mobile(),)), now)
    with runtime.transaction() as session:
        claims.open_contacts(session, now)
    calls = _claimed(runtime, clock, claim_call, carrier, "CA", draw)
    texts = _claimed(runtime, clock, sms_claims.claim_sms, carrier, "SM", draw)
    assert (len(calls), len(texts)) == (CALLS, TEXTS)
    # They come by themselves: nothing of ours is under way with them.
    writers, callers = ([a_mobile() for _ in range(WRITERS)], [a_landline() for _ in range(CALLERS)])
    with runtime.transaction() as session:
        waiting = a_campaign(session, now, ContactPolicy(announce_sms=False, best_time=False), name="waiting")
        for number in (*writers, *callers):
            a_contact(session, waiting, a_patient(session, now, phones=(number,)), now)
    international = [[f"+33{number[1:]}" for number in numbers] for numbers in (writers, callers)]
    return [
        *histories.of_calls(calls, draw),
        *histories.of_sms(texts),
        *histories.of_people_who_write(international[0]),
        *histories.of_people_who_call(international[1]),
    ]


def _claimed(
    runtime: Runtime, clock: FrozenClock, claim: Callable[..., Any], carrier: FakeCarrier, prefix: str, draw: Random
) -> list[Placed]:
    """The i-th claim's history is the i-th kind: the ranks of what isn't recorded differ from those of the kinds."""
    placed: list[Placed] = []
    while True:
        clock.advance(timedelta(milliseconds=20))
        with runtime.transaction() as session:
            claimed = claim(session, clock.now(), runtime.settings)
        if claimed is None:
            return placed
        sid = prefix + f"{draw.getrandbits(128):032x}"
        carrier.held[sid] = {"sid": sid, "to": claimed.number, "from": claimed.caller, "status": "in-progress"}
        how = draw.random()
        with runtime.transaction() as session:
            if how < 0.8:
                attempts.placed(session, claimed.attempt_id, sid, clock.now())
            elif how < 0.9:
                carrier_facts.not_placed(session, claimed.attempt_id, Disposition.NEVER_PLACED, clock.now())
        placed.append(Placed(claimed.attempt_id, sid, claimed.number, known=how < 0.8))


class Telling:
    """The carrier's side: signs and sends to the real application, many at once."""

    def __init__(self, runtime: Runtime, clock: FrozenClock, step: timedelta) -> None:
        self._runtime = runtime
        self._clock = clock
        self._step = step
        self._ours = RequestValidator(runtime.settings.twilio_auth_token)
        self._theirs = RequestValidator("another account's token")
        self._conversations: dict[UUID, UUID] = {}
        self.answered: Counter[tuple[str, int]] = Counter()

    def tell(self, streams: list[list[list[Callback]]]) -> None:
        # A line a turn is logged; in a thread of its own, for a browser's loop may run in this one.
        with capture_logs(), ThreadPoolExecutor(1) as alone:
            alone.submit(lambda: asyncio.run(self._tell(streams))).result()

    async def _tell(self, streams: list[list[list[Callback]]]) -> None:
        app = create_phone_app(self._runtime)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        several = asyncio.Semaphore(AT_ONCE)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://phone") as http,
        ):

            async def one_after_another(batches: list[list[Callback]]) -> None:
                for batch in batches:
                    async with several:
                        self._clock.advance(self._step)
                        await asyncio.gather(*(self._send(http, callback) for callback in batch))

            await asyncio.gather(*map(one_after_another, streams))

    async def _send(self, http: httpx.AsyncClient, callback: Callback) -> None:
        path = callback.path
        if callback.turn is not None and "conversation=" not in path and callback.forged != "unknown attempt":
            conversation = await anyio.to_thread.run_sync(self._conversation_of, path)
            path = f"{path}&conversation={conversation}&turn={callback.turn}"
        signed = callback.form
        if callback.forged == "changed":
            signed = {**callback.form, "CallStatus": "in-progress"}
        validator = self._theirs if callback.forged == "another token" else self._ours
        headers = {"X-Twilio-Signature": validator.compute_signature(f"{PUBLIC}{path}", signed)}
        if callback.forged == "unsigned":
            headers = {}
        response = await http.post(path, data=callback.form, headers=headers)
        self.answered[(callback.forged or "told", response.status_code)] += 1

    def _conversation_of(self, path: str) -> UUID | None:
        attempt = UUID(path.partition("attempt=")[2][:36])
        if attempt not in self._conversations:
            with self._runtime.transaction() as session:
                found = session.scalar(select(Conversation.id).where(Conversation.attempt_id == attempt))
            if found is None:
                return None
            self._conversations[attempt] = found
        return self._conversations[attempt]


def _end(runtime: Runtime) -> dict[str, Any]:
    """What became of everybody: all that a figure, a desk or a next call could tell apart."""
    with runtime.transaction() as session:
        talks = {talk.attempt_id: talk for talk in session.scalars(select(Conversation))}
        turns: dict[UUID, list[tuple[str, str]]] = {}
        for turn in session.scalars(select(Turn).order_by(Turn.conversation_id, Turn.position)):
            turns.setdefault(turn.conversation_id, []).append((turn.speaker, turn.text))
        references = {one.id: one.reference for one in session.scalars(select(Patient))}
        contacts = {
            references[one.patient_id]: (
                one.state,
                one.reason if one.state != ContactState.WAITING else None,  # waits for whatever was told last
                one.attempts,
                one.next_attempt_at,
            )
            for one in session.scalars(select(Contact))
        }
        made = {
            str(one.id if one.direction == "outbound" else one.carrier_id): _attempt(one, talks.get(one.id), turns)
            for one in session.scalars(select(Attempt).options(selectinload(Attempt.patient)))
        }
        answers = session.execute(select(Answer.contact_id, Answer.question, Answer.value, Answer.replaced_at))
        consents = session.execute(select(Consent.patient_id, Consent.kind, Consent.state, Consent.channel))
        requests = session.scalars(select(Request))
        unusable = select(PhoneNumber.e164, PhoneNumber.unusable_because).where(PhoneNumber.unusable_since.is_not(None))
        suppressed = select(
            Suppression.reference, Suppression.number, Suppression.scope, Suppression.reason, Suppression.lifted_at
        )
        return {
            "contacts": contacts,
            "attempts": made,
            "answers": sorted(map(repr, (row[:3] for row in answers if row[3] is None))),
            "consents": sorted(map(repr, consents)),
            "requests": sorted(
                repr(
                    (
                        one.patient_id and references[one.patient_id],
                        one.kind,
                        one.status,
                        one.mobility,
                        one.area,
                        one.preference,
                    )
                )
                for one in requests
            ),
            "unusable": sorted(map(repr, session.execute(unusable))),
            "suppressed": sorted(map(repr, session.execute(suppressed))),
            "alerts": sorted(map(repr, session.execute(select(Alert.kind, Alert.patient_id)))),
        }


def _attempt(attempt: Attempt, talk: Conversation | None, turns: dict[UUID, list[tuple[str, str]]]) -> dict[str, Any]:
    disposition = attempt.disposition
    if disposition == Disposition.VOICEMAIL_LEFT:
        disposition = Disposition.MACHINE  # on a line that is dead by then no message can be left
    said = turns.get(talk.id, []) if talk is not None else []
    if disposition in {Disposition.MACHINE, Disposition.FAX}:
        talk, said = None, []  # its greeting is heard or not, as the detector is slow or fast
    return {
        "status": attempt.status,
        "disposition": disposition,
        "carrier": attempt.carrier_id,
        "rang": attempt.rang and attempt.rang_at is not None,
        "human_answered": attempt.human_answered,
        "right_party": attempt.right_party,
        "final": attempt.final,
        "error_code": attempt.error_code,
        "talk": (talk.outcome, talk.identity, talk.ended_at is not None) if talk is not None else None,
        "said": said if any(speaker == Speaker.PATIENT for speaker, _ in said) else [],
    }


@contextmanager
def _fresh_copy(postgres: EmbeddedPostgres, settings: Settings, clock: FrozenClock) -> Iterator[Runtime]:
    assert settings.database_url is not None
    address = make_url(settings.database_url)
    name = address.database
    admin = create_engine(postgres.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name}_copy template {name}"))
    url = address.set(database=f"{name}_copy").render_as_string(hide_password=False)
    try:
        with Runtime(settings, make_engine(url), clock) as runtime:
            yield runtime
    finally:
        with admin.connect() as connection:
            connection.execute(text(f"drop database {name}_copy with (force)"))
        admin.dispose()


@pytest.mark.parametrize("seed", [1])
def test_ten_thousand_callbacks_twice_shuffled_late_and_forged_end_as_once_and_in_order(
    postgres: EmbeddedPostgres,
    settings: Settings,
    clock: FrozenClock,
    carrier: FakeCarrier,
    telling: tuple[str, TellingAgent],
    seed: int,
) -> None:
    assert settings.database_url is not None
    with Runtime(settings, make_engine(settings.database_url), clock) as runtime:
        told = _begin(runtime, clock, carrier)
    began = clock.now()
    count = sum(len(history.told) for history in told)

    with _fresh_copy(postgres, settings, clock) as runtime:
        telling[1].runtime = runtime
        in_order = Telling(runtime, clock, IN_ORDER / count)
        in_order.tell([[[callback] for callback in history.told] for history in told])
        assert set(in_order.answered) <= {("told", 200), ("told", 204)}
        expected = _end(runtime)
    _is_worth_comparing(expected)

    clock.set(began)
    draw = Random(seed)
    streams, late = zip(*(mixed_up(history, told, draw) for history in told), strict=True)
    batches = sum(map(len, streams))
    started = time.monotonic()
    with _fresh_copy(postgres, settings, clock) as runtime:
        telling[1].runtime = runtime
        badly = Telling(runtime, clock, IN_ORDER / batches)
        badly.tell(list(streams))
        clock.advance(LATER)
        badly.tell([[[callback] for callback in callbacks] for callbacks in late])
        got = _end(runtime)
    sys.stdout.write(
        f"seed {seed}: {badly.answered.total()} callbacks in {time.monotonic() - started:.1f} s: {badly.answered}\n"
    )
    assert badly.answered.total() >= 10_000
    for kind, status in badly.answered:
        assert status in ({200, 204} if kind == "told" else {400, 403, 404, 409, 413}), (kind, status)
    _are_the_same(expected, got)


def _is_worth_comparing(end: dict[str, Any]) -> None:
    """Nothing is under way any more, and every way to end is there."""
    dispositions = Counter(attempt["disposition"] for attempt in end["attempts"].values())
    assert all(attempt["status"] == AttemptStatus.ENDED for attempt in end["attempts"].values())
    assert set(dispositions) >= set(Disposition) - {Disposition.VOICEMAIL_LEFT, Disposition.APOLOGY}, dispositions
    outcomes = {attempt["talk"][0] for attempt in end["attempts"].values() if attempt["talk"]}
    assert len(outcomes) >= 8, outcomes
    assert len(end["requests"]) >= 5
    assert len(end["suppressed"]) >= 5


def _are_the_same(expected: dict[str, Any], got: dict[str, Any]) -> None:
    differences = []
    for what in ("attempts", "contacts"):
        assert set(expected[what]) == set(got[what])
        for key, before in expected[what].items():
            after = got[what][key]
            same = before == after or (what == "contacts" and before[:3] == after[:3] and _near(before[3], after[3]))
            if not same:
                differences.append(f"{what} {key}: {before} became {after}")
    assert differences == [], "\n".join(differences)
    for what in ("answers", "consents", "requests", "unusable", "suppressed", "alerts"):
        assert got[what] == expected[what], what


def _near(one: datetime | None, other: datetime | None) -> bool:
    """A time counted from a callback that came late is later by as much at most."""
    return one is None and other is None if one is None or other is None else abs(one - other) <= IN_ORDER
