"""The desk with 200,000 open requests: its pages against the lightest one, and 50 advisers at once.

    .venv/bin/python -m bench.desk [--requests 200000] [--advisers 50]

Ends with status 1 when a page takes more than `LIMIT` times as long as the lightest page for which one logs in, or
when two advisers ever held one request, an edit was lost, or an answer was a failure of ours.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from bench.deployment import free_port
from bench.desk_people import PASSWORD, SITES, hold, settle, volunteers_come
from bench.desk_rush import rush
from outreach.runtime import Runtime
from outreach.settings import load_settings

LIMIT = 3.0
ROUNDS = 120
WARM_UP = 15
LIGHT = {"/tableau": "superviseur", "/comptes": "administratrice", "/journal?qui=personne": "administratrice"}
"""Every page that shows little; the fastest of them is what the desk's are held against."""


@contextmanager
def served(folder: Path) -> Iterator[tuple[Runtime, str]]:
    """`relais api` on a database of its own."""
    port = free_port()
    os.environ.update(
        {
            "RELAIS_VAR": str(folder / "var"),
            "API_PORT": str(port),
            "RELAIS_CLOCK": "2026-11-24T10:30:00+01:00",
            "RELAIS_SECRET_KEY": "an invented key for measurements alone",
        }
    )
    settings = load_settings().model_copy(update={"database_url": None})
    with Runtime.start(settings) as runtime:
        os.environ["DATABASE_URL"] = runtime.engine.url.render_as_string(hide_password=False)
        process = subprocess.Popen([sys.executable, "-m", "relais", "api"], stdout=subprocess.DEVNULL)
        address = f"http://127.0.0.1:{port}"
        try:
            until_ready(address)
            yield runtime, address
        finally:
            process.terminate()
            process.wait(20)


def until_ready(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{address}/health/ready").status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise SystemExit("relais api did not become ready")


def logged_in(address: str, login: str) -> httpx.Client:
    client = httpx.Client(base_url=address, timeout=60, headers={"Accept": "text/html"})
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/connexion").text)
    assert token is not None
    answer = client.post("/connexion", data={"csrf": token[1], "login": login, "password": PASSWORD})
    assert answer.status_code == 303, answer.status_code
    return client


def _percentile(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


Where = Callable[[int], str]


def of_the_queue(address: str) -> dict[str, Where]:
    second = re.search(r'href="(/demandes\?apres=[^"]+)"', logged_in(address, "conseil00").get("/demandes").text)
    assert second is not None
    following = second[1]
    return {
        "queue": lambda _: "/demandes",
        "queue, its next page": lambda _: following,
        "queue of a department": lambda n: f"/demandes?departement={n % 90 + 1:02}",
        "queue by mobility and kind": lambda _: "/demandes?deplacements=home_visit&motif=matching",
        "queue, held": lambda _: "/demandes?etat=claimed",
        "queue, mine": lambda _: "/demandes?a_moi=oui",
    }


def pages(address: str, desk: dict[str, Where]) -> bool:
    """Times every page by turns, so that the machine's noise falls on all. Whether all are within the limit."""
    clients = {login: logged_in(address, login) for login in {*LIGHT.values(), "conseil00"}}
    seconds: dict[str, list[float]] = {name: [] for name in (*LIGHT, *desk)}
    for number in range(-WARM_UP, ROUNDS):
        asked = [(name, login, name) for name, login in LIGHT.items()]
        asked += [(name, "conseil00", where(number % 1000)) for name, where in desk.items()]
        for name, login, path in asked:
            began = time.perf_counter()
            answer = clients[login].get(path)
            took = time.perf_counter() - began
            assert answer.status_code == 200, (path, answer.status_code)
            if number >= 0:
                seconds[name].append(took)
    lightest = min(LIGHT, key=lambda name: statistics.median(seconds[name]))
    good = True
    print(f"\nlightest page: {lightest}\n\n| page | p50 | p95 | ratio at p50 | at p95 |\n|---|---|---|---|---|")
    for name in (lightest, *desk):
        p50, p95 = (_percentile(seconds[name], percent) for percent in (50, 95))
        ratios = [p / _percentile(seconds[lightest], percent) for p, percent in ((p50, 50), (p95, 95))]
        good = good and max(ratios) <= LIMIT
        print(f"| {name} | {1e3 * p50:.1f} ms | {1e3 * p95:.1f} ms | {ratios[0]:.2f} | {ratios[1]:.2f} |")
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=200_000)
    parser.add_argument("--advisers", type=int, default=50)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as folder, served(Path(folder)) as (runtime, address):
        looked_at = settle(runtime, wanted.requests, wanted.advisers)
        mine, others = looked_at[::2], looked_at[1::2]
        alone: dict[str, Where] = {"one request, no volunteer anywhere": lambda n: looked_at[n % len(looked_at)]}
        fast = pages(address, of_the_queue(address) | alone)
        volunteers_come(runtime)
        hold(runtime, mine, "conseil00")
        among: dict[str, Where] = {
            f"one request, {SITES} volunteers": lambda n: others[n % len(others)],
            "the same, of one's own": lambda n: mine[n % len(mine)],
        }
        fast = pages(address, among) and fast
        clients = [logged_in(address, f"conseil{n:02}") for n in range(wanted.advisers)]
        whole = rush(runtime, clients)
    print("\nwithin the limits" if fast and whole else "\nover a limit")
    return 0 if fast and whole else 1


if __name__ == "__main__":
    sys.exit(main())
