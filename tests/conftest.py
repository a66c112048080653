"""A real PostgreSQL for the session, a database of its own for each test, and a clock that moves when told to."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings as hypothesis_settings
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

# A busy machine is no fault of the code's.
hypothesis_settings.register_profile("relais", deadline=None)
hypothesis_settings.load_profile("relais")

TUESDAY_MORNING = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("Europe/Paris"))
_TEMPLATE = "template_relais"
_TABLES = text("select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version'")
_END_OTHERS = text(
    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
)


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
    engine = make_engine(server.url(_TEMPLATE))
    upgrade(engine)
    engine.dispose()
    admin.dispose()
    yield server
    server.close()


@pytest.fixture(scope="session")
def databases(postgres: EmbeddedPostgres) -> list[str]:
    """Names of databases that are as the template: emptying one is ten times as fast as making one."""
    return []


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, databases: list[str]) -> Iterator[str]:
    name = databases.pop() if databases else _new_database(postgres)
    yield postgres.url(name)
    _empty(postgres, name)
    databases.append(name)


def _new_database(postgres: EmbeddedPostgres) -> str:
    name = f"test_{uuid4().hex[:12]}"
    admin = create_engine(postgres.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"create database {name} template {_TEMPLATE}"))
    admin.dispose()
    return name


def _empty(postgres: EmbeddedPostgres, name: str) -> None:
    """Ends whoever is still connected, and takes away every row, those of the ledger included."""
    engine = create_engine(postgres.url(name))
    with engine.begin() as connection:
        connection.execute(_END_OTHERS)
        # No trigger fires: neither the ledger's own nor those of foreign keys.
        connection.execute(text("set session_replication_role = replica"))
        for table in connection.scalars(_TABLES).all():
            connection.execute(text(f'delete from "{table}"'))
    engine.dispose()


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
