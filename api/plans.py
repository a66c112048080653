"""Plans that pages asked for: made ready and played in the background, one after the other, and kept."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from outreach.domain.planning_document import document
from outreach.errors import BadInput, BusinessError
from outreach.players import Players
from outreach.services import planning
from outreach.services.planning import Prepared

KEPT = 40
"""So many plans of a process can still be looked at."""
_log = structlog.get_logger()


@dataclass(slots=True, eq=False)
class Asked:
    """A plan that is made ready, then played. `done`: courses played so far; `content`: all that it is made of, as a
    digest; `found`: what came of it; `refused`: why there is nothing to play.
    """

    campaign: str
    at: datetime
    done: int = 0
    content: str = ""
    found: dict[str, Any] | None = None
    refused: BadInput | None = None
    failed: bool = False
    over: threading.Event = field(default_factory=threading.Event)


class Plans:
    """Of one process. Who asks for the same thing again gets the same answer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[str, Asked] = OrderedDict()
        self._one_by_one = ThreadPoolExecutor(1, "plans")

    def ask(self, campaign: str, form: Hashable, prepare: Callable[[], Prepared], now: datetime) -> str:
        """The key under which the plan is found, whether it is there already or comes.

        `form`: what was typed, and where; sent twice it is one plan. `prepare` counts everybody who is left: it is
        called in the background.
        """
        key = _digest((campaign, form))
        with self._lock:
            known = self._asked.get(key)
            if known is None or known.failed:
                self._asked[key] = asked = Asked(campaign, now)
                self._one_by_one.submit(self._play, asked, prepare)
            self._asked.move_to_end(key)
            while len(self._asked) > KEPT:
                self._asked.popitem(last=False)
        return key

    def of(self, campaign: str, key: str) -> Asked | None:
        with self._lock:
            asked = self._asked.get(key)
        return asked if asked is not None and asked.campaign == campaign else None

    def last(self, campaign: str) -> str | None:
        """The key of a campaign's last plan that was not refused."""
        with self._lock:
            of_it = ((key, one) for key, one in reversed(self._asked.items()) if one.campaign == campaign)
            return next((key for key, one in of_it if one.refused is None), None)

    def _play(self, asked: Asked, prepare: Callable[[], Prepared]) -> None:
        def told(done: int) -> None:
            asked.done = done

        try:
            prepared = prepare()
            asked.content = _digest((prepared.plan, prepared.sources, prepared.behind))
            asked.found = self._known(asked.content)
            if asked.found is None:
                with Players() as players:
                    study = planning.played(prepared.plan, players, told=told)
                asked.found = document(study, prepared.sources, prepared.behind)
        except BadInput as refused:
            asked.refused = refused
        except BusinessError:
            asked.failed = True
        except Exception as error:  # noqa: BLE001 - nobody waits for this thread: the page says that it failed
            _log.error("plan_failed", kind=type(error).__name__)
            asked.failed = True
        finally:
            asked.over.set()

    def _known(self, content: str) -> dict[str, Any] | None:
        """What came of the same, asked for by another form."""
        with self._lock:
            return next((one.found for one in self._asked.values() if one.content == content and one.found), None)


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:20]
