"""Places over any history of offers, one step at a time and at once: never lost, never given twice."""

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from outreach.database.models import Account, Offer, Request, Volunteer
from outreach.domain.words import Outcome
from outreach.errors import BusinessError
from outreach.runtime import Session
from outreach.services import offers, requests, tasks
from tests.api.world import Desk

ADVISERS = ("camille", "alex")


def broken(session: Session) -> list[str]:
    """What isn't as it must be: places against offers, and requests against their offers."""
    found = []
    rows = session.scalars(select(Offer)).all()
    for volunteer in session.scalars(select(Volunteer)):
        of_them = [row.status for row in rows if row.rpps == volunteer.rpps]
        held, taken = of_them.count("proposed"), of_them.count("accepted")
        if (volunteer.held, volunteer.taken) != (held, taken):
            found.append(f"{volunteer.held} held and {volunteer.taken} taken for {held} proposed and {taken} accepted")
        if not 0 <= volunteer.held + volunteer.taken <= volunteer.capacity or min(volunteer.held, volunteer.taken) < 0:
            found.append(f"{volunteer.held} + {volunteer.taken} of {volunteer.capacity}")
    for request in session.scalars(select(Request)):
        stand = [row.status for row in rows if row.request_id == request.id and row.status in {"proposed", "accepted"}]
        if len(stand) > 1:
            found.append(f"{len(stand)} offers stand for one request")
        if (request.status == "offered") != bool(stand) and request.status != "closed":
            found.append(f"a request is {request.status} with {stand}")
        if request.status == "closed" and "proposed" in stand:
            found.append("a closed request waits for an answer")
    return found


ACTS: dict[str, Callable[[Session, UUID, Account, datetime], object]] = {
    "accept": offers.accept,
    "decline": lambda session, offer, account, now: offers.decline(session, offer, account, "no_room", now),
    "withdraw": lambda session, offer, account, now: offers.withdraw(session, offer, account, "mistake", now),
    "meet": lambda session, offer, account, now: offers.note_appointment(session, offer, account, now, None, now),
    "declare": lambda session, offer, account, now: offers.declare(session, offer, account, tasks.day_of(now), now),
}


class Offers(RuleBasedStateMachine):
    """Two people, two volunteers with one place and with two, two advisers, and time."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk

    @initialize()
    def begin(self) -> None:
        made = [self.desk.request() for _ in range(2)]
        self.requests = [request.id for request in made]
        self.people = [self.desk.patient_of(request) for request in made]
        self.rpps = [f"{_number():011d}" for _ in range(2)]
        for rpps, capacity in zip(self.rpps, (1, 2), strict=True):
            self.desk.volunteer(rpps, capacity)

    def _try(self, act: Callable[[Session], object]) -> None:
        try:
            with self.desk.runtime.transaction() as session:
                act(session)
        except BusinessError:
            pass  # what can't be done changes nothing: the invariants look

    def _newest(self, session: Session, who: int) -> UUID:
        rows = offers.of_request(session, self.requests[who])
        return rows[0].id if rows else self.requests[who]

    @rule(
        who=st.integers(0, 1),
        whom=st.integers(0, 1),
        days=st.integers(1, 5),
        then=st.lists(st.sampled_from(list(ACTS))),
    )
    def propose(self, who: int, whom: int, days: int, then: list[str]) -> None:
        def act(session: Session) -> None:
            request, camille = session.get_one(Request, self.requests[who]), self.desk.account(session, "camille")
            if request.status == "new":
                requests.claim(session, request.id, camille, self.desk.now)
            offers.propose(session, request.id, self.rpps[whom], camille, self.desk.now, days)

        self._try(act)
        self.go_on(who, then)

    @rule(who=st.integers(0, 1), acts=st.lists(st.sampled_from(list(ACTS)), min_size=1))
    def go_on(self, who: int, acts: list[str]) -> None:
        """What becomes of the newest offer, by whoever is at the desk."""
        for name in acts:

            def act(session: Session, name: str = name) -> None:
                alex = self.desk.account(session, "alex")
                ACTS[name](session, self._newest(session, who), alex, self.desk.now)

            self._try(act)

    @rule(who=st.integers(0, 1))
    def close(self, who: int) -> None:
        self._try(
            lambda s: requests.close(
                s, self.requests[who], self.desk.account(s, "camille"), "no_physician_found", None, self.desk.now
            )
        )

    @rule(who=st.integers(0, 1))
    def refuse(self, who: int) -> None:
        self.desk.calls(self.people[who], Outcome.REFUSED)

    @rule(days=st.integers(0, 12))
    def time_passes(self, days: int) -> None:
        self.desk.clock.advance(timedelta(days=days, hours=1))
        with self.desk.runtime.transaction() as session:
            offers.expire(session, self.desk.now)
            requests.expire(session, self.desk.now)

    @invariant()
    def nothing_is_lost(self) -> None:
        with self.desk.runtime.transaction() as session:
            assert broken(session) == []
            for row in session.scalars(select(Offer).where(Offer.status == "proposed")):
                assert row.expires_at > self.desk.now - timedelta(days=13)


_made = random.Random(5)


def _number() -> int:
    return _made.randrange(10**10, 10**11)


def test_no_history_loses_a_place_or_gives_one_twice(desk: Desk) -> None:
    run_state_machine_as_test(
        lambda: Offers(desk),  # type: ignore[arg-type]  # hypothesis takes any maker of machines
        settings=settings(
            max_examples=30, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


def test_at_once_no_place_is_lost_given_twice_or_waited_for_for_ever(desk: Desk) -> None:
    """Six people work on four requests and two volunteers, while offers expire and somebody withdraws."""
    made = [desk.request() for _ in range(4)]
    rpps = [desk.volunteer("10000000001", 1), desk.volunteer("10000000002", 2)]
    unexpected: list[str] = []
    ready = threading.Barrier(6)

    def work(number: int) -> None:
        lots = random.Random(number)
        ready.wait(10)
        for step in range(60):
            request = lots.choice(made)
            try:
                with desk.runtime.transaction() as session:
                    account = desk.account(session, ADVISERS[number % 2])
                    rows = offers.of_request(session, request.id)
                    newest = rows[0].id if rows else request.id
                    session.expire_all()
                    act = lots.choice(("claim", "propose", "propose", "accept", "decline", "withdraw", "expire"))
                    if act == "claim":
                        requests.claim(session, request.id, account, desk.now)
                    elif act == "propose":
                        offers.propose(session, request.id, lots.choice(rpps), account, desk.now)
                    elif act == "accept":
                        offers.accept(session, newest, account, desk.now)
                    elif act == "decline":
                        offers.decline(session, newest, account, "no_room", desk.now)
                    elif act == "withdraw":
                        offers.withdraw(session, newest, account, "mistake", desk.now)
                    else:
                        offers.expire(session, desk.now + timedelta(days=lots.choice((0, 9))))
                if number == 0 and step == 20:
                    desk.calls(desk.patient_of(made[0]), Outcome.REFUSED)
            except BusinessError:
                pass  # what one can't do while others work
            except Exception as error:  # noqa: BLE001 - a deadlock, a broken constraint: each is a failure
                unexpected.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert unexpected == []
    with desk.runtime.transaction() as session:
        assert broken(session) == []
        assert len(session.scalars(select(Offer)).all()) > 4
