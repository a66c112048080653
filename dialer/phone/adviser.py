"""An adviser who calls somebody from a page: theirs is rung first, and the person is called once they pressed a key."""

from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from fastapi import APIRouter, HTTPException, Request, Response

from dialer import wording
from dialer.carrier_table import STATUSES
from dialer.phone import twiml
from dialer.phone.received import Received, Signed
from dialer.phone.room import Room
from outreach.domain.words import AdviserCallResult
from outreach.runtime import Session
from outreach.services import adviser_calls
from outreach.services.adviser_calls import Dialled

logger = structlog.get_logger(__name__)
router = APIRouter(prefix="/carrier/adviser")

KEY = "1"
_SHORTEST_LEAD_SECONDS, _LEAD_SECONDS = 5.0, 1.0
"""From the key to the first ring: seconds of the shared clock at least, and real ones."""

_SAID = {
    AdviserCallResult.NO_ANSWER: wording.NOBODY_ANSWERED,
    AdviserCallResult.BUSY: wording.LINE_BUSY,
    AdviserCallResult.NOT_REACHED: wording.NOT_REACHED,
}


@router.post("/answer")
def answer(request: Request, webhook: Signed) -> Response:
    """The adviser's telephone was picked up, maybe by a voicemail: whoever it is has to press the key."""
    room = _room(request)
    call_sid = webhook.field("CallSid")
    with room.runtime.transaction() as session:
        call_id = _call_of(session, webhook, call_sid)
        waits = adviser_calls.picked_up(session, call_id, call_sid, room.runtime.clock.now())
    if not waits:
        return _xml(twiml.hang_up(wording.CALL_OVER, _voice(room)))
    return _xml(twiml.ask_for_key(wording.PRESS_TO_CALL, _address(room, "pressed", call_id), _voice(room)))


@router.post("/pressed")
def pressed(request: Request, webhook: Signed) -> Response:
    """The key: every gate is asked once more, and the person is called."""
    room = _room(request)
    call_sid = webhook.field("CallSid")
    clock = room.runtime.clock
    lead = timedelta(seconds=max(_SHORTEST_LEAD_SECONDS, _LEAD_SECONDS * clock.rate))
    with room.runtime.transaction() as session:
        call_id = _call_of(session, webhook, call_sid)
        if webhook.optional("Digits") != KEY:
            return _xml(twiml.just_hang_up())
        dialled = adviser_calls.confirm(session, call_id, clock.now(), room.runtime.settings, lead)
    if isinstance(dialled, Dialled):
        status = f"{room.runtime.settings.public_url}/carrier/voice/status?attempt={dialled.attempt_id}"
        ended = _address(room, "ended", call_id)
        return _xml(twiml.call_person(dialled.number, dialled.caller, dialled.ring_seconds, ended, status))
    if dialled:
        logger.info("adviser's call refused", call=str(call_id), reasons=[reason.value for reason in dialled])
    return _xml(twiml.hang_up(wording.NOT_CALLED if dialled else wording.CALL_OVER, _voice(room)))


@router.post("/ended")
def ended(request: Request, webhook: Signed) -> Response:
    """The person's call is over; the adviser hears why when they didn't talk."""
    room = _room(request)
    call_sid, told = webhook.field("CallSid"), webhook.field("DialCallStatus")
    with room.runtime.transaction() as session:
        call_id = _call_of(session, webhook, call_sid)
        result = None
        if told in STATUSES:
            result = adviser_calls.person_called(
                session,
                call_id,
                STATUSES[told],
                room.runtime.clock.now(),
                carrier_id=webhook.optional("DialCallSid"),
                duration_seconds=webhook.whole("DialCallDuration"),
            )
    said = _SAID.get(result) if result is not None else None
    return _xml(twiml.hang_up(said, _voice(room)) if said is not None else twiml.just_hang_up())


@router.post("/status")
def status(request: Request, webhook: Signed) -> Response:
    """How the adviser's own call goes."""
    room = _room(request)
    call_sid, told = webhook.field("CallSid"), webhook.field("CallStatus")
    with room.runtime.transaction() as session:
        call_id = _call_of(session, webhook, call_sid)
        if told in STATUSES:
            adviser_calls.told(session, call_id, call_sid, STATUSES[told], room.runtime.clock.now())
    return Response(status_code=204)


def _room(request: Request) -> Room:
    room: Room = request.app.state.room
    return room


def _call_of(session: Session, webhook: Received, call_sid: str) -> UUID:
    """404 for a call that we don't have, 409 when the carrier's id is another call's."""
    call_id = webhook.call_id()
    found = adviser_calls.standing(session, call_id) if call_id is not None else None
    if call_id is None or found is None:
        raise HTTPException(404, "unknown call")
    if found.carrier_id not in {None, call_sid}:
        raise HTTPException(409, "another call's")
    return call_id


def _address(room: Room, route: str, call_id: UUID) -> str:
    return f"{urlsplit(room.runtime.settings.public_url).path}/carrier/adviser/{route}?call={call_id}"


def _voice(room: Room) -> str:
    return room.runtime.settings.voice


def _xml(text: str) -> Response:
    return Response(text, media_type="application/xml")
