"""One child process that draws for all pages of this one, one job after the other."""

import base64
import json
import queue
import sys
import threading
from concurrent.futures import Future
from typing import Any

from outreach.child import Child, TooLong

Job = dict[str, Any]
"""`maker` and `figures`, or `spec`, or `png`."""

JOB_SECONDS = 30.0
"""The longest that a job may take; then the child is ended and the next job has another."""
START_SECONDS = 300.0
"""The longest that a child may take to load its libraries: seconds, but a machine may be busy with calls."""
_WAITING_JOBS = 200


class Undrawn(Exception):
    """There is no drawing; whoever asked shows the figures without it."""


class Drawer:
    """Starts its child with the first job, another one when it died, none after `close`."""

    def __init__(self, command: tuple[str, ...] = (sys.executable, "-m", "api.charts.child")) -> None:
        self._command = command
        self._jobs: queue.Queue[tuple[Job, Future[dict[str, str]]] | None] = queue.Queue(_WAITING_JOBS)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._child: Child | None = None
        self._closed = False

    def draw(self, job: Job) -> "Future[dict[str, str]]":
        """The child's answer to come; its exception is Undrawn."""
        answer: Future[dict[str, str]] = Future()
        with self._lock:
            if self._closed:
                answer.set_exception(Undrawn("the drawer is closed"))
                return answer
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="drawing charts", daemon=True)
                self._thread.start()
            try:
                self._jobs.put_nowait((job, answer))
            except queue.Full:
                answer.set_exception(Undrawn("too much waits to be drawn"))
        return answer

    def png(self, vector: str, seconds: float = JOB_SECONDS) -> bytes:
        """Raises Undrawn."""
        try:
            return base64.b64decode(self.draw({"png": vector}).result(seconds)["png"])
        except TimeoutError:
            raise Undrawn("the picture takes too long") from None

    def start(self) -> None:
        """The child, before anybody waits for it."""
        self.draw({"maker": "bars", "figures": [{"label": "", "value": 1, "text": ""}]})

    @property
    def child(self) -> int | None:
        """The child's process id while there is one."""
        return self._child.pid if self._child is not None else None

    def close(self) -> None:
        """Ends the child; what waited is not drawn any more."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            thread = self._thread
        while True:
            try:
                waiting = self._jobs.get_nowait()
            except queue.Empty:
                break
            if waiting is not None:
                waiting[1].set_exception(Undrawn("the drawer is closed"))
        self._jobs.put(None)
        if self._child is not None:
            self._child.kill()
        if thread is not None:
            thread.join(JOB_SECONDS)

    def _work(self) -> None:
        while (waiting := self._jobs.get()) is not None:
            job, answer = waiting
            try:
                answer.set_result(self._done(job))
            except _Refused as refused:
                answer.set_exception(refused)
            except (Undrawn, OSError, EOFError) as error:
                self._end_child()
                answer.set_exception(error if isinstance(error, Undrawn) else Undrawn("the child died"))
        self._end_child()

    def _done(self, job: Job) -> dict[str, str]:
        for last in (False, True):
            try:
                child = self._child or self._start_child()
                child.tell(json.dumps(job).encode())
                told: dict[str, str] = json.loads(child.told(JOB_SECONDS))
            except TooLong:
                raise Undrawn("the drawing takes too long") from None
            except (OSError, EOFError):
                # It died since the last job, or over this one: once more with another.
                self._end_child()
                if last or self._closed:
                    raise
                continue
            if "error" in told:
                raise _Refused(told["error"])
            return told
        raise Undrawn("the child died")

    def _start_child(self) -> Child:
        self._child = Child(self._command)
        try:
            self._child.told(START_SECONDS)
        except TooLong:
            raise Undrawn("the child takes too long to start") from None
        return self._child

    def _end_child(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Refused(Undrawn):
    """The child is well; this job can't be done."""
