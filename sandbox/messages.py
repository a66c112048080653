"""SMS in both directions, with their receipts, their answers and their STOP."""

from __future__ import annotations

import re
from collections import Counter

from sandbox import twiml
from sandbox.calls import Calls
from sandbox.clock import NetworkClock
from sandbox.config import SandboxConfig
from sandbox.journal import Journal
from sandbox.line import CallAct, Directory
from sandbox.records import VERSION, Message, new_sid
from sandbox.telephone import Telephones
from sandbox.ways import Ways
from sandbox.webhooks import ApplicationError, Webhooks

_STOP = re.compile(r"^\W*(stop|stopall|arret|arrêt|unsubscribe|cancel|end|quit)\W*$", re.IGNORECASE)
_START = re.compile(r"^\W*(start|unstop)\W*$", re.IGNORECASE)
_HELP = re.compile(r"^\W*(help|info|aide)\W*$", re.IGNORECASE)
_WORDS = {"STOP": _STOP, "START": _START, "HELP": _HELP}
UNREACHABLE_HANDSET = 30003
UNKNOWN_HANDSET = 30005


class Messages:
    """Every message of the network."""

    def __init__(
        self,
        config: SandboxConfig,
        clock: NetworkClock,
        journal: Journal,
        webhooks: Webhooks,
        people: Directory,
        calls: Calls,
        telephones: Telephones,
        ways: Ways,
    ) -> None:
        self._config = config
        self._clock = clock
        self._journal = journal
        self._webhooks = webhooks
        self._people = people
        self._calls = calls
        self._telephones = telephones
        self._ways = ways
        self._indexes: Counter[str] = Counter()
        self._received: Counter[str] = Counter()
        self.stopped: set[tuple[str, str]] = set()  # the telephone that said STOP, and to whom
        self.by_sid: dict[str, Message] = {}

    def send(self, message: Message) -> None:
        """Takes a message of ours on."""
        message.rank = self._indexes[message.to]
        self._indexes[message.to] += 1
        self._keep(message)
        self._webhooks.spawn(self._deliver(message))

    def _keep(self, message: Message) -> None:
        self.by_sid[message.sid] = message
        self._journal.record(
            message.sid, "message", to=message.to, sender=message.sender, direction=message.direction, body=message.body
        )

    async def _deliver(self, message: Message) -> None:
        await self._clock.sleep(1.0)
        message.sent = self._clock.moment()
        message.status = "sent"
        self._tell(message)
        way = self._ways.of(message.to)
        await self._clock.sleep(2.0 if way.receipt_seconds is None else way.receipt_seconds)
        persona = self._people.find(message.to)
        if persona is not None and not persona.manual:
            # A line that nothing reaches takes no SMS either.
            result = persona.plan_call(message.to, 0, self._clock.now()).result
            message.error_code = {"unreachable": UNREACHABLE_HANDSET, "invalid": UNKNOWN_HANDSET}.get(result)
        message.error_code = way.fail_sms or message.error_code
        message.status = "delivered" if message.error_code is None else way.sms_end
        self._tell(message)
        if message.error_code is not None:
            return
        self._telephones.text(message.to, message.body, mine=False)
        if persona is None or persona.manual:
            return
        for act in persona.on_sms(message.body, message.rank, self._clock.now()):
            await self._clock.sleep(act.delay_seconds)
            if isinstance(act, CallAct):
                self._calls.call_us(message.to, self._callable(message.sender))
            else:
                await self.receive(message.to, message.sender, act.body)

    def _callable(self, sender: str) -> str:
        """A short code can't be called: the person calls the number that they know of."""
        return sender if sender.startswith("+") else self._config.our_number

    def _tell(self, message: Message) -> None:
        if message.status_url:
            parameters = {
                "MessageSid": message.sid,
                "SmsSid": message.sid,
                "AccountSid": message.account,
                "From": message.sender,
                "To": message.to,
                "MessageStatus": message.status,
                "SmsStatus": message.status,
                "ApiVersion": VERSION,
            }
            if message.error_code is not None:
                parameters["ErrorCode"] = str(message.error_code)
            self._webhooks.tell(message, message.status_url, parameters)

    async def receive(self, sender: str, to: str, body: str) -> Message:
        """Somebody texts us; what is answered comes back to them as a message."""
        message = Message(self._config.account_sid, to, sender, body, "inbound", self._clock.moment())
        message.status = "received"
        message.rank = self._received[sender]
        self._received[sender] += 1
        self._keep(message)
        opt_out = next((word for word, pattern in _WORDS.items() if pattern.match(body)), None)
        if opt_out == "STOP":
            self.stopped.add((sender, to))
        elif opt_out == "START":
            self.stopped.discard((sender, to))
        parameters = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "AccountSid": message.account,
            "From": sender,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": str(message.segments),
            "SmsStatus": "received",
            "ApiVersion": VERSION,
        }
        if opt_out is not None and self._config.advanced_opt_out:
            parameters["OptOutType"] = opt_out
        try:
            answer = await self._webhooks.ask(message, self._config.sms_inbound_url, "POST", parameters)
            document = twiml.parse(answer)
        except (ApplicationError, twiml.TwimlError) as error:
            self._journal.record(message.sid, "application error", why=str(error))
            return message
        for verb in document.verbs:
            if isinstance(verb, twiml.Message) and verb.body and (sender, to) not in self.stopped:
                reply = Message(
                    message.account, sender, to, verb.body, "outbound-reply", self._clock.moment(), sid=new_sid("SM")
                )
                self.send(reply)
        return message
