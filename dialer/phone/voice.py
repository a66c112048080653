"""Calls: picked up, spoken to, told of by the carrier, met by a machine, and those that people make to us."""

from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as NotYet
from uuid import UUID

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from starlette.background import BackgroundTask

from dialer import aftermath, wording
from dialer.carrier import CarrierError
from dialer.carrier_table import STATUSES, after_failure
from dialer.phone import twiml
from dialer.phone.bot import NOT_TRANSFERRED, OPEN, SILENCE, TRANSFERRED, Answer, keyed, spoken
from dialer.phone.received import Received, Signed
from dialer.phone.relay import apologise, asked, first_answer, relay, stopped
from dialer.phone.room import Room
from dialer.phone.talk import Talk, turn_key
from outreach.domain.machines import HUMAN, SCREENING, Heard, by_a_machine, goes_to_fetch, who_speaks
from outreach.domain.phones import normal_sender
from outreach.domain.words import Channel
from outreach.services import calls, carrier_facts, conversations, machines, telephone
from outreach.services.calls import Standing
from outreach.services.carrier_facts import CarrierStatus
from outreach.services.machines import Plan

logger = structlog.get_logger(__name__)
router = APIRouter(prefix="/carrier/voice")

OPENING_SECONDS = 0.8
"""How long the agent may take to open a call before we greet in its place (rule 3: within a second of pick-up)."""

_OPENING_TURN = 0

_ASIDE = 500
"""The first of the turns in which a machine is heard out: the turn under way may still come with its own number."""

_MOST_WAITS = 8
"""Turns for which we wait while an assistant that screens calls fetches somebody."""


def _room(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


def _xml(text: str, then: BackgroundTask | None = None) -> Response:
    return Response(text, media_type="application/xml", background=then)


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
        talk: Talk | None = None
        if not telephone.already_talking(session, where.attempt_id):
            conversation = telephone.answered(session, where.attempt_id, call_sid, now)
            talk = Talk(where.attempt_id, conversation.id, where.caller)
        mine = talk is not None and telephone.relay_once(session, talk.key(_OPENING_TURN), talk.conversation_id, now)
    if talk is None:
        # They called us while we called them: a second conversation would ask all of it twice.
        return _xml(twiml.hang_up(wording.ALREADY_TALKING, _voice(room)))
    if by_a_machine(answered_by):
        return _xml(_met_a_machine(room, talk, answered_by))
    return _xml(_open(room, talk, mine=mine))


@router.post("/inbound")
def inbound(request: Request, webhook: Signed) -> Response:
    """Somebody calls us: recognised by number, they go on where they were; anybody else hears who we are."""
    room = _room(request)
    call_sid = webhook.field("CallSid")
    # A caller who withholds their number is a stranger to us.
    caller, called = normal_sender(webhook.optional("From") or ""), webhook.field("To")
    now = room.runtime.clock.now()
    talk: Talk | None = None
    with room.runtime.transaction() as session:
        found = telephone.inbound(session, Channel.VOICE, caller, called, call_sid, now)
        if found.conversation_id is not None:
            attempt_id = telephone.attempt_of_call(session, call_sid)
            talk = Talk(attempt_id, found.conversation_id, called) if attempt_id is not None else None
        mine = talk is not None and telephone.relay_once(session, talk.key(_OPENING_TURN), talk.conversation_id, now)
    if talk is None:
        return _xml(twiml.hang_up(wording.UNKNOWN_CALLER, _voice(room)))
    return _xml(_open(room, talk, mine=mine), _ending(room, found.calls_to_end))


def _ending(room: Room, calls_to_end: Sequence[str]) -> BackgroundTask | None:
    """Who is calling us need not be rung by us as well; the carrier is told while they listen."""
    return BackgroundTask(_end_calls, room, calls_to_end) if calls_to_end else None


def _end_calls(room: Room, calls_to_end: Sequence[str]) -> None:
    for call_sid in calls_to_end:
        try:
            room.carrier.end_call(call_sid)
        except CarrierError as error:
            # It rings on; whoever picks it up hears that we are talking already.
            logger.warning("needless call not ended", call=call_sid, code=error.code, status=error.status)


@router.post("/turn")
def turn(request: Request, webhook: Signed) -> Response:
    """The patient spoke, pressed keys, or said nothing."""
    room = _room(request)
    call_sid, number = webhook.field("CallSid"), webhook.turn()
    attempt_id, conversation_id = webhook.attempt_id(), webhook.conversation_id()
    now = room.runtime.clock.now()
    if attempt_id is None or conversation_id is None:
        raise HTTPException(404, "unknown conversation")
    key = turn_key(conversation_id, number)
    if number == _OPENING_TURN:
        with room.runtime.transaction() as session:
            found, mine = calls.standing(session, attempt_id), False
    else:
        taken = calls.standing_taking(room.runtime.hasty, attempt_id, conversation_id, call_sid, key, now)
        found, mine = taken or (None, False)
    where = _standing(found, call_sid)
    talk = _talk(where, webhook)
    # Words that the hang-up overtook are heard: the outcome may stand, and something still have been asked.
    if where.conversation_over and not where.ended:
        return _xml(first_answer(room, key, 0) or twiml.hang_up(wording.GOODBYE, _voice(room)))
    if mine:
        said = _not_a_person(room, webhook, where, talk, number) or _relayed(room, webhook, talk, number)
        room.keeper.keep(key, said)
        return _xml(said)
    kept = first_answer(room, key, room.runtime.settings.bot_timeout_seconds)
    return _xml(kept or _apology(room, talk.conversation_id, at_first=number == _OPENING_TURN))


def _not_a_person(room: Room, webhook: Received, where: Standing, talk: Talk, number: int) -> str | None:
    """What a machine is told, and whoever was taken for one; None when a person spoke, for the agent to answer."""
    words = webhook.optional("Digits") or webhook.optional("SpeechResult")
    what = who_speaks(words) if words else Heard.TELLS_NOTHING
    waiting = where.answered_by == SCREENING and (not words or goes_to_fetch(words))
    if waiting and what is not Heard.MAILBOX:
        return _wait(room, talk, number)
    known = where.answered_by == HUMAN or (words is None and not where.is_a_machine)
    if what is Heard.TELLS_NOTHING and known:
        return None
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        plan = machines.heard(session, talk.attempt_id, what, words, now)
        if plan is Plan.SAY_WHO_CALLS:
            conversation = conversations.lock(session, talk.conversation_id)
            conversations.say(session, conversation, wording.WHO_CALLS, None, wording.VERSION, now)
    if plan is Plan.KEEP_TALKING:
        return None
    return _carried_out(room, talk, plan, number + 1)


def _wait(room: Room, talk: Talk, number: int) -> str:
    if number % _ASIDE > _MOST_WAITS:
        return twiml.hang_up(wording.GOODBYE, _voice(room))
    return twiml.hear_out(talk.address(room, "turn", number + 1))


def _carried_out(room: Room, talk: Talk, plan: Plan, following: int) -> str:
    """The instructions for a machine; what follows comes to the turn `following`."""
    if plan is Plan.HEAR_OUT:
        return twiml.hear_out(talk.address(room, "turn", following))
    if plan is Plan.SAY_WHO_CALLS:
        return twiml.say_then_hear(wording.WHO_CALLS, talk.address(room, "turn", following), _voice(room))
    if plan is Plan.LEAVE_MESSAGE:
        return twiml.voicemail(wording.VOICEMAIL, _voice(room))
    return twiml.just_hang_up()


def _relayed(room: Room, webhook: Received, talk: Talk, number: int) -> str:
    words = webhook.optional("SpeechResult")

    def sorry() -> str:
        if stopped(room, talk.conversation_id, words):
            return twiml.hang_up(wording.STOPPED, _voice(room))
        return _apology(room, talk.conversation_id, at_first=False)

    render = _instructions(room, talk, number)
    return asked(room, talk.conversation_id, _message(webhook, words), render, sorry)


@router.post("/announcement")
def announcement(request: Request, webhook: Signed) -> Response:
    """An adviser picked up, and is told what this call is before the patient is on the line."""
    room = _room(request)
    webhook.field("CallSid")  # the adviser's own; the patient's is its parent
    attempt_id = webhook.attempt_id()
    with room.runtime.transaction() as session:
        _standing(calls.standing(session, attempt_id) if attempt_id else None, webhook.optional("ParentCallSid"))
    return _xml(twiml.announce(wording.FOR_THE_ADVISER, _voice(room)))


@router.post("/transferred")
def transferred(request: Request, webhook: Signed) -> Response:
    """The advisers were rung: the agent hears how it ended, and goes on with whoever is still on the line."""
    room = _room(request)
    call_sid, told, number = webhook.field("CallSid"), webhook.field("DialCallStatus"), webhook.turn()
    attempt_id = webhook.attempt_id()
    # Who hangs up on the announcement picked up, but has talked to nobody.
    talked = told == "completed" and webhook.optional("DialBridged") != "false"
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        where = _standing(calls.standing(session, attempt_id) if attempt_id else None, call_sid)
        talk = _talk(where, webhook)
        key = talk.key(number)
        hung_up = where.ended or webhook.optional("CallStatus") == "completed"
        # Nobody is left to be asked when to call; that they talked is worth knowing all the same.
        tell = talked or not (hung_up or where.conversation_over)
        mine = tell and telephone.relay_once(session, key, talk.conversation_id, now)
        kept = telephone.relayed_answer(session, key)
    if mine:
        kept = _told(room, talk, number, talked=talked)
    elif tell and kept is None:
        kept = first_answer(room, key, room.runtime.settings.bot_timeout_seconds)
    return _xml(twiml.nothing() if hung_up else kept or twiml.hang_up(wording.GOODBYE, _voice(room)))


def _told(room: Room, talk: Talk, number: int, *, talked: bool) -> str:
    def sorry() -> str:
        if talked:
            return twiml.hang_up(wording.GOODBYE, _voice(room))
        return _apology(room, talk.conversation_id, at_first=False)

    message, render = TRANSFERRED if talked else NOT_TRANSFERRED, _instructions(room, talk, number)
    return relay(room, talk.conversation_id, talk.key(number), message, render, sorry)


@router.post("/status")
def status(request: Request, webhook: Signed) -> Response:
    """The carrier tells how a call goes; also, found by its id, of one that somebody made to us."""
    room = _room(request)
    call_sid, told = webhook.field("CallSid"), webhook.field("CallStatus")
    attempt_id = webhook.attempt_id()
    code = webhook.whole("ErrorCode")
    ending = after_failure(code, webhook.whole("SipResponseCode")) if told == "failed" else None
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
                failed_as=ending.disposition if ending is not None else None,
                error_code=code,
                duration_seconds=webhook.whole("CallDuration"),
            )
    if ending is not None:
        aftermath.follow(room.runtime, where.attempt_id, ending)
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
        if not calls.first_time(session, f"{where.attempt_id}:amd", where.attempt_id, "amd", now):
            return _nothing()
        plan = machines.detected(session, where.attempt_id, answered_by, now)
    try:
        if plan is Plan.HANG_UP:
            room.carrier.end_call(call_sid)
        elif plan is not Plan.KEEP_TALKING and where.conversation_id is not None:
            # Before the agent has opened there is nothing to turn away from: its first turn finds the machine.
            talk = Talk(where.attempt_id, where.conversation_id, where.caller, told_outright=True)
            room.carrier.redirect_call(call_sid, _carried_out(room, talk, plan, _ASIDE))
    except CarrierError as error:
        # The call's next turn finds that a machine is there, and gives it the same.
        logger.warning("machine not told off", attempt=str(where.attempt_id), code=error.code, status=error.status)
    return _nothing()


def _standing(where: Standing | None, call_sid: str | None) -> Standing:
    """404 for an attempt that we don't have, 409 when the carrier's id, if it told one, is another call's."""
    if where is None or where.channel is not Channel.VOICE:
        raise HTTPException(404, "unknown attempt")
    if None not in {where.carrier_id, call_sid} and where.carrier_id != call_sid:
        raise HTTPException(409, "another call's attempt")
    return where


def _talk(where: Standing, webhook: Received) -> Talk:
    """404 when the address names another conversation than the call's."""
    if where.conversation_id is None or where.conversation_id != webhook.conversation_id():
        raise HTTPException(404, "unknown conversation")
    return Talk(where.attempt_id, where.conversation_id, where.caller)


def _message(webhook: Received, words: str | None) -> str:
    digits = webhook.optional("Digits")
    if digits is not None:
        return keyed(digits[:32])
    return spoken(words or "") or SILENCE


def _instructions(room: Room, talk: Talk, number: int) -> Callable[[Answer], str]:
    """Makes the instructions for what the agent says: what follows comes to the next number."""
    following = number + 1

    def made(said: Answer) -> str:
        adviser = room.runtime.settings.adviser_number
        if not said.transfer or adviser is None:
            return twiml.listen(said, talk.address(room, "turn", following), _voice(room))
        announced = talk.address(room, "announcement", following)
        ended = talk.address(room, "transferred", following)
        return twiml.put_through(said, adviser, announced, ended, talk.our_number, _voice(room))

    return made


def _open(room: Room, talk: Talk, *, mine: bool) -> str:
    """The agent's opening when it comes at once; else our greeting now, and its opening after that."""
    key = talk.key(_OPENING_TURN)
    if mine:
        said = room.openings.submit(
            relay,
            room,
            talk.conversation_id,
            key,
            OPEN,
            _instructions(room, talk, _OPENING_TURN),
            lambda: _apology(room, talk.conversation_id, at_first=True),
        )
        try:
            return said.result(OPENING_SECONDS)
        except NotYet:
            room.metrics.late_openings.inc()
    else:
        kept = first_answer(room, key, OPENING_SECONDS)
        if kept is not None:
            return kept
    return twiml.go_on(wording.GREETING, talk.address(room, "turn", _OPENING_TURN), _voice(room))


def _apology(room: Room, conversation_id: UUID, *, at_first: bool) -> str:
    if apologise(room, conversation_id):
        text = wording.APOLOGY_AT_FIRST if at_first else wording.APOLOGY
    else:
        text = wording.APOLOGY_TO_CALLER_AT_FIRST if at_first else wording.APOLOGY_TO_CALLER
    return twiml.hang_up(text, _voice(room))


def _met_a_machine(room: Room, talk: Talk, answered_by: str) -> str:
    """For carriers that tell who picked up with the pick-up itself."""
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        plan = machines.detected(session, talk.attempt_id, answered_by, now)
    return _carried_out(room, talk, plan, _ASIDE)


def _voice(room: Room) -> str:
    return room.runtime.settings.voice
