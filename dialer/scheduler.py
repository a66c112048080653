"""`relais dialer`: APScheduler wakes the work up and never holds it; everything held is in PostgreSQL."""

import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from wsgiref.simple_server import WSGIServer

import structlog
from apscheduler.executors.base import BaseExecutor, run_job
from apscheduler.schedulers.background import BackgroundScheduler
from prometheus_client import start_http_server

from dialer.adviser_calls import AdviserCalls
from dialer.alerting import Alerting
from dialer.carrier import Carrier
from dialer.dispatch import Dispatcher
from dialer.metrics import DialerMetrics
from dialer.prices import Prices
from dialer.reconcile import Reconciler
from outreach.runtime import Runtime, Session
from outreach.services import (
    answering,
    breaker,
    capacity,
    claims,
    comparisons,
    figure_keeping,
    listening,
    offers,
    requests,
    retention,
    reviews,
    telephone,
)

logger = structlog.get_logger(__name__)

OPEN_SECONDS = 1.0
DISPATCH_SECONDS = 0.25
RECONCILE_SECONDS = 1.0
ADVISERS_SECONDS = 0.5
EXPIRE_SECONDS = 5.0
BREAKER_SECONDS = 5.0
LEARN_SECONDS = 300.0
PRICES_SECONDS = 5.0
COMPARE_SECONDS = 60.0
ALERTS_SECONDS = 2.0
PURGE_SECONDS = 600.0
REVIEWS_SECONDS = 60.0
"""Real seconds between two runs of each job, whatever the shared clock's rate."""

LISTEN_SECONDS = 2.0
UNHEARD_SECONDS = 60.0
"""Real seconds without anybody to speak to the people after which it is told."""

STOP_WITHIN_SECONDS = 4.0
_OPEN_ROUNDS = 20


class _DaemonThreads(BaseExecutor):  # type: ignore[misc]  # the library has no types
    """One daemon thread a run: unlike a pool's, it never delays the end of the process."""

    def __init__(self) -> None:
        super().__init__()
        self._working: set[threading.Thread] = set()

    def _do_submit_job(self, job: Any, run_times: list[datetime]) -> None:
        def work() -> None:
            try:
                events = run_job(job, job._jobstore_alias, run_times, self._logger.name)
            except BaseException:  # noqa: BLE001 - the scheduler must hear of everything
                self._run_job_error(job.id, *sys.exc_info()[1:])
            else:
                self._run_job_success(job.id, events)
            finally:
                self._working.discard(threading.current_thread())

        thread = threading.Thread(target=work, name=job.id, daemon=True)
        self._working.add(thread)
        thread.start()

    def join(self, until: float) -> None:
        """Waits for the runs under way, until a moment of the monotonic clock."""
        for thread in list(self._working):
            thread.join(max(0.0, until - time.monotonic()))


class Unheard:
    """For how long nobody has listened."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._told = False

    def for_too_long(self, somebody_listens: bool) -> bool:
        """Whether it is to be told now: once for each silence."""
        now = time.monotonic()
        if somebody_listens:
            self._since, self._told = now, False
        if self._told or now - self._since < UNHEARD_SECONDS:
            return False
        self._told = True
        return True


class Dialer:
    """One dialer process; any number of them share one PostgreSQL."""

    def __init__(self, runtime: Runtime, carrier: Carrier | None = None, *, asks_who_listens: bool = False) -> None:
        """`asks_who_listens`: nobody is called while no process that takes calls has an agent."""
        self.metrics = DialerMetrics()
        self._runtime = runtime
        carrier = carrier or Carrier(runtime.settings)
        self.reconciler = Reconciler(runtime, carrier, self.metrics)
        self._unheard: Unheard | None = Unheard() if asks_who_listens else None
        self.dispatcher = Dispatcher(runtime, carrier, self.metrics, self.reconciler.is_over, self._may_call)
        self.adviser_calls = AdviserCalls(runtime, carrier, self.metrics)
        self.prices = Prices(runtime, carrier)
        self.alerting = Alerting(runtime)
        self._threads = _DaemonThreads()
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": self._threads},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        # A job still at work when its turn comes again is no news.
        logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)

    def start(self) -> None:
        jobs: dict[str, tuple[Callable[[], None], float]] = {
            "open": (self.open, OPEN_SECONDS),
            "dispatch": (self.dispatcher.run, DISPATCH_SECONDS),
            "reconcile": (self.reconciler.run, RECONCILE_SECONDS),
            "advisers": (self.adviser_calls.run, ADVISERS_SECONDS),
            "adviser calls": (self.adviser_calls.look_after, RECONCILE_SECONDS),
            "expire": (self.expire, EXPIRE_SECONDS),
            "breaker": (self.breaker, BREAKER_SECONDS),
            "listen": (self.listen, LISTEN_SECONDS),
            "learn": (self.learn, LEARN_SECONDS),
            "figures": (self.figures, figure_keeping.FOLD_SECONDS),
            "compare": (self.compare, COMPARE_SECONDS),
            "prices": (self.prices.run, PRICES_SECONDS),
            "alerts": (self.alerting.run, ALERTS_SECONDS),
            "purge": (self.purge, PURGE_SECONDS),
            "reviews": (self.reviews, REVIEWS_SECONDS),
        }
        for name, (work, seconds) in jobs.items():
            self._scheduler.add_job(
                self._guarded(name, work),
                "interval",
                seconds=seconds,
                id=name,
                next_run_time=datetime.now(UTC),
            )
        self._scheduler.start()
        logger.info("dialer started")

    def stop(self) -> None:
        """Claims nothing more, lets what is being placed end, and goes."""
        until = time.monotonic() + STOP_WITHIN_SECONDS
        self._scheduler.shutdown(wait=False)
        self.reconciler.stop()
        if not self.dispatcher.stop(until):
            logger.warning("stopped while placing; the reconciler of the next dialer asks the carrier")
        self._threads.join(until)
        logger.info("dialer stopped")

    def open(self) -> None:
        """Makes due what may be called now, and has it placed without waiting for the next tick."""
        for _ in range(_OPEN_ROUNDS):
            with self._runtime.transaction() as session:
                now = self._runtime.clock.now()
                closed = partial(capacity.closed_departments, session, now, self._runtime.settings)
                looked_at = claims.open_contacts(session, now, closed)
            if looked_at:
                self.dispatcher.run()
            if looked_at < claims.DUE_AT_ONCE:
                return

    def _may_call(self, session: Session) -> bool:
        return self._unheard is None or listening.somebody_listens(session)

    def listen(self) -> None:
        """Tells whoever runs the campaigns when nobody would have spoken to the people for a minute."""
        if self._unheard is None:
            return
        with self._runtime.transaction() as session:
            if self._unheard.for_too_long(listening.somebody_listens(session)):
                listening.nobody_listened(session, self._runtime.clock.now())
                logger.error("nobody called: no agent answers")

    def expire(self) -> None:
        for ends in (telephone.expire, offers.expire, requests.expire):
            with self._runtime.transaction() as session:
                ends(session, self._runtime.clock.now())

    def purge(self) -> None:
        """Empties what was kept long enough, some at a time."""
        while True:
            with self._runtime.transaction() as session:
                purged = retention.purge(session, self._runtime.clock.now(), self._runtime.settings)
            if purged.conversations or purged.people:
                logger.info("purged", conversations=purged.conversations, people=purged.people)
            if purged.is_all:
                return

    def reviews(self) -> None:
        """Counts for the plan's reviews what last evening left to count, unless another dialer is at it."""
        with self._runtime.transaction() as session:
            day = reviews.keep_up(session, self._runtime.clock.now())
        if day is not None:
            logger.info("counted for the reviews", day=day.isoformat())

    def breaker(self) -> None:
        """Pauses the campaigns that fail."""
        with self._runtime.transaction() as session:
            paused = breaker.check(session, self._runtime.clock.now())
        for name in paused:
            logger.error("campaign paused", campaign=name)

    def compare(self) -> None:
        """Looks at the wordings that are compared, and ends what is decided."""
        with self._runtime.transaction() as session:
            ended = comparisons.look_at_all(session, self._runtime.clock.now())
        for name in ended:
            logger.info("comparison ended", campaign=name)

    def learn(self) -> None:
        """Learns when people answer, unless another dialer is at it."""
        with self._runtime.transaction() as session:
            answering.refresh(session, self._runtime.clock.now())

    def figures(self) -> None:
        """Counts what changed, beside `relais api`, which may not run."""
        figure_keeping.look_after(self._runtime)

    def _guarded(self, name: str, work: Callable[[], None]) -> Callable[[], None]:
        """A job that fails is said, counted and run again at its next time; what it held is in the database."""

        def run() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001 - counted and said
                self.metrics.failed(name, error)

        return run


def run_dialer(runtime: Runtime, stop: threading.Event | None = None) -> None:
    """Runs until SIGTERM, Ctrl-C, or `stop`."""
    runtime.settings.check_telephone()
    runtime.settings.check_alerting()
    if stop is None:
        stop = _stop_on_signals()
    dialer = Dialer(runtime, asks_who_listens=True)
    served = _metrics_served(dialer, runtime.settings.dialer_metrics_port)
    dialer.start()
    stop.wait()
    dialer.stop()
    if served is not None:
        served.shutdown()
        served.server_close()


def _metrics_served(dialer: Dialer, port: int | None) -> WSGIServer | None:
    """This process's figures at /metrics, on loopback alone; nothing unless a port is set."""
    if port is None:
        return None
    server, _ = start_http_server(port, "127.0.0.1", dialer.metrics.registry)
    return server


def _stop_on_signals() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
