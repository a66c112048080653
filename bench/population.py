"""Fills a database with a campaign of months: 714,000 invented people, 2,100,000 attempts, 260,000 conversations.

    .venv/bin/python -m bench.population [--patients 714000] [--seed 6] [--processes 2] [--folder VAR | --url URL]

The same rows for the same seed, size and clock (RELAIS_CLOCK), whatever the processes. The database must be empty; it
is the one that the settings name unless told otherwise. Attempts and all else are in proportion to the patients.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import psycopg

from bench.lives import ADVISERS, TABLES, VOLUNTEERS, Lives, World, world
from outreach.domain.policy import DEFAULT
from outreach.domain.territories import DEPARTMENTS
from outreach.domain.words import Role
from outreach.runtime import Runtime
from outreach.services import accounts, campaigns, figure_keeping
from outreach.settings import load_settings

CAMPAIGN = "bench"
PASSWORD = "an invented password"
SUPERVISOR, ADMINISTRATOR = "superviseur", "administratrice"
PATIENTS = 714_000
_AT_ONCE = 5_000
_COUNTED = (
    "patients",
    "phone_numbers",
    "contacts",
    "attempts",
    "conversations",
    "turns",
    "consents",
    "requests",
    "offers",
)


def settle(runtime: Runtime, patients: int = PATIENTS, seed: int = 6, processes: int = 2) -> dict[str, int]:
    """Fills an empty database; returns how many rows its tables hold."""
    now = runtime.clock.now()
    made = world(*_team(runtime, now), now)
    chunks = range((patients + _AT_ONCE - 1) // _AT_ONCE)
    with (
        _indexed_afterwards(runtime),
        ProcessPoolExecutor(
            processes,
            multiprocessing.get_context("spawn"),
            initializer=_begin,
            initargs=(_address(runtime), made, seed),
        ) as pool,
    ):
        for _ in pool.map(_fill, ((n * _AT_ONCE, min(patients, (n + 1) * _AT_ONCE)) for n in chunks)):
            pass
    with _connected(_address(runtime), autocommit=True) as connection:
        connection.execute("select setval(pg_get_serial_sequence('consents', 'position'), max(position)) from consents")
        connection.execute("vacuum analyze")
        rows = [connection.execute(f"select count(*) from {table}".encode()).fetchone() for table in _COUNTED]
    _count_figures(runtime)
    return {table: int(row[0]) for table, row in zip(_COUNTED, rows, strict=True) if row is not None}


def _team(runtime: Runtime, now: datetime) -> tuple[str, tuple[str, ...]]:
    """A running campaign with advisers, a supervisor and volunteers: its id, and the advisers'."""
    with runtime.transaction() as session:
        for login, role in ((SUPERVISOR, Role.SUPERVISOR), (ADMINISTRATOR, Role.ADMINISTRATOR)):
            accounts.create(session, login, PASSWORD, role, now, by="bench")
        advisers = tuple(
            accounts.create(session, f"conseil{n:02}", PASSWORD, Role.ADVISER, now, by="bench").id.hex
            for n in range(ADVISERS)
        )
        campaign_id = campaigns.create(session, CAMPAIGN, DEFAULT, None, now, by="bench").id.hex
        campaigns.start(session, CAMPAIGN, now, by="bench")
    departments = sorted(DEPARTMENTS)
    with _connected(_address(runtime)) as connection, connection.cursor() as cursor:
        columns = "rpps, department, capacity, held, taken, home_visits, wheelchair_accessible, languages, updated_at"
        with cursor.copy(f"copy volunteers ({columns}) from stdin".encode()) as copy:
            for number in range(VOLUNTEERS):
                where = departments[number % len(departments)]
                copy.write_row(
                    (f"99{number:09}", where, 8, 0, number % 6, number % 3 == 0, number % 2 == 0, '["fr"]', now)
                )
    return campaign_id, advisers


def _address(runtime: Runtime) -> str:
    return runtime.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def _connected(address: str, *, autocommit: bool = False) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(address, autocommit=autocommit) as connection:
        # Neither keys nor triggers: what is written holds together, and is counted at the end.
        connection.execute("set session_replication_role = replica")
        connection.execute("set synchronous_commit = off")
        connection.execute("set maintenance_work_mem = '512MB'")
        yield connection


@contextmanager
def _indexed_afterwards(runtime: Runtime) -> Iterator[None]:
    """Indexes but those of keys are made once all rows are there, in a third of the time."""
    with _connected(_address(runtime), autocommit=True) as connection:
        found = connection.execute(
            "select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index"
            " where indrelid::regclass::text = any(%s)"
            " and not exists (select from pg_constraint where conindid = indexrelid)",
            (list(TABLES),),
        ).fetchall()
        for name, _ in found:
            connection.execute(f"drop index {name}".encode())
        yield
        for _, definition in found:
            connection.execute(definition.encode())


_here: tuple[str, World, int] | None = None


def _begin(address: str, made: World, seed: int) -> None:
    global _here  # noqa: PLW0603 - what each process of the pool is given once
    _here = (address, made, seed)


def _fill(people: tuple[int, int]) -> None:
    """Writes some people, numbered from one to before the other."""
    assert _here is not None
    address, made, seed = _here
    lives = Lives(made, Random(f"{seed} {people[0]}"))
    for number in range(*people):
        lives.live(number)
    with _connected(address) as connection, connection.cursor() as cursor:
        for table, columns in TABLES.items():
            with cursor.copy(f"copy {table} ({columns}) from stdin".encode()) as copy:
                copy.write("".join(lives.lines[table]))


def _count_figures(runtime: Runtime) -> None:
    """Nothing of this was seen by what keeps the figures."""
    with runtime.transaction() as session:
        figure_keeping.recount(session)
    with _connected(_address(runtime), autocommit=True) as connection:
        connection.execute("vacuum analyze")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.population", description=__doc__)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--processes", type=int, default=2)
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--folder", type=Path, help="the RELAIS_VAR of an embedded database")
    where.add_argument("--url", help="as DATABASE_URL")
    wanted = parser.parse_args()
    settings = load_settings()
    if wanted.folder is not None:
        settings = settings.model_copy(update={"relais_var": wanted.folder, "database_url": None})
    elif wanted.url is not None:
        settings = settings.model_copy(update={"database_url": wanted.url})
    began = time.perf_counter()
    with Runtime.start(settings) as runtime:
        rows = settle(runtime, wanted.patients, wanted.seed, wanted.processes)
    print(", ".join(f"{count:,} {table}" for table, count in rows.items()))
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
