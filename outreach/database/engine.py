"""Connections and the schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.orm import Session, sessionmaker

_MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADE_LOCK = 7_310_842


def make_engine(url: str) -> Engine:
    """An engine whose errors never show parameters: they hold personal data."""
    return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=15, hide_parameters=True)


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
