"""Invented people and what came of calling them, as lines for COPY: the same for the same seed.

Everybody lives where the country's people do, overseas included, and is called at hours that the default policy
allows, 48 hours or more apart, mornings and afternoons by turns, four times at most. A third never answer, a
third rarely. Landlines are +33 000 and six figures, which no network can ring; mobiles are those reserved for fiction.
"""

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from outreach.domain import service_levels
from outreach.domain.calling_hours import is_working_day
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.policy import DEFAULT
from outreach.domain.territories import DEPARTMENTS, zone_of
from outreach.domain.words import Outcome, RequestKind, RequestStatus
from outreach.places import places

DAYS = 176
CALLERS = ("+33162000001", "+33162000002", "+33270000003", "+33948000004")
SENDER = "38123"
VOLUNTEERS = 20_000
ADVISERS = 40
TABLES = {
    "patients": "id, reference, civility, last_name, first_name, birth_date, postal_code, insee_code, department,"
    " ehpad_finess, legal_protection, objected, invented, created_at, updated_at",
    "phone_numbers": "id, patient_id, rank, e164, kind",
    "contacts": "id, campaign_id, patient_id, state, reason, attempts, next_attempt_at, held_by, held_since,"
    " created_at, updated_at",
    "attempts": "id, contact_id, patient_id, campaign_id, policy_version, channel, direction, purpose, number, caller,"
    " status, disposition, rang, human_answered, right_party, final, answered_by, voicemail_left, error_code,"
    " duration_seconds, claimed_at, placed_at, rang_at, answered_at, ended_at, claimed_wall, heard_wall",
    "conversations": "id, attempt_id, patient_id, contact_id, channel, started_at, ended_at, outcome, identity,"
    " wrong_birth_dates, dialogue, emptied_at",
    "turns": "id, conversation_id, position, speaker, text, asks, wording, at",
    "consents": "id, position, patient_id, conversation_id, kind, state, wording, channel, at",
    "requests": "id, patient_id, contact_id, conversation_id, kind, status, department, mobility, claimed_by,"
    " claimed_at, claim_expires_at, result, created_at, closed_at, rank, due_at",
    "request_events": "request_id, account_id, act, at",
    "offers": "id, request_id, rpps, status, proposed_by, created_at, expires_at, answered_at, declared_on",
}
# The last quarter of an hour is left for what follows a call.
_MORNING, _AFTERNOON = (36_000, 9_900), (50_400, 17_100)
_DAY = 86_400
_MISSED = [Disposition.NO_ANSWER] * 52 + [Disposition.MACHINE] * 20 + [Disposition.MAILBOX_FULL] * 3
_MISSED += [Disposition.CALL_SCREENED] * 2 + [Disposition.BUSY] * 6 + [Disposition.UNREACHABLE] * 4
_MISSED += [Disposition.CARRIER_ERROR] * 2 + [Disposition.CANCELED, Disposition.NEVER_PLACED, Disposition.FAX]
_MISSED += [Disposition.INVALID_NUMBER]
_ENDS = [Outcome.ACCEPTED] * 38 + [Outcome.REFUSED] * 14 + [Outcome.OPTED_OUT] * 4 + [Outcome.CALLBACK] * 9
_ENDS += [Outcome.WRONG_NUMBER] * 4 + [Outcome.THIRD_PARTY] * 9 + [Outcome.DECEASED] + [Outcome.ALREADY_HAS_DOCTOR] * 6
_ENDS += [Outcome.HUMAN_REQUESTED] * 4 + [Outcome.IDENTITY_FAILED] * 2 + [Outcome.ABANDONED] * 9
_AGAIN = frozenset({Outcome.CALLBACK, Outcome.THIRD_PARTY, Outcome.ABANDONED})
_UNKNOWN = frozenset({Outcome.WRONG_NUMBER, Outcome.THIRD_PARTY, Outcome.DECEASED})
_WHOLE = (
    "identity", "birth_date", "situation", "consent_assistance", "consent_sharing", "mobility", "area", "preference",
    "confirmation",
)  # fmt: skip
_ASKED: dict[Outcome, tuple[str, ...]] = {
    Outcome.ACCEPTED: _WHOLE,
    Outcome.REFUSED: _WHOLE[:4],
    Outcome.OPTED_OUT: _WHOLE[:3],
    Outcome.CALLBACK: (*_WHOLE[:2], "callback_time"),
    Outcome.WRONG_NUMBER: _WHOLE[:1],
    Outcome.THIRD_PARTY: _WHOLE[:1],
    Outcome.DECEASED: _WHOLE[:1],
    Outcome.ALREADY_HAS_DOCTOR: _WHOLE[:3],
    Outcome.HUMAN_REQUESTED: _WHOLE[:4],
    Outcome.EMERGENCY: _WHOLE[:3],
    Outcome.IDENTITY_FAILED: (*_WHOLE[:2], "birth_date"),
    Outcome.ABANDONED: _WHOLE,
}
_REQUESTS = {
    Outcome.ACCEPTED: RequestKind.MATCHING,
    Outcome.HUMAN_REQUESTED: RequestKind.HUMAN,
    Outcome.EMERGENCY: RequestKind.EMERGENCY,
    Outcome.IDENTITY_FAILED: RequestKind.IDENTITY,
}
_HELD = ("advisers_full", "outside_hours", "volunteers_full", "spacing", "announcement_pending")


@dataclass(frozen=True, slots=True)
class World:
    """What all lives share. `calendar`: the local midnights of working days, in seconds since 1970, by department."""

    campaign_id: str
    advisers: tuple[str, ...]
    now: datetime
    homes: tuple[tuple[str, str, str], ...]
    weights: tuple[int, ...]
    calendar: dict[str, tuple[int, ...]]


def world(campaign_id: str, advisers: tuple[str, ...], now: datetime) -> World:
    homes = [place for place in places().by_code.values() if place.postal_code and place.department in DEPARTMENTS]
    return World(
        campaign_id,
        advisers,
        now,
        tuple((str(place.postal_code), place.insee_code, place.department) for place in homes),
        tuple(accumulate(place.population for place in homes)),
        {department: _working_days(department, now.date()) for department in DEPARTMENTS},
    )


def _working_days(department: str, today: date) -> tuple[int, ...]:
    zone = zone_of(department)
    days = [today - timedelta(days=ago) for ago in range(DAYS, -1, -1)]
    return tuple(
        int(datetime.combine(day, time(0), zone).timestamp())
        for day in days
        if is_working_day(DEFAULT, department, day)
    )


@dataclass(slots=True)
class Lives:
    """Lines of the rows of some people, by table."""

    world: World
    random: Random
    lines: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def live(self, number: int) -> None:
        """One person, and all that came of them."""
        person = _Person(self, number)
        person.settle()
        self.lines["contacts"].append(person.contact())

    def id(self) -> str:
        return f"{self.random.getrandbits(128):032x}"

    def add(self, table: str, *values: object) -> None:
        self.lines[table].append("\t".join([_text(value) for value in values]) + "\n")


def _text(value: object) -> str:
    return "\\N" if value is None else value if isinstance(value, str) else str(value)


def _at(seconds: float) -> str:
    return str(datetime.fromtimestamp(seconds, UTC))


class _Person:
    def __init__(self, lives: Lives, number: int) -> None:
        self.lives, self.world, self.chance = lives, lives.world, lives.random.random
        self.number = number
        self.id, self.contact_id = lives.id(), lives.id()
        self.postal_code, self.insee_code, self.department = lives.random.choices(
            self.world.homes, cum_weights=self.world.weights
        )[0]
        self.now = self.world.now.timestamp()
        self.days = self.world.calendar[self.department]
        self.created = _at(self.now - DAYS * _DAY)
        self.mobile = self.chance() < 0.55
        self.e164 = f"+3363998{number % 10_000:04}" if self.mobile else f"+33000{number % 1_000_000:06}"
        self.caller = CALLERS[number % len(CALLERS)]
        self.state, self.tries, self.consents = "waiting", 0, 0
        self.reason: str | None = None
        self.next_at: float | None = None
        self.held: str | None = None

    def contact(self) -> str:
        at = _at(self.now)
        values = (
            self.contact_id, self.world.campaign_id, self.id, self.state, self.reason, self.tries,
            _at(self.next_at) if self.next_at is not None else None, self.held, at if self.held else None,
            self.created, at,
        )  # fmt: skip
        return "\t".join([_text(value) for value in values]) + "\n"

    def settle(self) -> None:
        age = int(18 + 80 * max(self.chance(), self.chance()))
        birth = date(2026 - age, 1 + int(12 * self.chance()), 1 + int(28 * self.chance()))
        lot = self.chance()
        ehpad, protected = lot < 0.02, 0.02 <= lot < 0.025
        add = self.lives.add
        add(
            "patients", self.id, f"SIZE{self.number:07}", "MME", "Exemple", "Odette", birth.isoformat(),
            self.postal_code, self.insee_code, self.department, "940000001" if ehpad else None, protected, False, True,
            self.created, self.created,
        )  # fmt: skip
        if ehpad or protected:
            self.state, self.reason = "ineligible", "ehpad" if ehpad else "legal_protection"
        if 0.025 <= lot < 0.05:
            self.state, self.reason = "no_phone", "no_number"
            return
        add("phone_numbers", self.lives.id(), self.id, 1, self.e164, "mobile" if self.mobile else "landline")
        if self.chance() < 0.4:
            other = f"+33000{(self.number + 500_000) % 1_000_000:06}"
            add("phone_numbers", self.lives.id(), self.id, 2, other, "landline")
        if self.state == "waiting":
            self._campaign()

    def _campaign(self) -> None:
        """Called from some working day on, until it comes to an end or to the present."""
        day = int(self.chance() * (1.41 * len(self.days) + 1)) - 1
        if day >= len(self.days):
            self.next_at = self.now + _DAY * (1 + int(14 * self.chance()))
            self.held = _HELD[self.number % 5] if self.chance() < 0.3 else None
            return
        day = max(day, 0)
        if self.mobile and day:
            self._sms("announcement", self._moment(day - 1, morning=True))
        lot, morning = self.chance(), self.chance() < 0.5
        answers = 0.0 if lot < 0.33 else 0.11 if lot < 0.65 else 0.412
        for _ in range(5):
            at = self._moment(day, morning)
            if at > self.now:
                self.next_at = at
                return
            if self._call(at, answers) or self._rings_back(at + 3600):
                return
            if self.tries == 4:
                self._exhausted(day)
                return
            # 48 hours, whichever half of the day comes next.
            day, morning = day + (2 if morning else 3) + int(4 * self.chance()), not morning
            if day >= len(self.days):
                break
        self.next_at = self.now + _DAY * (1 + int(5 * self.chance()))

    def _moment(self, day: int, morning: bool) -> float:
        first, long = _MORNING if morning else _AFTERNOON
        return self.days[day] + first + int(long * self.chance())

    def _call(self, at: float, answers: float) -> bool:
        """Whether it ended their campaign."""
        if self.chance() >= answers:
            end = _MISSED[int(len(_MISSED) * self.chance())]
            self._missed(at, end)
            return end in {Disposition.FAX, Disposition.INVALID_NUMBER} and self._without_number()
        self.tries += 1
        lot = self.chance()
        if lot < 0.06:
            self._attempt(at, Disposition.HUNG_UP if lot < 0.04 else Disposition.APOLOGY, answered=4)
            return False
        outcome = Outcome.EMERGENCY if lot < 0.062 else _ENDS[int(len(_ENDS) * self.chance())]
        abandoned = outcome is Outcome.ABANDONED
        attempt = self._attempt(
            at,
            Disposition.ABANDONED if abandoned else Disposition.CONVERSATION,
            answered=20 + int(160 * self.chance()),
            right_party=outcome not in _UNKNOWN,
        )
        self._conversation(attempt, at, outcome, "voice")
        return outcome not in _AGAIN

    def _rings_back(self, at: float) -> bool:
        """Whether somebody who found our call rang us, and that ended it."""
        if at > self.now or self.chance() > 0.012:
            return False
        outcome = _ENDS[int(len(_ENDS) * self.chance())]
        attempt = self._attempt(
            at, Disposition.CONVERSATION, answered=90, right_party=outcome not in _UNKNOWN, purpose="conversation"
        )
        self._conversation(attempt, at, outcome, "voice", receipt=False)  # they call at any hour
        return outcome not in _AGAIN

    def _missed(self, at: float, end: Disposition) -> None:
        flags = FLAGS[end]
        left = end is Disposition.MACHINE and self.tries in {0, 2}
        self.tries += flags.rang
        self._attempt(at, Disposition.VOICEMAIL_LEFT if left else end)

    def _without_number(self) -> bool:
        self.state, self.reason, self.next_at = "no_phone", "no_number", None
        return True

    def _exhausted(self, day: int) -> None:
        self.state, self.reason = "exhausted", "attempts"
        if not self.mobile or day + 2 >= len(self.days):
            return
        at = self._moment(day + 1, morning=True)
        self._sms("invitation", at)
        if self.chance() < 0.2:
            outcome = _ENDS[int(len(_ENDS) * self.chance())]
            answered = self._sms("conversation", at + 600, inbound=True, right_party=outcome not in _UNKNOWN)
            self._conversation(answered, at + 600, outcome, "sms")

    def _attempt(
        self, at: float, end: Disposition, *, answered: int = 0, right_party: bool = False, purpose: str = "call"
    ) -> str:
        flags, attempt, placed = FLAGS[end], self.lives.id(), _at(at)
        over = at + 8 + answered + (17 if flags.rang and not answered else 0)
        errors = {Disposition.CARRIER_ERROR: 13227, Disposition.INVALID_NUMBER: 21211}
        self.lives.add(
            "attempts", attempt, self.contact_id, self.id, self.world.campaign_id, 1, "voice",
            "inbound" if purpose == "conversation" else "outbound", purpose,
            self.e164, self.caller, "ended", end.value, flags.rang, flags.human_answered, right_party, flags.final,
            "human" if answered else None, end is Disposition.VOICEMAIL_LEFT, errors.get(end), answered or None, placed,
            None if end is Disposition.NEVER_PLACED else placed, _at(at + 4) if flags.rang else None,
            _at(at + 8) if answered else None, _at(over), placed, placed,
        )  # fmt: skip
        return attempt

    def _sms(self, purpose: str, at: float, *, inbound: bool = False, right_party: bool = False) -> str:
        lot, attempt, placed = self.chance(), self.lives.id(), _at(at)
        end = Disposition.SMS_DELIVERED if inbound or lot < 0.93 else Disposition.SMS_SENT
        if lot > 0.96 and not inbound:
            end = Disposition.SMS_UNDELIVERED if lot < 0.99 else Disposition.SMS_NOT_A_MOBILE
        self.lives.add(
            "attempts", attempt, self.contact_id, self.id, self.world.campaign_id, 1, "sms",
            "inbound" if inbound else "outbound", purpose, self.e164, SENDER, "ended", end.value, False, inbound,
            right_party, False, None, False, None, None, placed, placed, None, placed if inbound else None, placed,
            placed, placed,
        )  # fmt: skip
        return attempt

    def _conversation(self, attempt: str, at: float, outcome: Outcome, channel: str, *, receipt: bool = True) -> None:
        talk, asked = self.lives.id(), _ASKED[outcome]
        if outcome is Outcome.ABANDONED:
            asked = asked[: 1 + int(8 * self.chance() ** 2)]
        identity = "failed" if outcome is Outcome.IDENTITY_FAILED else "verified" if len(asked) > 2 else "unchecked"
        over = _at(at + 8 + 9 * len(asked))
        add = self.lives.add
        add(
            "conversations", talk, attempt, self.id, self.contact_id, channel, _at(at + 8), over, outcome.value,
            identity, 2 * (identity == "failed"), "{}", None,
        )  # fmt: skip
        for position, question in enumerate(asked):
            said = _at(at + 8 + 9 * position)
            add(
                "turns", self.lives.id(), talk, 2 * position + 1, "agent", "Une question ?", question, "2026-11-a", said
            )
        for kind in ("assistance", "sharing"):
            if f"consent_{kind}" in asked[:-1] or (outcome is Outcome.REFUSED and kind == "assistance"):
                self.consents += 1
                given = outcome is not Outcome.REFUSED and (kind == "assistance" or self.chance() < 0.9)
                add(
                    "consents", self.lives.id(), 16 * self.number + self.consents, self.id, talk,
                    kind, "given" if given else "refused", "2026-11-a", channel, over,
                )  # fmt: skip
        if outcome in _AGAIN:
            return
        self.state = "human_requested" if outcome is Outcome.EMERGENCY else outcome.value
        self.reason = self.next_at = None
        if outcome in _REQUESTS:
            self._request(talk, at + 8 + 9 * len(asked), _REQUESTS[outcome])
        if outcome is Outcome.ACCEPTED and self.mobile and receipt and at + 600 < self.now:
            self._sms("receipt", at + 600)

    def _request(self, talk: str, at: float, kind: RequestKind) -> None:
        """Most are begun within the service level, and the older ones are over."""
        request, created = self.lives.id(), datetime.fromtimestamp(at, UTC)
        adviser = self.world.advisers[int(len(self.world.advisers) * self.chance())]
        within = service_levels.WITHIN[kind].total_seconds()
        begun = at + within * min(3 * self.chance() ** 2, 2.5)
        waits = begun > self.now or self.chance() < 0.04
        lot, status, result, closed, offer = self.chance(), RequestStatus.NEW, None, None, None
        if not waits:
            closed_at = begun + _DAY * (2 + 30 * self.chance())
            if kind is RequestKind.MATCHING and lot < 0.7:
                offer = "accepted" if lot < 0.5 else "declined" if lot < 0.62 else "proposed"
            if closed_at < self.now and offer != "proposed":
                status, closed = RequestStatus.CLOSED, closed_at
                result = "declared" if offer == "accepted" and lot < 0.42 else "advised"
            else:
                status = RequestStatus.OFFERED if offer in {"accepted", "proposed"} else RequestStatus.CLAIMED
        held = status in {RequestStatus.CLAIMED, RequestStatus.OFFERED}
        rank = int(service_levels.rank_of(kind, status, None))
        due = service_levels.due_at(kind, created, None)
        add = self.lives.add
        add(
            "requests", request, self.id, self.contact_id, talk, kind.value, status.value, self.department,
            '["autonomous"]', adviser if held else None, _at(begun) if held else None,
            _at(self.now + 7200) if held else None, result, str(created), _at(closed) if closed else None, rank,
            str(due),
        )  # fmt: skip
        if waits:
            return
        add("request_events", request, adviser, "claimed", _at(begun))
        day = bisect_right(self.days, begun)
        if day < len(self.days) and self.chance() < 0.5:
            self._adviser_calls(self._moment(day, morning=True))
        if closed:
            add("request_events", request, adviser, "closed", _at(closed))
        if offer is not None:
            declared = _at(closed)[:10] if closed and result == "declared" else None
            add(
                "offers", self.lives.id(), request, f"99{int(VOLUNTEERS * self.chance()):09}", offer, adviser,
                _at(begun + 60), _at(begun + 7 * _DAY), None if offer == "proposed" else _at(begun + _DAY), declared,
            )  # fmt: skip

    def _adviser_calls(self, at: float) -> None:
        if at > self.now:
            return
        reached = self.chance() < 0.7
        end = Disposition.CONVERSATION if reached else Disposition.NO_ANSWER
        self._attempt(at, end, answered=200 * reached, right_party=reached, purpose="adviser_call")
