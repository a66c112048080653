"""The demo's judge: the sandbox's own log against our attempts, and both against the rules of DOMAIN §7.

The rules are computed here a second time, from the log alone, so that a mistake in the gates cannot hide itself.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from dialer import wording
from outreach.domain.social_security import NOT_KEPT
from outreach.runtime import Runtime
from outreach.services import watching
from outreach.services.watching import OutboundAttempt

_HOURS = ((time(10), time(13)), (time(14), time(19)))
_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
}
_RANG = frozenset({"completed", "no-answer"})
_NEVER_WRITTEN = ("ald", "longue durée", "cancer", "diabète", "né le", "née le", "docteur")

_PROMISES = (
    "un conseiller vous rappellera",
    "un conseiller va chercher",
    "un conseiller appellera",
    "un conseiller s'en occupera",
)
_NO_ANSWER = frozenset(
    {wording.GREETING, wording.APOLOGY, wording.APOLOGY_AT_FIRST, wording.GOODBYE, wording.VOICEMAIL, wording.STOPPED}
)


@dataclass(frozen=True, slots=True)
class LoggedCall:
    sid: str
    to: str
    direction: str
    status: str
    created_at: datetime
    rang_at: datetime | None
    answered_by: str | None
    turns: tuple[tuple[str, str], ...] = field(repr=False)
    """Who spoke, and what was said."""
    parent_sid: str | None = None

    @property
    def first_words(self) -> str | None:
        return next((words for speaker, words in self.turns if speaker == "agent"), None)


@dataclass(frozen=True, slots=True)
class LoggedMessage:
    sid: str
    to: str
    direction: str
    body: str
    created_at: datetime


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@dataclass(frozen=True, slots=True)
class SandboxLog:
    calls: list[LoggedCall]
    messages: list[LoggedMessage]
    advisers: frozenset[str] = frozenset()
    """The calls in which an adviser was rung to call somebody."""

    @classmethod
    def read(cls, document: dict[str, Any]) -> "SandboxLog":
        calls = []
        for call in document["calls"]:
            calls.append(
                LoggedCall(
                    call["sid"],
                    call["to"],
                    call["direction"],
                    call["status"],
                    datetime.fromisoformat(call["created_at"]),
                    _moment(call["rang_at"]),
                    call["answered_by"],
                    tuple((turn["speaker"], turn["text"]) for turn in call["turns"]),
                    call.get("parent_sid"),
                )
            )
        messages = [
            LoggedMessage(m["sid"], m["to"], m["direction"], m["body"], datetime.fromisoformat(m["created_at"]))
            for m in document["messages"]
        ]
        return cls(calls, messages)

    def without_advisers(self, sids: set[str]) -> "SandboxLog":
        """Advisers who are rung are nobody whom the rules protect; whom they then call is."""
        return SandboxLog([call for call in self.calls if call.sid not in sids], self.messages, frozenset(sids))

    @property
    def called_by_advisers(self) -> list[LoggedCall]:
        return [call for call in self.calls if call.parent_sid in self.advisers]


def judge(runtime: Runtime, campaign: str, log: SandboxLog) -> list[str]:
    """Everything that went wrong, a sentence each; empty when nothing did."""
    with runtime.transaction() as session:
        attempts = watching.outbound(session)
        stuck = watching.stuck(session, campaign)
        at_wish = watching.called_at_their_wish(session)
        log = log.without_advisers(watching.advisers_calls(session))
        desk = _Desk(watching.heard(session), watching.references(session), watching.with_request(session))
    by_sid = {attempt.carrier_id: attempt for attempt in attempts if attempt.carrier_id is not None}
    findings = [f"contact {reference} is stuck: neither settled nor waiting with a time" for reference in stuck]
    findings += _agreement(log, attempts, by_sid)
    findings += _hours(log, by_sid)
    findings += _spacing(log, by_sid, at_wish)
    findings += _words(log)
    findings += _nothing_lost(log, desk)
    return findings


def _outbound(log: SandboxLog) -> list[LoggedCall]:
    return [call for call in log.calls if call.direction == "outbound-api"]


def _agreement(log: SandboxLog, attempts: list[OutboundAttempt], by_sid: dict[str, OutboundAttempt]) -> list[str]:
    """The sandbox's log and our attempts agree call for call."""
    logged = {call.sid for call in (*_outbound(log), *log.called_by_advisers)} | {
        message.sid for message in log.messages if message.direction == "outbound-api"
    }
    findings = [f"the network placed {sid} of which no attempt knows" for sid in logged - set(by_sid)]
    findings += [
        f"attempt {attempt.attempt_id} claims {attempt.carrier_id}, which the network never placed"
        for attempt in attempts
        if attempt.carrier_id is not None and attempt.carrier_id not in logged
    ]
    return findings


def _is_open(at: datetime, department: str) -> bool:
    here = at.astimezone(ZoneInfo(_ZONES.get(department, "Europe/Paris")))
    return (
        here.weekday() < 5
        and here.date() not in _national_holidays(here.year)
        and any(start <= here.time() < end for start, end in _HOURS)
    )


def _national_holidays(year: int) -> set[date]:
    return set(holidays.country_holidays("FR", years=year))


def _hours(log: SandboxLog, by_sid: dict[str, OutboundAttempt]) -> list[str]:
    """Rule 1."""
    placed = [(call.sid, call.created_at) for call in (*_outbound(log), *log.called_by_advisers)]
    placed += [(m.sid, m.created_at) for m in log.messages if m.direction == "outbound-api"]
    return [
        f"rule 1: {sid} was placed at {at:%d/%m %H:%M %Z}, outside the hours of department {by_sid[sid].department}"
        for sid, at in placed
        if sid in by_sid and not _is_open(at, by_sid[sid].department)
    ]


def _spacing(log: SandboxLog, by_sid: dict[str, OutboundAttempt], at_wish: set[str]) -> list[str]:
    """Rule 2, over all the numbers of a person. An adviser's call counts for the agent's next one, and is not bound."""
    by_hand = {call.sid for call in log.called_by_advisers}
    rings: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for call in (*_outbound(log), *log.called_by_advisers):
        if call.sid in by_sid and call.rang_at is not None and call.status in _RANG:
            rings[by_sid[call.sid].reference].append((call.rang_at, call.sid))
    findings = []
    for reference, moments in rings.items():
        moments.sort()
        if any(sid not in by_hand for _, sid in moments[4:]):
            findings.append(f"rule 2: {reference} was rung {len(moments)} times in 30 days")
        for (before, _), (after, sid) in pairwise(moments):
            if after - before < timedelta(hours=48) and sid not in at_wish | by_hand:
                findings.append(f"rule 2: {reference} was rung twice within {after - before}")
    return findings


@dataclass(frozen=True, slots=True)
class _Desk:
    """What we hold of what was said: by the carrier's ids of calls, and by the references of people."""

    heard: dict[str, list[str]]
    references: dict[str, str]
    with_request: set[str]


def _nothing_lost(log: SandboxLog, desk: _Desk) -> list[str]:
    """What somebody said and the agent went on from is kept; what the agent promised is on the desk."""
    findings = []
    for call in log.calls:
        if call.sid not in desk.references or (call.answered_by or "").startswith(("machine", "fax")):
            continue
        held = iter(desk.heard.get(call.sid, []))
        findings += [
            f"call {call.sid}: an answer that was acknowledged is not kept"
            for words in _acknowledged(call)
            if not any(_same(words, kept) for kept in held)
        ]
        promised = any(speaker == "agent" and any(p in said.lower() for p in _PROMISES) for speaker, said in call.turns)
        if promised and desk.references[call.sid] not in desk.with_request:
            findings.append(f"call {call.sid}: an adviser was promised, and no request is on the desk")
    return findings


def _acknowledged(call: LoggedCall) -> list[str]:
    """What the patient said and the agent answered: an apology, or a goodbye after the end, is no answer."""
    return [
        words
        for (speaker, words), (then, answer) in pairwise(call.turns)
        if speaker == "patient" and then == "agent" and answer not in _NO_ANSWER
    ]


def _same(said: str, kept: str) -> bool:
    return NOT_KEPT in kept or kept == said.strip().lstrip("/").strip()


def _words(log: SandboxLog) -> list[str]:
    """Rules 3 and 5, on what the network heard and carried."""
    findings = []
    for call in _outbound(log):
        words = (call.first_words or "").lower()
        if call.first_words is not None and not ("assurance maladie" in words and "automatique" in words):
            findings.append(f"rule 3: the first words of {call.sid} do not say who calls")
    for message in log.messages:
        if message.direction.startswith("outbound") and any(
            f" {word}" in f" {message.body.lower()}" for word in _NEVER_WRITTEN
        ):
            findings.append(f"rule 5: the SMS {message.sid} says too much")
    return findings
