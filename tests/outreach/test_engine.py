"""Connections: one that the server has ended costs nobody a turn; hasty statements stand alone."""

import pytest
from sqlalchemy import text

from outreach.database import engine as engines
from outreach.runtime import DatabaseError, Runtime

_OTHERS = text(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
)


def _end_all_others(runtime: Runtime) -> None:
    """As a restart of the server does."""
    alone = engines.make_engine(runtime.engine.url.render_as_string(hide_password=False))
    with alone.connect() as connection:
        connection.execute(_OTHERS)
    alone.dispose()


def test_a_connection_that_the_server_ended_is_replaced(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_TRUSTED_SECONDS", 0.0)
    for session_of in (runtime.transaction, runtime.hastily):
        with session_of() as session:
            session.execute(text("select 1"))
        _end_all_others(runtime)
        with session_of() as session:
            assert session.scalar(text("select 2")) == 2


def test_each_hasty_statement_stands_alone(runtime: Runtime) -> None:
    same = text("insert into relays (key, at) values ('one', now())")
    with runtime.hastily() as session:
        session.execute(same)
        with pytest.raises(DatabaseError):
            session.execute(same)
    with runtime.transaction() as session:
        assert session.scalar(text("select count(*) from relays")) == 1
    with runtime.hastily() as session:
        assert session.scalar(text("show synchronous_commit")) == "off"
