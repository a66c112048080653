"""A real PostgreSQL for the session, a database of its own for each test, and a clock that moves when told to."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, text

from outreach.clock import FrozenClock
from outreach.database.embedded import EmbeddedPostgres
from outreach.database.engine import make_engine, upgrade
from outreach.runtime import Runtime, Session
from outreach.settings import Settings
from tests.browser import browser, browser_page
from tests.settings import settings_of

# One browser for the session, whichever room asks for it: two cannot run in one process.
__all__ = ["browser", "browser_page"]

TUESDAY_MORNING = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("Europe/Paris"))
_TEMPLATE = "template_relais"


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The embedded server, with one migrated database from which each test gets a copy."""
    # Not below pytest's own folder: a second pytest closes that one to the user under whom a root's server runs.
    with TemporaryDirectory(prefix="relais-tests-") as folder:
        yield from _serving(EmbeddedPostgres(Path(folder)))


def _serving(server: EmbeddedPostgres) -> Iterator[EmbeddedPostgres]:
    admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        # Nothing here outlives the session: no write need wait for the disk.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"alter system set {setting} = off"))
        connection.execute(text("select pg_reload_conf()"))
        connection.execute(text(f"create database {_TEMPLATE}"))
        # Nothing here has to survive a power cut: dropping a database is ten times as fast.
        connection.execute(text("alter system set fsync = off"))
        connection.execute(text("select pg_reload_conf()"))
    engine = make_engine(server.url(_TEMPLATE))
    upgrade(engine)
    engine.dispose()
    admin.dispose()
    yield server
    server.close()


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    name = f"test_{uuid4().hex[:12]}"
    admin = create_engine(postgres.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template {_TEMPLATE}"))
    yield postgres.url(name)
    with admin.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))
    admin.dispose()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """A deployment at the sandbox, whatever the machine's own environment says."""
    return settings_of(
        database_url=database_url,
        carrier_api_url="http://127.0.0.1:8090",
        public_url="http://127.0.0.1:8081",
        twilio_account_sid="AC" + "0" * 32,
        twilio_auth_token="an invented token",
        caller_numbers="+33162000001,+33162000002",
        sms_sender="38000",
        relais_secret_key="an invented key for tests alone",
        relais_var=tmp_path / "var",
        relais_clock=None,
    )


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(TUESDAY_MORNING)


@pytest.fixture
def runtime(settings: Settings, clock: FrozenClock) -> Iterator[Runtime]:
    assert settings.database_url is not None
    with Runtime(settings, make_engine(settings.database_url), clock) as runtime:
        yield runtime


@pytest.fixture
def session(runtime: Runtime) -> Iterator[Session]:
    with runtime.transaction() as session:
        yield session
