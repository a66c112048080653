"""What every process holds: the settings, the database, the clock."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import SQLAlchemyError as DatabaseError
from sqlalchemy.orm import Session

from outreach import journal
from outreach.clock import Clock, RealClock, SharedClock
from outreach.database.embedded import EmbeddedPostgres
from outreach.database.engine import is_ready, let_go, make_engine, make_hasty_engine, make_sessions, upgrade
from outreach.database.hasty import Hasty
from outreach.settings import SettingError, Settings

__all__ = ["DatabaseError", "Hasty", "Runtime", "Session"]

_CLOSE_SECONDS = 2.0  # with the four of a dialer's stop, less than the seven that `relais up` waits


class Runtime:
    """Opened once at a process's edge and handed down; `close` lets the embedded database go."""

    def __init__(
        self, settings: Settings, engine: Engine, clock: Clock, embedded: EmbeddedPostgres | None = None
    ) -> None:
        self.settings = settings
        self.engine = engine
        self.clock = clock
        self._sessions = make_sessions(engine)
        self._hasty_engine = make_hasty_engine(engine)
        self.hasty = Hasty(self._hasty_engine)
        self._embedded = embedded

    @classmethod
    def start(cls, settings: Settings) -> "Runtime":
        """Opens the database, embedded unless DATABASE_URL is set, and brings its schema up to date."""
        embedded = None if settings.database_url else EmbeddedPostgres(settings.relais_var)
        url = settings.database_url or (embedded.url() if embedded else "")
        engine = make_engine(url)
        try:
            upgrade(engine)
        except OperationalError:
            raise SettingError("DATABASE_URL: the database does not answer; start it or correct the address") from None
        clock: Clock = SharedClock(engine, settings.relais_clock) if settings.relais_clock else RealClock()
        runtime = cls(settings, engine, clock, embedded)
        with runtime.transaction() as session:
            journal.replay(session, settings.relais_var)
        return runtime

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose work is committed at the end, or not at all."""
        with self._sessions() as session:
            with session.begin():
                yield session
            journal.append(self.settings.relais_var, session.info.pop(journal.TO_JOURNAL, []))

    def is_ready(self) -> bool:
        """Whether the database answers."""
        try:
            return is_ready(self.engine)
        except OperationalError:
            return False

    def tend_database(self) -> bool:
        """Starts the embedded database again when it died; whether it had to. Another one is tended by its own host."""
        return self._embedded is not None and self._embedded.revive()

    def close(self) -> None:
        """Lets what is under way in other threads end, for some seconds; what begins later gets a DatabaseError."""
        let_go((self.engine, self._hasty_engine), _CLOSE_SECONDS)
        if self._embedded is not None:
            self._embedded.close()

    def __enter__(self) -> "Runtime":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
