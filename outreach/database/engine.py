"""Connections and the schema."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, QueuePool, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError, ResourceClosedError
from sqlalchemy.orm import Session, sessionmaker

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 7_310_842


_CONNECTIONS = 25
_HASTY_CONNECTIONS = 10  # each is held for a millisecond
_TRUSTED_SECONDS = 1.0
"""A connection used so lately is taken without asking first whether the server is there: a round trip less."""
_LOOK_SECONDS = 0.01


def make_engine(url: str) -> Engine:
    """An engine whose errors never show parameters: they hold personal data."""
    # No overflow: a connection closed after one use costs the next turn the making of another.
    engine = create_engine(url, pool_size=_CONNECTIONS, max_overflow=0, hide_parameters=True)
    _ask_before_use(engine)
    return engine


def make_hasty_engine(engine: Engine) -> Engine:
    """One whose every statement is committed by itself, without waiting for the disk.

    The log of PostgreSQL keeps the order: a power cut never loses such a statement and keeps a transaction that was
    committed after it.
    """
    hasty = create_engine(
        engine.url, pool_size=_HASTY_CONNECTIONS, max_overflow=0, hide_parameters=True, isolation_level="AUTOCOMMIT"
    )
    _ask_before_use(hasty)

    @event.listens_for(hasty, "connect")
    def do_not_wait(connection: Any, _: Any) -> None:
        connection.autocommit = True
        connection.execute("set synchronous_commit to off")

    return hasty


def _ask_before_use(engine: Engine) -> None:
    """A server that was restarted must cost nobody a turn; the pool then makes new connections."""

    @event.listens_for(engine, "checkin")
    def given_back(_: Any, record: Any) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def taken(connection: Any, record: Any, _: Any) -> None:
        if time.monotonic() - record.info.get("used", 0.0) < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def let_go(engines: Sequence[Engine], seconds: float) -> None:
    """Closes every connection once whatever is under way has ended, or after so long.

    Whoever comes later gets SQLAlchemy's ResourceClosedError: nobody would ever close what is opened then.
    """

    def refuse(*_: Any) -> None:
        raise ResourceClosedError("the database was let go")

    until = time.monotonic() + seconds
    for engine in engines:
        event.listen(engine, "checkout", refuse)
        event.listen(engine, "do_connect", refuse)
    for engine in engines:
        assert isinstance(engine.pool, QueuePool)
        while engine.pool.checkedout() and time.monotonic() < until:
            time.sleep(_LOOK_SECONDS)
        engine.dispose()


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


def migration_settings() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    return settings


def upgrade(engine: Engine) -> None:
    """Brings the schema up to date; processes that start together wait for one another."""
    with engine.begin() as connection:
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        settings = migration_settings()
        settings.attributes["connection"] = connection
        command.upgrade(settings, "head")


def is_ready(engine: Engine) -> bool:
    """Whether the database answers and holds our tables."""
    with engine.connect() as connection:
        return connection.scalar(text("select to_regclass('alembic_version')")) is not None
