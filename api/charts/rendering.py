"""Drawings of this process, kept by what they were drawn from."""

import hashlib
import json
import threading
from collections import OrderedDict
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from api.charts.drawer import Drawer, Job, Undrawn
from api.charts.drawing import Drawing

if TYPE_CHECKING:
    import altair

WAIT_SECONDS = 10.0
"""The longest that a page waits, with the child's start; the drawing goes on, and the page's next reader finds it."""
_KEPT = 300


class Drawings:
    """Draws a job once, however many ask for it."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Drawing] = OrderedDict()
        self._coming: dict[str, Future[dict[str, str]]] = {}

    def kept(self, job: Job) -> Drawing | None:
        """The drawing if it is there already."""
        with self._lock:
            key = _key(job)
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def ask(self, job: Job) -> "Future[dict[str, str]]":
        """Has it drawn, without waiting."""
        key = _key(job)
        with self._lock:
            coming = self._coming.get(key)
            if coming is None:
                coming = self._coming[key] = self._drawer.draw(job)
                new = True
            else:
                new = False
        if new:
            coming.add_done_callback(lambda done: self._came(key, done))
        return coming

    def drawn(self, job: Job, seconds: float = WAIT_SECONDS) -> Drawing:
        """The drawing, waited for. Raises Undrawn."""
        kept = self.kept(job)
        if kept is not None:
            return kept
        try:
            return Drawing(self.ask(job).result(seconds)["svg"], self._drawer.png)
        except TimeoutError:
            raise Undrawn("the drawing takes too long") from None

    def _came(self, key: str, done: "Future[dict[str, str]]") -> None:
        with self._lock:
            self._coming.pop(key, None)
            if done.exception() is None:
                self._kept[key] = Drawing(done.result()["svg"], self._drawer.png)
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)


def _key(job: Job) -> str:
    return hashlib.sha256(json.dumps(job, sort_keys=True).encode()).hexdigest()


_making = threading.Lock()
_ours: tuple[Drawer, Drawings] | None = None


def ours() -> Drawings:
    """This process's drawings; its child starts with the first."""
    global _ours  # noqa: PLW0603  # one child for the process, whoever asks first
    with _making:
        if _ours is None:
            drawer = Drawer()
            _ours = (drawer, Drawings(drawer))
        return _ours[1]


def start() -> None:
    """Starts the child before anybody waits for a drawing; returns at once."""
    ours().ask({"maker": "bars", "figures": [{"label": "", "value": 1, "text": ""}]})


def close() -> None:
    """Ends the child with its process."""
    global _ours
    with _making:
        held, _ours = _ours, None
    if held is not None:
        held[0].close()


def render(spec: "altair.TopLevelMixin | dict[str, Any]", seconds: float = WAIT_SECONDS) -> Drawing:
    """Draws a specification in our theme, or gives the drawing that was kept. Raises Undrawn."""
    return ours().drawn({"spec": spec if isinstance(spec, dict) else spec.to_dict()}, seconds)
