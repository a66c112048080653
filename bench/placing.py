"""What placing a call costs: the dialer against a bare HTTP client and against a job queue, in the same run.

    .venv/bin/python -m bench.placing [--short]

Ends with status 1 over a limit. The carrier is the sandbox, in a process of its own; nobody answers its calls.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from bench import cohort
from bench.callers import RING_SECONDS, Bare, Dialer, Queue, Street, database_cpu_seconds
from dialer.dispatch import LEAD_SECONDS
from outreach.domain.policy import ContactPolicy
from outreach.runtime import Runtime
from outreach.services import claims, reviews
from outreach.settings import Settings, load_settings
from relais.console import err

AGAINST_BARE = 0.5
AGAINST_QUEUE = 1.5
CLAIMS_APART = 1.5
GROWTH = 1.05
READ_WHOLE = 1
"""What was kept long enough is looked for among everybody, when the dialer starts; no claim and no opening does so."""

FEW, MANY = 7_000, 714_000
BATCH = 50
STARTS = "2026-11-24T10:00:00+01:00"  # a Tuesday, within calling hours
FAST = 60
WIDE = ContactPolicy(
    announce_sms=False,
    calls_per_second=1000,
    calls_at_once=10_000,
    pace_by_capacity=False,
    ring_seconds=RING_SECONDS,
)
STEADY = ContactPolicy(announce_sms=False, calls_per_second=0.25, calls_at_once=1000, pace_by_capacity=False)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured. `memory_minutes`: of the sandbox's time, after ten that warm up."""

    people: int
    rounds: int
    seconds: float
    claims: int
    memory_minutes: float


WHOLE = Size(people=MANY, rounds=4, seconds=6.0, claims=60, memory_minutes=60)
SHORT = Size(people=50_000, rounds=2, seconds=5.0, claims=10, memory_minutes=15)
WARM_UP_SECONDS = 2.0
STATISTICS_SECONDS = 2.0
"""What a connection has read is told a second after it, at the latest."""
WARM_UP_MINUTES = 10.0


@contextmanager
def databases(settings: Settings) -> Iterator[Callable[[str, str], Runtime]]:
    """Makes databases of one server by their names, each with a clock of its own, while it is open."""
    with ExitStack() as stack:
        server = stack.enter_context(Runtime.start(settings))

        def database(name: str, clock: str) -> Runtime:
            with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                if name not in connection.scalars(text("select datname from pg_database")).all():
                    connection.exec_driver_sql(f"create database {name}")
            url = server.engine.url.set(database=name).render_as_string(hide_password=False)
            changes = {"database_url": url, "relais_clock": clock}
            return stack.enter_context(Runtime.start(settings.model_copy(update=changes)))

        yield database


@dataclass(slots=True)
class Claims:
    """Milliseconds of one claim and of one opening, commit included."""

    claim: list[float]
    opening: list[float]
    claimed: int = 0


def time_claims(runtimes: Sequence[Runtime], how_many: int) -> list[Claims]:
    """The same number of claims from each campaign, by turns."""
    results = [Claims([], []) for _ in runtimes]
    for number in range(how_many + 2):
        for runtime, result in zip(runtimes, results, strict=True):
            is_measured = number >= 2
            opening = _timed(lambda runtime=runtime: _open(runtime))  # type: ignore[misc]
            began = time.perf_counter()
            claimed = _claim(runtime)
            seconds = time.perf_counter() - began
            if is_measured:
                result.opening.append(1000 * opening)
                result.claim.append(1000 * seconds)
                result.claimed += claimed
            cohort.end_calls(runtime.engine, runtime.clock.now())
    return results


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _open(runtime: Runtime) -> int:
    with runtime.transaction() as session:
        return claims.open_contacts(session, runtime.clock.now())


def _claim(runtime: Runtime) -> int:
    with runtime.transaction() as session:
        claimed = claims.claim_calls(
            session,
            runtime.clock,
            runtime.settings,
            BATCH,
            lead=timedelta(seconds=LEAD_SECONDS),
            ahead=timedelta(seconds=1),
        )
    return len(claimed)


def report_claims(few: Claims, many: Claims, people: int) -> bool:
    """Prints the figures; returns whether the limit holds."""
    print(f"a claim of {BATCH}        contacts   p50        p95        an attempt  opening p50")
    for contacts, result in ((FEW, few), (people, many)):
        p50, p95 = statistics.median(result.claim), statistics.quantiles(result.claim, n=20)[-1]
        each = sum(result.claim) / max(1, result.claimed)
        opening = statistics.median(result.opening)
        print(f"{'':>20} {contacts:>9,}  {p50:6.1f} ms  {p95:6.1f} ms  {each:6.2f} ms  {opening:6.1f} ms")
    ratio = statistics.median(many.claim) / statistics.median(few.claim)
    return _verdict("many against few contacts", ratio, at_most=CLAIMS_APART)


def _verdict(what: str, ratio: float, *, at_least: float | None = None, at_most: float | None = None) -> bool:
    holds = (at_least is None or ratio >= at_least) and (at_most is None or ratio <= at_most)
    limit = f"at least {at_least}" if at_least is not None else f"at most {at_most}"
    print(f"{what}: {ratio:.2f} times ({limit}){'' if holds else '  MISSED'}")
    return holds


@dataclass(slots=True)
class Placing:
    """What one way did in its rounds, and the processor time that it cost, by whose it was."""

    rates: list[float] = field(default_factory=list)
    calls: int = 0
    cpu: Counter[str] = field(default_factory=Counter)


def measure_placing(street: Street, ways: Sequence[Dialer | Bare | Queue], size: Size) -> dict[str, Placing]:
    """Rounds by turns, so that the machine's noise falls on all."""
    results = {way.name: Placing() for way in ways}

    def spent(way: Dialer | Bare | Queue) -> dict[str, float]:
        database = database_cpu_seconds(load_settings().relais_var)
        return {"its own": way.cpu_seconds(), "database": database, "sandbox": street.cpu_seconds()}

    for number in range(size.rounds + 1):
        if number == 1:
            results = {way.name: Placing() for way in ways}  # the first round warms up
        for way in ways if number % 2 else reversed(ways):
            result = results[way.name]
            way.go()
            time.sleep(WARM_UP_SECONDS)
            before, cpu, began = way.placed(), spent(way), time.perf_counter()
            time.sleep(size.seconds)
            calls, seconds = way.placed() - before, time.perf_counter() - began
            result.cpu.update({part: now - cpu[part] for part, now in spent(way).items()})
            way.halt()
            result.calls += calls
            result.rates.append(calls / seconds)
    return results


def report_placing(results: dict[str, Placing]) -> bool:
    """Prints the figures; returns whether the limits hold."""
    means = {}
    for name, result in results.items():
        means[name] = statistics.mean(result.rates)
        each = ", ".join(f"{rate:.0f}" for rate in result.rates)
        costs = ", ".join(f"{part} {1000 * cpu / max(1, result.calls):.1f}" for part, cpu in result.cpu.items())
        print(f"{name}: {means[name]:.0f} calls a second ({each}); processor ms a call: {costs}")
    ours = means[Dialer.name]
    fast = _verdict("against the bare client", ours / means[Bare.name], at_least=AGAINST_BARE)
    return _verdict("against procrastinate", ours / means[Queue.name], at_least=AGAINST_QUEUE) and fast


def report_readings(when: str, runtime: Runtime, before: dict[str, int], at_most: int) -> bool:
    time.sleep(STATISTICS_SECONDS)
    read = {name: count - before[name] for name, count in cohort.whole_scans(runtime.engine).items()}
    print(f"whole tables read {when}: {read} (at most {at_most} of each)")
    return all(count <= at_most for count in read.values())


def measure_memory(dialer: Dialer, minutes: float) -> bool:
    dialer.go()
    time.sleep(WARM_UP_MINUTES * 60 / FAST)
    calls, first = dialer.placed(), dialer.megabytes()
    time.sleep(minutes * 60 / FAST)
    last, made = dialer.megabytes(), dialer.placed() - calls
    print(f"memory of the dialer: {first:.1f} MB, {minutes:.0f} minutes and {made} calls later {last:.1f} MB")
    return _verdict("growth", last / first, at_most=GROWTH) and made > 0


def run(size: Size, folder: Path) -> bool:
    os.environ.update(Street.environment(folder))
    settings = load_settings().model_copy(update={"database_url": None})
    with databases(settings) as database, ExitStack() as stack:
        big, small = database("big", STARTS), database("small", STARTS)
        with err.status(f"inventing {size.people:,} people…"):
            cohort.enrol(small, FEW, WIDE)
            cohort.enrol(big, size.people, WIDE)
            # It reads everybody, once a night; a dialer does it at its first start.
            with big.transaction() as session:
                reviews.keep_up(session, big.clock.now())
        time.sleep(STATISTICS_SECONDS)
        scans = cohort.whole_scans(big.engine)
        few, many = time_claims((small, big), size.claims)
        holds = report_claims(few, many, size.people)
        holds = report_readings("by claims and openings", big, scans, 0) and holds

        street = stack.enter_context(Street.opened(folder / "street", STARTS))
        with ExitStack() as ways:
            dialer = ways.enter_context(Dialer.started(big, street, folder / "dialer"))
            bare = ways.enter_context(Bare.started(street))
            jobs = int((size.rounds + 1) * (size.seconds + WARM_UP_SECONDS + 2) * 500)
            queue = ways.enter_context(Queue.started(database("queue", STARTS), street, jobs))
            holds = report_placing(measure_placing(street, (dialer, bare, queue), size)) and holds
        holds = report_readings("to the end of the rounds", big, scans, READ_WHOLE) and holds
        street.close()

        hour = database("hour", f"{STARTS}@{FAST}")
        cohort.enrol(hour, FEW, STEADY)
        street = stack.enter_context(Street.opened(folder / "fast", f"{STARTS}@{FAST}", hour))
        dialer = stack.enter_context(Dialer.started(hour, street, folder / "hour"))
        return measure_memory(dialer, size.memory_minutes) and holds


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.placing")
    parser.add_argument("--short", action="store_true", help="50,000 people, fewer rounds, less of an hour")
    size = SHORT if parser.parse_args().short else WHOLE
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as folder:
        return 0 if run(size, Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
