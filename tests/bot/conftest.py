from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from outreach.clock import SharedClock
from outreach.database.embedded import EmbeddedPostgres
from outreach.database.engine import make_engine
from outreach.runtime import Runtime
from tests.bot.rasa_fixture import RunningBot, running_bot
from tests.settings import settings_of

_CLOCK = "2026-11-24T10:30:00+01:00"


@pytest.fixture(scope="session")
def bot_runtime(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runtime]:
    """One database for all dialogues through the real Rasa: each has a patient of its own."""
    admin = create_engine(postgres.url("postgres"), isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("create database bot_dialogues template template_relais"))
    admin.dispose()
    settings = settings_of(
        database_url=postgres.url("bot_dialogues"),
        relais_var=tmp_path_factory.mktemp("bot"),
        relais_clock=_CLOCK,
    )
    assert settings.database_url is not None
    engine = make_engine(settings.database_url)
    with Runtime(settings, engine, SharedClock(engine, _CLOCK)) as runtime:
        yield runtime


@pytest.fixture(scope="session")
def bot(bot_runtime: Runtime, postgres: EmbeddedPostgres) -> Iterator[RunningBot]:
    """A real Rasa and a real action server over the database of `bot_runtime`."""
    database_url = bot_runtime.settings.database_url
    assert database_url is not None
    with running_bot(database_url, bot_runtime.settings.relais_var, _CLOCK) as running:
        yield running
