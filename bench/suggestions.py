"""What suggestions for a request cost among 60,000 volunteers: `python -m bench.suggestions`.

Against the plainest way there is: the distances from one point to all of them in NumPy, from arrays that are in memory
already, and the twenty nearest. Ours begins at a request's number and ends with the ranked first twenty and their
reasons; it reads the request, the volunteers, their places and their offers in a real PostgreSQL.
Both are taken in turn, for the same patients. The status is 1 when the ratio of the medians is over the limit.
"""

import argparse
import random
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from bench import register
from outreach.clock import RealClock
from outreach.database.embedded import EmbeddedPostgres
from outreach.database.engine import make_engine, upgrade
from outreach.runtime import Runtime
from outreach.services import suggestions
from outreach.settings import Settings

LIMIT = 1.0
SITES = 60_000
PATIENTS = 300
FIRST = 20

Array = NDArray[np.float64]


def brute_force(latitudes: Array, longitudes: Array, point: tuple[float, float]) -> Array:
    """Kilometres to the twenty nearest, in order: what is compared with. Radians in."""
    latitude, longitude = np.radians(point)
    square = (
        np.sin((latitudes - latitude) / 2) ** 2
        + np.cos(latitude) * np.cos(latitudes) * np.sin((longitudes - longitude) / 2) ** 2
    )
    km = 2 * 6371.0 * np.arcsin(np.sqrt(square))
    nearest = np.argpartition(km, FIRST)[:FIRST]
    return np.asarray(km[nearest[np.argsort(km[nearest])]])


def measure(runtime: Runtime, world: register.World) -> dict[str, list[tuple[float, float, int]]]:
    """For each kind of request: ours and the brute force in milliseconds, and how many were suggested."""
    latitudes, longitudes = np.radians(np.array(world.points, dtype=np.float64)).T
    latitudes, longitudes = np.ascontiguousarray(latitudes), np.ascontiguousarray(longitudes)
    now = runtime.clock.now()

    times: dict[str, list[tuple[float, float, int]]] = {kind: [] for kind in register.KINDS}
    for warm, asked in [(True, world.requests[:40]), (False, world.requests)]:
        for one in asked:
            # As on the page of a request, which has its own transaction: what begins and ends it isn't counted.
            with runtime.transaction() as session:
                session.connection()
                began = time.perf_counter()
                found = suggestions.for_request(session, one.id, now)
                between = time.perf_counter()
            starts = time.perf_counter()
            brute_force(latitudes, longitudes, one.point)
            ended = time.perf_counter()
            if not warm:
                row = (1000 * (between - began), 1000 * (ended - starts), len(found.ranked))
                times[one.kind].append(row)
    return times


def show(times: dict[str, list[tuple[float, float, int]]]) -> float:
    """Prints the table; returns the ratio of the medians over all requests."""
    print(f"{'request':24} {'ours p50':>9} {'p95':>7} {'NumPy p50':>10} {'ratio':>6} {'p95':>6} {'suggested':>10}")
    everything = [row for rows in times.values() for row in rows]
    ratio = 0.0
    for kind, rows in [*times.items(), ("all", everything)]:
        mine, theirs = [row[0] for row in rows], [row[1] for row in rows]
        p50, q50 = statistics.median(mine), statistics.median(theirs)
        p95, q95 = statistics.quantiles(mine, n=20)[-1], statistics.quantiles(theirs, n=20)[-1]
        ratio = p50 / q50
        suggested = statistics.mean(row[2] for row in rows)
        print(f"{kind:24} {p50:9.2f} {p95:7.2f} {q50:10.2f} {ratio:6.2f} {p95 / q95:6.2f} {suggested:10.1f}")
    return ratio


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="relais-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "database")
        engine = make_engine(server.url())
        upgrade(engine)
        settings = Settings(database_url=server.url(), relais_var=Path(folder) / "var")
        with Runtime(settings, engine, RealClock()) as runtime:
            world = register.invent(runtime, chosen.sites, chosen.patients, random.Random(7))
            ratio = show(measure(runtime, world))
        server.close()
    print(f"ours against the brute force: {ratio:.2f} times (at most {LIMIT:.0f})")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
