"""One call from ringing to hanging up: instructions carried out, somebody at the other end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from email.utils import format_datetime
from typing import Any
from urllib.parse import urljoin

from sandbox import twiml
from sandbox.advisers import Advisers, AdviserTalker
from sandbox.clock import Moment, NetworkClock
from sandbox.config import SandboxConfig
from sandbox.dialling import Dialling, Wires
from sandbox.handset import Handset
from sandbox.journal import Journal
from sandbox.line import PICKED_UP, CallPlan, Directory, Persona, Reply, Talker
from sandbox.machine import SECONDS_A_CHARACTER, Machine, Screening
from sandbox.parameters import parameters_of
from sandbox.records import FINISHED, Call, Source, turn
from sandbox.ways import Ways
from sandbox.webhooks import ApplicationError, Webhooks, network_stops

MOST_INSTRUCTIONS = 200
DETECTION_SECONDS = 3.5
GREETING_SECONDS = 8.0
_STATUS_EVENT = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}
APPLICATION_ERROR = 11200
UNKNOWN_NUMBER = 13224
_SIP = {"completed": 200, "busy": 486, "no-answer": 487, "canceled": 487, "failed": 503}
_DETECTED = {"machine": "machine", "mailbox_full": "machine", "screened": "machine", "fax": "fax"}


class Calls:
    """Every call of the network."""

    def __init__(
        self,
        config: SandboxConfig,
        clock: NetworkClock,
        journal: Journal,
        webhooks: Webhooks,
        people: Directory,
        handset: Handset,
        dialling: Dialling,
        ways: Ways,
        advisers: Advisers,
    ) -> None:
        self._config = config
        self._clock = clock
        self._journal = journal
        self._webhooks = webhooks
        self._people = people
        self._handset = handset
        self._dialling = dialling
        self._ways = ways
        self._advisers = advisers
        self._indexes: Counter[str] = Counter()
        self.by_sid: dict[str, Call] = {}
        self._wires = Wires(self.by_sid, parameters_of, self._speaks, self._tell, self.plan, self._rings)

    # Placing

    def plan(self, number: str) -> tuple[Persona | None, CallPlan, int]:
        """Who answers a number this time, and how; the rank of the call is spent."""
        index = self._indexes[number]
        self._indexes[number] += 1
        persona = self._people.find(number)
        if persona is None:
            return None, self._advisers.plan(number) or CallPlan("no_answer", 60.0), index
        if persona.manual:
            return persona, CallPlan("answer"), index
        return persona, persona.plan_call(number, index, self._clock.now()), index

    def place(self, call: Call, persona: Persona | None, plan: CallPlan, index: int) -> None:
        call.rank = index
        self.by_sid[call.sid] = call
        self._journal.record(call.sid, "placed", to=call.to, sender=call.sender, direction=call.direction)
        self._webhooks.spawn(self._lives(call, self._outbound(call, persona, plan, index)))

    def call_us(self, number: str, our_number: str) -> Call:
        """Somebody calls us."""
        call = Call(
            account=self._config.account_sid,
            to=our_number,
            sender=number,
            direction="inbound",
            created=self._clock.moment(),
            source=Source(self._config.voice_inbound_url),
            status_url=self._config.voice_status_url,
        )
        self.by_sid[call.sid] = call
        persona = self._people.find(number)
        index = call.rank = self._indexes[number]
        self._indexes[number] += 1
        self._journal.record(call.sid, "placed", to=our_number, sender=number, direction="inbound")
        self._webhooks.spawn(self._lives(call, self._inbound(call, persona, index)))
        return call

    # What a REST update does to a call under way

    def redirect(self, call: Call, source: Source) -> None:
        call.next_source = source
        if call.script is not None:
            call.script.cancel()

    def hang_up(self, call: Call) -> None:
        call.hung_up = True
        if call.script is not None:
            call.script.cancel()

    # The life of a call

    async def _lives(self, call: Call, life: Coroutine[Any, Any, None]) -> None:
        """Whatever breaks inside the network, a call has an end, and the journal says what it was."""
        try:
            await life
        except Exception as error:  # noqa: BLE001 - told in the journal, and the call ends
            self._journal.record(call.sid, "network error", error=type(error).__name__)
            if call.status not in FINISHED:
                self._finish(call, "failed" if call.answered is None else "completed")

    async def _outbound(self, call: Call, persona: Persona | None, plan: CallPlan, index: int) -> None:
        self._tell(call, "initiated")
        await self._clock.sleep(0.8)
        way = self._ways.of(call.to)
        call.sip = way.sip
        if way.fail_call is not None or way.sip is not None or plan.result in {"unreachable", "busy"}:
            await self._clock.sleep(plan.ring_seconds)
            busy = plan.result == "busy" and way.fail_call is None and way.sip is None
            call.error_code = way.fail_call or (UNKNOWN_NUMBER if plan.result == "unreachable" else None)
            self._finish(call, "busy" if busy else "failed")
            return
        manual = persona is not None and persona.manual
        if not await self._picked_up(call, plan, manual=manual):
            self._finish(call, "canceled" if call.hung_up else "no-answer")
            return
        self._answer(call)
        if call.amd:
            await self._listen_who_it_is(call, plan, manual=manual)
        await self._follow_instructions(call, None if manual else self._talker(call, persona, plan, index))
        self._finish(call, "completed")

    def _talker(self, call: Call, persona: Persona | None, plan: CallPlan, index: int) -> Talker:
        if persona is None and (line := self._advisers.find(call.to)) is not None and plan.result == "answer":
            return AdviserTalker(line)
        if persona is None or plan.result not in {"answer", "screened"}:
            return Machine(plan, self._clock)
        person = persona.converse(call.to, index)
        return person if plan.result == "answer" else Screening(person, accepts=plan.accepts)

    async def _inbound(self, call: Call, persona: Persona | None, index: int) -> None:
        call.status = "ringing"
        talker: Talker | None
        if persona is not None and not persona.manual:
            talker = persona.converse(call.sender, index)
        elif persona is not None or self._handset.held(call.sender):
            self._handset.calls_us(call)
            talker = None
        else:
            talker = Machine(CallPlan("answer"), self._clock)
        await self._follow_instructions(call, talker)
        self._finish(call, call.rejected or "completed")

    async def _picked_up(self, call: Call, plan: CallPlan, *, manual: bool) -> bool:
        """Whether anybody answers; we may give up meanwhile."""
        if call.hung_up:
            return False
        call.script = ringing = asyncio.create_task(self._ring(call, plan, manual=manual))
        try:
            return await ringing and not call.hung_up
        except asyncio.CancelledError:
            if network_stops():
                raise
            return False

    async def _ring(self, call: Call, plan: CallPlan, *, manual: bool) -> bool:
        call.status = "ringing"
        call.rang = self._clock.moment()
        self._journal.record(call.sid, "rang")
        self._tell(call, "ringing")
        if manual:
            return await self._handset.ring(call, self._config.manual_ring_seconds)
        until_given_up = plan.result == "no_answer"
        await self._clock.sleep(call.ring_timeout if until_given_up else min(plan.ring_seconds, call.ring_timeout))
        return plan.result in PICKED_UP and plan.ring_seconds < call.ring_timeout

    def _answer(self, call: Call) -> None:
        call.status = "in-progress"
        call.answered = self._clock.moment()
        self._journal.record(call.sid, "answered")
        if call.direction != "inbound":
            self._tell(call, "in-progress")

    def _finish(self, call: Call, status: str) -> None:
        call.status = status
        call.ended = self._clock.moment()
        call.script = None
        self._journal.record(call.sid, "ended", status=status)
        self._handset.ended(call)
        self._tell(call, status)

    async def _listen_who_it_is(self, call: Call, plan: CallPlan, *, manual: bool) -> None:
        """Machine detection, beside the call or before its first instructions."""
        to_the_end = call.amd == "DetectMessageEnd"
        machine = "machine_start"
        if to_the_end:
            machine = "machine_end_beep" if plan.mailbox_beeps else "machine_end_silence"
        kind = "human" if manual else _DETECTED.get(plan.result, "human")
        way = self._ways.of(call.to)
        answered_by = way.answered_by or (machine if kind == "machine" else kind)
        seconds = DETECTION_SECONDS
        if to_the_end and answered_by.startswith("machine"):
            seconds += GREETING_SECONDS
        seconds = seconds if way.detection_seconds is None else way.detection_seconds
        if call.amd_url:
            self._webhooks.spawn(self._detect(call, answered_by, seconds))
            return
        await self._clock.sleep(seconds)
        call.answered_by = answered_by
        call.source.parameters = {**call.source.parameters, "AnsweredBy": answered_by}

    async def _detect(self, call: Call, answered_by: str, seconds: float) -> None:
        await self._clock.sleep(seconds)
        if call.status != "in-progress":
            return
        call.answered_by = answered_by
        parameters = {
            "CallSid": call.sid,
            "AccountSid": call.account,
            "AnsweredBy": answered_by,
            "MachineDetectionDuration": str(round(seconds * 1000)),
        }
        self._webhooks.tell(call, call.amd_url, parameters)

    def _tell(self, call: Call, status: str) -> None:
        event = _STATUS_EVENT.get(status, "completed")
        if not call.status_url or event not in call.events:
            return
        parameters = {
            **parameters_of(call),
            "CallStatus": status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.sequence),
            "Timestamp": _rfc(self._clock.moment()),
        }
        call.sequence += 1
        if status in FINISHED:
            parameters |= {"CallDuration": str(call.seconds), "Duration": str(-(-call.seconds // 60))}
            parameters["SipResponseCode"] = str(call.sip or _SIP[status])
            if call.error_code is not None:
                parameters["ErrorCode"] = str(call.error_code)
        self._webhooks.tell(call, call.status_url, parameters)

    async def _rings(self, leg: Call) -> bool:
        return await self._handset.ring(leg, self._config.manual_ring_seconds)

    # Instructions

    async def _follow_instructions(self, call: Call, talker: Talker | None) -> None:
        source: Source | None = call.source
        cut = self._webhooks.spawn(self._cut(call)) if call.time_limit else None
        while source is not None and not call.hung_up:
            call.script = asyncio.create_task(self._script(call, talker, source))
            try:
                await call.script
                source, call.next_source = call.next_source, None
            except asyncio.CancelledError:
                if network_stops() or (not call.hung_up and call.next_source is None):
                    raise
                source, call.next_source = call.next_source, None
            except (ApplicationError, twiml.TwimlError) as error:
                call.error_code = getattr(error, "code", APPLICATION_ERROR)
                self._journal.record(call.sid, "application error", code=call.error_code, why=str(error))
                source, call.fallback = call.fallback, None
                if source is None:
                    self._picks_up_inbound(call)
                    self._speaks(call, "network", "We are sorry, an application error has occurred.")
                else:
                    source.parameters = {"ErrorCode": str(call.error_code), "ErrorUrl": call.source.url}
        if cut is not None:
            cut.cancel()

    async def _cut(self, call: Call) -> None:
        await self._clock.sleep(call.time_limit)
        self._journal.record(call.sid, "time limit")
        self.hang_up(call)

    def _picks_up_inbound(self, call: Call) -> None:
        """A call to us is answered by our first instructions, unless they reject it."""
        if call.direction == "inbound" and call.answered is None:
            self._answer(call)

    async def _script(self, call: Call, talker: Talker | None, source: Source) -> None:
        url = source.url
        for _ in range(MOST_INSTRUCTIONS):
            if source.twiml is not None:
                body: bytes | str = source.twiml
            else:
                url = urljoin(url, source.url) if url else source.url
                parameters = {**parameters_of(call), **source.parameters}
                body = await self._webhooks.ask(call, url, source.method, parameters)
                if isinstance(talker, Machine | Screening) and "SpeechResult" in source.parameters:
                    talker.was_heard()
            following = await self._carry_out(call, talker, twiml.parse(body), url)
            if following is None:
                return
            source = following

    async def _carry_out(self, call: Call, talker: Talker | None, document: twiml.Document, base: str) -> Source | None:
        """Carries out one document; the source of the next one, or None at the end of the call."""
        said: list[str] = []
        if document.verbs and isinstance(document.verbs[0], twiml.Reject) and call.answered is None:
            call.rejected = "busy" if document.verbs[0].reason == "busy" else "no-answer"
            return None
        self._picks_up_inbound(call)
        for verb in document.verbs:
            if isinstance(verb, twiml.Say):
                await self._say(call, talker, verb.text)
                said.append(verb.text)
            elif isinstance(verb, twiml.Pause):
                await self._clock.sleep(verb.length)
            elif isinstance(verb, twiml.Gather):
                following = await self._gather(call, talker, verb, said)
                said = []
                if following is not None or call.hung_up:
                    return following
            elif isinstance(verb, twiml.Redirect):
                return Source(verb.url, verb.method)
            elif isinstance(verb, twiml.Dial):
                ended = await self._dialling.dial(call, verb, base, self._wires)
                if verb.action:
                    return Source(verb.action, verb.method, parameters=ended)
            elif isinstance(verb, twiml.Hangup | twiml.Reject):
                return None
        return None

    async def _say(self, call: Call, talker: Talker | None, text: str) -> None:
        self._agent_says(call, text)
        if isinstance(talker, Machine) and talker.records:
            call.recorded.append(text)
        if talker is not None:  # whoever reads the page may answer at once, as one cuts in on a real line
            await self._clock.sleep(len(text) * SECONDS_A_CHARACTER)

    def _agent_says(self, call: Call, text: str) -> None:
        self._speaks(call, "agent", text)

    def _speaks(self, call: Call, speaker: str, text: str) -> None:
        """The agent, or the network itself when the application fails it."""
        call.turns.append(turn(speaker, text, self._clock.now()))
        self._journal.record(call.sid, speaker, text=text)
        self._handset.said(call, text)

    async def _gather(
        self, call: Call, talker: Talker | None, gather: twiml.Gather, said_before: list[str]
    ) -> Source | None:
        said = list(said_before)
        for prompt in gather.prompts:
            if isinstance(prompt, twiml.Say):
                await self._say(call, talker, prompt.text)
                said.append(prompt.text)
            elif isinstance(prompt, twiml.Pause):
                await self._clock.sleep(prompt.length)
        text, expects_digits = " ".join(said), "dtmf" in gather.inputs
        if talker is None:
            reply = await self._handset.reply(call, text, expects_digits)
        else:
            reply = talker.hear(text, expects_digits)
            await self._clock.sleep(reply.delay_seconds)
        if reply.hang_up:
            call.hung_up = True
            self._journal.record(call.sid, "patient hung up")
            return None
        parameters = await self._heard(call, talker, gather, reply)
        if not parameters and not gather.action_on_empty:
            return None
        return Source(gather.action, gather.method, parameters=parameters)

    async def _heard(self, call: Call, talker: Talker | None, gather: twiml.Gather, reply: Reply) -> dict[str, str]:
        keys = (reply.digits or "").partition(gather.finish_on_key or "\0")[0][: gather.num_digits]
        if keys and "dtmf" in gather.inputs:
            call.turns.append(turn("patient", keys, self._clock.now()))
            self._journal.record(call.sid, "patient", text=keys)
            return {"Digits": keys}
        if reply.speech and "speech" in gather.inputs:
            call.turns.append(turn("patient", reply.speech, self._clock.now()))
            self._journal.record(call.sid, "patient", text=reply.speech)
            length = len(reply.speech) * SECONDS_A_CHARACTER
            await self._clock.sleep(length if reply.speaking_seconds is None else reply.speaking_seconds)
            return {"SpeechResult": reply.speech, "Confidence": "0.92"}
        if talker is not None:  # a human at the page has waited already
            await self._clock.sleep(gather.timeout)
        return {}


def _rfc(moment: Moment) -> str:
    return format_datetime(moment.shared)
