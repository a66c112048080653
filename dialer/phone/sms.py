"""SMS: what people write to us, and the receipts of what we wrote."""

from collections.abc import Sequence
from datetime import datetime

from fastapi import APIRouter, HTTPException, Request, Response

from dialer import aftermath, wording
from dialer.carrier_table import STATUSES, after_failure
from dialer.phone import twiml
from dialer.phone.bot import SILENCE, Answer, spoken
from dialer.phone.received import Signed
from dialer.phone.relay import first_answer, relay, wait_for_earlier
from dialer.phone.room import Room
from outreach.domain.phones import is_number, normal_sender
from outreach.domain.social_security import without_social_security_numbers
from outreach.domain.stop_words import is_start_message, is_stop_message
from outreach.domain.words import Channel, Outcome
from outreach.runtime import Session
from outreach.services import calls, carrier_facts, conversations, suppressions, telephone
from outreach.services.telephone import Recognised

router = APIRouter(prefix="/carrier/sms")

_FAILED = frozenset({"undelivered", "failed"})


def _reply(*texts: str) -> Response:
    return Response(twiml.sms(texts), media_type="application/xml")


@router.post("/inbound")
def inbound(request: Request, webhook: Signed) -> Response:
    """An SMS of somebody: a stop is done at once, here; the rest is the agent's, in the conversation under way."""
    room: Room = request.app.state.room
    message_sid = webhook.field("MessageSid")
    sender, ours = normal_sender(webhook.optional("From") or ""), webhook.field("To")
    words = webhook.optional("Body") or ""
    to_the_carrier = webhook.optional("OptOutType")
    if to_the_carrier == "HELP":
        return _reply()  # the carrier has told its own help
    told_the_carrier = to_the_carrier == "STOP"
    now = room.runtime.clock.now()
    key = telephone.sms_key(message_sid)
    timeout = room.runtime.settings.bot_timeout_seconds
    mine = False
    earlier: Sequence[str] = ()
    with room.runtime.transaction() as session:
        kept = telephone.relayed_answer(session, key)
        if kept is not None:
            return Response(kept, media_type="application/xml")
        if told_the_carrier or is_stop_message(words):
            answer = _stop(session, sender, ours, message_sid, words, now, answers=not told_the_carrier)
            return Response(answer, media_type="application/xml")
        if to_the_carrier == "START" or is_start_message(words):
            suppressions.unblocked_by_carrier(session, sender, now)
            return _reply(wording.SMS_STARTED)
        found = telephone.inbound(session, Channel.SMS, sender, ours, message_sid, now)
        if found.conversation_id is not None:
            mine = telephone.relay_once(session, key, found.conversation_id, now)
            earlier = telephone.still_unanswered(session, found.conversation_id, key)
    if found.conversation_id is None:
        return _reply(wording.SMS_UNKNOWN)
    if mine:
        wait_for_earlier(room, earlier, timeout, twiml.sms([]))
        text = relay(
            room,
            found.conversation_id,
            key,
            spoken(words) or SILENCE,
            _texts,
            lambda: twiml.sms([wording.SMS_APOLOGY]),
        )
    else:
        kept = first_answer(room, key, timeout)
        text = kept or twiml.sms([])
    return Response(text, media_type="application/xml")


def _texts(answer: Answer) -> str:
    return twiml.sms(answer.texts)


def _stop(
    session: Session, sender: str, ours: str, message_sid: str, words: str, now: datetime, *, answers: bool
) -> str:
    """Every channel stops for everybody who has this number, whatever else is away (rule 9). Returns the reply.

    Not `answers`: the carrier has answered its own stop words already, and lets no other SMS through.
    """
    found = telephone.inbound(session, Channel.SMS, sender, ours, message_sid, now)
    said = wording.SMS_STOPPED_LINE if found.recognised is Recognised.SHARED else wording.SMS_STOPPED
    answer = twiml.sms([said] if answers else [])
    if found.conversation_id is not None:
        key = telephone.sms_key(message_sid)
        if not telephone.relay_once(session, key, found.conversation_id, now):
            return answer
        telephone.remember_relay(session, key, answer)
        conversation = conversations.lock(session, found.conversation_id)
        conversations.hear(session, conversation, without_social_security_numbers(words), now)
        conversations.say(session, conversation, said, None, wording.VERSION, now)
        conversations.conclude(session, conversation, Outcome.OPTED_OUT, now)
    if is_number(sender):
        suppressions.stop_by_sms(session, sender, now)
    return answer


@router.post("/status")
def status(request: Request, webhook: Signed) -> Response:
    """A receipt, late ones included."""
    room: Room = request.app.state.room
    message_sid, told = webhook.field("MessageSid"), webhook.field("MessageStatus")
    attempt_id, code = webhook.attempt_id(), webhook.whole("ErrorCode")
    ending = after_failure(code) if told in _FAILED else None
    now = room.runtime.clock.now()
    with room.runtime.transaction() as session:
        attempt_id = attempt_id or telephone.attempt_of_call(session, message_sid)
        where = calls.standing(session, attempt_id) if attempt_id is not None else None
        if where is None or where.channel is not Channel.SMS:
            raise HTTPException(404, "unknown attempt")
        if where.carrier_id is not None and where.carrier_id != message_sid:
            raise HTTPException(409, "another message's attempt")
        if told in STATUSES:
            carrier_facts.carrier_status(
                session,
                where.attempt_id,
                STATUSES[told],
                now,
                carrier_id=message_sid,
                failed_as=ending.disposition if ending is not None else None,
                error_code=code,
            )
    if ending is not None:
        aftermath.follow(room.runtime, where.attempt_id, ending)
    return Response(status_code=204)
