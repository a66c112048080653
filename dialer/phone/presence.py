"""Tells the dialers, by the database, that whoever picks up here is spoken to."""

import threading
from uuid import uuid4

import structlog

from dialer.phone.bot import Bot
from outreach.runtime import DatabaseError, Runtime
from outreach.services import listening

logger = structlog.get_logger(__name__)

_STOP_SECONDS = 2.0


class Presence:
    """One thread that asks the agent again and again, all the way to its actions, and keeps when it last answered."""

    def __init__(self, runtime: Runtime, bot: Bot) -> None:
        self._runtime = runtime
        self._bot = bot
        self._id = uuid4()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="presence", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Tells that this process takes no more calls."""
        self._stopping.set()
        self._thread.join(_STOP_SECONDS)
        try:
            with self._runtime.transaction() as session:
                listening.gone(session, self._id)
        except DatabaseError:
            logger.warning("database away at the end")

    def _work(self) -> None:
        there: bool | None = None
        while not self._stopping.is_set():
            was, there = there, self._bot.is_there()
            if there is not was:
                logger.info("agent there" if there else "agent away")
            if there:
                self._tell()
            self._stopping.wait(listening.TELLS_EVERY_SECONDS)

    def _tell(self) -> None:
        try:
            with self._runtime.transaction() as session:
                listening.agent_answered(session, self._id)
        except DatabaseError as error:
            logger.warning("presence not told", error=type(error).__name__)
