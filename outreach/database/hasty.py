"""Single statements that somebody on the line waits for, run by the driver itself: a third of what a session takes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg.rows import namedtuple_row
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable


class Hasty:
    """Each statement is committed by itself, without waiting for the disk (`make_hasty_engine` tells why nothing later
    survives it). Raises SQLAlchemy's errors, without parameters: they hold personal data.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._compiled: dict[Executable, tuple[str, Mapping[str, Any]]] = {}

    def first(self, statement: Executable, values: Mapping[str, Any]) -> Any:
        """The first row, by the names of its columns; None when there is none."""
        text, constants = self._text(statement)
        with self._cursor(text) as cursor:
            cursor.execute(text, {**constants, **values})
            return cursor.fetchone()

    def run(self, statement: Executable, rows: Sequence[Mapping[str, Any]]) -> None:
        """Runs it for each row of values, in one round trip."""
        text, constants = self._text(statement)
        with self._cursor(text) as cursor:
            cursor.executemany(text, [{**constants, **values} for values in rows])

    @contextmanager
    def _cursor(self, text: str) -> Iterator[Any]:
        dialect = self._engine.dialect
        connection = self._engine.raw_connection()
        try:
            yield connection.cursor(row_factory=namedtuple_row)
        except dialect.loaded_dbapi.Error as error:
            if dialect.is_disconnect(error, connection.dbapi_connection, None):
                connection.invalidate(error)
            raise DBAPIError.instance(text, None, error, dialect.loaded_dbapi.Error, hide_parameters=True) from None
        finally:
            connection.close()

    def _text(self, statement: Executable) -> tuple[str, Mapping[str, Any]]:
        return self._compiled.get(statement) or self._compile(statement)

    def _compile(self, statement: Executable) -> tuple[str, Mapping[str, Any]]:
        """The text of a statement that lives as long as the process, and the values that stand in it."""
        compiled = statement.compile(dialect=self._engine.dialect)  # type: ignore[attr-defined]
        constants = {name: value for name, value in compiled.params.items() if value is not None}
        self._compiled[statement] = str(compiled), constants
        return self._compiled[statement]
