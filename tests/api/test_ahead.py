"""What is worked out ahead of who asks next: how old it may be, for how long it is kept young, what happens to a
failure."""

from collections.abc import Callable
from itertools import count

import pytest

from api.ahead import WANTED_SECONDS, Ahead
from outreach.errors import NotFound
from outreach.runtime import DatabaseError


class Time:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def failed() -> list[Exception]:
    return []


@pytest.fixture
def ahead(time: Time, failed: list[Exception]) -> Ahead:
    return Ahead(failed.append, time)


def _counting() -> Callable[[], int]:
    """Tells how many times it was asked."""
    return count(1).__next__


def test_an_answer_is_never_older_than_it_may_be(ahead: Ahead, time: Time) -> None:
    work = _counting()
    assert ahead.answer("brakes", work, 5.0) == 1
    time.at += 5.0
    assert ahead.answer("brakes", work, 5.0) == 1
    time.at += 0.1
    assert ahead.answer("brakes", work, 5.0) == 2


def test_an_answer_is_as_old_as_its_beginning(ahead: Ahead, time: Time) -> None:
    def slow() -> float:
        began = time.at
        time.at += 4.0
        return began

    assert ahead.answer("brakes", slow, 5.0) == 100.0
    time.at += 2.0
    assert ahead.answer("brakes", slow, 5.0) == 106.0, "it was begun six seconds ago"


def test_what_is_still_wanted_is_there_before_it_is_too_old(ahead: Ahead, time: Time) -> None:
    work = _counting()
    ahead.answer("brakes", work, 5.0)
    time.at += 2.0
    ahead.renew()
    assert ahead.answer("brakes", work, 5.0) == 1, "young enough to be left alone"
    for _ in range(5):
        time.at += 3.0
        ahead.renew()
    assert ahead.answer("brakes", work, 5.0) == 6
    assert ahead.answer("brakes", work, 5.0) == 6


def test_what_nobody_asks_for_any_more_is_forgotten(ahead: Ahead, time: Time) -> None:
    work = _counting()
    ahead.answer("brakes", work, 5.0)
    time.at += WANTED_SECONDS + 1
    ahead.renew()
    time.at += 3.0
    ahead.renew()
    assert ahead.answer("brakes", work, 5.0) == 2, "worked out for this reader alone"


def test_a_failure_is_told_to_the_next_reader_and_never_an_old_answer(
    ahead: Ahead, time: Time, failed: list[Exception]
) -> None:
    works = True

    def work() -> str:
        if not works:
            raise NotFound("it is gone")
        return "found"

    assert ahead.answer("brakes", work, 5.0) == "found"
    works = False
    time.at += 4.0
    ahead.renew()
    assert [type(one) for one in failed] == [NotFound]
    with pytest.raises(NotFound):
        ahead.answer("brakes", work, 5.0)
    works = True
    assert ahead.answer("brakes", work, 5.0) == "found"


def test_one_failure_keeps_nothing_else_from_being_worked_out(
    ahead: Ahead, time: Time, failed: list[Exception]
) -> None:
    other, fails = _counting(), False

    def work() -> None:
        if fails:
            raise DatabaseError

    ahead.answer("one", work, 5.0)
    ahead.answer("other", other, 5.0)
    fails = True
    time.at += 3.0
    ahead.renew()
    assert len(failed) == 1
    assert ahead.answer("other", other, 5.0) == 2


def test_the_thread_works_ahead_and_ends() -> None:
    failed: list[Exception] = []
    ahead = Ahead(failed.append)
    work = _counting()
    ahead.answer("quick", work, 0.1)
    ahead.start()
    try:
        assert ahead.answer("quick", work, 60.0) >= 1
    finally:
        ahead.stop()
    assert not ahead._thread.is_alive()
    assert not failed
