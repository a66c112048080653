"""Everything is killed, again and again, under every fault of the network: no promise is broken (DESIGN §2, §6)."""

import os
import sys
import time
from collections import Counter
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest

from outreach.database.embedded import EmbeddedPostgres
from outreach.domain.policy import ContactPolicy
from sandbox.people import invent_people
from tests.relais.chaos import chaos

SEED = int(os.environ.get("RELAIS_CHAOS_SEED", "1"))
MOST_KILLS = int(os.environ.get("RELAIS_CHAOS_KILLS", "64"))
PATIENTS = 300
KILLS = {
    "dialer-1": 8,
    "dialer-2": 8,
    "dialer-3": 8,
    "phone-1": 9,
    "phone-2": 9,
    "actions": 10,
    "database": 8,
    "bot": 4,
}
"""Rasa takes the longest to come back: the others are killed more often. 64 in all."""

AT_LEAST_UNTIL = datetime(2026, 11, 26, 15, 0, tzinfo=ZoneInfo("Europe/Paris"))
LONGEST = 300.0
"""Real seconds after the last kill."""

# Slowly enough that an outage meets some people, not everybody.
RULES = ContactPolicy(announce_sms=True, calls_at_once=8, calls_per_second=0.02, best_time=False)


@pytest.mark.skipif("RELAIS_CHAOS" not in os.environ, reason="takes a quarter of an hour: make chaos runs it")
def test_rules_01_02_03_and_05_hold_and_nothing_is_lost_whatever_is_killed(
    tmp_path: Path, postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = Random(f"kills|{SEED}")
    victims = [name for name, times in KILLS.items() for _ in range(times)]
    draw.shuffle(victims)
    victims = victims[:MOST_KILLS]
    people = invent_people(PATIENTS, SEED)
    began = time.monotonic()
    # PostgreSQL's own user must reach its folder, as it cannot one of pytest's.
    with (
        TemporaryDirectory(prefix="relais-chaos-") as folder,
        chaos(tmp_path, Path(folder), SEED, monkeypatch) as relais,
    ):
        ready = time.monotonic()
        relais.faults(duplicate=0.15, late=0.1, reorder=0.15, lose=0.1, server_error=0.05, cut=0.05)
        relais.enrol(people, tmp_path, RULES)
        for name in victims:
            relais.let_work(0.5, 4.0)
            relais.kill_one(name)
        # Two days later those who were missed are called again.
        relais.work_until(AT_LEAST_UNTIL, LONGEST)
        relais.come_to_rest()
        rested = time.monotonic()
        log, states = relais.log(), relais.states()
        calls = [call for call in log["calls"] if call["direction"] == "outbound-api"]
        sys.stdout.write(
            f"seed {SEED}: {relais.kills.total()} kills {dict(relais.kills)}, {len(calls)} calls, "
            f"{len(log['messages'])} SMS, {relais.requests()} requests, until {relais.clock().now():%d/%m %H:%M}; "
            f"ready in {ready - began:.0f} s, chaos {rested - ready:.0f} s; {states}\n"
        )
        assert relais.findings() == [], f"seed {SEED}"
        assert relais.kills.total() >= min(60, MOST_KILLS)
        assert sum(states.values()) == len(people)
        rings = Counter(call["to"] for call in calls if call["rang_at"])
        assert len(rings) > PATIENTS / 3, "most people were called"
        assert max(rings.values()) > 1, "somebody was called again"
        assert relais.requests() > 0
