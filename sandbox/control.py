"""The sandbox's own addresses: its people, its faults, its log, and the telephone page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from sandbox.advisers import Advisers
from sandbox.calls import Calls
from sandbox.clock import NetworkClock
from sandbox.faults import FaultError, Faults, FaultSwitch
from sandbox.line import Directory
from sandbox.messages import Messages
from sandbox.telephone import Telephones
from sandbox.ways import Ways


@dataclass
class Control:
    clock: NetworkClock
    faults: FaultSwitch
    people: Directory
    advisers: Advisers
    calls: Calls
    messages: Messages
    telephones: Telephones
    our_number: str
    sms_sender: str
    ways: Ways

    def routes(self) -> list[Route]:
        return [
            Route("/health/ready", self.ready),
            Route("/sandbox/log", self.log),
            Route("/sandbox/people", self.read_people),
            Route("/sandbox/people", self.load_people, methods=["PUT"]),
            Route("/sandbox/people/{reference}/manual", self.set_manual, methods=["POST"]),
            Route("/sandbox/advisers", self.read_advisers),
            Route("/sandbox/advisers", self.load_advisers, methods=["PUT"]),
            Route("/sandbox/ways", self.read_ways),
            Route("/sandbox/ways", self.load_ways, methods=["PUT"]),
            Route("/sandbox/faults", self.read_faults),
            Route("/sandbox/faults", self.set_faults, methods=["PUT"]),
            Route("/sandbox/inbound-call", self.inbound_call, methods=["POST"]),
            Route("/sandbox/inbound-sms", self.inbound_sms, methods=["POST"]),
            Route("/telephone/{number}/events", self.events),
            Route("/telephone/{number}/messages", self.texts),
            Route("/telephone/{number}/{act}", self.act, methods=["POST"]),
        ]

    async def ready(self, _: Request) -> Response:
        return JSONResponse({"status": "ready", "now": self.clock.now().isoformat(), "clock_rate": self.clock.rate})

    async def log(self, _: Request) -> Response:
        return JSONResponse(
            {
                "calls": [call.judged() for call in self.calls.by_sid.values()],
                "messages": [message.judged() for message in self.messages.by_sid.values()],
            }
        )

    async def read_people(self, _: Request) -> Response:
        return JSONResponse(self.people.documents())

    async def load_people(self, request: Request) -> Response:
        documents = await _json(request)
        if not isinstance(documents, list):
            raise HTTPException(400, "a list of people is expected")
        try:
            self.people.load(documents)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse({"people": len(self.people.documents())})

    async def set_manual(self, request: Request) -> Response:
        reference, manual = request.path_params["reference"], _manual(await _json(request))
        person = next((p for p in self.people.documents() if p["reference"] == reference), None)
        if person is None:
            raise HTTPException(404, "nobody has this reference")
        self.people.load([{**person, "manual": manual}])
        return JSONResponse({"reference": reference, "manual": manual})

    async def read_advisers(self, _: Request) -> Response:
        return JSONResponse(self.advisers.documents())

    async def load_advisers(self, request: Request) -> Response:
        documents = await _json(request)
        if not isinstance(documents, list):
            raise HTTPException(400, "a list of advisers' lines is expected")
        try:
            self.advisers.load(documents)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse(self.advisers.documents())

    async def read_ways(self, _: Request) -> Response:
        return JSONResponse(self.ways.documents())

    async def load_ways(self, request: Request) -> Response:
        documents = await _json(request)
        if not isinstance(documents, list) or not all(isinstance(one, dict) for one in documents):
            raise HTTPException(400, "a list of ways of numbers is expected")
        try:
            self.ways.load(documents)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse(self.ways.documents())

    async def read_faults(self, _: Request) -> Response:
        return JSONResponse(self.faults.faults.as_dict())

    async def set_faults(self, request: Request) -> Response:
        try:
            wanted = await _json(request)
            if not isinstance(wanted, dict):
                raise FaultError("an object of faults and their probabilities is expected")
            self.faults.faults = Faults.from_mapping(wanted)
        except FaultError as error:
            raise HTTPException(400, str(error)) from None
        return JSONResponse(self.faults.faults.as_dict())

    async def inbound_call(self, request: Request) -> Response:
        wanted = _texts(await _json(request), "from")
        call = self.calls.call_us(wanted["from"], wanted.get("to") or self.our_number)
        return JSONResponse({"sid": call.sid}, 201)

    async def inbound_sms(self, request: Request) -> Response:
        wanted = _texts(await _json(request), "from", "body")
        self.telephones.text(wanted["from"], wanted["body"], mine=True)
        message = await self.messages.receive(wanted["from"], wanted.get("to") or self.sms_sender, wanted["body"])
        return JSONResponse({"sid": message.sid}, 201)

    async def events(self, request: Request) -> Response:
        return StreamingResponse(self.telephones.events(request.path_params["number"]), media_type="text/event-stream")

    async def texts(self, request: Request) -> Response:
        """The SMS of one telephone, as its owner sees them."""
        number = request.path_params["number"]
        shown = [
            {"text": message.body, "mine": message.sender == number, "at": message.created.shared.isoformat()}
            for message in self.messages.by_sid.values()
            if message.sender == number or (message.to == number and message.status == "delivered")
        ]
        return JSONResponse(shown)

    async def act(self, request: Request) -> Response:
        number, act = request.path_params["number"], request.path_params["act"]
        if act == "pick-up":
            self.telephones.pick_up(number)
        elif act == "hang-up":
            if (call := self.telephones.hang_up(number)) is not None:
                self.calls.hang_up(call)
        elif act == "silence":
            self.telephones.answer(number)
        elif act == "say":
            self.telephones.answer(number, speech=_texts(await _json(request), "text")["text"][:500])
        elif act == "keys":
            self.telephones.answer(number, digits=_texts(await _json(request), "digits")["digits"][:20])
        else:
            raise HTTPException(404, "a telephone does not do that")
        return Response(status_code=204)


def _manual(wanted: Any) -> bool:
    if not isinstance(wanted, dict) or not isinstance(wanted.get("manual"), bool):
        raise HTTPException(400, "an object with manual, true or false, is expected")
    return bool(wanted["manual"])


def _texts(wanted: Any, *names: str) -> dict[str, str]:
    if not isinstance(wanted, dict) or not all(isinstance(wanted.get(name), str) and wanted[name] for name in names):
        raise HTTPException(400, f"an object with {' and '.join(names)} is expected")
    return wanted


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        raise HTTPException(400, "JSON is expected") from None
