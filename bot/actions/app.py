"""The edge of the dialogue: one message in, one decision, one transaction, what to say out."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.actions.dialogue.acted_on import acted_on
from bot.actions.dialogue.decide import after_birth_date, decide
from bot.actions.dialogue.effects import (
    Alert,
    CheckBirthDate,
    Conclude,
    Effect,
    RecordConsent,
    Remember,
    SuppressChannel,
)
from bot.actions.dialogue.state import DialogueState, PatientFacts
from bot.actions.protocol import NOBODY, answer_of, read_message
from bot.actions.understanding.gazetteer import place_of
from bot.actions.understanding.meaning import Heard, Kind
from bot.actions.understanding.reading import understand
from bot.actions.understanding.text import for_the_record
from bot.actions.wording import WORDING
from bot.actions.wording.rendering import render
from bot.actions.wording.sentences import versions
from outreach.database.models import Conversation, Turn
from outreach.domain import comparing
from outreach.domain.office_hours import advisers_are_in
from outreach.domain.policy import DEFAULT
from outreach.domain.words import Channel, IdentityCheck
from outreach.runtime import Runtime, Session
from outreach.services import conversations, suppressions, unidentified
from outreach.services.attempts import policy_of
from outreach.settings import Settings

log = structlog.get_logger()

_WHAT_TO_DO = {
    "emergency": "Rappeler cette personne maintenant : urgence dite au téléphone ou par SMS.",
    "distress": "Rappeler cette personne maintenant : détresse dite au téléphone ou par SMS.",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a turn gives back to Rasa."""

    texts: tuple[str, ...] = field(repr=False)
    custom: dict[str, Any]


def take_turn(runtime: Runtime, conversation_id: UUID, heard: Heard) -> Answer:
    """Hears, decides, does and says, in one transaction: all of it is kept or nothing is."""
    with runtime.transaction() as session:
        conversation = conversations.lock(session, conversation_id)
        now = runtime.clock.now()
        channel = Channel(conversation.channel)
        state = DialogueState.from_json(conversation.dialogue)
        facts = _facts(session, conversation, channel, runtime.settings, now)
        patient_turn = _hear(session, conversation, heard, now)
        meaning = understand(
            heard,
            state.pending,
            facts.department,
            now,
            state.verified,
            state.limit_asked_now,
            facts.home.get("insee_code"),
        )
        decision = decide(state, meaning, facts, now)
        act = acted_on(state, meaning, decision)
        if isinstance(decision, CheckBirthDate):
            check = _compared(session, conversation, decision, now)
            if check is IdentityCheck.VERIFIED and not facts.identified:
                facts = _facts(session, conversation, channel, runtime.settings, now)
            decision = after_birth_date(decision, check, facts)
        version = _wording(conversation, state)
        conversation.dialogue = replace(decision.state, wording=version).as_json()
        wording = version or WORDING
        texts = tuple(render(line, channel, wording) for line in decision.lines)
        agent_turn = conversations.say(session, conversation, " ".join(texts), decision.asks, wording, now)
        for effect in _in_order(decision.effects):
            _apply(session, conversation, effect, patient_turn or agent_turn, wording, now)
        log.info(
            "turn", conversation=str(conversation_id), act=act.value,
            asks=decision.asks, outcome=decision.state.ended, changes=len(decision.effects),
        )  # fmt: skip
    return Answer(texts, answer_of(decision, act, channel))


def _wording(conversation: Conversation, state: DialogueState) -> str | None:
    """The version that this conversation hears; None as long as nobody knows whose it is.

    It stands in the campaign, which every turn reads. A process that can't speak it says what is usual, and that.
    """
    if state.wording in versions():
        return state.wording
    contact = conversation.contact
    if contact is None:
        return None
    campaign = contact.campaign
    wanted = comparing.version_for(campaign.comparison, contact.id) or campaign.wording or WORDING
    if wanted not in versions():
        log.warning("wording unknown", version=wanted)
        return WORDING
    return wanted


def _hear(session: Session, conversation: Conversation, heard: Heard, now: datetime) -> Turn | None:
    if heard.kind in {Kind.OPEN, Kind.TRANSFERRED, Kind.NOT_TRANSFERRED}:
        return None
    text = {Kind.SILENCE: "", Kind.KEYPAD: heard.digits}.get(heard.kind, heard.text)
    return conversations.hear(session, conversation, for_the_record(text), now)


def _compared(session: Session, conversation: Conversation, asked: CheckBirthDate, now: datetime) -> IdentityCheck:
    if conversation.patient is None:
        return unidentified.check(session, conversation, asked.birth_date, asked.first_name, now)
    return conversations.check_birth_date(session, conversation, asked.birth_date)


def _advisers_reachable(settings: Settings, department: str, invented: bool, now: datetime) -> bool:
    """A call can be put through when a number is set, in office hours. Nobody real is rung for an invented person."""
    if settings.adviser_number is None or (invented and not settings.carrier_is_local):
        return False
    return advisers_are_in(settings.adviser_hours, department, now)


def _facts(
    session: Session, conversation: Conversation, channel: Channel, settings: Settings, now: datetime
) -> PatientFacts:
    patient = conversation.patient
    if patient is None:
        line = unidentified.line(session, conversation)
        return PatientFacts(
            department=line.department,
            identified=False,
            channel=channel,
            advisers_reachable=_advisers_reachable(settings, line.department, line.invented, now),
        )
    home = place_of(patient.insee_code, patient.postal_code)
    return PatientFacts(
        department=patient.department,
        civility=patient.civility,
        first_name=patient.first_name,
        last_name=patient.last_name,
        channel=channel,
        home={
            "commune": home.name if home else None,
            "insee_code": home.insee_code if home else patient.insee_code,
            "postal_code": patient.postal_code,
            "department": patient.department,
        },
        known=conversations.known_answers(session, conversation),
        policy=policy_of(conversation.contact) if conversation.contact is not None else DEFAULT,
        advisers_reachable=_advisers_reachable(settings, patient.department, patient.invented, now),
    )


def _in_order(effects: Iterable[Effect]) -> list[Effect]:
    """The conclusion comes last: what it hands over is read from the answers."""
    return sorted(effects, key=lambda effect: isinstance(effect, Conclude))


def _apply(
    session: Session, conversation: Conversation, effect: Effect, turn: Turn, wording: str, now: datetime
) -> None:
    match effect:
        case Remember(question, value):
            conversations.remember(session, conversation, question, value, turn)
        case RecordConsent(kind, state):
            conversations.record_consent(session, conversation, kind, state, turn, wording, now)
        case Alert(kind):
            conversations.raise_alert(session, conversation, kind, _WHAT_TO_DO[kind], now)
        case SuppressChannel(scope):
            if conversation.patient is not None:
                suppressions.suppress(session, conversation.patient.reference, None, scope, "asked_by_patient", now)
            else:
                unidentified.suppress_channel(session, conversation, scope, now)
        case Conclude(outcome, callback, detail, over):
            conversations.conclude(session, conversation, outcome, now, callback, detail, turn, over=over)


class TakeTurn(Action):  # type: ignore[misc]  # rasa-sdk is not typed
    """The one action: Rasa calls it once a turn, and keeps nothing of it."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def name(self) -> str:
        return "take_turn"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: dict[str, Any]) -> list[dict[str, Any]]:
        if tracker.sender_id == NOBODY:
            dispatcher.utter_message(text="…")
            return []
        heard = read_message(tracker.latest_message)
        answer = await asyncio.to_thread(take_turn, self._runtime, UUID(tracker.sender_id), heard)
        for text in answer.texts:
            dispatcher.utter_message(text=text)
        dispatcher.utter_message(json_message=answer.custom)
        return []
