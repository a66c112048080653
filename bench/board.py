"""The board with 714,000 people and 2,100,000 attempts: its pages, at rest and while calls are made; how old its
figures are meanwhile, and whether they are exact; its memory.

    .venv/bin/python -m bench.board [--patients 714000] [--rounds 80] [--seconds 60] [--play 300] [--folder FOLDER]

Ends with status 1 over a limit. `--folder` keeps what was invented, for a second run. Pages are those that the board
itself links to; one that isn't there is told and left out.
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
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from bench.deployment import free_port
from bench.desk import logged_in, until_ready
from bench.importing import Memory
from bench.placing import databases
from bench.population import ADMINISTRATOR, CAMPAIGN, PATIENTS, SUPERVISOR, settle
from bench.writing import RATE, Writer
from outreach.domain.reviews import day_of
from outreach.runtime import Runtime
from outreach.services import accounts, figure_keeping, figures, reviews
from outreach.services.figures import BREAKDOWNS
from outreach.settings import load_settings

AGAINST_LIGHTEST = 3.0
AGAINST_FEW = 1.5
OLDEST_SECONDS = 5.0
WARM_UP = 5
_SMALLER = 100
_CLOCK = "2026-11-24T10:30:00+01:00"
_LIGHT = {"/tableau": SUPERVISOR, "/comptes": ADMINISTRATOR, "/journal?qui=personne": ADMINISTRATOR}
"""Every page that shows little; the fastest of them is what the board's are held against."""


@contextmanager
def served(runtime: Runtime, folder: Path) -> Iterator[tuple[str, int]]:
    """`relais api` on this database: its address, and its process."""
    port = free_port()
    environment = os.environ | {
        "DATABASE_URL": runtime.engine.url.render_as_string(hide_password=False),
        "RELAIS_VAR": str(folder),
        "API_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "relais", "api"], env=environment, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        until_ready(address)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(20)


def play_a_plan(address: str, at_most: float) -> None:
    """So that the page of the projection has one to show; without one if it takes too many seconds."""
    client = logged_in(address, SUPERVISOR)
    path = f"/tableau/{CAMPAIGN}/projection"
    hidden = dict(re.findall(r'type="hidden" name="(csrf|jeton)" value="([^"]*)"', client.get(path).text))
    began = time.monotonic()
    asked = client.post(path, data=hidden)
    assert asked.status_code == 303, asked.status_code
    took = time.monotonic() - began
    while time.monotonic() - began < at_most:
        if "Refresh" not in client.get(path).headers:
            print(f"a plan: asked for in {took:.1f} s, played in {time.monotonic() - began:.0f} s", flush=True)
            return
        time.sleep(2)
    print(f"a plan was not played in {at_most:.0f} s, and still is", flush=True)


def board_pages(client: httpx.Client) -> list[str]:
    """The pages of the board and of all campaigns together, with their breakdowns, as they link to one another."""
    base = f"/tableau/{CAMPAIGN}"
    found: dict[str, bool] = {}
    followed: set[str] = set()
    todo = ["/tableau", base, "/pilotage"]
    while todo:
        path = todo.pop(0)
        if path in found:
            continue
        answer = client.get(path)
        shown = answer.status_code == 200 and "text/html" in answer.headers.get("content-type", "")
        found[path] = shown
        if not shown:
            print(f"left out: {path} (status {answer.status_code})", flush=True)
            continue
        if path == f"{base}/taux":
            todo += [f"{path}?par={by}" for by in BREAKDOWNS]
        for link in (link.replace("&amp;", "&") for link in re.findall(r'href="([^"#]+)', answer.text)):
            page = link.partition("?")[0]
            # Of pages that show one cell, or one department, any one will do.
            kind = re.sub(r"(?<=^/pilotage/)\d\w+$", "department", page)
            if re.fullmatch(rf"{base}(/[a-z]+)*|/pilotage(/\w+)?", page) and kind not in followed:
                followed.add(kind)
                todo.append(link)
    return [path for path, shown in found.items() if shown]


Ask = Callable[[str], float]


def _asks(address: str) -> Ask:
    """Asks for a page as whoever may see it; how many seconds it took."""
    clients = {login: logged_in(address, login) for login in (SUPERVISOR, ADMINISTRATOR)}

    def ask(path: str) -> float:
        client = clients[_LIGHT.get(path, SUPERVISOR)]
        began = time.perf_counter()
        answer = client.get(path)
        seconds = time.perf_counter() - began
        assert answer.status_code == 200, (path, answer.status_code)
        return seconds

    return ask


Seconds = dict[tuple[str, str], list[float]]
"""By deployment and path."""


def asked_by_turns(deployments: dict[str, str], pages: list[str], rounds: int) -> Seconds:
    """Every page of each deployment by turns, so that the machine's noise falls on all."""
    asked = list(dict.fromkeys([*_LIGHT, *pages]))
    ways = {name: _asks(address) for name, address in deployments.items()}
    seconds: Seconds = {(way, path): [] for way in ways for path in asked}
    for number in range(-WARM_UP, rounds):
        for path in asked:
            for way in ways if number % 2 else reversed(ways):
                took = ways[way](path)
                if number >= 0:
                    seconds[way, path].append(took)
    return seconds


def _percentile(seconds: list[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def report_pages(seconds: Seconds, pages: list[str]) -> bool:
    """Whether the limits hold: against the lightest, and against few people where these were asked too."""
    lightest = min(_LIGHT, key=lambda path: statistics.median(seconds["big", path]))
    p95 = {key: _percentile(values, 95) for key, values in seconds.items()}
    p50 = {key: statistics.median(values) for key, values in seconds.items()}
    times = ", ".join(f"{name} {1e3 * found['big', lightest]:.1f} ms" for name, found in (("p50", p50), ("p95", p95)))
    print(f"lightest page: {lightest}, {times}\n")
    print("| page | p50 | p95 | against the lightest at p50 | at p95 | against a hundredth at p50 | at p95 |")
    print("|---|---|---|---|---|---|---|")
    good = True
    for path in pages:
        big, small, light = ("big", path), ("small", path), ("big", lightest)
        ratios = [found[big] / found[light] for found in (p50, p95)]
        holds = ratios[1] <= AGAINST_LIGHTEST
        if small in seconds:
            ratios += [found[big] / found[small] for found in (p50, p95)]
            holds = holds and ratios[3] <= AGAINST_FEW
        good = good and holds
        told = " | ".join([f"{ratio:.2f}" for ratio in ratios] + ["–"] * (4 - len(ratios)))
        missed = "" if holds else "  MISSED"
        print(f"| {path} | {1e3 * p50[big]:.1f} ms | {1e3 * p95[big]:.1f} ms | {told} |{missed}")
    return good


class Api:
    """The rates as the JSON API gives them."""

    def __init__(self, address: str, token: str) -> None:
        self._client = httpx.Client(base_url=address, timeout=60, headers={"Authorization": f"Bearer {token}"})

    def rates(self, by: str) -> dict[str, object]:
        answer = self._client.get(f"/api/v1/campaigns/{CAMPAIGN}/rates", params={"by": by})
        assert answer.status_code == 200, (by, answer.status_code)
        document: dict[str, object] = answer.json()
        return document

    def placed(self) -> int:
        """How many calls were placed, as is told by channel: of voice."""
        groups = self.rates("channel")["groups"]
        assert isinstance(groups, list)
        return int(next(group["counts"]["placed"] for group in groups if group["group"] == "voice"))


def measure_age(api: Api, writer: Writer, seconds: float) -> bool:
    """How long a call that was committed is missing from the figures, at the worst, while others are written."""
    before = api.placed()
    ages = []
    with writer.writing():
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            asked = time.monotonic()
            ages.append(writer.age(api.placed() - before, asked))
            time.sleep(0.1)
    written, rate = writer.placed, writer.placed / seconds
    print(f"\n{written:,} attempts in {seconds:.0f} s, {rate:.0f} a second, each written three times or four")
    p50, p95 = statistics.median(ages), _percentile(ages, 95)
    print(f"age of the figures: p50 {p50:.2f} s, p95 {p95:.2f} s, oldest {max(ages):.2f} s")
    holds = max(ages) <= OLDEST_SECONDS and rate >= 0.95 * RATE
    print(f"never older than {OLDEST_SECONDS:.0f} s at {RATE} a second{'' if holds else '  MISSED'}")
    return holds


def measure_exactness(runtime: Runtime, api: Api, placed_before: int, written: int) -> bool:
    """At a pause: what the API tells, and what everything counted anew from the raw rows comes to."""
    _until_counted(runtime)
    told, counted = {by: api.rates(by) for by in BREAKDOWNS}, api.placed() - placed_before
    began = time.perf_counter()
    with runtime.transaction() as session:
        wrong = figure_keeping.recount(session)
    _until_counted(runtime)
    differing = [by for by in BREAKDOWNS if told[by] != api.rates(by)]
    print(f"a full recount took {time.perf_counter() - began:.0f} s; sums that differed: {wrong}")
    holds = not wrong and not differing and written == counted
    missed = "" if holds else "  MISSED"
    print(f"written {written:,}, counted {counted:,}; told otherwise: {differing or 'nothing'}{missed}")
    return holds


def _until_counted(runtime: Runtime) -> None:
    """Until what was written so far is published, or ought to be."""
    written = datetime.now(UTC)
    deadline = time.monotonic() + OLDEST_SECONDS
    while time.monotonic() < deadline:
        with runtime.transaction() as session:
            if figures.as_of(session) > written:
                return
        time.sleep(0.1)


def run(folder: Path, patients: int, rounds: int, seconds: float, play: float) -> bool:
    os.environ.update(
        {
            "RELAIS_VAR": str(folder / "var"),
            "RELAIS_CLOCK": _CLOCK,
            "RELAIS_SECRET_KEY": "an invented key for measurements alone",
        }
    )
    with databases(load_settings().model_copy(update={"database_url": None})) as database, ExitStack() as stack:
        many, few = database("big", _CLOCK), database("small", _CLOCK)
        for runtime, people in ((few, patients // _SMALLER), (many, patients)):
            began = time.perf_counter()
            if not _is_settled(runtime):
                rows = settle(runtime, people)
                told = ", ".join(f"{count:,} {table}" for table, count in rows.items())
                print(f"{told}: made in {time.perf_counter() - began:.0f} s", flush=True)
            _count_reviews(runtime)
        big, process = stack.enter_context(served(many, folder / "big"))
        small, _ = stack.enter_context(served(few, folder / "small"))
        memory = stack.enter_context(Memory(process))
        for address in (big, small) if play else ():
            play_a_plan(address, play)
        pages = board_pages(logged_in(big, SUPERVISOR))
        print("\nat rest", flush=True)
        good = report_pages(asked_by_turns({"big": big, "small": small}, pages, rounds), pages)
        writer = Writer(many)
        print(f"\nwhile {RATE} calls a second are written", flush=True)
        with writer.writing():
            seconds_written = asked_by_turns({"big": big}, pages, rounds)
        good = report_pages(seconds_written, pages) and good
        with many.transaction() as session:
            api = Api(big, accounts.create_token(session, SUPERVISOR, many.clock.now(), by="bench"))
        _until_counted(many)
        before, writer = api.placed(), Writer(many)
        good = measure_age(api, writer, seconds) and good
        good = measure_exactness(many, api, before, writer.placed) and good
        print(f"memory of the big one with its children, at most: {memory.megabytes:.0f} MB")
        return good


def _count_reviews(runtime: Runtime) -> None:
    """The pages of the reviews show what is counted each night."""
    now = runtime.clock.now()
    with runtime.transaction() as session:
        try:
            reviews.last_day(session)
        except reviews.NothingCounted:
            began = time.perf_counter()
            reviews.count(session, day_of(now), now)
            print(f"the reviews' counts took {time.perf_counter() - began:.0f} s", flush=True)


def _is_settled(runtime: Runtime) -> bool:
    with runtime.transaction() as session:
        return any(account.login == SUPERVISOR for account in accounts.everybody(session))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.board", description=__doc__)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--rounds", type=int, default=80)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--play", type=float, default=300.0, help="how long a projection may take; 0: none is played")
    parser.add_argument("--folder", type=Path)
    wanted = parser.parse_args()
    with ExitStack() as stack:
        folder = wanted.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relais-bench-")))
        folder.mkdir(parents=True, exist_ok=True)
        return 0 if run(folder.resolve(), wanted.patients, wanted.rounds, wanted.seconds, wanted.play) else 1


if __name__ == "__main__":
    sys.exit(main())
