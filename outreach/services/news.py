"""What happens to requests, told as it is committed to whoever watches the queue. Nothing of a person is in it."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from outreach.database.notices import Notices
from outreach.runtime import Runtime

_CHANNEL = "requests"


@dataclass(frozen=True, slots=True)
class Change:
    """A request that came, or whose status or holder changed."""

    id: UUID
    kind: str
    status: str
    department: str
    holder: UUID | None
    is_new: bool


Hear = Callable[[Change | None], None]
"""Gets each change, in a thread of the news; None when some may have been missed."""


class News:
    """One connection to the database for all who listen in this process, and none while nobody does."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._hearers: set[Hear] = set()
        self._notices: Notices | None = None

    def listen(self, hear: Hear) -> None:
        with self._lock:
            self._hearers.add(hear)
            if self._notices is None:
                self._notices = Notices(self._runtime.engine, _CHANNEL, self._told)
                self._notices.start()

    def leave(self, hear: Hear) -> None:
        with self._lock:
            self._hearers.discard(hear)
            if not self._hearers and self._notices is not None:
                self._notices.stop()
                self._notices = None

    def __len__(self) -> int:
        return len(self._hearers)

    def _told(self, payload: str | None) -> None:
        change = _read(payload) if payload is not None else None
        with self._lock:
            hearers = list(self._hearers)
        for hear in hearers:
            hear(change)


def _read(payload: str) -> Change:
    told = json.loads(payload)
    return Change(
        UUID(told["id"]),
        told["kind"],
        told["status"],
        told["department"],
        UUID(told["holder"]) if told["holder"] is not None else None,
        told["is_new"],
    )
