"""The breathing space: longer with each failure, as long as the carrier wishes, and everybody's when it is asked too much."""

import pytest

from dialer.carrier import Carrier, Refused
from dialer.rest import FIRST_SECONDS, LONGEST_SECONDS, LONGEST_WISH_SECONDS, Rest
from outreach.runtime import Runtime
from outreach.services import rests
from tests.dialer.fakes import FakeCarrier
from tests.dialer.test_carrier import _call


class _Clock:
    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> _Clock:
    ticks = _Clock()
    monkeypatch.setattr("dialer.rest.time.monotonic", ticks.monotonic)
    return ticks


def _on(resting: Rest) -> bool:
    return resting.is_on


def _left(runtime: Runtime) -> float:
    with runtime.transaction() as session:
        return rests.left(session)


def test_each_failure_rests_longer_up_to_a_minute(runtime: Runtime, ticks: _Clock) -> None:
    resting = Rest(runtime)
    assert not _on(resting)
    for failures in range(1, 13):
        resting.after_failure()
        longest = min(LONGEST_SECONDS, FIRST_SECONDS * 2**failures)
        ticks.now += longest * 0.49
        assert _on(resting)
        ticks.now += longest * 0.52
        assert not _on(resting)
    assert _left(runtime) == 0, "our own trouble is nobody else's"


def test_who_is_asked_too_much_is_let_alone_by_every_dialer(runtime: Runtime, ticks: _Clock) -> None:
    one, another = Rest(runtime), Rest(runtime)
    assert not _on(another)
    one.slow_down(30.0)
    assert _on(one)
    assert 29 < _left(runtime) < 40
    ticks.now += 0.3
    assert _on(another)
    one.slow_down(1.0)
    assert _left(runtime) > 28, "an earlier wish for more stands"


def test_a_wish_for_days_is_looked_at_again_sooner(runtime: Runtime, ticks: _Clock) -> None:
    Rest(runtime).slow_down(864_000.0)
    assert _left(runtime) < LONGEST_WISH_SECONDS * 1.3


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("soon", None), ("", None)])
def test_the_carrier_says_how_long(runtime: Runtime, carrier: FakeCarrier, header: str, seconds: float | None) -> None:
    carrier.headers = {"Retry-After": header} if header else {}
    carrier.script = [(429, 20429), (400, 21211)]
    client = Carrier(runtime.settings)
    with pytest.raises(Refused) as refused:
        _call(client)
    assert refused.value.retry_after == seconds
    carrier.headers = {"Retry-After": "9"}
    with pytest.raises(Refused) as another:
        _call(client)
    assert another.value.retry_after is None, "only too many requests are a matter of time"


def test_the_carrier_may_say_a_date(runtime: Runtime, carrier: FakeCarrier) -> None:
    carrier.headers = {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}
    carrier.script = [(429, 20429)]
    with pytest.raises(Refused) as refused:
        _call(Carrier(runtime.settings))
    assert refused.value.retry_after == 0.0
