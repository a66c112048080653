"""What the commands share: the console, the open runtime, progress, one-line failures."""

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from outreach.logs import configure_logs
from outreach.runtime import Runtime
from outreach.settings import Settings, load_settings
from relais.guard import watch_parent

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def opened(process: str = "relais", settings: Settings | None = None) -> Iterator[Runtime]:
    """The runtime of one command; the embedded database is started when it is down, and let go at the end."""
    configure_logs(process)
    watch_parent()
    with Runtime.start(settings or load_settings()) as runtime:
        yield runtime


def operator() -> str:
    """Who types the command, for the audit trail."""
    return f"cli:{getpass.getuser()}"


def say(text: str) -> None:
    """One line of result on standard output, without markup."""
    out.print(text, markup=False, soft_wrap=True)


@contextmanager
def progress(label: str, total: int | None) -> Iterator["Bar"]:
    """A progress bar on standard error, so that standard output holds results alone."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=not sys.stderr.isatty()) as bars:
        yield Bar(bars, bars.add_task(label, total=total))


class Bar:
    def __init__(self, bars: Progress, task: TaskID) -> None:
        self._bars = bars
        self._task = task

    def at(self, done: int) -> None:
        self._bars.update(self._task, completed=done)
