"""One clock for every process of a deployment."""

from datetime import UTC, datetime, timedelta

import pytest

from outreach.clock import ClockSetting, SharedClock
from outreach.runtime import Runtime

SETTING = "2026-11-24T10:00:00+01:00@600"


def test_a_second_process_goes_on_with_the_first_ones_time(runtime: Runtime) -> None:
    first = SharedClock(runtime.engine, SETTING)
    second = SharedClock(runtime.engine, SETTING)
    assert first.now() >= datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert abs(second.now() - first.now()) < timedelta(minutes=5)  # half a second of real time
    assert first.rate == second.rate == 600


def test_a_simulation_moves_every_process_on_and_never_back(runtime: Runtime) -> None:
    first = SharedClock(runtime.engine, SETTING)
    second = SharedClock(runtime.engine, SETTING)
    first.move(to=datetime(2026, 11, 25, 9, tzinfo=UTC), rate=1)
    second.refresh()
    assert second.now() >= datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert second.rate == 1
    first.move(to=datetime(2026, 11, 24, 9, tzinfo=UTC))
    assert first.now() >= datetime(2026, 11, 25, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-11-24T10:00:00", "2026-11-24T10:00:00+01:00@fast", "2026-11-24T10:00:00+01:00@0"]
)
def test_a_wrong_setting_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be|needs its offset"):
        ClockSetting.parse(text)
