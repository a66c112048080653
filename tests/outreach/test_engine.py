"""Connections: one that the server has ended costs nobody a turn; hasty statements stand alone; who closes waits."""

import threading

import pytest
from sqlalchemy import bindparam, func, insert, literal, select, text
from sqlalchemy.exc import ResourceClosedError

from outreach.database import engine as engines
from outreach.database.models import Relay
from outreach.runtime import DatabaseError, Runtime
from tests.serving import until

_OTHERS = text(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
)
_OPEN = text("select count(*) from pg_stat_activity where datname = current_database()")


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


def test_what_is_under_way_ends_before_the_database_is_let_go_and_nothing_begins_after(runtime: Runtime) -> None:
    begun = threading.Event()

    def is_refused() -> bool:
        try:
            runtime.engine.connect().close()
        except ResourceClosedError:
            return True
        return False

    def write_while_it_closes() -> None:
        with runtime.transaction() as session:
            session.execute(insert(Relay).values(key="one", at=func.now()))
            begun.set()
            until(is_refused)

    assert runtime.hasty.first(select(literal(1).label("one")), {}).one == 1
    writer = threading.Thread(target=write_while_it_closes)
    writer.start()
    begun.wait()
    runtime.close()
    with pytest.raises(DatabaseError, match="let go"):
        runtime.hasty.first(select(literal(1).label("one")), {})
    alone = engines.make_engine(runtime.engine.url.render_as_string(hide_password=False))
    with alone.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        assert connection.scalar(text("select count(*) from relays")) == 1
        # The server notices a moment later that the others have gone.
        until(lambda: connection.scalar(_OPEN) == 1)
    alone.dispose()
    writer.join()
