"""Plans that pages asked for: played in the background, one after the other, kept by what they are made of."""

import hashlib
import threading
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from outreach.domain.planning_document import document
from outreach.errors import BusinessError
from outreach.players import Players
from outreach.services import planning
from outreach.services.planning import Prepared

_KEPT = 40
_log = structlog.get_logger()


@dataclass(slots=True)
class Asked:
    """A plan that is being played, or was. `done`: courses played so far; `found`: what came of it."""

    campaign: str
    at: datetime
    done: int = 0
    found: dict[str, Any] | None = None
    failed: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class Plans:
    """Of one process. Who asks for the same thing again gets the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, Asked] = OrderedDict()
        self._one_by_one = ThreadPoolExecutor(1, "plans")

    def ask(self, prepared: Prepared, now: datetime) -> str:
        """The key under which the plan is found, whether it is there already or comes."""
        key = hashlib.sha256(repr((prepared.campaign, prepared.plan)).encode()).hexdigest()[:20]
        with self._lock:
            known = self._asked.get(key)
            if known is None or known.failed:
                self._asked[key] = asked = Asked(prepared.campaign or "", now)
                self._one_by_one.submit(self._play, asked, prepared)
            self._asked.move_to_end(key)
            while len(self._asked) > _KEPT:
                self._asked.popitem(last=False)
        return key

    def of(self, campaign: str, key: str) -> Asked | None:
        with self._lock:
            asked = self._asked.get(key)
        return asked if asked is not None and asked.campaign == campaign else None

    def last(self, campaign: str) -> str | None:
        """The key of a campaign's last plan."""
        with self._lock:
            return next((key for key, asked in reversed(self._asked.items()) if asked.campaign == campaign), None)

    def _play(self, asked: Asked, prepared: Prepared) -> None:
        def told(done: int) -> None:
            asked.done = done

        try:
            with Players() as players:
                study = planning.played(prepared.plan, players, told=told)
            asked.found = document(study, prepared.sources, prepared.behind)
        except BusinessError:
            asked.failed = True
        except Exception as error:  # noqa: BLE001 - nobody waits for this thread: the page says that it failed
            _log.error("plan_failed", kind=type(error).__name__)
            asked.failed = True
        finally:
            asked.over.set()
