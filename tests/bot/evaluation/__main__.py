"""`make evaluate`: how well the agent understands people whom its training has not met."""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text

from outreach.clock import SharedClock
from outreach.database.embedded import EmbeddedPostgres
from outreach.database.engine import make_engine, upgrade
from outreach.runtime import Runtime
from tests.bot.evaluation import cases
from tests.bot.evaluation.report import Figures, printed
from tests.bot.evaluation.run import end_all, hear_all
from tests.bot.rasa_fixture import RunningBot, running_bot
from tests.settings import settings_of

_CLOCK = "2026-11-24T10:30:00+01:00"


@contextmanager
def _running() -> Iterator[tuple[Runtime, RunningBot]]:
    with tempfile.TemporaryDirectory(prefix="relais-evaluation-") as folder:
        server = EmbeddedPostgres(Path(folder) / "database")
        try:
            admin = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(text(f"alter system set {setting} = off"))
                connection.execute(text("select pg_reload_conf()"))
            admin.dispose()
            settings = settings_of(database_url=server.url(), relais_var=Path(folder), relais_clock=_CLOCK)
            assert settings.database_url is not None
            engine = make_engine(settings.database_url)
            upgrade(engine)
            with (
                Runtime(settings, engine, SharedClock(engine, _CLOCK)) as runtime,
                running_bot(settings.database_url, Path(folder), _CLOCK) as bot,
            ):
                yield runtime, bot
        finally:
            server.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make evaluate", description=__doc__)
    parser.add_argument("--every", action="store_true", help="show every utterance taken wrong, and the dialogues")
    parser.add_argument("--utterances", type=Path, help="another folder of them, heard alone")
    parser.add_argument("--no-dialogues", action="store_true")
    arguments = parser.parse_args()
    other: Path | None = arguments.utterances
    utterances = list(cases.utterances() if other is None else cases.utterances(other))
    implied = list(cases.implied()) if other is None else []
    dialogues = [] if arguments.no_dialogues else list(cases.dialogues())
    with _running() as (runtime, bot):
        figures = Figures(
            hear_all(runtime, bot, utterances), end_all(runtime, bot, dialogues), hear_all(runtime, bot, implied)
        )
    sys.stdout.writelines(f"{line}\n" for line in printed(figures, arguments.every))
    failures = figures.failures()
    sys.stderr.writelines(f"{failure}\n" for failure in failures)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
