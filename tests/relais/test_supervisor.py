"""The supervisor with small real processes: restarts, stops, leaves nobody behind."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from outreach.errors import BusinessError
from relais.supervisor import ChildSpec, Supervisor

PATIENT = "import time\nprint('up', flush=True)\nwhile True: time.sleep(0.05)"
STUBBORN = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\nwhile True: time.sleep(0.05)"
CRASHING = "import sys\nprint('up', flush=True)\nsys.exit(3)"


def _spec(name: str, code: str, **more: object) -> ChildSpec:
    return ChildSpec(name, [sys.executable, "-c", code], **more)  # type: ignore[arg-type]


def _until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


@pytest.fixture
def lines() -> list[tuple[str, str]]:
    return []


def _supervisor(tmp_path: Path, lines: list[tuple[str, str]], *specs: ChildSpec) -> Supervisor:
    return Supervisor(specs, tmp_path / "logs", lambda name, line: lines.append((name, line)))


def test_a_child_that_dies_is_started_again_later_and_later(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    supervisor = _supervisor(tmp_path, lines, _spec("crash", CRASHING))
    supervisor.start()
    try:

        def twice() -> bool:
            supervisor.tend()
            return supervisor.restarts["crash"] >= 2

        began = time.monotonic()
        _until(twice)
        assert time.monotonic() - began >= 1.5  # half a second, then one
    finally:
        supervisor.stop()
    told = [line for _, line in lines if "starting it again" in line]
    assert "0.5 s" in told[0]
    assert "1 s" in told[1]
    assert (tmp_path / "logs" / "crash.log").read_text().startswith("up")


def test_a_killed_child_comes_back(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    supervisor = _supervisor(tmp_path, lines, _spec("one", PATIENT))
    supervisor.start()
    try:
        first = supervisor.pid_of("one")
        assert first is not None
        os.kill(first, signal.SIGKILL)

        def back() -> bool:
            supervisor.tend()
            return supervisor.pid_of("one") not in {None, first}

        _until(back)
    finally:
        supervisor.stop()


def test_everybody_is_gone_within_ten_seconds_even_the_stubborn(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    supervisor = _supervisor(tmp_path, lines, _spec("one", PATIENT), _spec("two", STUBBORN))
    supervisor.start()
    _until(lambda: {name for name, line in lines if line == "up"} == {"one", "two"})
    pids = [supervisor.pid_of("one"), supervisor.pid_of("two")]
    began = time.monotonic()
    supervisor.stop()
    assert time.monotonic() - began < 10
    assert not any(pid is not None and psutil.pid_exists(pid) for pid in pids)


def test_who_never_gets_ready_is_named(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    spec = _spec("deaf", PATIENT, ready_url="http://127.0.0.1:9/health/ready")
    supervisor = _supervisor(tmp_path, lines, spec)
    supervisor.start()
    try:
        with pytest.raises(BusinessError, match=r"deaf did not get ready in 0\.5 s"):
            supervisor.wait_ready(0.5)
    finally:
        supervisor.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the children see to it themselves")
def test_no_child_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    program = textwrap.dedent(
        f"""
        import sys, time
        from pathlib import Path
        from relais.supervisor import ChildSpec, Supervisor
        supervisor = Supervisor([ChildSpec("one", [sys.executable, "-c", {PATIENT!r}])], Path({str(tmp_path)!r}), print)
        supervisor.start()
        print(supervisor.pid_of("one"), flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        child = int(next(line for line in parent.stdout if line.strip().isdigit()))
    parent.kill()
    parent.wait()
    _until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


# Elsewhere than on Linux a small process beside the child watches; its code is run here as if it were there.
_ELSEWHERE = (
    "import sys; from relais import guard; sys.platform = 'darwin'; guard.become(int(sys.argv[1]), sys.argv[2:])"
)


@pytest.mark.parametrize("code", [PATIENT, STUBBORN])
def test_no_child_outlives_its_parent_where_the_kernel_does_not_see_to_it(tmp_path: Path, code: str) -> None:
    program = textwrap.dedent(
        f"""
        import os, subprocess, sys, time
        command = [sys.executable, "-c", {_ELSEWHERE!r}, str(os.getpid()), sys.executable, "-c", {code!r}]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        child.stdout.readline()
        print(child.pid, flush=True)
        time.sleep(60)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert parent.stdout is not None
    with parent.stdout:
        child = psutil.Process(int(parent.stdout.readline()))
    beside = child.children()
    assert len(beside) == 1
    parent.kill()
    parent.wait()
    _until(lambda: not _lives(child) and not _lives(beside[0]))


def test_the_watcher_beside_a_child_ends_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _ELSEWHERE, str(os.getpid()), sys.executable, "-c", PATIENT]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path)
    assert child.stdout is not None
    with child.stdout:
        assert child.stdout.readline() == b"up\n"
        (beside,) = psutil.Process(child.pid).children()
        child.terminate()
        assert child.stdout.read() == b""  # not held open by the watcher
    child.wait()
    _until(lambda: not _lives(beside))


def test_a_childs_command_line_is_its_own(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    supervisor = _supervisor(tmp_path, lines, _spec("one", PATIENT))
    supervisor.start()
    try:
        _until(lambda: ("one", "up") in lines)
        pid = supervisor.pid_of("one")
        assert psutil.Process(pid).cmdline() == [sys.executable, "-c", PATIENT]
    finally:
        supervisor.stop()


def test_a_program_that_is_not_there_is_named(tmp_path: Path, lines: list[tuple[str, str]]) -> None:
    supervisor = _supervisor(tmp_path, lines, ChildSpec("lost", [str(tmp_path / "nothing")]))
    supervisor.start()
    try:
        _until(lambda: any("nothing: No such file" in line for _, line in lines))
    finally:
        supervisor.stop()


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
