"""Connections: one that the server has ended costs nobody a turn; hasty statements stand alone."""

import pytest
from sqlalchemy import bindparam, func, insert, literal, select, text

from outreach.database import engine as engines
from outreach.database.models import Relay
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
    one = select(literal(1).label("one"))

    def in_a_transaction() -> int:
        with runtime.transaction() as session:
            return session.scalars(one).one()

    for ask in (in_a_transaction, lambda: runtime.hasty.first(one, {}).one):
        assert ask() == 1
        _end_all_others(runtime)
        assert ask() == 1


def test_a_hasty_statement_on_an_ended_connection_fails_once(runtime: Runtime) -> None:
    one = select(literal(1).label("one"))
    assert runtime.hasty.first(one, {}).one == 1
    _end_all_others(runtime)  # so lately that nobody asks whether the server is there
    with pytest.raises(DatabaseError):
        runtime.hasty.first(one, {})
    assert runtime.hasty.first(one, {}).one == 1


def test_each_hasty_statement_stands_alone(runtime: Runtime) -> None:
    same = insert(Relay).values(key=bindparam("of_key"), at=func.now())
    runtime.hasty.run(same, [{"of_key": "one"}])
    with pytest.raises(DatabaseError):
        runtime.hasty.run(same, [{"of_key": "one"}])
    with runtime.transaction() as session:
        assert session.scalar(text("select count(*) from relays")) == 1
    shown = text("show synchronous_commit")
    assert runtime.hasty.first(shown, {}).synchronous_commit == "off"
