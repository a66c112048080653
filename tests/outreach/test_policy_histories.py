"""Rules 1, 2 and 9 over any history: the decisions of the domain driven through lives made up step by step."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from outreach.domain.calling_hours import Window
from outreach.domain.dispositions import FLAGS, Disposition
from outreach.domain.gates import CallFacts, cap_opens_at, closed_gates, opens_at, sms_gates
from outreach.domain.policy import DEFAULT, AttemptCaps, ContactPolicy
from outreach.domain.schedule import RETRIES, callback_window, next_try, put_off
from outreach.domain.territories import DEPARTMENTS
from tests.outreach.oracle import Placed, broken_rules

POLICIES = [
    DEFAULT,
    ContactPolicy(days=("mon", "thu"), announce_sms=False),
    ContactPolicy(attempts=AttemptCaps(per_30_days=2, spacing_hours=72), announce_sms=False),
]
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 11, 30), timezones=st.just(UTC))
leads = st.timedeltas(timedelta(0), timedelta(minutes=30))
ends = st.one_of(st.just(Disposition.NO_ANSWER), st.sampled_from(sorted(RETRIES)))
# Round about the edges of the rules: an hour, a day, the spacing, the thirty days.
gaps = st.sampled_from([timedelta(hours=hours) for hours in (0, 1, 3, 23, 24, 26, 44, 47, 48, 50, 72, 29 * 24)])
which = st.integers(0, 2)


@dataclass(slots=True)
class _Contact:
    """One campaign's view of the person."""

    policy: ContactPolicy
    mobile: bool
    not_before: datetime | None = None
    callback: Window | None = None
    announced_at: datetime | None = None
    ended_as: tuple[Disposition, ...] = ()


class OnePerson(RuleBasedStateMachine):
    """A person in three campaigns, over several numbers, whose history is whatever it may be.

    Schedules are not believed: at any step a contact may be taken for due at once, as if a clock, a backup or a hand
    had moved its time. The gates alone must keep the rules.
    """

    @initialize(now=moments, department=st.sampled_from(sorted(DEPARTMENTS)), mobile=st.booleans())
    def begin(self, now: datetime, department: str, mobile: bool) -> None:
        self.now, self.department = now, department
        self.contacts = [_Contact(policy, mobile) for policy in POLICIES]
        self.placed: list[Placed] = []
        self.sms = 0
        self.stopped_at: datetime | None = None

    def _rings(self) -> list[datetime]:
        return [one.rang_at for one in self.placed if one.rang_at is not None]

    def _facts(self, contact: _Contact, lead: timedelta) -> CallFacts:
        needs = contact.policy.announce_sms and contact.mobile and contact.callback is None
        return CallFacts(
            now=self.now,
            department=self.department,
            campaign_running=True,
            suppressed=self.stopped_at is not None,
            number="+33639980001" if contact.mobile else "+33199000001",
            rang_at=self._rings(),
            open_attempt=False,
            not_before=contact.not_before,
            callback=contact.callback,
            announced_at=contact.announced_at,
            needs_announcement=needs,
            lead=lead,
        )

    @rule(number=which)
    def a_hand_moves_the_time(self, number: int) -> None:
        self.contacts[number].not_before = None

    @rule(number=which, lead=leads, end=ends)
    def somebody_calls_as_soon_as_they_may(self, number: int, lead: timedelta, end: Disposition) -> None:
        contact = self.contacts[number]
        if contact.callback is None and contact.announced_at is None:
            contact.announced_at = self.now
        opens = opens_at(contact.policy, self._facts(contact, lead))
        assert (opens is None) is (self.stopped_at is not None)
        if opens is not None:
            self.now = opens
            assert closed_gates(contact.policy, self._facts(contact, lead)) == []
            self._call(contact, lead, end)

    @rule(number=which, after=gaps, lead=leads, end=ends)
    def somebody_calls_if_they_may(self, number: int, after: timedelta, lead: timedelta, end: Disposition) -> None:
        contact = self.contacts[number]
        self.now += after
        if not closed_gates(contact.policy, self._facts(contact, lead)):
            self._call(contact, lead, end)

    def _call(self, contact: _Contact, lead: timedelta, end: Disposition) -> None:
        wished = contact.callback is not None and self.now in contact.callback
        rang_at = self.now + lead if FLAGS[end].rang else None
        self.placed.append(Placed(self.now, rang_at, wished))
        self.now += lead
        contact.ended_as += (end,)
        again = next_try(
            contact.policy, self.department, self.now, end, self._rings(), contact.ended_as.count(end), contact.callback
        )
        if contact.callback is not None and (again.at is None or again.at not in contact.callback):
            contact.callback = None
        contact.not_before = again.at
        for window in again.windows[:1]:
            then = replace(self._facts(contact, timedelta(0)), now=window.start, needs_announcement=False)
            assert self.stopped_at is not None or closed_gates(contact.policy, then) == []

    @rule(number=which, ahead=st.timedeltas(timedelta(0), timedelta(days=4)), hours=st.integers(1, 9))
    def they_ask_to_be_called(self, number: int, ahead: timedelta, hours: int) -> None:
        contact = self.contacts[number]
        wanted = Window(self.now + ahead, self.now + ahead + timedelta(hours=hours))
        allowed = cap_opens_at(contact.policy, self.now, self._rings())
        contact.callback = callback_window(contact.policy, self.department, self.now, put_off(wanted, allowed))
        contact.not_before = contact.callback.start if contact.callback is not None else contact.not_before

    @rule(number=which)
    def somebody_texts(self, number: int) -> None:
        contact = self.contacts[number]
        stopped = self.stopped_at is not None
        if not sms_gates(
            contact.policy, self.now, self.department, suppressed=stopped, running=True, unanswered=self.sms
        ):
            self.placed.append(Placed(self.now))
            self.sms += 1
            contact.announced_at = contact.announced_at or self.now

    @rule()
    def they_answer_by_sms(self) -> None:
        self.sms = 0

    @rule(really=st.integers(0, 9))
    def they_say_stop(self, really: int) -> None:
        if really == 0 and self.stopped_at is None:
            self.stopped_at = self.now
            self.now += timedelta(seconds=1)

    @invariant()
    def no_rule_is_broken(self) -> None:
        if hasattr(self, "placed"):
            assert broken_rules(self.department, self.placed, self.stopped_at) == []
            assert self.sms <= 2


TestOnePerson = OnePerson.TestCase
TestOnePerson.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_rule_01_and_02_and_09_hold_over_any_history_of_the_gates_and_the_schedule() -> None:
    """By `TestOnePerson`, above; here, that the judge does judge."""
    at = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
    tuesday = Placed(at, at)
    assert broken_rules("94", [tuesday]) == []
    assert len(broken_rules("971", [tuesday])) == 2
    next_day = Placed(at + timedelta(days=1), at + timedelta(days=1))
    assert len(broken_rules("94", [tuesday, next_day])) == 1
    assert broken_rules("94", [tuesday, replace(next_day, at_their_wish=True)]) == []
    every_other = [Placed(at + timedelta(days=7 * n), at + timedelta(days=7 * n)) for n in range(5)]
    assert len(broken_rules("94", every_other)) == 1
    assert len(broken_rules("94", [tuesday], stopped_at=at - timedelta(minutes=1))) == 1
