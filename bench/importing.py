"""The import of patients.csv against a bare COPY of the same rows into the same tables, in the same run.

    .venv/bin/python -m bench.importing [--patients 714000] [--rounds 2]

Ends with status 1 over a limit. The import is the command itself, from its start to its end: validation,
deduplication, progress, and the file of rejected rows. The COPY writes the rows of patients, phone_numbers and contacts
that the import made, into an empty database with the same indexes, keys and triggers.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from bench.patients_file import Written, write
from bench.placing import databases
from outreach.runtime import Runtime
from outreach.settings import load_settings

AGAINST_COPY = 3.0
MEGABYTES = 1000
TABLES = ("campaigns", "policy_versions", "patients", "phone_numbers", "contacts")
_TIMED = TABLES[2:]
_BLOCK = 1 << 18
_CAMPAIGN = "bench"


@dataclass(slots=True)
class Rounds:
    imported: list[float] = field(default_factory=list)
    copied: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)


class Spent:
    """Processor time from here on."""

    def __init__(self) -> None:
        self._before = self._now()

    def told(self) -> str:
        _until_reaped()
        own, database = (now - before for now, before in zip(self._now(), self._before, strict=True))
        return f"processor: {own:.1f} s, the database's {database:.1f} s"

    def _now(self) -> tuple[float, float]:
        times = os.times()
        own = times.user + times.system + times.children_user + times.children_system
        postmaster = (load_settings().relais_var / "postgres" / "postmaster.pid").read_text().split()[0]
        # What served a connection ends with it, and is then counted to its parent.
        ended = psutil.Process(int(postmaster)).cpu_times()
        return own, ended.children_user + ended.children_system


class Memory:
    """The largest resident memory of a process and all its children together, looked at four times a second."""

    def __init__(self, pid: int) -> None:
        self.megabytes = 0.0
        self._process = psutil.Process(pid)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.25):
            try:
                family = [self._process, *self._process.children(recursive=True)]
                now = sum(process.memory_info().rss for process in family) / 1e6
            except psutil.NoSuchProcess:
                continue
            self.megabytes = max(self.megabytes, now)


def _until_reaped() -> None:
    """Until the database has counted the time of connections that were just closed."""
    time.sleep(0.5)


def _connect(runtime: Runtime) -> "psycopg.Connection[tuple[object, ...]]":
    _, parameters = runtime.engine.dialect.create_connect_args(runtime.engine.url)
    return psycopg.connect(**parameters)


def import_once(runtime: Runtime, file: Path) -> tuple[float, float]:
    """Seconds and megabytes of the whole command."""
    _settle(runtime)
    spent = Spent()
    environment = os.environ | {"DATABASE_URL": runtime.engine.url.render_as_string(hide_password=False)}
    command = [sys.executable, "-m", "relais", "import", "patients", str(file), "--campaign", _CAMPAIGN]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
    )
    with Memory(process.pid) as memory:
        said, _ = process.communicate()
    seconds = time.perf_counter() - began
    if process.returncode:
        raise SystemExit(f"the import ended with status {process.returncode}")
    print(f"import: {seconds:.1f} s, {memory.megabytes:.0f} MB; {spent.told()}; {said.strip()}", flush=True)
    return seconds, memory.megabytes


def export(runtime: Runtime, folder: Path) -> None:
    """Every table's rows, in the order in which they lie there."""
    with _connect(runtime) as connection, connection.cursor() as cursor:
        for table in TABLES:
            with (folder / table).open("wb") as output, cursor.copy(f"copy {table} to stdout".encode()) as copy:
                for block in copy:
                    output.write(block)


def copy_once(runtime: Runtime, folder: Path) -> float:
    """Seconds in which the rows are written and committed."""
    with _connect(runtime) as connection, connection.cursor() as cursor:
        for table in TABLES[:2]:
            _copy(cursor, table, folder)
    _settle(runtime)
    spent = Spent()
    began = time.perf_counter()
    with _connect(runtime) as connection, connection.cursor() as cursor:
        for table in _TIMED:
            _copy(cursor, table, folder)
        connection.commit()
    seconds = time.perf_counter() - began
    print(f"COPY: {seconds:.1f} s; {spent.told()}", flush=True)
    return seconds


def _copy(cursor: "psycopg.Cursor[tuple[object, ...]]", table: str, folder: Path) -> None:
    with (folder / table).open("rb") as rows, cursor.copy(f"copy {table} from stdin".encode()) as copy:
        while block := rows.read(_BLOCK):
            copy.write(block)


def _settle(runtime: Runtime) -> None:
    """What was written before is on the disk: nobody pays for somebody else's checkpoint."""
    with runtime.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("checkpoint")


def _counts(runtime: Runtime) -> dict[str, int]:
    with _connect(runtime) as connection:
        found = {}
        for table in _TIMED:
            row = connection.execute(f"select count(*) from {table}".encode()).fetchone()
            assert row is not None
            found[table] = int(str(row[0]))
        return found


def _drop(server: Runtime, runtime: Runtime) -> None:
    name = runtime.engine.url.database
    runtime.close()
    with server.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")


def measure(file: Path, folder: Path, written: Written, rounds: int, database: Callable[[str, str], Runtime]) -> Rounds:
    """Import and COPY by turns, each into a database of its own."""
    result = Rounds()
    server = database("server", _CLOCK)
    for number in range(rounds):
        ours = database(f"imported{number}", _CLOCK)
        seconds, megabytes = import_once(ours, file)
        result.imported.append(seconds)
        result.megabytes.append(megabytes)
        counts = _counts(ours)
        assert counts["patients"] == counts["contacts"] == written.rows - written.twice - written.wrong, counts
        if number == 0:
            export(ours, folder)
        _drop(server, ours)
        bare = database(f"copied{number}", _CLOCK)
        result.copied.append(copy_once(bare, folder))
        assert _counts(bare) == counts
        _drop(server, bare)
    return result


_CLOCK = "2026-11-24T10:00:00+01:00"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.importing")
    parser.add_argument("--patients", type=int, default=714_000)
    parser.add_argument("--rounds", type=int, default=2)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="relais-bench-") as name:
        folder = Path(name)
        os.environ.update(
            {
                "RELAIS_VAR": str(folder / "var"),
                "RELAIS_CLOCK": _CLOCK,
                "RELAIS_SECRET_KEY": "an invented key for measurements alone",
            }
        )
        file = folder / "patients.csv"
        written = write(file, wanted.patients)
        with databases(load_settings().model_copy(update={"database_url": None})) as database:
            result = measure(file, folder, written, wanted.rounds, database)
    ours, bare = sum(result.imported), sum(result.copied)
    ratio, megabytes = ours / bare, max(result.megabytes)
    print(f"{wanted.rounds * wanted.patients / ours:,.0f} rows a second")
    print(f"import against a bare COPY: {ratio:.2f} times (at most {AGAINST_COPY}){_missed(ratio <= AGAINST_COPY)}")
    print(f"memory: {megabytes:.0f} MB (less than {MEGABYTES}){_missed(megabytes < MEGABYTES)}")
    return 0 if ratio <= AGAINST_COPY and megabytes < MEGABYTES else 1


def _missed(holds: bool) -> str:
    return "" if holds else "  MISSED"


if __name__ == "__main__":
    sys.exit(main())
