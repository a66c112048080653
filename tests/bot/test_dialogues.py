"""Whole dialogues as data files, through the real Rasa and the real action server (`dialogues/*.yml`)."""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import yaml
from sqlalchemy import select

from outreach.database.models import (
    Alert,
    Answer,
    Consent,
    Conversation,
    Patient,
    PhoneNumber,
    Request,
    Suppression,
    Turn,
)
from outreach.domain.words import Channel, NumberKind
from outreach.runtime import Runtime
from outreach.services import rehearsal
from tests.bot.rasa_fixture import RunningBot

FOLDER = Path(__file__).parent / "dialogues"


@dataclass(frozen=True)
class Dialogue:
    name: str
    turns: list[tuple[str, str | None]]
    outcome: str
    channel: str = "voice"
    consents: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Any] = field(default_factory=dict)
    request: str | None = None
    suppressed: str | None = None
    alerts: list[str] = field(default_factory=list)
    says: list[str] = field(default_factory=list)
    never_says: list[str] = field(default_factory=list)


DIALOGUES = [
    pytest.param(Dialogue(**entry), id=f"{file.stem}: {entry['name']}")
    for file in sorted(FOLDER.glob("*.yml"))
    for entry in yaml.safe_load(file.read_text(encoding="utf-8"))
]


def start(runtime: Runtime, channel: str) -> tuple[UUID, str]:
    """A conversation with an invented patient, born on 12 March 1947, who lives in Villejuif."""
    now = runtime.clock.now()
    reference = f"BOT-{uuid4().hex[:8]}"
    with runtime.transaction() as session:
        patient = Patient(
            reference=reference, civility="MME", last_name="Exemple", first_name="Odette", birth_date=date(1947, 3, 12),
            postal_code="94800", insee_code="94076", department="94", legal_protection=False, objected=False,
            invented=True, created_at=now, updated_at=now,
        )  # fmt: skip
        patient.numbers = [PhoneNumber(rank=1, e164="+33199009902", kind=NumberKind.LANDLINE)]
        session.add(patient)
        session.flush()
        conversation_id = rehearsal.begin(session, patient, now)
        session.get_one(Conversation, conversation_id).channel = Channel(channel)
    return conversation_id, reference


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_dialogue(dialogue: Dialogue, bot: RunningBot, bot_runtime: Runtime) -> None:
    conversation_id, reference = start(bot_runtime, dialogue.channel)
    spoken: list[str] = []
    custom: dict[str, Any] = {}
    for message, asks in dialogue.turns:
        items = bot.send(conversation_id, message)
        answers = [item["custom"] for item in items if "custom" in item]
        assert len(answers) == 1, f"« {message} » got {items}"
        custom = answers[0]
        spoken += [item["text"] for item in items if "text" in item]
        assert custom["asks"] == asks, f"« {message} » was answered {spoken[-3:]}"
    assert custom["outcome"] == dialogue.outcome
    assert custom["hang_up"]
    everything = " ".join(spoken)
    for sentence in dialogue.says:
        assert sentence in everything
    for word in dialogue.never_says:
        assert word not in everything
    _check_what_is_kept(bot_runtime, dialogue, conversation_id, reference)


def _check_what_is_kept(runtime: Runtime, dialogue: Dialogue, conversation_id: UUID, reference: str) -> None:
    with runtime.transaction() as session:
        conversation = session.get_one(Conversation, conversation_id)
        assert conversation.outcome == dialogue.outcome
        turns = session.scalars(
            select(Turn).where(Turn.conversation_id == conversation_id).order_by(Turn.position)
        ).all()
        agent = [turn for turn in turns if turn.speaker == "agent"]
        assert [turn.asks for turn in agent] == [asks for _, asks in dialogue.turns]
        assert all(turn.wording for turn in agent)
        ledger = session.scalars(
            select(Consent).where(Consent.patient_id == conversation.patient_id).order_by(Consent.at)
        ).all()
        for kind, state in dialogue.consents.items():
            assert [row.state for row in ledger if row.kind == kind][-1] == state
        kept = {
            answer.question: answer.value
            for answer in session.scalars(
                select(Answer).where(Answer.conversation_id == conversation_id, Answer.replaced_at.is_(None))
            )
        }
        for question, value in dialogue.answers.items():
            assert kept[question] == value
        requests = session.scalars(select(Request).where(Request.patient_id == conversation.patient_id)).all()
        if dialogue.request is not None:
            assert dialogue.request in {request.kind for request in requests}
        scopes = session.scalars(select(Suppression.scope).where(Suppression.reference == reference)).all()
        assert list(scopes) == ([dialogue.suppressed] if dialogue.suppressed else [])
        alerts = session.scalars(select(Alert.kind).where(Alert.conversation_id == conversation_id)).all()
        assert list(alerts) == dialogue.alerts


def test_one_action_call_a_turn_and_no_words_in_the_logs(bot: RunningBot, bot_runtime: Runtime) -> None:
    conversation_id, _ = start(bot_runtime, "voice")
    messages = [
        "/open",
        "allô oui",
        "oui c'est moi",
        "le douze mars quarante-sept",
        "mon médecin est parti à Pétaouchnok",
    ]
    for message in messages:
        bot.send(conversation_id, message)
    log = bot.actions_log.read_text()
    turns = [line for line in log.splitlines() if str(conversation_id) in line and "act=" in line]
    assert len(turns) == len(messages)
    for words in ("Pétaouchnok", "Petaouchnok", "Odette", "douze mars", "1947-03", "12/03"):
        assert words not in log
        assert words not in bot.rasa_log.read_text()


def test_rasa_keeps_no_answer_in_its_slots(bot: RunningBot, bot_runtime: Runtime) -> None:
    """The tracker holds what was said and that it was answered; the expected birth date is nowhere."""
    conversation_id, _ = start(bot_runtime, "voice")
    for message in ("/open", "allô", "oui c'est moi"):
        items = bot.send(conversation_id, message)
    assert "1947" not in str(items)


def test_an_unknown_conversation_gets_no_answer(bot: RunningBot) -> None:
    assert bot.send(uuid4(), "bonjour") == []
