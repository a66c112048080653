"""One turn to the agent and back, exactly once: whoever delivers it again gets the first answer."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import structlog

from dialer import wording
from dialer.phone.bot import NOT_TRANSFERRED, Answer, BotAway
from dialer.phone.room import Room
from outreach.domain.stop_words import is_stop_message
from outreach.domain.words import Outcome
from outreach.services import conversations, telephone

logger = structlog.get_logger(__name__)

_LOOK_AGAIN_SECONDS = 0.04

Render = Callable[[Answer], str]


def relay(room: Room, conversation_id: UUID, key: str, message: str, render: Render, sorry: Callable[[], str]) -> str:
    """Relays a turn that is ours to relay, and keeps its answer. `sorry` makes one when the agent is away."""
    text = asked(room, conversation_id, message, render, sorry)
    room.keeper.keep(key, text)
    return text


def asked(room: Room, conversation_id: UUID, message: str, render: Render, sorry: Callable[[], str]) -> str:
    """The answer to a turn that is ours to relay, still to be kept."""
    started = time.monotonic()
    try:
        answer = _ask(room, conversation_id, message)
    except BotAway as away:
        room.metrics.apologies.inc()
        logger.warning("agent away", conversation=str(conversation_id), why=str(away))
        text = sorry()
    else:
        room.metrics.agent.observe(time.monotonic() - started)
        text = render(answer)
    room.metrics.turns.observe(time.monotonic() - started)
    return text


def _ask(room: Room, conversation_id: UUID, message: str) -> Answer:
    """The agent's answer. When it wants to put through and there is nobody to ring, what it says to that too."""
    answer = room.bot.ask(conversation_id, message)
    if not answer.transfer or room.runtime.settings.adviser_number is not None:
        return answer
    logger.warning("nobody to put through to", conversation=str(conversation_id))
    instead = room.bot.ask(conversation_id, NOT_TRANSFERRED)
    return replace(instead, texts=answer.texts + instead.texts, transfer=False)


def wait_for_earlier(room: Room, keys: Sequence[str], seconds: float, nothing: str) -> None:
    """Two messages in quick succession are heard in their order: the second waits for the answer to the first.

    One whose answer doesn't come, for the process that made it died, is given up for good: nobody waits for it again.
    """
    for key in keys:
        if first_answer(room, key, seconds) is None:
            room.keeper.keep(key, nothing)


def first_answer(room: Room, key: str, seconds: float) -> str | None:
    """What a turn delivered before was answered, waited for while it is being made; None when it doesn't come."""
    deadline = time.monotonic() + seconds
    while True:
        with room.runtime.transaction() as session:
            answer = telephone.relayed_answer(session, key)
        if answer is not None or time.monotonic() > deadline:
            return answer
        time.sleep(_LOOK_AGAIN_SECONDS)


def apologise(room: Room, conversation_id: UUID) -> bool:
    """The contact goes back to waiting, whatever was said. Returns whether we shall call again."""
    with room.runtime.transaction() as session:
        return conversations.apologise(session, conversation_id, room.runtime.clock.now())


def stopped(room: Room, conversation_id: UUID, words: str | None) -> bool:
    """Whether these words are a bare stop, which is then done here, for the agent could not hear it (rule 9)."""
    if words is None or not is_stop_message(words):
        return False
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        conversation = conversations.lock(session, conversation_id)
        conversations.hear(session, conversation, words, now)
        conversations.say(session, conversation, wording.STOPPED, None, wording.VERSION, now)
        conversations.conclude(session, conversation, Outcome.OPTED_OUT, now)
    return True
