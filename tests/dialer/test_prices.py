"""What attempts cost: asked for some time after their end, a few times, by one dialer."""

from datetime import timedelta
from decimal import Decimal

from dialer.carrier import Carrier
from dialer.prices import Prices
from outreach.clock import FrozenClock
from outreach.runtime import Runtime
from outreach.services import prices
from tests.dialer.conftest import SID, Network, World
from tests.dialer.fakes import FakeCarrier


def _ended(network: Network, world: World, carrier: FakeCarrier, status: str = "completed") -> None:
    carrier.held[SID] = {
        "sid": SID, "to": "", "from": "", "status": status, "direction": "outbound-api", "date_created": None,
        "answered_by": None, "duration": "34", "price": None, "price_unit": "EUR",
    }  # fmt: skip
    attempt = world.claimed()
    if status == "completed":
        network.answer(attempt, SID)
    network.status(attempt, SID, status)


def _asked(carrier: FakeCarrier) -> int:
    return len([one for one in carrier.asked if one.method == "GET"])


def test_a_price_that_comes_late_is_kept_with_its_currency_and_the_duration(
    network: Network, world: World, carrier: FakeCarrier, runtime: Runtime, clock: FrozenClock
) -> None:
    _ended(network, world, carrier)
    sweep = Prices(runtime, Carrier(runtime.settings))
    sweep.run()
    assert _asked(carrier) == 0, "too early"
    clock.advance(timedelta(minutes=11))
    sweep.run()
    sweep.run()
    assert _asked(carrier) == 1
    carrier.held[SID]["price"] = "-0.01300"
    clock.advance(timedelta(hours=1))
    Prices(runtime, Carrier(runtime.settings)).run()
    (attempt,) = world.attempts()
    assert (attempt.price, attempt.currency, attempt.duration_seconds) == (Decimal("0.01300"), "EUR", 34)
    clock.advance(timedelta(days=1))
    sweep.run()
    assert _asked(carrier) == 2, "it is known"
    with runtime.transaction() as session:
        assert attempt.campaign_id is not None
        assert prices.spent(session, attempt.campaign_id) == [("EUR", Decimal("0.01300"), 1, 0)]


def test_a_price_that_never_comes_is_given_up(
    network: Network, world: World, carrier: FakeCarrier, runtime: Runtime, clock: FrozenClock
) -> None:
    _ended(network, world, carrier)
    sweep = Prices(runtime, Carrier(runtime.settings))
    for _ in range(9):
        clock.advance(timedelta(days=1))
        sweep.run()
    assert _asked(carrier) == len(prices.WAITS)


def test_a_call_that_nobody_answered_has_no_price_to_ask_for(
    network: Network, world: World, carrier: FakeCarrier, runtime: Runtime, clock: FrozenClock
) -> None:
    _ended(network, world, carrier, "no-answer")
    clock.advance(timedelta(days=1))
    Prices(runtime, Carrier(runtime.settings)).run()
    assert _asked(carrier) == 0


def test_a_carrier_that_is_away_costs_a_question_and_no_job(
    network: Network, world: World, carrier: FakeCarrier, runtime: Runtime, clock: FrozenClock
) -> None:
    _ended(network, world, carrier)
    clock.advance(timedelta(minutes=11))
    away = runtime.settings.model_copy(update={"carrier_api_url": "http://127.0.0.1:9"})
    Prices(runtime, Carrier(away)).run()
    carrier.held[SID]["price"] = "-0.02"
    clock.advance(timedelta(hours=1))
    Prices(runtime, Carrier(runtime.settings)).run()
    assert world.attempts()[0].price == Decimal("0.02")
