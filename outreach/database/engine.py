"""Connections and the schema."""

import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 7_310_842


_TRUSTED_SECONDS = 1.0
"""A connection used so lately is taken without asking first whether the server is there: a round trip less."""


def make_engine(url: str, *, autocommit: bool = False) -> Engine:
    """An engine whose errors never show parameters: they hold personal data."""
    options = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    engine = create_engine(url, pool_size=10, max_overflow=15, hide_parameters=True, **options)
    _ask_before_use(engine)
    return engine


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
