"""Calls: picked up, spoken to, told of by the carrier, met by a machine, and those that people make to us."""

from collections.abc import Callable
from concurrent.futures import TimeoutError as NotYet
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, HTTPException, Request, Response

from dialer import wording
from dialer.carrier import CarrierError
from dialer.carrier_table import STATUSES, failed_as
from dialer.phone import twiml
from dialer.phone.bot import OPEN, SILENCE, Answer, keyed, spoken
from dialer.phone.received import Received, Signed
from dialer.phone.relay import apologise, first_answer, relay, stopped
from dialer.phone.room import Room
from outreach.domain.phones import normal_sender
from outreach.domain.words import Channel
from outreach.services import calls, carrier_facts, telephone
from outreach.services.calls import Standing
from outreach.services.carrier_facts import CarrierStatus, VoicemailPlan

logger = structlog.get_logger(__name__)
router = APIRouter(prefix="/carrier/voice")

OPENING_SECONDS = 0.8
"""How long the agent may take to open a call before we greet in its place (rule 3: within a second of pick-up)."""

_OPENING_TURN = 0


def _room(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


def _xml(text: str) -> Response:
    return Response(text, media_type="application/xml")


def _nothing() -> Response:
    return Response(status_code=204)


@router.post("/answer")
def answer(request: Request, webhook: Signed) -> Response:
    """A call of ours was picked up: the agent opens."""
    room = _room(request)
    call_sid, attempt_id = webhook.field("CallSid"), webhook.attempt_id()
    answered_by = webhook.optional("AnsweredBy") or ""
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        attempt_id = attempt_id or telephone.attempt_of_call(session, call_sid)
        where = _standing(calls.standing(session, attempt_id) if attempt_id else None, call_sid)
        if not where.ended or where.conversation_id is None:
            # Also brings back to life an attempt that was given up as never placed.
            carrier_facts.carrier_status(session, where.attempt_id, CarrierStatus.IN_PROGRESS, now, carrier_id=call_sid)
            where = _standing(calls.standing(session, where.attempt_id), call_sid)
        if where.ended and where.conversation_id is None:
            return _xml(twiml.just_hang_up())  # overtaken by the end of the call
        conversation_id = telephone.answered(session, where.attempt_id, call_sid, now).id
        mine = telephone.relay_once(session, _opening_key(conversation_id), conversation_id, now)
    if answered_by.startswith(calls.MACHINES):
        return _xml(_met_a_machine(room, where.attempt_id, answered_by))
    return _xml(_open(room, where.attempt_id, conversation_id, mine=mine))


@router.post("/inbound")
def inbound(request: Request, webhook: Signed) -> Response:
    """Somebody calls us: recognised by number, they go on where they were; anybody else hears who we are."""
    room = _room(request)
    call_sid = webhook.field("CallSid")
    caller, called = normal_sender(webhook.field("From")), webhook.field("To")
    now = room.runtime.clock.now()
    mine = False
    attempt_id: UUID | None = None
    with room.runtime.transaction() as session:
        found = telephone.inbound(session, Channel.VOICE, caller, called, call_sid, now)
        if found.conversation_id is not None:
            attempt_id = telephone.attempt_of_call(session, call_sid)
            key = _opening_key(found.conversation_id)
            mine = telephone.relay_once(session, key, found.conversation_id, now)
    if found.conversation_id is None or attempt_id is None:
        return _xml(twiml.hang_up(wording.UNKNOWN_CALLER, _voice(room)))
    return _xml(_open(room, attempt_id, found.conversation_id, mine=mine))


@router.post("/turn")
def turn(request: Request, webhook: Signed) -> Response:
    """The patient spoke, pressed keys, or said nothing."""
    room = _room(request)
    call_sid, attempt_id, number = webhook.field("CallSid"), webhook.attempt_id(), webhook.turn()
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        where = _standing(calls.standing(session, attempt_id) if attempt_id else None, call_sid)
        conversation_id = where.conversation_id
        if conversation_id is None or conversation_id != webhook.conversation_id():
            raise HTTPException(404, "unknown conversation")
        key = f"{conversation_id}:{number}"
        over = where.conversation_over or where.is_a_machine
        mine = not over and number != _OPENING_TURN and telephone.relay_once(session, key, conversation_id, now)
        kept = telephone.relayed_answer(session, key) if over else None
    if over:
        return _xml(kept or _last_words(room, where))
    if mine:
        return _xml(_relayed(room, webhook, where.attempt_id, conversation_id, number))
    kept = first_answer(room, key, room.runtime.settings.bot_timeout_seconds)
    return _xml(kept or _apology(room, conversation_id, at_first=number == _OPENING_TURN))


def _relayed(room: Room, webhook: Received, attempt_id: UUID, conversation_id: UUID, number: int) -> str:
    words = webhook.optional("SpeechResult")

    def sorry() -> str:
        if stopped(room, conversation_id, words):
            return twiml.hang_up(wording.STOPPED, _voice(room))
        return _apology(room, conversation_id, at_first=False)

    listen = _listen(room, attempt_id, conversation_id, number)
    return relay(room, conversation_id, f"{conversation_id}:{number}", _message(webhook, words), listen, sorry)


@router.post("/status")
def status(request: Request, webhook: Signed) -> Response:
    """The carrier tells how a call goes; also, found by its id, of one that somebody made to us."""
    room = _room(request)
    call_sid, told = webhook.field("CallSid"), webhook.field("CallStatus")
    attempt_id = webhook.attempt_id()
    code = webhook.whole("ErrorCode")
    with room.runtime.transaction() as session:
        attempt_id = attempt_id or telephone.attempt_of_call(session, call_sid)
        where = _standing(calls.standing(session, attempt_id) if attempt_id else None, call_sid)
        answered_by = webhook.optional("AnsweredBy")
        if answered_by is not None:
            calls.who_picked_up(session, where.attempt_id, answered_by)
        if told in STATUSES:
            carrier_facts.carrier_status(
                session,
                where.attempt_id,
                STATUSES[told],
                room.runtime.clock.now(),
                carrier_id=call_sid,
                failed_as=failed_as(code),
                error_code=code,
                duration_seconds=webhook.whole("CallDuration"),
            )
    return _nothing()


@router.post("/amd")
def amd(request: Request, webhook: Signed) -> Response:
    """The carrier heard who picked up: a machine gets the neutral message, or nothing at all."""
    room = _room(request)
    call_sid, answered_by = webhook.field("CallSid"), webhook.field("AnsweredBy")
    attempt_id = webhook.attempt_id()
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        attempt_id = attempt_id or telephone.attempt_of_call(session, call_sid)
        where = _standing(calls.standing(session, attempt_id) if attempt_id else None, call_sid)
        if where.ended or not calls.first_time(session, f"{where.attempt_id}:amd", where.attempt_id, "amd", now):
            return _nothing()
        plan = carrier_facts.machine_found(session, where.attempt_id, answered_by, now)
    try:
        if plan is VoicemailPlan.LEAVE_MESSAGE:
            room.carrier.redirect_call(call_sid, _voicemail(room, answered_by))
        elif plan is VoicemailPlan.HANG_UP:
            room.carrier.end_call(call_sid)
    except CarrierError as error:
        # The call's next turn finds that a machine is there, and gives it the same.
        logger.warning("machine not told off", attempt=str(where.attempt_id), code=error.code, status=error.status)
    return _nothing()


def _standing(where: Standing | None, call_sid: str) -> Standing:
    """404 for an attempt that we don't have, 409 when the carrier's id is another call's."""
    if where is None or where.channel is not Channel.VOICE:
        raise HTTPException(404, "unknown attempt")
    if where.carrier_id is not None and where.carrier_id != call_sid:
        raise HTTPException(409, "another call's attempt")
    return where


def _message(webhook: Received, words: str | None) -> str:
    digits = webhook.optional("Digits")
    if digits is not None:
        return keyed(digits[:32])
    return spoken(words or "") or SILENCE


def _listen(room: Room, where: UUID, conversation_id: UUID, number: int) -> Callable[[Answer], str]:
    """Makes the instructions for what the agent says: the next turn comes to the next number."""
    return lambda said: twiml.listen(said, _turn_address(room, where, conversation_id, number + 1), _voice(room))


def _turn_address(room: Room, attempt_id: UUID, conversation_id: UUID, number: int) -> str:
    prefix = urlsplit(room.runtime.settings.public_url).path
    return f"{prefix}/carrier/voice/turn?attempt={attempt_id}&conversation={conversation_id}&turn={number}"


def _opening_key(conversation_id: UUID) -> str:
    return f"{conversation_id}:{_OPENING_TURN}"


def _open(room: Room, attempt_id: UUID, conversation_id: UUID, *, mine: bool) -> str:
    """The agent's opening when it comes at once; else our greeting now, and its opening after that."""
    key = _opening_key(conversation_id)
    if mine:
        said = room.openings.submit(
            relay,
            room,
            conversation_id,
            key,
            OPEN,
            _listen(room, attempt_id, conversation_id, _OPENING_TURN),
            lambda: _apology(room, conversation_id, at_first=True),
        )
        try:
            return said.result(OPENING_SECONDS)
        except NotYet:
            room.metrics.late_openings.inc()
    else:
        kept = first_answer(room, key, OPENING_SECONDS)
        if kept is not None:
            return kept
    then = _turn_address(room, attempt_id, conversation_id, _OPENING_TURN)
    return twiml.go_on(wording.GREETING, then, _voice(room))


def _apology(room: Room, conversation_id: UUID, *, at_first: bool) -> str:
    apologise(room, conversation_id)
    return twiml.hang_up(wording.APOLOGY_AT_FIRST if at_first else wording.APOLOGY, _voice(room))


def _met_a_machine(room: Room, attempt_id: UUID, answered_by: str) -> str:
    """For carriers that tell who picked up with the pick-up itself."""
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        plan = carrier_facts.machine_found(session, attempt_id, answered_by, now)
    if plan is VoicemailPlan.LEAVE_MESSAGE:
        return _voicemail(room, answered_by)
    return twiml.just_hang_up()


def _last_words(room: Room, where: Standing) -> str:
    """For a turn that comes when there is nobody to talk with any more."""
    if not where.is_a_machine:
        return twiml.hang_up(wording.GOODBYE, _voice(room))
    if where.voicemail_left and where.answered_by is not None:
        return _voicemail(room, where.answered_by)
    return twiml.just_hang_up()


def _voicemail(room: Room, answered_by: str) -> str:
    return twiml.voicemail(wording.VOICEMAIL, _voice(room), greeting_is_over=answered_by.startswith("machine_end"))


def _voice(room: Room) -> str:
    return room.runtime.settings.voice
