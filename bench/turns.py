"""What one turn costs: through the telephone webhook against Rasa's bare REST channel, in the same run.

    .venv/bin/python -m bench.turns [--train]

Ends with status 1 when the webhook takes more than `LIMIT` times as long, at p50 or at p95.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from bench.deployment import Deployment, Person, deployed, invent
from bench.talking import SCRIPTS, Rest, Way, Webhook
from outreach.database.models import Conversation
from relais.console import err
from relais.training import ensure_model

LIMIT = 1.25
AT_ONCE = 16
ROUNDS_ALONE = 18
ROUNDS_TOGETHER = 6
WARM_UP = 4
"""Conversations of each way before anything is measured: pools fill, statements get prepared."""

WAYS: dict[str, Callable[[Deployment], Way]] = {"webhook": Webhook, "REST": Rest}


@dataclass(slots=True)
class Measured:
    """The turns of one way, so many conversations at once."""

    seconds: list[float] = field(default_factory=list)
    wall: float = 0.0
    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def percentile(self, percent: int) -> float:
        return statistics.quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


def converse(way: Way, script: Sequence[str]) -> list[float]:
    return [way.say(words) for words in script]


def measure(deployment: Deployment, people: Iterator[Person], at_once: int, rounds: int) -> dict[str, Measured]:
    """Both ways by turns, a round each, so that the machine's noise falls on both."""
    results = {name: Measured() for name in WAYS}
    lines = {name: [way(deployment) for _ in range(at_once)] for name, way in WAYS.items()}
    with ThreadPoolExecutor(at_once) as talkers:
        for number in range(rounds):
            for name in WAYS if number % 2 else reversed(WAYS):
                _round(deployment, talkers, lines[name], people, number, results[name])
    for line in (line for way in lines.values() for line in way):
        line.close()
    return results


def _round(
    deployment: Deployment,
    talkers: ThreadPoolExecutor,
    lines: Sequence[Way],
    people: Iterator[Person],
    number: int,
    result: Measured,
) -> None:
    # Not measured: the two ways open differently.
    for opening in [talkers.submit(line.open, next(people)) for line in lines]:
        opening.result(60)
    before, started = deployment.cpu_seconds(), time.perf_counter()
    scripts = (SCRIPTS[(number + index) % len(SCRIPTS)] for index in range(len(lines)))
    for talk in [talkers.submit(converse, *pair) for pair in zip(lines, scripts, strict=True)]:
        result.seconds += talk.result(60)
    result.wall += time.perf_counter() - started
    for name, seconds in deployment.cpu_seconds().items():
        result.cpu[name] += seconds - before[name]


def outcomes(deployment: Deployment) -> Counter[str | None]:
    with deployment.runtime.transaction() as session:
        return Counter(session.scalars(select(Conversation.outcome)))


def report(alone: dict[str, Measured], together: dict[str, Measured], deployment: Deployment) -> bool:
    """Prints the figures; returns whether every ratio is within the limit."""
    within = True
    print("conversations  percentile  REST       webhook    ratio")
    for at_once, results in ((1, alone), (AT_ONCE, together)):
        for percent in (50, 95):
            bare, around = (results[name].percentile(percent) for name in ("REST", "webhook"))
            ratio = around / bare
            within = within and ratio <= LIMIT
            verdict = "" if ratio <= LIMIT else f"  over {LIMIT}"
            print(
                f"{at_once:>13}  p{percent:<9}  {bare * 1000:6.1f} ms  {around * 1000:6.1f} ms  {ratio:5.2f}{verdict}"
            )
    for name in ("REST", "webhook"):
        result = together[name]
        turns = len(result.seconds)
        costs = ", ".join(f"{part} {1000 * seconds / turns:.1f}" for part, seconds in sorted(result.cpu.items()))
        print(f"{name}, {AT_ONCE} at once: {turns / result.wall:.0f} turns/s; processor ms a turn: {costs}")
    print(f"memory: Rasa {deployment.megabytes('bot'):.0f} MB, action server {deployment.megabytes('actions'):.0f} MB")
    return within


def trained_here(folder: Path) -> None:
    """Trains a model that no cache holds, and says how long it took."""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    started = time.perf_counter()
    ensure_model(folder / "var")
    print(f"training: {time.perf_counter() - started:.0f} s")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.turns", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--train", action="store_true", help="train the model first, and say how long it took")
    arguments = parser.parse_args()
    model = os.environ.get("BENCH_MODEL")
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as name:
        folder = Path(name)
        if arguments.train:
            trained_here(folder)
        with deployed(folder, Path(model) if model else None) as deployment:
            wanted = 2 * (WARM_UP * AT_ONCE + ROUNDS_ALONE + AT_ONCE * ROUNDS_TOGETHER)
            people = iter(invent(deployment.runtime, folder, wanted))
            measure(deployment, people, AT_ONCE, 1)
            measure(deployment, people, 1, WARM_UP)
            alone = measure(deployment, people, 1, ROUNDS_ALONE)
            together = measure(deployment, people, AT_ONCE, ROUNDS_TOGETHER)
            ended = outcomes(deployment)
            within = report(alone, together, deployment)
        if set(ended) != {"accepted"}:
            err.print(f"not every conversation ended as its script should: {dict(ended)}", markup=False)
            return 1
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
