"""<Dial>: an adviser is rung for somebody who is on the line, told why, and joined to them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from urllib.parse import urljoin

from sandbox import twiml
from sandbox.advisers import AdviserLine, Advisers
from sandbox.clock import NetworkClock
from sandbox.journal import Journal
from sandbox.records import Call, turn
from sandbox.webhooks import ApplicationError, Webhooks

SECONDS_A_CHARACTER = 0.06
APPLICATION_ERROR = 11200
_BUSY_SECONDS = 1.0
_HELLO = "Bonjour, un conseiller à l'appareil. Je vous écoute."
_GOODBYE = "C'est entendu. Au revoir."

Parameters = Callable[[Call], dict[str, str]]
Speaks = Callable[[Call, str, str], None]


class Dialling:
    """The second legs of calls."""

    def __init__(self, clock: NetworkClock, journal: Journal, webhooks: Webhooks, advisers: Advisers) -> None:
        self._clock = clock
        self._journal = journal
        self._webhooks = webhooks
        self._advisers = advisers
        self._ranks: Counter[str] = Counter()

    async def dial(
        self, call: Call, verb: twiml.Dial, base: str, legs: dict[str, Call], parameters: Parameters, speaks: Speaks
    ) -> dict[str, str]:
        """Rings, announces, joins. How it ended, as the action is told; when the caller hangs up, the action is asked
        all the same, and what it answers is carried out by nobody."""
        leg = self._leg(call, verb)
        legs[leg.sid] = leg
        try:
            status = await self._carry(call, leg, verb, base, parameters, speaks)
        except asyncio.CancelledError:
            self._finish(leg, "completed" if leg.answered else "canceled")
            if call.hung_up and verb.action:
                self._webhooks.spawn(self._ask_in_vain(call, verb, urljoin(base, verb.action), parameters, leg))
            raise
        self._finish(leg, status)
        return _ended(leg)

    def _leg(self, call: Call, verb: twiml.Dial) -> Call:
        rank = self._ranks[verb.number]
        self._ranks[verb.number] += 1
        leg = Call(
            account=call.account,
            to=verb.number,
            sender=verb.caller_id or call.sender,
            direction="outbound-dial",
            created=self._clock.moment(),
            source=call.source,
            ring_timeout=verb.timeout,
            rank=rank,
            parent_sid=call.sid,
        )
        self._journal.record(leg.sid, "placed", to=leg.to, sender=leg.sender, direction=leg.direction, parent=call.sid)
        return leg

    async def _carry(
        self, call: Call, leg: Call, verb: twiml.Dial, base: str, parameters: Parameters, speaks: Speaks
    ) -> str:
        if leg.sender not in {call.sender, call.to}:
            leg.error_code = 13214  # a caller id that is neither party's
            return "failed"
        line = self._advisers.find(leg.to)
        if line is not None and line.conduct == "busy":
            await self._clock.sleep(_BUSY_SECONDS)
            return "busy"
        if not await self._picks_up(leg, line) or line is None:
            return "no-answer"
        if verb.number_url and not await self._announces(call, leg, verb, urljoin(base, verb.number_url), parameters):
            return "failed"
        if line.conduct == "answers" and not leg.hung_up:
            await self._talk(call, leg, line, speaks)
        return "completed"

    async def _picks_up(self, leg: Call, line: AdviserLine | None) -> bool:
        leg.status, leg.rang = "ringing", self._clock.moment()
        self._journal.record(leg.sid, "rang")
        if line is None or line.conduct == "never_answers" or line.answer_seconds >= leg.ring_timeout:
            await self._clock.sleep(leg.ring_timeout)
            return False
        await self._clock.sleep(line.answer_seconds)
        leg.status, leg.answered = "in-progress", self._clock.moment()
        self._journal.record(leg.sid, "answered")
        return True

    async def _announces(self, call: Call, leg: Call, verb: twiml.Dial, url: str, parameters: Parameters) -> bool:
        """What the adviser alone hears; whoever called hears it ring. False when the application fails."""
        about = {**parameters(leg), "ParentCallSid": call.sid}
        try:
            document = twiml.parse(await self._webhooks.ask(leg, url, verb.number_method, about))
        except (ApplicationError, twiml.TwimlError) as error:
            leg.error_code = getattr(error, "code", APPLICATION_ERROR)
            self._journal.record(leg.sid, "application error", code=leg.error_code, why=str(error))
            return False
        for one in document.verbs:
            if isinstance(one, twiml.Say):
                self._says(leg, "agent", one.text)
                await self._clock.sleep(len(one.text) * SECONDS_A_CHARACTER)
            elif isinstance(one, twiml.Pause):
                await self._clock.sleep(one.length)
            elif isinstance(one, twiml.Hangup):
                leg.hung_up = True
                break
        return True

    async def _talk(self, call: Call, leg: Call, line: AdviserLine, speaks: Speaks) -> None:
        leg.joined = True
        self._journal.record(leg.sid, "joined", to=call.sid)
        for text, seconds in ((_HELLO, line.talk_seconds), (_GOODBYE, 0.0)):
            self._says(leg, "adviser", text)
            speaks(call, "adviser", text)
            await self._clock.sleep(seconds)

    def _says(self, leg: Call, speaker: str, text: str) -> None:
        leg.turns.append(turn(speaker, text, self._clock.now()))
        self._journal.record(leg.sid, speaker, text=text)

    def _finish(self, leg: Call, status: str) -> None:
        leg.status, leg.ended = status, self._clock.moment()
        self._journal.record(leg.sid, "ended", status=status)

    async def _ask_in_vain(self, call: Call, verb: twiml.Dial, url: str, parameters: Parameters, leg: Call) -> None:
        about = {**parameters(call), "CallStatus": "completed", **_ended(leg)}
        try:
            await self._webhooks.ask(call, url, verb.method, about)
        except ApplicationError as error:
            self._journal.record(call.sid, "application error", code=APPLICATION_ERROR, why=str(error))


def _ended(leg: Call) -> dict[str, str]:
    told = {"DialCallStatus": leg.status, "DialCallSid": leg.sid, "DialBridged": str(leg.joined).lower()}
    return told | ({"DialCallDuration": str(leg.seconds)} if leg.answered is not None else {})
