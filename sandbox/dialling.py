"""<Dial>: an adviser is rung for somebody on the line, told why, and joined to them; or somebody for an adviser."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from sandbox import twiml
from sandbox.advisers import Advisers
from sandbox.clock import NetworkClock
from sandbox.journal import Journal
from sandbox.line import PICKED_UP, CallPlan, Persona
from sandbox.records import Call, turn
from sandbox.webhooks import ApplicationError, Webhooks

SECONDS_A_CHARACTER = 0.06
APPLICATION_ERROR = 11200
_BUSY_SECONDS = 1.0
_TALK_SECONDS = 90.0
_HELLO = "Bonjour, un conseiller à l'appareil. Je vous écoute."
_ADVISER_CALLS = "Bonjour, un conseiller de l'Assurance Maladie. Vous aviez demandé que l'on vous rappelle."
_GOODBYE = "C'est entendu. Au revoir."

Parameters = Callable[[Call], dict[str, str]]
Speaks = Callable[[Call, str, str], None]


@dataclass(frozen=True)
class Wires:
    """What the second legs share with the calls that they come from."""

    legs: dict[str, Call]
    parameters: Parameters
    speaks: Speaks
    tell: Callable[[Call, str], None]
    plan: Callable[[str], tuple[Persona | None, CallPlan, int]]
    rings_at_the_page: Callable[[Call], Awaitable[bool]]


class Dialling:
    """The second legs of calls."""

    def __init__(self, clock: NetworkClock, journal: Journal, webhooks: Webhooks, advisers: Advisers) -> None:
        self._clock = clock
        self._journal = journal
        self._webhooks = webhooks
        self._advisers = advisers
        self._ranks: Counter[str] = Counter()

    async def dial(self, call: Call, verb: twiml.Dial, base: str, wires: Wires) -> dict[str, str]:
        """Rings, announces, joins. How it ended, as the action is told; when the caller hangs up, the action is asked
        all the same, and what it answers is carried out by nobody."""
        leg = self._leg(call, verb)
        wires.legs[leg.sid] = leg
        wires.tell(leg, "initiated")
        try:
            status = await self._carry(call, leg, verb, base, wires)
        except asyncio.CancelledError:
            self._finish(leg, "completed" if leg.answered else "canceled", wires)
            if call.hung_up and verb.action:
                self._webhooks.spawn(self._ask_in_vain(call, verb, urljoin(base, verb.action), wires.parameters, leg))
            raise
        self._finish(leg, status, wires)
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
            status_url=verb.status_url,
            events=verb.status_events,
        )
        self._journal.record(leg.sid, "placed", to=leg.to, sender=leg.sender, direction=leg.direction, parent=call.sid)
        return leg

    async def _carry(self, call: Call, leg: Call, verb: twiml.Dial, base: str, wires: Wires) -> str:
        if leg.sender not in {call.sender, call.to}:
            leg.error_code = 13214  # a caller id that is neither party's
            return "failed"
        line = self._advisers.find(leg.to)
        if line is None:
            return await self._carry_to_person(call, leg, wires)
        if line.conduct == "busy":
            await self._clock.sleep(_BUSY_SECONDS)
            return "busy"
        seconds = leg.ring_timeout if line.conduct == "never_answers" else line.answer_seconds
        if not await self._picks_up(leg, seconds, wires):
            return "no-answer"
        if verb.number_url and not await self._announces(
            call, leg, verb, urljoin(base, verb.number_url), wires.parameters
        ):
            return "failed"
        if line.conduct == "answers" and not leg.hung_up:
            await self._talk(call, leg, (_HELLO, _GOODBYE), line.talk_seconds, wires)
        return "completed"

    async def _carry_to_person(self, call: Call, leg: Call, wires: Wires) -> str:
        """An adviser, who is on the line, has somebody called."""
        persona, plan, leg.rank = wires.plan(leg.to)
        if plan.result in {"busy", "unreachable", "invalid"}:
            await self._clock.sleep(_BUSY_SECONDS)
            return "busy" if plan.result == "busy" else "failed"
        if persona is not None and persona.manual:
            self._rings(leg, wires)
            if not await wires.rings_at_the_page(leg):
                return "no-answer"
            self._is_picked_up(leg, wires)
        else:
            seconds = plan.ring_seconds if plan.result in PICKED_UP else leg.ring_timeout
            if not await self._picks_up(leg, seconds, wires):
                return "no-answer"
        adviser = self._advisers.find(call.to)
        await self._talk(
            call, leg, (_ADVISER_CALLS, _GOODBYE), adviser.talk_seconds if adviser is not None else _TALK_SECONDS, wires
        )
        return "completed"

    def _rings(self, leg: Call, wires: Wires) -> None:
        leg.status, leg.rang = "ringing", self._clock.moment()
        self._journal.record(leg.sid, "rang")
        wires.tell(leg, "ringing")

    def _is_picked_up(self, leg: Call, wires: Wires) -> None:
        leg.status, leg.answered = "in-progress", self._clock.moment()
        self._journal.record(leg.sid, "answered")
        wires.tell(leg, "in-progress")

    async def _picks_up(self, leg: Call, seconds: float, wires: Wires) -> bool:
        """Whether somebody does after so many seconds, which may be too late."""
        self._rings(leg, wires)
        await self._clock.sleep(min(seconds, leg.ring_timeout))
        if seconds >= leg.ring_timeout:
            return False
        self._is_picked_up(leg, wires)
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

    async def _talk(self, call: Call, leg: Call, words: tuple[str, str], talk_seconds: float, wires: Wires) -> None:
        """The adviser's words, at the beginning and at the end."""
        leg.joined = True
        self._journal.record(leg.sid, "joined", to=call.sid)
        for text, seconds in zip(words, (talk_seconds, 0.0), strict=True):
            self._says(leg, "adviser", text)
            wires.speaks(call, "adviser", text)
            await self._clock.sleep(seconds)

    def _says(self, leg: Call, speaker: str, text: str) -> None:
        leg.turns.append(turn(speaker, text, self._clock.now()))
        self._journal.record(leg.sid, speaker, text=text)

    def _finish(self, leg: Call, status: str, wires: Wires) -> None:
        leg.status, leg.ended = status, self._clock.moment()
        self._journal.record(leg.sid, "ended", status=status)
        wires.tell(leg, status)

    async def _ask_in_vain(self, call: Call, verb: twiml.Dial, url: str, parameters: Parameters, leg: Call) -> None:
        about = {**parameters(call), "CallStatus": "completed", **_ended(leg)}
        try:
            await self._webhooks.ask(call, url, verb.method, about)
        except ApplicationError as error:
            self._journal.record(call.sid, "application error", code=APPLICATION_ERROR, why=str(error))


def _ended(leg: Call) -> dict[str, str]:
    told = {"DialCallStatus": leg.status, "DialCallSid": leg.sid, "DialBridged": str(leg.joined).lower()}
    return told | ({"DialCallDuration": str(leg.seconds)} if leg.answered is not None else {})
