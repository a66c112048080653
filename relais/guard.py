"""A child never outlives its parent, even when the parent is killed outright.

Run as a program, this file readies itself and becomes the command it is given. Doing so between fork and exec instead
is not safe in a process that has threads, as the supervisor has.
"""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_GRACE = 5.0
"""Seconds that an orphan has to end by itself."""


def guarded(command: Sequence[str]) -> list[str]:
    """The command, started so that it ends when this process does."""
    return [sys.executable, "-I", __file__, str(os.getpid()), *command]


def become(parent: int, command: Sequence[str]) -> NoReturn:
    """Turns this process into the command, which ends with `parent`."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    else:
        _watch_from_beside(parent)
    if os.getppid() != parent:
        sys.exit("its parent was gone before it began")
    try:
        os.execvp(command[0], list(command))
    except OSError as error:
        sys.exit(f"{command[0]}: {error.strerror}")


def _watch_from_beside(parent: int) -> None:
    """Elsewhere the kernel does not see to it: a small process does, for as long as either of the two lives."""
    guarded_one = os.getpid()
    if os.fork() != 0:
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)  # whoever reads the child's output must see its end
    # A process of its own session isn't reached when the child's whole group is signalled.
    os.setsid()
    while os.getppid() == guarded_one:
        if not _is_alive(parent):
            os.kill(guarded_one, signal.SIGTERM)
            deadline = time.monotonic() + _GRACE
            while os.getppid() == guarded_one and time.monotonic() < deadline:
                time.sleep(0.1)
            if os.getppid() == guarded_one:
                os.kill(guarded_one, signal.SIGKILL)
            break
        time.sleep(0.5)
    os._exit(0)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def watch_parent() -> None:
    """Ends this process when its parent is gone, where the kernel does not see to it."""
    if os.environ.get("RELAIS_SUPERVISED") != "1":
        return
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        with contextlib.suppress(ProcessLookupError):
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()


if __name__ == "__main__":
    become(int(sys.argv[1]), sys.argv[2:])
